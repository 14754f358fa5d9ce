//! Migrations: two texts side by side, applied in order, each once, with a checksum.

use crate::{Db, Engine, Result, StoreError, Val};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::hash::Hasher;

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Grows by one.
    pub version: i64,
    /// The folder's name.
    pub name: &'static str,
    /// The text for SQLite.
    pub sqlite: &'static str,
    /// The text for PostgreSQL.
    pub postgres: &'static str,
}

/// Every step, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "0001_spine",
        sqlite: include_str!("../migrations/0001_spine/sqlite.sql"),
        postgres: include_str!("../migrations/0001_spine/postgres.sql"),
    },
    Migration {
        version: 2,
        name: "0002_doors",
        sqlite: include_str!("../migrations/0002_doors/sqlite.sql"),
        postgres: include_str!("../migrations/0002_doors/postgres.sql"),
    },
    Migration {
        version: 3,
        name: "0003_delivery",
        sqlite: include_str!("../migrations/0003_delivery/sqlite.sql"),
        postgres: include_str!("../migrations/0003_delivery/postgres.sql"),
    },
    Migration {
        version: 4,
        name: "0004_workflows",
        sqlite: include_str!("../migrations/0004_workflows/sqlite.sql"),
        postgres: include_str!("../migrations/0004_workflows/postgres.sql"),
    },
    Migration {
        version: 5,
        name: "0005_texts",
        sqlite: include_str!("../migrations/0005_texts/sqlite.sql"),
        postgres: include_str!("../migrations/0005_texts/postgres.sql"),
    },
    Migration {
        version: 6,
        name: "0006_usage",
        sqlite: include_str!("../migrations/0006_usage/sqlite.sql"),
        postgres: include_str!("../migrations/0006_usage/postgres.sql"),
    },
    Migration {
        version: 8,
        name: "0008_mail",
        sqlite: include_str!("../migrations/0008_mail/sqlite.sql"),
        postgres: include_str!("../migrations/0008_mail/postgres.sql"),
    },
    Migration {
        version: 9,
        name: "0009_sign_in",
        sqlite: include_str!("../migrations/0009_sign_in/sqlite.sql"),
        postgres: include_str!("../migrations/0009_sign_in/postgres.sql"),
    },
    Migration {
        version: 10,
        name: "0010_people",
        sqlite: include_str!("../migrations/0010_people/sqlite.sql"),
        postgres: include_str!("../migrations/0010_people/postgres.sql"),
    },
    Migration {
        version: 11,
        name: "0011_keys",
        sqlite: include_str!("../migrations/0011_keys/sqlite.sql"),
        postgres: include_str!("../migrations/0011_keys/postgres.sql"),
    },
    Migration {
        version: 12,
        name: "0012_agencies",
        sqlite: include_str!("../migrations/0012_agencies/sqlite.sql"),
        postgres: include_str!("../migrations/0012_agencies/postgres.sql"),
    },
    Migration {
        version: 13,
        name: "0013_audit",
        sqlite: include_str!("../migrations/0013_audit/sqlite.sql"),
        postgres: include_str!("../migrations/0013_audit/postgres.sql"),
    },
    Migration {
        version: 14,
        name: "0014_privacy",
        sqlite: include_str!("../migrations/0014_privacy/sqlite.sql"),
        postgres: include_str!("../migrations/0014_privacy/postgres.sql"),
    },
    Migration {
        version: 15,
        name: "0015_archives",
        sqlite: include_str!("../migrations/0015_archives/sqlite.sql"),
        postgres: include_str!("../migrations/0015_archives/postgres.sql"),
    },
];

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
  version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BIGINT NOT NULL, applied_at BIGINT NOT NULL)";

/// FNV-1a: finds an edited migration, proves nothing.
fn checksum(text: &str) -> i64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    hash.write(text.as_bytes());
    hash.finish().cast_signed()
}

struct Fnv(u64);
impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn edited(name: &str) -> StoreError {
    StoreError::Broken(format!("migration {name} was applied with another text"))
}

