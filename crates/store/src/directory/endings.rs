//! Tenants that are being erased, or were: all that is kept of them.

use crate::{Result, Row, Tx, Val};
use vestibule_model::{TenantId, UnixMs};

/// A row of `tenant_erasures`.
#[derive(Debug, Clone, PartialEq)]
pub struct EndingRecord {
    /// The tenant's id.
    pub tenant: TenantId,
    /// Whether all of it is gone.
    pub is_done: bool,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: UnixMs,
    /// How many rows were deleted so far.
    pub rows: i64,
    /// When all of it was gone.
    pub finished_at: Option<UnixMs>,
    /// The signed receipt, once all of it is gone.
    pub receipt: Option<serde_json::Value>,
}

const COLUMNS: &str = "id, state, asked_by, asked_at, rows_count, finished_at, receipt";

fn read(row: &Row) -> Result<EndingRecord> {
    Ok(EndingRecord {
        tenant: row.id("id")?,
        is_done: row.text("state")? == "done",
        asked_by: row.text("asked_by")?,
        asked_at: row.at("asked_at")?,
        rows: row.int("rows_count")?,
        finished_at: row.opt_at("finished_at")?,
        receipt: row.opt_json("receipt")?,
    })
}

/// Notes that a tenant is to be erased. Idempotent: while it is being erased, the first stays.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn begin(tx: &mut Tx, tenant: TenantId, asked_by: &str, now: UnixMs) -> Result<()> {
    let sql = "INSERT INTO tenant_erasures (id, state, asked_by, asked_at, rows_count) VALUES ($1, 'running', $2, $3, 0)
               ON CONFLICT (id) DO UPDATE SET state = 'running', asked_by = excluded.asked_by,
               asked_at = excluded.asked_at, rows_count = 0, finished_at = NULL, receipt = NULL
               WHERE tenant_erasures.state <> 'running'";
    tx.exec(sql, None, &[tenant.into(), asked_by.into(), now.into()]).await.map(drop)
}

/// Finds what is known of a tenant's end.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, tenant: TenantId) -> Result<Option<EndingRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM tenant_erasures WHERE id = $1");
    tx.row(&sql, &[tenant.into()]).await?.as_ref().map(read).transpose()
}

/// Ends of tenants, the newest first.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx, limit: i64) -> Result<Vec<EndingRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM tenant_erasures ORDER BY asked_at DESC, id DESC LIMIT $1");
    tx.rows(&sql, None, &[limit.into()]).await?.iter().map(read).collect()
}

/// Tenants that are being erased, and those of which all was gone after an instant.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list_open(tx: &mut Tx, after: UnixMs) -> Result<Vec<EndingRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM tenant_erasures WHERE state = 'running' OR finished_at > $1 ORDER BY asked_at, id LIMIT 20"
    );
    tx.rows(&sql, None, &[after.into()]).await?.iter().map(read).collect()
}

/// Counts rows that were deleted. Not idempotent: each step counts its own.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn count(tx: &mut Tx, tenant: TenantId, rows: i64) -> Result<()> {
    let sql = "UPDATE tenant_erasures SET rows_count = rows_count + $2 WHERE id = $1";
    tx.exec(sql, None, &[tenant.into(), rows.into()]).await.map(drop)
}

/// Notes that all of a tenant is gone, with the receipt. Idempotent: false when somebody else did.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn finish(tx: &mut Tx, tenant: TenantId, receipt: &serde_json::Value, now: UnixMs) -> Result<bool> {
    let sql = "UPDATE tenant_erasures SET state = 'done', finished_at = $2, receipt = $3 WHERE id = $1 AND state = 'running'";
    Ok(tx.exec(sql, None, &[tenant.into(), now.into(), Val::json(receipt)?]).await? > 0)
}
