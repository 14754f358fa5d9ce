//! Members of a tenant: listed, given another role, let go. Nobody acts above their own role, and an owner stays.

use crate::{House, Kind, Refusal, Result, audit};
use serde_json::json;
use vestibule_access::TenantScope;
use vestibule_model::{Role, UserId};
use vestibule_store::directory::members;
pub use vestibule_store::directory::members::MemberRecord;

/// The members of a tenant, the highest role first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list_members(house: &House, scope: &TenantScope) -> Result<Vec<MemberRecord>> {
    let mut tx = house.db.read_in(scope).await?;
    Ok(members::list(&mut tx, scope).await?)
}

pub(super) const fn above_role() -> Refusal {
    Refusal::new(
        Kind::Forbidden,
        "above_own_role",
        "Nobody gives or takes a role above their own.",
        "Personne ne donne ni ne retire un rôle au-dessus du sien.",
    )
}

const fn last_owner() -> Refusal {
    Refusal::new(
        Kind::Conflict,
        "last_owner",
        "A business keeps at least one owner. Make somebody else an owner first.",
        "Une entreprise garde au moins un propriétaire. Nommez d’abord quelqu’un d’autre propriétaire.",
    )
}

/// Gives a member another role, as somebody who is `own` there themselves. Idempotent: the same role twice is once.
///
/// # Errors
/// `not_found`, `above_own_role`, `last_owner`, or the database's.
pub async fn change_role(
    house: &House,
    scope: &TenantScope,
    own: Role,
    user: UserId,
    role: Role,
) -> Result<MemberRecord> {
    let mut tx = house.db.write_in(scope).await?;
    members::lock(&mut tx, scope).await?;
    let mut member = members::find(&mut tx, scope, user).await?.ok_or_else(Refusal::not_found)?;
    if member.role > own || role > own {
        return Err(above_role().into());
    }
    if member.role == role {
        return Ok(member);
    }
    if member.role == Role::Owner && !members::has_another_owner(&mut tx, scope, user).await? {
        return Err(last_owner().into());
    }
    members::set_role(&mut tx, scope, user, role).await?;
    let mut tenant = tx.tenant(scope).await?;
    let doc = json!({ "from": member.role.as_str(), "to": role.as_str() });
    audit::note(&mut tenant, &house.world, "person.role_changed", "person", &user.to_string(), doc).await?;
    tenant.changed("people", Some(user.0));
    tx.commit().await?;
    member.role = role;
    Ok(member)
}

/// Lets a member go, as somebody who is `own` there themselves: from the commit on they find nothing there. Idempotent in
/// effect; whoever is no member is not found.
///
/// # Errors
/// `not_found`, `above_own_role`, `last_owner`, or the database's.
pub async fn remove(house: &House, scope: &TenantScope, own: Role, user: UserId) -> Result<()> {
    let mut tx = house.db.write_in(scope).await?;
    members::lock(&mut tx, scope).await?;
    let member = members::find(&mut tx, scope, user).await?.ok_or_else(Refusal::not_found)?;
    if member.role > own {
        return Err(above_role().into());
    }
    if member.role == Role::Owner && !members::has_another_owner(&mut tx, scope, user).await? {
        return Err(last_owner().into());
    }
    members::remove(&mut tx, scope, user).await?;
    let mut tenant = tx.tenant(scope).await?;
    let doc = json!({ "role": member.role.as_str() });
    audit::note(&mut tenant, &house.world, "person.removed", "person", &user.to_string(), doc).await?;
    tenant.changed("people", Some(user.0));
    Ok(tx.commit().await?)
}
