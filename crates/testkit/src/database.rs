//! A database of one test's own.

use crate::ghosts;
use crate::pool::{self, Lease};
use crate::postgres::{self, LOGIN, Server};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use vestibule_model::World;
use vestibule_store::{Db, DbConfig, MIGRATIONS, migrate_postgres};

/// On what a test runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a file of its own.
    Sqlite,
    /// PostgreSQL as it is in production.
    PostgresRls,
    /// PostgreSQL without row-level security, where a missing filter shows.
    PostgresPlain,
}

impl Engine {
    /// Whether it is PostgreSQL.
    #[must_use]
    pub const fn is_postgres(self) -> bool {
        !matches!(self, Self::Sqlite)
    }
}

/// A database that only one test uses. Clones are the same database.
#[derive(Debug, Clone)]
pub struct TestDb {
    engine: Engine,
    folder: Arc<tempfile::TempDir>,
    name: String,
    server: Option<Server>,
    /// Of a database that is used again.
    lease: Option<Arc<Lease>>,
}

impl TestDb {
    /// Makes a database with the newest schema; SQLite gets its schema when it is opened.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn new(engine: Engine) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let mut db = Self { engine, folder, name: String::new(), server: None, lease: None };
        if engine.is_postgres() {
            let server = postgres::server().await;
            let template = template_name(engine);
            let (lease, is_there) = pool::lease(&server, &postgres::pool(), &template).await;
            if !is_there {
                make_template(&server, engine, &template).await;
                lease.spoil();
                drop_if_there(&server, &lease.name).await;
                create(&server, &lease.name, Some(&template)).await;
                lease.note_made();
            }
            db.name.clone_from(&lease.name);
            db.server = Some(server);
            db.lease = Some(Arc::new(lease));
        }
        db
    }

    /// Makes an empty PostgreSQL database: no schema at all.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn empty_postgres() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let server = postgres::server().await;
        postgres::make_roles(&server).await;
        let name = format!("test_{:016x}", unique());
        create(&server, &name, None).await;
        Self { engine: Engine::PostgresRls, folder, name, server: Some(server), lease: None }
    }

    /// On what it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// How the program opens it.
    #[must_use]
    pub fn config(&self) -> DbConfig {
        match &self.server {
            None => DbConfig::Sqlite { path: self.sqlite_path() },
            Some(server) => DbConfig::Postgres { url: server.app_url(&self.name), connections: 8 },
        }
    }

    /// Opens it; leases are timed by the world's clock.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(&self, world: World) -> Db {
        let db = Db::open(&self.config(), world).await.expect("the test's database opens");
        db.lease_by_own_clock();
        db
    }

    /// The SQLite file.
    #[must_use]
    pub fn sqlite_path(&self) -> PathBuf {
        self.folder.path().join("vestibule.db")
    }

    /// Where tombstones of this test are kept.
    #[must_use]
    pub fn tombstones_dir(&self) -> PathBuf {
        self.folder.path().join("tombstones")
    }

    /// The address for a superuser.
    ///
    /// # Panics
    /// On SQLite.
    #[must_use]
    pub fn super_url(&self) -> String {
        self.by_hand().super_url(&self.name)
    }

    /// The address for the owner of the tables, who is no superuser: what `vestibule migrate` is given.
    ///
    /// # Panics
    /// On SQLite.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.by_hand().owner_url(&self.name)
    }

    /// The address for the application's login.
    ///
    /// # Panics
    /// On SQLite.
    #[must_use]
    pub fn app_url(&self) -> String {
        self.by_hand().app_url(&self.name)
    }

    /// The server, for whoever enters the database by hand: nobody knows what they do to it, so it is not used again.
    fn by_hand(&self) -> &Server {
        if let Some(lease) = &self.lease {
            lease.spoil();
        }
        self.server.as_ref().expect("PostgreSQL")
    }

    /// The name of the application's login.
    #[must_use]
    pub const fn login(&self) -> &'static str {
        LOGIN
    }

    /// Changes the data behind the program's back, as whoever owns the database can; how many rows.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn tamper(&self, sql: &str) -> u64 {
        if let Some(server) = &self.server {
            let mut conn =
                PgConnection::connect(&server.owner_url(&self.name)).await.expect("PostgreSQL answers");
            let done = conn.execute(AssertSqlSafe(sql.to_owned())).await;
            let rows = done.unwrap_or_else(|e| panic!("{sql}: {e}")).rows_affected();
            drop(conn.close().await);
            return rows;
        }
        let conn = rusqlite::Connection::open(self.sqlite_path()).expect("the file opens");
        let rows = conn.execute(sql, []).unwrap_or_else(|e| panic!("{sql}: {e}"));
        u64::try_from(rows).unwrap_or(0)
    }

    /// An id as the database writes it in SQL.
    #[must_use]
    pub fn id_literal(&self, id: uuid::Uuid) -> String {
        if self.engine.is_postgres() { format!("'{id}'::uuid") } else { format!("x'{}'", id.simple()) }
    }

    /// Bytes as the database writes them in SQL.
    #[must_use]
    pub fn bytes_literal(&self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.engine.is_postgres() { format!("'\\x{digits}'::bytea") } else { format!("x'{digits}'") }
    }

    /// Lets every row have a ghost, from now on; on SQLite, whose schema is there. PostgreSQL has row-level security.
    ///
    /// # Panics
    /// When it cannot.
    pub fn plant_ghosts(&self) {
        if self.engine == Engine::Sqlite {
            ghosts::plant(&self.sqlite_path()).expect("ghosts are planted");
        }
    }

    /// Takes the ghosts away: for tests that look at every byte or row whosever it is.
    ///
    /// # Panics
    /// When it cannot.
    pub fn without_ghosts(&self) {
        if self.engine == Engine::Sqlite {
            ghosts::lay(&self.sqlite_path()).expect("ghosts are laid");
        }
    }

    /// Checks that every ghost is as it was.
    ///
    /// # Panics
    /// When one is not: something was done without its tenant.
    pub fn check_ghosts(&self) {
        if self.engine == Engine::Sqlite {
            let troubled = ghosts::troubled(&self.sqlite_path()).expect("ghosts can be looked at");
            assert!(troubled.is_empty(), "ghosts were touched: {troubled:?}");
        }
    }

    /// Drops a PostgreSQL database that is not used again by another test; a SQLite file goes with its folder.
    pub async fn drop_database(&self) {
        if let (Some(server), None) = (&self.server, &self.lease) {
            drop_if_there(server, &self.name).await;
        }
    }
}

