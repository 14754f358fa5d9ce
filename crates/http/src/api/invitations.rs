//! Invitations to a tenant, as those who invite see them.

use crate::App;
use crate::api::people::{own_role, role};
use crate::enter::{Body, Tenant, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::people::{self, InvitationRecord, NewInvitation};
use vestibule_model::{InvitationId, UnixMs};

/// An invitation that nobody has accepted.
#[derive(Serialize, ToSchema)]
pub struct InvitationView {
    /// Its id.
    id: String,
    /// Who is invited.
    email: String,
    /// As what: owner, manager, staff or viewer.
    role: String,
    /// When it was made.
    created_at: String,
    /// When its mail was last sent.
    sent_at: String,
    /// When it ends.
    expires_at: String,
    /// Whether it has ended.
    is_expired: bool,
}

/// A tenant's invitations.
#[derive(Serialize, ToSchema)]
pub struct InvitationList {
    /// The invitations, newest first.
    items: Vec<InvitationView>,
    /// Always null: the list is whole.
    next_cursor: Option<String>,
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
pub struct InvitationInput {
    /// The address.
    email: String,
    /// owner, manager, staff or viewer, in any letter case; ADMIN is manager, AGENT is staff. None above one's own.
    role: String,
    /// In which language to write, `en` or `fr`; the tenant's where nothing is said.
    locale: Option<String>,
}

fn view(record: InvitationRecord, now: UnixMs) -> InvitationView {
    InvitationView {
        id: record.id.to_string(),
        email: record.email,
        role: record.role.as_str().into(),
        created_at: record.created_at.rfc3339(),
        sent_at: record.sent_at.rfc3339(),
        expires_at: record.expires_at.rfc3339(),
        is_expired: record.expires_at <= now,
    }
}

/// List a tenant's invitations that nobody has accepted.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "people", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["people.read"])),
    responses((status = 200, body = InvitationList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadPeople>,
) -> Answer<Json<InvitationList>> {
    let now = app.house.world.now();
    let found = people::list_invitations(&app.house, &tenant.scope).await?;
    Ok(Json(InvitationList { items: found.into_iter().map(|i| view(i, now)).collect(), next_cursor: None }))
}

/// Invite an address by mail. The answer is the same whether or not it has an account.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "people", params(("tenant" = Option<String>, Query)), request_body = InvitationInput,
    security(("session" = []), ("bearer" = ["people.manage"])),
    responses((status = 201, body = InvitationView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    tenant: Tenant<need::ManagePeople>,
    Body(input): Body<InvitationInput>,
) -> Answer<(StatusCode, Json<InvitationView>)> {
    let new = NewInvitation { email: input.email, role: role(&input.role)?, locale: input.locale };
    let made = people::invite(&app.house, &tenant.scope, own_role(&tenant), &new).await?;
    Ok((StatusCode::CREATED, Json(view(made, app.house.world.now()))))
}

/// Withdraw an invitation: its link leads nowhere.
#[utoipa::path(delete, path = "/api/v1/invitations/{id}", tag = "people", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["people.manage"])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    tenant: Tenant<need::ManagePeople>,
    Path(invitation): Path<String>,
) -> Answer<StatusCode> {
    let invitation = id::<InvitationId>(&invitation)?;
    people::withdraw(&app.house, &tenant.scope, own_role(&tenant), invitation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send an invitation again, with a new link that is good for another week.
#[utoipa::path(post, path = "/api/v1/invitations/{id}/again", tag = "people", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["people.manage"])),
    responses((status = 200, body = InvitationView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn again(
    State(app): State<App>,
    tenant: Tenant<need::ManagePeople>,
    Path(invitation): Path<String>,
) -> Answer<Json<InvitationView>> {
    let invitation = id::<InvitationId>(&invitation)?;
    let sent = people::invite_again(&app.house, &tenant.scope, own_role(&tenant), invitation).await?;
    Ok(Json(view(sent, app.house.world.now())))
}
