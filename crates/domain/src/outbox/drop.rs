//! Dropping what was owed before an instant: dead letters, which people can see and try again. For a restored server, whose
//! deliveries may all have arrived already. Idempotent: what is dead stays so.

use crate::Result;
use crate::outbox::QUEUE;
use vestibule_model::UnixMs;
use vestibule_store::{TenantTx, queue, tsql, vals};

/// Makes up to `most` deliveries that were owed before an instant dead letters; how many.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn drop_owed(tx: &mut TenantTx<'_>, before: UnixMs, most: i64) -> Result<u64> {
    let mut dropped = 0;
    let sql = tsql!(
        "SELECT id FROM deliveries WHERE tenant_id = $1 AND state IN ('pending', 'retrying') AND created_at < $2
         ORDER BY id LIMIT $3"
    );
    for row in tx.rows(sql, vals![before, most]).await? {
        let id = row.uuid("id")?;
        let sql = tsql!(
            "UPDATE deliveries SET state = 'dead', next_attempt_at = NULL, last_error = 'dropped_after_restore'
             WHERE tenant_id = $1 AND id = $2 AND state IN ('pending', 'retrying')"
        );
        dropped += tx.exec(sql, vals![id]).await?;
        queue::finish(tx, QUEUE, id).await?;
        tx.changed("deliveries", Some(id));
    }
    Ok(dropped)
}
