//! Where this data was last served: one row. A restored or copied database knows by it that it is one.

use crate::{Engine, Result, Row, Tx, Val};
use uuid::Uuid;
use vestibule_model::UnixMs;

/// The row of `instances`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceRecord {
    /// The database's own id, given to it when it was first served.
    pub database_id: Uuid,
    /// Where it was last served from.
    pub place: String,
    /// Under which configured address; empty when none was configured.
    pub public_url: String,
    /// How often it was served.
    pub starts: i64,
    /// Since when nothing is sent.
    pub muted_at: Option<UnixMs>,
    /// Why, as a stable code.
    pub muted_why: Option<String>,
}

const NAME: &str = "this";

fn read(row: &Row) -> Result<InstanceRecord> {
    Ok(InstanceRecord {
        database_id: row.uuid("database_id")?,
        place: row.text("place")?,
        public_url: row.text("public_url")?,
        starts: row.int("starts")?,
        muted_at: row.opt_at("muted_at")?,
        muted_why: row.opt_text("muted_why")?,
    })
}

/// The row; `None` when this data was never served.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx) -> Result<Option<InstanceRecord>> {
    let sql =
        "SELECT database_id, place, public_url, starts, muted_at, muted_why FROM instances WHERE name = $1";
    tx.row(sql, &[NAME.into()]).await?.as_ref().map(read).transpose()
}

/// Writes the row. Idempotent: the same record twice is once. The database's own id stays as it was first given.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn put(tx: &mut Tx, record: &InstanceRecord, now: UnixMs) -> Result<()> {
    let sql = "INSERT INTO instances (name, database_id, place, public_url, starts, muted_at, muted_why, changed_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT (name) DO UPDATE SET place = excluded.place, public_url = excluded.public_url,
                 starts = excluded.starts, muted_at = excluded.muted_at, muted_why = excluded.muted_why,
                 changed_at = excluded.changed_at";
    let r = record.clone();
    let values: [Val; 8] = [
        NAME.into(),
        r.database_id.into(),
        r.place.into(),
        r.public_url.into(),
        r.starts.into(),
        r.muted_at.into(),
        r.muted_why.into(),
        now.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Which database this is by the server's own word: PostgreSQL knows, and a dump that is restored elsewhere has another.
/// SQLite knows nothing of the kind.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn place_of(tx: &mut Tx) -> Result<Option<String>> {
    if tx.engine() == Engine::Sqlite {
        return Ok(None);
    }
    let sql = "SELECT s.system_identifier::text || '/' || d.oid::text AS place
               FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()";
    tx.row(sql, &[]).await?.map(|row| row.text("place")).transpose()
}
