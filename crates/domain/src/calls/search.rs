//! Searching calls: a keyset page on (started_at, id), newest first, with optional filters from a closed set.

use crate::calls::CallRow;
use crate::calls::row::read;
use crate::page::cut;
use crate::{Cursor, Page, Result};
use vestibule_model::{Intent, Outcome, Phone, Status, UnixMs};
use vestibule_store::{TenantTx, Val, fragment, tsql};

/// Which calls.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// Begun at or after.
    pub from: Option<UnixMs>,
    /// Begun before.
    pub until: Option<UnixMs>,
    /// Where they stand.
    pub status: Option<Status>,
    /// What they led to.
    pub outcome: Option<Outcome>,
    /// Why the caller rang.
    pub intent: Option<Intent>,
    /// The caller's number.
    pub phone: Option<Phone>,
    /// The place after the last row of the page before.
    pub after: Option<Cursor>,
    /// How many.
    pub limit: i64,
}

/// A page of calls.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn search(tx: &mut TenantTx<'_>, filter: &CallFilter) -> Result<Page<CallRow>> {
    // A join would be planned as a walk over all contacts once PostgreSQL keeps one plan for every filter.
    let mut sql = tsql!(
        "SELECT c.id, c.provider, c.external_id, c.channel, c.direction, c.status, c.outcome, c.intent, c.from_number,
           c.to_number, c.contact_id,
           (SELECT p.name FROM contacts p WHERE p.tenant_id = $1 AND p.id = c.contact_id) AS contact_name, c.agent_name, c.started_at, c.ended_at, c.duration_ms,
           c.cost_micros, c.summary, c.sentiment, c.customer_name, c.appointment_at, c.disconnection_reason,
           c.recording_url, c.latency, c.structured, c.is_test, c.final_at, c.revision
         FROM calls c WHERE c.tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    // The values' placeholders begin at $2: $1 is the tenant.
    if let Some(status) = filter.status {
        values.push(status.as_str().into());
        sql = sql.and(fragment!(" AND c.status = ?"), values.len() + 1);
    }
    if let Some(outcome) = filter.outcome {
        values.push(outcome.as_str().into());
        sql = sql.and(fragment!(" AND c.outcome = ?"), values.len() + 1);
    }
    if let Some(intent) = filter.intent {
        values.push(intent.as_str().into());
        sql = sql.and(fragment!(" AND c.intent = ?"), values.len() + 1);
    }
    if let Some(phone) = &filter.phone {
        values.push(phone.as_str().into());
        sql = sql.and(fragment!(" AND c.caller_number = ?"), values.len() + 1);
    }
    if let Some(from) = filter.from {
        values.push(from.into());
        sql = sql.and(fragment!(" AND c.started_at >= ?"), values.len() + 1);
    }
    // Of two upper bounds an index is searched by one, and what lies between them is read in vain: the lower says it all.
    let goes_on = filter.after.filter(|after| filter.until.is_none_or(|until| after.key < until.0));
    if let Some(until) = filter.until.filter(|_| goes_on.is_none()) {
        values.push(until.into());
        sql = sql.and(fragment!(" AND c.started_at < ?"), values.len() + 1);
    }
    if let Some(after) = goes_on {
        values.push(after.key.into());
        values.push(after.id.into());
        sql = sql.and(fragment!(" AND (c.started_at, c.id) < (?, ?)"), values.len());
    }
    values.push((filter.limit + 1).into());
    let sql = sql.tail(" ORDER BY c.started_at DESC, c.id DESC LIMIT ?", values.len() + 1);
    let rows = tx.rows(sql, &values).await?.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(cut(rows, filter.limit, |c| Cursor { key: c.started_at.0, id: c.id.0 }))
}
