//! Looking at a copy of a SQLite database without changing it, and putting one in the place of another.

use crate::migrate::MIGRATIONS;
use crate::{Result, StoreError};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use uuid::Uuid;
use vestibule_model::TenantId;

/// What a copy holds.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// The newest step of its schema.
    pub schema: i64,
    /// Tenants.
    pub tenants: i64,
    /// Rows of the table that was asked about.
    pub rows: i64,
    /// Every data key as it is wrapped, and whose it is.
    pub data_keys: Vec<(TenantId, Vec<u8>)>,
}

/// Looks at a copy: every page is sound, its schema is one that this program can serve. The rows of one of its tables are counted.
///
/// # Errors
/// [`StoreError::Broken`] that says what is wrong with it.
pub fn inspect(path: &Path, counted: &'static str) -> Result<Inspection> {
    let broken = |text: String| StoreError::Broken(text);
    if !path.is_file() {
        return Err(broken(format!("there is no file {}", path.display())));
    }
    // Said to be immutable: nothing is made beside it, and nobody is expected to write to it.
    let escaped: String = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?;
    let unreadable = |e: rusqlite::Error| broken(format!("{} is not a whole database: {e}", path.display()));
    let sound: String =
        conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(unreadable)?;
    if sound != "ok" {
        return Err(broken(format!("{} is damaged: {sound}", path.display())));
    }
    let mut ask =
        conn.prepare("SELECT version FROM schema_migrations ORDER BY version").map_err(unreadable)?;
    let versions = ask.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
    if let Some(unknown) =
        versions.iter().find(|version| MIGRATIONS.iter().all(|step| step.version != **version))
    {
        return Err(broken(format!(
            "the copy has step {unknown} of a schema that is newer than this program"
        )));
    }
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(unreadable);
    let mut ask = conn.prepare("SELECT owner_id, wrapped FROM data_keys")?;
    let keys = ask.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
    let mut data_keys = Vec::new();
    for key in keys {
        let (owner, wrapped) = key?;
        data_keys.push((TenantId(Uuid::from_slice(&owner).map_err(|e| broken(e.to_string()))?), wrapped));
    }
    Ok(Inspection {
        schema: versions.last().copied().unwrap_or(0),
        tenants: count("SELECT count(*) FROM tenants WHERE deleted_at IS NULL")?,
        rows: count(&format!("SELECT count(*) FROM {counted}"))?,
        data_keys,
    })
}

/// Brings a database's log back into it and removes it, so that the file alone is all there is. Idempotent.
///
/// # Errors
/// [`StoreError`] as the database says.
pub fn settle(path: &Path) -> Result<()> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Leaving the log's mode brings everything back and deletes the log; the next start enters it again.
    conn.execute_batch("PRAGMA busy_timeout = 5000;")?;
    let mode: String = conn.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode == "delete" { Ok(()) } else { Err(StoreError::Busy) }
}
