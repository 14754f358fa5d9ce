//! Right passwords that still want a second factor: found by the hash of what the browser shows.

use crate::{Result, Tx, Val};
use vestibule_model::{UnixMs, UserId};

/// Keeps a challenge.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn insert(
    tx: &mut Tx,
    hash: [u8; 32],
    user: UserId,
    now: UnixMs,
    expires_at: UnixMs,
) -> Result<()> {
    let sql = "INSERT INTO sign_in_challenges (token_hash, user_id, tries_count, created_at, expires_at) VALUES ($1, $2, 0, $3, $4)";
    let values: [Val; 4] = [hash.into(), user.into(), now.into(), expires_at.into()];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Counts a try at a challenge; whose it is, or `None` when it does not exist, is over, was met, or was tried `most` times.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn take_try(tx: &mut Tx, hash: [u8; 32], most: i64, now: UnixMs) -> Result<Option<UserId>> {
    let sql = "UPDATE sign_in_challenges SET tries_count = tries_count + 1
               WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 AND tries_count < $3 RETURNING user_id";
    let row = tx.row(sql, &[hash.into(), now.into(), most.into()]).await?;
    row.map(|row| row.id("user_id")).transpose()
}

/// Ends a challenge that was met.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn meet(tx: &mut Tx, hash: [u8; 32], now: UnixMs) -> Result<()> {
    let sql = "UPDATE sign_in_challenges SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL";
    tx.exec(sql, None, &[hash.into(), now.into()]).await.map(drop)
}

/// Ends every challenge of a person: whoever knew the password before must not go on with it. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn end_all(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.exec("DELETE FROM sign_in_challenges WHERE user_id = $1", None, &[user.into()]).await.map(drop)
}

/// Forgets challenges that ended before an instant; how many, `most` at most.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn prune(tx: &mut Tx, before: UnixMs, most: i64) -> Result<u64> {
    let sql = "DELETE FROM sign_in_challenges WHERE token_hash IN
               (SELECT token_hash FROM sign_in_challenges WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.exec(sql, None, &[before.into(), most.into()]).await
}
