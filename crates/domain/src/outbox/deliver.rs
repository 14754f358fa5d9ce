//! Delivering: one attempt under a lease, then its result in one transaction. Idempotent for us by the lease
//! number; for the receiver by `webhook-id`, which stays the same on every attempt.

use crate::outbox::endpoints::open_secret;
use crate::outbox::rules::{self, After, Circuit, MOST_LOST, Tried};
use crate::{Error, House, Result};
use futures::future::BoxFuture;
use std::sync::Arc;
use vestibule_access::TenantScope;
use vestibule_model::{AttemptId, DeliveryId, EndpointId, UnixMs};
use vestibule_ports::{Parcel, Receipt, ReceiptKind};
use vestibule_store::queue::{Gate, GroupKey, LeaseHandler, LeasedJob};
use vestibule_store::{Row, StoreError, TenantTx, queue, tsql, vals};

/// The queue of deliveries; its groups are endpoints.
pub const QUEUE: &str = "deliver";

/// The worker that delivers.
pub struct Deliverer(pub Arc<House>);

/// A delivery that is to be tried, and its endpoint.
struct Due {
    delivery: DeliveryId,
    endpoint: EndpointId,
    subject: uuid::Uuid,
    created_at: UnixMs,
    attempts_count: i64,
    schedule_ms: Vec<i64>,
    parcel: Parcel,
}

impl LeaseHandler for Deliverer {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn gate<'a>(
        &'a self,
        scope: &'a TenantScope,
        group: &'a GroupKey,
        now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Gate, StoreError>> {
        Box::pin(async move {
            let mut tx = self.0.db.read_in(scope).await?;
            let mut tenant = tx.tenant(scope).await?;
            let sql = tsql!(
                "SELECT is_active, failures_in_row, circuit_open_since, probe_at FROM endpoints WHERE tenant_id = $1 AND id = $2"
            );
            let row = tenant.row(sql, vals![group.group]).await?;
            let Some(row) = row else { return Ok(Gate::Shut) };
            Ok(rules::gate(row.bool("is_active")?, circuit(&row)?, now))
        })
    }

    fn work(&self, job: LeasedJob) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if let Err(error) = self.attempt(&job).await {
                // The lease ends by itself and the job comes due again.
                tracing::error!(error = %error, delivery.id = %job.key.id, "an attempt could not be settled");
            }
        })
    }
}

fn circuit(row: &Row) -> std::result::Result<Circuit, StoreError> {
    Ok(Circuit {
        failures_in_row: row.int("failures_in_row")?,
        open_since: row.opt_at("circuit_open_since")?,
        probe_at: row.opt_at("probe_at")?,
    })
}

impl Deliverer {
    async fn attempt(&self, job: &LeasedJob) -> Result<()> {
        let house = &self.0;
        let Some(due) = self.load(job).await? else {
            let mut tx = house.db.write_in(&job.scope).await?;
            job.finish(&mut tx.tenant(&job.scope).await?).await?;
            return Ok(tx.commit().await?);
        };
        let started_at = house.world.now();
        let lost_too_often = job.lost >= MOST_LOST;
        let receipt = if lost_too_often {
            Receipt {
                kind: ReceiptKind::Failed,
                http_status: None,
                error: Some("crashed"),
                excerpt: None,
                retry_after_ms: None,
                execution_id: None,
            }
        } else {
            house.courier.send(Parcel { at: started_at, ..due.parcel.clone() }).await
        };
        let ended_at = house.world.now();
        metrics::counter!("vestibule_attempts_total", "result" => if receipt.kind == ReceiptKind::Delivered { "delivered" } else { "failed" }).increment(1);
        let took = Took { started_at, duration_ms: ended_at.since(started_at).max(0) };
        // A database that is busy for a moment must not cost the receiver a second delivery.
        let mut result = self.settle(job, &due, &receipt, took, lost_too_often).await;
        for _ in 0..3 {
            match &result {
                Err(Error::Store(StoreError::Busy)) => {
                    result = self.settle(job, &due, &receipt, took, lost_too_often).await;
                }
                _ => break,
            }
        }
        result
    }

    async fn load(&self, job: &LeasedJob) -> Result<Option<Due>> {
        let house = &self.0;
        let mut tx = house.db.read_in(&job.scope).await?;
        let key = house.seals.key(&mut tx, job.scope.tenant()).await?;
        let mut tenant = tx.tenant(&job.scope).await?;
        let sql = tsql!(
            "SELECT d.endpoint_id, d.subject_id, d.created_at, d.attempts_count, b.body, e.url, e.schedule_ms, e.secret_sealed,
               e.previous_secret_sealed, e.previous_until
             FROM deliveries d
             JOIN delivery_bodies b ON b.tenant_id = d.tenant_id AND b.delivery_id = d.id
             JOIN endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
             WHERE d.tenant_id = $1 AND d.id = $2 AND d.state IN ('pending', 'retrying') AND e.deleted_at IS NULL"
        );
        let Some(row) = tenant.row(sql, vals![job.key.id]).await? else { return Ok(None) };
        let endpoint: EndpointId = row.id("endpoint_id")?;
        let mut secrets = vec![open_secret(&key, endpoint, "secret_sealed", &row.bytes("secret_sealed")?)?];
        let still_good = row.opt_at("previous_until")?.is_some_and(|until| until > house.world.now());
        if let (true, Some(previous)) = (still_good, row.opt_bytes("previous_secret_sealed")?) {
            secrets.push(open_secret(&key, endpoint, "previous_secret_sealed", &previous)?);
        }
        let delivery = DeliveryId(job.key.id);
        Ok(Some(Due {
            delivery,
            endpoint,
            subject: row.uuid("subject_id")?,
            created_at: row.at("created_at")?,
            attempts_count: row.int("attempts_count")?,
            schedule_ms: row.json("schedule_ms")?,
            parcel: Parcel {
                delivery,
                url: row.text("url")?,
                secrets,
                body: row.bytes("body")?.into(),
                at: house.world.now(),
                timeout_ms: house.settings.attempt_timeout_ms,
            },
        }))
    }

