//! What an archive carries of the directory, and what is deleted of it at a tenant's end.

use crate::queue::HELD;
use crate::shape::{owned_insert, owned_page};
use crate::{Cells, Fixed, Result, Row, Shape, Tx, Val, columns};
use uuid::Uuid;
use vestibule_model::{Role, TenantId, UnixMs, UserId};

/// Only what is under the tenant's own connections: those of others are not there on another server.
const OWN: &str = " AND connection_id IN (SELECT c.id FROM connections c WHERE c.owner_kind = 'tenant' AND c.owner_id = $1)";

/// As [`OWN`], without the rows that only say that a connection waits; see [`hold`].
const OWN_TRIED: &str = " AND tried_at > 0 AND connection_id IN (SELECT c.id FROM connections c WHERE c.owner_kind = 'tenant' AND c.owner_id = $1)";

/// The tenant itself. Its public number is given anew, its agency is another server's affair.
pub const TENANT: Shape = Shape {
    table: "tenants",
    owner: "id",
    and: "",
    order: &[],
    columns: columns![
        slug: Text, external_ref: Text, company_name: Text, owner_name: Text, owner_email: Text,
        owner_phone: Text, industry: Text, plan_tier: Text, subscription_status: Text,
        provisioning_status: Text, twilio_phone_number: Text, forward_to_number: Text, timezone:
        Text, locale: Text, skip_trial: Bool, settings: Json, created_at: Int, updated_at: Int
    ],
    fixed: &[],
    guard: None,
};

/// The tables of the directory that an archive carries, in the order in which they are written.
pub const TABLES: &[Shape] = &[
    Shape {
        table: "connections",
        owner: "owner_id",
        and: " AND owner_kind = 'tenant'",
        order: &["id"],
        columns: columns![
            id: Id, provider: Text, hook_token: Text, account_ref: Text, keys_sealed: Secret,
            key_last4: Text, created_at: Int, updated_at: Int, deleted_at: Int
        ],
        fixed: &[("owner_kind", Fixed::Text("tenant"))],
        guard: None,
    },
    Shape {
        table: "reconciliations",
        owner: "owner_id",
        and: OWN_TRIED,
        order: &["connection_id"],
        columns: columns![
            connection_id: Id, done_until: Int, tried_at: Int, succeeded_at: Int, fault: Text,
            faults_in_row: Int, listed_count: Int, filled_count: Int, last_filled_at: Int, due_at: Due
        ],
        fixed: &[],
        guard: None,
    },
    Shape {
        table: "bindings",
        owner: "tenant_id",
        and: OWN,
        order: &["id"],
        columns: columns![
            id: Id, provider: Text, connection_id: Id, kind: Text, resource_id: Text, from_at: Int,
            to_at: Int
        ],
        fixed: &[],
        guard: None,
    },
    Shape {
        table: "call_routes",
        owner: "tenant_id",
        and: OWN,
        order: &["connection_id", "provider", "external_call_id"],
        columns: columns![
            provider: Text, connection_id: Id, external_call_id: Text, created_at: Int
        ],
        fixed: &[],
        guard: None,
    },
    Shape::of_tenant(
        "api_keys",
        &["id"],
        columns![
            id: Id, key_hash: Bytes, name: Text, prefix: Text, scopes: Json, created_at: Int,
            expires_at: Int, revoked_at: Int, created_by: Text, rate_per_minute: Int, last_used_at: Int,
            replaced_by: Id
        ],
    ),
    Shape {
        table: "held_requests",
        owner: "owner_id",
        and: OWN,
        order: &["id"],
        columns: columns![
            id: Id, connection_id: Id, provider: Text, reason: Text, hint: Text, age_ms: Int,
            size_bytes: Int, received_at: Int, sealed: SealedBytes
        ],
        fixed: &[],
        guard: None,
    },
];

