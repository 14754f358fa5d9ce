//! Sealed values: each tenant has a data key, wrapped by the key-encryption key.

use crate::{Error, Result};
use moka::sync::Cache;
use std::sync::Arc;
use vestibule_model::{TenantId, World};
use vestibule_store::{Tx, directory::data_keys};
use vestibule_vault::{DataKey, Kek};

/// A key that was destroyed is forgotten everywhere after this time.
const FORGET: std::time::Duration = std::time::Duration::from_secs(300);

/// The keys with which values are sealed. Unwrapped keys are kept in memory for the busiest tenants.
#[derive(Clone)]
pub struct Seals {
    kek: Arc<Kek>,
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
        Self { kek: Arc::new(kek), world, keys: Cache::builder().max_capacity(20_000).time_to_live(FORGET).build() }
    }

    /// The data key of a tenant (the nil id: of the platform), made when there is none. Idempotent: the first
    /// that was kept is used by everybody.
    ///
    /// # Errors
    /// When the database cannot be asked, or the key was wrapped by another key-encryption key.
    pub async fn key(&self, tx: &mut Tx, owner: TenantId) -> Result<Arc<DataKey>> {
        if let Some(key) = self.keys.get(&owner) {
            return Ok(key);
        }
        let (wrapped, is_new) = match data_keys::find(tx, owner).await? {
            Some(wrapped) => (wrapped, false),
            None => {
                let fresh = DataKey::generate(&*self.world.entropy);
                let wrapped = self.kek.wrap(owner, &fresh, &*self.world.entropy);
                data_keys::insert(tx, owner, self.kek.id(), wrapped, self.world.now()).await?;
                let kept = data_keys::find(tx, owner).await?;
                (kept.ok_or_else(|| Error::fault("the data key was not kept"))?, true)
            }
        };
        let key = Arc::new(self.kek.unwrap_key(owner, &wrapped).map_err(|_| {
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
