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
    /// Who made it, as the audit log names them; unknown of old keys.
    pub created_by: Option<String>,
    /// How many requests a minute it may make, where that was said.
    pub rate_per_minute: Option<i64>,
    /// When it was last shown, to a minute.
    pub last_used_at: Option<UnixMs>,
    /// The key that took its place.
    pub replaced_by: Option<KeyId>,
}

impl KeyRecord {
    /// `good`, `replaced` (good until it ends), `expired` or `revoked`.
    #[must_use]
    pub fn status(&self, now: UnixMs) -> &'static str {
        if self.revoked_at.is_some() {
            "revoked"
        } else if self.expires_at.is_some_and(|end| end <= now) {
            "expired"
        } else if self.replaced_by.is_some() {
            "replaced"
        } else {
            "good"
        }
    }
}

const COLUMNS: &str =
    "k.tenant_id, k.id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.revoked_at,
  k.created_by, k.rate_per_minute, k.last_used_at, k.replaced_by";

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
        created_by: row.opt_text("created_by")?,
        rate_per_minute: row.opt_int("rate_per_minute")?,
        last_used_at: row.opt_at("last_used_at")?,
        replaced_by: row.opt_id("replaced_by")?,
    })
}

/// Keeps a key's hash.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn insert(tx: &mut Tx, scope: &TenantScope, key: &KeyRecord, hash: [u8; 32]) -> Result<()> {
    let sql = "INSERT INTO api_keys (tenant_id, id, key_hash, name, prefix, scopes, created_at, expires_at, created_by, rate_per_minute)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values: [Val; 10] = [
        scope.tenant().into(),
        key.id.into(),
        hash.into(),
        key.name.clone().into(),
        key.prefix.clone().into(),
        Val::json(&key.scopes)?,
        key.created_at.into(),
        key.expires_at.into(),
        key.created_by.clone().into(),
        key.rate_per_minute.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Finds a key that is neither over nor revoked, of a tenant that is not deleted.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, hash: [u8; 32], now: UnixMs) -> Result<Option<KeyRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
         WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND t.deleted_at IS NULL
         AND (k.expires_at IS NULL OR k.expires_at > $2)"
    );
    tx.row(&sql, &[hash.into(), now.into()]).await?.as_ref().map(read).transpose()
}

/// A tenant's keys, newest first; revoked ones too.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx, scope: &TenantScope) -> Result<Vec<KeyRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM api_keys k WHERE k.tenant_id = $1 ORDER BY k.created_at DESC, k.id DESC LIMIT 200"
    );
    tx.rows(&sql, None, &[scope.tenant().into()]).await?.iter().map(read).collect()
}

/// A tenant's key by its id; one that is over or revoked too.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_in(tx: &mut Tx, scope: &TenantScope, id: KeyId) -> Result<Option<KeyRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM api_keys k WHERE k.tenant_id = $1 AND k.id = $2");
    tx.row(&sql, &[scope.tenant().into(), id.into()]).await?.as_ref().map(read).transpose()
}

/// How many keys of a tenant are good.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn count_good(tx: &mut Tx, scope: &TenantScope, now: UnixMs) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM api_keys
               WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    let row = tx.row(sql, &[scope.tenant().into(), now.into()]).await?;
    row.map_or(Ok(0), |row| row.int("n"))
}

/// Gives a key that is good a successor, and an end that is no later than its own. False when it is not good, or has a
/// successor already: of two at once only one succeeds.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn replace(
    tx: &mut Tx,
    scope: &TenantScope,
    id: KeyId,
    by: KeyId,
    ends_at: UnixMs,
    now: UnixMs,
) -> Result<bool> {
    let sql = "UPDATE api_keys SET replaced_by = $3,
                 expires_at = CASE WHEN expires_at < $4 THEN expires_at ELSE $4 END
               WHERE tenant_id = $1 AND id = $2 AND replaced_by IS NULL AND revoked_at IS NULL
               AND (expires_at IS NULL OR expires_at > $5)";
    let values: [Val; 5] = [scope.tenant().into(), id.into(), by.into(), ends_at.into(), now.into()];
    Ok(tx.exec(sql, None, &values).await? > 0)
}

/// Notes when a key was last shown. Idempotent: the latest stays.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn note_use(tx: &mut Tx, tenant: TenantId, id: KeyId, at: UnixMs) -> Result<()> {
    let sql = "UPDATE api_keys SET last_used_at = $3
               WHERE tenant_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $3)";
    tx.exec(sql, None, &[tenant.into(), id.into(), at.into()]).await.map(drop)
}

/// Revokes a key. Idempotent: the first time stays. False when the tenant has no such key.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn revoke(tx: &mut Tx, scope: &TenantScope, id: KeyId, now: UnixMs) -> Result<bool> {
    let sql = "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2";
    Ok(tx.exec(sql, None, &[scope.tenant().into(), id.into(), now.into()]).await? > 0)
}

/// Revokes the tenant's keys that somebody made, by the name that the audit log has for them; which were not revoked yet.
/// Idempotent: the first time stays.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn revoke_made_by(
    tx: &mut Tx,
    scope: &TenantScope,
    maker: &str,
    now: UnixMs,
) -> Result<Vec<KeyId>> {
    let sql = "UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND created_by = $2 AND revoked_at IS NULL RETURNING id";
    let rows = tx.rows(sql, None, &[scope.tenant().into(), maker.into(), now.into()]).await?;
    rows.iter().map(|row| row.id("id")).collect()
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
