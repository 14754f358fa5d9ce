//! Looking at the data from outside, as its owner: what the program itself would never do.

use crate::postgres::runtime;
use crate::say::Outcome;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

/// The owner's connection to either database.
pub enum Owner {
    /// To a file.
    Sqlite(rusqlite::Connection),
    /// To a server.
    Postgres(Runtime, Box<PgConnection>),
}

impl Owner {
    /// Opens a SQLite file that exists.
    pub fn sqlite(path: &Path) -> Outcome<Self> {
        let conn = rusqlite::Connection::open(path)?;
        conn.busy_timeout(Duration::from_secs(30))?;
        Ok(Self::Sqlite(conn))
    }

    /// Enters a PostgreSQL database.
    pub fn postgres(url: &str) -> Outcome<Self> {
        let runtime = runtime()?;
        let conn = runtime.block_on(PgConnection::connect(url))?;
        Ok(Self::Postgres(runtime, Box::new(conn)))
    }

    /// One whole number.
    pub fn number(&mut self, sql: &str) -> Outcome<i64> {
        match self {
            Self::Sqlite(conn) => Ok(conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?),
            Self::Postgres(runtime, conn) => {
                let query = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
                Ok(runtime.block_on(query.fetch_one(&mut **conn))?)
            }
        }
    }

    /// Runs statements one after the other.
    pub fn batch(&mut self, sql: &str) -> Outcome {
        match self {
            Self::Sqlite(conn) => Ok(conn.execute_batch(sql)?),
            Self::Postgres(runtime, conn) => {
                runtime.block_on(conn.execute(AssertSqlSafe(sql.to_owned())))?;
                Ok(())
            }
        }
    }

    /// Whether this is PostgreSQL.
    pub const fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(..))
    }
}
