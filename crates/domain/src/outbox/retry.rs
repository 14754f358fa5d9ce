//! Trying a delivery again by hand. Idempotent: what is already due stays due.

use crate::outbox::{DeliveryDetail, QUEUE, detail};
use crate::{House, Kind, Refusal, Result, audit};
use serde_json::json;
use vestibule_model::DeliveryId;
use vestibule_store::{TenantTx, queue, tsql, vals};

/// Makes a dead or waiting delivery due now, with a fresh set of attempts.
///
/// # Errors
/// `not_found`, `already_delivered`, `endpoint_gone`, or the database's.
pub async fn retry(house: &House, tx: &mut TenantTx<'_>, id: DeliveryId) -> Result<DeliveryDetail> {
    let before = detail(tx, id).await?.ok_or_else(Refusal::not_found)?;
    if before.row.state == "delivered" {
        return Err(Refusal::new(
            Kind::Conflict,
            "already_delivered",
            "This delivery has arrived already.",
            "Cette livraison est déjà arrivée.",
        )
        .into());
    }
    let sql = tsql!("SELECT 1 AS one FROM endpoints WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL");
    if tx.row(sql, vals![before.row.endpoint]).await?.is_none() {
        return Err(Refusal::new(
            Kind::Conflict,
            "endpoint_gone",
            "The endpoint of this delivery was deleted.",
            "Le point de livraison a été supprimé.",
        )
        .into());
    }
    let sql = tsql!("SELECT 1 AS one FROM delivery_bodies WHERE tenant_id = $1 AND delivery_id = $2");
    if tx.row(sql, vals![id]).await?.is_none() {
        return Err(Refusal::new(
            Kind::Conflict,
            "body_not_kept",
            "What this delivery said is no longer kept.",
            "Ce que disait cette livraison n’est plus conservé.",
        )
        .into());
    }
    let now = house.db.lease_now();
    let sql = tsql!(
        "UPDATE deliveries SET state = 'retrying', next_attempt_at = $3 WHERE tenant_id = $1 AND id = $2 AND state <> 'delivered'"
    );
    tx.exec(sql, vals![id, now]).await?;
    let sql = tsql!(
        "UPDATE jobs SET attempts = 0 WHERE tenant_id = $1 AND queue = $2 AND id = $3 AND leased = FALSE"
    );
    tx.exec(sql, vals![QUEUE, id]).await?;
    queue::owe(tx, QUEUE, before.row.endpoint.0, id.0, now, now).await?;
    // Somebody expects it to work now: do not wait for the next probe.
    let sql = tsql!(
        "UPDATE endpoints SET probe_at = $3 WHERE tenant_id = $1 AND id = $2 AND circuit_open_since IS NOT NULL"
    );
    tx.exec(sql, vals![before.row.endpoint, now]).await?;
    audit::note(tx, &house.world, "delivery.retried", "delivery", &id.to_string(), json!({})).await?;
    tx.changed("deliveries", Some(id.0));
    detail(tx, id).await?.ok_or_else(|| Refusal::not_found().into())
}
