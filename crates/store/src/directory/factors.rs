//! Second factors and their recovery codes.

use crate::{Result, Tx, Val};
use vestibule_model::{UnixMs, UserId};

/// A row of `second_factors`.
#[derive(Clone, PartialEq, Eq)]
pub struct FactorRecord {
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// The newest step of which a code was used.
    pub last_step: i64,
    /// Since when it is asked for; none while it is only begun.
    pub confirmed_at: Option<UnixMs>,
}

/// A person's second factor, begun or confirmed.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, user: UserId) -> Result<Option<FactorRecord>> {
    let sql = "SELECT sealed, last_step, confirmed_at FROM second_factors WHERE user_id = $1";
    let row = tx.row(sql, &[user.into()]).await?;
    row.map(|row| {
        Ok(FactorRecord {
            sealed: row.bytes("sealed")?,
            last_step: row.int("last_step")?,
            confirmed_at: row.opt_at("confirmed_at")?,
        })
    })
    .transpose()
}

/// Begins a second factor; one that was begun before is begun anew. False when one is confirmed already: it stays.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn begin(tx: &mut Tx, user: UserId, sealed: Vec<u8>, now: UnixMs) -> Result<bool> {
    let sql = "INSERT INTO second_factors (user_id, sealed, last_step, created_at) VALUES ($1, $2, 0, $3)
               ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, last_step = 0, created_at = excluded.created_at
               WHERE second_factors.confirmed_at IS NULL";
    let values: [Val; 3] = [user.into(), sealed.into(), now.into()];
    Ok(tx.exec(sql, None, &values).await? > 0)
}

/// Confirms what was begun. False when there is nothing to confirm.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn confirm(tx: &mut Tx, user: UserId, now: UnixMs) -> Result<bool> {
    let sql = "UPDATE second_factors SET confirmed_at = $2 WHERE user_id = $1 AND confirmed_at IS NULL";
    Ok(tx.exec(sql, None, &[user.into(), now.into()]).await? > 0)
}

/// Uses a step up. False when that step or a later one was used before: of two at the same moment, one is told so.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn take_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool> {
    let sql = "UPDATE second_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2";
    Ok(tx.exec(sql, None, &[user.into(), step.into()]).await? > 0)
}

/// Takes a second factor away, with its recovery codes. False when there was none.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn remove(tx: &mut Tx, user: UserId) -> Result<bool> {
    tx.exec("DELETE FROM recovery_codes WHERE user_id = $1", None, &[user.into()]).await?;
    Ok(tx.exec("DELETE FROM second_factors WHERE user_id = $1", None, &[user.into()]).await? > 0)
}

/// Keeps recovery codes in place of all older ones.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn set_codes(tx: &mut Tx, user: UserId, hashes: &[[u8; 32]], now: UnixMs) -> Result<()> {
    tx.exec("DELETE FROM recovery_codes WHERE user_id = $1", None, &[user.into()]).await?;
    for hash in hashes {
        let sql = "INSERT INTO recovery_codes (user_id, code_hash, created_at) VALUES ($1, $2, $3)";
        tx.exec(sql, None, &[user.into(), (*hash).into(), now.into()]).await?;
    }
    Ok(())
}

/// Uses a recovery code up. False when there is none such, or no longer.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn take_code(tx: &mut Tx, user: UserId, hash: [u8; 32], now: UnixMs) -> Result<bool> {
    let sql =
        "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL";
    Ok(tx.exec(sql, None, &[user.into(), hash.into(), now.into()]).await? > 0)
}

/// How many recovery codes are left.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn count_codes(tx: &mut Tx, user: UserId) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL";
    let row = tx.row(sql, &[user.into()]).await?;
    row.map_or(Ok(0), |row| row.int("n"))
}
