//! What folding needs to know of a tenant, kept in memory for a few seconds.

use crate::calls::FieldMap;
use crate::{Error, Result};
use moka::sync::Cache;
use std::sync::Arc;
use std::time::Duration;
use vestibule_model::TenantId;
use vestibule_store::TenantTx;
use vestibule_store::directory::tenants;

/// A tenant's time zone and field map.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// IANA time zone.
    pub timezone: String,
    /// Where its structured data holds what.
    pub fields: FieldMap,
}

/// Profiles at hand. A change is seen everywhere within five seconds.
pub struct Profiles(Cache<TenantId, Arc<Profile>>);

impl Default for Profiles {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(20_000).time_to_live(Duration::from_secs(5)).build())
    }
}

impl Profiles {
    /// The profile of the tenant of a transaction.
    ///
    /// # Errors
    /// [`Error`] as the database says.
    pub async fn of(&self, tx: &mut TenantTx<'_>) -> Result<Arc<Profile>> {
        let tenant = tx.tenant();
        if let Some(profile) = self.0.get(&tenant) {
            return Ok(profile);
        }
        let record = tenants::find_even_deleted(tx.outer(), tenant).await?;
        let record = record.ok_or_else(|| Error::fault("work of a tenant that does not exist"))?;
        let fields = record.settings.get("fields").cloned().unwrap_or_default();
        let profile = Arc::new(Profile {
            timezone: record.timezone,
            fields: serde_json::from_value(fields).unwrap_or_default(),
        });
        self.0.insert(tenant, profile.clone());
        Ok(profile)
    }

    /// Forgets a tenant that has just changed.
    pub fn forget(&self, tenant: TenantId) {
        self.0.invalidate(&tenant);
    }
}