/// A number that no other test process has.
fn unique() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

async fn drop_if_there(server: &Server, name: &str) {
    if let Ok(mut conn) = PgConnection::connect(&server.super_url("postgres")).await {
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        drop(conn.execute(AssertSqlSafe(sql)).await);
        drop(conn.close().await);
    }
}

/// A sum of bytes that is the same in every process.
pub(crate) fn sum(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

async fn create(server: &Server, name: &str, template: Option<&str>) {
    let mut conn = PgConnection::connect(&server.super_url("postgres")).await.expect("PostgreSQL answers");
    let template = template.unwrap_or("template0");
    // Copied file by file: through the log, as is usual since PostgreSQL 15, it takes five times as long.
    let sql = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy OWNER vestibule_owner");
    conn.execute(AssertSqlSafe(sql)).await.expect("the test's database is made");
    drop(conn.close().await);
}

/// The database of which a test's is a copy: one for each schema.
fn template_name(engine: Engine) -> String {
    let text = MIGRATIONS.iter().flat_map(|m| m.name.bytes().chain(m.postgres.bytes()));
    let kind = if engine == Engine::PostgresRls { "rls" } else { "plain" };
    format!("template_{kind}_{:016x}", sum(text))
}

/// Makes that database, migrated, unless it is there.
async fn make_template(server: &Server, engine: Engine, name: &str) {
    postgres::make_roles(server).await;
    let mut conn = PgConnection::connect(&server.super_url("postgres")).await.expect("PostgreSQL answers");
    if !exists(&mut conn, name).await {
        let lock = postgres::hold_lock();
        if !exists(&mut conn, name).await {
            build(server, &mut conn, name, engine).await;
        }
        drop(lock);
    }
    drop(conn.close().await);
}

async fn exists(conn: &mut PgConnection, name: &str) -> bool {
    let sql = "SELECT 1 FROM pg_database WHERE datname = $1";
    sqlx::query(sql).bind(name).fetch_optional(conn).await.expect("PostgreSQL answers").is_some()
}

async fn build(server: &Server, conn: &mut PgConnection, name: &str, engine: Engine) {
    let half = format!("{name}_half");
    let sql = format!("DROP DATABASE IF EXISTS {half} WITH (FORCE)");
    conn.execute(AssertSqlSafe(sql)).await.expect("what was left is dropped");
    create(server, &half, None).await;
    migrate_postgres(&server.owner_url(&half), LOGIN, crate::BEGINNING.0)
        .await
        .expect("the template is migrated");
    if engine == Engine::PostgresPlain {
        let mut owner = PgConnection::connect(&server.owner_url(&half)).await.expect("the owner may enter");
        let sql = "DO $$ DECLARE t regclass; BEGIN
              FOR t IN SELECT oid::regclass FROM pg_class WHERE relrowsecurity LOOP
                EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', t);
                EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', t);
              END LOOP; END $$";
        owner.execute(sql).await.expect("row security is switched off");
        drop(owner.close().await);
    }
    let sql = format!("ALTER DATABASE {half} RENAME TO {name}");
    conn.execute(AssertSqlSafe(sql)).await.expect("the template gets its name");
}
