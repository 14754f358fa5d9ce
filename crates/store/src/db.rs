//! The handle.

use crate::pg::Pg;
use crate::sqlite::Sqlite;
use crate::tx::Conn;
use crate::{Hub, Result, StoreError, Tx, migrate};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use vestibule_access::TenantScope;
use vestibule_model::{UnixMs, World};

/// Which database is behind a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in the data directory.
    Sqlite,
    /// A server.
    Postgres,
}

/// Where the data is.
#[derive(Clone)]
pub enum DbConfig {
    /// A SQLite file, made when it does not exist.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A PostgreSQL database that `vestibule migrate` has prepared.
    Postgres {
        /// The application's address; holds a password, so it is never printed.
        url: String,
        /// The most connections this node opens.
        connections: u32,
    },
}

impl std::fmt::Debug for DbConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite { path } => write!(f, "Sqlite({})", path.display()),
            Self::Postgres { connections, .. } => write!(f, "Postgres(…, {connections} connections)"),
        }
    }
}

enum Backend {
    Sqlite(Sqlite),
    Pg(Pg),
}

/// What a transaction is begun for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reads,
    Writes,
    /// Ahead of everybody else who writes.
    WritesFirst,
}

/// The handle to the data: cheap to clone.
#[derive(Clone)]
pub struct Db {
    backend: Arc<Backend>,
    hub: Arc<Hub>,
    world: World,
    /// The database's clock minus ours, in milliseconds: leases are timed by the database's clock.
    offset_ms: Arc<AtomicI64>,
    own_clock: Arc<AtomicBool>,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.engine())
    }
}

impl Db {
    /// Opens the data. SQLite is migrated at once; PostgreSQL must have been, by `vestibule migrate`.
    ///
    /// # Errors
    /// When the data cannot be opened, is not durable, or has another schema.
    pub async fn open(config: &DbConfig, world: World) -> Result<Self> {
        let backend = match config {
            DbConfig::Sqlite { path } => Backend::Sqlite(Sqlite::open(path)?),
            DbConfig::Postgres { url, connections } => Backend::Pg(Pg::open(url, *connections).await?),
        };
        let db = Self {
            backend: Arc::new(backend),
            hub: Arc::new(Hub::new()),
            world,
            offset_ms: Arc::default(),
            own_clock: Arc::default(),
        };
        match db.engine() {
            Engine::Sqlite => migrate::migrate_sqlite(&db).await?,
            Engine::Postgres => {
                if !migrate::schema_is_current(&db).await? {
                    return Err(StoreError::Broken(
                        "the database has another schema: run `vestibule migrate` first".into(),
                    ));
                }
                db.measure_clock().await?;
            }
        }
        Ok(db)
    }

