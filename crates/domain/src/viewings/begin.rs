//! Beginning to look in.

use crate::viewings::{How, LASTS_MS, note_ends};
use crate::{FieldFault, House, Kind, Refusal, Result, audit};
use serde_json::json;
use vestibule_access::{Actor, Mint, PlatformScope, Reach, Viewing};
use vestibule_model::{Role, SessionId};
use vestibule_store::StoreError;
use vestibule_store::directory::tenants::{self, TenantRecord};
use vestibule_store::directory::viewings::{self, NewViewing};

const ROLE: FieldFault = FieldFault {
    field: "role",
    code: "unknown_role",
    en: "Choose a role from the list.",
    fr: "Choisissez un rôle de la liste.",
};
const REASON: FieldFault = FieldFault {
    field: "reason",
    code: "reason_needed",
    en: "Say why, in 5 to 300 characters: the owner reads it.",
    fr: "Dites pourquoi, en 5 à 300 caractères : le propriétaire le lira.",
};

const fn wants_a_person() -> Refusal {
    Refusal::new(
        Kind::Forbidden,
        "wants_a_session",
        "Only somebody who is signed in can look in.",
        "Seule une personne en session peut regarder.",
    )
}

/// Begins a viewing within a session; what the session looked at before ends. Not idempotent: each time is a look of its
/// own, with its own row in the tenant's audit log.
///
/// # Errors
/// `not_found` when the tenant is not within reach, a refusal about its fields, or the database's.
pub async fn begin(
    house: &House,
    mint: &Mint,
    scope: &PlatformScope,
    session: SessionId,
    name: &str,
    (role, reason): (&str, &str),
) -> Result<(TenantRecord, Viewing)> {
    let Actor::Person(user) = scope.actor() else { return Err(wants_a_person().into()) };
    let mut faults = Vec::new();
    let reason = reason.trim();
    if !(5..=300).contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
        faults.push(REASON);
    }
    let role = Role::parse(role);
    if role.is_none() {
        faults.push(ROLE);
    }
    let now = house.world.now();
    let mut tx = house.db.write().await?;
    let record = tenants::find_within(&mut tx, scope, name).await?.ok_or_else(Refusal::not_found)?;
    let inside = mint.within(scope, record.holding()).ok_or_else(Refusal::not_found)?;
    let (Some(role), true) = (role, faults.is_empty()) else { return Err(Refusal::invalid(faults).into()) };
    let before = viewings::end_of_session(&mut tx, session, now).await?;
    note_ends(house, mint, &mut tx, scope.actor(), &before, How::Replaced).await?;
    let viewing = Viewing {
        id: house.world.new_id(),
        session,
        tenant: record.id,
        role,
        ends_at: now.plus_ms(LASTS_MS),
    };
    let new = NewViewing { viewing, user, reason, from_at: now };
    viewings::insert(&mut tx, &new).await.map_err(|error| match error {
        StoreError::Conflict(_) => Refusal::new(
            Kind::Conflict,
            "already_looking",
            "You have just begun to look in elsewhere. Try again.",
            "Vous venez de commencer à regarder ailleurs. Réessayez.",
        )
        .into(),
        other => crate::Error::from(other),
    })?;
    let mut tenant = tx.tenant(&inside).await?;
    let who = match scope.reach() {
        Reach::All => "operator",
        Reach::Agency(_) => "agency_admin",
    };
    let doc =
        json!({ "role": role.as_str(), "reason": reason, "as": who, "until": viewing.ends_at.rfc3339() });
    audit::note(&mut tenant, &house.world, "viewing.begun", "viewing", &viewing.id.to_string(), doc).await?;
    tx.commit().await?;
    Ok((record, viewing))
}

/// A viewing with its tenant and its reason; `None` when the tenant is deleted.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn current(house: &House, viewing: Viewing) -> Result<Option<(TenantRecord, String)>> {
    let mut tx = house.db.read().await?;
    let tenant = tenants::find(&mut tx, &viewing.tenant.to_string()).await?;
    let reason = viewings::reason_of(&mut tx, viewing.id).await?;
    Ok(tenant.zip(reason))
}
