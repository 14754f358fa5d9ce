//! Leased queues: a job is claimed with a lease number, worked at outside any transaction, and finished only
//! under that number. A lease that ran out is claimed again, and whoever held it before can no longer finish.
//! SQLite claims for many groups in one commit, PostgreSQL group by group, several side by side.

use crate::queue::flying::Flying;
use crate::queue::{GroupKey, JobKey};
use crate::{Db, Engine, Result, TenantTx, tsql, vals};
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vestibule_access::{Actor, Mint, TenantScope};
use vestibule_model::UnixMs;

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
    /// As many as its own limits allow.
    Within(Limits),
    /// One, to see whether the group works again.
    Probe,
    /// None.
    Shut,
}

/// The limits of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many may be in flight on this node, instead of the usual number.
    pub in_flight: usize,
    /// How many may be claimed now.
    pub now: usize,
    /// When one more may be claimed, where `now` is bounded by time.
    pub again_at: Option<UnixMs>,
}

/// Who works at a leased queue.
pub trait LeaseHandler: Send + Sync + 'static {
    /// What is read with the claim and needed for the work.
    type Load: Send + 'static;

    /// The queue's name.
    fn queue(&self) -> &'static str;

    /// Whether a group may be claimed from now.
    fn gate<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        group: &'a GroupKey,
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Gate>>;

    /// Reads what a claimed job needs, in the transaction of the claim. An error undoes the claims of that
    /// transaction, so what is wrong with one job belongs into its load.
    fn load<'a>(&'a self, tx: &'a mut TenantTx<'_>, job: &'a LeasedJob) -> BoxFuture<'a, Result<Self::Load>>;

    /// Reads what claimed jobs of one group need, in their order; one by one where nothing else is said.
    fn load_all<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [LeasedJob],
    ) -> BoxFuture<'a, Result<Vec<Self::Load>>> {
        Box::pin(async move {
            let mut loads = Vec::with_capacity(jobs.len());
            for job in jobs {
                loads.push(self.load(tx, job).await?);
            }
            Ok(loads)
        })
    }

    /// Works at a job and finishes it, or gives it back. A job that is neither comes due when its lease ends.
    fn work(&self, job: LeasedJob, load: Self::Load) -> BoxFuture<'_, ()>;
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
pub struct Leaser<H> {
    db: Db,
    mint: Mint,
    handler: Arc<H>,
    slots: Slots,
    node: Arc<Semaphore>,
    flying: Arc<Mutex<Flying>>,
    tasks: TaskTracker,
}

/// How many groups are looked at together.
const TOGETHER: usize = 16;
/// How many groups are claimed side by side on PostgreSQL.
const ABREAST: usize = 4;

/// The longest wait for a group that only time holds up; it is looked at again then.
const LONGEST_ALARM_MS: i64 = 60_000;

/// A group with places for its jobs.
struct Places {
    key: GroupKey,
    is_idle: bool,
    permits: Vec<OwnedSemaphorePermit>,
}

/// What was claimed for a group.
struct Claimed<L> {
    jobs: Vec<(LeasedJob, L)>,
    /// As many as there were places for: there may be more.
    is_full: bool,
    /// When one more may be claimed, where there may be more and only time forbids it.
    again_at: Option<UnixMs>,
}

