//! What can be done with received events: process one again, send one on, and say how long they are kept.

use crate::App;
use crate::api::inbox::{InboxView, view};
use crate::api::lab::CameView;
use crate::enter::{Body, Tenant, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::inbox::{self, Retention};
use vestibule_domain::{Error, lab};

/// How long raw events are kept.
#[derive(Serialize, ToSchema)]
pub struct RetentionView {
    /// For so many days.
    days: i64,
    /// So many where the tenant chooses nothing.
    standard_days: i64,
    /// Whether the tenant chose.
    is_own: bool,
}

impl From<Retention> for RetentionView {
    fn from(kept: Retention) -> Self {
        Self { days: kept.days, standard_days: kept.standard_days, is_own: kept.is_own }
    }
}

/// How long raw events are to be kept.
#[derive(Deserialize, ToSchema)]
pub struct RetentionInput {
    /// 1 to 3,650; null leaves it to the server's configuration.
    #[schema(required = true, minimum = 1, maximum = 3650)]
    days: Option<i64>,
}

/// Where an event goes.
#[derive(Deserialize, ToSchema)]
pub struct SendOnInput {
    /// An address that begins with https.
    url: String,
}

/// Process a received event once more: what is known already changes nothing.
#[utoipa::path(post, path = "/api/v1/inbox/{id}/again", tag = "inbox",
    params(("id" = String, Path), ("tenant" = Option<String>, Query)), security(("session" = []), ("bearer" = ["inbox.manage"])),
    responses((status = 200, body = InboxView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(crate) async fn again(
    State(app): State<App>,
    tenant: Tenant<need::ManageInbox>,
    Path(event): Path<String>,
) -> Answer<Json<InboxView>> {
    let (house, scope, event) = (&app.house, &tenant.scope, id(&event)?);
    let kept = inbox::retention(house, scope).await?;
    let mut tx = house.db.write_in(scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(scope).await.map_err(Error::from)?;
    let row = inbox::again(house, &mut inside, event).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(view(&row, kept)))
}

/// Send a received event to an address of theirs: its body as it is kept, signed anew with the connection's own key.
/// Whoever may call and what they said leaves this server; who sent it and where to is written down. One at a time.
#[utoipa::path(post, path = "/api/v1/inbox/{id}/send", tag = "inbox",
    params(("id" = String, Path), ("tenant" = Option<String>, Query)), request_body = SendOnInput,
    security(("session" = []), ("bearer" = ["inbox.manage"])),
    responses((status = 200, body = CameView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn send(
    State(app): State<App>,
    tenant: Tenant<need::ManageInbox>,
    Path(event): Path<String>,
    Body(input): Body<SendOnInput>,
) -> Answer<Json<CameView>> {
    let event = id(&event)?;
    let turn = lab::turn(&app.house, &tenant.scope)?;
    let came = lab::send_stored(&app.house, &tenant.scope, &turn, event, input.url.trim()).await?;
    Ok(Json(CameView::of(came, None)))
}

/// How long raw events are kept.
#[utoipa::path(get, path = "/api/v1/inbox/retention", tag = "inbox", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["inbox.read"])),
    responses((status = 200, body = RetentionView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn retention(
    State(app): State<App>,
    tenant: Tenant<need::ReadInbox>,
) -> Answer<Json<RetentionView>> {
    Ok(Json(inbox::retention(&app.house, &tenant.scope).await?.into()))
}

/// Say how long raw events are kept. Idempotent.
#[utoipa::path(put, path = "/api/v1/inbox/retention", tag = "inbox", params(("tenant" = Option<String>, Query)),
    request_body = RetentionInput, security(("session" = []), ("bearer" = ["inbox.manage"])),
    responses((status = 200, body = RetentionView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn keep_for(
    State(app): State<App>,
    tenant: Tenant<need::ManageInbox>,
    Body(input): Body<RetentionInput>,
) -> Answer<Json<RetentionView>> {
    Ok(Json(inbox::keep_for(&app.house, &tenant.scope, input.days).await?.into()))
}
