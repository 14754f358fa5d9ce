//! Refresh tokens: each renews a session's bearer token once. A spent one is kept, so that its reuse is noticed.

use crate::{Result, Tx, Val};
use vestibule_model::{SessionId, UnixMs};

/// What a refresh token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Good until now, and used up by this look.
    Taken(SessionId),
    /// Used up before: somebody has a copy.
    Spent(SessionId),
    /// Unknown, or over.
    Unknown,
}

/// Keeps a refresh token.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn insert(
    tx: &mut Tx,
    hash: [u8; 32],
    session: SessionId,
    now: UnixMs,
    expires_at: UnixMs,
) -> Result<()> {
    let sql =
        "INSERT INTO refresh_tokens (token_hash, session_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    let values: [Val; 4] = [hash.into(), session.into(), now.into(), expires_at.into()];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Uses a refresh token up. Good once: of two at the same moment, one finds it spent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn take(tx: &mut Tx, hash: [u8; 32], now: UnixMs) -> Result<Refresh> {
    let sql = "UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING session_id";
    if let Some(row) = tx.row(sql, &[hash.into(), now.into()]).await? {
        return Ok(Refresh::Taken(row.id("session_id")?));
    }
    let sql = "SELECT session_id FROM refresh_tokens WHERE token_hash = $1 AND used_at IS NOT NULL";
    match tx.row(sql, &[hash.into()]).await? {
        Some(row) => Ok(Refresh::Spent(row.id("session_id")?)),
        None => Ok(Refresh::Unknown),
    }
}

/// Forgets refresh tokens that ended before an instant; how many, `most` at most.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn prune(tx: &mut Tx, before: UnixMs, most: i64) -> Result<u64> {
    let sql = "DELETE FROM refresh_tokens WHERE token_hash IN
               (SELECT token_hash FROM refresh_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.exec(sql, None, &[before.into(), most.into()]).await
}
