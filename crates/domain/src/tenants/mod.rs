//! Tenants: made, changed, looked up, counted.

mod add;
mod edit;
mod erase;
mod hand_over;
mod profile;
mod receipt;
mod stats;

pub use add::{Added, NewTenant, add};
pub use edit::{TenantChange, delete, update};
pub use erase::{ask_to_erase, end_rests, erase, erase_due, list_erasures, reapply_erasures};
pub use hand_over::{HandedOver, hand_over};
pub use profile::{Profile, Profiles};
pub use receipt::is_genuine_receipt;
pub use stats::{Stats, counts, stats};
pub use vestibule_store::directory::endings::EndingRecord;
pub use vestibule_store::directory::tenants::{Holder, TenantFilter, TenantRecord};

use crate::{Cursor, House, Page, Result};
use vestibule_access::PlatformScope;

/// The plans of requirement 4.02.
pub const PLANS: &[&str] = &["starter", "professional", "premium", "enterprise"];

/// Finds a tenant by id, slug or `ref:<external_ref>`.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn find(house: &House, name: &str) -> Result<Option<TenantRecord>> {
    let mut tx = house.db.read().await?;
    Ok(vestibule_store::directory::tenants::find(&mut tx, name).await?)
}

/// Finds a tenant as [`find`] does, within the scope's reach: another agency's is not found.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn find_within(house: &House, scope: &PlatformScope, name: &str) -> Result<Option<TenantRecord>> {
    let mut tx = house.db.read().await?;
    Ok(vestibule_store::directory::tenants::find_within(&mut tx, scope, name).await?)
}

/// A page of tenants within the scope's reach, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(house: &House, scope: &PlatformScope, filter: &TenantFilter) -> Result<Page<TenantRecord>> {
    let mut tx = house.db.read().await?;
    let asked = TenantFilter { limit: filter.limit + 1, ..filter.clone() };
    let rows = vestibule_store::directory::tenants::list(&mut tx, scope, &asked).await?;
    Ok(crate::page::cut(rows, filter.limit, |t| Cursor { key: t.created_at.0, id: t.id.0 }))
}

/// How many tenants there are within the scope's reach: all, active, on trial.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn totals(house: &House, scope: &PlatformScope) -> Result<(i64, i64, i64)> {
    let mut tx = house.db.read().await?;
    Ok(vestibule_store::directory::tenants::totals(&mut tx, scope).await?)
}