impl<H: LeaseHandler> Leaser<H> {
    /// Workers that use `handler`.
    #[must_use]
    pub fn new(db: Db, mint: Mint, handler: Arc<H>, slots: (usize, usize, usize), lease_ms: i64) -> Self {
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
                groups = ready.take(TOGETHER) => groups,
            };
            self.serve(groups).await;
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
            let groups = ready.try_take(TOGETHER);
            if groups.is_empty() {
                if is_idle {
                    return Ok(worked);
                }
                tokio::task::yield_now().await;
                continue;
            }
            worked += self.serve(groups).await;
        }
    }

    async fn serve(self: &Arc<Self>, groups: Vec<GroupKey>) -> usize {
        if self.db.engine() == Engine::Sqlite {
            return self.serve_together(groups).await;
        }
        let one_by_one = stream::iter(groups).map(|key| self.serve_together(vec![key]));
        one_by_one.buffer_unordered(ABREAST).fold(0, |sum, count| async move { sum + count }).await
    }

    async fn serve_together(self: &Arc<Self>, groups: Vec<GroupKey>) -> usize {
        let ready = self.db.hub().ready(self.handler.queue());
        let places = self.seat(groups).await;
        if places.is_empty() {
            return 0;
        }
        let mut count = 0;
        match self.claim(&places).await {
            Ok(claims) => {
                for (Places { key, permits, .. }, claimed) in places.into_iter().zip(claims) {
                    count += claimed.jobs.len();
                    self.fly(&key, permits, claimed);
                    // A landing puts the group back, so a full claim needs no second look now.
                    ready.done(key, false);
                }
            }
            Err(error) => {
                tracing::warn!(error = %error, queue = self.handler.queue(), "work could not be claimed; the sweep will find it");
                for Places { key, permits, .. } in places {
                    let spare = self.flying().release(&key, permits.len());
                    ready.done(key, false);
                    spare.into_iter().for_each(|group| ready.push(group));
                }
            }
        }
        count
    }

    /// Finds places before anything is claimed: a lease must not run out while its job waits for one. Waits for the
    /// first; groups for which there is none now are given back.
    async fn seat(&self, groups: Vec<GroupKey>) -> Vec<Places> {
        let ready = self.db.hub().ready(self.handler.queue());
        let mut seated: Vec<Places> = Vec::with_capacity(groups.len());
        let mut groups = groups.into_iter();
        while let Some(key) = groups.next() {
            let asked = self.flying().reserve(&key, &self.slots);
            let Some((room, is_idle)) = asked else {
                // Whoever lands puts the group back.
                ready.done(key, false);
                continue;
            };
            let mut permits = Vec::with_capacity(room);
            while permits.len() < room
                && let Ok(permit) = self.node.clone().try_acquire_owned()
            {
                permits.push(permit);
            }
            if permits.is_empty() && seated.is_empty() {
                let Ok(permit) = self.node.clone().acquire_owned().await else { return seated };
                permits.push(permit);
            }
            let spare = self.flying().release(&key, room - permits.len());
            spare.into_iter().for_each(|group| ready.push(group));
            if permits.is_empty() {
                ready.give_back(std::iter::once(key).chain(groups).collect::<Vec<_>>().into_iter());
                return seated;
            }
            seated.push(Places { key, is_idle, permits });
        }
        seated
    }

    fn fly(self: &Arc<Self>, key: &GroupKey, permits: Vec<OwnedSemaphorePermit>, claimed: Claimed<H::Load>) {
        let ready = self.db.hub().ready(self.handler.queue());
        let spare = {
            let mut flying = self.flying();
            if claimed.is_full {
                flying.note_hungry(key);
            }
            flying.release(key, permits.len() - claimed.jobs.len())
        };
        spare.into_iter().for_each(|group| ready.push(group));
        if let Some(at) = claimed.again_at {
            self.put_back_at(key, at);
        }
        for ((job, load), permit) in claimed.jobs.into_iter().zip(permits) {
            let (me, ready, key) = (self.clone(), ready.clone(), key.clone());
            self.tasks.spawn(async move {
                me.handler.work(job, load).await;
                let waiting = me.flying().land(key);
                waiting.into_iter().for_each(|group| ready.push(group));
                drop(permit);
            });
        }
    }

    /// Puts a group back at an instant. Only a help: the sweep finds it as well, and nobody waits for this at the end.
    fn put_back_at(&self, key: &GroupKey, at: UnixMs) {
        if !self.flying().set_alarm(key) {
            return;
        }
        let wait = at.since(self.db.lease_now()).clamp(1, LONGEST_ALARM_MS).unsigned_abs();
        let (flying, ready) = (self.flying.clone(), self.db.hub().ready(self.handler.queue()));
        let key = key.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            flying.lock().unwrap_or_else(PoisonError::into_inner).clear_alarm(&key);
            ready.push(key);
        });
    }

    fn flying(&self) -> MutexGuard<'_, Flying> {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn claim(&self, places: &[Places]) -> Result<Vec<Claimed<H::Load>>> {
        let now = self.db.lease_now();
        let scopes: Vec<TenantScope> =
            places.iter().map(|p| self.mint.tenant(p.key.tenant, Actor::System("queue"))).collect();
        let Some(first) = scopes.first() else { return Ok(Vec::new()) };
        let mut tx = self.db.write_in(first).await?;
        let mut claims = Vec::with_capacity(places.len());
        for (place, scope) in places.iter().zip(&scopes) {
            let mut tenant = tx.tenant(scope).await?;
            let (most, again_at, may_wait) = match self.handler.gate(&mut tenant, &place.key, now).await? {
                Gate::Open => (place.permits.len(), None, false),
                Gate::Within(limits) => {
                    let mut flying = self.flying();
                    flying.note_limit(&place.key, limits.in_flight, &self.slots);
                    let others = flying.count(&place.key).saturating_sub(place.permits.len());
                    let free = limits.in_flight.saturating_sub(others).min(place.permits.len());
                    (free.min(limits.now), limits.again_at, others > 0)
                }
                Gate::Probe if place.is_idle => (1, None, false),
                Gate::Probe | Gate::Shut => (0, None, false),
            };
            let mut jobs = Vec::new();
            if most > 0 {
                let until = now.plus_ms(self.slots.lease_ms);
                let leased = lease(&mut tenant, scope, &place.key, (now, until), most).await?;
                let loads = self.handler.load_all(&mut tenant, &leased).await?;
                jobs.extend(leased.into_iter().zip(loads));
            }
            let is_full = jobs.len() == most && (most > 0 || may_wait);
            claims.push(Claimed { is_full, again_at: again_at.filter(|_| jobs.len() == most), jobs });
        }
        tx.commit().await?;
        Ok(claims)
    }
}

