//! Connections (credentials at a provider), bindings (whose agent is it) and call routes (whose call is it).

use crate::{Result, Row, Tx, Val};
use uuid::Uuid;
use vestibule_model::{AgencyId, BindingId, ConnectionId, TenantId, UnixMs};

/// A row of `connections`.
#[derive(Clone)]
pub struct ConnectionRecord {
    /// Its id.
    pub id: ConnectionId,
    /// The tenant that owns it; `None` when the platform or an agency does, and several tenants use it.
    pub tenant: Option<TenantId>,
    /// Whose data key sealed the keys: the tenant's, the platform's, or under its id an agency's.
    pub owner: TenantId,
    /// The provider's name.
    pub provider: String,
    /// The unguessable end of its hook's address.
    pub hook_token: String,
    /// The sealed keys: a JSON list of texts, the current one first.
    pub keys_sealed: Vec<u8>,
    /// The last four characters of the current key.
    pub key_last4: String,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it last changed.
    pub updated_at: UnixMs,
}

impl std::fmt::Debug for ConnectionRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ConnectionRecord({} {})", self.provider, self.id)
    }
}

const COLUMNS: &str = "c.id, c.owner_kind, c.owner_id, c.provider, c.hook_token, c.keys_sealed, c.key_last4, c.created_at, c.updated_at";

/// An agency's connection serves the tenants that the agency holds now, and no other: whoever was handed over is out of its
/// reach, with calls that had begun as well.
const SERVES: &str = "(c.owner_kind <> 'agency' OR c.owner_id = t.agency_id)";

fn read(row: &Row) -> Result<ConnectionRecord> {
    let owner: TenantId = row.id("owner_id")?;
    let tenant = (row.text("owner_kind")? == "tenant").then_some(owner);
    Ok(ConnectionRecord {
        id: row.id("id")?,
        tenant,
        owner,
        provider: row.text("provider")?,
        hook_token: row.text("hook_token")?,
        keys_sealed: row.bytes("keys_sealed")?,
        key_last4: row.text("key_last4")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}

/// Keeps a connection. Idempotent by id: a second time replaces its keys.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn put(tx: &mut Tx, connection: &ConnectionRecord, now: UnixMs) -> Result<()> {
    let sql = "INSERT INTO connections (id, owner_kind, owner_id, provider, hook_token, keys_sealed, key_last4, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
               ON CONFLICT (id) DO UPDATE SET keys_sealed = excluded.keys_sealed, key_last4 = excluded.key_last4,
               updated_at = excluded.updated_at";
    let c = connection.clone();
    let kind = match c.tenant {
        Some(_) => "tenant",
        None if c.owner == TenantId::PLATFORM => "platform",
        None => "agency",
    };
    let values: [Val; 8] = [
        c.id.into(),
        kind.into(),
        c.owner.into(),
        c.provider.into(),
        c.hook_token.into(),
        c.keys_sealed.into(),
        c.key_last4.into(),
        now.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Finds the connection that a hook's address names.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn by_token(tx: &mut Tx, provider: &str, token: &str) -> Result<Option<ConnectionRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM connections c LEFT JOIN tenants t ON t.id = c.owner_id
         WHERE c.hook_token = $1 AND c.provider = $2 AND c.deleted_at IS NULL AND t.deleted_at IS NULL"
    );
    tx.row(&sql, &[token.into(), provider.into()]).await?.as_ref().map(read).transpose()
}

/// Finds a connection by its id; one that is over, or whose owner is deleted, is not found.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn by_id(tx: &mut Tx, id: ConnectionId) -> Result<Option<ConnectionRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM connections c LEFT JOIN tenants t ON t.id = c.owner_id
         WHERE c.id = $1 AND c.deleted_at IS NULL AND t.deleted_at IS NULL"
    );
    tx.row(&sql, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// Finds the connection and tenant to which a resource was bound at an instant.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn by_resource(
    tx: &mut Tx,
    provider: &str,
    kind: &str,
    resource: &str,
    at: UnixMs,
) -> Result<Option<(ConnectionRecord, TenantId)>> {
    let sql = format!(
        "SELECT {COLUMNS}, b.tenant_id FROM bindings b JOIN connections c ON c.id = b.connection_id
         JOIN tenants t ON t.id = b.tenant_id
         WHERE b.provider = $1 AND b.kind = $2 AND b.resource_id = $3 AND b.from_at <= $4
         AND (b.to_at IS NULL OR b.to_at > $4) AND c.deleted_at IS NULL AND t.deleted_at IS NULL AND {SERVES}
         ORDER BY b.from_at DESC LIMIT 1"
    );
    let row = tx.row(&sql, &[provider.into(), kind.into(), resource.into(), at.into()]).await?;
    row.map(|row| Ok((read(&row)?, row.id("tenant_id")?))).transpose()
}

