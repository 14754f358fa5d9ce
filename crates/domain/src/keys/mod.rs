//! API keys of a tenant: made once, kept as a hash, with scopes, an end and a rate; replaced or revoked, and last seen to
//! a minute.

mod make;
mod uses;

pub use make::{KeyOrder, LONGEST_OVERLAP_MS, MOST_PER_MINUTE, NewKey, create, rotate};
pub use uses::{Uses, write_uses};
pub use vestibule_store::directory::keys::KeyRecord;

use crate::{House, Refusal, Result, audit};
use serde_json::json;
use std::collections::HashMap;
use vestibule_access::{Permission, Principal, TenantScope};
use vestibule_model::{KeyId, UnixMs};
use vestibule_store::directory::{keys, people};
use vestibule_vault::token_hash;

/// A tenant's keys, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(house: &House, scope: &TenantScope) -> Result<Vec<KeyRecord>> {
    let mut tx = house.db.read_in(scope).await?;
    Ok(keys::list(&mut tx, scope).await?)
}

/// What the tenant's own people are called, by the name that the audit log has for each: for whoever made a key.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn makers(house: &House, scope: &TenantScope) -> Result<HashMap<String, String>> {
    let mut tx = house.db.read_in(scope).await?;
    let members = people::members(&mut tx, scope.tenant()).await?;
    Ok(members
        .into_iter()
        .map(|(user, _)| (format!("person:{}", user.id), user.name.unwrap_or(user.email)))
        .collect())
}

/// Revokes a key. Idempotent: the first time stays.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn revoke(house: &House, scope: &TenantScope, id: KeyId) -> Result<()> {
    let mut tx = house.db.write_in(scope).await?;
    if !keys::revoke(&mut tx, scope, id, house.world.now()).await? {
        return Err(Refusal::not_found().into());
    }
    let mut tenant = tx.tenant(scope).await?;
    audit::note(&mut tenant, &house.world, "key.revoked", "key", &id.to_string(), json!({})).await?;
    Ok(tx.commit().await?)
}

/// A key that was shown and is good.
#[derive(Debug, Clone)]
pub struct ShownKey {
    /// Who shows it.
    pub principal: Principal,
    /// How many requests a minute it may make, where that was said.
    pub rate_per_minute: Option<u32>,
}

/// Who shows this key; `None` when nobody we know. That it was shown is remembered, and written down later.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn show(house: &House, key: &str, now: UnixMs) -> Result<Option<ShownKey>> {
    let mut tx = house.db.read().await?;
    let Some(found) = keys::find(&mut tx, token_hash(key), now).await? else { return Ok(None) };
    house.key_uses.note(found.tenant, found.id, now);
    let principal = Principal::Key {
        key: found.id,
        tenant: found.tenant,
        scopes: found.scopes.iter().filter_map(|s| Permission::parse(s)).collect(),
    };
    let rate_per_minute = found.rate_per_minute.and_then(|rate| u32::try_from(rate).ok());
    Ok(Some(ShownKey { principal, rate_per_minute }))
}
