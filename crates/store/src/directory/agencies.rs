//! Agencies and their administrators.

use super::people::{self, UserRecord};
use crate::{Result, Row, Tx, Val};
use vestibule_model::{AgencyId, PlatformRole, TenantId, UnixMs, UserId};

/// A row of `agencies`, with what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyRecord {
    /// Its id.
    pub id: AgencyId,
    /// Its name.
    pub name: String,
    /// How many tenants it holds.
    pub tenants: i64,
    /// How many people administer it.
    pub admins: i64,
    /// When it was made.
    pub created_at: UnixMs,
}

const COLUMNS: &str = "a.id, a.name, a.created_at,
  (SELECT count(*) FROM tenants t WHERE t.agency_id = a.id AND t.deleted_at IS NULL) AS tenants,
  (SELECT count(*) FROM users u WHERE u.agency_id = a.id AND u.platform_role = 'agency_admin' AND u.disabled_at IS NULL) AS admins";

fn read(row: &Row) -> Result<AgencyRecord> {
    Ok(AgencyRecord {
        id: row.id("id")?,
        name: row.text("name")?,
        tenants: row.int("tenants")?,
        admins: row.int("admins")?,
        created_at: row.at("created_at")?,
    })
}

/// Inserts an agency.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn insert(tx: &mut Tx, id: AgencyId, name: &str, now: UnixMs) -> Result<()> {
    let sql = "INSERT INTO agencies (id, name, created_at) VALUES ($1, $2, $3)";
    tx.exec(sql, None, &[id.into(), name.into(), now.into()]).await.map(drop)
}

/// Finds an agency that is open.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, id: AgencyId) -> Result<Option<AgencyRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM agencies a WHERE a.id = $1 AND a.closed_at IS NULL");
    tx.row(&sql, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// Open agencies by name, after one of them.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx, after: Option<AgencyId>, limit: i64) -> Result<Vec<AgencyRecord>> {
    let (tail, values): (&str, Vec<Val>) = match after {
        Some(after) => (
            " AND (a.name, a.id) > (SELECT b.name, b.id FROM agencies b WHERE b.id = $2)",
            vec![limit.into(), after.into()],
        ),
        None => ("", vec![limit.into()]),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM agencies a WHERE a.closed_at IS NULL{tail} ORDER BY a.name, a.id LIMIT $1"
    );
    tx.rows(&sql, None, &values).await?.iter().map(read).collect()
}

/// Renames an open agency. Idempotent. False when there is none.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn rename(tx: &mut Tx, id: AgencyId, name: &str) -> Result<bool> {
    let sql = "UPDATE agencies SET name = $2 WHERE id = $1 AND closed_at IS NULL";
    Ok(tx.exec(sql, None, &[id.into(), name.into()]).await? > 0)
}

/// Keeps an open agency open until the transaction ends, so that it cannot be closed while it is given something. False
/// when it is closed or never was.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn hold(tx: &mut Tx, id: AgencyId) -> Result<bool> {
    let sql = "UPDATE agencies SET name = name WHERE id = $1 AND closed_at IS NULL";
    Ok(tx.exec(sql, None, &[id.into()]).await? > 0)
}

/// Closes an agency. Idempotent: the first time stays. False when there is no open one.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn close(tx: &mut Tx, id: AgencyId, now: UnixMs) -> Result<bool> {
    let sql = "UPDATE agencies SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL";
    Ok(tx.exec(sql, None, &[id.into(), now.into()]).await? > 0)
}

/// Whether an agency holds a tenant that is not deleted.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn holds_any(tx: &mut Tx, id: AgencyId) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM tenants WHERE agency_id = $1 AND deleted_at IS NULL LIMIT 1";
    Ok(tx.row(sql, &[id.into()]).await?.is_some())
}

/// The open agency that a person administers.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn of_admin(tx: &mut Tx, user: UserId) -> Result<Option<AgencyId>> {
    let sql = "SELECT a.id FROM users u JOIN agencies a ON a.id = u.agency_id
               WHERE u.id = $1 AND u.platform_role = 'agency_admin' AND a.closed_at IS NULL";
    tx.row(sql, &[user.into()]).await?.map(|row| row.id("id")).transpose()
}

/// The people who administer an agency, in the order of their ids.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn admins(tx: &mut Tx, id: AgencyId) -> Result<Vec<UserRecord>> {
    let sql =
        "SELECT id FROM users WHERE agency_id = $1 AND platform_role = 'agency_admin' AND disabled_at IS NULL
               ORDER BY id LIMIT 200";
    let rows = tx.rows(sql, None, &[id.into()]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.extend(people::find(tx, row.id("id")?).await?);
    }
    Ok(found)
}

/// Everybody who administers an agency or did until they were let go.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn everybody(tx: &mut Tx, id: AgencyId) -> Result<Vec<UserId>> {
    let rows = tx.rows("SELECT id FROM users WHERE agency_id = $1 ORDER BY id", None, &[id.into()]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Makes a person an agency's administrator. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn appoint(tx: &mut Tx, user: UserId, agency: AgencyId, now: UnixMs) -> Result<()> {
    let sql = "UPDATE users SET platform_role = $2, agency_id = $3, updated_at = $4 WHERE id = $1";
    let role = PlatformRole::AgencyAdmin.as_str();
    tx.exec(sql, None, &[user.into(), role.into(), agency.into(), now.into()]).await.map(drop)
}

/// Lets an administrator go. The agency stays noted with the person, so that what they made for it is still known as
/// made for it. Idempotent. False when they do not administer it.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn dismiss(tx: &mut Tx, user: UserId, agency: AgencyId, now: UnixMs) -> Result<bool> {
    let sql = "UPDATE users SET platform_role = NULL, updated_at = $3 WHERE id = $1 AND agency_id = $2
               AND platform_role = 'agency_admin'";
    Ok(tx.exec(sql, None, &[user.into(), agency.into(), now.into()]).await? > 0)
}

/// The members of a tenant who are or were of an agency, and whether an owner is left without them.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn members_of(tx: &mut Tx, tenant: TenantId, agency: AgencyId) -> Result<(i64, bool)> {
    let sql = "SELECT count(*) FILTER (WHERE u.agency_id = $2) AS theirs,
      count(*) FILTER (WHERE m.role = 'owner' AND u.disabled_at IS NULL AND u.agency_id IS DISTINCT FROM $2) AS owners
      FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1";
    match tx.row(sql, &[tenant.into(), agency.into()]).await? {
        Some(row) => Ok((row.int("theirs")?, row.int("owners")? > 0)),
        None => Ok((0, false)),
    }
}

/// Ends the memberships in a tenant of everybody who is or was of an agency; how many. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn end_memberships(tx: &mut Tx, tenant: TenantId, agency: AgencyId) -> Result<u64> {
    let sql = "DELETE FROM memberships WHERE tenant_id = $1 AND user_id IN (SELECT id FROM users WHERE agency_id = $2)";
    tx.exec(sql, None, &[tenant.into(), agency.into()]).await
}
