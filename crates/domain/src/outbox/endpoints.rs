//! Endpoints: where deliveries go, and the secrets that sign them.

use crate::{Error, Result};
use secrecy::SecretString;
use vestibule_model::{EndpointId, UnixMs};
use vestibule_store::{Row, TenantTx, tsql, vals};
use vestibule_vault::{DataKey, EndpointSecret, Place};

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
    /// How many deliveries may be under way at a time, on each node: 1 to 32.
    pub max_in_flight: i64,
    /// How many deliveries it takes in 1,000 seconds, over all nodes; as fast as they come when nothing is said.
    pub rate_milli: Option<i64>,
    /// The name of a header that it wants to see; the value is never shown.
    pub header_name: Option<String>,
    /// Whatever else its kind needs, without secrets.
    pub config: serde_json::Value,
    /// Whether it gets anything.
    pub is_active: bool,
    /// Why not.
    pub disabled_reason: Option<String>,
    /// Its health.
    pub circuit: super::Circuit,
    /// Since when every attempt failed.
    pub failing_since: Option<UnixMs>,
    /// The end of its secret.
    pub secret_last4: String,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it last changed.
    pub updated_at: UnixMs,
}

/// A header that an endpoint wants to see on every request.
#[derive(Debug, Clone)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value: sealed, never shown.
    pub value: SecretString,
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
    /// How many deliveries may be under way at a time; eight when nothing is said.
    pub max_in_flight: Option<i64>,
    /// How many deliveries it takes in 1,000 seconds.
    pub rate_milli: Option<i64>,
    /// A header that it wants to see.
    pub header: Option<Header>,
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
    /// How many deliveries may be under way at a time.
    pub max_in_flight: Option<i64>,
    /// How many deliveries it takes in 1,000 seconds; `Some(None)` takes the limit away.
    pub rate_milli: Option<Option<i64>>,
    /// A header that it wants to see; `Some(None)` takes it away.
    pub header: Option<Option<Header>>,
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
        max_in_flight: row.int("max_in_flight")?,
        rate_milli: row.opt_int("rate_milli")?,
        header_name: row.opt_text("header_name")?,
        config: row.json("config")?,
        is_active: row.bool("is_active")?,
        disabled_reason: row.opt_text("disabled_reason")?,
        circuit: super::Circuit {
            failures_in_row: row.int("failures_in_row")?,
            open_since: row.opt_at("circuit_open_since")?,
            probe_at: row.opt_at("probe_at")?,
        },
        failing_since: row.opt_at("failing_since")?,
        secret_last4: row.text("secret_last4")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}

/// A tenant's endpoints, oldest first.
///
/// # Errors
/// [`Error`] as the database says.
pub async fn list(tx: &mut TenantTx<'_>) -> Result<Vec<Endpoint>> {
    let sql = tsql!(
        "SELECT id, kind, url, description, event_types, schedule_ms, config, is_active, disabled_reason, failures_in_row,
           circuit_open_since, probe_at, failing_since, max_in_flight, rate_milli, header_name, secret_last4, created_at, updated_at
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
           circuit_open_since, probe_at, failing_since, max_in_flight, rate_milli, header_name, secret_last4, created_at, updated_at
         FROM endpoints WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL"
    );
    tx.row(sql, vals![id]).await?.as_ref().map(read).transpose()
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

/// Opens the value of an endpoint's header.
pub(super) fn open_header(key: &DataKey, endpoint: EndpointId, sealed: &[u8]) -> Result<SecretString> {
    let place = Place { table: "endpoints", row: endpoint.0, column: "header_value_sealed" };
    let plain = key.open(place, sealed).map_err(|_| Error::fault("a header does not open"))?;
    let text = String::from_utf8(plain.to_vec()).map_err(|_| Error::fault("a header is not text"))?;
    Ok(SecretString::from(text))
}
