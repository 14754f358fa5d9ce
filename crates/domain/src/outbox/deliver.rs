//! Delivering: one attempt under a lease; what came of it is settled in `settle`. Idempotent for us by the lease
//! number; for the receiver by `webhook-id`, which stays the same on every attempt.

use crate::outbox::endpoints::{open_header, open_secret};
use crate::outbox::pace::Pace;
use crate::outbox::rules::{self, Circuit, Health, MOST_LOST};
use crate::outbox::settle::{Attempted, Settling, Took};
use crate::{Error, House, Result};
use futures::future::BoxFuture;
use std::sync::Arc;
use vestibule_model::{DeliveryId, EndpointId, UnixMs};
use vestibule_ports::{Parcel, Receipt, ReceiptKind};
use vestibule_store::queue::{Gate, GroupKey, LeaseHandler, LeasedJob};
use vestibule_store::{Lane, Row, StoreError, TenantTx, tsql, vals};

/// The queue of deliveries; its groups are endpoints.
pub const QUEUE: &str = "deliver";

/// The worker that delivers.
pub struct Deliverer {
    house: Arc<House>,
    settling: Lane<Settling>,
}

/// A delivery that is to be tried, and its endpoint.
pub struct Due {
    pub(super) delivery: DeliveryId,
    pub(super) endpoint: EndpointId,
    pub(super) subject: uuid::Uuid,
    /// When it was owed, the last time.
    pub(super) owed_at: UnixMs,
    pub(super) attempts_count: i64,
    pub(super) schedule_ms: Vec<i64>,
    parcel: Parcel,
}

impl LeaseHandler for Deliverer {
    /// `None` when there is nothing to deliver any more.
    type Load = Result<Option<Due>>;

    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn gate<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        group: &'a GroupKey,
        now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Gate, StoreError>> {
        Box::pin(async move {
            let sql = tsql!(
                "SELECT is_active, failures_in_row, circuit_open_since, probe_at, max_in_flight, rate_milli, paced_until_us
                 FROM endpoints WHERE tenant_id = $1 AND id = $2"
            );
            let row = tx.row(sql, vals![group.group]).await?;
            let Some(row) = row else { return Ok(Gate::Shut) };
            let gate = rules::gate(row.bool("is_active")?, circuit(&row)?, now);
            let in_flight = usize::try_from(row.int("max_in_flight")?).unwrap_or(1).max(1);
            let paced = match (row.opt_int("rate_milli")?, gate) {
                (Some(rate), Gate::Open | Gate::Probe) => {
                    Some(Pace::of(rate).allows(used_until(tx, group.group).await?, now))
                }
                _ => None,
            };
            Ok(rules::within(gate, in_flight, paced))
        })
    }

    fn load<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        job: &'a LeasedJob,
    ) -> BoxFuture<'a, std::result::Result<Self::Load, StoreError>> {
        Box::pin(async move {
            match self.read(tx, job).await {
                Err(Error::Store(error)) if error.is_passing() => Err(error),
                load => Ok(load),
            }
        })
    }

    fn work(&self, job: LeasedJob, load: Self::Load) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let delivery = job.key.id;
            if let Err(error) = self.attempt(job, load).await {
                // The lease ends by itself and the job comes due again.
                tracing::error!(error = %error, delivery.id = %delivery, "an attempt could not be settled");
            }
        })
    }
}

/// What people are shown of a request: where it goes, and its headers without secrets.
fn shown(house: &House, parcel: &Parcel) -> serde_json::Value {
    let headers: serde_json::Map<_, _> =
        house.courier.shown_headers(parcel).into_iter().map(|(name, value)| (name, value.into())).collect();
    serde_json::json!({ "url": parcel.url, "headers": headers })
}

/// Up to when an endpoint's pace is used up. Its row is locked: what is claimed now is paced by all nodes together.
async fn used_until(
    tx: &mut TenantTx<'_>,
    endpoint: uuid::Uuid,
) -> std::result::Result<Option<i64>, StoreError> {
    let sql = tsql!(
        sqlite: "SELECT paced_until_us FROM endpoints WHERE tenant_id = $1 AND id = $2",
        pg: "SELECT paced_until_us FROM endpoints WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
    );
    tx.row(sql, vals![endpoint]).await?.map_or(Ok(None), |row| row.opt_int("paced_until_us"))
}

/// Uses up the pace of an endpoint by one delivery.
async fn use_up(tx: &mut TenantTx<'_>, endpoint: EndpointId, pace: Pace, now: UnixMs) -> Result<()> {
    let sql = tsql!(
        "UPDATE endpoints SET paced_until_us = CASE WHEN paced_until_us > $3 THEN paced_until_us ELSE $3 END + $4
         WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, vals![endpoint, now.0.saturating_mul(1000), pace.interval_us]).await?;
    Ok(())
}

