//! Viewings: who looks into which tenant from outside, within which session, why, and until when.

use crate::{Result, Row, StoreError, Tx, Val};
use vestibule_access::Viewing;
use vestibule_model::{AgencyId, Role, SessionId, TenantId, UnixMs, UserId, ViewingId};

/// A viewing to keep.
#[derive(Debug, Clone)]
pub struct NewViewing<'a> {
    /// What it gives.
    pub viewing: Viewing,
    /// Whose session it is.
    pub user: UserId,
    /// Why they look.
    pub reason: &'a str,
    /// From when.
    pub from_at: UnixMs,
}

/// A viewing that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedViewing {
    /// Its id.
    pub id: ViewingId,
    /// Who looked.
    pub user: UserId,
    /// Into which tenant.
    pub tenant: TenantId,
}

/// Keeps a viewing.
///
/// # Errors
/// [`StoreError::Conflict`] when the session has one that is not ended.
pub async fn insert(tx: &mut Tx, new: &NewViewing<'_>) -> Result<()> {
    let sql = "INSERT INTO viewings (id, session_id, user_id, tenant_id, role, reason, from_at, to_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let v = new.viewing;
    let values: [Val; 8] = [
        v.id.into(),
        v.session.into(),
        new.user.into(),
        v.tenant.into(),
        v.role.as_str().into(),
        new.reason.into(),
        new.from_at.into(),
        v.ends_at.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Where a session looks now.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn live_of(tx: &mut Tx, session: SessionId, now: UnixMs) -> Result<Option<Viewing>> {
    let sql = "SELECT id, session_id, tenant_id, role, to_at FROM viewings
               WHERE session_id = $1 AND ended_at IS NULL AND to_at > $2";
    let row = tx.row(sql, &[session.into(), now.into()]).await?;
    row.map(|row| {
        let role = Role::parse(&row.text("role")?);
        Ok(Viewing {
            id: row.id("id")?,
            session: row.id("session_id")?,
            tenant: row.id("tenant_id")?,
            role: role.ok_or_else(|| StoreError::Broken("an unknown role".into()))?,
            ends_at: row.at("to_at")?,
        })
    })
    .transpose()
}

/// Why somebody looks.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn reason_of(tx: &mut Tx, id: ViewingId) -> Result<Option<String>> {
    let row = tx.row("SELECT reason FROM viewings WHERE id = $1", &[id.into()]).await?;
    row.map(|row| row.text("reason")).transpose()
}

fn ended(rows: &[Row]) -> Result<Vec<EndedViewing>> {
    let one = |row: &Row| {
        Ok(EndedViewing { id: row.id("id")?, user: row.id("user_id")?, tenant: row.id("tenant_id")? })
    };
    rows.iter().map(one).collect()
}

/// Ends what a session looks at. Idempotent: the first end stays, and only that one is told.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn end_of_session(tx: &mut Tx, session: SessionId, now: UnixMs) -> Result<Vec<EndedViewing>> {
    let sql = "UPDATE viewings SET ended_at = $2 WHERE session_id = $1 AND ended_at IS NULL RETURNING id, user_id, tenant_id";
    ended(&tx.rows(sql, None, &[session.into(), now.into()]).await?)
}

/// Ends what people of an agency look at inside a tenant. Idempotent: the first end stays.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn end_of_agency(
    tx: &mut Tx,
    tenant: TenantId,
    agency: AgencyId,
    now: UnixMs,
) -> Result<Vec<EndedViewing>> {
    let sql = "UPDATE viewings SET ended_at = $3 WHERE tenant_id = $1 AND ended_at IS NULL
               AND user_id IN (SELECT id FROM users WHERE agency_id = $2) RETURNING id, user_id, tenant_id";
    ended(&tx.rows(sql, None, &[tenant.into(), agency.into(), now.into()]).await?)
}

/// Ends whatever a person looks at. Idempotent: the first end stays.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn end_of_person(tx: &mut Tx, user: UserId, now: UnixMs) -> Result<Vec<EndedViewing>> {
    let sql = "UPDATE viewings SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL RETURNING id, user_id, tenant_id";
    ended(&tx.rows(sql, None, &[user.into(), now.into()]).await?)
}

/// Ends what has run out of time, or whose session is over; at most so many at once. Idempotent: the first end stays.
///
/// # Errors
/// [`StoreError`] as the database says.
pub async fn end_of_time(tx: &mut Tx, now: UnixMs, limit: i64) -> Result<Vec<EndedViewing>> {
    let sql = "UPDATE viewings SET ended_at = $1 WHERE ended_at IS NULL AND id IN (
      SELECT v.id FROM viewings v JOIN sessions s ON s.id = v.session_id
      WHERE v.ended_at IS NULL AND (v.to_at <= $1 OR s.revoked_at IS NOT NULL OR s.expires_at <= $1)
      ORDER BY v.to_at, v.id LIMIT $2) RETURNING id, user_id, tenant_id";
    ended(&tx.rows(sql, None, &[now.into(), limit.into()]).await?)
}
