//! When keys were last shown: remembered in memory at each request, written down now and then. A crash forgets the
//! last minute, which nobody will miss.

use crate::{House, Result};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use vestibule_model::{KeyId, TenantId, UnixMs};
use vestibule_store::directory::keys;

/// Keys that were shown since the last time this was written down. No longer than the list of keys that are good.
#[derive(Debug, Default)]
pub struct Uses(Mutex<HashMap<(TenantId, KeyId), UnixMs>>);

impl Uses {
    /// Remembers that a key was shown.
    pub(super) fn note(&self, tenant: TenantId, key: KeyId, at: UnixMs) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = seen.entry((tenant, key)).or_insert(at);
        *latest = at.max(*latest);
    }

    fn take(&self) -> HashMap<(TenantId, KeyId), UnixMs> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes down when keys were last shown, those that were since the last time; how many. Whoever asks each minute
/// writes each key at most once a minute. Idempotent: the latest stays.
///
/// # Errors
/// [`crate::Error`] as the database says; what could not be written is remembered for the next time.
pub async fn write_uses(house: &House) -> Result<usize> {
    let seen = house.key_uses.take();
    if seen.is_empty() {
        return Ok(0);
    }
    let written = write(house, &seen).await;
    if written.is_err() {
        for ((tenant, key), at) in &seen {
            house.key_uses.note(*tenant, *key, *at);
        }
    }
    written.map(|()| seen.len())
}

async fn write(house: &House, seen: &HashMap<(TenantId, KeyId), UnixMs>) -> Result<()> {
    let mut tx = house.db.write().await?;
    for ((tenant, key), at) in seen {
        keys::note_use(&mut tx, *tenant, *key, *at).await?;
    }
    Ok(tx.commit().await?)
}
