//! Looking at what was erased.

use crate::page::cut;
use crate::privacy::Counts;
use crate::{Cursor, Page, Result};
use uuid::Uuid;
use vestibule_model::UnixMs;
use vestibule_store::{Row, TenantTx, Val, fragment, tsql, vals};

/// An erasure of a caller, or a pass that let go of what was kept long enough.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// Its id.
    pub id: Uuid,
    /// `caller` or `retention`.
    pub kind: String,
    /// The keyed hash of the caller's number.
    pub subject_hash: Option<Vec<u8>>,
    /// Why, as a stable code.
    pub reason: String,
    /// Who did it, as the audit log has it.
    pub actor: String,
    /// How much of each.
    pub counts: Counts,
    /// Everything before this instant.
    pub before: UnixMs,
    /// When.
    pub at: UnixMs,
    /// When it was applied again to a restored database.
    pub reapplied_at: Option<UnixMs>,
    /// What providers were asked, and answered.
    pub providers: Vec<ProviderErasure>,
}

/// What a provider was asked to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderErasure {
    /// The provider's name.
    pub provider: String,
    /// call, recording or text.
    pub what: String,
    /// owed, confirmed, gone, refused or unsupported.
    pub state: String,
    /// How many of these.
    pub count: u64,
    /// What stood in the way the last time, as a stable code.
    pub last_error: Option<String>,
}

fn read(row: &Row) -> Result<Erasure> {
    Ok(Erasure {
        id: row.uuid("id")?,
        kind: row.text("kind")?,
        subject_hash: row.opt_bytes("subject_hash")?,
        reason: row.text("reason")?,
        actor: row.text("actor")?,
        counts: row.json("counts")?,
        before: row.at("before_at")?,
        at: row.at("created_at")?,
        reapplied_at: row.opt_at("reapplied_at")?,
        providers: Vec::new(),
    })
}

/// A page of erasures, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(tx: &mut TenantTx<'_>, after: Option<Cursor>, limit: i64) -> Result<Page<Erasure>> {
    let mut sql = tsql!(
        "SELECT e.id, e.kind, e.subject_hash, e.reason, e.actor, e.counts, e.before_at, e.created_at, e.reapplied_at
         FROM erasures e WHERE e.tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    if let Some(after) = after {
        values.push(after.id.into());
        sql = sql.and(fragment!(" AND e.id < ?"), values.len() + 1);
    }
    values.push((limit + 1).into());
    let sql = sql.tail(" ORDER BY e.id DESC LIMIT ?", values.len() + 1);
    let mut rows = tx.rows(sql, &values).await?.iter().map(read).collect::<Result<Vec<_>>>()?;
    for row in &mut rows {
        row.providers = providers(tx, row.id).await?;
    }
    Ok(cut(rows, limit, |row| Cursor { key: 0, id: row.id }))
}

/// One erasure.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn find(tx: &mut TenantTx<'_>, id: Uuid) -> Result<Option<Erasure>> {
    let sql = tsql!(
        "SELECT id, kind, subject_hash, reason, actor, counts, before_at, created_at, reapplied_at FROM erasures
         WHERE tenant_id = $1 AND id = $2"
    );
    let Some(row) = tx.row(sql, vals![id]).await? else { return Ok(None) };
    let mut found = read(&row)?;
    found.providers = providers(tx, id).await?;
    Ok(Some(found))
}

/// What providers were asked for an erasure, those of one answer together.
async fn providers(tx: &mut TenantTx<'_>, erasure: Uuid) -> Result<Vec<ProviderErasure>> {
    let sql = tsql!(
        "SELECT provider, what, state, count(*) AS count, max(last_error) AS last_error FROM provider_erasures
         WHERE tenant_id = $1 AND erasure_id = $2 GROUP BY provider, what, state ORDER BY provider, what, state"
    );
    let rows = tx.rows(sql, vals![erasure]).await?;
    rows.iter()
        .map(|row| {
            Ok(ProviderErasure {
                provider: row.text("provider")?,
                what: row.text("what")?,
                state: row.text("state")?,
                count: u64::try_from(row.int("count")?).unwrap_or(0),
                last_error: row.opt_text("last_error")?,
            })
        })
        .collect()
}