/// A page of an owner's rows of a table of the directory, after a row; empty at the end.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn page(
    tx: &mut Tx,
    owner: TenantId,
    shape: &Shape,
    after: Option<&Cells>,
    limit: i64,
) -> Result<Vec<Cells>> {
    if shape.order.is_empty() && after.is_some() {
        return Ok(Vec::new());
    }
    owned_page(tx, owner, shape, after, limit).await
}

/// Inserts a row of an owner's into a table of the directory. Not idempotent: a row that exists is a conflict.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when it exists, here or at another owner, or points at what does not.
pub async fn insert(tx: &mut Tx, owner: TenantId, shape: &Shape, cells: &[Val]) -> Result<()> {
    owned_insert(tx, owner, shape, cells).await
}

/// Inserts a tenant that nobody sees yet: it counts as deleted until [`show`]. It gets the next public number.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when its id, slug, number or reference is taken.
pub async fn insert_hidden(tx: &mut Tx, id: TenantId, cells: &[Val], now: UnixMs) -> Result<()> {
    if tx.engine() == crate::Engine::Postgres {
        // As `tenants::insert`: two at once would read the same highest number.
        tx.exec("SELECT pg_advisory_xact_lock(7366219)", None, &[]).await?;
    }
    let next = tx.row("SELECT coalesce(max(public_no), 0) + 1 AS next FROM tenants", &[]).await?;
    let public_no = next.map_or(Ok(1), |row| row.int("next"))?;
    let mut names = vec!["id"];
    names.extend(TENANT.columns.iter().map(|column| column.name));
    names.extend(["public_no", "deleted_at"]);
    let marks: Vec<String> = (1..=names.len()).map(|i| format!("${i}")).collect();
    let sql = format!("INSERT INTO tenants ({}) VALUES ({})", names.join(", "), marks.join(", "));
    let mut values = cells.to_vec();
    values.extend([public_no.into(), now.into()]);
    tx.exec(&sql, Some(&id.into()), &values).await.map(drop)
}

/// Has a tenant seen that was inserted hidden; false when this attempt is not the one that inserted it.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn show(tx: &mut Tx, id: TenantId, attempt: Uuid) -> Result<bool> {
    let sql = "UPDATE tenants SET deleted_at = NULL
               WHERE id = $1 AND EXISTS (SELECT 1 FROM imports i WHERE i.id = $1 AND i.attempt = $2)";
    let is_ours = tx.exec(sql, None, &[id.into(), attempt.into()]).await? > 0;
    tx.exec("DELETE FROM imports WHERE id = $1 AND attempt = $2", None, &[id.into(), attempt.into()]).await?;
    Ok(is_ours)
}

/// A member, as an archive knows them: by address.
#[derive(Debug, Clone)]
pub struct MemberRow {
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: Option<String>,
    /// `en` or `fr`.
    pub locale: String,
    /// What they are in the tenant.
    pub role: String,
    /// Since when.
    pub since: UnixMs,
    /// Their id on this server.
    pub user: UserId,
}

/// The members of a tenant in the order of their addresses; whoever was disabled is among them.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn members(tx: &mut Tx, tenant: TenantId) -> Result<Vec<MemberRow>> {
    let sql = "SELECT u.id, u.email, u.name, u.locale, m.role, m.created_at FROM memberships m
               JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1";
    let read = |row: &Row| {
        Ok(MemberRow {
            email: row.text("email")?,
            name: row.opt_text("name")?,
            locale: row.text("locale")?,
            role: row.text("role")?,
            since: row.at("created_at")?,
            user: row.id("id")?,
        })
    };
    let rows = tx.rows(sql, None, &[tenant.into()]).await?;
    let mut members = rows.iter().map(read).collect::<Result<Vec<MemberRow>>>()?;
    // Databases order texts differently.
    members.sort_by(|a, b| a.email.cmp(&b.email));
    Ok(members)
}

