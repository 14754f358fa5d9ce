//! The public halves of the keys that sign bearer tokens and receipts (RFC 7517, RFC 8037).

use crate::App;
use crate::problem::Answer;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::header;
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::signing;

/// A public Ed25519 key.
#[derive(Serialize, ToSchema)]
pub struct JwkView {
    /// Always `OKP`.
    kty: &'static str,
    /// Always `Ed25519`.
    crv: &'static str,
    /// Always `EdDSA`.
    alg: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    used_for: &'static str,
    /// Its name: the thumbprint of RFC 7638.
    kid: String,
    /// The key, in base64url.
    x: String,
}

/// Every key that signs or signed here, the newest first.
#[derive(Serialize, ToSchema)]
pub struct JwksView {
    /// The keys.
    keys: Vec<JwkView>,
}

/// The public keys with which bearer tokens, receipts and anchors of this server are checked. Retired keys stay, so that
/// what they signed can still be checked.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "people", responses((status = 200, body = JwksView)))]
pub(crate) async fn keys(State(app): State<App>) -> Answer<Response> {
    let keys = signing::list_public(&app.house).await?.into_iter().map(|key| JwkView {
        kty: "OKP",
        crv: "Ed25519",
        alg: "EdDSA",
        used_for: "sig",
        kid: key.kid,
        x: URL_SAFE_NO_PAD.encode(key.bytes),
    });
    let view = JwksView { keys: keys.collect() };
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(view)).into_response())
}
