//! A tenant's API keys, as an operator manages them (requirement 4.28).

use crate::App;
use crate::api::keys::{KeyInput, KeyList, NewKeyView, list_in, shown};
use crate::enter::{Body, Platform, Who, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use vestibule_access::{ManageTenants, TenantScope};
use vestibule_domain::{Refusal, keys, tenants};
use vestibule_model::KeyId;

async fn inside(app: &App, platform: &Platform<ManageTenants>, name: &str) -> Answer<TenantScope> {
    let found = tenants::find(&app.house, name).await?.ok_or_else(Refusal::not_found)?;
    Ok(app.mint.tenant(found.id, platform.scope.actor()))
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
    list_in(&app, &scope).await
}

/// Make a key for a tenant, with no more than its maker may do there. It is in the answer and never shown again.
#[utoipa::path(post, path = "/api/admin/tenants/{id}/api-keys", tag = "keys", params(("id" = String, Path)), request_body = KeyInput,
    security(("session" = []), ("bearer" = [])),
    responses((status = 201, body = NewKeyView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    who: Who,
    Path(name): Path<String>,
    Body(input): Body<KeyInput>,
) -> Answer<(StatusCode, Json<NewKeyView>)> {
    let scope = inside(&app, &platform, &name).await?;
    let held = who.principal.permissions_in(scope.tenant());
    let made = keys::create(&app.house, &scope, &held, &input.order()?).await?;
    shown(&app, &scope, made).await
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
