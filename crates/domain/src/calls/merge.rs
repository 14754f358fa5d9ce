//! Two calls that turn out to be one: an event names both. The older one takes the facts, the names and the events of
//! the younger, and with them what it is shown by; the caller is counted once, and nobody is told twice.
//! Idempotent: once merged, every name leads to the one that stayed.

use crate::Result;
use crate::calls::settle::QUEUE as SETTLE;
use crate::outbox;
use vestibule_model::{CallId, UnixMs};
use vestibule_store::{TenantTx, queue, tsql, vals};

/// Merges `from` into `into`. The caller holds both rows and computes the call anew afterwards.
pub(super) async fn merge(tx: &mut TenantTx<'_>, into: CallId, from: CallId, now: UnixMs) -> Result<()> {
    let sql = tsql!(
        "INSERT INTO call_facts (tenant_id, call_id, fact_key, source, kind, rank, occurred_at, received_at, inbox_id, doc)
         SELECT f.tenant_id, $2, f.fact_key, f.source, f.kind, f.rank, f.occurred_at, f.received_at, f.inbox_id, f.doc
         FROM call_facts f WHERE f.tenant_id = $1 AND f.call_id = $3
         ON CONFLICT (tenant_id, call_id, fact_key) DO NOTHING"
    );
    tx.exec(sql, vals![into, from]).await?;
    let sql = tsql!("DELETE FROM call_facts WHERE tenant_id = $1 AND call_id = $2");
    tx.exec(sql, vals![from]).await?;
    let sql = tsql!("UPDATE call_aliases SET call_id = $2 WHERE tenant_id = $1 AND call_id = $3");
    tx.exec(sql, vals![into, from]).await?;
    let sql = tsql!("UPDATE inbox SET call_id = $2 WHERE tenant_id = $1 AND call_id = $3");
    tx.exec(sql, vals![into, from]).await?;
    let sql = tsql!("DELETE FROM call_texts WHERE tenant_id = $1 AND call_id = $2");
    tx.exec(sql, vals![from]).await?;
    caller(tx, into, from, now).await?;
    // What is shown of it: whoever knows the agent that answered; final as soon as one of the two was.
    let sql = tsql!(
        "UPDATE calls SET
           provider = CASE WHEN agent_ref IS NULL THEN (SELECT y.provider FROM calls y WHERE y.tenant_id = $1 AND y.id = $3)
             ELSE provider END,
           external_id = CASE WHEN agent_ref IS NULL
             THEN (SELECT y.external_id FROM calls y WHERE y.tenant_id = $1 AND y.id = $3) ELSE external_id END,
           contact_id = coalesce(contact_id, (SELECT y.contact_id FROM calls y WHERE y.tenant_id = $1 AND y.id = $3)),
           final_at = coalesce(final_at, (SELECT y.final_at FROM calls y WHERE y.tenant_id = $1 AND y.id = $3))
         WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, vals![into, from]).await?;
    outbox::merge_calls(tx, into, from).await?;
    queue::finish(tx, SETTLE, from.0).await?;
    let sql = tsql!("DELETE FROM calls WHERE tenant_id = $1 AND id = $2");
    tx.exec(sql, vals![from]).await?;
    tx.changed("calls", Some(from.0));
    tracing::info!(call.id = %into, call.merged = %from, "two calls were one");
    Ok(())
}

/// Counts the caller of both calls once.
async fn caller(tx: &mut TenantTx<'_>, into: CallId, from: CallId, now: UnixMs) -> Result<()> {
    let sql = tsql!(
        "UPDATE contacts SET calls_count = calls_count - 1, updated_at = $4
         WHERE tenant_id = $1 AND calls_count > 0
         AND id = (SELECT y.contact_id FROM calls y WHERE y.tenant_id = $1 AND y.id = $3)
         AND EXISTS (SELECT 1 FROM calls o WHERE o.tenant_id = $1 AND o.id = $2 AND o.contact_id IS NOT NULL)"
    );
    tx.exec(sql, vals![into, from, now]).await?;
    Ok(())
}
