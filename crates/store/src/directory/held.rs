//! Requests that were held at the door: sealed, few for each connection, and for a while.

use crate::{Result, Row, Tx, Val};
use uuid::Uuid;
use vestibule_model::{ConnectionId, TenantId, UnixMs};

/// A row of `held_requests`.
#[derive(Debug, Clone)]
pub struct HeldRecord {
    /// Its id.
    pub id: Uuid,
    /// The connection that it names.
    pub connection: ConnectionId,
    /// Whose data key sealed it: the connection's owner's.
    pub owner: TenantId,
    /// The provider's name.
    pub provider: String,
    /// Why it was not let in, as a stable code.
    pub reason: String,
    /// What was found out about it, as a stable code.
    pub hint: Option<String>,
    /// How old its signature was, in milliseconds.
    pub age_ms: Option<i64>,
    /// The body's size in bytes.
    pub size_bytes: i64,
    /// When it came.
    pub received_at: UnixMs,
    /// The request, sealed; empty where only the row was asked for.
    pub sealed: Vec<u8>,
}

const COLUMNS: &str = "id, connection_id, owner_id, provider, reason, hint, age_ms, size_bytes, received_at";

fn read(row: &Row, sealed: Vec<u8>) -> Result<HeldRecord> {
    Ok(HeldRecord {
        id: row.uuid("id")?,
        connection: row.id("connection_id")?,
        owner: row.id("owner_id")?,
        provider: row.text("provider")?,
        reason: row.text("reason")?,
        hint: row.opt_text("hint")?,
        age_ms: row.opt_int("age_ms")?,
        size_bytes: row.int("size_bytes")?,
        received_at: row.at("received_at")?,
        sealed,
    })
}

/// Holds a request, unless its connection has `most` of them or `most_bytes` already; whether there was room.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn hold(tx: &mut Tx, held: &HeldRecord, most: i64, most_bytes: i64) -> Result<bool> {
    let sql = "INSERT INTO held_requests (id, connection_id, owner_id, provider, reason, hint, age_ms, size_bytes, received_at, sealed)
               SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
               WHERE (SELECT count(*) FROM held_requests h WHERE h.connection_id = $2) < $11
               AND (SELECT coalesce(sum(h.size_bytes), 0) FROM held_requests h WHERE h.connection_id = $2) < $12";
    let h = held.clone();
    let values: [Val; 12] = [
        h.id.into(),
        h.connection.into(),
        h.owner.into(),
        h.provider.into(),
        h.reason.into(),
        h.hint.into(),
        h.age_ms.into(),
        h.size_bytes.into(),
        h.received_at.into(),
        h.sealed.into(),
        most.into(),
        most_bytes.into(),
    ];
    Ok(tx.exec(sql, None, &values).await? > 0)
}

/// A page of what is held for an owner's connections, newest first.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn of_owner(
    tx: &mut Tx,
    owner: TenantId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<HeldRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM held_requests WHERE owner_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );
    let before = before.unwrap_or(Uuid::max());
    let rows = tx.rows(&sql, None, &[owner.into(), before.into(), limit.into()]).await?;
    rows.iter().map(|row| read(row, Vec::new())).collect()
}

/// What is held for an owner's connections, still sealed, oldest first, after an id.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn sealed_of_owner(
    tx: &mut Tx,
    owner: TenantId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<HeldRecord>> {
    let sql = format!(
        "SELECT {COLUMNS}, sealed FROM held_requests WHERE owner_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    let rows = tx.rows(&sql, None, &[owner.into(), after.into(), limit.into()]).await?;
    rows.iter().map(|row| read(row, row.bytes("sealed")?)).collect()
}

/// What is held for a connection, oldest first, after an id.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn of_connection(
    tx: &mut Tx,
    connection: ConnectionId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<HeldRecord>> {
    let sql = format!(
        "SELECT {COLUMNS}, sealed FROM held_requests WHERE connection_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    let rows = tx.rows(&sql, None, &[connection.into(), after.into(), limit.into()]).await?;
    rows.iter().map(|row| read(row, row.bytes("sealed")?)).collect()
}

/// The connections for which a provider's requests are held because their agent or number is bound to nobody.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn unbound(tx: &mut Tx, provider: &str, reason: &str) -> Result<Vec<ConnectionId>> {
    let sql =
        "SELECT DISTINCT connection_id FROM held_requests WHERE provider = $1 AND reason = $2 LIMIT 100";
    let rows = tx.rows(sql, None, &[provider.into(), reason.into()]).await?;
    rows.iter().map(|row| row.id("connection_id")).collect()
}

/// Lets go of a request. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn drop_one(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.exec("DELETE FROM held_requests WHERE id = $1", None, &[id.into()]).await.map(drop)
}

/// Lets go of what came before an instant; how many.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn drop_older(tx: &mut Tx, before: UnixMs) -> Result<u64> {
    tx.exec("DELETE FROM held_requests WHERE received_at < $1", None, &[before.into()]).await
}