/// The tenant to which a resource was bound under one connection at an instant.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn bound_tenant(
    tx: &mut Tx,
    connection: ConnectionId,
    kind: &str,
    resource: &str,
    at: UnixMs,
) -> Result<Option<TenantId>> {
    let sql = format!(
        "SELECT b.tenant_id FROM bindings b JOIN connections c ON c.id = b.connection_id JOIN tenants t ON t.id = b.tenant_id
         WHERE c.id = $1 AND t.deleted_at IS NULL AND b.provider = c.provider AND b.kind = $2 AND b.resource_id = $3 AND b.from_at <= $4
         AND (b.to_at IS NULL OR b.to_at > $4) AND {SERVES} ORDER BY b.from_at DESC LIMIT 1"
    );
    let row = tx.row(&sql, &[connection.into(), kind.into(), resource.into(), at.into()]).await?;
    row.map(|r| r.id("tenant_id")).transpose()
}

/// A tenant's own connections to a provider, oldest first.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn of_tenant(tx: &mut Tx, tenant: TenantId, provider: &str) -> Result<Vec<ConnectionRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM connections c WHERE c.owner_id = $1 AND c.provider = $2 AND c.deleted_at IS NULL
         ORDER BY c.created_at, c.id"
    );
    tx.rows(&sql, None, &[tenant.into(), provider.into()]).await?.iter().map(read).collect()
}

/// Ends a connection and its bindings. Idempotent: what is over stays over.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn end(tx: &mut Tx, id: ConnectionId, now: UnixMs) -> Result<()> {
    let values: [Val; 2] = [id.into(), now.into()];
    tx.exec("UPDATE bindings SET to_at = $2 WHERE connection_id = $1 AND to_at IS NULL", None, &values)
        .await?;
    tx.exec("UPDATE connections SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL", None, &values)
        .await?;
    Ok(())
}

/// Ends a tenant's bindings under an agency's connections; how many. Idempotent: what is over stays over.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn unbind_from_agency(tx: &mut Tx, tenant: TenantId, agency: AgencyId, now: UnixMs) -> Result<u64> {
    let sql = "UPDATE bindings SET to_at = $3 WHERE tenant_id = $1 AND to_at IS NULL AND connection_id IN (
               SELECT id FROM connections WHERE owner_kind = 'agency' AND owner_id = $2)";
    tx.exec(sql, None, &[tenant.into(), agency.into(), now.into()]).await
}

/// A binding to make.
#[derive(Debug, Clone)]
pub struct NewBinding<'a> {
    /// Its id.
    pub id: BindingId,
    /// Whose resource it becomes.
    pub tenant: TenantId,
    /// The provider's name.
    pub provider: &'a str,
    /// Under which connection.
    pub connection: ConnectionId,
    /// What kind of resource.
    pub kind: &'a str,
    /// The provider's id of it.
    pub resource: &'a str,
}

/// Who has a resource now, or had it less than `rest_ms` ago; the nil id for a tenant that is gone.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn claimant(
    tx: &mut Tx,
    new: &NewBinding<'_>,
    now: UnixMs,
    rest_ms: i64,
) -> Result<Option<TenantId>> {
    let sql = "SELECT tenant_id FROM bindings WHERE provider = $1 AND kind = $2 AND resource_id = $3
               AND (to_at IS NULL OR to_at > $4) ORDER BY from_at DESC LIMIT 1";
    let since = now.plus_ms(-rest_ms);
    let row = tx.row(sql, &[new.provider.into(), new.kind.into(), new.resource.into(), since.into()]).await?;
    if let Some(row) = row {
        return row.id("tenant_id").map(Some);
    }
    // Whoever had it may be gone for good, and it rests all the same.
    let sql =
        "SELECT 1 AS one FROM rests WHERE provider = $1 AND kind = $2 AND resource_id = $3 AND until_at > $4";
    let row = tx.row(sql, &[new.provider.into(), new.kind.into(), new.resource.into(), now.into()]).await?;
    Ok(row.map(|_| TenantId::PLATFORM))
}

