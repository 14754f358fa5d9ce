//! Folding queues: claim, work and completion are one transaction, so a crash leaves the job as it was and
//! nothing is done twice. SQLite serves up to 64 jobs of any tenants in one commit; PostgreSQL serves one
//! group in one transaction, with several workers side by side.

use crate::queue::{GroupKey, Job, JobKey};
use crate::{Db, Engine, Result, StoreError, TenantTx, Tx, tsql, vals};
use futures::future::BoxFuture;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use vestibule_access::{Actor, Mint};
use vestibule_model::UnixMs;

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is done and deleted.
    Done,
    /// It comes due again.
    Later(UnixMs),
}

/// Who works at a folding queue.
pub trait FoldHandler: Send + Sync + 'static {
    /// The queue's name.
    fn queue(&self) -> &'static str;

    /// Works at jobs of one group inside their tenant; one verdict a job. Effects must be keyed so that a
    /// repetition changes nothing.
    fn work<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [Job],
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Vec<Verdict>>>;

    /// Notes that a job failed, in a transaction of its own; when to try it again, or `None` to give it up.
    fn failed<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        job: &'a Job,
        error: &'a StoreError,
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Option<UnixMs>>>;
}

/// The workers of a folding queue.
pub struct Folder {
    db: Db,
    mint: Mint,
    handler: Arc<dyn FoldHandler>,
}

/// The most jobs in one commit.
const BATCH: usize = 64;
/// The most jobs of one group in one commit on PostgreSQL.
const GROUP_BATCH: usize = 32;

impl Folder {
    /// Workers that use `handler`.
    #[must_use]
    pub fn new(db: Db, mint: Mint, handler: Arc<dyn FoldHandler>) -> Self {
        // Known from now on, so that hints find it.
        drop(db.hub().ready(handler.queue()));
        Self { db, mint, handler }
    }

    /// Works until told to stop; what was begun is finished.
    pub async fn run(self: Arc<Self>, workers: usize, stop: CancellationToken) {
        let workers = if self.db.engine() == Engine::Sqlite { 1 } else { workers };
        let all = (0..workers).map(|_| {
            let (me, stop) = (self.clone(), stop.clone());
            tokio::spawn(async move {
                let ready = me.db.hub().ready(me.handler.queue());
                let most = if me.db.engine() == Engine::Sqlite { BATCH } else { 1 };
                loop {
                    let groups = tokio::select! {
                        biased;
                        () = stop.cancelled() => return,
                        groups = ready.take(most) => groups,
                    };
                    me.serve(groups).await;
                }
            })
        });
        futures::future::join_all(all.collect::<Vec<_>>()).await;
    }

    /// Serves everything that is due now; how many jobs were done. For tests and for commands.
    ///
    /// # Errors
    /// [`StoreError`] as the database says.
    pub async fn drain(&self) -> Result<usize> {
        let ready = self.db.hub().ready(self.handler.queue());
        crate::queue::sweep_once(&self.db, self.db.lease_now()).await?;
        let mut done = 0;
        loop {
            let groups = ready.try_take(BATCH);
            if groups.is_empty() {
                return Ok(done);
            }
            done += self.serve(groups).await;
        }
    }

    async fn serve(&self, groups: Vec<GroupKey>) -> usize {
        let ready = self.db.hub().ready(self.handler.queue());
        match self.serve_together(&groups).await {
            Ok(counts) => {
                let total = counts.iter().map(|(done, _)| done).sum();
                for (key, (_, more)) in groups.into_iter().zip(counts) {
                    ready.done(key, more);
                }
                total
            }
            Err(error) => {
                tracing::debug!(error = %error, queue = self.handler.queue(), "a batch failed; its jobs are tried alone");
                let mut total = 0;
                for key in groups {
                    let (done, more) = self.serve_alone(&key).await;
                    total += done;
                    ready.done(key, more);
                }
                total
            }
        }
    }

    async fn serve_together(&self, groups: &[GroupKey]) -> Result<Vec<(usize, bool)>> {
        let now = self.db.lease_now();
        let scope = groups.first().map(|g| self.mint.tenant(g.tenant, Actor::System("queue")));
        let Some(scope) = scope else { return Ok(Vec::new()) };
        let mut tx = self.db.write_in(&scope).await?;
        match self.serve_in(&mut tx, groups, now).await {
            Ok(counts) => {
                tx.commit().await?;
                Ok(counts)
            }
            Err(error) => {
                // Waited for: the jobs are claimed again at once, and what is still locked would be skipped.
                drop(tx.rollback().await);
                Err(error)
            }
        }
    }

    async fn serve_in(&self, tx: &mut Tx, groups: &[GroupKey], now: UnixMs) -> Result<Vec<(usize, bool)>> {
        let each = (BATCH / groups.len().max(1)).clamp(1, GROUP_BATCH);
        let mut counts = Vec::with_capacity(groups.len());
        for group in groups {
            let scope = self.mint.tenant(group.tenant, Actor::System("queue"));
            let mut tenant = tx.tenant(&scope).await?;
            // One more than is done: whether there is more need not be asked again.
            let mut jobs = claim(&mut tenant, group, now, each + 1).await?;
            let more = jobs.len() > each;
            jobs.truncate(each);
            if !jobs.is_empty() {
                let verdicts = self.handler.work(&mut tenant, &jobs, now).await?;
                settle(&mut tenant, &jobs, &verdicts).await?;
            }
            counts.push((jobs.len(), more));
        }
        Ok(counts)
    }

