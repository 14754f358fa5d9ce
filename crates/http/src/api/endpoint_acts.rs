//! What is done with an endpoint: trying it out, and owing it things again.

use crate::App;
use crate::api::calls::instant;
use crate::api::deliveries::{DeliveryView, view as delivery_view};
use crate::enter::{Body, Tenant, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::Error;
use vestibule_domain::outbox::{self, Again, Redelivery};
use vestibule_model::{EndpointId, UnixMs};

/// Many deliveries of an endpoint owed again, and how far that has come.
#[derive(Serialize, ToSchema)]
pub struct RedeliveryView {
    /// Its id.
    id: String,
    /// Of which endpoint.
    endpoint_id: String,
    /// `replay` or `dead`.
    kind: String,
    /// `running` or `done`.
    state: String,
    /// What was owed from then on; null: from the beginning.
    since: Option<String>,
    /// And before then.
    until: String,
    /// Of which types.
    event_types: Vec<String>,
    /// How many deliveries are owed again so far.
    owed_count: i64,
    /// When it was asked for.
    created_at: String,
    /// When everything was owed again.
    finished_at: Option<String>,
}

/// The newest redeliveries of an endpoint.
#[derive(Serialize, ToSchema)]
pub struct RedeliveryList {
    /// Newest first; twenty at most.
    items: Vec<RedeliveryView>,
    /// Always null: older ones are not shown.
    next_cursor: Option<String>,
}

/// What to owe again.
#[derive(Deserialize, ToSchema)]
pub struct ReplayInput {
    /// From then on: an instant (RFC 3339), or a day of the tenant's.
    since: String,
    /// Before then, or until the end of that day; until now when nothing is said.
    until: Option<String>,
    /// Of these types; of all types when nothing is said.
    event_types: Option<Vec<String>>,
}

fn view(found: Redelivery) -> RedeliveryView {
    RedeliveryView {
        id: found.id.to_string(),
        endpoint_id: found.endpoint.to_string(),
        since: (found.kind != "dead").then(|| found.since.rfc3339()),
        kind: found.kind,
        state: found.state,
        until: found.until.rfc3339(),
        event_types: found.event_types,
        owed_count: found.owed_count,
        created_at: found.created_at.rfc3339(),
        finished_at: found.finished_at.map(UnixMs::rfc3339),
    }
}

/// Send a test event. It is a delivery like any other, of the type `endpoint.test`, and goes before what waits.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/test", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["endpoints.manage"])),
    responses((status = 202, body = DeliveryView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(crate) async fn test(
    State(app): State<App>,
    tenant: Tenant<need::ManageEndpoints>,
    Path(endpoint): Path<String>,
) -> Answer<(StatusCode, Json<DeliveryView>)> {
    let endpoint: EndpointId = id(&endpoint)?;
    let mut tx = app.house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let made = outbox::send_test(&app.house, &mut inside, endpoint).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::ACCEPTED, Json(delivery_view(&made))))
}

async fn begin<N: vestibule_access::Need>(
    app: &App,
    tenant: &Tenant<N>,
    endpoint: &str,
    asked: Again,
) -> Answer<(StatusCode, Json<RedeliveryView>)> {
    let endpoint: EndpointId = id(endpoint)?;
    let mut tx = app.house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let begun = outbox::redeliver(&app.house, &mut inside, endpoint, asked).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::ACCEPTED, Json(view(begun))))
}

/// Send everything since an instant again: the same ids and the same bytes, so that a receiver can tell. What is still
/// owed is left alone.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/replay", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    request_body = ReplayInput, security(("session" = []), ("bearer" = ["deliveries.retry"])),
    responses((status = 202, body = RedeliveryView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn replay(
    State(app): State<App>,
    tenant: Tenant<need::RetryDeliveries>,
    Path(endpoint): Path<String>,
    Body(input): Body<ReplayInput>,
) -> Answer<(StatusCode, Json<RedeliveryView>)> {
    let zone = &tenant.record.timezone;
    let since = instant(Some(&input.since), "since", zone, false)?.unwrap_or(UnixMs(i64::MAX));
    let until = instant(input.until.as_deref(), "until", zone, true)?;
    let asked = Again::Replay { since, until, event_types: input.event_types };
    begin(&app, &tenant, &endpoint, asked).await
}

/// Try all dead letters of an endpoint again.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/retry-dead", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["deliveries.retry"])),
    responses((status = 202, body = RedeliveryView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(crate) async fn retry_dead(
    State(app): State<App>,
    tenant: Tenant<need::RetryDeliveries>,
    Path(endpoint): Path<String>,
) -> Answer<(StatusCode, Json<RedeliveryView>)> {
    begin(&app, &tenant, &endpoint, Again::Dead).await
}

/// What of an endpoint was owed again lately, and how far that has come.
#[utoipa::path(get, path = "/api/v1/endpoints/{id}/redeliveries", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["endpoints.read"])),
    responses((status = 200, body = RedeliveryList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn redeliveries(
    State(app): State<App>,
    tenant: Tenant<need::ReadEndpoints>,
    Path(endpoint): Path<String>,
) -> Answer<Json<RedeliveryList>> {
    let endpoint: EndpointId = id(&endpoint)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let items = outbox::list_redeliveries(&mut inside, endpoint).await?.into_iter().map(view).collect();
    Ok(Json(RedeliveryList { items, next_cursor: None }))
}