fn circuit(row: &Row) -> std::result::Result<Circuit, StoreError> {
    Ok(Circuit {
        failures_in_row: row.int("failures_in_row")?,
        open_since: row.opt_at("circuit_open_since")?,
        probe_at: row.opt_at("probe_at")?,
    })
}

pub(super) fn health(row: &Row) -> std::result::Result<Health, StoreError> {
    Ok(Health {
        circuit: circuit(row)?,
        failing_since: row.opt_at("failing_since")?,
        last_failure_at: row.opt_at("last_failure_at")?,
    })
}

impl Deliverer {
    /// A worker of this house. Call inside a runtime: its settling lane begins to work.
    #[must_use]
    pub fn new(house: Arc<House>) -> Self {
        // Nothing is turned away here: there are never more attempts at a time than the leaser has places.
        let settling = Lane::open(house.db.clone(), Settling(house.clone()), 4096, i64::MAX);
        Self { house, settling }
    }

    async fn attempt(&self, job: LeasedJob, load: Result<Option<Due>>) -> Result<()> {
        let house = &self.house;
        let scope = job.scope;
        let Some(due) = load? else {
            let mut tx = house.db.write_in(&scope).await?;
            job.finish(&mut tx.tenant(&scope).await?).await?;
            return Ok(tx.commit().await?);
        };
        let started_at = house.world.now();
        let gives_up = job.lost >= MOST_LOST;
        let parcel = Parcel { at: started_at, ..due.parcel.clone() };
        let request = (!gives_up).then(|| shown(house, &parcel));
        let receipt = if gives_up {
            Receipt {
                kind: ReceiptKind::Failed,
                http_status: None,
                error: Some("crashed"),
                excerpt: None,
                retry_after_ms: None,
                execution_id: None,
            }
        } else {
            house.courier.send(parcel).await
        };
        let ended_at = house.world.now();
        metrics::counter!("vestibule_attempts_total", "result" => if receipt.kind == ReceiptKind::Delivered { "delivered" } else { "failed" }).increment(1);
        let took = Took { started_at, duration_ms: ended_at.since(started_at).max(0) };
        let attempted = Arc::new(Attempted { job, due, receipt, took, request, gives_up });
        // A database that is busy for a moment must not cost the receiver a second delivery.
        let mut tries = 4;
        loop {
            tries -= 1;
            match self.settling.submit(scope, attempted.clone()).await {
                Err(StoreError::Busy) if tries > 0 => {}
                result => return Ok(result?),
            }
        }
    }

    async fn read(&self, tx: &mut TenantTx<'_>, job: &LeasedJob) -> Result<Option<Due>> {
        let house = &self.house;
        let tenant = tx.tenant();
        let key = house.seals.key(tx.outer(), tenant).await?;
        let sql = tsql!(
            "SELECT d.endpoint_id, d.subject_id, j.created_at AS owed_at, d.attempts_count, b.body, e.url, e.schedule_ms,
               e.secret_sealed, e.previous_secret_sealed, e.previous_until, e.header_name, e.header_value_sealed, e.rate_milli
             FROM deliveries d
             JOIN jobs j ON j.tenant_id = d.tenant_id AND j.queue = $3 AND j.id = d.id
             JOIN delivery_bodies b ON b.tenant_id = d.tenant_id AND b.delivery_id = d.id
             JOIN endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
             WHERE d.tenant_id = $1 AND d.id = $2 AND d.state IN ('pending', 'retrying') AND e.deleted_at IS NULL"
        );
        let Some(row) = tx.row(sql, vals![job.key.id, QUEUE]).await? else { return Ok(None) };
        let endpoint: EndpointId = row.id("endpoint_id")?;
        let mut secrets = vec![open_secret(&key, endpoint, "secret_sealed", &row.bytes("secret_sealed")?)?];
        let still_good = row.opt_at("previous_until")?.is_some_and(|until| until > house.world.now());
        if let (true, Some(previous)) = (still_good, row.opt_bytes("previous_secret_sealed")?) {
            secrets.push(open_secret(&key, endpoint, "previous_secret_sealed", &previous)?);
        }
        let header = match (row.opt_text("header_name")?, row.opt_bytes("header_value_sealed")?) {
            (Some(name), Some(sealed)) => Some((name, open_header(&key, endpoint, &sealed)?)),
            _ => None,
        };
        if let Some(rate) = row.opt_int("rate_milli")? {
            use_up(tx, endpoint, Pace::of(rate), house.db.lease_now()).await?;
        }
        let delivery = DeliveryId(job.key.id);
        Ok(Some(Due {
            delivery,
            endpoint,
            subject: row.uuid("subject_id")?,
            owed_at: row.at("owed_at")?,
            attempts_count: row.int("attempts_count")?,
            schedule_ms: row.json("schedule_ms")?,
            parcel: Parcel {
                delivery,
                url: row.text("url")?,
                secrets,
                header,
                body: row.bytes("body")?.into(),
                at: house.world.now(),
                timeout_ms: house.settings.attempt_timeout_ms,
            },
        }))
    }
}
