//! Members of a tenant.

use crate::App;
use crate::enter::{Body, Tenant, id};
use crate::problem::{Answer, Problem, Refused};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::{Need, Permission, Principal, need};
use vestibule_domain::people::{self, MemberRecord};
use vestibule_domain::{FieldFault, Refusal};
use vestibule_model::{Role, UserId};

/// A member of a tenant.
#[derive(Serialize, ToSchema)]
pub struct MemberView {
    /// The person's id.
    id: String,
    /// Their address.
    email: String,
    /// Their name.
    name: Option<String>,
    /// owner, manager, staff or viewer.
    role: String,
    /// Since when.
    since: String,
    /// Whether they have chosen a password yet.
    has_password: bool,
    /// Whether this is whoever asks.
    is_me: bool,
}

/// A tenant's members.
#[derive(Serialize, ToSchema)]
pub struct MemberList {
    /// The members, the highest role first.
    items: Vec<MemberView>,
    /// Always null: the list is whole.
    next_cursor: Option<String>,
}

/// Another role.
#[derive(Deserialize, ToSchema)]
pub struct RoleInput {
    /// owner, manager, staff or viewer, in any letter case; ADMIN is manager, AGENT is staff.
    role: String,
}

/// The highest role that whoever asks may give and take: their own. A key has none: it acts as the least role that may
/// manage people.
pub(crate) fn own_role<N: Need>(tenant: &Tenant<N>) -> Role {
    let own = tenant.who.principal.role_in(tenant.record.holding());
    own.unwrap_or_else(|| Permission::ManagePeople.least_role())
}

/// Reads a role.
pub(crate) fn role(text: &str) -> Result<Role, Refused> {
    let fault = FieldFault {
        field: "role",
        code: "unknown_role",
        en: "Choose owner, manager, staff or viewer.",
        fr: "Choisissez owner, manager, staff ou viewer.",
    };
    Role::parse(text.trim()).ok_or_else(|| Refusal::invalid(vec![fault]).into())
}

fn view(member: MemberRecord, me: &Principal) -> MemberView {
    let is_me = matches!(me, Principal::Person { user, .. } if *user == member.user);
    MemberView {
        id: member.user.to_string(),
        email: member.email,
        name: member.name,
        role: member.role.as_str().into(),
        since: member.since.rfc3339(),
        has_password: member.has_password,
        is_me,
    }
}

/// List a tenant's members.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["people.read"])),
    responses((status = 200, body = MemberList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadPeople>,
) -> Answer<Json<MemberList>> {
    let members = people::list_members(&app.house, &tenant.scope).await?;
    let items = members.into_iter().map(|m| view(m, &tenant.who.principal)).collect();
    Ok(Json(MemberList { items, next_cursor: None }))
}

/// Give a member another role.
#[utoipa::path(patch, path = "/api/v1/people/{id}", tag = "people", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    request_body = RoleInput, security(("session" = []), ("bearer" = ["people.manage"])),
    responses((status = 200, body = MemberView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    tenant: Tenant<need::ManagePeople>,
    Path(person): Path<String>,
    Body(input): Body<RoleInput>,
) -> Answer<Json<MemberView>> {
    let person = id::<UserId>(&person)?;
    let own = own_role(&tenant);
    let member = people::change_role(&app.house, &tenant.scope, own, person, role(&input.role)?).await?;
    Ok(Json(view(member, &tenant.who.principal)))
}

/// Let a member go. They find nothing there from now on.
#[utoipa::path(delete, path = "/api/v1/people/{id}", tag = "people", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["people.manage"])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn remove(
    State(app): State<App>,
    tenant: Tenant<need::ManagePeople>,
    Path(person): Path<String>,
) -> Answer<StatusCode> {
    people::remove(&app.house, &tenant.scope, own_role(&tenant), id::<UserId>(&person)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
