//! Received provider events.

use crate::App;
use crate::api::{cursor, limit, word};
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::need;
use vestibule_domain::inbox::{self, InboxRow, Retention};
use vestibule_domain::{Cursor, Error};

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InboxQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// pending, folded, ignored, unprocessable or failed.
    state: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// A received event, without its body.
#[derive(Serialize, ToSchema)]
pub struct InboxView {
    /// Its id.
    id: String,
    /// The provider.
    provider: String,
    /// The event's name.
    event_name: String,
    /// pending, folded, ignored, unprocessable or failed.
    state: String,
    /// Why, as a stable code.
    reason: Option<String>,
    /// When it arrived.
    received_at: String,
    /// 0 for the first body under its key.
    revision: i64,
    /// How often processing failed.
    attempts: i64,
    /// The call it tells of.
    call_id: Option<String>,
    /// The raw body's size.
    size_bytes: i64,
    /// Until when the raw body is kept; null when it no longer is. What was not processed yet is kept until it is.
    kept_until: Option<String>,
}

/// A page of received events, newest first.
#[derive(Serialize, ToSchema)]
pub struct InboxPage {
    /// The events.
    items: Vec<InboxView>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

pub(crate) fn view(row: &InboxRow, kept: Retention) -> InboxView {
    InboxView {
        id: row.id.to_string(),
        provider: row.provider.clone(),
        event_name: row.event_name.clone(),
        state: row.state.clone(),
        reason: row.reason.clone(),
        received_at: row.received_at.rfc3339(),
        revision: row.revision,
        attempts: row.attempts,
        call_id: row.call.map(|c| c.to_string()),
        size_bytes: row.size_bytes,
        kept_until: row.is_kept.then(|| kept.until(row.id).rfc3339()),
    }
}

/// List received events.
#[utoipa::path(get, path = "/api/v1/inbox", tag = "inbox", params(InboxQuery),
    security(("session" = []), ("bearer" = ["inbox.read"])),
    responses((status = 200, body = InboxPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadInbox>,
    Params(query): Params<InboxQuery>,
) -> Answer<Json<InboxPage>> {
    let state = word(query.state.as_deref(), "state", |t| inbox::STATES.iter().find(|s| **s == t).copied())?;
    let kept = inbox::retention(&app.house, &tenant.scope).await?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let page = inbox::list(&mut inside, state, cursor(query.cursor.as_deref())?, limit(query.limit)).await?;
    Ok(Json(InboxPage {
        items: page.items.iter().map(|row| view(row, kept)).collect(),
        next_cursor: page.next.map(Cursor::encode),
    }))
}
