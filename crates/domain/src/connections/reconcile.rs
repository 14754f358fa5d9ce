//! Reconciliation: a connection's calls as the provider lists them, compared with what arrived. What never came is
//! folded like any event, with the source `reconciled`. Idempotent by the fact's key: a pass over the same list changes
//! nothing. A provider that answers badly or not at all costs its own connection a pass, and nobody else anything.

use crate::connections::{edit, tenant_of};
use crate::{Error, House, Result, calls};
use std::sync::Arc;
use vestibule_access::{Actor, Mint};
use vestibule_model::{CallEvent, ConnectionId, FactKind, TenantId, UnixMs};
use vestibule_ports::{Address, CallAccount, ListedCall, ProviderFault, ProviderFaultKind};
use vestibule_store::directory::connections::{self, ConnectionRecord};
use vestibule_store::directory::reconciliations::{self, ReconciliationRecord};
use vestibule_vault::Credentials;

/// How far back each pass looks again: calls change after they were first listed.
const OVERLAP_MS: i64 = 24 * 3_600_000;
/// The longest wait after faults, in milliseconds.
const LONGEST_WAIT_MS: i64 = 6 * 3_600_000;
/// Connections that one pass takes up.
const AT_ONCE: i64 = 8;
/// Pages of one connection in one pass: more wait for the next.
const MOST_PAGES: usize = 500;

/// What a pass over one connection found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Calls that the provider listed.
    pub listed: i64,
    /// Events that never came and were filled.
    pub filled: i64,
}

/// Compares the connections that are due; what was found in each. Several nodes share them.
///
/// # Errors
/// The database's; a provider's fault is noted at its connection.
pub async fn reconcile_due(house: &House, mint: &Mint) -> Result<Vec<(ConnectionId, Found)>> {
    let names: Vec<&str> = house.accounts.iter().map(|account| account.name()).collect();
    // While it is muted nobody is asked with its keys either: the original asks, and what is missed is found later.
    if names.is_empty() || house.is_muted() {
        return Ok(Vec::new());
    }
    let now = house.world.now();
    let mut tx = house.db.write().await?;
    let due =
        reconciliations::claim(&mut tx, &names, now, house.settings.reconcile_every_ms, AT_ONCE).await?;
    tx.commit().await?;
    let mut found = Vec::with_capacity(due.len());
    for connection in due {
        found.push((connection, reconcile(house, mint, connection).await?));
    }
    Ok(found)
}

/// Compares one connection's calls now.
///
/// # Errors
/// The database's; a provider's fault is noted at its connection.
pub async fn reconcile(house: &House, mint: &Mint, id: ConnectionId) -> Result<Found> {
    let now = house.world.now();
    let mut tx = house.db.read().await?;
    let Some(connection) = connections::by_id(&mut tx, id).await? else { return Ok(Found::default()) };
    let state = reconciliations::find(&mut tx, id).await?;
    let keys = edit::sets(house, &mut tx, &connection).await?.into_iter().next().unwrap_or_default();
    drop(tx);
    let Some(account) = house.account(&connection.provider).cloned() else { return Ok(Found::default()) };
    let done = state.as_ref().map_or(connection.created_at, |s| s.done_until);
    let since = done.plus_ms(-OVERLAP_MS).max(connection.created_at);
    let mut found = Found::default();
    let ended = walk(house, mint, &connection, &account, &keys, (since, now), &mut found).await?;
    let (done_until, fault) = match &ended {
        Ok(()) => (Some(now), None),
        Err(fault) => (None, Some(fault.code())),
    };
    let in_row = state.map_or(0, |s| s.faults_in_row);
    let every_ms = house.settings.reconcile_every_ms;
    let wait = match &ended {
        Ok(()) => every_ms,
        Err(fault) => fault
            .retry_after_ms
            .unwrap_or(0)
            .max(every_ms.saturating_mul(1 << in_row.clamp(0, 8)))
            .min(LONGEST_WAIT_MS.max(every_ms)),
    };
    let mut tx = house.db.write().await?;
    reconciliations::note(&mut tx, id, done_until, fault, found.listed, (now, now.plus_ms(wait))).await?;
    tx.commit().await?;
    if found.filled > 0 {
        tracing::info!(connection.id = %id, listed = found.listed, filled = found.filled, "events that never came were found again");
        metrics(found.filled);
    }
    if let Err(fault) = ended {
        tracing::warn!(connection.id = %id, reason = fault.code(), "a provider's calls could not be listed");
    }
    Ok(found)
}