/// Binds a resource to a tenant from an instant on; the same binding again changes nothing.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when somebody has it.
pub async fn bind(tx: &mut Tx, new: &NewBinding<'_>, from: UnixMs) -> Result<()> {
    let have = "SELECT 1 AS one FROM bindings WHERE provider = $1 AND kind = $2 AND resource_id = $3 AND tenant_id = $4
                AND connection_id = $5 AND to_at IS NULL";
    let values: [Val; 5] =
        [new.provider.into(), new.kind.into(), new.resource.into(), new.tenant.into(), new.connection.into()];
    if tx.row(have, &values).await?.is_some() {
        return Ok(());
    }
    let sql = "INSERT INTO bindings (id, tenant_id, provider, connection_id, kind, resource_id, from_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: [Val; 7] = [
        new.id.into(),
        new.tenant.into(),
        new.provider.into(),
        new.connection.into(),
        new.kind.into(),
        new.resource.into(),
        from.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Makes room for a binding: the live ones of its kind under its connection end, all but itself, and so do those of
/// its resource under the tenant's other connections.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn unbind_others(tx: &mut Tx, new: &NewBinding<'_>, now: UnixMs) -> Result<()> {
    let sql = "UPDATE bindings SET to_at = $6 WHERE kind = $3 AND to_at IS NULL AND tenant_id = $5
               AND ((connection_id = $1 AND resource_id <> $4) OR (provider = $2 AND resource_id = $4 AND connection_id <> $1))";
    let values: [Val; 6] = [
        new.connection.into(),
        new.provider.into(),
        new.kind.into(),
        new.resource.into(),
        new.tenant.into(),
        now.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// The resources of a kind that are bound under a connection now.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn resources(tx: &mut Tx, connection: ConnectionId, kind: &str) -> Result<Vec<String>> {
    let sql = "SELECT resource_id FROM bindings WHERE connection_id = $1 AND kind = $2 AND to_at IS NULL ORDER BY from_at, id";
    tx.rows(sql, None, &[connection.into(), kind.into()])
        .await?
        .iter()
        .map(|r| r.text("resource_id"))
        .collect()
}

/// A tenant's resources of a kind at a provider, under whichever connection, the longest bound first.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn bound_to(tx: &mut Tx, tenant: TenantId, provider: &str, kind: &str) -> Result<Vec<String>> {
    let sql = "SELECT resource_id FROM bindings WHERE tenant_id = $1 AND provider = $2 AND kind = $3 AND to_at IS NULL
               ORDER BY from_at, id LIMIT 100";
    let rows = tx.rows(sql, None, &[tenant.into(), provider.into(), kind.into()]).await?;
    rows.iter().map(|r| r.text("resource_id")).collect()
}

/// Whose a call of a shared connection is.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn route(
    tx: &mut Tx,
    provider: &str,
    connection: ConnectionId,
    call: &str,
) -> Result<Option<TenantId>> {
    let sql = format!(
        "SELECT r.tenant_id FROM call_routes r JOIN connections c ON c.id = r.connection_id JOIN tenants t ON t.id = r.tenant_id
         WHERE r.provider = $1 AND r.connection_id = $2 AND r.external_call_id = $3 AND {SERVES}"
    );
    let row = tx.row(&sql, &[provider.into(), connection.into(), call.into()]).await?;
    row.map(|r| r.id("tenant_id")).transpose()
}

/// Remembers whose a call is. Idempotent: the first stays.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn keep_route(
    tx: &mut Tx,
    provider: &str,
    connection: ConnectionId,
    call: &str,
    tenant: TenantId,
    now: UnixMs,
) -> Result<()> {
    let sql = "INSERT INTO call_routes (provider, connection_id, external_call_id, tenant_id, created_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (provider, connection_id, external_call_id) DO NOTHING";
    let id: Uuid = connection.0;
    tx.exec(sql, None, &[provider.into(), id.into(), call.into(), tenant.into(), now.into()]).await.map(drop)
}

/// Forgets to which tenant a call of its own belongs; how often that was known. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn forget_route(tx: &mut Tx, tenant: TenantId, external_call_id: &str) -> Result<u64> {
    let sql = "DELETE FROM call_routes WHERE tenant_id = $1 AND external_call_id = $2";
    tx.exec(sql, None, &[tenant.into(), external_call_id.into()]).await
}
