//! The members of a tenant: read and changed under its lock, so that an owner stays.

use crate::{Engine, Result, Row, StoreError, Tx};
use vestibule_access::TenantScope;
use vestibule_model::{Role, UnixMs, UserId};

/// A person as a member of a tenant.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: Option<String>,
    /// As what.
    pub role: Role,
    /// Since when.
    pub since: UnixMs,
    /// Whether they have chosen a password yet.
    pub has_password: bool,
}

impl std::fmt::Debug for MemberRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemberRecord({})", self.user)
    }
}

const COLUMNS: &str =
    "u.id, u.email, u.name, m.role, m.created_at, (u.password_phc IS NOT NULL) AS has_password";

fn read(row: &Row) -> Result<MemberRecord> {
    let role = Role::parse(&row.text("role")?);
    Ok(MemberRecord {
        user: row.id("id")?,
        email: row.text("email")?,
        name: row.opt_text("name")?,
        role: role.ok_or_else(|| StoreError::Broken("an unknown role".into()))?,
        since: row.at("created_at")?,
        has_password: row.bool("has_password")?,
    })
}

/// Holds the tenant's membership for this transaction: whoever else changes it waits.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn lock(tx: &mut Tx, scope: &TenantScope) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        let sql = "SELECT 1 AS one FROM tenants WHERE id = $1 FOR UPDATE";
        tx.row(sql, &[scope.tenant().into()]).await?;
    }
    Ok(())
}

/// The members of a tenant, the highest role first, then by address; whoever was disabled is left out.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx, scope: &TenantScope) -> Result<Vec<MemberRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM memberships m JOIN users u ON u.id = m.user_id
         WHERE m.tenant_id = $1 AND u.disabled_at IS NULL
         ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'manager' THEN 1 WHEN 'staff' THEN 2 ELSE 3 END, u.email LIMIT 500"
    );
    tx.rows(&sql, None, &[scope.tenant().into()]).await?.iter().map(read).collect()
}

/// Finds a member of a tenant.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, scope: &TenantScope, user: UserId) -> Result<Option<MemberRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1 AND m.user_id = $2"
    );
    tx.row(&sql, &[scope.tenant().into(), user.into()]).await?.as_ref().map(read).transpose()
}

/// Finds a member of a tenant by address.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_by_email(tx: &mut Tx, scope: &TenantScope, email: &str) -> Result<Option<MemberRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1 AND u.email = $2"
    );
    tx.row(&sql, &[scope.tenant().into(), email.into()]).await?.as_ref().map(read).transpose()
}

/// Whether somebody else than this person owns the tenant and can sign in.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn has_another_owner(tx: &mut Tx, scope: &TenantScope, than: UserId) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM memberships m JOIN users u ON u.id = m.user_id
               WHERE m.tenant_id = $1 AND m.user_id <> $2 AND m.role = 'owner' AND u.disabled_at IS NULL LIMIT 1";
    Ok(tx.row(sql, &[scope.tenant().into(), than.into()]).await?.is_some())
}

/// Sets a member's role; false when the tenant has no such member. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn set_role(tx: &mut Tx, scope: &TenantScope, user: UserId, role: Role) -> Result<bool> {
    let sql = "UPDATE memberships SET role = $3 WHERE tenant_id = $1 AND user_id = $2";
    Ok(tx.exec(sql, None, &[scope.tenant().into(), user.into(), role.as_str().into()]).await? > 0)
}

/// Ends a membership; false when there was none. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn remove(tx: &mut Tx, scope: &TenantScope, user: UserId) -> Result<bool> {
    let sql = "DELETE FROM memberships WHERE tenant_id = $1 AND user_id = $2";
    Ok(tx.exec(sql, None, &[scope.tenant().into(), user.into()]).await? > 0)
}
