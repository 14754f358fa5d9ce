//! What is written down of an attempt: its row, its delivery, and the figures of its day.

use crate::outbox::QUEUE;
use crate::outbox::days::{Day, bucket};
use crate::outbox::deliver::Due;
use crate::outbox::rules::After;
use crate::outbox::settle::Took;
use crate::{House, Result};
use vestibule_model::{AttemptId, UnixMs};
use vestibule_ports::Receipt;
use vestibule_store::queue::{GroupKey, LeasedJob};
use vestibule_store::{Hint, TenantTx, Val, tsql, vals};

/// What is written down of an attempt.
pub(super) struct Note<'a> {
    pub(super) due: &'a Due,
    pub(super) receipt: &'a Receipt,
    pub(super) took: Took,
    pub(super) request: Option<&'a serde_json::Value>,
    pub(super) day: Day,
    pub(super) now: UnixMs,
}

impl Note<'_> {
    fn request(&self) -> Result<Val> {
        Ok(self.request.map_or(Ok(Val::Json(None)), Val::json)?)
    }

    pub(super) async fn attempt(
        &self,
        house: &House,
        tx: &mut TenantTx<'_>,
        result: &'static str,
    ) -> Result<()> {
        let sql = tsql!(
            "INSERT INTO attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, result, http_status, error,
               response_excerpt, execution_id, request)
             VALUES ($1, $2, $3,
               (SELECT count(*) + 1 FROM attempts a WHERE a.tenant_id = $1 AND a.delivery_id = $3),
               $4, $5, $6, $7, $8, $9, $10, $11)"
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
            receipt.and_then(|r| r.execution_id.clone()),
            if receipt.is_some() { self.request()? } else { Val::Json(None) }
        ];
        tx.exec(sql, values).await?;
        Ok(())
    }

    pub(super) async fn delivery(&self, tx: &mut TenantTx<'_>, after: After) -> Result<()> {
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
    pub(super) async fn delivered_at_once(
        &self,
        house: &House,
        tx: &mut TenantTx<'_>,
        job: &LeasedJob,
    ) -> Result<bool> {
        let sql = tsql!(
            pg: "WITH j AS (
                   DELETE FROM jobs WHERE tenant_id = $1 AND queue = $3 AND id = $2 AND lease_no = $4 RETURNING id),
                 a AS (
                   INSERT INTO attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, result, http_status,
                     response_excerpt, execution_id, request)
                   SELECT $1, $5, $2,
                     (SELECT count(*) + 1 FROM attempts p WHERE p.tenant_id = $1 AND p.delivery_id = $2),
                     $6, $7, 'delivered', $8, $9, $10, $15 FROM j),
                 s AS (
                   INSERT INTO delivery_days (tenant_id, settled_on, endpoint_id, bucket, shard, attempts, delivered, dead,
                     duration_ms)
                   SELECT $1, $16, $13, $17, $18, 1, 1, 0, $7 FROM j
                   ON CONFLICT (tenant_id, settled_on, endpoint_id, bucket, shard) DO UPDATE SET
                     attempts = delivery_days.attempts + 1, delivered = delivery_days.delivered + 1,
                     duration_ms = delivery_days.duration_ms + excluded.duration_ms
                   WHERE delivery_days.tenant_id = $1),
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
            self.due.subject,
            self.request()?,
            self.day.settled_on(self.now),
            bucket(self.took.duration_ms),
            self.day.shard
        ];
        let Some(row) = tx.row(sql, values).await? else { return Ok(false) };
        if row.opt_uuid("next_id")?.is_some() {
            let (tenant, group) = (tx.tenant(), self.due.endpoint.0);
            tx.hint(Hint::Due(GroupKey { tenant, queue: QUEUE.into(), group }));
        }
        Ok(true)
    }
}
