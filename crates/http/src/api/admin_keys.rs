//! A tenant's API keys, as an operator or its agency manages them (requirement 4.28).

use crate::App;
use crate::api::keys::{KeyInput, KeyList, NewKeyView, list_in, shown};
use crate::enter::{Body, Platform, Who, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use vestibule_access::{Holding, ManageTenants, TenantScope};
use vestibule_domain::{Refusal, keys, tenants};
use vestibule_model::KeyId;

async fn inside(app: &App, platform: &Platform<ManageTenants>, name: &str) -> Answer<(TenantScope, Holding)> {
    let found =
        tenants::find_within(&app.house, &platform.scope, name).await?.ok_or_else(Refusal::not_found)?;
    let holding = found.holding();
    Ok((app.mint.within(&platform.scope, holding).ok_or_else(Refusal::not_found)?, holding))
}

/// List a tenant's keys.
#[utoipa::path(get, path = "/api/admin/tenants/{id}/api-keys", tag = "keys", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = KeyList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path(name): Path<String>,
) -> Answer<Json<KeyList>> {
    let (scope, _) = inside(&app, &platform, &name).await?;
    list_in(&app, &scope).await
}

/// Make a key for a tenant, with what its automation may need and nothing about people, keys, the log, privacy or exports.
/// It is in the answer and never shown again.
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
    let (scope, holding) = inside(&app, &platform, &name).await?;
    let held = who.principal.may_give(holding);
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
    let (scope, _) = inside(&app, &platform, &name).await?;
    keys::revoke(&app.house, &scope, id::<KeyId>(&key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
