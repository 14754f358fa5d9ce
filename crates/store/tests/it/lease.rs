//! Leased queues: fencing, slots and gates.

use crate::tables::{jobs, owe, scope};
use futures::future::BoxFuture;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use uuid::Uuid;
use vestibule_access::Mint;
use vestibule_model::UnixMs;
use vestibule_store::queue::{Gate, GroupKey, LeaseHandler, LeasedJob, Leaser};
use vestibule_store::{Db, Result, TenantTx};
use vestibule_testkit::{both_databases, world};

const QUEUE: &str = "lease-test";
const LEASE_MS: i64 = 60_000;

/// Keeps the jobs it is given; finishes them at once, or never.
struct Keeping {
    db: Db,
    finishes: bool,
    gate: Gate,
    given: Mutex<Vec<LeasedJob>>,
    /// Work goes on while this has no permits.
    end: Semaphore,
    gates: AtomicUsize,
    working: AtomicUsize,
    most: AtomicUsize,
}

impl LeaseHandler for Keeping {
    type Load = Uuid;

    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn gate<'a>(
        &'a self,
        _: &'a mut TenantTx<'_>,
        _: &'a GroupKey,
        _: UnixMs,
    ) -> BoxFuture<'a, Result<Gate>> {
        self.gates.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(self.gate) })
    }

    fn load<'a>(&'a self, tx: &'a mut TenantTx<'_>, job: &'a LeasedJob) -> BoxFuture<'a, Result<Uuid>> {
        assert_eq!(tx.tenant(), job.key.group.tenant, "the load of another tenant's job");
        Box::pin(async { Ok(job.key.id) })
    }

    fn work(&self, job: LeasedJob, load: Uuid) -> BoxFuture<'_, ()> {
        assert_eq!(load, job.key.id, "the load of another job");
        Box::pin(async move {
            let now = self.working.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            self.end.acquire().await.unwrap().forget();
            self.working.fetch_sub(1, Ordering::SeqCst);
            if self.finishes {
                assert!(finish(&self.db, &job).await);
            }
            self.given.lock().unwrap().push(job);
        })
    }
}