/// Makes a person a member since an instant. Idempotent by (tenant, person): the first stays.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn join_since(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    role: Role,
    since: UnixMs,
) -> Result<()> {
    let sql = "INSERT INTO memberships (tenant_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (tenant_id, user_id) DO NOTHING";
    tx.exec(sql, None, &[tenant.into(), user.into(), role.as_str().into(), since.into()]).await.map(drop)
}

/// How many bindings and routes of a tenant are under connections that are not its own.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn count_shared(tx: &mut Tx, tenant: TenantId) -> Result<i64> {
    let sql = "SELECT (SELECT count(*) FROM bindings b JOIN connections c ON c.id = b.connection_id
                 WHERE b.tenant_id = $1 AND c.owner_id <> $1)
               + (SELECT count(*) FROM call_routes r JOIN connections c ON c.id = r.connection_id
                 WHERE r.tenant_id = $1 AND c.owner_id <> $1) AS shared";
    let row = tx.row(sql, &[tenant.into()]).await?;
    row.map_or(Ok(0), |row| row.int("shared"))
}

/// Whether an archive of this tenant is being taken in, or was and did not get to its end.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn is_importing(tx: &mut Tx, id: TenantId) -> Result<bool> {
    Ok(tx.row("SELECT 1 AS one FROM imports WHERE id = $1", &[id.into()]).await?.is_some())
}

/// The tenants whose archives began to be taken in before an instant and are not yet.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list_imports(tx: &mut Tx, before: UnixMs) -> Result<Vec<TenantId>> {
    let sql = "SELECT id FROM imports WHERE began_at < $1 ORDER BY id LIMIT 100";
    tx.rows(sql, None, &[before.into()]).await?.iter().map(|row| row.id("id")).collect()
}

/// Notes that an archive is being taken in.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when it is already.
pub async fn begin_import(tx: &mut Tx, id: TenantId, attempt: Uuid, now: UnixMs) -> Result<()> {
    let sql = "INSERT INTO imports (id, attempt, began_at) VALUES ($1, $2, $3)";
    tx.exec(sql, None, &[id.into(), attempt.into(), now.into()]).await.map(drop)
}

/// Has a tenant's connections that were never compared wait for ever. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn hold(tx: &mut Tx, tenant: TenantId) -> Result<()> {
    let sql = "INSERT INTO reconciliations (connection_id, owner_id, done_until, due_at, tried_at, faults_in_row, listed_count, filled_count)
               SELECT c.id, c.owner_id, c.created_at, $2, 0, 0, 0, 0 FROM connections c
               WHERE c.owner_id = $1 AND c.deleted_at IS NULL
               ON CONFLICT (connection_id) DO NOTHING";
    tx.exec(sql, None, &[tenant.into(), HELD.into()]).await.map(drop)
}

/// Has connections compared again that wait for ever: those of a tenant that came with an archive. How many.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn release(tx: &mut Tx, tenant: TenantId, now: UnixMs) -> Result<u64> {
    let sql = "UPDATE reconciliations SET due_at = $2 WHERE owner_id = $1 AND due_at = $3";
    tx.exec(sql, None, &[tenant.into(), now.into(), HELD.into()]).await
}

/// Ends a tenant's connections and bindings: nothing comes in for it any more. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn shut(tx: &mut Tx, tenant: TenantId, now: UnixMs) -> Result<()> {
    let values: [Val; 2] = [tenant.into(), now.into()];
    for sql in [
        "UPDATE bindings SET to_at = $2 WHERE tenant_id = $1 AND to_at IS NULL",
        "UPDATE connections SET deleted_at = $2 WHERE owner_id = $1 AND deleted_at IS NULL",
        "UPDATE api_keys SET revoked_at = $2 WHERE tenant_id = $1 AND revoked_at IS NULL",
    ] {
        tx.exec(sql, None, &values).await?;
    }
    Ok(())
}

