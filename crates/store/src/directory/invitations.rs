//! Invitations: found by the hash of the mailed token. A tenant has at most one for each address.

use crate::{Result, Row, Tx, Val};
use vestibule_access::TenantScope;
use vestibule_model::{InvitationId, Role, TenantId, UnixMs, UserId};

/// A row of `invitations`, without its token's hash.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationRecord {
    /// Into which tenant.
    pub tenant: TenantId,
    /// Its id.
    pub id: InvitationId,
    /// Who is invited, in lower case.
    pub email: String,
    /// As what.
    pub role: Role,
    /// In which language the mail is.
    pub locale: String,
    /// Who invites; none for a key, and for the program.
    pub invited_by: Option<UserId>,
    /// When it was made.
    pub created_at: UnixMs,
    /// When its mail was owed the last time.
    pub sent_at: UnixMs,
    /// When it ends.
    pub expires_at: UnixMs,
}

impl std::fmt::Debug for InvitationRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InvitationRecord({})", self.id)
    }
}

const COLUMNS: &str =
    "i.tenant_id, i.id, i.email, i.role, i.locale, i.invited_by, i.created_at, i.sent_at, i.expires_at";

fn read(row: &Row) -> Result<InvitationRecord> {
    let role = Role::parse(&row.text("role")?);
    Ok(InvitationRecord {
        tenant: row.id("tenant_id")?,
        id: row.id("id")?,
        email: row.text("email")?,
        role: role.ok_or_else(|| crate::StoreError::Broken("an unknown role".into()))?,
        locale: row.text("locale")?,
        invited_by: row.opt_id("invited_by")?,
        created_at: row.at("created_at")?,
        sent_at: row.at("sent_at")?,
        expires_at: row.at("expires_at")?,
    })
}

/// Keeps an invitation with the hash of its token. Idempotent by (tenant, address): a second one takes the place of the
/// first and keeps its id.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn put(
    tx: &mut Tx,
    scope: &TenantScope,
    invitation: &InvitationRecord,
    hash: [u8; 32],
) -> Result<()> {
    let sql = "INSERT INTO invitations (tenant_id, id, email, role, locale, token_hash, invited_by, created_at, sent_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               ON CONFLICT (tenant_id, email) DO UPDATE SET role = excluded.role, locale = excluded.locale,
               token_hash = excluded.token_hash, invited_by = excluded.invited_by, sent_at = excluded.sent_at,
               expires_at = excluded.expires_at";
    let values: [Val; 10] = [
        scope.tenant().into(),
        invitation.id.into(),
        invitation.email.clone().into(),
        invitation.role.as_str().into(),
        invitation.locale.clone().into(),
        hash.into(),
        invitation.invited_by.into(),
        invitation.created_at.into(),
        invitation.sent_at.into(),
        invitation.expires_at.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// A tenant's invitations, newest first; those that ended too.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx, scope: &TenantScope) -> Result<Vec<InvitationRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM invitations i WHERE i.tenant_id = $1 ORDER BY i.created_at DESC, i.id DESC LIMIT 200"
    );
    tx.rows(&sql, None, &[scope.tenant().into()]).await?.iter().map(read).collect()
}

/// Finds a tenant's invitation by its id.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, scope: &TenantScope, id: InvitationId) -> Result<Option<InvitationRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM invitations i WHERE i.tenant_id = $1 AND i.id = $2");
    tx.row(&sql, &[scope.tenant().into(), id.into()]).await?.as_ref().map(read).transpose()
}

/// Finds a tenant's invitation by the address.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_by_email(
    tx: &mut Tx,
    scope: &TenantScope,
    email: &str,
) -> Result<Option<InvitationRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM invitations i WHERE i.tenant_id = $1 AND i.email = $2");
    tx.row(&sql, &[scope.tenant().into(), email.into()]).await?.as_ref().map(read).transpose()
}

/// Finds an invitation by the hash of its token; `None` when it is over, or its tenant is deleted.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_by_token(tx: &mut Tx, hash: [u8; 32], now: UnixMs) -> Result<Option<InvitationRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM invitations i JOIN tenants t ON t.id = i.tenant_id
         WHERE i.token_hash = $1 AND i.expires_at > $2 AND t.deleted_at IS NULL"
    );
    tx.row(&sql, &[hash.into(), now.into()]).await?.as_ref().map(read).transpose()
}

/// Uses an invitation up by the hash of its token; of two who do at once, one is told true.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn take(tx: &mut Tx, hash: [u8; 32], now: UnixMs) -> Result<bool> {
    let sql = "DELETE FROM invitations WHERE token_hash = $1 AND expires_at > $2";
    Ok(tx.exec(sql, None, &[hash.into(), now.into()]).await? > 0)
}

/// Withdraws an invitation; false when the tenant has no such one.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn delete(tx: &mut Tx, scope: &TenantScope, id: InvitationId) -> Result<bool> {
    let sql = "DELETE FROM invitations WHERE tenant_id = $1 AND id = $2";
    Ok(tx.exec(sql, None, &[scope.tenant().into(), id.into()]).await? > 0)
}
