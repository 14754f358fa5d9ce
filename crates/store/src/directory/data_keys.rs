//! Data keys, wrapped.

use crate::{Result, Tx, Val};
use uuid::Uuid;
use vestibule_model::{TenantId, UnixMs};

/// The wrapped data key of a tenant, or of the platform under the nil id.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, owner: TenantId) -> Result<Option<Vec<u8>>> {
    let row = tx.row("SELECT wrapped FROM data_keys WHERE owner_id = $1", &[owner.into()]).await?;
    row.map(|r| r.bytes("wrapped")).transpose()
}

/// Keeps a wrapped data key. Idempotent by owner: the first stays, for values may already be sealed with it.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn insert(
    tx: &mut Tx,
    owner: TenantId,
    kek_id: u32,
    wrapped: Vec<u8>,
    now: UnixMs,
) -> Result<bool> {
    let sql = "INSERT INTO data_keys (owner_id, kek_id, wrapped, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (owner_id) DO NOTHING";
    let owner: Uuid = owner.0;
    let values: [Val; 4] = [owner.into(), i64::from(kek_id).into(), wrapped.into(), now.into()];
    Ok(tx.exec(sql, None, &values).await? > 0)
}
