//! Accepting: the event's key, its raw body and the job that processes it, in one commit. Idempotent by
//! (event key, body): the same body again changes nothing; another body under the same key is a revision.

use crate::inbox::{QUEUE, pack};
use crate::{House, Result};
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vestibule_access::TenantScope;
use vestibule_model::{ConnectionId, InboxId, UnixMs};
use vestibule_ports::{Address, CallWebhooks, Disposition, EventKey};
use vestibule_store::{BatchWork, Db, Lane, StoreError, TenantTx, Tx, queue, tsql, vals};
use vestibule_vault::Place;

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is kept.
    New(InboxId),
    /// It was here before, byte for byte.
    Duplicate,
}

/// One arrival, ready to be kept.
pub struct Arrival {
    id: InboxId,
    connection: ConnectionId,
    provider: &'static str,
    event_name: String,
    event_key: String,
    version: i64,
    key_hash: [u8; 32],
    body_hash: [u8; 32],
    external_call_id: Option<String>,
    disposition: Disposition,
    sealed: Vec<u8>,
    size_bytes: i64,
    received_at: UnixMs,
    /// By the clock of leases, or a node whose clock is ahead would let its events wait.
    due_at: UnixMs,
}

/// The accepting lane.
pub type AcceptLane = Lane<Accepting>;

/// The lane's work.
pub struct Accepting;

/// Opens the accepting lane: 2,048 waiting at most, and no more than a predicted 200 ms of waiting.
#[must_use]
pub fn open_lane(db: Db) -> AcceptLane {
    Lane::open(db, Accepting, 2048, 200)
}

/// Keeps a verified event; returns after the commit.
///
/// # Errors
/// [`crate::Error`]: busy or gone, in which case nothing may be acknowledged.
pub async fn accept(
    house: &House,
    scope: TenantScope,
    connection: ConnectionId,
    provider: &dyn CallWebhooks,
    address: &Address,
    body: &[u8],
    received_at: UnixMs,
) -> Result<Accepted> {
    let identity = provider.identify(address);
    let body = provider.kept(body);
    let body = body.as_ref();
    let provider = provider.name();
    let id: InboxId = house.world.new_id();
    let body_hash: [u8; 32] = Sha256::digest(body).into();
    let (event_key, version) = match identity.key {
        EventKey::Once(key) => (key, 0),
        EventKey::Latest(key, version) => (key, version),
        EventKey::Each => (format!("{provider}:{}:{}", identity.event_name, hex::encode(body_hash)), 0),
    };
    let key = match house.seals.at_hand(scope.tenant()) {
        Some(key) => key,
        None => {
            let mut tx = house.db.write_in(&scope).await?;
            let key = house.seals.key(&mut tx, scope.tenant()).await?;
            tx.commit().await?;
            key
        }
    };
    let packed = pack::pack(body)?;
    let place = Place { table: "inbox_bodies", row: id.0, column: "sealed" };
    let arrival = Arrival {
        id,
        connection,
        provider,
        event_name: identity.event_name,
        key_hash: Sha256::digest(event_key.as_bytes()).into(),
        // Revisions of one event are told apart by their bodies, not by the order in which they came.
        event_key: format!("{event_key}#{}", hex::encode(&body_hash[..6])),
        version,
        body_hash,
        external_call_id: address.external_call_id.clone(),
        disposition: identity.disposition,
        sealed: key.seal(place, &packed, &*house.world.entropy),
        size_bytes: i64::try_from(body.len()).unwrap_or(i64::MAX),
        received_at,
        due_at: house.db.lease_now(),
    };
    Ok(house.accepting.submit(scope, arrival).await?)
}

impl BatchWork for Accepting {
    type Item = Arrival;
    type Reply = Accepted;
    const GOES_FIRST: bool = true;

    fn run<'a>(
        &'a self,
        tx: &'a mut Tx,
        items: &'a [(TenantScope, Arrival)],
    ) -> BoxFuture<'a, std::result::Result<Vec<Accepted>, StoreError>> {
        Box::pin(async move {
            let mut replies = Vec::with_capacity(items.len());
            for (scope, arrival) in items {
                let mut tenant = tx.tenant(scope).await?;
                replies.push(keep(&mut tenant, arrival).await?);
            }
            Ok(replies)
        })
    }
}

