//! Where a person's sessions come from and when they were last seen: what they look at themselves.

use crate::{Result, Row, Tx, Val};
use vestibule_model::{SessionId, UnixMs, UserId};

/// A session as its person sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct SeenRecord {
    /// Its id.
    pub id: SessionId,
    /// The device, in words.
    pub device: Option<String>,
    /// The network address.
    pub address: Option<String>,
    /// When it began.
    pub created_at: UnixMs,
    /// When it was last seen, to the minute.
    pub last_seen_at: Option<UnixMs>,
    /// When it ends by itself.
    pub expires_at: UnixMs,
}

impl std::fmt::Debug for SeenRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SeenRecord({})", self.id)
    }
}

fn read(row: &Row) -> Result<SeenRecord> {
    Ok(SeenRecord {
        id: row.id("id")?,
        device: row.opt_text("device")?,
        address: row.opt_text("address")?,
        created_at: row.at("created_at")?,
        last_seen_at: row.opt_at("last_seen_at")?,
        expires_at: row.at("expires_at")?,
    })
}

/// Writes down that a session was seen, unless that was done less than `every_ms` ago, by whichever node. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn note(
    tx: &mut Tx,
    id: SessionId,
    device: Option<&str>,
    address: Option<&str>,
    now: UnixMs,
    every_ms: i64,
) -> Result<bool> {
    let sql = "UPDATE sessions SET last_seen_at = $2, device = coalesce($3, device), address = coalesce($4, address)
               WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at <= $5)";
    let values: [Val; 5] = [
        id.into(),
        now.into(),
        device.map(str::to_owned).into(),
        address.map(str::to_owned).into(),
        now.plus_ms(-every_ms).into(),
    ];
    Ok(tx.exec(sql, None, &values).await? > 0)
}

/// A person's sessions that are still good, the last seen first.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx, user: UserId, now: UnixMs) -> Result<Vec<SeenRecord>> {
    let sql = "SELECT id, device, address, created_at, last_seen_at, expires_at FROM sessions
               WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
               ORDER BY coalesce(last_seen_at, created_at) DESC, id DESC LIMIT 100";
    tx.rows(sql, None, &[user.into(), now.into()]).await?.iter().map(read).collect()
}

/// Ends one session of a person; false when it is not theirs, or over. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn end(tx: &mut Tx, user: UserId, id: SessionId, now: UnixMs) -> Result<bool> {
    let sql = "UPDATE sessions SET revoked_at = $3 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3";
    Ok(tx.exec(sql, None, &[user.into(), id.into(), now.into()]).await? > 0)
}

/// Ends every session of a person but one; how many. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn end_others(tx: &mut Tx, user: UserId, but: SessionId, now: UnixMs) -> Result<u64> {
    let sql = "UPDATE sessions SET revoked_at = $3 WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL AND expires_at > $3";
    tx.exec(sql, None, &[user.into(), but.into(), now.into()]).await
}
