//! One handle over two databases: SQLite and PostgreSQL from one SQL text, tenant transactions that bind
//! their tenant themselves, the directory, migrations, and the durable queue.
//!
//! Every statement runs inside a [`Tx`]. Tenant rows are reached only through [`Tx::tenant`], which wants a
//! scope that only a `Mint` makes, and statements that [`tsql!`] has checked.

mod checkpoint;
mod db;
pub mod directory;
mod error;
mod hints;
mod inspect;
mod lane;
mod migrate;
pub mod periodic;
mod pg;
pub mod queue;
mod scrub;
mod shape;
mod sql;
mod sqlite;
mod tx;
mod value;

pub use db::{Db, DbConfig, Engine};
pub use error::{Result, StoreError};
pub use hints::{Change, Hint, Hub};
pub use inspect::Inspection;
pub use lane::{BatchWork, Lane};
pub use migrate::{MIGRATIONS, Migration, migrate_postgres, schema_is_current};
pub use shape::{Cells, Column, Fixed, Holds, Shape};
pub use sql::{Fragment, TenantSql};
pub use tx::{LastAct, TenantTx, Tx};
pub use value::{Row, Val};
