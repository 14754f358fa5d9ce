//! Sealed values: each tenant has a data key, wrapped by the key-encryption key.

use crate::{Error, Result};
use moka::sync::Cache;
use std::sync::{Arc, PoisonError, RwLock};
use vestibule_model::{TenantId, World};
use vestibule_store::{Tx, directory::data_keys};
use vestibule_vault::{DataKey, Kek, KekRing};

/// Where the key-encryption keys are: read again when a data key is met that none at hand opens, and before one is
/// wrapped, so that a key can be exchanged while the program runs.
pub trait KeySource: Send + Sync {
    /// The keys as they are now.
    ///
    /// # Errors
    /// Why they cannot be read, in words.
    fn load(&self) -> std::result::Result<KekRing, String>;
}

/// A key that was destroyed is forgotten everywhere after this time.
const FORGET: std::time::Duration = std::time::Duration::from_secs(300);

/// The keys with which values are sealed. Unwrapped keys are kept in memory for the busiest tenants.
#[derive(Clone)]
pub struct Seals {
    ring: Arc<RwLock<Arc<KekRing>>>,
    source: Option<Arc<dyn KeySource>>,
    world: World,
    keys: Cache<TenantId, Arc<DataKey>>,
}

impl std::fmt::Debug for Seals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seals")
    }
}

impl Seals {
    /// Seals under a key-encryption key.
    #[must_use]
    pub fn new(kek: Kek, world: World) -> Self {
        Self::with_ring(KekRing::of(kek), None, world)
    }

    /// Seals under key-encryption keys that may change in their source.
    #[must_use]
    pub fn with_ring(ring: KekRing, source: Option<Arc<dyn KeySource>>, world: World) -> Self {
        let keys = Cache::builder().max_capacity(20_000).time_to_live(FORGET).build();
        Self { ring: Arc::new(RwLock::new(Arc::new(ring))), source, world, keys }
    }

    /// The key-encryption keys at hand.
    #[must_use]
    pub fn ring(&self) -> Arc<KekRing> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the source again. Idempotent. A source that cannot be read leaves what is at hand.
    fn reload(&self) -> Arc<KekRing> {
        if let Some(source) = &self.source {
            match source.load() {
                Ok(ring) => *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring),
                Err(error) => tracing::warn!(%error, "the encryption keys could not be read again"),
            }
        }
        self.ring()
    }

    /// The data key of a tenant (the nil id: of the platform), made when there is none. Idempotent: the first
    /// that was kept is used by everybody.
    ///
    /// # Errors
    /// When the database cannot be asked, or no key at hand wrapped it.
    pub async fn key(&self, tx: &mut Tx, owner: TenantId) -> Result<Arc<DataKey>> {
        if let Some(key) = self.keys.get(&owner) {
            return Ok(key);
        }
        let (wrapped, is_new) = match data_keys::find(tx, owner).await? {
            Some(wrapped) => (wrapped, false),
            None => {
                let fresh = DataKey::generate(&*self.world.entropy);
                // Under the writer's lock on SQLite: a rotation that counts what the old key wraps comes before or after.
                let ring = self.reload();
                let wrapped = ring.wrap(owner, &fresh, &*self.world.entropy);
                data_keys::insert(tx, owner, ring.id(), wrapped, self.world.now()).await?;
                let kept = data_keys::find(tx, owner).await?;
                (kept.ok_or_else(|| Error::fault("the data key was not kept"))?, true)
            }
        };
        let opened = self.ring().unwrap_key(owner, &wrapped);
        let opened = opened.or_else(|_| self.reload().unwrap_key(owner, &wrapped));
        let key = Arc::new(opened.map_err(|_| {
            Error::fault("a data key does not open: is ENCRYPTION_KEY the one this data was made with?")
        })?);
        // A new key is not remembered before it is committed: the transaction may still be rolled back.
        if !is_new {
            self.keys.insert(owner, key.clone());
        }
        Ok(key)
    }

    /// Forgets a tenant's data key: it was destroyed, or may be made anew.
    pub fn forget(&self, owner: TenantId) {
        self.keys.invalidate(&owner);
    }

    /// The data key when it is at hand, without asking the database.
    #[must_use]
    pub fn at_hand(&self, owner: TenantId) -> Option<Arc<DataKey>> {
        self.keys.get(&owner)
    }
}
