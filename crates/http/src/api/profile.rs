//! One's own name, language and address.

use crate::App;
use crate::api::auth::{UserView, user_view};
use crate::enter::Body;
use crate::person::{Account, nobodys};
use crate::problem::{Answer, Problem};
use crate::visit::Visiting;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use vestibule_domain::people::{self, ProfileChange};

/// What to change; what is not given stays.
#[derive(Deserialize, ToSchema)]
pub struct ProfileInput {
    /// The name.
    name: Option<String>,
    /// `en` or `fr`.
    locale: Option<String>,
}

/// Another address.
#[derive(Deserialize, ToSchema)]
pub struct EmailInput {
    /// The address to use from now on.
    email: String,
    /// The password.
    #[schema(value_type = String)]
    password: SecretString,
}

/// What stands behind `#` in the link.
#[derive(Deserialize, ToSchema)]
pub struct EmailToken {
    /// The token.
    token: String,
}

/// Change one's name and language.
#[utoipa::path(patch, path = "/api/v1/me", tag = "people", request_body = ProfileInput, security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = UserView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    me: Account,
    Body(input): Body<ProfileInput>,
) -> Answer<Json<UserView>> {
    let change = ProfileChange { name: input.name, locale: input.locale };
    Ok(Json(user_view(&people::change_profile(&app.house, me.user, &change).await?)))
}

/// Ask for another address: a link is mailed there, and a warning to the old one. The answer is the same whether or not
/// the new address has an account.
#[utoipa::path(post, path = "/api/v1/me/email", tag = "people", request_body = EmailInput, security(("session" = []), ("bearer" = [])),
    responses((status = 202), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn ask_email(
    State(app): State<App>,
    me: Account,
    Visiting(visit): Visiting,
    Body(input): Body<EmailInput>,
) -> Answer<StatusCode> {
    people::ask_email(&app.house, &visit, me.user, &input.password, &input.email).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Confirm a new address by its link.
#[utoipa::path(post, path = "/auth/email/confirm", tag = "people", request_body = EmailToken,
    responses((status = 204), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn confirm_email(
    State(app): State<App>,
    Body(input): Body<EmailToken>,
) -> Answer<StatusCode> {
    people::confirm_email(&app.house, &nobodys(&app), &input.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
