//! The steps of a redelivery: a window of an endpoint's deliveries at a time, in the order of their ids.

use crate::outbox::QUEUE;
use crate::outbox::redeliver::{REDELIVER_QUEUE, Redelivery, read};
use crate::{Error, House, Result};
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;
use vestibule_model::{EndpointId, UnixMs, uuid_v7};
use vestibule_store::queue::{FoldHandler, Job, NEVER, Verdict};
use vestibule_store::{StoreError, TenantTx, queue, tsql, vals};

/// How many deliveries one step looks at.
const WINDOW: i64 = 100;
/// An id may be this much older or younger than what it names, in milliseconds.
const SLACK_MS: i64 = 600_000;

/// The worker that owes deliveries again. Idempotent: a step that is done again finds everything owed.
pub struct Redeliverer(pub Arc<House>);

impl FoldHandler for Redeliverer {
    fn queue(&self) -> &'static str {
        REDELIVER_QUEUE
    }

    fn work<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [Job],
        now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Vec<Verdict>, StoreError>> {
        Box::pin(async move {
            let mut verdicts = Vec::with_capacity(jobs.len());
            for job in jobs {
                let goes_on = step(&self.0, tx, job.key.id, now).await.map_err(Error::into_store)?;
                verdicts.push(if goes_on { Verdict::Later(now) } else { Verdict::Done });
            }
            Ok(verdicts)
        })
    }

    fn failed<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        job: &'a Job,
        _error: &'a StoreError,
        now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Option<UnixMs>, StoreError>> {
        let wait = 1_000 * (job.attempts + 1).min(60);
        Box::pin(async move { Ok(Some(now.plus_ms(wait))) })
    }
}

