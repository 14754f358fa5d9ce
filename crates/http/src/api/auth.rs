//! Signing in and out: with a password, a second factor, a one-time link; bearer tokens and their renewal.

use crate::App;
use crate::api::word;
use crate::enter::{Body, CSRF_COOKIE, SESSION_COOKIE, Who};
use crate::problem::{Answer, Problem, Refused};
use crate::visit::Visiting;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_domain::people::{self, Bearer, Entered, SignedIn, TokenForm};

/// An address and a password.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    /// The person's address.
    email: String,
    /// Their password.
    #[schema(value_type = String)]
    password: SecretString,
    /// `opaque` (the default: good as long as the session) or `jwt` (signed, a quarter of an hour, with a refresh token).
    token_type: Option<String>,
}

/// What the password brought, and a code.
#[derive(Deserialize, ToSchema)]
pub struct SecondStep {
    /// The `challenge` that the first step was answered with.
    #[schema(value_type = String)]
    challenge: SecretString,
    /// Six digits of the authenticator, or a recovery code.
    #[schema(max_length = 64)]
    code: String,
    /// As in the first step.
    token_type: Option<String>,
}

/// What renews a bearer token.
#[derive(Deserialize, ToSchema)]
pub struct Renewal {
    /// The refresh token. It is good once: a second use ends the session.
    #[schema(value_type = String)]
    refresh_token: SecretString,
}

/// A one-time link's token and the password to set.
#[derive(Deserialize, ToSchema)]
pub struct Redemption {
    /// What stands behind `#` in the link.
    token: String,
    /// 10 to 256 characters that are not easily guessed.
    #[schema(value_type = String, min_length = 10, max_length = 256)]
    password: SecretString,
}

/// A one-time link's token.
#[derive(Deserialize, ToSchema)]
pub struct Unlocking {
    /// What stands behind `#` in the link.
    token: String,
}

/// Who signed in.
#[derive(Serialize, ToSchema)]
pub struct UserView {
    /// Their id.
    pub id: String,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: Option<String>,
    /// `en` or `fr`.
    pub locale: String,
}

/// A session that was opened: as cookies, and as a bearer token for programs.
#[derive(Serialize, ToSchema)]
pub struct LoginView {
    /// The bearer token.
    token: String,
    /// `opaque` or `jwt`.
    token_type: String,
    /// When the bearer token ends.
    expires_at: String,
    /// What renews a `jwt`, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// When that ends: with the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_expires_at: Option<String>,
    /// What a browser shows as `x-csrf-token`.
    csrf_token: String,
    /// Who signed in.
    user: UserView,
}

/// The password was right; a second factor is asked for.
#[derive(Serialize, ToSchema)]
pub struct ChallengeView {
    /// What the second step shows.
    challenge: String,
    /// Until when.
    expires_at: String,
}

/// A bearer token that was renewed.
#[derive(Serialize, ToSchema)]
pub struct RenewedView {
    /// The bearer token.
    token: String,
    /// Always `jwt`.
    token_type: String,
    /// When it ends.
    expires_at: String,
    /// What renews it, once.
    refresh_token: String,
    /// When that ends: with the session.
    refresh_expires_at: String,
    /// Whose it is.
    user: UserView,
}

pub(crate) fn user_view(user: &people::UserRecord) -> UserView {
    UserView {
        id: user.id.to_string(),
        email: user.email.clone(),
        name: user.name.clone(),
        locale: user.locale.clone(),
    }
}

fn form(text: Option<&str>) -> Result<TokenForm, Refused> {
    let parse = |text: &str| match text {
        "opaque" => Some(TokenForm::Opaque),
        "jwt" => Some(TokenForm::Jwt),
        _ => None,
    };
    Ok(word(text, "token_type", parse)?.unwrap_or_default())
}

fn shown(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

/// The cookies and the body of a session that was opened. A cookie is Secure behind https; `__Host-` would shut the demo
/// out, which is plain http on loopback.
pub(crate) fn opened(app: &App, jar: CookieJar, signed_in: &SignedIn) -> (CookieJar, Json<LoginView>) {
    let cookie = |name: &'static str, value: &SecretString, http_only: bool| {
        Cookie::build((name, value.expose_secret().to_owned()))
            .path("/")
            .http_only(http_only)
            .secure(app.secure_cookies)
            .same_site(SameSite::Lax)
            .build()
    };
    let jar = jar.add(cookie(SESSION_COOKIE, &signed_in.token, true)).add(cookie(
        CSRF_COOKIE,
        &signed_in.csrf,
        false,
    ));
    let bearer = signed_in.bearer.as_ref();
    let view = LoginView {
        token: shown(bearer.map_or(&signed_in.token, |bearer| &bearer.token)),
        token_type: if bearer.is_some() { "jwt" } else { "opaque" }.into(),
        expires_at: bearer.map_or(signed_in.expires_at, |bearer| bearer.expires_at).rfc3339(),
        refresh_token: bearer.map(|bearer| shown(&bearer.refresh)),
        refresh_expires_at: bearer.map(|bearer| bearer.refresh_expires_at.rfc3339()),
        csrf_token: shown(&signed_in.csrf),
        user: user_view(&signed_in.user),
    };
    (jar, Json(view))
}

