//! API keys of a tenant: made once, kept as a hash, revocable.

mod of_people;

pub(crate) use of_people::revoke_made_by;

use crate::{FieldFault, House, Refusal, Result, audit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_access::{Permission, Principal, TenantScope};
use vestibule_model::{KeyId, UnixMs};
use vestibule_store::directory::keys;
pub use vestibule_store::directory::keys::KeyRecord;
use vestibule_vault::{Token, token_hash, token_prefix};

/// A key that was just made: shown once.
pub struct NewKey {
    /// What is kept of it.
    pub record: KeyRecord,
    /// The key.
    pub key: SecretString,
}

/// Makes a key. Without scopes it may do whatever a tenant's automation needs: read and retry.
///
/// # Errors
/// A refusal about its fields, or the database's.
pub async fn create(
    house: &House,
    scope: &TenantScope,
    name: &str,
    scopes: Option<Vec<String>>,
) -> Result<NewKey> {
    let mut faults = Vec::new();
    if name.trim().is_empty() || name.chars().count() > 100 {
        faults.push(FieldFault {
            field: "name",
            code: "required",
            en: "Give it a name of at most 100 characters.",
            fr: "Donnez-lui un nom d’au plus 100 caractères.",
        });
    }
    let scopes = scopes.unwrap_or_else(|| Permission::ALL.iter().map(|p| p.as_str().to_owned()).collect());
    if scopes.is_empty() || scopes.iter().any(|s| Permission::parse(s).is_none()) {
        faults.push(FieldFault {
            field: "scopes",
            code: "unknown_scope",
            en: "Choose scopes from the list.",
            fr: "Choisissez des portées de la liste.",
        });
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults).into());
    }
    let key = Token::generate("vst_", &*house.world.entropy);
    let record = KeyRecord {
        tenant: scope.tenant(),
        id: house.world.new_id(),
        name: name.trim().to_owned(),
        prefix: token_prefix(key.expose_secret()),
        scopes,
        created_at: house.world.now(),
        expires_at: None,
        revoked_at: None,
    };
    let mut tx = house.db.write_in(scope).await?;
    keys::insert(&mut tx, scope, &record, token_hash(key.expose_secret())).await?;
    let mut tenant = tx.tenant(scope).await?;
    audit::note(
        &mut tenant,
        &house.world,
        "key.created",
        "key",
        &record.id.to_string(),
        json!({ "scopes": record.scopes }),
    )
    .await?;
    tx.commit().await?;
    Ok(NewKey { record, key })
}

/// A tenant's keys, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(house: &House, scope: &TenantScope) -> Result<Vec<KeyRecord>> {
    let mut tx = house.db.read_in(scope).await?;
    Ok(keys::list(&mut tx, scope).await?)
}

/// Revokes a key. Idempotent.
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

/// Who shows this key; `None` when nobody we know.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn principal(house: &House, key: &str, now: UnixMs) -> Result<Option<Principal>> {
    let mut tx = house.db.read().await?;
    let found = keys::find(&mut tx, token_hash(key), now).await?;
    Ok(found.map(|k| Principal::Key {
        key: k.id,
        tenant: k.tenant,
        scopes: k.scopes.iter().filter_map(|s| Permission::parse(s)).collect(),
    }))
}
