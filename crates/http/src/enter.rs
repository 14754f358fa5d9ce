//! Extractors: who asks, and the scope they are let into.

use crate::App;
use crate::problem::{Refused, forbidden, unauthorized};
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum_extra::extract::CookieJar;
use http::{HeaderMap, Method, header, request::Parts};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use subtle::ConstantTimeEq;
use vestibule_access::{Need, PlatformNeed, PlatformScope, Principal, TenantScope};
use vestibule_domain::tenants::{self, TenantRecord};
use vestibule_domain::{Kind, Refusal, keys, people};
use vestibule_model::{PlatformRole, SessionId};

/// The session's cookie.
pub(crate) const SESSION_COOKIE: &str = "vestibule_session";
/// The cookie whose value a browser repeats in [`CSRF_HEADER`].
pub(crate) const CSRF_COOKIE: &str = "vestibule_csrf";
/// What a browser shows besides its cookie to change something.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// Whoever asks, with a session or key that is good.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub principal: Principal,
    pub session: Option<SessionId>,
    /// How many requests a minute a key may make, where it says so.
    pub rate_per_minute: Option<u32>,
}

impl FromRequestParts<App> for Who {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let who = identify(&parts.headers, &parts.method, app).await;
        let who = who.map_err(|refused| app.limits.turn_away(parts, refused))?;
        app.limits.admit(&who, parts)?;
        crate::person::note_seen(app, &who, parts).await;
        parts.extensions.insert(who.clone());
        Ok(who)
    }
}

/// Who shows these headers, now: whoever keeps a stream open is asked again.
pub(crate) async fn identify(headers: &HeaderMap, method: &Method, app: &App) -> Result<Who, Refused> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    if let Some(text) = bearer {
        let token = text.strip_prefix("Bearer ").or_else(|| text.strip_prefix("bearer ")).map(str::trim);
        let token = token.ok_or_else(unauthorized)?;
        if token.starts_with("vst_") {
            let found =
                keys::show(&app.house, token, app.house.world.now()).await?.ok_or_else(unauthorized)?;
            let (principal, rate_per_minute) = (found.principal, found.rate_per_minute);
            return Ok(Who { principal, session: None, rate_per_minute });
        }
        let session = people::principal(&app.house, token).await?.ok_or_else(unauthorized)?;
        return Ok(Who { principal: session.principal, session: Some(session.id), rate_per_minute: None });
    }
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(SESSION_COOKIE).ok_or_else(unauthorized)?;
    let session = people::principal(&app.house, token.value()).await?.ok_or_else(unauthorized)?;
    if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        let shown = headers.get(CSRF_HEADER).map(http::HeaderValue::as_bytes).unwrap_or_default();
        use sha2::Digest;
        let hash = sha2::Sha256::digest(shown);
        if !bool::from(hash.as_slice().ct_eq(&session.csrf_hash)) {
            return Err(Refusal::new(
                Kind::Forbidden,
                "csrf",
                "This page is out of date: load it again.",
                "Cette page n’est plus à jour : rechargez-la.",
            )
            .into());
        }
    }
    Ok(Who { principal: session.principal, session: Some(session.id), rate_per_minute: None })
}

#[derive(Deserialize)]
struct Named {
    tenant: Option<String>,
}

/// A tenant that the principal may do `N` in.
pub(crate) struct Tenant<N: Need> {
    pub scope: TenantScope,
    pub record: TenantRecord,
    pub who: Who,
    _need: PhantomData<N>,
}

impl<N: Need> FromRequestParts<App> for Tenant<N> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let who = Who::from_request_parts(parts, app).await?;
        let Query(named) = Query::<Named>::try_from_uri(&parts.uri).map_err(|_| bad_query())?;
        // The sources' paths name the tenant in the path (`/api/organizations/{id}/…`).
        let in_path = if parts.uri.path().starts_with("/api/organizations/") {
            let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| bad_query())?;
            params.iter().find(|(name, _)| *name == "organization").map(|(_, value)| value.to_owned())
        } else {
            None
        };
        let name = match (in_path, named.tenant) {
            (Some(path), Some(query)) if path != query => return Err(Refusal::not_found().into()),
            (Some(name), _) | (None, Some(name)) => name,
            (None, None) => default_tenant(&who.principal)?,
        };
        let record = tenants::find(&app.house, &name).await?.ok_or_else(Refusal::not_found)?;
        let scope = who.principal.enter(&app.mint, record.holding(), N::PERMISSION)?;
        Ok(Self { scope, record, who, _need: PhantomData })
    }
}

pub(crate) fn default_tenant(principal: &Principal) -> Result<String, Refused> {
    match principal {
        Principal::Key { tenant, .. } => Ok(tenant.to_string()),
        Principal::Person { memberships, platform_role, .. } => match memberships.as_slice() {
            [only] if *platform_role != Some(PlatformRole::Operator) => Ok(only.tenant.to_string()),
            [] if platform_role.is_none() => Err(forbidden().into()),
            _ => Err(Refusal::new(
                Kind::BadRequest,
                "tenant_required",
                "Say which tenant: add ?tenant= with its id or slug.",
                "Dites quel client : ajoutez ?tenant= avec son identifiant ou son nom court.",
            )
            .into()),
        },
    }
}

/// A platform act that the principal may do.
pub(crate) struct Platform<N: PlatformNeed> {
    pub scope: PlatformScope,
    pub who: Who,
    _need: PhantomData<N>,
}

impl<N: PlatformNeed> FromRequestParts<App> for Platform<N> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let who = Who::from_request_parts(parts, app).await?;
        let scope = who.principal.enter_platform(&app.mint, N::PERMISSION)?;
        Ok(Self { scope, who, _need: PhantomData })
    }
}

pub(crate) fn bad_query() -> Refused {
    Refusal::new(
        Kind::BadRequest,
        "bad_query",
        "The address has a parameter that cannot be read.",
        "L’adresse contient un paramètre illisible.",
    )
    .into()
}

/// A query whose rejection is a problem document.
pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Refused> {
        Query::<T>::try_from_uri(&parts.uri).map(|Query(q)| Self(q)).map_err(|_| bad_query())
    }
}

/// A JSON body whose rejection is a problem document.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        axum::Json::<T>::from_request(request, app).await.map(|axum::Json(v)| Self(v)).map_err(|rejection| {
            use axum::extract::rejection::JsonRejection as R;
            match rejection {
                R::JsonDataError(_) => Refusal::new(
                    Kind::Invalid,
                    "bad_body",
                    "The body is JSON, but a field is missing or of the wrong type.",
                    "Le corps est du JSON, mais un champ manque ou n’est pas du bon type.",
                ),
                R::MissingJsonContentType(_) => Refusal::new(
                    Kind::BadRequest,
                    "not_json",
                    "Send JSON, with content-type: application/json.",
                    "Envoyez du JSON, avec content-type: application/json.",
                ),
                R::BytesRejection(e) if e.status() == http::StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => Refusal::new(
                    Kind::BadRequest,
                    "not_json",
                    "The body is not JSON.",
                    "Le corps n’est pas du JSON.",
                ),
            }
            .into()
        })
    }
}

pub(crate) const fn too_large() -> Refusal {
    Refusal::new(Kind::BadRequest, "too_large", "The body is too large.", "Le corps est trop volumineux.")
}

/// An id in the path; anything that is not one does not exist.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| Refusal::not_found().into())
}
