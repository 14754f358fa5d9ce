//! Invitations, as those who are invited see them. A token stands in a body, never in an address.

use crate::App;
use crate::api::auth::{LoginView, opened};
use crate::enter::Body;
use crate::person::Account;
use crate::problem::{Answer, Problem};
use crate::visit::Visiting;
use axum::Json;
use axum::extract::State;
use axum_extra::extract::CookieJar;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_domain::people;

/// What stands behind `#` in the link.
#[derive(Deserialize, ToSchema)]
pub struct InvitationToken {
    /// The token.
    token: String,
}

/// An invitation, to whoever has its link.
#[derive(Serialize, ToSchema)]
pub struct InvitedView {
    /// The business's name.
    company_name: String,
    /// The address that is invited.
    email: String,
    /// As what: owner, manager, staff or viewer.
    role: String,
    /// When it ends.
    expires_at: String,
    /// Whether the address can sign in already: then that is how to accept.
    has_account: bool,
}

/// Somebody new.
#[derive(Deserialize, ToSchema)]
pub struct NewPerson {
    /// What stands behind `#` in the link.
    token: String,
    /// What to call them.
    name: String,
    /// 10 to 256 characters.
    #[schema(value_type = String, min_length = 10, max_length = 256)]
    password: SecretString,
}

/// Where a person has become a member.
#[derive(Serialize, ToSchema)]
pub struct JoinedView {
    /// The tenant's id, as in `?tenant=`.
    tenant: String,
}

/// Look at an invitation by its link.
#[utoipa::path(post, path = "/auth/invitations/look", tag = "people", request_body = InvitationToken,
    responses((status = 200, body = InvitedView), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn look(
    State(app): State<App>,
    Body(input): Body<InvitationToken>,
) -> Answer<Json<InvitedView>> {
    let found = people::look(&app.house, &input.token).await?;
    Ok(Json(InvitedView {
        company_name: found.tenant.company_name,
        email: found.invitation.email,
        role: found.invitation.role.as_str().into(),
        expires_at: found.invitation.expires_at.rfc3339(),
        has_account: found.has_account,
    }))
}

/// Accept an invitation as somebody new: choose a name and a password, and be signed in.
#[utoipa::path(post, path = "/auth/invitations/accept", tag = "people", request_body = NewPerson,
    responses((status = 200, body = LoginView), (status = 400, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn accept_new(
    State(app): State<App>,
    jar: CookieJar,
    Visiting(visit): Visiting,
    Body(input): Body<NewPerson>,
) -> Answer<(CookieJar, Json<LoginView>)> {
    let signed_in =
        people::accept_new(&app.house, &app.mint, &visit, &input.token, &input.name, &input.password).await?;
    Ok(opened(&app, jar, &signed_in))
}

/// Accept an invitation that was sent to one's own address.
#[utoipa::path(post, path = "/api/v1/me/invitations", tag = "people", request_body = InvitationToken, security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = JoinedView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn accept(
    State(app): State<App>,
    me: Account,
    Body(input): Body<InvitationToken>,
) -> Answer<Json<JoinedView>> {
    let tenant = people::accept_signed_in(&app.house, &app.mint, me.user, &input.token).await?;
    Ok(Json(JoinedView { tenant: tenant.to_string() }))
}
