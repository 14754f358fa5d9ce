//! A tenant's API keys, as its own people and keys manage them. Nobody makes a key with more than they may do.

use crate::App;
use crate::enter::{Body, Tenant, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;
use vestibule_access::{Permission, TenantScope, need};
use vestibule_domain::keys::{self, KeyOrder, KeyRecord, NewKey};
use vestibule_domain::{FieldFault, Refusal};
use vestibule_model::{KeyId, UnixMs};

/// Who made a key.
#[derive(Serialize, ToSchema)]
pub struct MakerView {
    /// `person` of the tenant, `key`, `platform` (whoever runs the server), or `unknown` of an old key.
    kind: &'static str,
    /// The person's name.
    name: Option<String>,
}

/// A key, without itself.
#[derive(Serialize, ToSchema)]
pub struct KeyView {
    id: String,
    name: String,
    /// Its visible beginning.
    prefix: String,
    /// What it may do.
    scopes: Vec<String>,
    /// `good`, `replaced` (good until it ends), `expired` or `revoked`.
    status: &'static str,
    created_at: String,
    created_by: MakerView,
    /// When it ends; `null` when never.
    expires_at: Option<String>,
    /// When it was last shown, to a minute; `null` when never.
    last_used_at: Option<String>,
    /// How many requests a minute it may make; `null` for the server's number.
    rate_per_minute: Option<i64>,
    /// The key that took its place.
    replaced_by: Option<String>,
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
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it may do. When nothing is said: what its maker may, but nothing about people, keys, the audit log, privacy
    /// or whole exports.
    scopes: Option<Vec<String>>,
    /// When it ends, RFC 3339; never when nothing is said.
    expires_at: Option<String>,
    /// How many requests a minute it may make; the server's number when nothing is said.
    #[schema(minimum = 1, maximum = 10_000)]
    rate_per_minute: Option<i64>,
}

/// How a key is replaced.
#[derive(Deserialize, ToSchema)]
pub struct RotateInput {
    /// For how many hours the old key lives on.
    #[schema(minimum = 0, maximum = 168)]
    overlap_hours: i64,
}

impl KeyInput {
    pub(crate) fn order(self) -> Answer<KeyOrder> {
        let expires_at = match self.expires_at.as_deref().filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(UnixMs::parse_rfc3339(text).ok_or_else(|| {
                Refusal::invalid(vec![FieldFault {
                    field: "expires_at",
                    code: "bad_instant",
                    en: "Write it like 2027-01-31T00:00:00Z.",
                    fr: "Écrivez-le comme 2027-01-31T00:00:00Z.",
                }])
            })?),
        };
        let (name, scopes, rate_per_minute) = (self.name, self.scopes, self.rate_per_minute);
        Ok(KeyOrder { name, scopes, expires_at, rate_per_minute })
    }
}

fn maker(key: &KeyRecord, people: &HashMap<String, String>) -> MakerView {
    let Some(by) = key.created_by.as_deref() else { return MakerView { kind: "unknown", name: None } };
    match (people.get(by), by.split_once(':')) {
        (Some(name), _) => MakerView { kind: "person", name: Some(name.clone()) },
        (None, Some(("key", _))) => MakerView { kind: "key", name: None },
        // Whoever is no member of the tenant: an operator, the command line, a person who left.
        _ => MakerView { kind: "platform", name: None },
    }
}

fn view(app: &App, key: &KeyRecord, people: &HashMap<String, String>) -> KeyView {
    KeyView {
        id: key.id.to_string(),
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        scopes: key.scopes.clone(),
        status: key.status(app.house.world.now()),
        created_at: key.created_at.rfc3339(),
        created_by: maker(key, people),
        expires_at: key.expires_at.map(UnixMs::rfc3339),
        last_used_at: key.last_used_at.map(UnixMs::rfc3339),
        rate_per_minute: key.rate_per_minute,
        replaced_by: key.replaced_by.map(|id| id.to_string()),
        revoked_at: key.revoked_at.map(UnixMs::rfc3339),
    }
}

/// The keys of a tenant.
pub(crate) async fn list_in(app: &App, scope: &TenantScope) -> Answer<Json<KeyList>> {
    let people = keys::makers(&app.house, scope).await?;
    let items = keys::list(&app.house, scope).await?.iter().map(|key| view(app, key, &people)).collect();
    Ok(Json(KeyList { items, next_cursor: None }))
}

/// A key that was just made, with itself.
pub(crate) async fn shown(
    app: &App,
    scope: &TenantScope,
    made: NewKey,
) -> Answer<(StatusCode, Json<NewKeyView>)> {
    let people = keys::makers(&app.house, scope).await?;
    let record = view(app, &made.record, &people);
    Ok((StatusCode::CREATED, Json(NewKeyView { record, key: made.key.expose_secret().to_owned() })))
}

fn held<N: vestibule_access::Need>(tenant: &Tenant<N>) -> Vec<Permission> {
    tenant.who.principal.permissions_in(tenant.record.holding())
}

/// List the keys, newest first; those that are over too.
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "keys", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["keys.read"])),
    responses((status = 200, body = KeyList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(State(app): State<App>, tenant: Tenant<need::ReadKeys>) -> Answer<Json<KeyList>> {
    list_in(&app, &tenant.scope).await
}

/// Make a key, with no more than its maker may do. It is in the answer and never shown again.
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "keys", params(("tenant" = Option<String>, Query)), request_body = KeyInput,
    security(("session" = []), ("bearer" = ["keys.manage"])),
    responses((status = 201, body = NewKeyView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    tenant: Tenant<need::ManageKeys>,
    Body(input): Body<KeyInput>,
) -> Answer<(StatusCode, Json<NewKeyView>)> {
    let made = keys::create(&app.house, &tenant.scope, &held(&tenant), &input.order()?).await?;
    shown(&app, &tenant.scope, made).await
}

/// Revoke a key: it opens nothing from now on. Idempotent.
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", tag = "keys", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["keys.manage"])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn revoke(
    State(app): State<App>,
    tenant: Tenant<need::ManageKeys>,
    Path(key): Path<String>,
) -> Answer<StatusCode> {
    keys::revoke(&app.house, &tenant.scope, id::<KeyId>(&key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace a key: a new one with the same name, scopes and rate; the old one lives on for some hours. A key is replaced
/// once.
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/rotate", tag = "keys", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    request_body = RotateInput, security(("session" = []), ("bearer" = ["keys.manage"])),
    responses((status = 201, body = NewKeyView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn rotate(
    State(app): State<App>,
    tenant: Tenant<need::ManageKeys>,
    Path(key): Path<String>,
    Body(input): Body<RotateInput>,
) -> Answer<(StatusCode, Json<NewKeyView>)> {
    let overlap_ms = input.overlap_hours.saturating_mul(3_600_000);
    let key = id::<KeyId>(&key)?;
    let made = keys::rotate(&app.house, &tenant.scope, &held(&tenant), key, overlap_ms).await?;
    shown(&app, &tenant.scope, made).await
}
