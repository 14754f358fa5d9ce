//! Endpoints: where deliveries go, and the secrets that sign them.

use crate::{Error, FieldFault, House, Kind, Refusal, Result, audit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_model::{EndpointId, UnixMs};
use vestibule_store::{Row, TenantTx, Val, queue, tsql, vals};
use vestibule_vault::{DataKey, EndpointSecret, Place, last4};

/// An endpoint, without its secrets.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// `n8n` or `webhook`.
    pub kind: String,
    /// Where it is.
    pub url: String,
    /// What people call it.
    pub description: String,
    /// What it wants to hear of.
    pub event_types: Vec<String>,
    /// When attempts are made: milliseconds after the one before.
    pub schedule_ms: Vec<i64>,
    /// Whatever else its kind needs, without secrets.
    pub config: serde_json::Value,
    /// Whether it gets anything.
    pub is_active: bool,
    /// Why not.
    pub disabled_reason: Option<String>,
    /// Its health.
    pub circuit: super::Circuit,
    /// The end of its secret.
    pub secret_last4: String,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it last changed.
    pub updated_at: UnixMs,
}

/// An endpoint to make.
#[derive(Debug, Clone, Default)]
pub struct NewEndpoint {
    /// Where it is.
    pub url: String,
    /// What people call it.
    pub description: Option<String>,
    /// What it wants to hear of; the ends of calls when nothing is said.
    pub event_types: Option<Vec<String>>,
    /// When attempts are made; the house's schedule when nothing is said.
    pub schedule_ms: Option<Vec<i64>>,
    /// `n8n` or `webhook`.
    pub kind: Option<String>,
}

/// What to change.
#[derive(Debug, Clone, Default)]
pub struct EndpointChange {
    /// Where it is.
    pub url: Option<String>,
    /// What people call it.
    pub description: Option<String>,
    /// What it wants to hear of.
    pub event_types: Option<Vec<String>>,
    /// When attempts are made.
    pub schedule_ms: Option<Vec<i64>>,
    /// Whether it gets anything.
    pub is_active: Option<bool>,
}

/// A secret that is shown once.
pub struct NewSecret {
    /// For libraries: `whsec_…`.
    pub whsec: SecretString,
    /// The same key as plain text, for n8n's Crypto credential.
    pub ascii: SecretString,
}

