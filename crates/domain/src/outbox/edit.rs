//! Making and changing endpoints, and replacing their secrets.

use crate::outbox::check::check;
use crate::outbox::endpoints::{Endpoint, EndpointChange, Header, NewEndpoint, NewSecret, find, list};
use crate::{Error, FieldFault, House, Kind, Refusal, Result, audit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_model::{EndpointId, UnixMs};
use vestibule_store::{TenantTx, Val, queue, tsql, vals};
use vestibule_vault::{EndpointSecret, Place, is_printed_secret, last4};

const MOST_ENDPOINTS: usize = 50;
/// How many deliveries to one endpoint are under way at a time when nothing is said.
const USUAL_IN_FLIGHT: i64 = 8;

fn shown(secret: &EndpointSecret) -> NewSecret {
    NewSecret { whsec: secret.whsec(), ascii: SecretString::from(secret.ascii().to_owned()) }
}

async fn seal(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: EndpointId,
    column: &str,
    plain: &[u8],
) -> Result<Vec<u8>> {
    let tenant = tx.tenant();
    let key = house.seals.key(tx.outer(), tenant).await?;
    Ok(key.seal(Place { table: "endpoints", row: id.0, column }, plain, &*house.world.entropy))
}

/// A header's name, and its value sealed.
async fn seal_header(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: EndpointId,
    header: Header,
) -> Result<(String, Vec<u8>)> {
    let plain = header.value.expose_secret().as_bytes();
    let sealed = seal(house, tx, id, "header_value_sealed", plain).await?;
    Ok((header.name, sealed))
}

/// Makes an endpoint. Its secret is in the answer and never shown again.
///
/// # Errors
/// A refusal about its fields, or the database's.
pub async fn create(house: &House, tx: &mut TenantTx<'_>, new: NewEndpoint) -> Result<(Endpoint, NewSecret)> {
    let change = EndpointChange {
        url: Some(new.url),
        description: new.description,
        event_types: Some(new.event_types.unwrap_or_else(|| vec!["call.call-ended".into()])),
        schedule_ms: Some(new.schedule_ms.unwrap_or_else(|| house.settings.schedule_ms.clone())),
        max_in_flight: Some(new.max_in_flight.unwrap_or(USUAL_IN_FLIGHT)),
        rate_milli: Some(new.rate_milli),
        header: Some(new.header),
        is_active: None,
    };
    check(house, &change)?;
    if list(tx).await?.len() >= MOST_ENDPOINTS {
        return Err(Refusal::new(
            Kind::Conflict,
            "too_many_endpoints",
            "Fifty endpoints are the most.",
            "Cinquante points de livraison au plus.",
        )
        .into());
    }
    let id: EndpointId = house.world.new_id();
    let secret = EndpointSecret::generate(&*house.world.entropy);
    let sealed = seal(house, tx, id, "secret_sealed", secret.key()).await?;
    let header = match change.header.clone().flatten() {
        Some(header) => Some(seal_header(house, tx, id, header).await?),
        None => None,
    };
    let now = house.world.now();
    let sql = tsql!(
        "INSERT INTO endpoints (tenant_id, id, kind, url, description, event_types, schedule_ms, config, secret_sealed,
           secret_last4, is_active, failures_in_row, max_in_flight, rate_milli, header_name, header_value_sealed, created_at,
           updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, TRUE, 0, $11, $12, $13, $14, $15, $15)"
    );
    let kind = if new.kind.as_deref() == Some("webhook") { "webhook" } else { "n8n" };
    let values = [
        id.into(),
        kind.into(),
        change.url.clone().into(),
        change.description.unwrap_or_default().into(),
        Val::json(&change.event_types)?,
        Val::json(&change.schedule_ms)?,
        Val::json(&json!({}))?,
        sealed.into(),
        last4(secret.ascii()).into(),
        change.max_in_flight.into(),
        change.rate_milli.flatten().into(),
        header.as_ref().map(|(name, _)| name.clone()).into(),
        header.map(|(_, value)| value).into(),
        now.into(),
    ];
    tx.exec(sql, &values).await?;
    audit::note(
        tx,
        &house.world,
        "endpoint.created",
        "endpoint",
        &id.to_string(),
        json!({ "url": change.url }),
    )
    .await?;
    tx.changed("endpoints", Some(id.0));
    let endpoint = find(tx, id).await?.ok_or_else(|| Error::fault("an endpoint that was not kept"))?;
    Ok((endpoint, shown(&secret)))
}

