//! Signing in and out.

use crate::App;
use crate::enter::{Body, CSRF_COOKIE, SESSION_COOKIE, Who};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_domain::people::{self, SignedIn};

/// An address and a password.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    /// The person's address.
    email: String,
    /// Their password.
    #[schema(value_type = String)]
    password: SecretString,
}

/// A one-time link's token and the password to set.
#[derive(Deserialize, ToSchema)]
pub struct Redemption {
    /// What stands behind `#` in the link.
    token: String,
    /// 10 to 256 characters.
    #[schema(value_type = String, min_length = 10, max_length = 256)]
    password: SecretString,
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
    /// When it ends.
    expires_at: String,
    /// What a browser shows as `x-csrf-token`.
    csrf_token: String,
    /// Who signed in.
    user: UserView,
}

pub(crate) fn user_view(user: &vestibule_domain::people::UserRecord) -> UserView {
    UserView {
        id: user.id.to_string(),
        email: user.email.clone(),
        name: user.name.clone(),
        locale: user.locale.clone(),
    }
}

pub(crate) fn answer(app: &App, jar: CookieJar, signed_in: &SignedIn) -> (CookieJar, Json<LoginView>) {
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
    let view = LoginView {
        token: signed_in.token.expose_secret().to_owned(),
        expires_at: signed_in.expires_at.rfc3339(),
        csrf_token: signed_in.csrf.expose_secret().to_owned(),
        user: user_view(&signed_in.user),
    };
    (jar, Json(view))
}

/// Sign in.
#[utoipa::path(post, path = "/auth/login", tag = "people", request_body = Credentials,
    responses((status = 200, body = LoginView), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn login(
    State(app): State<App>,
    jar: CookieJar,
    Body(credentials): Body<Credentials>,
) -> Answer<(CookieJar, Json<LoginView>)> {
    let signed_in = people::sign_in(&app.house, &credentials.email, &credentials.password).await?;
    Ok(answer(&app, jar, &signed_in))
}

/// Use a one-time link: set a password and sign in.
#[utoipa::path(post, path = "/auth/links/redeem", tag = "people", request_body = Redemption,
    responses((status = 200, body = LoginView), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn redeem(
    State(app): State<App>,
    jar: CookieJar,
    Body(redemption): Body<Redemption>,
) -> Answer<(CookieJar, Json<LoginView>)> {
    let signed_in = people::redeem(&app.house, &redemption.token, &redemption.password).await?;
    Ok(answer(&app, jar, &signed_in))
}

/// Sign out: the session ends everywhere.
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
