//! What follows an attempt, in one transaction: the job is finished or given back, the attempt and its delivery are
//! written down, the endpoint's health is kept, and the call's next delivery is released. Idempotent by the lease number:
//! whoever no longer holds the lease changes nothing.

use crate::outbox::QUEUE;
use crate::outbox::days::Day;
use crate::outbox::deliver::{Due, health as read_health};
use crate::outbox::note::Note;
use crate::outbox::rules::{self, After, Health, Tried};
use crate::{Error, House, Result, audit, workflows};
use futures::future::BoxFuture;
use serde_json::json;
use std::sync::Arc;
use vestibule_access::TenantScope;
use vestibule_model::{EndpointId, UnixMs};
use vestibule_ports::{Receipt, ReceiptKind};
use vestibule_store::queue::{GroupKey, LeasedJob};
use vestibule_store::{BatchWork, Hint, StoreError, TenantTx, Tx, queue, tsql, vals};

/// An attempt that was made.
pub(super) struct Attempted {
    pub(super) job: LeasedJob,
    pub(super) due: Due,
    pub(super) receipt: Receipt,
    pub(super) took: Took,
    /// What was sent, without secrets; nothing when nothing was.
    pub(super) request: Option<serde_json::Value>,
    /// The job was lost too often to be tried again: it was not.
    pub(super) gives_up: bool,
}

/// When an attempt was made.
#[derive(Clone, Copy)]
pub(super) struct Took {
    pub(super) started_at: UnixMs,
    pub(super) duration_ms: i64,
}

/// Over how many rows the figures of one day are spread where many write.
const SHARDS: u8 = 8;

/// The work of the settling lane.
pub(super) struct Settling(pub(super) Arc<House>);

impl BatchWork for Settling {
    type Item = Arc<Attempted>;
    type Reply = ();
    const GOES_FIRST: bool = false;

    fn run<'a>(
        &'a self,
        tx: &'a mut Tx,
        items: &'a [(TenantScope, Arc<Attempted>)],
    ) -> BoxFuture<'a, std::result::Result<Vec<()>, StoreError>> {
        Box::pin(async move {
            for (scope, attempted) in items {
                let mut tenant = tx.tenant(scope).await?;
                settle(&self.0, &mut tenant, attempted).await.map_err(Error::into_store)?;
            }
            Ok(vec![(); items.len()])
        })
    }
}

async fn settle(house: &House, t: &mut TenantTx<'_>, attempted: &Attempted) -> Result<()> {
    let Attempted { job, due, receipt, took, request, gives_up } = attempted;
    // By the clock that claims and gates go by.
    let now = house.db.lease_now();
    let before = look(t, due).await?;
    let (before, after_health) = if *gives_up {
        // A crash of ours says nothing of the endpoint.
        (before, before)
    } else {
        health(t, before, due, receipt, now).await?
    };
    let [a, b, c] = house.world.random::<3>();
    let jitter = i64::from(u16::from_le_bytes([a, b]) % 201) - 100;
    let after = if *gives_up {
        After::DeadLetter
    } else {
        let tried = Tried {
            before: job.attempts,
            schedule_ms: &due.schedule_ms,
            owed_at: due.owed_at,
            park_for_ms: house.settings.park_for_ms,
            jitter,
        };
        rules::after_attempt(receipt, after_health.circuit, tried, now)
    };
    // SQLite writes alone; elsewhere attempts that end at the same moment need not wait for one row.
    let shard = if t.prefers_one_statement() { i64::from(c % SHARDS) } else { 0 };
    let day = Day { zone: house.profiles.of(t).await?.timezone.clone(), endpoint: due.endpoint, shard };
    let note = Note { due, receipt, took: *took, request: request.as_ref(), day, now };
    if after == After::Delivered && !job.was_lost && t.prefers_one_statement() {
        if !note.delivered_at_once(house, t, job).await? {
            return Ok(());
        }
    } else {
        let error = receipt.error.unwrap_or("");
        let holds = match after {
            After::Delivered | After::DeadLetter => job.finish(t).await?,
            After::Retry(at) => job.again(t, at, true, error).await?,
            After::Parked(at) => job.again(t, at, false, error).await?,
        };
        if !holds {
            // Somebody else was given this job: their result counts, ours is discarded.
            return Ok(());
        }
        if job.was_lost {
            note.attempt(house, t, "lost").await?;
        }
        if !gives_up {
            note.attempt(house, t, if after == After::Delivered { "delivered" } else { "failed" }).await?;
        }
        note.delivery(t, after).await?;
        note.day.add(t, *gives_up, after, took.duration_ms, now).await?;
        if matches!(after, After::Delivered | After::DeadLetter) {
            release_next(house, t, due).await?;
        }
    }
    if after_health != before {
        note_health(t, due.endpoint, before, after_health).await?;
    }
    if receipt.kind == ReceiptKind::Gone {
        disable(house, t, due.endpoint, "gone", now).await?;
    } else if !gives_up && rules::is_hopeless(after_health, now) {
        disable(house, t, due.endpoint, "failing", now).await?;
    }
    if let Some(execution) = &receipt.execution_id {
        workflows::note_answer(&house.world, t, due.endpoint, due.delivery, execution, took.started_at)
            .await?;
    }
    t.changed("deliveries", Some(due.delivery.0));
    Ok(())
}

