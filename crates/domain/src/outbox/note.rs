//! What is written down of an attempt: its row, its delivery, and the figures of its day.

use crate::outbox::QUEUE;
use crate::outbox::days::{Day, bucket};
use crate::outbox::deliver::Due;
use crate::outbox::rules::After;
use crate::outbox::settle::Took;
use crate::{House, Result};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;
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
}

/// The usual end of attempts of one tenant, all in one statement: the jobs are finished, the attempts and the deliveries
/// are written down, each call's next delivery to the same endpoint no longer waits. Which deliveries those were: of the
/// others somebody else has the lease.
pub(super) async fn delivered_together(
    house: &House,
    tx: &mut TenantTx<'_>,
    ends: &[(&LeasedJob, Note<'_>)],
    shard: i64,
    now: UnixMs,
) -> Result<HashSet<Uuid>> {
    let sql = tsql!(
        pg: "WITH x AS (
               SELECT * FROM jsonb_to_recordset($3) AS x(id UUID, lease_no BIGINT, attempt_id UUID, started_at BIGINT,
                 duration_ms BIGINT, http_status BIGINT, excerpt TEXT, execution_id TEXT, count BIGINT, endpoint_id UUID,
                 subject_id UUID, request JSONB, settled_on TEXT, bucket BIGINT)),
             j AS (
               DELETE FROM jobs USING x WHERE jobs.tenant_id = $1 AND jobs.queue = $2 AND jobs.id = x.id
               AND jobs.lease_no = x.lease_no RETURNING jobs.id),
             h AS (SELECT x.* FROM x JOIN j ON j.id = x.id),
             a AS (
               INSERT INTO attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, result, http_status,
                 response_excerpt, execution_id, request)
               SELECT $1, h.attempt_id, h.id,
                 (SELECT count(*) + 1 FROM attempts p WHERE p.tenant_id = $1 AND p.delivery_id = h.id),
                 h.started_at, h.duration_ms, 'delivered', h.http_status, h.excerpt, h.execution_id, h.request FROM h),
             s AS (
               INSERT INTO delivery_days (tenant_id, settled_on, endpoint_id, bucket, shard, attempts, delivered, dead,
                 duration_ms)
               SELECT $1, h.settled_on, h.endpoint_id, h.bucket, $4, count(*), count(*), 0, sum(h.duration_ms)::BIGINT
               FROM h GROUP BY h.settled_on, h.endpoint_id, h.bucket ORDER BY h.settled_on, h.endpoint_id, h.bucket
               ON CONFLICT (tenant_id, settled_on, endpoint_id, bucket, shard) DO UPDATE SET
                 attempts = delivery_days.attempts + excluded.attempts,
                 delivered = delivery_days.delivered + excluded.delivered,
                 duration_ms = delivery_days.duration_ms + excluded.duration_ms
               WHERE delivery_days.tenant_id = $1),
             d AS (
               UPDATE deliveries SET state = 'delivered', attempts_count = h.count, next_attempt_at = NULL,
                 delivered_at = $5, last_status = h.http_status, last_error = NULL
               FROM h WHERE deliveries.tenant_id = $1 AND deliveries.id = h.id),
             n AS (
               UPDATE jobs SET next_at = $5
               WHERE tenant_id = $1 AND queue = $2 AND leased = FALSE AND id = ANY (ARRAY(
                 SELECT (SELECT w.id FROM deliveries w WHERE w.tenant_id = $1 AND w.endpoint_id = h.endpoint_id
                   AND w.subject_id = h.subject_id AND w.state IN ('pending', 'retrying') AND w.id <> h.id
                   ORDER BY w.revision, w.id LIMIT 1) FROM h))
               RETURNING group_id)
             SELECT h.id, EXISTS (SELECT 1 FROM n WHERE n.group_id = h.endpoint_id) AS has_next FROM h"
    );
    let rows: Vec<_> = ends.iter().map(|(job, note)| note.as_row(house, job)).collect();
    let mut held = HashSet::with_capacity(ends.len());
    let mut has_next = HashSet::new();
    for row in tx.rows(sql, vals![QUEUE, Val::json(&rows)?, shard, now]).await? {
        let id = row.uuid("id")?;
        held.insert(id);
        if row.bool("has_next")? {
            has_next.insert(id);
        }
    }
    for (_, note) in ends.iter().filter(|(_, note)| has_next.contains(&note.due.delivery.0)) {
        let (tenant, group) = (tx.tenant(), note.due.endpoint.0);
        tx.hint(Hint::Due(GroupKey { tenant, queue: QUEUE.into(), group }));
    }
    Ok(held)
}

impl Note<'_> {
    /// An end as [`delivered_together`] takes it.
    fn as_row(&self, house: &House, job: &LeasedJob) -> serde_json::Value {
        let attempt: AttemptId = house.world.new_id();
        json!({
            "id": self.due.delivery.0,
            "lease_no": job.lease_no,
            "attempt_id": attempt.0,
            "started_at": self.took.started_at.0,
            "duration_ms": self.took.duration_ms,
            "http_status": self.receipt.http_status,
            "excerpt": self.receipt.excerpt,
            "execution_id": self.receipt.execution_id,
            "count": self.due.attempts_count + 1,
            "endpoint_id": self.due.endpoint.0,
            "subject_id": self.due.subject,
            "request": self.request,
            "settled_on": self.day.settled_on(self.now),
            "bucket": bucket(self.took.duration_ms),
        })
    }
}
