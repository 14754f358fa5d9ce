//! Endpoints.

use crate::App;
use crate::enter::{Body, Tenant, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::outbox::{self, Endpoint, EndpointChange, Header, NewEndpoint, NewSecret};
use vestibule_domain::{Error, Refusal};
use vestibule_model::{EndpointId, UnixMs};

/// An endpoint, without its secrets.
#[derive(Serialize, ToSchema)]
pub struct EndpointView {
    /// Its id.
    pub id: String,
    /// `n8n` or `webhook`.
    pub kind: String,
    /// Where it is.
    pub url: String,
    /// What people call it.
    pub description: String,
    /// What it wants to hear of.
    pub event_types: Vec<String>,
    /// When attempts are made: seconds after the one before.
    pub schedule_seconds: Vec<f64>,
    /// How many deliveries may be under way at a time, on each node.
    pub max_in_flight: i64,
    /// How many deliveries it takes in a second, over all nodes; null: as fast as they come.
    pub rate_per_second: Option<f64>,
    /// The name of the header that every request carries besides; its value is never shown.
    pub header_name: Option<String>,
    /// Whether it gets anything.
    pub is_active: bool,
    /// Why not: `by_hand`, `gone` (it answered 410) or `failing` (for five days it only failed).
    pub disabled_reason: Option<String>,
    /// Since when every attempt failed.
    pub failing_since: Option<String>,
    /// `closed` while it works, `open` while its deliveries are parked.
    pub circuit: String,
    /// The end of its secret.
    pub secret_last4: String,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// An endpoint that was made, with its secret: shown once.
#[derive(Serialize, ToSchema)]
pub struct NewEndpointView {
    #[serde(flatten)]
    endpoint: EndpointView,
    /// For Standard Webhooks libraries.
    secret: String,
    /// The same key as plain text, for n8n's Crypto credential.
    secret_ascii: String,
}

/// A new secret: shown once.
#[derive(Serialize, ToSchema)]
pub struct SecretView {
    /// For Standard Webhooks libraries.
    secret: String,
    /// The same key as plain text, for n8n's Crypto credential.
    secret_ascii: String,
    /// Until when the one before signs as well.
    previous_valid_until: String,
}

/// The endpoints of a tenant.
#[derive(Serialize, ToSchema)]
pub struct EndpointList {
    /// The endpoints, oldest first; fifty at most.
    items: Vec<EndpointView>,
    /// Always null: the list is whole.
    next_cursor: Option<String>,
}

/// A header that every request carries besides, such as `x-n8n-webhook-secret`.
#[derive(Deserialize, ToSchema)]
pub struct HeaderInput {
    /// Its name.
    #[schema(max_length = 100)]
    name: String,
    /// Its value: sealed, never shown again.
    #[schema(value_type = String, max_length = 4096)]
    value: SecretString,
}

impl From<HeaderInput> for Header {
    fn from(input: HeaderInput) -> Self {
        Self { name: input.name, value: input.value }
    }
}

/// An endpoint to make.
#[derive(Deserialize, ToSchema)]
pub struct EndpointInput {
    /// Where it is: https, or what the operator's allow-list permits.
    #[schema(max_length = 2048)]
    url: String,
    /// What people call it.
    description: Option<String>,
    /// What it wants to hear of; `["call.call-ended"]` when nothing is said.
    event_types: Option<Vec<String>>,
    /// When attempts are made: seconds after the one before.
    schedule_seconds: Option<Vec<f64>>,
    /// How many deliveries may be under way at a time, on each node; 8 when nothing is said.
    #[schema(minimum = 1, maximum = 32)]
    max_in_flight: Option<i64>,
    /// How many deliveries it takes in a second; as fast as they come when nothing is said.
    #[schema(minimum = 0.01, maximum = 1000)]
    rate_per_second: Option<f64>,
    /// A header that every request carries besides.
    header: Option<HeaderInput>,
    /// `n8n` (the default) or `webhook`.
    kind: Option<String>,
}

/// What to change.
#[derive(Deserialize, ToSchema)]
pub struct EndpointPatch {
    /// Where it is.
    url: Option<String>,
    /// What people call it.
    description: Option<String>,
    /// What it wants to hear of.
    event_types: Option<Vec<String>>,
    /// When attempts are made: seconds after the one before.
    schedule_seconds: Option<Vec<f64>>,
    /// How many deliveries may be under way at a time, on each node.
    #[schema(minimum = 1, maximum = 32)]
    max_in_flight: Option<i64>,
    /// How many deliveries it takes in a second; null takes the limit away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<f64>, minimum = 0.01, maximum = 1000)]
    rate_per_second: Option<Option<f64>>,
    /// A header that every request carries besides; null takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<HeaderInput>)]
    header: Option<Option<HeaderInput>>,
    /// Whether it gets anything.
    is_active: Option<bool>,
}

/// Null is said, and is not the same as nothing.
fn said<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    input: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(input).map(Some)
}

pub(crate) fn view(endpoint: &Endpoint) -> EndpointView {
    #[expect(clippy::cast_precision_loss, reason = "schedules and rates are small")]
    let seconds = |ms: &i64| *ms as f64 / 1000.0;
    EndpointView {
        id: endpoint.id.to_string(),
        kind: endpoint.kind.clone(),
        url: endpoint.url.clone(),
        description: endpoint.description.clone(),
        event_types: endpoint.event_types.clone(),
        schedule_seconds: endpoint.schedule_ms.iter().map(seconds).collect(),
        max_in_flight: endpoint.max_in_flight,
        rate_per_second: endpoint.rate_milli.as_ref().map(seconds),
        header_name: endpoint.header_name.clone(),
        is_active: endpoint.is_active,
        disabled_reason: endpoint.disabled_reason.clone(),
        failing_since: endpoint.failing_since.map(UnixMs::rfc3339),
        circuit: if endpoint.circuit.open_since.is_some() { "open".into() } else { "closed".into() },
        secret_last4: endpoint.secret_last4.clone(),
        created_at: endpoint.created_at.rfc3339(),
        updated_at: endpoint.updated_at.rfc3339(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float's cast saturates, and what comes of it is checked afterwards"
)]
fn milli(number: f64) -> i64 {
    (number * 1000.0).round() as i64
}

fn millis(seconds: Option<Vec<f64>>) -> Option<Vec<i64>> {
    seconds.map(|s| s.into_iter().map(milli).collect())
}

fn with_secret(endpoint: &Endpoint, secret: &NewSecret) -> NewEndpointView {
    NewEndpointView {
        endpoint: view(endpoint),
        secret: secret.whsec.expose_secret().to_owned(),
        secret_ascii: secret.ascii.expose_secret().to_owned(),
    }
}

/// List endpoints.
#[utoipa::path(get, path = "/api/v1/endpoints", tag = "outbox", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["endpoints.read"])),
    responses((status = 200, body = EndpointList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadEndpoints>,
) -> Answer<Json<EndpointList>> {
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let items = outbox::list_endpoints(&mut inside).await?.iter().map(view).collect();
    Ok(Json(EndpointList { items, next_cursor: None }))
}

/// Make an endpoint.
#[utoipa::path(post, path = "/api/v1/endpoints", tag = "outbox", params(("tenant" = Option<String>, Query)), request_body = EndpointInput,
    security(("session" = []), ("bearer" = ["endpoints.manage"])),
    responses((status = 201, body = NewEndpointView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    tenant: Tenant<need::ManageEndpoints>,
    Body(input): Body<EndpointInput>,
) -> Answer<(StatusCode, Json<NewEndpointView>)> {
    let mut tx = app.house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let new = NewEndpoint {
        url: input.url,
        description: input.description,
        event_types: input.event_types,
        schedule_ms: millis(input.schedule_seconds),
        max_in_flight: input.max_in_flight,
        rate_milli: input.rate_per_second.map(milli),
        header: input.header.map(Header::from),
        kind: input.kind,
    };
    let (endpoint, secret) = outbox::create(&app.house, &mut inside, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(with_secret(&endpoint, &secret))))
}

/// One endpoint.
#[utoipa::path(get, path = "/api/v1/endpoints/{id}", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["endpoints.read"])),
    responses((status = 200, body = EndpointView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    tenant: Tenant<need::ReadEndpoints>,
    Path(endpoint): Path<String>,
) -> Answer<Json<EndpointView>> {
    let endpoint: EndpointId = id(&endpoint)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = outbox::find(&mut inside, endpoint).await?.ok_or_else(Refusal::not_found)?;
    Ok(Json(view(&found)))
}

/// Change an endpoint. Switching it on forgets that it was down.
#[utoipa::path(patch, path = "/api/v1/endpoints/{id}", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    request_body = EndpointPatch, security(("session" = []), ("bearer" = ["endpoints.manage"])),
    responses((status = 200, body = EndpointView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    tenant: Tenant<need::ManageEndpoints>,
    Path(endpoint): Path<String>,
    Body(patch): Body<EndpointPatch>,
) -> Answer<Json<EndpointView>> {
    let endpoint: EndpointId = id(&endpoint)?;
    let mut tx = app.house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let change = EndpointChange {
        url: patch.url,
        description: patch.description,
        event_types: patch.event_types,
        schedule_ms: millis(patch.schedule_seconds),
        max_in_flight: patch.max_in_flight,
        rate_milli: patch.rate_per_second.map(|rate| rate.map(milli)),
        header: patch.header.map(|header| header.map(Header::from)),
        is_active: patch.is_active,
    };
    let found = outbox::change(&app.house, &mut inside, endpoint, change).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(view(&found)))
}

/// Delete an endpoint; what it was owed becomes dead letters.
#[utoipa::path(delete, path = "/api/v1/endpoints/{id}", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["endpoints.manage"])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn delete(
    State(app): State<App>,
    tenant: Tenant<need::ManageEndpoints>,
    Path(endpoint): Path<String>,
) -> Answer<StatusCode> {
    let endpoint: EndpointId = id(&endpoint)?;
    let mut tx = app.house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    outbox::delete(&app.house, &mut inside, endpoint).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace an endpoint's secret; the one before signs as well for a day.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/rotate-secret", tag = "outbox",
    params(("id" = String, Path), ("tenant" = Option<String>, Query)), security(("session" = []), ("bearer" = ["endpoints.manage"])),
    responses((status = 200, body = SecretView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn rotate(
    State(app): State<App>,
    tenant: Tenant<need::ManageEndpoints>,
    Path(endpoint): Path<String>,
) -> Answer<Json<SecretView>> {
    let endpoint: EndpointId = id(&endpoint)?;
    let mut tx = app.house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let (secret, until) = outbox::rotate(&app.house, &mut inside, endpoint).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(SecretView {
        secret: secret.whsec.expose_secret().to_owned(),
        secret_ascii: secret.ascii.expose_secret().to_owned(),
        previous_valid_until: until.rfc3339(),
    }))
}