/// Leases due jobs of a group. A job that is still leased was lost by whoever had it; its `last_error` says so until the
/// next one has an opinion, for RETURNING knows only what is new.
async fn lease(
    tx: &mut TenantTx<'_>,
    scope: &TenantScope,
    group: &GroupKey,
    (now, until): (UnixMs, UnixMs),
    most: usize,
) -> Result<Vec<LeasedJob>> {
    let sql = tsql!(
        sqlite: "UPDATE jobs SET leased = TRUE, lease_no = lease_no + 1, next_at = $6,
                   lost = CASE WHEN leased THEN lost + 1 ELSE lost END,
                   last_error = CASE WHEN leased THEN 'lost' WHEN last_error = 'lost' THEN NULL ELSE last_error END
                 WHERE tenant_id = $1 AND queue = $2 AND id IN (
                   SELECT id FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3 AND next_at <= $4
                   ORDER BY next_at, id LIMIT $5)
                 RETURNING id, lease_no, attempts, lost, last_error",
        pg: "UPDATE jobs SET leased = TRUE, lease_no = lease_no + 1, next_at = $6,
               lost = CASE WHEN leased THEN lost + 1 ELSE lost END,
               last_error = CASE WHEN leased THEN 'lost' WHEN last_error = 'lost' THEN NULL ELSE last_error END
             WHERE tenant_id = $1 AND queue = $2 AND id = ANY (ARRAY(
               SELECT id FROM jobs WHERE tenant_id = $1 AND queue = $2 AND group_id = $3 AND next_at <= $4
               ORDER BY next_at, id LIMIT $5 FOR UPDATE SKIP LOCKED))
             RETURNING id, lease_no, attempts, lost, last_error"
    );
    let most = i64::try_from(most).unwrap_or(1);
    let rows = tx.rows(sql, vals![group.queue.as_ref(), group.group, now, most, until]).await?;
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        jobs.push(LeasedJob {
            key: JobKey { group: group.clone(), id: row.uuid("id")? },
            lease_no: row.int("lease_no")?,
            attempts: row.int("attempts")?,
            lost: row.int("lost")?,
            was_lost: row.opt_text("last_error")?.as_deref() == Some("lost"),
            scope: *scope,
        });
    }
    // RETURNING promises no order; ids grow with time.
    jobs.sort_unstable_by_key(|job| job.key.id);
    Ok(jobs)
}