/// Changes an endpoint. Idempotent. Switching it on forgets that it was down.
///
/// # Errors
/// `not_found`, a refusal about its fields, or the database's.
pub async fn change(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: EndpointId,
    change: EndpointChange,
) -> Result<Endpoint> {
    check(house, &change)?;
    let before = find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let is_active = change.is_active.unwrap_or(before.is_active);
    let wakes = change.is_active == Some(true) || change.url.is_some();
    let sql = tsql!(
        "UPDATE endpoints SET url = $3, description = $4, event_types = $5, schedule_ms = $6, is_active = $7,
           disabled_reason = CASE WHEN $7 THEN NULL ELSE coalesce(disabled_reason, 'by_hand') END,
           failures_in_row = CASE WHEN $8 THEN 0 ELSE failures_in_row END,
           circuit_open_since = CASE WHEN $8 THEN NULL ELSE circuit_open_since END,
           failing_since = CASE WHEN $8 THEN NULL ELSE failing_since END,
           last_failure_at = CASE WHEN $8 THEN NULL ELSE last_failure_at END, updated_at = $9, max_in_flight = $10,
           paced_until_us = CASE WHEN $12 THEN NULL ELSE paced_until_us END, rate_milli = $11
         WHERE tenant_id = $1 AND id = $2"
    );
    let rate_milli = change.rate_milli.unwrap_or(before.rate_milli);
    let values = [
        id.into(),
        change.url.unwrap_or(before.url).into(),
        change.description.unwrap_or(before.description).into(),
        Val::json(&change.event_types.unwrap_or(before.event_types))?,
        Val::json(&change.schedule_ms.unwrap_or(before.schedule_ms))?,
        is_active.into(),
        wakes.into(),
        house.world.now().into(),
        change.max_in_flight.unwrap_or(before.max_in_flight).into(),
        rate_milli.into(),
        (rate_milli != before.rate_milli).into(),
    ];
    tx.exec(sql, &values).await?;
    if let Some(header) = change.header {
        keep_header(house, tx, id, header).await?;
    }
    audit::note(
        tx,
        &house.world,
        "endpoint.changed",
        "endpoint",
        &id.to_string(),
        json!({ "is_active": is_active }),
    )
    .await?;
    tx.changed("endpoints", Some(id.0));
    if is_active {
        let (tenant, queue) = (tx.tenant(), crate::outbox::QUEUE.into());
        tx.hint(vestibule_store::Hint::Due(queue::GroupKey { tenant, queue, group: id.0 }));
    }
    find(tx, id).await?.ok_or_else(|| Refusal::not_found().into())
}

async fn keep_header(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: EndpointId,
    header: Option<Header>,
) -> Result<()> {
    let (name, value) = match header {
        Some(header) => {
            seal_header(house, tx, id, header).await.map(|(name, value)| (Some(name), Some(value)))?
        }
        None => (None, None),
    };
    let sql = tsql!(
        "UPDATE endpoints SET header_name = $3, header_value_sealed = $4 WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, vals![id, name, value]).await?;
    Ok(())
}

/// Replaces the secret; the previous one signs as well for a day.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn rotate(house: &House, tx: &mut TenantTx<'_>, id: EndpointId) -> Result<(NewSecret, UnixMs)> {
    let sql =
        tsql!("SELECT secret_sealed FROM endpoints WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL");
    let row = tx.row(sql, vals![id]).await?.ok_or_else(Refusal::not_found)?;
    let tenant = tx.tenant();
    let key = house.seals.key(tx.outer(), tenant).await?;
    let place = Place { table: "endpoints", row: id.0, column: "secret_sealed" };
    let old =
        key.open(place, &row.bytes("secret_sealed")?).map_err(|_| Error::fault("a secret does not open"))?;
    let previous = seal(house, tx, id, "previous_secret_sealed", &old).await?;
    let secret = EndpointSecret::generate(&*house.world.entropy);
    let sealed = seal(house, tx, id, "secret_sealed", secret.key()).await?;
    let now = house.world.now();
    let until = now.plus_ms(24 * 3_600_000);
    let sql = tsql!(
        "UPDATE endpoints SET secret_sealed = $3, secret_last4 = $4, previous_secret_sealed = $5, previous_until = $6,
           updated_at = $7 WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, vals![id, sealed, last4(secret.ascii()), previous, until, now]).await?;
    audit::note(tx, &house.world, "endpoint.secret_rotated", "endpoint", &id.to_string(), json!({})).await?;
    tx.changed("endpoints", Some(id.0));
    Ok((shown(&secret), until))
}

/// Retires an endpoint; what it was owed becomes dead letters. Idempotent: retired is retired.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn delete(house: &House, tx: &mut TenantTx<'_>, id: EndpointId) -> Result<()> {
    find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let now = house.world.now();
    let sql = tsql!(
        "UPDATE endpoints SET deleted_at = $3, is_active = FALSE, updated_at = $3 WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, vals![id, now]).await?;
    let sql = tsql!(
        "UPDATE deliveries SET state = 'dead', last_error = 'endpoint_disabled', next_attempt_at = NULL
         WHERE tenant_id = $1 AND endpoint_id = $2 AND state IN ('pending', 'retrying')"
    );
    tx.exec(sql, vals![id]).await?;
    let sql = tsql!("DELETE FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3");
    tx.exec(sql, vals![crate::outbox::QUEUE, id]).await?;
    audit::note(tx, &house.world, "endpoint.deleted", "endpoint", &id.to_string(), json!({})).await?;
    tx.changed("endpoints", Some(id.0));
    Ok(())
}

/// Keeps what an endpoint's kind needs besides its address; the secret part is sealed.
///
/// # Errors
/// A refusal of a secret that is printed in public, or the database's.
pub async fn set_config(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: EndpointId,
    config: &serde_json::Value,
    secret: Option<&SecretString>,
) -> Result<()> {
    if secret.is_some_and(|secret| is_printed_secret(secret.expose_secret())) {
        return Err(Refusal::invalid(vec![FieldFault::printed("api_key")]).into());
    }
    let sealed = match secret {
        Some(secret) => Some(seal(house, tx, id, "config_sealed", secret.expose_secret().as_bytes()).await?),
        None => None,
    };
    let sql = tsql!(
        "UPDATE endpoints SET config = $3, config_sealed = coalesce($4, config_sealed), updated_at = $5
         WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, &[id.into(), Val::json(config)?, sealed.into(), house.world.now().into()]).await?;
    tx.changed("endpoints", Some(id.0));
    Ok(())
}