/// One step; whether there is another one.
async fn step(house: &House, tx: &mut TenantTx<'_>, id: Uuid, now: UnixMs) -> Result<bool> {
    let sql = tsql!(
        "SELECT r.id, r.endpoint_id, r.kind, r.event_types, r.since_at, r.until_at, r.state, r.owed_count, r.created_at,
           r.finished_at, r.cursor_id
         FROM redeliveries r JOIN endpoints e ON e.tenant_id = r.tenant_id AND e.id = r.endpoint_id
         WHERE r.tenant_id = $1 AND r.id = $2 AND r.state = 'running' AND e.deleted_at IS NULL"
    );
    let Some(row) = tx.row(sql, vals![id]).await? else {
        finish(house, tx, id).await?;
        return Ok(false);
    };
    let what = read(&row)?;
    let from = row.opt_uuid("cursor_id")?;
    let from =
        from.unwrap_or_else(|| uuid_v7(UnixMs(what.since.0.saturating_sub(SLACK_MS).max(0)), &[0; 10]));
    let Some(to) = window(tx, &what, from).await? else {
        finish(house, tx, id).await?;
        return Ok(false);
    };
    let owed = owe_window(tx, &what, (from, to), now).await?;
    let sql = tsql!(
        "UPDATE redeliveries SET cursor_id = $3, owed_count = owed_count + $4 WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, vals![id, to, owed]).await?;
    if owed > 0 {
        tx.changed("deliveries", None);
        tx.changed("endpoints", Some(what.endpoint.0));
    }
    Ok(true)
}

async fn finish(house: &House, tx: &mut TenantTx<'_>, id: Uuid) -> Result<()> {
    let sql = tsql!(
        "UPDATE redeliveries SET state = 'done', finished_at = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'running'"
    );
    tx.exec(sql, vals![id, house.world.now()]).await?;
    tx.changed("endpoints", None);
    Ok(())
}

/// The last id of the next window; `None` when there is nothing left. Dead letters are found by their state, so that a
/// million deliveries that arrived are not gone through.
async fn window(tx: &mut TenantTx<'_>, what: &Redelivery, from: Uuid) -> Result<Option<Uuid>> {
    let end = uuid_v7(what.until.plus_ms(SLACK_MS), &[0xff; 10]);
    let of_endpoint = tsql!(
        "SELECT id FROM deliveries WHERE tenant_id = $1 AND endpoint_id = $2 AND id > $3 AND id < $4 ORDER BY id LIMIT $5"
    );
    let of_state = tsql!(
        "SELECT id FROM deliveries WHERE tenant_id = $1 AND state = $2 AND id > $3 AND id < $4 ORDER BY id LIMIT $5"
    );
    let rows = if what.kind == "dead" {
        tx.rows(of_state, vals!["dead", from, end, WINDOW]).await?
    } else {
        tx.rows(of_endpoint, vals![what.endpoint, from, end, WINDOW]).await?
    };
    rows.last().map(|row| row.uuid("id")).transpose().map_err(Error::from)
}

/// Owes what is in a window again; how many. Call by call, by keys alone: what PostgreSQL's planner believes of a table
/// that grew in an hour must not matter.
async fn owe_window(
    tx: &mut TenantTx<'_>,
    what: &Redelivery,
    (from, to): (Uuid, Uuid),
    now: UnixMs,
) -> Result<i64> {
    let sql = tsql!(
        "SELECT id, subject_id FROM deliveries
         WHERE tenant_id = $1 AND endpoint_id = $2 AND id > $3 AND id <= $4 AND created_at >= $5 AND created_at < $6
           AND state IN ('dead', $7) AND event_type IN ($8, $9, $10, $11)
           AND EXISTS (SELECT 1 FROM delivery_bodies b WHERE b.tenant_id = $1 AND b.delivery_id = deliveries.id)
         ORDER BY id LIMIT $12"
    );
    let also = if what.kind == "dead" { "dead" } else { "delivered" };
    // Four types there are; fewer are said more than once.
    let kind = |n: usize| what.event_types.get(n).or_else(|| what.event_types.first()).cloned();
    let values = vals![
        what.endpoint,
        from,
        to,
        what.since,
        what.until,
        also,
        kind(0),
        kind(1),
        kind(2),
        kind(3),
        WINDOW
    ];
    let mut calls = BTreeMap::<Uuid, Vec<Uuid>>::new();
    for row in tx.rows(sql, values).await? {
        calls.entry(row.uuid("subject_id")?).or_default().push(row.uuid("id")?);
    }
    let mut owed = 0;
    for (call, ids) in calls {
        owed += owe_of_call(tx, what.endpoint, call, &ids, now).await?;
    }
    Ok(owed)
}

/// Owes deliveries of one call again, in order with what is owed already: only the first is due, each releases the next.
async fn owe_of_call(
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    call: Uuid,
    ids: &[Uuid],
    now: UnixMs,
) -> Result<i64> {
    if tx.prefers_one_statement() {
        // Whoever settles or owes a delivery of this call holds the call's row: wait, and let them wait.
        let sql = tsql!(pg: "SELECT id FROM calls WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE");
        tx.rows(sql, vals![call]).await?;
    }
    let mut owed = Vec::with_capacity(ids.len());
    for id in ids {
        let sql = tsql!(
            "UPDATE deliveries SET state = 'retrying', next_attempt_at = $3
             WHERE tenant_id = $1 AND id = $2 AND state IN ('delivered', 'dead')"
        );
        if tx.exec(sql, vals![*id, now]).await? > 0 {
            owed.push(*id);
        }
    }
    let sql = tsql!(
        "SELECT id FROM deliveries WHERE tenant_id = $1 AND endpoint_id = $2 AND subject_id = $3
         AND state IN ('pending', 'retrying') ORDER BY revision, id"
    );
    for (place, row) in tx.rows(sql, vals![endpoint, call]).await?.iter().enumerate() {
        let id = row.uuid("id")?;
        let due = if place == 0 { now } else { NEVER };
        if owed.contains(&id) {
            queue::owe(tx, QUEUE, endpoint.0, id, due, now).await?;
        } else if place > 0 {
            queue::later(tx, QUEUE, id, due).await?;
        }
    }
    Ok(i64::try_from(owed.len()).unwrap_or(0))
}