async fn finish(db: &Db, job: &LeasedJob) -> bool {
    let mut tx = db.write_in(&job.scope).await.unwrap();
    let held = job.finish(&mut tx.tenant(&job.scope).await.unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    held
}

fn leaser(
    db: &Db,
    finishes: bool,
    gate: Gate,
    slots: (usize, usize, usize),
    ends: usize,
) -> (Arc<Leaser<Keeping>>, Arc<Keeping>) {
    let handler = Arc::new(Keeping {
        db: db.clone(),
        finishes,
        gate,
        given: Mutex::default(),
        end: Semaphore::new(ends),
        gates: AtomicUsize::new(0),
        working: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    });
    (Arc::new(Leaser::new(db.clone(), Mint::strike(), handler.clone(), slots, LEASE_MS)), handler)
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Waits, without sleeping, until something is so.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

both_databases! {
    async fn a_lost_lease_cannot_finish(test: TestDb) {
        let (world, clock) = world();
        let db = test.open(world).await;
        let scope = scope(1);
        owe(&db, &scope, QUEUE, id(7), id(1), db.lease_now()).await;
        let (leaser, handler) = leaser(&db, false, Gate::Open, (8, 32, 64), 99);
        assert_eq!(leaser.drain().await.unwrap(), 1);
        assert_eq!(leaser.drain().await.unwrap(), 0, "a leased job was given to somebody else");
        clock.advance_ms(LEASE_MS);
        assert_eq!(leaser.drain().await.unwrap(), 1);
        let given = handler.given.lock().unwrap().clone();
        assert_eq!((given[0].lease_no, given[0].lost, given[0].was_lost), (1, 0, false));
        assert_eq!((given[1].lease_no, given[1].lost, given[1].was_lost), (2, 1, true));
        assert_eq!(given[1].attempts, 0, "a lost try counted");
        assert!(!finish(&db, &given[0]).await, "a lost lease finished the job");
        let mut tx = db.write_in(&scope).await.unwrap();
        let again = given[0].again(&mut tx.tenant(&scope).await.unwrap(), db.lease_now(), true, "late").await;
        assert!(!again.unwrap(), "a lost lease gave the job back");
        tx.commit().await.unwrap();
        assert_eq!(jobs(&db, &scope, QUEUE).await.len(), 1);
        assert!(finish(&db, &given[1]).await);
        assert!(!finish(&db, &given[1]).await);
    }

    async fn a_job_given_back_counts_only_when_it_is_told_so(test: TestDb) {
        let (world, clock) = world();
        let db = test.open(world).await;
        let (scope, now) = (scope(1), db.lease_now());
        owe(&db, &scope, QUEUE, id(7), id(1), now).await;
        let (leaser, handler) = leaser(&db, false, Gate::Open, (8, 32, 64), 99);
        for (counts, attempts) in [(true, 1), (false, 1), (true, 2)] {
            assert_eq!(leaser.drain().await.unwrap(), 1);
            let job = handler.given.lock().unwrap().last().unwrap().clone();
            let mut tx = db.write_in(&scope).await.unwrap();
            let at = db.lease_now().plus_ms(10);
            assert!(job.again(&mut tx.tenant(&scope).await.unwrap(), at, counts, "why").await.unwrap());
            tx.commit().await.unwrap();
            let row = &jobs(&db, &scope, QUEUE).await[0];
            assert_eq!((row.attempts, row.next_at, row.leased, row.lost), (attempts, at, false, 0));
            assert_eq!(row.last_error.as_deref(), Some("why"));
            clock.advance_ms(10);
        }
    }

    async fn slots_are_kept(test: TestDb) {
        let db = test.open(world().0).await;
        let now = db.lease_now();
        for n in 1..=20 {
            owe(&db, &scope(1), QUEUE, id(n % 4), id(n), now).await;
        }
        let (leaser, handler) = leaser(&db, true, Gate::Open, (2, 5, 64), 0);
        let draining = tokio::spawn({ let leaser = leaser.clone(); async move { leaser.drain().await } });
        until(|| handler.working.load(Ordering::SeqCst) == 5).await;
        handler.end.add_permits(20);
        assert_eq!(draining.await.unwrap().unwrap(), 20);
        assert_eq!(handler.most.load(Ordering::SeqCst), 5, "a tenant has five slots");
        assert!(jobs(&db, &scope(1), QUEUE).await.is_empty());
    }

    async fn a_group_has_its_slots_and_no_more(test: TestDb) {
        let db = test.open(world().0).await;
        for n in 1..=6 {
            owe(&db, &scope(1), QUEUE, id(7), id(n), db.lease_now()).await;
        }
        let (leaser, handler) = leaser(&db, true, Gate::Open, (2, 5, 64), 0);
        let draining = tokio::spawn({ let leaser = leaser.clone(); async move { leaser.drain().await } });
        until(|| handler.working.load(Ordering::SeqCst) == 2).await;
        handler.end.add_permits(6);
        assert_eq!(draining.await.unwrap().unwrap(), 6);
        assert_eq!(handler.most.load(Ordering::SeqCst), 2);
    }

    async fn a_shut_gate_lets_nothing_through_and_a_probe_one_at_a_time(test: TestDb) {
        let db = test.open(world().0).await;
        let (scope, now) = (scope(1), db.lease_now());
        for n in 1..=4 {
            owe(&db, &scope, QUEUE, id(7), id(n), now).await;
        }
        let (shut, _) = leaser(&db, true, Gate::Shut, (8, 32, 64), 99);
        assert_eq!(shut.drain().await.unwrap(), 0);
        let (probing, handler) = leaser(&db, true, Gate::Probe, (8, 32, 64), 0);
        let draining = tokio::spawn({ let probing = probing.clone(); async move { probing.drain().await } });
        until(|| handler.working.load(Ordering::SeqCst) == 1).await;
        // News while the probe is under way must not send a second one.
        owe(&db, &scope, QUEUE, id(7), id(5), now).await;
        until(|| handler.gates.load(Ordering::SeqCst) >= 2).await;
        handler.end.add_permits(9);
        assert_eq!(draining.await.unwrap().unwrap(), 5);
        assert_eq!(handler.most.load(Ordering::SeqCst), 1, "two probes at once");
    }
}
