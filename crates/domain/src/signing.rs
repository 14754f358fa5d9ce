//! Signatures that anybody can check without asking us: bearer tokens, receipts, audit anchors. One Ed25519 key signs for
//! the whole installation; its private half is sealed with the platform's data key, its public half is published at
//! `/.well-known/jwks.json` for good, so that what an older key signed can still be checked.
//!
//! One key for several purposes is safe as long as no message of one is a message of another: tokens begin with `ey`,
//! everything else that is signed is a JSON object and begins with `{`.

use crate::{Error, House, Result};
use moka::sync::Cache;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use vestibule_model::{TenantId, UnixMs};
use vestibule_store::Tx;
use vestibule_store::directory::signing_keys::{self, SigningKeyRecord};
use vestibule_vault::{Place, SigningKey, verify_signature};

/// A public key, as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name: the JWK thumbprint.
    pub kid: String,
    /// Its 32 bytes.
    pub bytes: Vec<u8>,
    /// Since when it signs no more.
    pub retired_at: Option<UnixMs>,
}

/// A signature and the name of the key that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The key's name.
    pub kid: String,
    /// The signature.
    pub signature: [u8; 64],
}

/// Keys at hand. That one was replaced is seen everywhere within a minute.
pub struct SigningKeys {
    current: Cache<(), Arc<SigningKey>>,
    public: Cache<String, PublicKey>,
}

impl Default for SigningKeys {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            current: Cache::builder().max_capacity(1).time_to_live(minute).build(),
            public: Cache::builder().max_capacity(64).time_to_live(minute).build(),
        }
    }
}

fn place(row: Uuid) -> Place<'static> {
    Place { table: "signing_keys", row, column: "sealed" }
}

/// The key that signs, made when there is none. Idempotent over all nodes: the first that was kept is everybody's.
///
/// # Errors
/// [`crate::Error`] as the database says, or when the platform's data key does not open it.
pub async fn current(house: &House, tx: &mut Tx) -> Result<Arc<SigningKey>> {
    if let Some(key) = house.signing.current.get(&()) {
        return Ok(key);
    }
    let seal = house.seals.key(tx, TenantId::PLATFORM).await?;
    let (record, is_new) = match signing_keys::find_current(tx).await? {
        Some(record) => (record, false),
        None => {
            let key = SigningKey::generate(&*house.world.entropy);
            let id: Uuid = house.world.new_id();
            let fresh = SigningKeyRecord {
                id,
                kid: key.name(),
                public_key: key.public().to_vec(),
                sealed: seal.seal(place(id), &*key.to_bytes(), &*house.world.entropy),
                created_at: house.world.now(),
                retired_at: None,
            };
            signing_keys::insert_current(tx, &fresh).await?;
            let kept = signing_keys::find_current(tx).await?;
            (kept.ok_or_else(|| Error::fault("the signing key was not kept"))?, true)
        }
    };
    let bytes = seal.open(place(record.id), &record.sealed).map_err(Error::fault)?;
    let key =
        SigningKey::from_bytes(&bytes).ok_or_else(|| Error::fault("a signing key has another length"))?;
    let key = Arc::new(key);
    // A new key is not remembered before it is committed: the transaction may still be rolled back.
    if !is_new {
        house.signing.current.insert((), key.clone());
    }
    Ok(key)
}

/// Signs a message with the current key. Idempotent: the same key and message make the same signature.
///
/// # Errors
/// [`crate::Error`] as [`current`] says.
pub async fn sign(house: &House, tx: &mut Tx, message: &[u8]) -> Result<Signed> {
    let key = current(house, tx).await?;
    Ok(Signed { kid: key.name(), signature: key.sign(message) })
}

/// Every public key, the newest first; the first key is made when there is none. Idempotent.
///
/// # Errors
/// [`crate::Error`] as [`current`] says.
pub async fn list_public(house: &House) -> Result<Vec<PublicKey>> {
    let mut tx = house.db.read().await?;
    let mut found = signing_keys::list(&mut tx).await?;
    drop(tx);
    if found.is_empty() {
        let mut tx = house.db.write().await?;
        current(house, &mut tx).await?;
        found = signing_keys::list(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(found.into_iter().map(public).collect())
}

/// A public key by its name, also a retired one.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn find_public(house: &House, kid: &str) -> Result<Option<PublicKey>> {
    if let Some(key) = house.signing.public.get(kid) {
        return Ok(Some(key));
    }
    let mut tx = house.db.read().await?;
    let Some(record) = signing_keys::find(&mut tx, kid).await? else { return Ok(None) };
    let key = public(record);
    house.signing.public.insert(kid.to_owned(), key.clone());
    Ok(Some(key))
}

/// Whether one of our keys, current or retired, signed exactly this message.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn is_ours(house: &House, kid: &str, message: &[u8], signature: &[u8]) -> Result<bool> {
    let key = find_public(house, kid).await?;
    Ok(key.is_some_and(|key| verify_signature(&key.bytes, message, signature)))
}

/// Retires the current key and makes another; its name. Not idempotent: each time there is a new key. What the old one
/// signed stays checkable; bearer tokens of the old key are good until they end, a quarter of an hour later at most.
///
/// # Errors
/// [`crate::Error`] as [`current`] says.
pub async fn rotate(house: &House, tx: &mut Tx) -> Result<String> {
    signing_keys::retire_current(tx, house.world.now()).await?;
    house.signing.current.invalidate(&());
    house.signing.public.invalidate_all();
    Ok(current(house, tx).await?.name())
}

fn public(record: SigningKeyRecord) -> PublicKey {
    PublicKey { kid: record.kid, bytes: record.public_key, retired_at: record.retired_at }
}
