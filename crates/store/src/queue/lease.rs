//! Leased queues: a job is claimed with a lease number, worked at outside any transaction, and finished only
//! under that number. A lease that ran out is claimed again, and whoever held it before can no longer finish.

use crate::queue::{GroupKey, JobKey};
use crate::{Db, Result, TenantTx, tsql, vals};
use futures::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vestibule_access::{Actor, Mint, TenantScope};
use vestibule_model::{TenantId, UnixMs};

/// A job under lease.
#[derive(Debug, Clone)]
pub struct LeasedJob {
    /// Which job.
    pub key: JobKey,
    /// The lease under which it must be finished.
    pub lease_no: i64,
    /// How many tries counted so far.
    pub attempts: i64,
    /// How many tries were lost to crashes.
    pub lost: i64,
    /// True when the try before this one was lost.
    pub was_lost: bool,
    /// Inside which tenant.
    pub scope: TenantScope,
}

impl LeasedJob {
    /// Deletes the job if the lease still holds; false means that somebody else has it: discard your result.
    ///
    /// # Errors
    /// [`crate::StoreError`] as the database says.
    pub async fn finish(&self, tx: &mut TenantTx<'_>) -> Result<bool> {
        let sql = tsql!("DELETE FROM jobs WHERE tenant_id = $1 AND queue = $2 AND id = $3 AND lease_no = $4");
        let queue = self.key.group.queue.as_ref();
        Ok(tx.exec(sql, vals![queue, self.key.id, self.lease_no]).await? > 0)
    }

    /// Gives the job back for another try if the lease still holds; `counts` says whether this try counted.
    ///
    /// # Errors
    /// [`crate::StoreError`] as the database says.
    pub async fn again(&self, tx: &mut TenantTx<'_>, at: UnixMs, counts: bool, error: &str) -> Result<bool> {
        let sql = tsql!(
            "UPDATE jobs SET leased = FALSE, next_at = $5, attempts = attempts + $6, last_error = $7
             WHERE tenant_id = $1 AND queue = $2 AND id = $3 AND lease_no = $4"
        );
        let queue = self.key.group.queue.as_ref();
        let values = vals![queue, self.key.id, self.lease_no, at, i64::from(counts), error];
        Ok(tx.exec(sql, values).await? > 0)
    }
}

/// How many jobs of a group may be claimed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// As many as there are slots.
    Open,
    /// One, to see whether the group works again.
    Probe,
    /// None.
    Shut,
}

/// Who works at a leased queue.
pub trait LeaseHandler: Send + Sync + 'static {
    /// The queue's name.
    fn queue(&self) -> &'static str;

    /// Whether a group may be claimed from now.
    fn gate<'a>(
        &'a self,
        scope: &'a TenantScope,
        group: &'a GroupKey,
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Gate>>;

    /// Works at a job and finishes it, or gives it back. A job that is neither comes due when its lease ends.
    fn work(&self, job: LeasedJob) -> BoxFuture<'_, ()>;
}

/// How many jobs are worked at side by side.
#[derive(Debug, Clone, Copy)]
pub struct Slots {
    /// In one group.
    pub group: usize,
    /// In one tenant.
    pub tenant: usize,
    /// On this node.
    pub node: usize,
    /// How long a lease lasts, in milliseconds: longer than any work may take.
    pub lease_ms: i64,
}

/// The workers of a leased queue.
pub struct Leaser {
    db: Db,
    mint: Mint,
    handler: Arc<dyn LeaseHandler>,
    slots: Slots,
    node: Arc<Semaphore>,
    flying: Arc<Mutex<Flying>>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Flying {
    groups: HashMap<GroupKey, usize>,
    tenants: HashMap<TenantId, usize>,
    /// Groups that found their tenant's slots taken: whoever lands in the tenant puts them back.
    starved: HashMap<TenantId, Vec<GroupKey>>,
}

impl Flying {
    /// Gives a slot back; the groups that may have been waiting for it.
    fn land(&mut self, key: &GroupKey) -> Vec<GroupKey> {
        if let Some(count) = self.groups.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                self.groups.remove(key);
            }
        }
        if let Some(count) = self.tenants.get_mut(&key.tenant) {
            *count -= 1;
            if *count == 0 {
                self.tenants.remove(&key.tenant);
            }
        }
        self.starved.remove(&key.tenant).unwrap_or_default()
    }
}

impl Leaser {
    /// Workers that use `handler`.
    #[must_use]
    pub fn new(
        db: Db,
        mint: Mint,
        handler: Arc<dyn LeaseHandler>,
        slots: (usize, usize, usize),
        lease_ms: i64,
    ) -> Self {
        drop(db.hub().ready(handler.queue()));
        let slots = Slots { group: slots.0, tenant: slots.1, node: slots.2, lease_ms };
        let node = Arc::new(Semaphore::new(slots.node));
        Self { db, mint, handler, slots, node, flying: Arc::default(), tasks: TaskTracker::new() }
    }

