//! A person's own second factor: begun, confirmed, its recovery codes renewed, turned off.

use crate::App;
use crate::enter::Body;
use crate::problem::{Answer, Problem, Refused};
use crate::visit::{Person, Visiting};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use qrcode::{QrCode, render::svg};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_domain::{Error, people};

/// Whether a second factor is asked for.
#[derive(Serialize, ToSchema)]
pub struct FactorStateView {
    /// Whether it is.
    is_on: bool,
    /// Since when.
    since: Option<String>,
    /// How many recovery codes are left.
    recovery_codes_left: i64,
}

/// The person's password, asked for again.
#[derive(Deserialize, ToSchema)]
pub struct PasswordAgain {
    /// The person's password.
    #[schema(value_type = String)]
    password: SecretString,
}

/// A code.
#[derive(Deserialize, ToSchema)]
pub struct Code {
    /// Six digits of the authenticator, or a recovery code where one is taken.
    #[schema(max_length = 64)]
    code: String,
}

/// The password and a code.
#[derive(Deserialize, ToSchema)]
pub struct PasswordAndCode {
    /// The person's password.
    #[schema(value_type = String)]
    password: SecretString,
    /// Six digits of the authenticator, or a recovery code.
    #[schema(max_length = 64)]
    code: String,
}

/// What an authenticator is told, once.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentView {
    /// The secret in base32, for typing.
    secret: String,
    /// The same as an `otpauth:` address.
    otpauth_uri: String,
    /// The address as a picture, in SVG.
    qr_svg: String,
}

/// Recovery codes, shown once. Each works once.
#[derive(Serialize, ToSchema)]
pub struct CodesView {
    /// The codes.
    recovery_codes: Vec<String>,
}

fn codes(codes: &[SecretString]) -> Json<CodesView> {
    Json(CodesView { recovery_codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect() })
}

/// Whether a second factor is asked for when one signs in.
#[utoipa::path(get, path = "/api/v1/me/second-factor", tag = "people", security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = FactorStateView), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn state(State(app): State<App>, Person(user): Person) -> Answer<Json<FactorStateView>> {
    let found = people::find_factor(&app.house, user).await?;
    Ok(Json(FactorStateView {
        is_on: found.is_some(),
        since: found.map(|factor| factor.since.rfc3339()),
        recovery_codes_left: found.map_or(0, |factor| factor.codes_left),
    }))
}

/// Begin a second factor: an authenticator's secret, shown once. Nothing is asked for until it is confirmed.
#[utoipa::path(post, path = "/api/v1/me/second-factor", tag = "people", request_body = PasswordAgain, security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = EnrolmentView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn begin(
    State(app): State<App>,
    Person(user): Person,
    Visiting(visit): Visiting,
    Body(again): Body<PasswordAgain>,
) -> Answer<Json<EnrolmentView>> {
    let enrolment = people::begin_factor(&app.house, &visit, user, &again.password).await?;
    let address = enrolment.address.expose_secret();
    let picture = QrCode::new(address).map_err(|error| Refused::from(Error::fault(error)))?;
    Ok(Json(EnrolmentView {
        secret: enrolment.secret.expose_secret().to_owned(),
        otpauth_uri: address.to_owned(),
        qr_svg: picture.render::<svg::Color<'_>>().min_dimensions(220, 220).build(),
    }))
}

/// Confirm a second factor with a code of it: from now on it is asked for.
#[utoipa::path(post, path = "/api/v1/me/second-factor/confirm", tag = "people", request_body = Code, security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = CodesView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn confirm(
    State(app): State<App>,
    Person(user): Person,
    Visiting(visit): Visiting,
    Body(code): Body<Code>,
) -> Answer<Json<CodesView>> {
    Ok(codes(&people::confirm_factor(&app.house, &visit, user, &code.code).await?))
}

/// Make new recovery codes; the old ones work no more.
#[utoipa::path(post, path = "/api/v1/me/second-factor/recovery-codes", tag = "people", request_body = Code, security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = CodesView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn renew_codes(
    State(app): State<App>,
    Person(user): Person,
    Visiting(visit): Visiting,
    Body(code): Body<Code>,
) -> Answer<Json<CodesView>> {
    Ok(codes(&people::renew_codes(&app.house, &visit, user, &code.code).await?))
}

/// Turn the second factor off, with the password and a code.
#[utoipa::path(post, path = "/api/v1/me/second-factor/off", tag = "people", request_body = PasswordAndCode, security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn turn_off(
    State(app): State<App>,
    Person(user): Person,
    Visiting(visit): Visiting,
    Body(both): Body<PasswordAndCode>,
) -> Answer<StatusCode> {
    people::turn_off_factor(&app.house, &visit, user, &both.password, &both.code).await?;
    Ok(StatusCode::NO_CONTENT)
}
