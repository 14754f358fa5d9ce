//! The sweep: finds due work that no hint told of, left by a crash or by another node.

use crate::queue::GroupKey;
use crate::{Db, Engine, Hint, Result};
use std::borrow::Cow;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use vestibule_model::UnixMs;

/// Steps from group to group by the index, so that its cost grows with the groups, not with the jobs.
const NEXT_SQLITE: &str = "WITH RECURSIVE step (tenant_id, queue, group_id) AS (
    SELECT tenant_id, queue, group_id FROM (
      SELECT tenant_id, queue, group_id FROM jobs ORDER BY tenant_id, queue, group_id LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.queue, n.group_id FROM step s JOIN jobs n ON n.rowid = (
      SELECT j.rowid FROM jobs j WHERE (j.tenant_id, j.queue, j.group_id) > (s.tenant_id, s.queue, s.group_id)
      ORDER BY j.tenant_id, j.queue, j.group_id LIMIT 1))
  SELECT tenant_id, queue, group_id, (
    SELECT min(j.next_at) FROM jobs j
    WHERE j.tenant_id = step.tenant_id AND j.queue = step.queue AND j.group_id = step.group_id) AS due_at
  FROM step";

const NEXT_PG: &str = "WITH RECURSIVE step (tenant_id, queue, group_id) AS (
    (SELECT tenant_id, queue, group_id FROM jobs ORDER BY tenant_id, queue, group_id LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.queue, n.group_id FROM step s CROSS JOIN LATERAL (
      SELECT j.tenant_id, j.queue, j.group_id FROM jobs j
      WHERE (j.tenant_id, j.queue, j.group_id) > (s.tenant_id, s.queue, s.group_id)
      ORDER BY j.tenant_id, j.queue, j.group_id LIMIT 1) n)
  SELECT tenant_id, queue, group_id, (
    SELECT min(j.next_at) FROM jobs j
    WHERE j.tenant_id = step.tenant_id AND j.queue = step.queue AND j.group_id = step.group_id) AS due_at
  FROM step";

/// Hints every group that is due at `now`; the number of groups and the next instant at which one comes due.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn sweep_once(db: &Db, now: UnixMs) -> Result<(usize, Option<UnixMs>)> {
    let sql = match db.engine() {
        Engine::Sqlite => NEXT_SQLITE,
        Engine::Postgres => NEXT_PG,
    };
    let mut tx = db.system().await?;
    let rows = tx.rows(sql, None, &[]).await?;
    tx.rollback().await?;
    let (mut due, mut next) = (Vec::new(), None::<UnixMs>);
    for row in rows {
        let at = row.at("due_at")?;
        if at <= now {
            due.push(Hint::Due(GroupKey {
                tenant: row.id("tenant_id")?,
                queue: Cow::Owned(row.text("queue")?),
                group: row.uuid("group_id")?,
            }));
        } else {
            next = Some(next.map_or(at, |n| n.min(at)));
        }
    }
    let count = due.len();
    db.hub().tell(due);
    Ok((count, next))
}

/// Ends every lease that a former run of the program left behind; how many. SQLite has one program, so at its
/// start nobody holds a lease; on PostgreSQL another node may, and leases end by themselves.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn end_stale_leases(db: &Db) -> Result<u64> {
    if db.engine() == Engine::Postgres {
        return Ok(0);
    }
    let mut tx = db.write().await?;
    let sql = "UPDATE jobs SET next_at = $1 WHERE leased = TRUE AND next_at > $1";
    let ended = tx.exec(sql, None, &[db.lease_now().into()]).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Sweeps for as long as the program runs.
#[derive(Debug, Clone)]
pub struct Sweeper {
    /// The data.
    pub db: Db,
    /// The time between two sweeps, in milliseconds.
    pub every_ms: u64,
}

impl Sweeper {
    /// Sweeps until told to stop. A sweep that takes long is followed by a longer pause, so that sweeping never
    /// takes more than a tenth of the time.
    pub async fn run(self, stop: CancellationToken) {
        let mut measured = None::<Instant>;
        loop {
            let began = Instant::now();
            if measured.is_none_or(|at| at.elapsed() > Duration::from_secs(30)) {
                if let Err(error) = self.db.measure_clock().await {
                    tracing::warn!(error = %error, "the database's clock could not be measured");
                }
                measured = Some(began);
            }
            let mut pause = Duration::from_millis(self.every_ms);
            match sweep_once(&self.db, self.db.lease_now()).await {
                Ok((_, Some(next))) => {
                    let until = next.since(self.db.lease_now()).max(20);
                    pause = pause.min(Duration::from_millis(until.unsigned_abs()));
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(error = %error, "the sweep failed; it is tried again"),
            }
            let pause = pause.max(began.elapsed() * 10);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}
