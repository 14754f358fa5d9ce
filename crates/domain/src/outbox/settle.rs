//! What follows an attempt, in one transaction: the job is finished or given back, the attempt and its delivery are
//! written down, the endpoint's health is kept, and the call's next delivery is released. Idempotent by the lease number:
//! whoever no longer holds the lease changes nothing.

use crate::outbox::QUEUE;
use crate::outbox::days::Day;
use crate::outbox::deliver::Due;
use crate::outbox::health::{disable, health, look, look_at_all, no_endpoint, note_health};
use crate::outbox::note::{Note, delivered_together};
use crate::outbox::rules::{self, After, Health, Tried};
use crate::{Error, House, Result, workflows};
use futures::future::BoxFuture;
use std::sync::Arc;
use vestibule_access::TenantScope;
use vestibule_model::UnixMs;
use vestibule_ports::{Receipt, ReceiptKind};
use vestibule_store::queue::LeasedJob;
use vestibule_store::{BatchWork, StoreError, TenantTx, Tx, queue, tsql, vals};

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
    const SHARES: bool = true;

    fn run<'a>(
        &'a self,
        tx: &'a mut Tx,
        items: &'a [(TenantScope, Arc<Attempted>)],
    ) -> BoxFuture<'a, std::result::Result<Vec<()>, StoreError>> {
        Box::pin(async move {
            for of_tenant in items.chunk_by(|(one, _), (other, _)| one.tenant() == other.tenant()) {
                let Some((scope, _)) = of_tenant.first() else { continue };
                let mut tenant = tx.tenant(scope).await?;
                let attempts: Vec<&Attempted> = of_tenant.iter().map(|(_, a)| a.as_ref()).collect();
                settle_all(&self.0, &mut tenant, &attempts).await.map_err(Error::into_store)?;
            }
            Ok(vec![(); items.len()])
        })
    }
}

/// Settles attempts of one tenant.
async fn settle_all(house: &House, t: &mut TenantTx<'_>, attempts: &[&Attempted]) -> Result<()> {
    let zone = house.profiles.of(t).await?.timezone.clone();
    if t.prefers_one_statement() {
        return settle_together(house, t, attempts, &zone).await;
    }
    for attempted in attempts {
        let (now, before) = (house.db.lease_now(), look(t, &attempted.due).await?);
        // SQLite writes alone: one row of figures is enough.
        settle(house, t, attempted, before, attempted.note(&zone, 0, now)).await?;
    }
    Ok(())
}

/// Settles attempts where each statement is a round trip: the usual ones share theirs.
async fn settle_together(
    house: &House,
    t: &mut TenantTx<'_>,
    attempts: &[&Attempted],
    zone: &str,
) -> Result<()> {
    // By the clock that claims and gates go by.
    let now = house.db.lease_now();
    let seen = look_at_all(t, attempts).await?;
    // Attempts that end at the same moment on several nodes need not wait for one row.
    let [byte] = house.world.random::<1>();
    let shard = i64::from(byte % SHARDS);
    let (mut usual, mut others) = (Vec::new(), Vec::new());
    for attempted in attempts {
        let before = seen.get(&attempted.due.endpoint).copied().ok_or_else(no_endpoint)?;
        if attempted.is_usual(before, now) {
            usual.push(*attempted);
        } else {
            others.push((*attempted, before));
        }
    }
    if !usual.is_empty() {
        let ends: Vec<_> = usual.iter().map(|a| (&a.job, a.note(zone, shard, now))).collect();
        let held = delivered_together(house, t, &ends, shard, now).await?;
        for attempted in usual.into_iter().filter(|a| held.contains(&a.due.delivery.0)) {
            attempted.tell(house, t).await?;
        }
    }
    for (attempted, before) in others {
        settle(house, t, attempted, before, attempted.note(zone, shard, now)).await?;
    }
    Ok(())
}

impl Attempted {
    /// Whether it arrived, as nearly all do, and changes nothing but that.
    fn is_usual(&self, before: Health, now: UnixMs) -> bool {
        self.receipt.kind == ReceiptKind::Delivered
            && !self.gives_up
            && !self.job.was_lost
            && rules::health_after(before, &self.receipt, &self.due.schedule_ms, now) == before
    }

    fn note(&self, zone: &str, shard: i64, now: UnixMs) -> Note<'_> {
        let Self { due, receipt, took, request, .. } = self;
        let day = Day { zone: zone.to_owned(), endpoint: due.endpoint, shard };
        Note { due, receipt, took: *took, request: request.as_ref(), day, now }
    }

    /// Tells who must know that it was settled: the execution that it started, and whoever looks at deliveries.
    async fn tell(&self, house: &House, t: &mut TenantTx<'_>) -> Result<()> {
        let Self { due, receipt, took, .. } = self;
        if let Some(execution) = &receipt.execution_id {
            workflows::note_answer(&house.world, t, due.endpoint, due.delivery, execution, took.started_at)
                .await?;
        }
        t.changed("deliveries", Some(due.delivery.0));
        Ok(())
    }
}

async fn settle(
    house: &House,
    t: &mut TenantTx<'_>,
    attempted: &Attempted,
    seen: Health,
    note: Note<'_>,
) -> Result<()> {
    let Attempted { job, due, receipt, took, gives_up, .. } = attempted;
    let now = note.now;
    let (before, after_health) = if *gives_up {
        // A crash of ours says nothing of the endpoint.
        (seen, seen)
    } else {
        health(t, seen, due, receipt, now).await?
    };
    let jitter = i64::from(u16::from_le_bytes(house.world.random::<2>()) % 201) - 100;
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
    if after_health != before {
        note_health(t, due.endpoint, before, after_health).await?;
    }
    if receipt.kind == ReceiptKind::Gone {
        disable(house, t, due.endpoint, "gone", now).await?;
    } else if !gives_up && rules::is_hopeless(after_health, now) {
        disable(house, t, due.endpoint, "failing", now).await?;
    }
    attempted.tell(house, t).await
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
