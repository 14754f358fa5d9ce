//! Deliveries.

use crate::App;
use crate::api::{bad_parameter, cursor, limit, word};
use crate::enter::{Params, Tenant, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use vestibule_access::{TenantScope, need};
use vestibule_domain::audit::{self, Look};
use vestibule_domain::outbox::{self, DeliveryDetail, DeliveryFilter, DeliveryRow};
use vestibule_domain::{Cursor, Error, Refusal};
use vestibule_model::{DeliveryId, UnixMs};

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// pending, retrying, parked, delivered or dead.
    state: Option<String>,
    /// Of one endpoint.
    endpoint_id: Option<String>,
    /// Of one call.
    call_id: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// An endpoint in few words.
#[derive(Serialize, ToSchema)]
pub struct EndpointBrief {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub description: String,
    /// Where it is.
    pub url: String,
}

/// A delivery in a list.
#[derive(Serialize, ToSchema)]
pub struct DeliveryView {
    /// Its id: the receiver's `webhook-id`.
    id: String,
    /// Where it goes.
    endpoint: EndpointBrief,
    /// The call it tells of.
    call_id: Option<String>,
    /// What it tells.
    event_type: String,
    /// pending, retrying, parked, delivered or dead.
    state: String,
    /// How many attempts were made.
    attempts_count: i64,
    /// When the next one is due.
    next_attempt_at: Option<String>,
    /// When it was owed.
    created_at: String,
    /// When it arrived.
    delivered_at: Option<String>,
    /// The last HTTP status.
    last_status: Option<i64>,
    /// What went wrong last, as a stable code.
    last_error: Option<String>,
}

/// One attempt.
#[derive(Serialize, ToSchema)]
pub struct AttemptView {
    /// 1, 2, ….
    number: i64,
    /// When it began.
    started_at: String,
    /// How long it took.
    duration_ms: Option<i64>,
    /// delivered, failed or lost.
    result: String,
    /// The HTTP status.
    http_status: Option<i64>,
    /// What went wrong, as a stable code.
    error: Option<String>,
    /// The beginning of the answer.
    response_excerpt: Option<String>,
    /// The receiver's id of the run.
    execution_id: Option<String>,
    /// What was sent besides the body, without secrets; null for an attempt that a crash took with it.
    request: Option<RequestView>,
}

/// What was sent, besides the body.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct RequestView {
    /// Where it went.
    url: String,
    /// The headers, with secrets and signatures blacked out.
    headers: BTreeMap<String, String>,
}

/// A delivery with its body and attempts.
#[derive(Serialize, ToSchema)]
pub struct DeliveryDetailView {
    #[serde(flatten)]
    delivery: DeliveryView,
    /// The frozen body; null when it was kept long enough and is gone.
    #[schema(value_type = Object)]
    body: Value,
    /// The attempts, first to last.
    attempts: Vec<AttemptView>,
}

/// A page of deliveries, newest first.
#[derive(Serialize, ToSchema)]
pub struct DeliveryPage {
    /// The deliveries.
    items: Vec<DeliveryView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

pub(crate) fn view(row: &DeliveryRow) -> DeliveryView {
    DeliveryView {
        id: row.id.to_string(),
        endpoint: EndpointBrief {
            id: row.endpoint.to_string(),
            description: row.endpoint_description.clone(),
            url: row.endpoint_url.clone(),
        },
        call_id: row.call.map(|c| c.to_string()),
        event_type: row.event_type.clone(),
        state: row.state.clone(),
        attempts_count: row.attempts_count,
        next_attempt_at: row.next_attempt_at.map(UnixMs::rfc3339),
        created_at: row.created_at.rfc3339(),
        delivered_at: row.delivered_at.map(UnixMs::rfc3339),
        last_status: row.last_status,
        last_error: row.last_error.clone(),
    }
}

fn detail(found: DeliveryDetail) -> DeliveryDetailView {
    DeliveryDetailView {
        delivery: view(&found.row),
        body: found.body,
        attempts: found
            .attempts
            .into_iter()
            .map(|a| AttemptView {
                number: a.number,
                started_at: a.started_at.rfc3339(),
                duration_ms: a.duration_ms,
                result: a.result,
                http_status: a.http_status,
                error: a.error,
                response_excerpt: a.response_excerpt,
                execution_id: a.execution_id,
                request: a.request.and_then(|request| serde_json::from_value(request).ok()),
            })
            .collect(),
    }
}

pub(crate) fn filter_id<T: std::str::FromStr>(text: Option<&str>, field: &'static str) -> Answer<Option<T>> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    text.parse()
        .map(Some)
        .map_err(|_| bad_parameter(field, "This is not an id.", "Ce n’est pas un identifiant."))
}

/// Writes down that somebody sees a transcript, where the body of a delivery holds one.
async fn note_look(app: &App, scope: &TenantScope, found: &DeliveryDetail) -> Answer<()> {
    let has_words = found.body["data"]["transcript"].as_str().is_some_and(|words| !words.is_empty());
    if let (true, Some(call)) = (has_words, found.row.call) {
        audit::look(&app.house, scope, call, Look::Transcript).await?;
    }
    Ok(())
}

/// List deliveries.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "outbox", params(DeliveryQuery),
    security(("session" = []), ("bearer" = ["deliveries.read"])),
    responses((status = 200, body = DeliveryPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadDeliveries>,
    Params(query): Params<DeliveryQuery>,
) -> Answer<Json<DeliveryPage>> {
    let filter = DeliveryFilter {
        state: word(query.state.as_deref(), "state", |t| {
            outbox::STATES.iter().find(|s| **s == t).map(|s| (*s).to_owned())
        })?,
        endpoint: filter_id(query.endpoint_id.as_deref(), "endpoint_id")?,
        call: filter_id(query.call_id.as_deref(), "call_id")?,
        after: cursor(query.cursor.as_deref())?,
        limit: limit(query.limit),
    };
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let page = outbox::list_deliveries(&mut inside, &filter).await?;
    Ok(Json(DeliveryPage {
        items: page.items.iter().map(view).collect(),
        next_cursor: page.next.map(Cursor::encode),
    }))
}

/// One delivery, with its body and attempts.
#[utoipa::path(get, path = "/api/v1/deliveries/{id}", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["deliveries.read"])),
    responses((status = 200, body = DeliveryDetailView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    tenant: Tenant<need::ReadDeliveries>,
    Path(delivery): Path<String>,
) -> Answer<Json<DeliveryDetailView>> {
    let delivery: DeliveryId = id(&delivery)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = outbox::detail(&mut inside, delivery).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    note_look(&app, &tenant.scope, &found).await?;
    Ok(Json(detail(found)))
}

/// Try a delivery again now.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/retry", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["deliveries.retry"])),
    responses((status = 202, body = DeliveryDetailView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn retry(
    State(app): State<App>,
    tenant: Tenant<need::RetryDeliveries>,
    Path(delivery): Path<String>,
) -> Answer<(StatusCode, Json<DeliveryDetailView>)> {
    let delivery: DeliveryId = id(&delivery)?;
    // The answer shows the body: who sees it is written down before anything is done.
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = outbox::detail(&mut inside, delivery).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    note_look(&app, &tenant.scope, &found).await?;
    let mut tx = app.house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = outbox::retry(&app.house, &mut inside, delivery).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::ACCEPTED, Json(detail(found))))
}
