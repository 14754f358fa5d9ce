//! The line that an erasure leaves outside the database: ids and keyed hashes. The key is the tenant's data key, so a line says
//! nothing to whoever has it alone, and nothing to anybody once the tenant's key is destroyed.

use crate::{Error, House, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vestibule_model::{TenantId, UnixMs};

/// What must be erased again from a restored backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Tombstone {
    /// A caller.
    Caller {
        /// The erasure.
        erasure: Uuid,
        /// Whose caller.
        tenant: TenantId,
        /// Why, as a stable code.
        reason: String,
        /// Everything before this instant.
        before: UnixMs,
        /// The keyed hash of their number, in hex.
        caller: String,
        /// The keyed hashes of their calls' and texts' names, in hex: kind and hash.
        names: Vec<(String, String)>,
    },
    /// A tenant.
    Tenant {
        /// Which.
        tenant: TenantId,
        /// When.
        before: UnixMs,
    },
}

impl Tombstone {
    /// Writes it down for good: on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written: then nothing may be said to be erased.
    pub fn set(&self, house: &House) -> Result<()> {
        let line = serde_json::to_string(self).map_err(Error::fault)?;
        house
            .tombstones
            .append(&line)
            .map_err(|e| Error::fault(format!("a tombstone cannot be written: {e}")))
    }

    /// Every one that was written down. A line that cannot be read is said and left out.
    ///
    /// # Errors
    /// When they cannot be read at all.
    pub fn all(house: &House) -> Result<Vec<Self>> {
        let lines = house.tombstones.all();
        let lines = lines.map_err(|e| Error::fault(format!("the tombstones cannot be read: {e}")))?;
        Ok(lines
            .iter()
            .filter_map(|line| {
                let read = serde_json::from_str(line);
                if read.is_err() {
                    tracing::warn!("a line among the tombstones cannot be read");
                }
                read.ok()
            })
            .collect())
    }
}
