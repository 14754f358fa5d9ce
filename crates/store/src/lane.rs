//! A lane: many small acts of many tenants, committed together on SQLite; on PostgreSQL one by one, or those of one
//! tenant together.
//!
//! A commit waits for the disk, so whoever waits shares it. A batch that fails is halved until the act that cannot be
//! done stands alone: it refuses nobody else. The lane is bounded; when the wait it predicts is too long, or one tenant
//! fills more than its quarter, it answers [`StoreError::Busy`].

use crate::{Db, Engine, Result, StoreError, Tx};
use futures::future::BoxFuture;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use vestibule_access::TenantScope;
use vestibule_model::TenantId;

/// What a lane does with its items.
pub trait BatchWork: Send + Sync + 'static {
    /// One act.
    type Item: Send + Sync + 'static;
    /// Its answer.
    type Reply: Send + 'static;
    /// Whether it goes ahead of everybody else who writes, because somebody outside waits for it.
    const GOES_FIRST: bool;
    /// Whether what waits of one tenant is one transaction on PostgreSQL as well.
    const SHARES: bool = false;

    /// Does the acts in one transaction, on PostgreSQL always of one tenant; the answers in the same order. Idempotent: a batch whose outcome is
    /// unknown may be done again.
    fn run<'a>(
        &'a self,
        tx: &'a mut Tx,
        items: &'a [(TenantScope, Self::Item)],
    ) -> BoxFuture<'a, Result<Vec<Self::Reply>>>;
}

type Waiting<W> = ((TenantScope, <W as BatchWork>::Item), oneshot::Sender<Result<<W as BatchWork>::Reply>>);

/// A bounded lane.
pub struct Lane<W: BatchWork> {
    db: Db,
    work: Arc<W>,
    sender: Option<mpsc::Sender<Waiting<W>>>,
    tables: Option<Arc<Tables<W>>>,
    quota: Arc<Quota>,
    capacity: usize,
    /// How many items are done at a time: in one commit on SQLite, on as many connections on PostgreSQL.
    abreast: usize,
    most_wait_us: i64,
}

/// PostgreSQL: who waits, by tenant. Each tenant that is in it has somebody who serves it.
struct Tables<W: BatchWork> {
    waiting: Mutex<HashMap<TenantId, VecDeque<Waiting<W>>>>,
    connections: Semaphore,
}

#[derive(Default)]
struct Quota {
    waiting: AtomicUsize,
    per_tenant: Mutex<HashMap<TenantId, usize>>,
    /// A moving average of the microseconds one commit takes, its wait for the writer included.
    commit_us: AtomicI64,
    room: Notify,
}

struct Place(Arc<Quota>, TenantId);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
        let mut counts = self.0.per_tenant.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
        drop(counts);
        self.0.room.notify_one();
    }
}

impl Quota {
    fn enter(
        self: &Arc<Self>,
        tenant: TenantId,
        capacity: usize,
        abreast: usize,
        most_wait_us: i64,
    ) -> Result<Place> {
        let waiting = self.waiting.load(Ordering::Relaxed);
        // Whoever waits is carried by the commits that are still to come.
        let commits = i64::try_from(waiting / abreast.max(1)).unwrap_or(i64::MAX);
        let predicted = commits.saturating_mul(self.commit_us.load(Ordering::Relaxed));
        if waiting >= capacity || predicted > most_wait_us {
            return Err(StoreError::Busy);
        }
        let mut counts = self.per_tenant.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(tenant).or_default();
        if *count >= (capacity / 4).max(1) {
            return Err(StoreError::Busy);
        }
        *count += 1;
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Ok(Place(self.clone(), tenant))
    }

    fn took(&self, began: Instant) {
        let now = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
        let before = self.commit_us.load(Ordering::Relaxed);
        self.commit_us.store((before * 7 + now) / 8, Ordering::Relaxed);
    }
}

/// How many connections accept side by side on PostgreSQL, about.
const CONNECTIONS: usize = 8;
/// The most items one commit carries.
const BATCH: usize = 256;

impl<W: BatchWork> Lane<W> {
    /// Opens a lane for at most `capacity` waiting items and a predicted wait of `most_wait_ms` milliseconds.
    #[must_use]
    pub fn open(db: Db, work: W, capacity: usize, most_wait_ms: i64) -> Self {
        let work = Arc::new(work);
        let quota = Arc::new(Quota::default());
        let sender = (db.engine() == Engine::Sqlite).then(|| {
            let (sender, receiver) = mpsc::channel(capacity);
            tokio::spawn(drain(db.clone(), work.clone(), receiver, quota.clone()));
            sender
        });
        let shares = sender.is_none() && W::SHARES;
        let tables = shares.then(|| {
            Arc::new(Tables { waiting: Mutex::default(), connections: Semaphore::new(CONNECTIONS) })
        });
        let abreast = if sender.is_some() { BATCH } else { CONNECTIONS };
        Self {
            db,
            work,
            sender,
            tables,
            quota,
            capacity,
            abreast,
            most_wait_us: most_wait_ms.saturating_mul(1000),
        }
    }

