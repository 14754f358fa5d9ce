//! Looking at the inbox.

use crate::page::cut;
use crate::{Cursor, Page, Result};
use vestibule_model::{CallId, InboxId, UnixMs};
use vestibule_store::{Row, TenantTx, Val, fragment, tsql, vals};

/// A received event, without its body.
#[derive(Debug, Clone)]
pub struct InboxRow {
    /// Its id.
    pub id: InboxId,
    /// The provider's name.
    pub provider: String,
    /// The event's name.
    pub event_name: String,
    /// pending, folded, ignored, unprocessable or failed.
    pub state: String,
    /// Why, as a stable code.
    pub reason: Option<String>,
    /// When it arrived.
    pub received_at: UnixMs,
    /// 0 for the first body under its key, then 1, 2, ….
    pub revision: i64,
    /// How often processing failed.
    pub attempts: i64,
    /// The call it tells of.
    pub call: Option<CallId>,
    /// The raw body's size in bytes.
    pub size_bytes: i64,
    /// Whether the raw body is kept still.
    pub is_kept: bool,
}

fn read(row: &Row) -> Result<InboxRow> {
    Ok(InboxRow {
        id: row.id("id")?,
        provider: row.text("provider")?,
        event_name: row.text("event_name")?,
        state: row.text("state")?,
        reason: row.opt_text("reason")?,
        received_at: row.at("received_at")?,
        revision: row.int("revision")?,
        attempts: row.int("attempts")?,
        call: row.opt_id("call_id")?,
        size_bytes: row.int("size_bytes")?,
        is_kept: row.opt_id::<InboxId>("body_id")?.is_some(),
    })
}

/// A page of received events, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(
    tx: &mut TenantTx<'_>,
    state: Option<&str>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Page<InboxRow>> {
    let mut sql = tsql!(
        "SELECT i.id, i.provider, i.event_name, i.state, i.reason, i.received_at, i.revision, i.attempts, i.call_id,
           i.size_bytes, b.id AS body_id
         FROM inbox i LEFT JOIN inbox_bodies b ON b.tenant_id = i.tenant_id AND b.id = i.id WHERE i.tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    if let Some(state) = state {
        values.push(state.into());
        sql = sql.and(fragment!(" AND i.state = ?"), values.len() + 1);
    }
    if let Some(after) = after {
        values.push(after.id.into());
        sql = sql.and(fragment!(" AND i.id < ?"), values.len() + 1);
    }
    values.push((limit + 1).into());
    let sql = sql.tail(" ORDER BY i.id DESC LIMIT ?", values.len() + 1);
    let rows = tx.rows(sql, &values).await?.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(cut(rows, limit, |r| Cursor { key: 0, id: r.id.0 }))
}

/// One received event.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn find(tx: &mut TenantTx<'_>, id: InboxId) -> Result<Option<InboxRow>> {
    let sql = tsql!(
        "SELECT i.id, i.provider, i.event_name, i.state, i.reason, i.received_at, i.revision, i.attempts, i.call_id,
           i.size_bytes, b.id AS body_id
         FROM inbox i LEFT JOIN inbox_bodies b ON b.tenant_id = i.tenant_id AND b.id = i.id
         WHERE i.tenant_id = $1 AND i.id = $2"
    );
    tx.row(sql, vals![id]).await?.as_ref().map(read).transpose()
}

/// The events that tell of a call, oldest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn of_call(tx: &mut TenantTx<'_>, call: CallId) -> Result<Vec<InboxRow>> {
    let sql = tsql!(
        "SELECT i.id, i.provider, i.event_name, i.state, i.reason, i.received_at, i.revision, i.attempts, i.call_id,
           i.size_bytes, b.id AS body_id
         FROM inbox i LEFT JOIN inbox_bodies b ON b.tenant_id = i.tenant_id AND b.id = i.id
         WHERE i.tenant_id = $1 AND i.call_id = $2 ORDER BY i.id LIMIT 200"
    );
    tx.rows(sql, vals![call]).await?.iter().map(read).collect()
}
