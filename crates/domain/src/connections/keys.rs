//! A tenant's own credentials at a provider, for what is asked of the provider in its name.

use crate::connections::edit::sets;
use crate::{House, Result};
use vestibule_access::TenantScope;
use vestibule_store::directory::connections;
use vestibule_vault::Credentials;

/// The credentials of the tenant's own connection, the current set first; none when it has no such connection. Those
/// that it shares with others are not its own.
///
/// # Errors
/// The database's.
pub async fn credentials(house: &House, scope: &TenantScope, provider: &str) -> Result<Vec<Credentials>> {
    let mut tx = house.db.read_in(scope).await?;
    let found = connections::of_tenant(&mut tx, scope.tenant(), provider).await?;
    match found.into_iter().find(|connection| connection.tenant == Some(scope.tenant())) {
        Some(connection) => sets(house, &mut tx, &connection).await,
        None => Ok(Vec::new()),
    }
}

/// The credentials of the tenant's own connection, and the address at which the provider tells us what happens; nothing when
/// it has no such connection.
///
/// # Errors
/// The database's.
pub async fn sender(
    house: &House,
    scope: &TenantScope,
    provider: &str,
) -> Result<Option<(Vec<Credentials>, String)>> {
    let mut tx = house.db.read_in(scope).await?;
    let found = connections::of_tenant(&mut tx, scope.tenant(), provider).await?;
    let own = found.into_iter().find(|connection| connection.tenant == Some(scope.tenant()));
    let Some(own) = own else { return Ok(None) };
    let hook_url = format!("{}/hooks/{provider}/{}", house.settings.public_url, own.hook_token);
    Ok(Some((sets(house, &mut tx, &own).await?, hook_url)))
}
