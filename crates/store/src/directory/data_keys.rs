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

/// How many data keys each key-encryption key wraps.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(u32, i64)>> {
    let sql = "SELECT kek_id, count(*) AS keys FROM data_keys GROUP BY kek_id ORDER BY kek_id";
    let rows = tx.rows(sql, None, &[]).await?;
    rows.iter().map(|row| Ok((kek(row.int("kek_id")?)?, row.int("keys")?))).collect()
}

/// Data keys that another key than this one wraps, in the order of their owners.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn not_under(tx: &mut Tx, kek_id: u32, limit: i64) -> Result<Vec<(TenantId, Vec<u8>)>> {
    let sql = "SELECT owner_id, wrapped FROM data_keys WHERE kek_id <> $1 ORDER BY owner_id LIMIT $2";
    let rows = tx.rows(sql, None, &[i64::from(kek_id).into(), limit.into()]).await?;
    rows.iter().map(|row| Ok((row.id("owner_id")?, row.bytes("wrapped")?))).collect()
}

/// Puts the same data key, wrapped anew, in place of what was read. Idempotent: false when it is no longer that.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn rewrap(
    tx: &mut Tx,
    owner: TenantId,
    before: Vec<u8>,
    kek_id: u32,
    wrapped: Vec<u8>,
) -> Result<bool> {
    let sql = "UPDATE data_keys SET kek_id = $3, wrapped = $4 WHERE owner_id = $1 AND wrapped = $2";
    let values: [Val; 4] = [owner.into(), before.into(), i64::from(kek_id).into(), wrapped.into()];
    Ok(tx.exec(sql, None, &values).await? > 0)
}

fn kek(stored: i64) -> Result<u32> {
    u32::try_from(stored).map_err(|_| crate::StoreError::Broken("a key's number that is none".into()))
}
