//! Delivering: one attempt under a lease; what came of it is settled in `settle`. Idempotent for us by the lease
//! number; for the receiver by `webhook-id`, which stays the same on every attempt.

use crate::outbox::pace::Pace;
use crate::outbox::rules::{self, Circuit, MOST_LOST};
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
    pub(super) house: Arc<House>,
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
    pub(super) parcel: Parcel,
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
            if self.house.is_muted() {
                return Ok(Gate::Shut);
            }
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
            let mut loads = self.load_all(tx, std::slice::from_ref(job)).await?;
            Ok(loads.pop().unwrap_or(Ok(None)))
        })
    }

    fn load_all<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [LeasedJob],
    ) -> BoxFuture<'a, std::result::Result<Vec<Self::Load>, StoreError>> {
        Box::pin(async move {
            match self.read(tx, jobs).await {
                Ok(loads) => Ok(loads),
                Err(Error::Store(error)) if error.is_passing() => Err(error),
                // What is wrong with this endpoint undoes nobody else's claim.
                Err(error) => {
                    let text = error.to_string();
                    Ok(jobs.iter().map(|_| Err(Error::fault(&text))).collect())
                }
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

pub(super) fn circuit(row: &Row) -> std::result::Result<Circuit, StoreError> {
    Ok(Circuit {
        failures_in_row: row.int("failures_in_row")?,
        open_since: row.opt_at("circuit_open_since")?,
        probe_at: row.opt_at("probe_at")?,
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
}
