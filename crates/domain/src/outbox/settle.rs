//! What follows an attempt, in one transaction: the job is finished or given back, the attempt and its delivery are
//! written down, the endpoint's health is kept, and the call's next delivery is released. Idempotent by the lease number:
//! whoever no longer holds the lease changes nothing.

use crate::outbox::QUEUE;
use crate::outbox::deliver::{Due, circuit};
use crate::outbox::rules::{self, After, Circuit, Tried};
use crate::{Error, House, Result};
use futures::future::BoxFuture;
use std::sync::Arc;
use vestibule_access::TenantScope;
use vestibule_model::{AttemptId, EndpointId, UnixMs};
use vestibule_ports::{Receipt, ReceiptKind};
use vestibule_store::queue::{GroupKey, LeasedJob};
use vestibule_store::{BatchWork, Hint, StoreError, TenantTx, Tx, queue, tsql, vals};

/// An attempt that was made.
pub(super) struct Attempted {
    pub(super) job: LeasedJob,
    pub(super) due: Due,
    pub(super) receipt: Receipt,
    pub(super) took: Took,
    /// The job was lost too often to be tried again: it was not.
    pub(super) gives_up: bool,
}

/// When an attempt was made.
#[derive(Clone, Copy)]
pub(super) struct Took {
    pub(super) started_at: UnixMs,
    pub(super) duration_ms: i64,
}

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
    let Attempted { job, due, receipt, took, gives_up } = attempted;
    // By the clock that claims and gates go by.
    let now = house.db.lease_now();
    let before = look(t, due).await?;
    let (before, after_circuit) = if *gives_up {
        // A crash of ours says nothing of the endpoint.
        (before, before)
    } else {
        health(t, before, due, receipt, now).await?
    };
    let [a, b] = house.world.random::<2>();
    let jitter = i64::from(u16::from_le_bytes([a, b]) % 201) - 100;
    let after = if *gives_up {
        After::DeadLetter
    } else {
        let tried = Tried {
            before: job.attempts,
            schedule_ms: &due.schedule_ms,
            created_at: due.created_at,
            park_for_ms: house.settings.park_for_ms,
            jitter,
        };
        rules::after_attempt(receipt, after_circuit, tried, now)
    };
    let note = Note { due, receipt, took: *took, now };
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
        if matches!(after, After::Delivered | After::DeadLetter) {
            release_next(house, t, due).await?;
        }
    }
    if receipt.kind == ReceiptKind::Gone {
        let sql = tsql!(
            "UPDATE endpoints SET is_active = FALSE, disabled_reason = 'gone', updated_at = $3 WHERE tenant_id = $1 AND id = $2"
        );
        t.exec(sql, vals![due.endpoint, now]).await?;
        t.changed("endpoints", Some(due.endpoint.0));
    } else if after_circuit != before {
        note_circuit(t, due.endpoint, before, after_circuit).await?;
    }
    t.changed("deliveries", Some(due.delivery.0));
    Ok(())
}

/// The endpoint's health. On the way the call's row is locked: that orders us with whoever owes the call's next delivery
/// at this moment.
async fn look(tx: &mut TenantTx<'_>, due: &Due) -> Result<Circuit> {
    let sql = tsql!(
        sqlite: "SELECT failures_in_row, circuit_open_since, probe_at FROM endpoints WHERE tenant_id = $1 AND id = $2",
        pg: "SELECT e.failures_in_row, e.circuit_open_since, e.probe_at,
               (SELECT 1 FROM calls c WHERE c.tenant_id = $1 AND c.id = $3 FOR NO KEY UPDATE) AS is_locked
             FROM endpoints e WHERE e.tenant_id = $1 AND e.id = $2"
    );
    let row = tx.row(sql, vals![due.endpoint, due.subject]).await?;
    Ok(circuit(&row.ok_or_else(|| Error::fault("a delivery without its endpoint"))?)?)
}

/// The endpoint's health before and after. Its row is locked only where that changes: while all is well, deliveries of one
/// endpoint do not wait for each other.
async fn health(
    tx: &mut TenantTx<'_>,
    seen: Circuit,
    due: &Due,
    receipt: &Receipt,
    now: UnixMs,
) -> Result<(Circuit, Circuit)> {
    let after = rules::circuit_after(seen, receipt, &due.schedule_ms, now);
    if after == seen || !tx.prefers_one_statement() {
        return Ok((seen, after));
    }
    let sql = tsql!(
        pg: "SELECT failures_in_row, circuit_open_since, probe_at FROM endpoints WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
    );
    let row = tx.row(sql, vals![due.endpoint]).await?;
    let before = circuit(&row.ok_or_else(|| Error::fault("a delivery without its endpoint"))?)?;
    Ok((before, rules::circuit_after(before, receipt, &due.schedule_ms, now)))
}

