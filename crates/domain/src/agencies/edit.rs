//! Making, renaming and closing agencies. Each is noted in the platform's own audit log.

use super::whole;
use crate::{FieldFault, House, Kind, Refusal, Result, audit};
use serde_json::json;
use vestibule_access::PlatformScope;
use vestibule_model::AgencyId;
use vestibule_store::Tx;
use vestibule_store::directory::agencies::{self, AgencyRecord};

const NAME: FieldFault = FieldFault {
    field: "name",
    code: "required",
    en: "Give it a name of at most 200 characters.",
    fr: "Donnez-lui un nom d’au plus 200 caractères.",
};

fn named(text: &str) -> Result<&str> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Refusal::invalid(vec![NAME]).into());
    }
    Ok(name)
}

pub(super) async fn note(
    house: &House,
    tx: &mut Tx,
    scope: &PlatformScope,
    action: &'static str,
    (id, doc): (AgencyId, serde_json::Value),
) -> Result<()> {
    let mut own = tx.tenant(&scope.own_rows()).await?;
    audit::note(&mut own, &house.world, action, "agency", &id.to_string(), doc).await
}

/// Makes an agency. Not idempotent: two agencies may have the same name.
///
/// # Errors
/// A refusal about its name, `not_found` for an agency's administrator, or the database's.
pub async fn add(house: &House, scope: &PlatformScope, name: &str) -> Result<AgencyRecord> {
    whole(scope)?;
    let name = named(name)?;
    let id: AgencyId = house.world.new_id();
    let mut tx = house.db.write().await?;
    agencies::insert(&mut tx, id, name, house.world.now()).await?;
    let made = agencies::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    note(house, &mut tx, scope, "agency.created", (id, json!({}))).await?;
    tx.commit().await?;
    Ok(made)
}

/// Renames an agency. Idempotent.
///
/// # Errors
/// A refusal about its name, `not_found`, or the database's.
pub async fn rename(house: &House, scope: &PlatformScope, id: AgencyId, name: &str) -> Result<AgencyRecord> {
    whole(scope)?;
    let name = named(name)?;
    let mut tx = house.db.write().await?;
    let before = agencies::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if before.name == name {
        return Ok(before);
    }
    agencies::rename(&mut tx, id, name).await?;
    note(house, &mut tx, scope, "agency.renamed", (id, json!({}))).await?;
    tx.commit().await?;
    Ok(AgencyRecord { name: name.to_owned(), ..before })
}

/// Closes an agency that holds no tenant: its administrators have no way in any more. Idempotent in its effect; the second
/// time there is no such agency.
///
/// # Errors
/// `agency_holds_tenants`, `not_found`, or the database's.
pub async fn close(house: &House, scope: &PlatformScope, id: AgencyId) -> Result<()> {
    whole(scope)?;
    let mut tx = house.db.write().await?;
    // First, so that a hand-over to it waits, or is waited for.
    if !agencies::close(&mut tx, id, house.world.now()).await? {
        return Err(Refusal::not_found().into());
    }
    if agencies::holds_any(&mut tx, id).await? {
        return Err(Refusal::new(
            Kind::Conflict,
            "agency_holds_tenants",
            "It still holds tenants. Hand them over first.",
            "Elle détient encore des clients. Cédez-les d’abord.",
        )
        .into());
    }
    note(house, &mut tx, scope, "agency.closed", (id, json!({}))).await?;
    Ok(tx.commit().await?)
}
