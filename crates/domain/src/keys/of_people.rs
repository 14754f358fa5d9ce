//! Keys by whoever made them.

use crate::{House, Result, audit};
use serde_json::json;
use vestibule_access::Actor;
use vestibule_model::UserId;
use vestibule_store::TenantTx;
use vestibule_store::directory::keys;

/// Revokes the tenant's keys that these people made; how many were still good. Idempotent: what is revoked stays so.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub(crate) async fn revoke_made_by(
    house: &House,
    tenant: &mut TenantTx<'_>,
    people: &[UserId],
) -> Result<i64> {
    let (now, scope) = (house.world.now(), *tenant.scope());
    let mut revoked = 0;
    for person in people {
        let maker = Actor::Person(*person).to_string();
        for key in keys::revoke_made_by(tenant.outer(), &scope, &maker, now).await? {
            revoked += 1;
            let doc = json!({ "why": "handed_over" });
            audit::note(tenant, &house.world, "key.revoked", "key", &key.to_string(), doc).await?;
        }
    }
    Ok(revoked)
}