    /// One job at a time, so that one that cannot be done stops nobody else.
    async fn serve_alone(&self, group: &GroupKey) -> (usize, bool) {
        let scope = self.mint.tenant(group.tenant, Actor::System("queue"));
        let mut done = 0;
        for _ in 0..BATCH {
            let now = self.db.lease_now();
            let mut current = None;
            let served: Result<bool> = async {
                let mut tx = self.db.write_in(&scope).await?;
                let mut tenant = tx.tenant(&scope).await?;
                let jobs = claim(&mut tenant, group, now, 1).await?;
                let Some(job) = jobs.first() else { return Ok(false) };
                current = Some(job.clone());
                let verdicts = self.handler.work(&mut tenant, &jobs, now).await?;
                settle(&mut tenant, &jobs, &verdicts).await?;
                tx.commit().await?;
                Ok(true)
            }
            .await;
            match (served, current) {
                (Ok(true), _) => done += 1,
                (Ok(false), _) => return (done, false),
                (Err(error), Some(job)) => {
                    if let Err(second) = self.note_failure(&scope, &job, &error, now).await {
                        tracing::error!(error = %error, second = %second, "a failed job could not be noted; the sweep will find it");
                        return (done, false);
                    }
                }
                (Err(error), None) => {
                    tracing::warn!(error = %error, "work could not be claimed; the sweep will find it");
                    return (done, false);
                }
            }
        }
        (done, true)
    }

    async fn note_failure(
        &self,
        scope: &vestibule_access::TenantScope,
        job: &Job,
        error: &StoreError,
        now: UnixMs,
    ) -> Result<()> {
        tracing::warn!(error = %error, queue = self.handler.queue(), tenant.id = %scope.tenant(), job.id = %job.key.id, job.attempts = job.attempts, "a job failed");
        metrics::counter!("vestibule_jobs_failed_total", "queue" => self.handler.queue()).increment(1);
        let mut tx = self.db.write_in(scope).await?;
        let mut tenant = tx.tenant(scope).await?;
        // A database that is gone is nobody's fault: the job waits, and the try does not count.
        let again = match error {
            StoreError::Gone(_) | StoreError::Busy => Some(now.plus_ms(1000)),
            StoreError::Conflict(_) | StoreError::Broken(_) => {
                self.handler.failed(&mut tenant, job, error, now).await?
            }
        };
        match again {
            Some(at) => {
                let sql = tsql!(
                    "UPDATE jobs SET next_at = $4, attempts = attempts + 1, last_error = $5
                     WHERE tenant_id = $1 AND queue = $2 AND id = $3"
                );
                tenant.exec(sql, vals![self.handler.queue(), job.key.id, at, error.to_string()]).await?;
            }
            None => {
                crate::queue::finish(&mut tenant, self.handler.queue(), job.key.id).await?;
            }
        }
        tx.commit().await
    }
}

async fn claim(tx: &mut TenantTx<'_>, group: &GroupKey, now: UnixMs, most: usize) -> Result<Vec<Job>> {
    let sql = tsql!(
        sqlite: "SELECT id, attempts FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3 AND next_at <= $4
                 ORDER BY next_at, id LIMIT $5",
        pg: "SELECT id, attempts FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3 AND next_at <= $4
             ORDER BY next_at, id LIMIT $5 FOR UPDATE SKIP LOCKED"
    );
    let most = i64::try_from(most).unwrap_or(1);
    let rows = tx.rows(sql, vals![group.queue.as_ref(), group.group, now, most]).await?;
    rows.iter()
        .map(|row| {
            Ok(Job {
                key: JobKey { group: group.clone(), id: row.uuid("id")? },
                attempts: row.int("attempts")?,
            })
        })
        .collect()
}

async fn settle(tx: &mut TenantTx<'_>, jobs: &[Job], verdicts: &[Verdict]) -> Result<()> {
    if jobs.len() != verdicts.len() {
        return Err(StoreError::Broken("the handler did not judge every job".into()));
    }
    for (job, verdict) in jobs.iter().zip(verdicts) {
        let queue = job.key.group.queue.as_ref();
        match verdict {
            Verdict::Done => {
                let sql = tsql!("DELETE FROM jobs WHERE tenant_id = $1 AND queue = $2 AND id = $3");
                tx.exec(sql, vals![queue, job.key.id]).await?;
            }
            Verdict::Later(at) => {
                let sql = tsql!(
                    "UPDATE jobs SET next_at = $4, attempts = 0 WHERE tenant_id = $1 AND queue = $2 AND id = $3"
                );
                tx.exec(sql, vals![queue, job.key.id, *at]).await?;
            }
        }
    }
    Ok(())
}
