//! Agencies and their administrators, for the operator.

use crate::App;
use crate::api::{cursor, limit};
use crate::enter::{Body, Params, Platform, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::ManageAgencies;
use vestibule_domain::agencies::{self, AgencyRecord};
use vestibule_domain::people::UserRecord;
use vestibule_domain::{Cursor, FieldFault, Refusal};
use vestibule_model::{AgencyId, UserId};

/// An agency in few words.
#[derive(Serialize, ToSchema)]
pub struct AgencyBrief {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
}

/// An agency.
#[derive(Serialize, ToSchema)]
pub struct AgencyView {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// How many tenants it holds.
    tenants: i64,
    /// How many people administer it.
    admins: i64,
    /// When it was made.
    created_at: String,
}

/// A page of agencies, by name.
#[derive(Serialize, ToSchema)]
pub struct AgencyPage {
    items: Vec<AgencyView>,
    next_cursor: Option<String>,
}

/// Somebody who administers an agency.
#[derive(Serialize, ToSchema)]
pub struct AdminView {
    /// Their id.
    id: String,
    /// Their address.
    email: String,
    /// Their name.
    name: Option<String>,
    /// Whether they have chosen a password.
    has_password: bool,
}

/// An agency with its administrators.
#[derive(Serialize, ToSchema)]
pub struct AgencyDetailView {
    #[serde(flatten)]
    agency: AgencyView,
    /// Who administers it.
    people: Vec<AdminView>,
}

/// An agency's name.
#[derive(Deserialize, ToSchema)]
pub struct AgencyInput {
    /// At most 200 characters.
    name: String,
}

/// An administrator to appoint.
#[derive(Deserialize, ToSchema)]
pub struct AdminInput {
    /// Their address.
    email: String,
    /// Their name, where they are new here.
    name: Option<String>,
    /// `en` or `fr`, where they are new here.
    locale: Option<String>,
}

/// An administrator who was appointed.
#[derive(Serialize, ToSchema)]
pub struct NewAdminView {
    #[serde(flatten)]
    admin: AdminView,
    /// Their one-time link: shown once. Null for a person who has a password already.
    link: Option<String>,
}

/// Which agencies.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AgencyQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

fn view(agency: &AgencyRecord) -> AgencyView {
    AgencyView {
        id: agency.id.to_string(),
        name: agency.name.clone(),
        tenants: agency.tenants,
        admins: agency.admins,
        created_at: agency.created_at.rfc3339(),
    }
}

fn admin(user: &UserRecord) -> AdminView {
    AdminView {
        id: user.id.to_string(),
        email: user.email.clone(),
        name: user.name.clone(),
        has_password: user.password_phc.is_some(),
    }
}

/// An agency's id and name, for whoever sees a tenant of its.
pub(crate) async fn brief(app: &App, agency: Option<AgencyId>) -> Answer<Option<AgencyBrief>> {
    let Some(id) = agency else { return Ok(None) };
    let name = agencies::name_of(&app.house, id).await?;
    Ok(name.map(|name| AgencyBrief { id: id.to_string(), name }))
}

/// An agency's id in a body; anything that is not one is an agency that does not exist.
pub(crate) fn agency_id(text: &str) -> Answer<AgencyId> {
    let fault = FieldFault {
        field: "agency_id",
        code: "unknown_agency",
        en: "There is no agency with this number.",
        fr: "Aucune agence ne porte ce numéro.",
    };
    Ok(text.trim().parse().map_err(|_| Refusal::invalid(vec![fault]))?)
}

/// List agencies, by name.
#[utoipa::path(get, path = "/api/admin/agencies", tag = "agencies", params(AgencyQuery), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = AgencyPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    platform: Platform<ManageAgencies>,
    Params(query): Params<AgencyQuery>,
) -> Answer<Json<AgencyPage>> {
    let after = cursor(query.cursor.as_deref())?.map(|c| AgencyId(c.id));
    let page = agencies::list(&app.house, &platform.scope, after, limit(query.limit)).await?;
    let items = page.items.iter().map(view).collect();
    Ok(Json(AgencyPage { items, next_cursor: page.next.map(Cursor::encode) }))
}

/// Make an agency.
#[utoipa::path(post, path = "/api/admin/agencies", tag = "agencies", request_body = AgencyInput, security(("session" = []), ("bearer" = [])),
    responses((status = 201, body = AgencyView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    platform: Platform<ManageAgencies>,
    Body(input): Body<AgencyInput>,
) -> Answer<(StatusCode, Json<AgencyView>)> {
    let made = agencies::add(&app.house, &platform.scope, &input.name).await?;
    Ok((StatusCode::CREATED, Json(view(&made))))
}

/// One agency, with its administrators.
#[utoipa::path(get, path = "/api/admin/agencies/{id}", tag = "agencies", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = AgencyDetailView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    platform: Platform<ManageAgencies>,
    Path(agency): Path<String>,
) -> Answer<Json<AgencyDetailView>> {
    let (found, people) = agencies::one(&app.house, &platform.scope, id(&agency)?).await?;
    Ok(Json(AgencyDetailView { agency: view(&found), people: people.iter().map(admin).collect() }))
}

/// Rename an agency.
#[utoipa::path(patch, path = "/api/admin/agencies/{id}", tag = "agencies", params(("id" = String, Path)), request_body = AgencyInput,
    security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = AgencyView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    platform: Platform<ManageAgencies>,
    Path(agency): Path<String>,
    Body(input): Body<AgencyInput>,
) -> Answer<Json<AgencyView>> {
    Ok(Json(view(&agencies::rename(&app.house, &platform.scope, id(&agency)?, &input.name).await?)))
}

/// Close an agency that holds no tenants: its administrators have no way in any more.
#[utoipa::path(delete, path = "/api/admin/agencies/{id}", tag = "agencies", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn close(
    State(app): State<App>,
    platform: Platform<ManageAgencies>,
    Path(agency): Path<String>,
) -> Answer<StatusCode> {
    agencies::close(&app.house, &platform.scope, id(&agency)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make somebody an agency's administrator.
#[utoipa::path(post, path = "/api/admin/agencies/{id}/admins", tag = "agencies", params(("id" = String, Path)), request_body = AdminInput,
    security(("session" = []), ("bearer" = [])),
    responses((status = 201, body = NewAdminView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn appoint(
    State(app): State<App>,
    platform: Platform<ManageAgencies>,
    Path(agency): Path<String>,
    Body(input): Body<AdminInput>,
) -> Answer<(StatusCode, Json<NewAdminView>)> {
    let who = (input.email.as_str(), input.name.as_deref(), input.locale.as_deref());
    let made = agencies::appoint(&app.house, &platform.scope, id(&agency)?, who).await?;
    let link = made.link.map(|l| format!("{}/welcome#{}", app.house.settings.public_url, l.expose_secret()));
    Ok((StatusCode::CREATED, Json(NewAdminView { admin: admin(&made.user), link })))
}

/// Let an agency's administrator go: what they look at ends.
#[utoipa::path(delete, path = "/api/admin/agencies/{id}/admins/{user_id}", tag = "agencies", params(("id" = String, Path), ("user_id" = String, Path)),
    security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn dismiss(
    State(app): State<App>,
    platform: Platform<ManageAgencies>,
    Path((agency, user)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let user: UserId = id(&user)?;
    agencies::dismiss(&app.house, &app.mint, &platform.scope, id(&agency)?, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
