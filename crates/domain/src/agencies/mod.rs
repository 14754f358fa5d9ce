//! Agencies: resellers that hold tenants of their own, and the people who administer them. What an administrator reaches
//! is in their scope, made from the session; here is what the operator does with agencies themselves.

mod admins;
mod edit;

pub use admins::{Appointed, appoint, dismiss};
pub use edit::{add, close, rename};
pub use vestibule_store::directory::agencies::AgencyRecord;

use crate::people::UserRecord;
use crate::{Cursor, House, Page, Refusal, Result};
use vestibule_access::{PlatformScope, Reach};
use vestibule_model::AgencyId;
use vestibule_store::directory::agencies;

/// Only whoever reaches everything may see and do things to agencies; to anybody else there are none.
fn whole(scope: &PlatformScope) -> Result<()> {
    match scope.reach() {
        Reach::All => Ok(()),
        Reach::Agency(_) => Err(Refusal::not_found().into()),
    }
}

/// A page of open agencies, by name.
///
/// # Errors
/// `not_found` for an agency's administrator, or the database's.
pub async fn list(
    house: &House,
    scope: &PlatformScope,
    after: Option<AgencyId>,
    limit: i64,
) -> Result<Page<AgencyRecord>> {
    whole(scope)?;
    let mut tx = house.db.read().await?;
    let rows = agencies::list(&mut tx, after, limit + 1).await?;
    // Ordered by name: the cursor names the row, and the row its place.
    Ok(crate::page::cut(rows, limit, |a| Cursor { key: 0, id: a.id.0 }))
}

/// An open agency with its administrators.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn one(
    house: &House,
    scope: &PlatformScope,
    id: AgencyId,
) -> Result<(AgencyRecord, Vec<UserRecord>)> {
    whole(scope)?;
    let mut tx = house.db.read().await?;
    let found = agencies::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let admins = agencies::admins(&mut tx, id).await?;
    Ok((found, admins))
}

/// The name of an agency that holds a tenant, for whoever sees the tenant.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn name_of(house: &House, id: AgencyId) -> Result<Option<String>> {
    let mut tx = house.db.read().await?;
    Ok(agencies::find(&mut tx, id).await?.map(|agency| agency.name))
}
