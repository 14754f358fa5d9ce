//! Exchanging the key-encryption key: every data key is wrapped anew, a batch a transaction. What was sealed stays as it
//! is, for the data keys are the same.

use crate::{Error, House, Result, audit};
use serde_json::json;
use vestibule_access::PlatformScope;
use vestibule_store::{Tx, directory::data_keys};

const AT_ONCE: i64 = 200;

/// How many data keys a key-encryption key wraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KekCount {
    /// The key's public name.
    pub id: u32,
    /// How many.
    pub data_keys: i64,
    /// Whether it is the key that wraps now.
    pub is_current: bool,
    /// Whether this program has it.
    pub is_known: bool,
}

/// How many data keys each key-encryption key wraps; the one that wraps now is always among them.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn kek_counts(house: &House) -> Result<Vec<KekCount>> {
    let tx = house.db.read().await?;
    count(house, tx).await
}

/// The same, counted while nobody else writes on SQLite.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn kek_counts_alone(house: &House) -> Result<Vec<KekCount>> {
    let tx = house.db.write().await?;
    count(house, tx).await
}

async fn count(house: &House, mut tx: Tx) -> Result<Vec<KekCount>> {
    let ring = house.seals.ring();
    let mut counts = data_keys::counts(&mut tx).await?;
    if !counts.iter().any(|(id, _)| *id == ring.id()) {
        counts.push((ring.id(), 0));
    }
    let view =
        |(id, data_keys)| KekCount { id, data_keys, is_current: id == ring.id(), is_known: ring.knows(id) };
    Ok(counts.into_iter().map(view).collect())
}

/// Wraps every data key anew that another key than the current one wraps; how many. Idempotent, and whole after any
/// interruption: a data key is wrapped by the one key or by the other. `progress` is told how many are done so far.
///
/// # Errors
/// [`crate::Error`] as the database says, or when a data key was wrapped by a key that is not here: nothing of that batch is
/// changed.
pub async fn rewrap_all(house: &House, scope: &PlatformScope, mut progress: impl FnMut(u64)) -> Result<u64> {
    let ring = house.seals.ring();
    let mut done = 0;
    loop {
        let mut tx = house.db.write().await?;
        let page = data_keys::not_under(&mut tx, ring.id(), AT_ONCE).await?;
        if page.is_empty() {
            if done > 0 {
                let rows = scope.own_rows();
                let doc = json!({ "data_keys": done, "key": format!("{:08x}", ring.id()) });
                audit::note(&mut tx.tenant(&rows).await?, &house.world, "keys.rotated", "key", "", doc)
                    .await?;
                tx.commit().await?;
            }
            return Ok(done);
        }
        for (owner, before) in page {
            let wrapped = ring.rewrap(owner, &before, &*house.world.entropy).map_err(|e| {
                Error::fault(format!(
                    "the data key of {owner} cannot be wrapped anew ({e}): give the key that wraps it among \
                     security.previous_encryption_keys; `vestibule keys status` names it"
                ))
            })?;
            // Where the row told of another key than the wrapping itself, the row is set right.
            let wrapped = wrapped.unwrap_or_else(|| before.clone());
            if data_keys::rewrap(&mut tx, owner, before, ring.id(), wrapped).await? {
                done += 1;
            }
        }
        tx.commit().await?;
        progress(done);
    }
}
