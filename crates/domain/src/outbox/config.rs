//! The sealed part of what an endpoint's kind needs besides its address.

use crate::{Error, House, Result};
use secrecy::SecretString;
use vestibule_model::EndpointId;
use vestibule_store::{TenantTx, tsql, vals};
use vestibule_vault::Place;

/// The secret that was given with an endpoint's configuration; `None` when there is none.
///
/// # Errors
/// The database's, or that it does not open.
pub async fn config_secret(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: EndpointId,
) -> Result<Option<SecretString>> {
    let sql =
        tsql!("SELECT config_sealed FROM endpoints WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL");
    let row = tx.row(sql, vals![id]).await?;
    let Some(sealed) = row.map(|row| row.opt_bytes("config_sealed")).transpose()?.flatten() else {
        return Ok(None);
    };
    let tenant = tx.tenant();
    let key = house.seals.key(tx.outer(), tenant).await?;
    let place = Place { table: "endpoints", row: id.0, column: "config_sealed" };
    let plain = key.open(place, &sealed).map_err(|_| Error::fault("a secret does not open"))?;
    let text = String::from_utf8(plain.to_vec()).map_err(|_| Error::fault("a secret is not text"))?;
    Ok(Some(text.into()))
}

/// Forgets the secret of an endpoint's configuration. Idempotent.
///
/// # Errors
/// The database's.
pub async fn forget_config_secret(house: &House, tx: &mut TenantTx<'_>, id: EndpointId) -> Result<()> {
    let sql =
        tsql!("UPDATE endpoints SET config_sealed = NULL, updated_at = $3 WHERE tenant_id = $1 AND id = $2");
    tx.exec(sql, vals![id, house.world.now()]).await?;
    Ok(())
}