    /// Which database this is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match *self.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Pg(_) => Engine::Postgres,
        }
    }

    /// Where hints go.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Time and randomness.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The present instant by the database's clock.
    #[must_use]
    pub fn lease_now(&self) -> UnixMs {
        self.world.now().plus_ms(self.offset_ms.load(Ordering::Relaxed))
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn write(&self) -> Result<Tx> {
        self.begin(Kind::Writes, None).await
    }

    /// Begins a transaction that writes inside a tenant, in one round trip.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn write_in(&self, scope: &TenantScope) -> Result<Tx> {
        self.begin(Kind::Writes, Some(scope.tenant().0)).await
    }

    /// Begins a transaction that writes, ahead of everybody in the slow lane.
    pub(crate) async fn write_fast(&self) -> Result<Tx> {
        self.begin(Kind::WritesFirst, None).await
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn read(&self) -> Result<Tx> {
        match &*self.backend {
            Backend::Sqlite(lite) => Ok(Tx::new(Conn::Lite(lite.read().await?), self.hub.clone(), None)),
            Backend::Pg(_) => self.begin(Kind::Reads, None).await,
        }
    }

    /// Begins a transaction that only reads, inside a tenant.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn read_in(&self, scope: &TenantScope) -> Result<Tx> {
        match &*self.backend {
            Backend::Sqlite(_) => self.read().await,
            Backend::Pg(_) => self.begin(Kind::Reads, Some(scope.tenant().0)).await,
        }
    }

    /// Begins a transaction that only reads, inside a tenant, and sees everything as it was at its first look, however
    /// long it takes.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn snapshot(&self, scope: &TenantScope) -> Result<Tx> {
        match &*self.backend {
            Backend::Sqlite(_) => self.read().await,
            Backend::Pg(pg) => {
                let tenant = scope.tenant().0;
                let conn = Conn::Pg(pg.begin_snapshot(tenant).await?);
                Ok(Tx::new(conn, self.hub.clone(), Some(tenant)))
            }
        }
    }

    async fn begin(&self, kind: Kind, tenant: Option<uuid::Uuid>) -> Result<Tx> {
        let conn = match &*self.backend {
            Backend::Sqlite(lite) => Conn::Lite(lite.write(kind == Kind::WritesFirst).await?),
            Backend::Pg(pg) => Conn::Pg(pg.begin(tenant, kind != Kind::Reads).await?),
        };
        Ok(Tx::new(conn, self.hub.clone(), tenant))
    }

    /// Begins a transaction of the system: across tenants, but only what its policies allow.
    pub(crate) async fn system(&self) -> Result<Tx> {
        let conn = match &*self.backend {
            Backend::Sqlite(lite) => Conn::Lite(lite.read().await?),
            Backend::Pg(pg) => Conn::Pg(pg.begin_system().await?),
        };
        Ok(Tx::new(conn, self.hub.clone(), None))
    }

    /// Whether somebody wrote ahead of the others a moment ago, and will probably do so again.
    pub(crate) fn is_pressed(&self) -> bool {
        match &*self.backend {
            Backend::Sqlite(lite) => lite.is_pressed(),
            Backend::Pg(_) => false,
        }
    }

    /// Whether the data can be reached now.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot.
    pub async fn ping(&self) -> Result<()> {
        self.read().await?.row("SELECT 1 AS one", &[]).await.map(drop)
    }

    /// Has leases timed by our own clock from now on: for tests, whose clock stands still.
    pub fn lease_by_own_clock(&self) {
        self.own_clock.store(true, Ordering::Relaxed);
        self.offset_ms.store(0, Ordering::Relaxed);
    }

    /// Measures how far the database's clock is from ours; leases use the database's.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be asked.
    pub async fn measure_clock(&self) -> Result<()> {
        if self.engine() == Engine::Postgres && !self.own_clock.load(Ordering::Relaxed) {
            let before = self.world.now();
            let sql = "SELECT (extract(epoch from clock_timestamp()) * 1000)::bigint AS now_ms";
            let row = self.read().await?.row(sql, &[]).await?;
            let after = self.world.now();
            if let Some(row) = row {
                let middle = before.plus_ms(after.since(before) / 2);
                self.offset_ms.store(row.at("now_ms")?.since(middle), Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Leaves nothing of what was deleted in SQLite's files: not in its pages, not in its log. PostgreSQL does so by itself,
    /// when it vacuums. Idempotent.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when a reader still holds an old state: later it will work.
    pub async fn scrub(&self) -> Result<()> {
        match &*self.backend {
            Backend::Sqlite(lite) => crate::scrub::scrub(lite).await,
            Backend::Pg(_) => Ok(()),
        }
    }

    /// Looks at a copy of a SQLite database without changing it, and counts the rows of one of its tables.
    ///
    /// # Errors
    /// [`StoreError::Broken`] that says what is wrong with it.
    pub fn inspect_sqlite(path: &std::path::Path, counted: &'static str) -> Result<crate::Inspection> {
        crate::inspect::inspect(path, counted)
    }

    /// Brings the log of a SQLite database that nobody uses back into its file. Idempotent.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn settle_sqlite(path: &std::path::Path) -> Result<()> {
        crate::inspect::settle(path)
    }

    /// Copies a SQLite database to a file while it is in use.
    ///
    /// # Errors
    /// When the copy cannot be written.
    pub fn backup_sqlite(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
        Sqlite::backup(from, to)
    }
}