/// The endpoint's health. On the way the call's row is locked: that orders us with whoever owes the call's next delivery
/// at this moment.
async fn look(tx: &mut TenantTx<'_>, due: &Due) -> Result<Health> {
    let sql = tsql!(
        sqlite: "SELECT failures_in_row, circuit_open_since, probe_at, failing_since, last_failure_at
                 FROM endpoints WHERE tenant_id = $1 AND id = $2",
        pg: "SELECT e.failures_in_row, e.circuit_open_since, e.probe_at, e.failing_since, e.last_failure_at,
               (SELECT 1 FROM calls c WHERE c.tenant_id = $1 AND c.id = $3 FOR NO KEY UPDATE) AS is_locked
             FROM endpoints e WHERE e.tenant_id = $1 AND e.id = $2"
    );
    let row = tx.row(sql, vals![due.endpoint, due.subject]).await?;
    Ok(read_health(&row.ok_or_else(|| Error::fault("a delivery without its endpoint"))?)?)
}

/// The endpoint's health before and after. Its row is locked only where that changes: while all is well, deliveries of one
/// endpoint do not wait for each other.
async fn health(
    tx: &mut TenantTx<'_>,
    seen: Health,
    due: &Due,
    receipt: &Receipt,
    now: UnixMs,
) -> Result<(Health, Health)> {
    let after = rules::health_after(seen, receipt, &due.schedule_ms, now);
    if after == seen || !tx.prefers_one_statement() {
        return Ok((seen, after));
    }
    let sql = tsql!(
        pg: "SELECT failures_in_row, circuit_open_since, probe_at, failing_since, last_failure_at
             FROM endpoints WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
    );
    let row = tx.row(sql, vals![due.endpoint]).await?;
    let before = read_health(&row.ok_or_else(|| Error::fault("a delivery without its endpoint"))?)?;
    Ok((before, rules::health_after(before, receipt, &due.schedule_ms, now)))
}

async fn note_health(
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    before: Health,
    after: Health,
) -> Result<()> {
    let sql = tsql!(
        "UPDATE endpoints SET failures_in_row = $3, circuit_open_since = $4, probe_at = $5, failing_since = $6,
           last_failure_at = $7 WHERE tenant_id = $1 AND id = $2"
    );
    let Health { circuit, failing_since, last_failure_at } = after;
    let values = vals![
        endpoint,
        circuit.failures_in_row,
        circuit.open_since,
        circuit.probe_at,
        failing_since,
        last_failure_at
    ];
    tx.exec(sql, values).await?;
    if before.circuit.open_since.is_some() != circuit.open_since.is_some() {
        tx.changed("endpoints", Some(endpoint.0));
        if circuit.open_since.is_none() {
            // It is back. What was parked is due; only the gate was shut.
            let (tenant, group) = (tx.tenant(), endpoint.0);
            tx.hint(Hint::Due(GroupKey { tenant, queue: QUEUE.into(), group }));
        }
    }
    Ok(())
}

/// Switches an endpoint off, once: what it is owed waits, and its owner reads why.
async fn disable(
    house: &House,
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    reason: &'static str,
    now: UnixMs,
) -> Result<()> {
    let sql = tsql!(
        "UPDATE endpoints SET is_active = FALSE, disabled_reason = $3, updated_at = $4
         WHERE tenant_id = $1 AND id = $2 AND is_active = TRUE"
    );
    if tx.exec(sql, vals![endpoint, reason, now]).await? > 0 {
        let doc = json!({ "reason": reason });
        audit::note(tx, &house.world, "endpoint.disabled", "endpoint", &endpoint.to_string(), doc).await?;
        tx.changed("endpoints", Some(endpoint.0));
    }
    Ok(())
}

/// The next delivery of the same call to the same endpoint no longer waits.
async fn release_next(house: &House, tx: &mut TenantTx<'_>, due: &Due) -> Result<()> {
    let sql = tsql!(
        "SELECT id FROM deliveries WHERE tenant_id = $1 AND endpoint_id = $2 AND subject_id = $3
         AND state IN ('pending', 'retrying') ORDER BY revision, id LIMIT 1"
    );
    if let Some(row) = tx.row(sql, vals![due.endpoint, due.subject]).await? {
        queue::release(tx, QUEUE, due.endpoint.0, row.uuid("id")?, house.db.lease_now()).await?;
    }
    Ok(())
}