/// Has the numbers and agents that a tenant had rest until `rest_ms` after it let go of them. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn rest(tx: &mut Tx, tenant: TenantId, now: UnixMs, rest_ms: i64) -> Result<u64> {
    let sql = "INSERT INTO rests (provider, kind, resource_id, until_at)
               SELECT b.provider, b.kind, b.resource_id, max(coalesce(b.to_at, $2)) + $3 FROM bindings b
               WHERE b.tenant_id = $1 AND coalesce(b.to_at, $2) + $3 > $2 GROUP BY b.provider, b.kind, b.resource_id
               ON CONFLICT (provider, kind, resource_id) DO UPDATE SET until_at = excluded.until_at
               WHERE rests.until_at < excluded.until_at";
    tx.exec(sql, None, &[tenant.into(), now.into(), rest_ms.into()]).await
}

/// Lets go of rests that are over; how many. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn end_rests(tx: &mut Tx, now: UnixMs) -> Result<u64> {
    tx.exec("DELETE FROM rests WHERE until_at <= $1", None, &[now.into()]).await
}

/// Deletes all that the directory has of a tenant, its data key among it, and the people who were nowhere else; their ids.
/// Idempotent. The tenant's own tables must be empty.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn remove(tx: &mut Tx, tenant: TenantId) -> Result<Vec<UserId>> {
    // A person who is something on the platform or in an agency stays, and so does whoever is a member elsewhere.
    let lonely = "SELECT u.id FROM users u JOIN memberships m ON m.user_id = u.id AND m.tenant_id = $1
                  WHERE u.platform_role IS NULL AND u.agency_id IS NULL
                  AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.user_id = u.id AND o.tenant_id <> $1)";
    let rows = tx.rows(lonely, None, &[tenant.into()]).await?;
    let people: Vec<UserId> = rows.iter().map(|row| row.id("id")).collect::<Result<_>>()?;
    for sql in OF_TENANT {
        tx.exec(sql, None, &[tenant.into()]).await?;
    }
    for person in &people {
        for sql in OF_PERSON {
            tx.exec(sql, None, &[(*person).into()]).await?;
        }
    }
    Ok(people)
}

/// What names a tenant, what points at it first. A test compares this with the schema.
pub const OF_TENANT: &[&str] = &[
    "DELETE FROM held_requests WHERE owner_id = $1 OR connection_id IN (SELECT c.id FROM connections c WHERE c.owner_id = $1)",
    "DELETE FROM reconciliations WHERE owner_id = $1 OR connection_id IN (SELECT c.id FROM connections c WHERE c.owner_id = $1)",
    "DELETE FROM call_routes WHERE tenant_id = $1 OR connection_id IN (SELECT c.id FROM connections c WHERE c.owner_id = $1)",
    "DELETE FROM bindings WHERE tenant_id = $1",
    "DELETE FROM api_keys WHERE tenant_id = $1",
    "DELETE FROM viewings WHERE tenant_id = $1",
    "DELETE FROM invitations WHERE tenant_id = $1",
    "DELETE FROM memberships WHERE tenant_id = $1",
    "DELETE FROM connections WHERE owner_id = $1",
    "DELETE FROM data_keys WHERE owner_id = $1",
    "DELETE FROM imports WHERE id = $1",
    "DELETE FROM tenants WHERE id = $1",
];

/// What names a person, what points at them first. A test compares this with the schema.
pub const OF_PERSON: &[&str] = &[
    "UPDATE invitations SET invited_by = NULL WHERE invited_by = $1",
    "DELETE FROM recovery_codes WHERE user_id = $1",
    "DELETE FROM second_factors WHERE user_id = $1",
    "DELETE FROM sign_in_challenges WHERE user_id = $1",
    "DELETE FROM refresh_tokens WHERE session_id IN (SELECT s.id FROM sessions s WHERE s.user_id = $1)",
    "DELETE FROM links WHERE user_id = $1",
    "DELETE FROM viewings WHERE user_id = $1",
    "DELETE FROM sessions WHERE user_id = $1",
    "DELETE FROM users WHERE id = $1",
];
