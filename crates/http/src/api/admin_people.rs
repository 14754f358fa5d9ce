//! People, as an operator finds them: who they are, where they are signed in, and out with them.

use crate::App;
use crate::api::auth::{UserView, user_view};
use crate::api::me::{MembershipView, brief};
use crate::api::sessions::{SessionList, view};
use crate::enter::{Params, Platform, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::ManageSessions;
use vestibule_domain::people;
use vestibule_model::UserId;

/// Whom to find.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PersonQuery {
    /// The whole address, in any letter case.
    email: Option<String>,
}

/// A person, as an operator sees them.
#[derive(Serialize, ToSchema)]
pub struct PersonView {
    /// Who.
    user: UserView,
    /// `operator`, `agency_admin`, or null.
    platform_role: Option<String>,
    /// Where they are members.
    memberships: Vec<MembershipView>,
}

/// Whoever has the address: one or nobody.
#[derive(Serialize, ToSchema)]
pub struct PersonList {
    /// The person.
    items: Vec<PersonView>,
    /// Always null: the list is whole.
    next_cursor: Option<String>,
}

/// Find a person by address.
#[utoipa::path(get, path = "/api/admin/people", tag = "people", params(PersonQuery), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = PersonList), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn find(
    State(app): State<App>,
    _platform: Platform<ManageSessions>,
    Params(query): Params<PersonQuery>,
) -> Answer<Json<PersonList>> {
    let found = people::find_person(&app.house, query.email.as_deref().unwrap_or_default()).await?;
    let items = found.into_iter().map(|me| PersonView {
        user: user_view(&me.user),
        platform_role: me.user.platform_role.map(|r| r.as_str().to_owned()),
        memberships: me
            .memberships
            .iter()
            .map(|(t, role)| MembershipView { tenant: brief(t), role: role.as_str().into() })
            .collect(),
    });
    Ok(Json(PersonList { items: items.collect(), next_cursor: None }))
}

/// List where a person is signed in.
#[utoipa::path(get, path = "/api/admin/people/{id}/sessions", tag = "people", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = SessionList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn sessions(
    State(app): State<App>,
    _platform: Platform<ManageSessions>,
    Path(person): Path<String>,
) -> Answer<Json<SessionList>> {
    let person = people::me(&app.house, id::<UserId>(&person)?).await?.user;
    let found = people::list_sessions(&app.house, person.id).await?;
    Ok(Json(SessionList { items: found.into_iter().map(|s| view(s, None)).collect(), next_cursor: None }))
}

/// End every session of a person.
#[utoipa::path(delete, path = "/api/admin/people/{id}/sessions", tag = "people", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn end_sessions(
    State(app): State<App>,
    platform: Platform<ManageSessions>,
    Path(person): Path<String>,
) -> Answer<StatusCode> {
    people::end_all_sessions(&app.house, &platform.scope.own_rows(), id::<UserId>(&person)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