async fn keep(tx: &mut TenantTx<'_>, a: &Arrival) -> std::result::Result<Accepted, StoreError> {
    let (state, reason) = match a.disposition {
        Disposition::Fold => ("pending", None),
        Disposition::Ignore(reason) => ("ignored", Some(reason)),
        Disposition::Unprocessable(reason) => ("unprocessable", Some(reason)),
    };
    let folds = a.disposition == Disposition::Fold;
    if tx.prefers_one_statement() {
        return keep_at_once(tx, a, state, reason, folds).await;
    }
    let sql = tsql!(
        "INSERT INTO inbox_keys (tenant_id, key_hash, body_hash, inbox_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, key_hash, body_hash) DO NOTHING"
    );
    if tx.exec(sql, vals![a.key_hash, a.body_hash, a.id]).await? == 0 {
        return Ok(Accepted::Duplicate);
    }
    let sql = tsql!(
        "INSERT INTO inbox (tenant_id, id, connection_id, provider, event_name, event_key, version, revision,
           external_call_id, state, reason, attempts, size_bytes, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7,
           (SELECT count(*) - 1 FROM inbox_keys k WHERE k.tenant_id = $1 AND k.key_hash = $8),
           $9, $10, $11, 0, $12, $13)"
    );
    let values = vals![
        a.id,
        a.connection,
        a.provider,
        a.event_name.as_str(),
        a.event_key.as_str(),
        a.version,
        a.key_hash,
        a.external_call_id.clone(),
        state,
        reason,
        a.size_bytes,
        a.received_at
    ];
    tx.exec(sql, values).await?;
    let sql = tsql!("INSERT INTO inbox_bodies (tenant_id, id, sealed) VALUES ($1, $2, $3)");
    tx.exec(sql, vals![a.id, a.sealed.as_slice()]).await?;
    if folds {
        queue::owe(tx, QUEUE, Uuid::nil(), a.id.0, a.due_at, a.due_at).await?;
    } else {
        tx.changed("inbox", Some(a.id.0));
    }
    Ok(Accepted::New(a.id))
}

/// The same four rows in one statement.
async fn keep_at_once(
    tx: &mut TenantTx<'_>,
    a: &Arrival,
    state: &'static str,
    reason: Option<&'static str>,
    folds: bool,
) -> std::result::Result<Accepted, StoreError> {
    let sql = tsql!(
        pg: "WITH k AS (
               INSERT INTO inbox_keys (tenant_id, key_hash, body_hash, inbox_id) VALUES ($1, $3, $4, $2)
               ON CONFLICT (tenant_id, key_hash, body_hash) DO NOTHING RETURNING inbox_id),
             i AS (
               INSERT INTO inbox (tenant_id, id, connection_id, provider, event_name, event_key, version, revision,
                 external_call_id, state, reason, attempts, size_bytes, received_at)
               SELECT $1, $2, $5, $6, $7, $8, $9,
                 (SELECT count(*) FROM inbox_keys p WHERE p.tenant_id = $1 AND p.key_hash = $3),
                 $10, $11, $12, 0, $13, $14 FROM k),
             b AS (
               INSERT INTO inbox_bodies (tenant_id, id, sealed) SELECT $1, $2, $15 FROM k),
             j AS (
               INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, created_at)
               SELECT $1, $16, $2, $17, $19, 0, 0, 0, FALSE, $19 FROM k WHERE $18)
             SELECT inbox_id AS kept FROM k"
    );
    let values = vals![
        a.id,
        a.key_hash,
        a.body_hash,
        a.connection,
        a.provider,
        a.event_name.as_str(),
        a.event_key.as_str(),
        a.version,
        a.external_call_id.clone(),
        state,
        reason,
        a.size_bytes,
        a.received_at,
        a.sealed.as_slice(),
        QUEUE,
        Uuid::nil(),
        folds,
        a.due_at
    ];
    if tx.row(sql, values).await?.is_none() {
        return Ok(Accepted::Duplicate);
    }
    if folds {
        let tenant = tx.tenant();
        let key = queue::GroupKey { tenant, queue: QUEUE.into(), group: Uuid::nil() };
        tx.hint(vestibule_store::Hint::Due(key));
    } else {
        tx.changed("inbox", Some(a.id.0));
    }
    Ok(Accepted::New(a.id))
}