    /// Has one act done; returns after its commit.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the lane is too full, else what the database says.
    pub async fn submit(&self, scope: TenantScope, item: W::Item) -> Result<W::Reply> {
        let _place = self.quota.enter(scope.tenant(), self.capacity, self.abreast, self.most_wait_us)?;
        if self.sender.is_none() && self.tables.is_none() {
            let began = Instant::now();
            let items = [(scope, item)];
            let replies = once(&self.db, self.work.as_ref(), &items).await?;
            self.quota.took(began);
            return replies.into_iter().next().ok_or_else(nothing);
        }
        let (reply, answer) = oneshot::channel();
        let waiting = ((scope, item), reply);
        if let Some(sender) = &self.sender {
            sender.try_send(waiting).map_err(|_| StoreError::Busy)?;
        } else if let Some(tables) = &self.tables
            && tables.sit_down(scope.tenant(), waiting)
        {
            let (db, work, quota) = (self.db.clone(), self.work.clone(), self.quota.clone());
            tokio::spawn(tables.clone().serve(scope.tenant(), db, work, quota));
        }
        answer.await.map_err(|_| StoreError::Gone("the lane is closed".into()))?
    }
}

fn nothing() -> StoreError {
    StoreError::Broken("the lane answered nothing".into())
}

impl<W: BatchWork> Tables<W> {
    /// Waits with the others of the tenant; true when nobody serves it.
    fn sit_down(&self, tenant: TenantId, waiting: Waiting<W>) -> bool {
        match self.waiting.lock().unwrap_or_else(PoisonError::into_inner).entry(tenant) {
            Entry::Vacant(table) => {
                table.insert(VecDeque::from([waiting]));
                true
            }
            Entry::Occupied(mut table) => {
                table.get_mut().push_back(waiting);
                false
            }
        }
    }

    /// Those who wait now; `None` when there is nobody, and the next one to come is not served any more.
    fn take(&self, tenant: TenantId) -> Option<Vec<Waiting<W>>> {
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let table = all.get_mut(&tenant)?;
        if table.is_empty() {
            all.remove(&tenant);
            return None;
        }
        let count = table.len().min(BATCH);
        Some(table.drain(..count).collect())
    }

    /// Serves a tenant until nobody waits: while one commit is under way, others gather for the next.
    async fn serve(self: Arc<Self>, tenant: TenantId, db: Db, work: Arc<W>, quota: Arc<Quota>) {
        let mut serving = Serving { tables: &self, tenant, is_over: false };
        while let Ok(_connection) = self.connections.acquire().await {
            let Some(waiting) = self.take(tenant) else {
                serving.is_over = true;
                return;
            };
            together(&db, work.as_ref(), waiting, &quota).await;
        }
    }
}

/// Whoever serves a tenant. When that ends early, by a panic, those who wait are told, and the next one is served again.
struct Serving<'t, W: BatchWork> {
    tables: &'t Tables<W>,
    tenant: TenantId,
    is_over: bool,
}

impl<W: BatchWork> Drop for Serving<'_, W> {
    fn drop(&mut self) {
        if !self.is_over {
            let mut all = self.tables.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            drop(all.remove(&self.tenant));
        }
    }
}

async fn drain<W: BatchWork>(
    db: Db,
    work: Arc<W>,
    mut receiver: mpsc::Receiver<Waiting<W>>,
    quota: Arc<Quota>,
) {
    let mut waiting = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut waiting, BATCH).await > 0 {
        together(&db, work.as_ref(), std::mem::take(&mut waiting), &quota).await;
    }
}

/// Does what waits in as few commits as possible, and answers.
async fn together<W: BatchWork>(db: &Db, work: &W, waiting: Vec<Waiting<W>>, quota: &Quota) {
    let began = Instant::now();
    let (items, replies): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
    let count = items.len();
    // Halves that are still to be done, the first on top.
    let mut ranges = vec![(0, count)];
    let mut answers: Vec<Option<Result<W::Reply>>> = (0..count).map(|_| None).collect();
    while let Some((from, to)) = ranges.pop() {
        match once(db, work, &items[from..to]).await {
            Ok(done) => {
                done.into_iter().zip(&mut answers[from..to]).for_each(|(reply, slot)| *slot = Some(Ok(reply)))
            }
            Err(error) if to - from == 1 || matches!(error, StoreError::Gone(_) | StoreError::Busy) => {
                for slot in &mut answers[from..to] {
                    *slot = Some(Err(match &error {
                        StoreError::Gone(text) => StoreError::Gone(text.clone()),
                        StoreError::Busy => StoreError::Busy,
                        StoreError::Conflict(text) => StoreError::Conflict(text.clone()),
                        StoreError::Broken(text) => StoreError::Broken(text.clone()),
                    }));
                }
            }
            Err(_) => {
                let middle = from.midpoint(to);
                ranges.push((middle, to));
                ranges.push((from, middle));
            }
        }
    }
    quota.took(began);
    for (reply, answer) in replies.into_iter().zip(answers) {
        // Whoever asked may have gone away.
        drop(reply.send(answer.unwrap_or_else(|| Err(nothing()))));
    }
}

async fn once<W: BatchWork>(db: &Db, work: &W, items: &[(TenantScope, W::Item)]) -> Result<Vec<W::Reply>> {
    let mut tx = match items {
        [(scope, _), ..] if db.engine() == Engine::Postgres => db.write_in(scope).await?,
        _ if W::GOES_FIRST => db.write_fast().await?,
        _ => db.write().await?,
    };
    let replies = work.run(&mut tx, items).await?;
    tx.commit().await?;
    Ok(replies)
}
