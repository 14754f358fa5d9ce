//! Trying an endpoint out: an event of its own type, signed and delivered like any other, ahead of what waits.

use crate::outbox::endpoints::open_secret;
use crate::outbox::redeliver::{must_be_on, probe_now};
use crate::outbox::{DeliveryRow, QUEUE, detail, find};
use crate::{Error, House, Refusal, Result, audit};
use serde_json::{Value, json};
use vestibule_model::{DeliveryId, EndpointId, UnixMs};
use vestibule_store::{TenantTx, queue, tsql, vals};

/// The type of the event that tries an endpoint out. Nobody asks for it; it is sent when somebody says so.
pub const TEST_EVENT: &str = "endpoint.test";

/// Owes an endpoint a test event. Not idempotent: each is a delivery of its own.
///
/// # Errors
/// `not_found`, `endpoint_off`, or the database's.
pub async fn send_test(house: &House, tx: &mut TenantTx<'_>, endpoint: EndpointId) -> Result<DeliveryRow> {
    let found = find(tx, endpoint).await?.ok_or_else(Refusal::not_found)?;
    must_be_on(found.is_active)?;
    let sql = tsql!("SELECT secret_sealed FROM endpoints WHERE tenant_id = $1 AND id = $2");
    let row = tx.row(sql, vals![endpoint]).await?.ok_or_else(Refusal::not_found)?;
    let tenant = tx.tenant();
    let key = house.seals.key(tx.outer(), tenant).await?;
    let secret = open_secret(&key, endpoint, "secret_sealed", &row.bytes("secret_sealed")?)?;
    let id: DeliveryId = house.world.new_id();
    let now = house.world.now();
    let mut body = json!({
        "eventId": format!("vestibule:{id}:test:{}", now.0),
        "eventType": TEST_EVENT,
        "timestamp": now.rfc3339(),
        "data": { "endpointId": endpoint, "message": "This is a test. Ceci est un essai." },
    });
    let signature = vestibule_vault::body_signature(&secret, &body);
    if let Value::Object(body) = &mut body {
        body.insert("signature".into(), Value::String(signature));
    }
    let sql = tsql!(
        "INSERT INTO deliveries (tenant_id, id, endpoint_id, subject_id, event_type, revision, state, attempts_count,
           next_attempt_at, created_at)
         VALUES ($1, $2, $3, $2, $4, 0, 'pending', 0, $5, $5)"
    );
    tx.exec(sql, vals![id, endpoint, TEST_EVENT, now]).await?;
    let sql = tsql!("INSERT INTO delivery_bodies (tenant_id, delivery_id, body) VALUES ($1, $2, $3)");
    tx.exec(sql, vals![id, body.to_string().into_bytes()]).await?;
    // Somebody looks at the screen: before everything that is due already.
    queue::owe(tx, QUEUE, endpoint.0, id.0, UnixMs(0), house.db.lease_now()).await?;
    probe_now(house, tx, endpoint).await?;
    let doc = json!({ "delivery": id });
    audit::note(tx, &house.world, "endpoint.tried_out", "endpoint", &endpoint.to_string(), doc).await?;
    tx.changed("deliveries", Some(id.0));
    let detail = detail(tx, id).await?.ok_or_else(|| Error::fault("a delivery that was not kept"))?;
    Ok(detail.row)
}
