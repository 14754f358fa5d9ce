//! People and their memberships.

use crate::{Result, Row, Tx, Val};
use vestibule_model::{PlatformRole, Role, TenantId, UnixMs, UserId};

/// A row of `users`.
#[derive(Clone, PartialEq)]
pub struct UserRecord {
    /// Their id.
    pub id: UserId,
    /// Their address, in lower case.
    pub email: String,
    /// Their name.
    pub name: Option<String>,
    /// `en` or `fr`.
    pub locale: String,
    /// The password's Argon2id hash; none until they chose one.
    pub password_phc: Option<String>,
    /// What they are on the platform.
    pub platform_role: Option<PlatformRole>,
    /// Wrong passwords in a row.
    pub failed_count: i64,
    /// Until when they may not sign in.
    pub locked_until: Option<UnixMs>,
    /// When they were disabled.
    pub disabled_at: Option<UnixMs>,
}

impl std::fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UserRecord({})", self.id)
    }
}

const COLUMNS: &str = "u.id, u.email, u.name, u.locale, u.password_phc, u.platform_role, u.failed_count, u.locked_until, u.disabled_at";

fn read(row: &Row) -> Result<UserRecord> {
    Ok(UserRecord {
        id: row.id("id")?,
        email: row.text("email")?,
        name: row.opt_text("name")?,
        locale: row.text("locale")?,
        password_phc: row.opt_text("password_phc")?,
        platform_role: row.opt_text("platform_role")?.as_deref().and_then(PlatformRole::parse),
        failed_count: row.int("failed_count")?,
        locked_until: row.opt_at("locked_until")?,
        disabled_at: row.opt_at("disabled_at")?,
    })
}

/// Finds a person by address, whatever its letter case.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_by_email(tx: &mut Tx, email: &str) -> Result<Option<UserRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.email = $1");
    tx.row(&sql, &[email.trim().to_lowercase().into()]).await?.as_ref().map(read).transpose()
}

/// Finds a person by id.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, id: UserId) -> Result<Option<UserRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.id = $1");
    tx.row(&sql, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// Inserts a person.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when the address is taken.
pub async fn insert(tx: &mut Tx, user: &UserRecord, now: UnixMs) -> Result<()> {
    let sql = "INSERT INTO users (id, email, name, locale, password_phc, platform_role, failed_count, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7)";
    let values: [Val; 7] = [
        user.id.into(),
        user.email.trim().to_lowercase().into(),
        user.name.clone().into(),
        user.locale.clone().into(),
        user.password_phc.clone().into(),
        user.platform_role.map(PlatformRole::as_str).into(),
        now.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Sets a password's hash and forgets wrong tries.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn set_password(tx: &mut Tx, id: UserId, phc: &str, now: UnixMs) -> Result<()> {
    let sql = "UPDATE users SET password_phc = $2, failed_count = 0, locked_until = NULL, updated_at = $3 WHERE id = $1";
    tx.exec(sql, None, &[id.into(), phc.into(), now.into()]).await.map(drop)
}

/// Makes a person something on the platform. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn set_platform_role(tx: &mut Tx, id: UserId, role: PlatformRole, now: UnixMs) -> Result<()> {
    let sql = "UPDATE users SET platform_role = $2, updated_at = $3 WHERE id = $1";
    tx.exec(sql, None, &[id.into(), role.as_str().into(), now.into()]).await.map(drop)
}

/// Notes how a try to sign in went: the count of wrong ones in a row, and until when no more are looked at.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn note_try(tx: &mut Tx, id: UserId, failed: i64, locked_until: Option<UnixMs>) -> Result<()> {
    let sql = "UPDATE users SET failed_count = $2, locked_until = $3 WHERE id = $1";
    tx.exec(sql, None, &[id.into(), failed.into(), locked_until.into()]).await.map(drop)
}

/// Counts a wrong password; how many there were in a row, this one among them. Two at once are two.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn count_wrong(tx: &mut Tx, id: UserId) -> Result<i64> {
    let sql = "UPDATE users SET failed_count = failed_count + 1 WHERE id = $1 RETURNING failed_count";
    let row = tx.row(sql, &[id.into()]).await?;
    row.map_or(Ok(0), |r| r.int("failed_count"))
}

/// Makes a person a member. Idempotent by (tenant, person): a second time sets the role.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn join(tx: &mut Tx, tenant: TenantId, user: UserId, role: Role, now: UnixMs) -> Result<()> {
    let sql = "INSERT INTO memberships (tenant_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role";
    tx.exec(sql, None, &[tenant.into(), user.into(), role.as_str().into(), now.into()]).await.map(drop)
}

/// The members of a tenant and their roles, in the order of their ids; whoever was disabled is left out.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn members(tx: &mut Tx, tenant: TenantId) -> Result<Vec<(UserRecord, Role)>> {
    let sql = format!(
        "SELECT {COLUMNS}, m.role FROM memberships m JOIN users u ON u.id = m.user_id
         WHERE m.tenant_id = $1 AND u.disabled_at IS NULL ORDER BY u.id"
    );
    let rows = tx.rows(&sql, None, &[tenant.into()]).await?;
    rows.iter()
        .map(|row| {
            let role = Role::parse(&row.text("role")?);
            let role = role.ok_or_else(|| crate::StoreError::Broken("an unknown role".into()))?;
            Ok((read(row)?, role))
        })
        .collect()
}

/// A membership with the tenant's name.
#[derive(Debug, Clone)]
pub struct MembershipRecord {
    /// The tenant.
    pub tenant: TenantId,
    /// What the person is in it.
    pub role: Role,
}

/// Where a person is a member, in deleted tenants not.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn memberships(tx: &mut Tx, user: UserId) -> Result<Vec<MembershipRecord>> {
    let sql = "SELECT m.tenant_id, m.role FROM memberships m JOIN tenants t ON t.id = m.tenant_id
               WHERE m.user_id = $1 AND t.deleted_at IS NULL ORDER BY m.created_at, m.tenant_id";
    let rows = tx.rows(sql, None, &[user.into()]).await?;
    rows.iter()
        .map(|row| {
            let role = Role::parse(&row.text("role")?);
            let role = role.ok_or_else(|| crate::StoreError::Broken("an unknown role".into()))?;
            Ok(MembershipRecord { tenant: row.id("tenant_id")?, role })
        })
        .collect()
}

/// What people are called: their name, or their address where they have given none.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn names(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<(UserId, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let sql =
        format!("SELECT id, coalesce(name, email) AS name FROM users WHERE id IN ({})", places.join(", "));
    let values: Vec<Val> = ids.iter().map(|id| (*id).into()).collect();
    let rows = tx.rows(&sql, None, &values).await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.text("name")?))).collect()
}
