//! What two calls are owed when they turn out to be one: nobody is told twice of one moment. Idempotent: the second
//! call has nothing left.

use crate::Result;
use crate::outbox::QUEUE;
use vestibule_model::CallId;
use vestibule_store::{TenantTx, tsql, vals};

/// Gives what is owed because of `from` to `into`. Of a moment that both are to tell, the one that was delivered stays,
/// else that of `into`.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn merge_calls(tx: &mut TenantTx<'_>, into: CallId, from: CallId) -> Result<()> {
    // By the call as well: that is what the index is over.
    withdraw(tx, from, into, false).await?;
    withdraw(tx, into, from, true).await?;
    let sql = tsql!(
        "UPDATE deliveries SET subject_id = $2 WHERE tenant_id = $1 AND call_id = $3 AND subject_id = $3 AND NOT EXISTS (
           SELECT 1 FROM deliveries o WHERE o.tenant_id = $1 AND o.endpoint_id = deliveries.endpoint_id
           AND o.subject_id = $2 AND o.event_type = deliveries.event_type AND o.revision = deliveries.revision)"
    );
    tx.exec(sql, vals![into, from]).await?;
    let sql = tsql!("UPDATE deliveries SET call_id = $2 WHERE tenant_id = $1 AND call_id = $3");
    tx.exec(sql, vals![into, from]).await?;
    Ok(())
}

/// Takes back what is still owed of `one` where the same is owed of `other`, or was delivered when `delivered` says so.
async fn withdraw(tx: &mut TenantTx<'_>, one: CallId, other: CallId, delivered: bool) -> Result<()> {
    let sql = tsql!(
        "SELECT d.id FROM deliveries d JOIN deliveries o ON o.tenant_id = d.tenant_id AND o.endpoint_id = d.endpoint_id
           AND o.subject_id = $3 AND o.event_type = d.event_type AND o.revision = d.revision
         WHERE d.tenant_id = $1 AND d.call_id = $2 AND d.subject_id = $2 AND d.state IN ('pending', 'retrying')
         AND (o.state = 'delivered' OR $4 = FALSE)"
    );
    for row in tx.rows(sql, vals![one, other, delivered]).await? {
        let id = row.uuid("id")?;
        let sql = tsql!("DELETE FROM jobs WHERE tenant_id = $1 AND queue = $2 AND id = $3");
        tx.exec(sql, vals![QUEUE, id]).await?;
        let sql = tsql!("DELETE FROM delivery_bodies WHERE tenant_id = $1 AND delivery_id = $2");
        tx.exec(sql, vals![id]).await?;
        let sql = tsql!("DELETE FROM attempts WHERE tenant_id = $1 AND delivery_id = $2");
        tx.exec(sql, vals![id]).await?;
        let sql = tsql!("DELETE FROM deliveries WHERE tenant_id = $1 AND id = $2");
        tx.exec(sql, vals![id]).await?;
        tx.changed("deliveries", Some(id));
    }
    Ok(())
}