fn read(row: &Row) -> Result<Endpoint> {
    Ok(Endpoint {
        id: row.id("id")?,
        kind: row.text("kind")?,
        url: row.text("url")?,
        description: row.text("description")?,
        event_types: row.json("event_types")?,
        schedule_ms: row.json("schedule_ms")?,
        config: row.json("config")?,
        is_active: row.bool("is_active")?,
        disabled_reason: row.opt_text("disabled_reason")?,
        circuit: super::Circuit {
            failures_in_row: row.int("failures_in_row")?,
            open_since: row.opt_at("circuit_open_since")?,
            probe_at: row.opt_at("probe_at")?,
        },
        secret_last4: row.text("secret_last4")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}

const MOST_ENDPOINTS: usize = 50;

fn check(house: &House, new: &EndpointChange) -> Result<()> {
    let mut faults = Vec::new();
    if let Some(url) = &new.url {
        let https = url.starts_with("https://");
        let http = url.starts_with("http://") && house.settings.allow_plain_http;
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or("");
        if !(https || http)
            || host.is_empty()
            || host.contains('@')
            || url.len() > 2048
            || url.chars().any(char::is_whitespace)
        {
            faults.push(FieldFault {
                field: "url",
                code: "bad_url",
                en: "Give a complete address that begins with https://.",
                fr: "Donnez une adresse complète qui commence par https://.",
            });
        }
    }
    if let Some(types) = &new.event_types
        && (types.is_empty() || types.iter().any(|t| !super::EVENT_TYPES.contains(&t.as_str())))
    {
        faults.push(FieldFault {
            field: "event_types",
            code: "unknown_event_type",
            en: "Choose at least one of the listed event types.",
            fr: "Choisissez au moins un des types d’événements de la liste.",
        });
    }
    if let Some(schedule) = &new.schedule_ms
        && (schedule.is_empty()
            || schedule.len() > 20
            || schedule.iter().any(|w| !(0..=7 * 24 * 3_600_000).contains(w)))
    {
        faults.push(FieldFault {
            field: "schedule_seconds",
            code: "bad_schedule",
            en: "Give 1 to 20 waits, each at most seven days.",
            fr: "Donnez de 1 à 20 délais d’au plus sept jours chacun.",
        });
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::invalid(faults).into()) }
}

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
    let now = house.world.now();
    let sql = tsql!(
        "INSERT INTO endpoints (tenant_id, id, kind, url, description, event_types, schedule_ms, config, secret_sealed,
           secret_last4, is_active, failures_in_row, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, TRUE, 0, $11, $11)"
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

/// A tenant's endpoints, oldest first.
///
/// # Errors
/// [`Error`] as the database says.
pub async fn list(tx: &mut TenantTx<'_>) -> Result<Vec<Endpoint>> {
    let sql = tsql!(
        "SELECT id, kind, url, description, event_types, schedule_ms, config, is_active, disabled_reason, failures_in_row,
           circuit_open_since, probe_at, secret_last4, created_at, updated_at
         FROM endpoints WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id LIMIT 100"
    );
    tx.rows(sql, &[]).await?.iter().map(read).collect()
}

/// One endpoint; `None` when the tenant has no such one, or no longer.
///
/// # Errors
/// [`Error`] as the database says.
pub async fn find(tx: &mut TenantTx<'_>, id: EndpointId) -> Result<Option<Endpoint>> {
    let sql = tsql!(
        "SELECT id, kind, url, description, event_types, schedule_ms, config, is_active, disabled_reason, failures_in_row,
           circuit_open_since, probe_at, secret_last4, created_at, updated_at
         FROM endpoints WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL"
    );
    tx.row(sql, vals![id]).await?.as_ref().map(read).transpose()
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
           circuit_open_since = CASE WHEN $8 THEN NULL ELSE circuit_open_since END, updated_at = $9
         WHERE tenant_id = $1 AND id = $2"
    );
    let values = [
        id.into(),
        change.url.unwrap_or(before.url).into(),
        change.description.unwrap_or(before.description).into(),
        Val::json(&change.event_types.unwrap_or(before.event_types))?,
        Val::json(&change.schedule_ms.unwrap_or(before.schedule_ms))?,
        is_active.into(),
        wakes.into(),
        house.world.now().into(),
    ];
    tx.exec(sql, &values).await?;
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
        let (tenant, queue) = (tx.tenant(), super::QUEUE.into());
        tx.hint(vestibule_store::Hint::Due(queue::GroupKey { tenant, queue, group: id.0 }));
    }
    find(tx, id).await?.ok_or_else(|| Refusal::not_found().into())
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
    tx.exec(sql, vals![super::QUEUE, id]).await?;
    audit::note(tx, &house.world, "endpoint.deleted", "endpoint", &id.to_string(), json!({})).await?;
    tx.changed("endpoints", Some(id.0));
    Ok(())
}

/// Keeps what an endpoint's kind needs besides its address; the secret part is sealed.
///
/// # Errors
/// The database's.
pub async fn set_config(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: EndpointId,
    config: &serde_json::Value,
    secret: Option<&SecretString>,
) -> Result<()> {
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

/// Opens one of an endpoint's secrets, `secret_sealed` or `previous_secret_sealed`.
pub(super) fn open_secret(
    key: &DataKey,
    endpoint: EndpointId,
    column: &str,
    sealed: &[u8],
) -> Result<EndpointSecret> {
    let place = Place { table: "endpoints", row: endpoint.0, column };
    let plain = key.open(place, sealed).map_err(|_| Error::fault("a secret does not open"))?;
    let text = String::from_utf8(plain.to_vec()).map_err(|_| Error::fault("a secret is not text"))?;
    EndpointSecret::from_ascii(text.into()).map_err(|_| Error::fault("a secret is not of our form"))
}