    async fn settle(
        &self,
        job: &LeasedJob,
        due: &Due,
        receipt: &Receipt,
        took: Took,
        give_up: bool,
    ) -> Result<()> {
        let house = &self.0;
        // By the clock that claims and gates go by.
        let now = house.db.lease_now();
        let mut tx = house.db.write_in(&job.scope).await?;
        let mut t = tx.tenant(&job.scope).await?;
        // The call's row orders us with whoever owes the call's next delivery at this moment.
        lock_subject(&mut t, due.subject).await?;
        let before = endpoint_circuit(&mut t, due.endpoint).await?;
        // A crash of ours says nothing of the endpoint.
        let after_circuit =
            if give_up { before } else { rules::circuit_after(before, receipt, &due.schedule_ms, now) };
        let [a, b] = house.world.random::<2>();
        let jitter = i64::from(u16::from_le_bytes([a, b]) % 201) - 100;
        let after = if give_up {
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
        let error = receipt.error.unwrap_or("");
        let holds = match after {
            After::Delivered | After::DeadLetter => job.finish(&mut t).await?,
            After::Retry(at) => job.again(&mut t, at, true, error).await?,
            After::Parked(at) => job.again(&mut t, at, false, error).await?,
        };
        if !holds {
            // Somebody else was given this job: their result counts, ours is discarded.
            return Ok(tx.rollback().await?);
        }
        if job.was_lost {
            note_attempt(house, &mut t, due, None, took, "lost").await?;
        }
        if !give_up {
            let result = if matches!(after, After::Delivered) { "delivered" } else { "failed" };
            note_attempt(house, &mut t, due, Some(receipt), took, result).await?;
        }
        note_delivery(&mut t, due, receipt, after, now).await?;
        if receipt.kind == ReceiptKind::Gone {
            let sql = tsql!(
                "UPDATE endpoints SET is_active = FALSE, disabled_reason = 'gone', updated_at = $3 WHERE tenant_id = $1 AND id = $2"
            );
            t.exec(sql, vals![due.endpoint, now]).await?;
            t.changed("endpoints", Some(due.endpoint.0));
        } else if after_circuit != before {
            note_circuit(&mut t, due.endpoint, before, after_circuit).await?;
        }
        if matches!(after, After::Delivered | After::DeadLetter) {
            release_next(house, &mut t, due).await?;
        }
        t.changed("deliveries", Some(due.delivery.0));
        Ok(tx.commit().await?)
    }
}

#[derive(Clone, Copy)]
struct Took {
    started_at: UnixMs,
    duration_ms: i64,
}

async fn lock_subject(tx: &mut TenantTx<'_>, subject: uuid::Uuid) -> Result<()> {
    if tx.prefers_one_statement() {
        let sql = tsql!(
            sqlite: "SELECT 1 AS one FROM calls WHERE tenant_id = $1 AND id = $2",
            pg: "SELECT 1 AS one FROM calls WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
        );
        tx.row(sql, vals![subject]).await?;
    }
    Ok(())
}

async fn endpoint_circuit(tx: &mut TenantTx<'_>, endpoint: EndpointId) -> Result<Circuit> {
    let sql = tsql!(
        sqlite: "SELECT failures_in_row, circuit_open_since, probe_at FROM endpoints WHERE tenant_id = $1 AND id = $2",
        pg: "SELECT failures_in_row, circuit_open_since, probe_at FROM endpoints WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
    );
    let row =
        tx.row(sql, vals![endpoint]).await?.ok_or_else(|| Error::fault("a delivery without its endpoint"))?;
    Ok(circuit(&row)?)
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
            tx.hint(vestibule_store::Hint::Due(GroupKey { tenant, queue: QUEUE.into(), group }));
        }
    }
    Ok(())
}

async fn note_attempt(
    house: &House,
    tx: &mut TenantTx<'_>,
    due: &Due,
    receipt: Option<&Receipt>,
    took: Took,
    result: &'static str,
) -> Result<()> {
    let sql = tsql!(
        "INSERT INTO attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, result, http_status, error,
           response_excerpt, execution_id)
         VALUES ($1, $2, $3,
           (SELECT count(*) + 1 FROM attempts a WHERE a.tenant_id = $1 AND a.delivery_id = $3),
           $4, $5, $6, $7, $8, $9, $10)"
    );
    let id: AttemptId = house.world.new_id();
    let values = vals![
        id,
        due.delivery,
        took.started_at,
        receipt.map(|_| took.duration_ms),
        result,
        receipt.and_then(|r| r.http_status).map(i64::from),
        receipt.and_then(|r| r.error),
        receipt.and_then(|r| r.excerpt.clone()),
        receipt.and_then(|r| r.execution_id.clone())
    ];
    tx.exec(sql, values).await?;
    Ok(())
}

async fn note_delivery(
    tx: &mut TenantTx<'_>,
    due: &Due,
    receipt: &Receipt,
    after: After,
    now: UnixMs,
) -> Result<()> {
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
        due.delivery,
        state,
        due.attempts_count + 1,
        next,
        (state == "delivered").then_some(now),
        receipt.http_status.map(i64::from),
        receipt.error
    ];
    tx.exec(sql, values).await?;
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
