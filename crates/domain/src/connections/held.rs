//! Requests held at the door: one that names a connection and does not verify, or whose agent is bound to nobody, is
//! kept sealed for three days, few for each connection. When the owner corrects the key or binds the agent it is tried
//! again as of its arrival: providers exchange keys every day, and send little twice.

use crate::{Error, House, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;
use vestibule_access::TenantScope;
use vestibule_model::{ConnectionId, UnixMs};
use vestibule_ports::Inbound;
use vestibule_store::directory::connections::ConnectionRecord;
use vestibule_store::directory::held::{self, HeldRecord};
use vestibule_vault::Place;

/// How long a request is held, in milliseconds.
pub const HOLD_MS: i64 = 72 * 3_600_000;
/// The most requests that are held for a connection.
const MOST: i64 = 200;
/// The most bytes of bodies that are held for a connection.
const MOST_BYTES: i64 = 16 * 1024 * 1024;
/// Headers that are nobody's business, or too long to be a signature.
const LEFT_OUT: &[&str] = &["cookie", "forwarded", "x-forwarded-for", "x-real-ip"];
const LONGEST_HEADER: usize = 4_096;

/// Connections for which no more is held at the moment: a flood does not reach the database.
pub struct Full(Cache<ConnectionId, ()>);

impl Default for Full {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build())
    }
}

/// A request as it came, to be tried again.
#[derive(Serialize, Deserialize)]
pub struct HeldRequest {
    /// The method, in capitals.
    pub method: String,
    /// The address as the provider was given it.
    pub url: String,
    /// Its headers, by lower-case name.
    pub headers: Vec<(String, String)>,
    /// The body, in base64.
    body: String,
}

impl HeldRequest {
    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body).unwrap_or_default()
    }

    /// A header by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
    }
}

/// Why a request is held.
#[derive(Debug, Clone, Copy)]
pub struct Reason {
    /// A stable code.
    pub code: &'static str,
    /// What was found out about it, as a stable code.
    pub hint: Option<&'static str>,
    /// How old its signature was, in milliseconds.
    pub age_ms: Option<i64>,
}

/// Holds a request. Best effort: it was refused, and the provider knows.
///
/// # Errors
/// The database's.
pub async fn hold(
    house: &House,
    connection: &ConnectionRecord,
    request: &Inbound<'_>,
    headers: Vec<(String, String)>,
    reason: Reason,
) -> Result<()> {
    if house.held_full.0.contains_key(&connection.id) {
        return Ok(());
    }
    let id: Uuid = house.world.new_id();
    let fits = |(name, value): &(String, String)| {
        !LEFT_OUT.contains(&name.as_str()) && value.len() <= LONGEST_HEADER
    };
    let whole = HeldRequest {
        method: request.method.to_owned(),
        url: request.url.to_owned(),
        headers: headers.into_iter().filter(fits).collect(),
        body: STANDARD.encode(request.body),
    };
    let mut tx = house.db.write().await?;
    let key = house.seals.key(&mut tx, connection.owner).await?;
    let place = Place { table: "held_requests", row: id, column: "sealed" };
    let plain = serde_json::to_vec(&whole).map_err(Error::fault)?;
    let record = HeldRecord {
        id,
        connection: connection.id,
        owner: connection.owner,
        provider: connection.provider.clone(),
        reason: reason.code.to_owned(),
        hint: reason.hint.map(str::to_owned),
        age_ms: reason.age_ms,
        size_bytes: i64::try_from(request.body.len()).unwrap_or(i64::MAX),
        received_at: request.now,
        sealed: key.seal(place, &plain, &*house.world.entropy),
    };
    let had_room = held::hold(&mut tx, &record, MOST, MOST_BYTES).await?;
    tx.commit().await?;
    if !had_room {
        house.held_full.0.insert(connection.id, ());
    }
    Ok(())
}

/// A page of what is held for a tenant's connections, newest first.
///
/// # Errors
/// The database's.
pub async fn held_of(
    house: &House,
    scope: &TenantScope,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<HeldRecord>> {
    let mut tx = house.db.read_in(scope).await?;
    Ok(held::of_owner(&mut tx, scope.tenant(), before, limit).await?)
}

/// What is held for a connection, opened, oldest first, after an id.
///
/// # Errors
/// The database's.
pub async fn held_requests(
    house: &House,
    connection: ConnectionId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(HeldRecord, HeldRequest)>> {
    let mut tx = house.db.read().await?;
    let mut opened = Vec::new();
    for record in held::of_connection(&mut tx, connection, after, limit).await? {
        let key = house.seals.key(&mut tx, record.owner).await?;
        let place = Place { table: "held_requests", row: record.id, column: "sealed" };
        let plain =
            key.open(place, &record.sealed).map_err(|_| Error::fault("a held request does not open"))?;
        opened.push((record, serde_json::from_slice(&plain).map_err(Error::fault)?));
    }
    Ok(opened)
}

/// The held requests of a tenant's own connections of which `is_in` says so.
///
/// # Errors
/// The database's.
pub(crate) async fn held_mentioning(
    house: &House,
    scope: &TenantScope,
    is_in: &(dyn Fn(&[u8]) -> bool + Sync),
) -> Result<Vec<Uuid>> {
    let (mut found, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let mut tx = house.db.read_in(scope).await?;
        let page = held::sealed_of_owner(&mut tx, scope.tenant(), after, 50).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.id;
        let key = house.seals.key(&mut tx, scope.tenant()).await?;
        for record in page {
            let place = Place { table: "held_requests", row: record.id, column: "sealed" };
            let Ok(plain) = key.open(place, &record.sealed) else { continue };
            let request: HeldRequest = serde_json::from_slice(&plain).map_err(Error::fault)?;
            if is_in(&request.body()) || is_in(request.url.as_bytes()) {
                found.push(record.id);
            }
        }
    }
}

/// The connections whose held requests named an agent or number that nobody had.
///
/// # Errors
/// The database's.
pub async fn waiting_for_a_binding(house: &House, provider: &str) -> Result<Vec<ConnectionId>> {
    let mut tx = house.db.read().await?;
    Ok(held::unbound(&mut tx, provider, super::NO_CLIENT_CODE).await?)
}

/// Lets go of a request that was let in. Idempotent.
///
/// # Errors
/// The database's.
pub async fn let_go(house: &House, id: Uuid, connection: ConnectionId) -> Result<()> {
    let mut tx = house.db.write().await?;
    held::drop_one(&mut tx, id).await?;
    tx.commit().await?;
    house.held_full.0.invalidate(&connection);
    Ok(())
}

/// Lets go of what was held long enough; how many. Idempotent.
///
/// # Errors
/// The database's.
pub async fn let_go_of_old(house: &House) -> Result<u64> {
    let before: UnixMs = house.world.now().plus_ms(-HOLD_MS);
    let mut tx = house.db.write().await?;
    let gone = held::drop_older(&mut tx, before).await?;
    tx.commit().await?;
    Ok(gone)
}
