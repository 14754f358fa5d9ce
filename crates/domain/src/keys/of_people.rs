//! Keys by whoever made them, as the tenant's own audit log tells it.

use crate::{House, Result, audit};
use serde_json::json;
use vestibule_access::Actor;
use vestibule_model::{KeyId, UserId};
use vestibule_store::directory::keys;
use vestibule_store::{TenantTx, Val, tsql};

/// Revokes the tenant's keys that these people made; how many were still good. Idempotent: what is revoked stays so.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub(crate) async fn revoke_made_by(
    house: &House,
    tenant: &mut TenantTx<'_>,
    people: &[UserId],
) -> Result<i64> {
    let now = house.world.now();
    let sql =
        tsql!("SELECT object_id FROM audit WHERE tenant_id = $1 AND object_kind = 'key' AND actor = $2");
    let mut revoked = 0;
    for person in people {
        let actor = Actor::Person(*person).to_string();
        let rows = tenant.rows(sql.clone(), &[Val::from(actor)]).await?;
        let mut made: Vec<KeyId> = Vec::new();
        for row in &rows {
            // Whatever they did to a key: whoever changed one may know it.
            made.extend(row.text("object_id")?.parse::<KeyId>());
        }
        made.sort();
        made.dedup();
        let scope = *tenant.scope();
        for key in made {
            if keys::revoke_live(tenant.outer(), &scope, key, now).await? {
                revoked += 1;
                let doc = json!({ "why": "handed_over" });
                audit::note(tenant, &house.world, "key.revoked", "key", &key.to_string(), doc).await?;
            }
        }
    }
    Ok(revoked)
}