fn metrics(filled: i64) {
    metrics::counter!("vestibule_reconciled_total").increment(u64::try_from(filled).unwrap_or(0));
}

/// How a tenant's connection stands; `None` before its first pass, or where calls cannot be listed.
///
/// # Errors
/// The database's.
pub async fn standing(house: &House, connection: ConnectionId) -> Result<Option<ReconciliationRecord>> {
    let mut tx = house.db.read().await?;
    Ok(reconciliations::find(&mut tx, connection).await?)
}

async fn walk(
    house: &House,
    mint: &Mint,
    connection: &ConnectionRecord,
    account: &Arc<dyn CallAccount>,
    keys: &Credentials,
    (since, until): (UnixMs, UnixMs),
    found: &mut Found,
) -> Result<std::result::Result<(), ProviderFault>> {
    let mut cursor = None;
    for _ in 0..MOST_PAGES {
        let page = match account.list_calls(keys, since, until, cursor.take()).await {
            Ok(page) => page,
            Err(fault) => return Ok(Err(fault)),
        };
        for call in page.items {
            found.listed += 1;
            found.filled += fill(house, mint, connection, call, until).await?;
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(Ok(())),
        }
    }
    Ok(Err(ProviderFault::of(ProviderFaultKind::Unexpected)))
}

/// Folds what never came of one call; how many events.
async fn fill(
    house: &House,
    mint: &Mint,
    connection: &ConnectionRecord,
    call: ListedCall,
    now: UnixMs,
) -> Result<i64> {
    let address = Address {
        is_readable: true,
        resources: call.resources,
        external_call_id: Some(call.external_call_id.clone()),
        call_started_at: call.events.iter().find_map(|event| event.doc.started_at),
        ..Address::default()
    };
    let tenant: TenantId = match tenant_of(house, connection, &address, now).await {
        Ok(tenant) => tenant,
        // A call of an agent that is nobody's here.
        Err(Error::Refused(_)) => return Ok(0),
        Err(error) => return Err(error),
    };
    let scope = mint.tenant(tenant, Actor::System("reconcile"));
    let known = {
        let mut tx = house.db.read_in(&scope).await?;
        let mut inside = tx.tenant(&scope).await?;
        calls::known_of(&mut inside, &connection.provider, &call.external_call_id).await?
    };
    // Each pass looks a day back: nearly always all is there, and nobody waits for a writer.
    let missing: Vec<(CallEvent, bool)> = call
        .events
        .into_iter()
        .filter(|event| event.occurred_at <= now.plus_ms(-house.settings.reconcile_grace_ms))
        .filter_map(|event| {
            let is_told = known.kinds.contains(&event.kind) || later_is_told(&known.kinds, event.kind);
            let is_priced = event.doc.cost_micros.is_none() || known.cost_micros == event.doc.cost_micros;
            (!is_told || !is_priced).then_some((event, is_told))
        })
        .collect();
    if missing.is_empty() {
        return Ok(0);
    }
    let mut tx = house.db.write_in(&scope).await?;
    let mut inside = tx.tenant(&scope).await?;
    let mut filled = 0;
    for (event, is_told) in missing {
        let fact = calls::NewFact {
            fact_key: format!(
                "{}:reconciled:{}:{}",
                connection.provider,
                call.external_call_id,
                event.kind.as_str()
            ),
            replaces: true,
            source: "reconciled",
            inbox: None,
            received_at: now,
            event,
        };
        // An event that arrived since we looked says the same under a key of its own.
        let is_kept = calls::ingest(house, &mut inside, fact, now).await?.is_some();
        filled += i64::from(!is_told && is_kept);
    }
    if filled > 0 {
        reconciliations::count_filled(inside.outer(), connection.id, filled, now).await?;
    }
    tx.commit().await?;
    Ok(filled)
}

/// Whether what is known already tells more than an event of this kind would.
fn later_is_told(kinds: &[FactKind], kind: FactKind) -> bool {
    kind.rank() < FactKind::Reaped.rank() && kinds.iter().any(|k| k.rank() >= FactKind::Ended.rank())
}
