//! Where one is signed in.

use crate::App;
use crate::enter::id;
use crate::person::Account;
use crate::problem::{Answer, Problem, forbidden};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::people::{self, SeenRecord};
use vestibule_model::{SessionId, UnixMs};

/// A session.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    id: String,
    /// The device in words, for example `Firefox · Linux`.
    device: Option<String>,
    /// The network address.
    address: Option<String>,
    /// When it began.
    created_at: String,
    /// When it was last seen, to the minute.
    last_seen_at: Option<String>,
    /// When it ends by itself.
    expires_at: String,
    /// Whether it is the one that asks.
    is_this: bool,
}

/// A person's sessions.
#[derive(Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions, the last seen first.
    pub(crate) items: Vec<SessionView>,
    /// Always null: the list is whole.
    pub(crate) next_cursor: Option<String>,
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
pub struct EndedView {
    /// How many.
    ended: u64,
}

pub(crate) fn view(record: SeenRecord, this: Option<SessionId>) -> SessionView {
    SessionView {
        is_this: this == Some(record.id),
        id: record.id.to_string(),
        device: record.device,
        address: record.address,
        created_at: record.created_at.rfc3339(),
        last_seen_at: record.last_seen_at.map(UnixMs::rfc3339),
        expires_at: record.expires_at.rfc3339(),
    }
}

/// List where one is signed in.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "people", security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = SessionList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(State(app): State<App>, me: Account) -> Answer<Json<SessionList>> {
    let found = people::list_sessions(&app.house, me.user).await?;
    let items = found.into_iter().map(|s| view(s, me.session)).collect();
    Ok(Json(SessionList { items, next_cursor: None }))
}

/// End all one's sessions but this one.
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "people", security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = EndedView), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn end_others(State(app): State<App>, me: Account) -> Answer<Json<EndedView>> {
    let this = me.session.ok_or_else(forbidden)?;
    let ended = people::end_other_sessions(&app.house, &me.platform, me.user, this).await?;
    Ok(Json(EndedView { ended }))
}

/// End one of one's sessions.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "people", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn end(
    State(app): State<App>,
    me: Account,
    Path(session): Path<String>,
) -> Answer<StatusCode> {
    people::end_session(&app.house, &me.platform, me.user, id::<SessionId>(&session)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
