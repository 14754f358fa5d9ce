//! What came with an archive and is still owed waits: the server that it came from may still do it.

use crate::{House, Result, audit};
use serde_json::json;
use vestibule_access::TenantScope;
use vestibule_store::directory::archive;
use vestibule_store::queue;

/// What was set going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    /// Events, deliveries, mails and other work.
    pub jobs: u64,
    /// Connections whose calls are compared again.
    pub connections: u64,
}

/// Has this server do what a tenant's archive still owed: only when the server that it came from does not any more.
/// Idempotent.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn release(house: &House, scope: &TenantScope) -> Result<Released> {
    let now = house.world.now();
    let mut tx = house.db.write_in(scope).await?;
    let mut tenant = tx.tenant(scope).await?;
    let jobs = queue::release_held(&mut tenant, now).await?;
    let connections = archive::release(tenant.outer(), scope.tenant(), now).await?;
    let released = Released { jobs, connections };
    if jobs + connections > 0 {
        let (id, doc) = (scope.tenant().to_string(), json!({ "jobs": jobs, "connections": connections }));
        audit::note(&mut tenant, &house.world, "tenant.released", "tenant", &id, doc).await?;
    }
    tx.commit().await?;
    Ok(released)
}