pub(crate) async fn migrate_sqlite(db: &Db) -> Result<()> {
    let mut tx = db.write().await?;
    tx.exec(LEDGER, None, &[]).await?;
    for step in MIGRATIONS {
        let sql = "SELECT checksum FROM schema_migrations WHERE version = $1";
        match tx.row(sql, &[Val::from(step.version)]).await? {
            Some(row) if row.int("checksum")? == checksum(step.sqlite) => {}
            Some(_) => return Err(edited(step.name)),
            None => {
                tx.batch(step.sqlite)?;
                let sql = "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
                let at = db.world().now();
                let values = [step.version.into(), step.name.into(), checksum(step.sqlite).into(), at.into()]
                    as [Val; 4];
                tx.exec(sql, None, &values).await?;
            }
        }
    }
    tx.commit().await
}

/// Whether the database has exactly this program's schema.
///
/// # Errors
/// When the database cannot be asked.
pub async fn schema_is_current(db: &Db) -> Result<bool> {
    let newest = MIGRATIONS.last().map_or(0, |m| m.version);
    let ask = "SELECT max(version) AS version FROM schema_migrations";
    let row = async { db.read().await?.row(ask, &[]).await }.await;
    match row {
        Ok(row) => Ok(row.and_then(|r| r.opt_int("version").ok().flatten()) == Some(newest)),
        // The roles or the ledger do not exist: nothing was ever applied.
        Err(StoreError::Broken(_)) if db.engine() == Engine::Postgres => Ok(false),
        Err(error) => Err(error),
    }
}

/// Brings a PostgreSQL database up to date as its owner, and gives the application's login its two roles.
/// Safe to repeat; two at once wait for each other.
///
/// # Errors
/// When the owner may not do it, or a migration was edited after it was applied.
pub async fn migrate_postgres(admin_url: &str, login: &str, now_ms: i64) -> Result<Vec<&'static str>> {
    let mut conn = sqlx::PgConnection::connect(admin_url).await?;
    let mut applied = Vec::new();
    // Held until the connection is closed.
    conn.execute("SELECT pg_advisory_lock(7366218)").await?;
    // Roles belong to the whole server: another database's migration may be making them at this moment.
    for role in ["vestibule_app", "vestibule_system"] {
        // Asked first: an owner who may not make roles can still migrate when somebody else has made them.
        let sql = format!(
            "DO $$ BEGIN
               IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        conn.execute(AssertSqlSafe(sql)).await?;
        let member: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
             JOIN pg_roles l ON l.oid = m.member WHERE r.rolname = $1 AND l.rolname = $2)",
        )
        .bind(role)
        .bind(login)
        .fetch_one(&mut conn)
        .await?;
        if !member {
            let quoted = login.replace('"', "\"\"");
            conn.execute(AssertSqlSafe(format!("GRANT {role} TO \"{quoted}\""))).await?;
        }
    }
    let mut tx = conn.begin().await?;
    tx.execute(LEDGER).await?;
    tx.execute("GRANT SELECT ON schema_migrations TO vestibule_app, vestibule_system").await?;
    tx.execute("GRANT USAGE ON SCHEMA public TO vestibule_app, vestibule_system").await?;
    for step in MIGRATIONS {
        let found: Option<(i64,)> =
            sqlx::query_as("SELECT checksum FROM schema_migrations WHERE version = $1")
                .bind(step.version)
                .fetch_optional(&mut *tx)
                .await?;
        match found {
            Some((sum,)) if sum == checksum(step.postgres) => {}
            Some(_) => return Err(edited(step.name)),
            None => {
                tx.execute(step.postgres).await?;
                sqlx::query(
                    "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
                )
                .bind(step.version)
                .bind(step.name)
                .bind(checksum(step.postgres))
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
                applied.push(step.name);
            }
        }
    }
    tx.commit().await?;
    conn.close().await?;
    Ok(applied)
}
