//! A tenant's API keys, as an operator or its agency manages them (requirement 4.28).

use crate::App;
use crate::enter::{Body, Platform, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::{ManageTenants, TenantScope};
use vestibule_domain::{Refusal, keys, tenants};
use vestibule_model::{KeyId, UnixMs};

/// A key, without itself.
#[derive(Serialize, ToSchema)]
pub struct KeyView {
    id: String,
    name: String,
    /// Its visible beginning.
    prefix: String,
    scopes: Vec<String>,
    created_at: String,
    revoked_at: Option<String>,
}

/// A key that was made: shown once.
#[derive(Serialize, ToSchema)]
pub struct NewKeyView {
    #[serde(flatten)]
    record: KeyView,
    /// The key.
    key: String,
}

/// A tenant's keys.
#[derive(Serialize, ToSchema)]
pub struct KeyList {
    items: Vec<KeyView>,
    /// Always null: the list is whole.
    next_cursor: Option<String>,
}

/// A key to make.
#[derive(Deserialize, ToSchema)]
pub struct KeyInput {
    /// What people call it.
    name: String,
    /// What it may do; everything a key can when nothing is said.
    scopes: Option<Vec<String>>,
}

fn view(key: &keys::KeyRecord) -> KeyView {
    KeyView {
        id: key.id.to_string(),
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        scopes: key.scopes.clone(),
        created_at: key.created_at.rfc3339(),
        revoked_at: key.revoked_at.map(UnixMs::rfc3339),
    }
}

async fn inside(app: &App, platform: &Platform<ManageTenants>, name: &str) -> Answer<TenantScope> {
    let found =
        tenants::find_within(&app.house, &platform.scope, name).await?.ok_or_else(Refusal::not_found)?;
    Ok(app.mint.within(&platform.scope, found.holding()).ok_or_else(Refusal::not_found)?)
}

/// List a tenant's keys.
#[utoipa::path(get, path = "/api/admin/tenants/{id}/api-keys", tag = "keys", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = KeyList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path(name): Path<String>,
) -> Answer<Json<KeyList>> {
    let scope = inside(&app, &platform, &name).await?;
    let items = keys::list(&app.house, &scope).await?.iter().map(view).collect();
    Ok(Json(KeyList { items, next_cursor: None }))
}

/// Make a key for a tenant. It is in the answer and never shown again.
#[utoipa::path(post, path = "/api/admin/tenants/{id}/api-keys", tag = "keys", params(("id" = String, Path)), request_body = KeyInput,
    security(("session" = []), ("bearer" = [])),
    responses((status = 201, body = NewKeyView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path(name): Path<String>,
    Body(input): Body<KeyInput>,
) -> Answer<(StatusCode, Json<NewKeyView>)> {
    let scope = inside(&app, &platform, &name).await?;
    let made = keys::create(&app.house, &scope, &input.name, input.scopes).await?;
    let view = NewKeyView { record: view(&made.record), key: made.key.expose_secret().to_owned() };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Revoke a key.
#[utoipa::path(delete, path = "/api/admin/tenants/{id}/api-keys/{key_id}", tag = "keys", params(("id" = String, Path), ("key_id" = String, Path)),
    security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn revoke(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path((name, key)): Path<(String, String)>,
) -> Answer<StatusCode> {
    let scope = inside(&app, &platform, &name).await?;
    keys::revoke(&app.house, &scope, id::<KeyId>(&key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