/// Sign in. Where the person has a second factor, the answer is 202 and a challenge for `POST /auth/second-factor`.
#[utoipa::path(post, path = "/auth/login", tag = "people", request_body = Credentials,
    responses((status = 200, body = LoginView), (status = 202, body = ChallengeView), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn login(
    State(app): State<App>,
    jar: CookieJar,
    Visiting(visit): Visiting,
    Body(credentials): Body<Credentials>,
) -> Answer<Response> {
    let form = form(credentials.token_type.as_deref())?;
    let entered =
        people::sign_in(&app.house, &visit, &credentials.email, &credentials.password, form).await?;
    Ok(answered(&app, jar, entered))
}

/// A session, or the challenge that stands before it.
fn answered(app: &App, jar: CookieJar, entered: Entered) -> Response {
    match entered {
        Entered::In(signed_in) => opened(app, jar, &signed_in).into_response(),
        Entered::Challenged(challenge) => {
            let view = ChallengeView {
                challenge: shown(&challenge.token),
                expires_at: challenge.expires_at.rfc3339(),
            };
            (StatusCode::ACCEPTED, Json(view)).into_response()
        }
    }
}

/// Sign in, second step: a code of the authenticator, or a recovery code.
#[utoipa::path(post, path = "/auth/second-factor", tag = "people", request_body = SecondStep,
    responses((status = 200, body = LoginView), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn second_factor(
    State(app): State<App>,
    jar: CookieJar,
    Visiting(visit): Visiting,
    Body(step): Body<SecondStep>,
) -> Answer<(CookieJar, Json<LoginView>)> {
    let form = form(step.token_type.as_deref())?;
    let signed_in = people::answer(&app.house, &visit, &step.challenge, &step.code, form).await?;
    Ok(opened(&app, jar, &signed_in))
}

/// Renew a bearer token. Each refresh token is good once; a second use ends the session.
#[utoipa::path(post, path = "/auth/refresh", tag = "people", request_body = Renewal,
    responses((status = 200, body = RenewedView), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn refresh(
    State(app): State<App>,
    Visiting(visit): Visiting,
    Body(renewal): Body<Renewal>,
) -> Answer<Json<RenewedView>> {
    let renewed = people::refresh(&app.house, &visit, &renewal.refresh_token).await?;
    let Bearer { token, expires_at, refresh, refresh_expires_at } = &renewed.bearer;
    Ok(Json(RenewedView {
        token: shown(token),
        token_type: "jwt".into(),
        expires_at: expires_at.rfc3339(),
        refresh_token: shown(refresh),
        refresh_expires_at: refresh_expires_at.rfc3339(),
        user: user_view(&renewed.user),
    }))
}

/// Use a one-time link: set a password and sign in. Where the person has a second factor, the answer is 202 and a challenge for
/// `POST /auth/second-factor`.
#[utoipa::path(post, path = "/auth/links/redeem", tag = "people", request_body = Redemption,
    responses((status = 200, body = LoginView), (status = 202, body = ChallengeView), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn redeem(
    State(app): State<App>,
    jar: CookieJar,
    Visiting(visit): Visiting,
    Body(redemption): Body<Redemption>,
) -> Answer<Response> {
    let entered = people::redeem(&app.house, &visit, &redemption.token, &redemption.password).await?;
    Ok(answered(&app, jar, entered))
}

/// End a lockout with the link that was mailed.
#[utoipa::path(post, path = "/auth/unlock", tag = "people", request_body = Unlocking,
    responses((status = 204), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn unlock(
    State(app): State<App>,
    Visiting(visit): Visiting,
    Body(unlocking): Body<Unlocking>,
) -> Answer<StatusCode> {
    people::unlock(&app.house, &visit, &unlocking.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out: the session ends everywhere, as a cookie and as a bearer token.
#[utoipa::path(post, path = "/auth/logout", tag = "people", security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem)))]
pub(crate) async fn logout(
    State(app): State<App>,
    jar: CookieJar,
    who: Who,
) -> Answer<(CookieJar, StatusCode)> {
    if let Some(session) = who.session {
        people::forget(&app.house, session).await?;
    }
    let gone = |name: &'static str| Cookie::build(name).path("/").build();
    Ok((jar.remove(gone(SESSION_COOKIE)).remove(gone(CSRF_COOKIE)), StatusCode::NO_CONTENT))
}
