//! Sessions: found by the hash of what the browser shows.

use crate::{Result, Row, Tx, Val};
use vestibule_model::{SessionId, UnixMs, UserId};

/// A row of `sessions`.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The hash of the token against forged requests.
    pub csrf_hash: Vec<u8>,
    /// When it ends.
    pub expires_at: UnixMs,
}

fn read(row: &Row) -> Result<SessionRecord> {
    Ok(SessionRecord {
        id: row.id("id")?,
        user: row.id("user_id")?,
        csrf_hash: row.bytes("csrf_hash")?,
        expires_at: row.at("expires_at")?,
    })
}

/// Keeps a session.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn insert(tx: &mut Tx, session: &SessionRecord, token_hash: [u8; 32], now: UnixMs) -> Result<()> {
    let sql = "INSERT INTO sessions (id, token_hash, csrf_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let values: [Val; 6] = [
        session.id.into(),
        token_hash.into(),
        session.csrf_hash.clone().into(),
        session.user.into(),
        now.into(),
        session.expires_at.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Finds a session that is neither over nor revoked, of a person who is not disabled.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, token_hash: [u8; 32], now: UnixMs) -> Result<Option<SessionRecord>> {
    let sql = "SELECT s.id, s.user_id, s.csrf_hash, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id
               WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND u.disabled_at IS NULL";
    tx.row(sql, &[token_hash.into(), now.into()]).await?.as_ref().map(read).transpose()
}

/// Finds a session by its id, as [`find`] does by its token.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_by_id(tx: &mut Tx, id: SessionId, now: UnixMs) -> Result<Option<SessionRecord>> {
    let sql =
        "SELECT s.id, s.user_id, s.csrf_hash, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id
               WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND u.disabled_at IS NULL";
    tx.row(sql, &[id.into(), now.into()]).await?.as_ref().map(read).transpose()
}

/// Whether a session is still good.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn is_live(tx: &mut Tx, id: SessionId, now: UnixMs) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM sessions WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2";
    Ok(tx.row(sql, &[id.into(), now.into()]).await?.is_some())
}

/// Ends a session. Idempotent: the first end stays.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn revoke(tx: &mut Tx, id: SessionId, now: UnixMs) -> Result<()> {
    let sql = "UPDATE sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    tx.exec(sql, None, &[id.into(), now.into()]).await.map(drop)
}

/// Ends every session of a person. Idempotent: the first end stays.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn revoke_all(tx: &mut Tx, user: UserId, now: UnixMs) -> Result<()> {
    let sql = "UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL";
    tx.exec(sql, None, &[user.into(), now.into()]).await.map(drop)
}
