//! API keys: found by their hash.

use crate::{Result, Row, Tx, Val};
use vestibule_access::TenantScope;
use vestibule_model::{KeyId, TenantId, UnixMs};

/// A row of `api_keys`, without the key.
#[derive(Debug, Clone)]
pub struct KeyRecord {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// Its visible beginning.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it ends.
    pub expires_at: Option<UnixMs>,
    /// When it was revoked.
    pub revoked_at: Option<UnixMs>,
}

const COLUMNS: &str = "tenant_id, id, name, prefix, scopes, created_at, expires_at, revoked_at";

fn read(row: &Row) -> Result<KeyRecord> {
    Ok(KeyRecord {
        tenant: row.id("tenant_id")?,
        id: row.id("id")?,
        name: row.text("name")?,
        prefix: row.text("prefix")?,
        scopes: row.json("scopes")?,
        created_at: row.at("created_at")?,
        expires_at: row.opt_at("expires_at")?,
        revoked_at: row.opt_at("revoked_at")?,
    })
}

/// Keeps a key's hash.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn insert(tx: &mut Tx, scope: &TenantScope, key: &KeyRecord, hash: [u8; 32]) -> Result<()> {
    let sql = "INSERT INTO api_keys (tenant_id, id, key_hash, name, prefix, scopes, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: [Val; 8] = [
        scope.tenant().into(),
        key.id.into(),
        hash.into(),
        key.name.clone().into(),
        key.prefix.clone().into(),
        Val::json(&key.scopes)?,
        key.created_at.into(),
        key.expires_at.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Finds a key that is neither over nor revoked, of a tenant that is not deleted.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, hash: [u8; 32], now: UnixMs) -> Result<Option<KeyRecord>> {
    let sql = "SELECT k.tenant_id, k.id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.revoked_at
               FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
               WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND t.deleted_at IS NULL
               AND (k.expires_at IS NULL OR k.expires_at > $2)";
    tx.row(sql, &[hash.into(), now.into()]).await?.as_ref().map(read).transpose()
}

/// A tenant's keys, newest first; revoked ones too.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx, scope: &TenantScope) -> Result<Vec<KeyRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM api_keys WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200"
    );
    tx.rows(&sql, None, &[scope.tenant().into()]).await?.iter().map(read).collect()
}

/// Revokes a key. Idempotent: the first time stays. False when the tenant has no such key.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn revoke(tx: &mut Tx, scope: &TenantScope, id: KeyId, now: UnixMs) -> Result<bool> {
    let sql = "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2";
    Ok(tx.exec(sql, None, &[scope.tenant().into(), id.into(), now.into()]).await? > 0)
}

/// What a tenant's keys are called; revoked ones too.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn names(tx: &mut Tx, scope: &TenantScope, ids: &[KeyId]) -> Result<Vec<(KeyId, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (2..ids.len() + 2).map(|n| format!("${n}")).collect();
    let sql = format!("SELECT id, name FROM api_keys WHERE tenant_id = $1 AND id IN ({})", places.join(", "));
    let values: Vec<Val> = ids.iter().map(|id| (*id).into()).collect();
    let rows = tx.rows(&sql, Some(&scope.tenant().into()), &values).await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.text("name")?))).collect()
}
