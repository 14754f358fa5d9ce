//! From a request to its tenant. A connection's key opens the lock; the tenant comes from the directory.

use crate::{Error, House, Kind, Refusal, Result};
use moka::sync::Cache;
use std::sync::Arc;
use std::time::Duration;
use vestibule_access::{LockedDoor, OpenDoor, PlatformScope};
use vestibule_model::{ConnectionId, TenantId, UnixMs};
use vestibule_ports::{Address, CallWebhooks, Resource};
use vestibule_store::Tx;
use vestibule_store::directory::connections::{self, ConnectionRecord};
use vestibule_store::directory::refusals::{self, RefusalRecord};
use vestibule_vault::Credentials;

/// A connection that a request claims to be for, with its lock.
pub struct Found {
    /// The connection.
    pub connection: ConnectionRecord,
    /// The tenant to which the named resource is bound, when it was found by a resource.
    pub bound: Option<TenantId>,
    /// Its lock.
    pub door: LockedDoor,
}

/// Requirement 2.18, word for word.
const NO_CLIENT: Refusal = Refusal::new(
    Kind::BadRequest,
    super::NO_CLIENT_CODE,
    "No client found for this agent",
    "No client found for this agent",
);

/// Opened locks of hooks, kept for two seconds: a connection that is changed here is forgotten at once, one
/// that another node changes is within that time.
pub struct Locks(Cache<String, Arc<Opened>>);

struct Opened {
    connection: ConnectionRecord,
    keys: Vec<Credentials>,
}

impl Default for Locks {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(20_000).time_to_live(Duration::from_secs(2)).build())
    }
}

impl Locks {
    /// Forgets everything: a connection or its tenant has just changed.
    pub(crate) fn forget(&self) {
        self.0.invalidate_all();
    }
}

impl Opened {
    fn found(&self, bound: Option<TenantId>) -> Found {
        let door = LockedDoor::new(self.connection.id, self.keys.clone());
        Found { connection: self.connection.clone(), bound, door }
    }
}

async fn open_lock(house: &House, tx: &mut Tx, connection: ConnectionRecord) -> Result<Opened> {
    let keys = super::edit::sets(house, tx, &connection).await?;
    Ok(Opened { connection, keys })
}

/// The connection that a hook's token names.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn find_by_token(house: &House, provider: &str, token: &str) -> Result<Found> {
    if let Some(opened) = house.locks.0.get(token).filter(|o| o.connection.provider == provider) {
        return Ok(opened.found(None));
    }
    let mut tx = house.db.read().await?;
    let found = connections::by_token(&mut tx, provider, token).await?.ok_or_else(Refusal::not_found)?;
    let opened = Arc::new(open_lock(house, &mut tx, found).await?);
    house.locks.0.insert(token.to_owned(), opened.clone());
    Ok(opened.found(None))
}

/// A connection by its id.
///
/// # Errors
/// `not_found` when it is over, or the database's.
pub async fn find_by_id(house: &House, id: ConnectionId) -> Result<Found> {
    let mut tx = house.db.read().await?;
    let found = connections::by_id(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    Ok(open_lock(house, &mut tx, found).await?.found(None))
}

/// The connection under which one of the named resources is, or was when the call began, bound.
///
/// # Errors
/// `no_client_for_agent` when none is, or the database's.
pub async fn find_by_resource(
    house: &House,
    provider: &dyn CallWebhooks,
    address: &Address,
    now: UnixMs,
) -> Result<Found> {
    let mut tx = house.db.read().await?;
    let instants = moments(address, now);
    for Resource { kind, id } in &address.resources {
        for at in &instants {
            let bound =
                connections::by_resource(&mut tx, provider.resources_of(), kind.as_str(), id, *at).await?;
            let Some((mut found, tenant)) = bound else { continue };
            if found.provider != provider.name() {
                // Bound under the tenant's other way in: this one has a lock of its own.
                let own = connections::of_tenant(&mut tx, tenant, provider.name()).await?.into_iter().next();
                let Some(own) = own else { continue };
                found = own;
            }
            return Ok(open_lock(house, &mut tx, found).await?.found(Some(tenant)));
        }
    }
    Err(NO_CLIENT.into())
}

/// When the call began (an agent that moved does not carry old calls with it), else now: the first events of a
/// call may come before the agent was bound.
fn moments(address: &Address, now: UnixMs) -> Vec<UnixMs> {
    let began = address.call_started_at.or(address.occurred_at).filter(|at| *at < now);
    began.into_iter().chain(Some(now)).collect()
}

/// Which tenant an opened door leads to: the connection's only one; else whoever has this call already; else
/// the tenant to which the signed resource was bound under this very connection when the call began.
///
/// # Errors
/// `no_client_for_agent`, or the database's.
pub async fn decide(
    house: &House,
    open: &OpenDoor,
    connection: &ConnectionRecord,
    address: &Address,
    now: UnixMs,
) -> Result<TenantId> {
    if open.connection() != connection.id {
        return Err(Error::fault("a door of another connection"));
    }
    tenant_of(house, connection, address, now).await
}

/// The tenant that a connection's call is for: see [`decide`]. What names the call must have come through the connection.
pub(crate) async fn tenant_of(
    house: &House,
    connection: &ConnectionRecord,
    address: &Address,
    now: UnixMs,
) -> Result<TenantId> {
    if let Some(tenant) = connection.tenant {
        return Ok(tenant);
    }
    let mut tx = house.db.read().await?;
    if let Some(call) = &address.external_call_id
        && let Some(tenant) = connections::route(&mut tx, &connection.provider, connection.id, call).await?
    {
        return Ok(tenant);
    }
    for Resource { kind, id } in &address.resources {
        for at in moments(address, now) {
            let bound = connections::bound_tenant(&mut tx, connection.id, kind.as_str(), id, at).await?;
            if let Some(tenant) = bound {
                drop(tx);
                if let Some(call) = &address.external_call_id {
                    let mut tx = house.db.write().await?;
                    connections::keep_route(&mut tx, &connection.provider, connection.id, call, tenant, now)
                        .await?;
                    tx.commit().await?;
                }
                return Ok(tenant);
            }
        }
    }
    Err(NO_CLIENT.into())
}

/// Counts a refused request; nothing else of it is kept. Idempotent it is not: it counts.
///
/// # Errors
/// The database's.
pub async fn refuse(house: &House, counts: Vec<(String, &'static str, i64)>) -> Result<()> {
    let minute = UnixMs(house.world.now().0 / 60_000 * 60_000);
    let mut tx = house.db.write().await?;
    for (door, reason, count) in counts {
        refusals::add(&mut tx, &RefusalRecord { door, reason: reason.to_owned(), minute, count }).await?;
    }
    Ok(tx.commit().await?)
}

/// The newest counts of refused requests before an instant, for an operator.
///
/// # Errors
/// The database's.
pub async fn refusals(
    house: &House,
    _scope: &PlatformScope,
    before: UnixMs,
    limit: i64,
) -> Result<Vec<RefusalRecord>> {
    let mut tx = house.db.read().await?;
    Ok(refusals::list(&mut tx, before, limit).await?)
}
