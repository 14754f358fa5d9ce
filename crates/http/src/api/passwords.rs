//! Passwords that are forgotten or changed.

use crate::App;
use crate::enter::Body;
use crate::person::{Account, nobodys};
use crate::problem::{Answer, Problem, unavailable};
use crate::visit::Visiting;
use axum::extract::State;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use vestibule_domain::people;

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
pub struct Forgotten {
    /// The address.
    email: String,
}

/// A reset link's token and the password to set.
#[derive(Deserialize, ToSchema)]
pub struct Reset {
    /// What stands behind `#` in the link.
    token: String,
    /// 10 to 256 characters.
    #[schema(value_type = String, min_length = 10, max_length = 256)]
    password: SecretString,
}

/// The password and the one to set instead.
#[derive(Deserialize, ToSchema)]
pub struct PasswordChange {
    /// The password as it is.
    #[schema(value_type = String)]
    password: SecretString,
    /// 10 to 256 characters.
    #[schema(value_type = String, min_length = 10, max_length = 256)]
    new_password: SecretString,
}

/// How many requests are worked at beside their answers; more are told to come back.
static ASKING: Semaphore = Semaphore::const_new(32);

/// Ask for a link to set a forgotten password. The answer is always the same, and so is its time.
#[utoipa::path(post, path = "/auth/reset", tag = "people", request_body = Forgotten,
    responses((status = 202), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn ask_reset(State(app): State<App>, Body(input): Body<Forgotten>) -> Answer<StatusCode> {
    let permit = ASKING.try_acquire().map_err(|_| unavailable())?;
    // Beside the answer: whether the address has an account shows in no time.
    tokio::spawn(async move {
        let asked = people::ask_reset(&app.house, &nobodys(&app), &input.email).await;
        if let Err(error) = asked {
            tracing::error!(error = %error, "a link for a forgotten password could not be made");
        }
        drop(permit);
    });
    Ok(StatusCode::ACCEPTED)
}

/// Set a forgotten password by a mailed link. Every session ends; sign in afterwards.
#[utoipa::path(post, path = "/auth/reset/confirm", tag = "people", request_body = Reset,
    responses((status = 204), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn reset(
    State(app): State<App>,
    Visiting(visit): Visiting,
    Body(input): Body<Reset>,
) -> Answer<StatusCode> {
    people::reset(&app.house, &visit, &input.token, &input.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change one's password. Every other session ends.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "people", request_body = PasswordChange, security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    me: Account,
    Visiting(visit): Visiting,
    Body(input): Body<PasswordChange>,
) -> Answer<StatusCode> {
    let (password, new) = (&input.password, &input.new_password);
    people::change_password(&app.house, &visit, (me.user, me.session), password, new).await?;
    Ok(StatusCode::NO_CONTENT)
}