async fn note_circuit(
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    before: Circuit,
    after: Circuit,
) -> Result<()> {
    let sql = tsql!(
        "UPDATE endpoints SET failures_in_row = $3, circuit_open_since = $4, probe_at = $5 WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, vals![endpoint, after.failures_in_row, after.open_since, after.probe_at]).await?;
    if before.open_since.is_some() != after.open_since.is_some() {
        tx.changed("endpoints", Some(endpoint.0));
        if after.open_since.is_none() {
            // It is back. What was parked is due; only the gate was shut.
            let (tenant, group) = (tx.tenant(), endpoint.0);
            tx.hint(Hint::Due(GroupKey { tenant, queue: QUEUE.into(), group }));
        }
    }
    Ok(())
}

/// What is written down of an attempt.
struct Note<'a> {
    due: &'a Due,
    receipt: &'a Receipt,
    took: Took,
    now: UnixMs,
}

impl Note<'_> {
    async fn attempt(&self, house: &House, tx: &mut TenantTx<'_>, result: &'static str) -> Result<()> {
        let sql = tsql!(
            "INSERT INTO attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, result, http_status, error,
               response_excerpt, execution_id)
             VALUES ($1, $2, $3,
               (SELECT count(*) + 1 FROM attempts a WHERE a.tenant_id = $1 AND a.delivery_id = $3),
               $4, $5, $6, $7, $8, $9, $10)"
        );
        let id: AttemptId = house.world.new_id();
        // Of an attempt that a crash took with it nothing is known.
        let receipt = (result != "lost").then_some(self.receipt);
        let values = vals![
            id,
            self.due.delivery,
            self.took.started_at,
            receipt.map(|_| self.took.duration_ms),
            result,
            receipt.and_then(|r| r.http_status).map(i64::from),
            receipt.and_then(|r| r.error),
            receipt.and_then(|r| r.excerpt.clone()),
            receipt.and_then(|r| r.execution_id.clone())
        ];
        tx.exec(sql, values).await?;
        Ok(())
    }

    async fn delivery(&self, tx: &mut TenantTx<'_>, after: After) -> Result<()> {
        let (state, next) = match after {
            After::Delivered => ("delivered", None),
            After::Retry(at) | After::Parked(at) => ("retrying", Some(at)),
            After::DeadLetter => ("dead", None),
        };
        let sql = tsql!(
            "UPDATE deliveries SET state = $3, attempts_count = $4, next_attempt_at = $5, delivered_at = $6, last_status = $7,
               last_error = $8 WHERE tenant_id = $1 AND id = $2"
        );
        let values = vals![
            self.due.delivery,
            state,
            self.due.attempts_count + 1,
            next,
            (after == After::Delivered).then_some(self.now),
            self.receipt.http_status.map(i64::from),
            self.receipt.error
        ];
        tx.exec(sql, values).await?;
        Ok(())
    }

    /// The usual end in one statement: the job is finished, the attempt and the delivery are written down, the next
    /// delivery of the call to this endpoint no longer waits. False when the lease no longer holds.
    async fn delivered_at_once(&self, house: &House, tx: &mut TenantTx<'_>, job: &LeasedJob) -> Result<bool> {
        let sql = tsql!(
            pg: "WITH j AS (
                   DELETE FROM jobs WHERE tenant_id = $1 AND queue = $3 AND id = $2 AND lease_no = $4 RETURNING id),
                 a AS (
                   INSERT INTO attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, result, http_status,
                     response_excerpt, execution_id)
                   SELECT $1, $5, $2,
                     (SELECT count(*) + 1 FROM attempts p WHERE p.tenant_id = $1 AND p.delivery_id = $2),
                     $6, $7, 'delivered', $8, $9, $10 FROM j),
                 d AS (
                   UPDATE deliveries SET state = 'delivered', attempts_count = $11, next_attempt_at = NULL,
                     delivered_at = $12, last_status = $8, last_error = NULL
                   WHERE tenant_id = $1 AND id = $2 AND EXISTS (SELECT 1 FROM j)),
                 n AS (
                   UPDATE jobs SET next_at = $12
                   WHERE tenant_id = $1 AND queue = $3 AND leased = FALSE AND EXISTS (SELECT 1 FROM j) AND id = (
                     SELECT w.id FROM deliveries w WHERE w.tenant_id = $1 AND w.endpoint_id = $13 AND w.subject_id = $14
                     AND w.state IN ('pending', 'retrying') AND w.id <> $2 ORDER BY w.revision, w.id LIMIT 1)
                   RETURNING id)
                 SELECT j.id, (SELECT n.id FROM n) AS next_id FROM j"
        );
        let id: AttemptId = house.world.new_id();
        let values = vals![
            self.due.delivery,
            QUEUE,
            job.lease_no,
            id,
            self.took.started_at,
            self.took.duration_ms,
            self.receipt.http_status.map(i64::from),
            self.receipt.excerpt.clone(),
            self.receipt.execution_id.clone(),
            self.due.attempts_count + 1,
            self.now,
            self.due.endpoint,
            self.due.subject
        ];
        let Some(row) = tx.row(sql, values).await? else { return Ok(false) };
        if row.opt_uuid("next_id")?.is_some() {
            let (tenant, group) = (tx.tenant(), self.due.endpoint.0);
            tx.hint(Hint::Due(GroupKey { tenant, queue: QUEUE.into(), group }));
        }
        Ok(true)
    }
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
