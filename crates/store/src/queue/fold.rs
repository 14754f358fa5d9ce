//! Folding queues: claim, work and completion are one transaction, so a crash leaves the job as it was and
//! nothing is done twice: claiming deletes the job, and what rolls the work back brings the job back. SQLite
//! serves jobs of many tenants in one commit, a few milliseconds long; PostgreSQL serves one group in one
//! transaction, with several workers side by side.

use crate::queue::{GroupKey, Job, JobKey};
use crate::{Db, Engine, Result, StoreError, TenantTx, Tx, tsql, vals};
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::{Duration, Instant};
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

    /// Whether [`FoldHandler::ahead`] does anything.
    fn looks_ahead(&self) -> bool {
        false
    }

    /// Reads and computes what `work` will need of a group's due jobs, in a transaction that only reads: whoever writes
    /// on SQLite writes alone. Only a help: `work` must do without.
    fn ahead<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        _group: &'a GroupKey,
        _now: UnixMs,
        _most: usize,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

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

/// The most groups in one commit.
const BATCH: usize = 64;
/// The most jobs of one group in one commit.
const GROUP_BATCH: usize = 16;
/// How long a commit on SQLite may be in the making.
const BATCH_TIME: Duration = Duration::from_millis(8);
/// The same while events come in: whoever accepts one waits for it, and the commit itself takes about as long again.
const PRESSED_BATCH_TIME: Duration = Duration::from_millis(1);

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
        // One writes while the other looks ahead.
        let abreast = if self.handler.looks_ahead() { 2 } else { 1 };
        let workers = if self.db.engine() == Engine::Sqlite { abreast } else { workers };
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
                let mut groups = groups.into_iter();
                for ((_, more), key) in counts.iter().zip(groups.by_ref()) {
                    ready.done(key, *more);
                }
                if groups.len() > 0 {
                    ready.give_back(groups);
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
        if self.db.engine() == Engine::Sqlite && self.handler.looks_ahead() {
            self.look_ahead(groups, now).await?;
        }
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

    async fn look_ahead(&self, groups: &[GroupKey], now: UnixMs) -> Result<()> {
        let began = Instant::now();
        let mut tx = self.db.read().await?;
        for group in groups {
            let scope = self.mint.tenant(group.tenant, Actor::System("queue"));
            self.handler.ahead(&mut tx.tenant(&scope).await?, group, now, GROUP_BATCH).await?;
            if began.elapsed() >= self.batch_time() {
                break;
            }
        }
        Ok(())
    }

    fn batch_time(&self) -> Duration {
        if self.db.is_pressed() { PRESSED_BATCH_TIME } else { BATCH_TIME }
    }

    /// Serves groups for as long as there is time: how many jobs of each were done, and whether it may have more. At
    /// least the first is served.
    async fn serve_in(&self, tx: &mut Tx, groups: &[GroupKey], now: UnixMs) -> Result<Vec<(usize, bool)>> {
        let began = Instant::now();
        let mut counts = Vec::with_capacity(groups.len());
        for group in groups {
            let scope = self.mint.tenant(group.tenant, Actor::System("queue"));
            let mut tenant = tx.tenant(&scope).await?;
            let jobs = claim(&mut tenant, group, now, GROUP_BATCH).await?;
            if !jobs.is_empty() {
                let verdicts = self.handler.work(&mut tenant, &jobs, now).await?;
                settle(&mut tenant, &jobs, &verdicts, now).await?;
            }
            counts.push((jobs.len(), jobs.len() == GROUP_BATCH));
            if began.elapsed() >= self.batch_time() {
                break;
            }
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
                settle(&mut tenant, &jobs, &verdicts, now).await?;
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

/// Takes due jobs of a group, the longest due first, by deleting them.
async fn claim(tx: &mut TenantTx<'_>, group: &GroupKey, now: UnixMs, most: usize) -> Result<Vec<Job>> {
    let sql = tsql!(
        sqlite: "DELETE FROM jobs WHERE tenant_id = $1 AND queue = $2 AND id IN (
                   SELECT id FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3 AND next_at <= $4
                   ORDER BY next_at, id LIMIT $5)
                 RETURNING id, attempts, next_at",
        pg: "DELETE FROM jobs WHERE tenant_id = $1 AND queue = $2 AND id = ANY (ARRAY(
               SELECT id FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3 AND next_at <= $4
               ORDER BY next_at, id LIMIT $5 FOR UPDATE SKIP LOCKED))
             RETURNING id, attempts, next_at"
    );
    let most = i64::try_from(most).unwrap_or(1);
    let rows = tx.rows(sql, vals![group.queue.as_ref(), group.group, now, most]).await?;
    let mut jobs = Vec::with_capacity(rows.len());
    for row in &rows {
        let key = JobKey { group: group.clone(), id: row.uuid("id")? };
        jobs.push((row.at("next_at")?, Job { key, attempts: row.int("attempts")? }));
    }
    // RETURNING promises no order.
    jobs.sort_unstable_by_key(|(at, job)| (*at, job.key.id));
    Ok(jobs.into_iter().map(|(_, job)| job).collect())
}

/// Puts back the jobs that come due again.
async fn settle(tx: &mut TenantTx<'_>, jobs: &[Job], verdicts: &[Verdict], now: UnixMs) -> Result<()> {
    if jobs.len() != verdicts.len() {
        return Err(StoreError::Broken("the handler did not judge every job".into()));
    }
    for (job, verdict) in jobs.iter().zip(verdicts) {
        if let Verdict::Later(at) = verdict {
            let JobKey { group, id } = &job.key;
            crate::queue::owe(tx, group.queue.clone(), group.group, *id, *at, now).await?;
        }
    }
    Ok(())
}