    /// Works until told to stop, then waits for what is in flight.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let ready = self.db.hub().ready(self.handler.queue());
        loop {
            let groups = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                groups = ready.take(16) => groups,
            };
            for key in groups {
                self.serve(key).await;
            }
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Works at everything that is due now and waits for it; how many jobs were worked at. For tests.
    ///
    /// # Errors
    /// [`crate::StoreError`] as the database says.
    pub async fn drain(self: &Arc<Self>) -> Result<usize> {
        let ready = self.db.hub().ready(self.handler.queue());
        let mut worked = 0;
        crate::queue::sweep_once(&self.db, self.db.lease_now()).await?;
        loop {
            // Asked first: a task that ends puts its group back before.
            let is_idle = self.tasks.is_empty();
            let groups = ready.try_take(16);
            if groups.is_empty() {
                if is_idle {
                    return Ok(worked);
                }
                tokio::task::yield_now().await;
                continue;
            }
            for key in groups {
                worked += self.serve(key).await;
            }
        }
    }

    async fn serve(self: &Arc<Self>, key: GroupKey) -> usize {
        let ready = self.db.hub().ready(self.handler.queue());
        let (room, is_idle) = {
            let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
            let in_group = flying.groups.get(&key).copied().unwrap_or(0);
            let group = self.slots.group.saturating_sub(in_group);
            let tenant =
                self.slots.tenant.saturating_sub(flying.tenants.get(&key.tenant).copied().unwrap_or(0));
            if tenant == 0 {
                flying.starved.entry(key.tenant).or_default().push(key.clone());
            }
            (group.min(tenant), in_group == 0)
        };
        if room == 0 {
            // Whoever lands puts the group back.
            ready.done(key, false);
            return 0;
        }
        // Places before claims: a lease must not run out while its job waits for one.
        let Ok(first) = self.node.clone().acquire_owned().await else { return 0 };
        let mut permits = vec![first];
        while permits.len() < room
            && let Ok(permit) = self.node.clone().try_acquire_owned()
        {
            permits.push(permit);
        }
        let scope = self.mint.tenant(key.tenant, Actor::System("queue"));
        match self.claim(&scope, &key, permits.len(), is_idle).await {
            Ok(jobs) => {
                let count = jobs.len();
                {
                    let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
                    *flying.groups.entry(key.clone()).or_default() += count;
                    *flying.tenants.entry(key.tenant).or_default() += count;
                    if count == 0 {
                        flying.groups.retain(|_, n| *n > 0);
                        flying.tenants.retain(|_, n| *n > 0);
                    }
                }
                for (job, permit) in jobs.into_iter().zip(permits) {
                    let (me, ready, key) = (self.clone(), ready.clone(), key.clone());
                    self.tasks.spawn(async move {
                        me.handler.work(job).await;
                        let others = me.flying.lock().unwrap_or_else(PoisonError::into_inner).land(&key);
                        ready.push(key);
                        others.into_iter().for_each(|other| ready.push(other));
                        drop(permit);
                    });
                }
                // A landing puts the group back, so a full claim needs no second look now.
                ready.done(key, false);
                count
            }
            Err(error) => {
                tracing::warn!(error = %error, queue = self.handler.queue(), "work could not be claimed; the sweep will find it");
                ready.done(key, false);
                0
            }
        }
    }

    async fn claim(
        &self,
        scope: &TenantScope,
        key: &GroupKey,
        room: usize,
        is_idle: bool,
    ) -> Result<Vec<LeasedJob>> {
        let now = self.db.lease_now();
        let most = match self.handler.gate(scope, key, now).await? {
            Gate::Open => room,
            Gate::Probe if is_idle => 1,
            Gate::Probe | Gate::Shut => return Ok(Vec::new()),
        };
        let most = i64::try_from(most).unwrap_or(1);
        if !self.is_due(scope, key, now).await? {
            return Ok(Vec::new());
        }
        let mut tx = self.db.write_in(scope).await?;
        let mut tenant = tx.tenant(scope).await?;
        let sql = tsql!(
            sqlite: "SELECT id, lease_no, attempts, lost, leased FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3
                     AND next_at <= $4 ORDER BY next_at, id LIMIT $5",
            pg: "SELECT id, lease_no, attempts, lost, leased FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3
                 AND next_at <= $4 ORDER BY next_at, id LIMIT $5 FOR UPDATE SKIP LOCKED"
        );
        let rows = tenant.rows(sql, vals![key.queue.as_ref(), key.group, now, most]).await?;
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            let was_lost = row.bool("leased")?;
            let job = LeasedJob {
                key: JobKey { group: key.clone(), id: row.uuid("id")? },
                lease_no: row.int("lease_no")? + 1,
                attempts: row.int("attempts")?,
                lost: row.int("lost")? + i64::from(was_lost),
                was_lost,
                scope: *scope,
            };
            let sql = tsql!(
                "UPDATE jobs SET leased = TRUE, lease_no = $4, lost = $5, next_at = $6
                 WHERE tenant_id = $1 AND queue = $2 AND id = $3"
            );
            let until = now.plus_ms(self.slots.lease_ms);
            tenant.exec(sql, vals![key.queue.as_ref(), job.key.id, job.lease_no, job.lost, until]).await?;
            jobs.push(job);
        }
        tx.commit().await?;
        Ok(jobs)
    }

    /// A look without the writer: most groups that land have nothing more to do.
    async fn is_due(&self, scope: &TenantScope, key: &GroupKey, now: UnixMs) -> Result<bool> {
        let mut tx = self.db.read_in(scope).await?;
        let mut tenant = tx.tenant(scope).await?;
        let sql = tsql!(
            "SELECT 1 AS one FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3 AND next_at <= $4 LIMIT 1"
        );
        Ok(tenant.row(sql, vals![key.queue.as_ref(), key.group, now]).await?.is_some())
    }
}
