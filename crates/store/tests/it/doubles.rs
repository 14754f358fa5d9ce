//! Two tenants whose jobs have the same ids: whatever asks for a job by its id or its group alone meets the double's.

use crate::tables::{JobRow, jobs, owe, scope};
use futures::future::BoxFuture;
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use vestibule_access::Mint;
use vestibule_model::UnixMs;
use vestibule_store::queue::{
    self, FoldHandler, Folder, Gate, GroupKey, Job, LeaseHandler, LeasedJob, Leaser, NEVER, Verdict,
};
use vestibule_store::{Db, Result, StoreError, TenantTx};
use vestibule_testkit::{both_databases, world};

const FOLD: &str = "doubles-fold";
const LEASE: &str = "doubles-lease";
const LEASE_MS: i64 = 60_000;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Who did which job: the tenant's number and the job's.
type Done = Mutex<Vec<(u128, u128)>>;

/// Writes down who did what, and answers alike every time.
struct Folds {
    done: Done,
    verdict: Result<Verdict>,
    again: Option<i64>,
}

impl FoldHandler for Folds {
    fn queue(&self) -> &'static str {
        FOLD
    }

    fn work<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [Job],
        _: UnixMs,
    ) -> BoxFuture<'a, Result<Vec<Verdict>>> {
        let tenant = tx.tenant().0.as_u128();
        self.done.lock().unwrap().extend(jobs.iter().map(|job| (tenant, job.key.id.as_u128())));
        let verdicts = match &self.verdict {
            Ok(verdict) => Ok(vec![*verdict; jobs.len()]),
            Err(_) => Err(StoreError::Broken("it cannot be done".into())),
        };
        Box::pin(async { verdicts })
    }

    fn failed<'a>(
        &'a self,
        _: &'a mut TenantTx<'_>,
        _: &'a Job,
        _: &'a StoreError,
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Option<UnixMs>>> {
        Box::pin(async move { Ok(self.again.map(|wait| now.plus_ms(wait))) })
    }
}

async fn fold(db: &Db, verdict: Result<Verdict>, again: Option<i64>) -> Vec<(u128, u128)> {
    let handler = Arc::new(Folds { done: Mutex::default(), verdict, again });
    Folder::new(db.clone(), Mint::strike(), handler.clone()).drain().await.unwrap();
    let mut done = std::mem::take(&mut *handler.done.lock().unwrap());
    done.sort_unstable();
    done.dedup();
    done
}

/// Keeps the leases it is given.
#[derive(Default)]
struct Leases {
    given: Mutex<Vec<LeasedJob>>,
}

impl LeaseHandler for Leases {
    type Load = ();

    fn queue(&self) -> &'static str {
        LEASE
    }

    fn gate<'a>(
        &'a self,
        _: &'a mut TenantTx<'_>,
        _: &'a GroupKey,
        _: UnixMs,
    ) -> BoxFuture<'a, Result<Gate>> {
        Box::pin(async { Ok(Gate::Open) })
    }

    fn load<'a>(&'a self, _: &'a mut TenantTx<'_>, _: &'a LeasedJob) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn work(&self, job: LeasedJob, (): ()) -> BoxFuture<'_, ()> {
        self.given.lock().unwrap().push(job);
        Box::pin(async {})
    }
}

async fn lease(db: &Db) -> Vec<LeasedJob> {
    let handler = Arc::new(Leases::default());
    let leaser = Leaser::new(db.clone(), Mint::strike(), handler.clone(), (8, 32, 64), LEASE_MS);
    Arc::new(leaser).drain().await.unwrap();
    std::mem::take(&mut *handler.given.lock().unwrap())
}

/// Tenant 1 and its double, tenant 2, and the other way round.
const BOTH: [(u128, u128); 2] = [(1, 2), (2, 1)];

async fn only(db: &Db, tenant: u128, queue: &str) -> JobRow {
    let mut found = jobs(db, &scope(tenant), queue).await;
    assert_eq!(found.len(), 1, "tenant {tenant} should have one job");
    found.remove(0)
}

both_databases! {
    async fn a_job_is_moved_and_finished_in_its_tenant_alone(test: TestDb) {
        let db = test.open(world().0).await;
        let now = db.lease_now();
        for (n, (me, other)) in (1..).zip(BOTH) {
            let (job, mine) = (id(n), scope(me));
            for tenant in [me, other] {
                owe(&db, &scope(tenant), FOLD, id(7), job, NEVER).await;
            }
            let before = jobs(&db, &scope(other), FOLD).await;
            let mut tx = db.write_in(&mine).await.unwrap();
            let mut inside = tx.tenant(&mine).await.unwrap();
            assert!(queue::later(&mut inside, FOLD, job, now.plus_ms(5_000)).await.unwrap());
            assert!(queue::release(&mut inside, FOLD, id(7), job, now.plus_ms(3_000)).await.unwrap());
            tx.commit().await.unwrap();
            assert_eq!(jobs(&db, &scope(other), FOLD).await, before, "the double's job was moved");
            let mut tx = db.write_in(&mine).await.unwrap();
            let mut inside = tx.tenant(&mine).await.unwrap();
            assert!(queue::finish(&mut inside, FOLD, job).await.unwrap());
            // What only the double has is not there.
            assert!(!queue::finish(&mut inside, FOLD, job).await.unwrap());
            assert!(!queue::later(&mut inside, FOLD, job, now).await.unwrap());
            assert!(!queue::release(&mut inside, FOLD, id(7), job, now).await.unwrap());
            tx.commit().await.unwrap();
            assert_eq!(jobs(&db, &scope(other), FOLD).await, before, "the double's job was finished");
        }
    }

    async fn a_job_is_folded_in_its_tenant_alone(test: TestDb) {
        let db = test.open(world().0).await;
        let now = db.lease_now();
        // The same group and instant, in turns.
        for (tenant, n) in [(1, 10), (2, 11), (1, 12), (2, 13)] {
            owe(&db, &scope(tenant), FOLD, id(7), id(n), now).await;
        }
        assert_eq!(fold(&db, Ok(Verdict::Done), None).await, [(1, 10), (1, 12), (2, 11), (2, 13)]);
        assert!(jobs(&db, &scope(1), FOLD).await.is_empty() && jobs(&db, &scope(2), FOLD).await.is_empty());
    }

    async fn what_becomes_of_a_folded_job_becomes_of_it_alone(test: TestDb) {
        let fails = || Err(StoreError::Broken(String::new()));
        let ends: [(Result<Verdict>, Option<i64>, Option<i64>); 4] = [
            (Ok(Verdict::Done), None, None),
            (Ok(Verdict::Later(UnixMs(9_000_000_000_000))), None, Some(9_000_000_000_000)),
            (fails(), Some(5_000), Some(world().0.now().0 + 5_000)),
            (fails(), None, None),
        ];
        let db = test.open(world().0).await;
        for (me, other) in BOTH {
            for (end, again, left) in &ends {
                for tenant in [me, other] {
                    for job in jobs(&db, &scope(tenant), FOLD).await {
                        let mut tx = db.write_in(&scope(tenant)).await.unwrap();
                        queue::finish(&mut tx.tenant(&scope(tenant)).await.unwrap(), FOLD, job.id).await.unwrap();
                        tx.commit().await.unwrap();
                    }
                    let at = if tenant == me { db.lease_now() } else { NEVER };
                    owe(&db, &scope(tenant), FOLD, id(7), id(1), at).await;
                }
                let before = only(&db, other, FOLD).await;
                let end = match end {
                    Ok(verdict) => Ok(*verdict),
                    Err(_) => fails(),
                };
                assert_eq!(fold(&db, end, *again).await, [(me, 1)]);
                assert_eq!(only(&db, other, FOLD).await, before, "the double's job was touched");
                let mine: Vec<i64> = jobs(&db, &scope(me), FOLD).await.iter().map(|job| job.next_at.0).collect();
                assert_eq!(mine, Vec::from_iter(*left));
            }
        }
    }

    async fn a_lease_is_given_and_ended_in_its_tenant_alone(test: TestDb) {
        let (world, clock) = world();
        let db = test.open(world).await;
        for (n, (me, other)) in (1..).zip(BOTH) {
            let (job, mine) = (id(n), scope(me));
            owe(&db, &mine, LEASE, id(7), job, db.lease_now()).await;
            owe(&db, &scope(other), LEASE, id(7), job, NEVER).await;
            let before = jobs(&db, &scope(other), LEASE).await;
            let given = lease(&db).await;
            assert_eq!(given.len(), 1);
            assert_eq!((given[0].scope.tenant(), given[0].key.id), (mine.tenant(), job));
            assert_eq!(jobs(&db, &scope(other), LEASE).await, before, "the double's job was leased");
            let mut tx = db.write_in(&mine).await.unwrap();
            let mut inside = tx.tenant(&mine).await.unwrap();
            assert!(given[0].again(&mut inside, db.lease_now().plus_ms(9), true, "why").await.unwrap());
            tx.commit().await.unwrap();
            assert_eq!(jobs(&db, &scope(other), LEASE).await, before, "the double's job was given back");
            release(&db, other, job).await;
            let second = lease(&db).await;
            // Two leases of the same number.
            assert_eq!((second.len(), second[0].lease_no), (1, given[0].lease_no));
            let held = jobs(&db, &scope(other), LEASE).await;
            let mut tx = db.write_in(&mine).await.unwrap();
            let mut inside = tx.tenant(&mine).await.unwrap();
            assert!(given[0].again(&mut inside, db.lease_now().plus_ms(9), true, "why").await.unwrap());
            assert!(given[0].finish(&mut inside).await.unwrap());
            assert!(!given[0].finish(&mut inside).await.unwrap(), "the double's job was finished");
            assert!(!given[0].again(&mut inside, db.lease_now(), true, "why").await.unwrap());
            tx.commit().await.unwrap();
            assert_eq!(jobs(&db, &scope(other), LEASE).await, held, "the double's lease was touched");
            let mut tx = db.write_in(&scope(other)).await.unwrap();
            assert!(second[0].finish(&mut tx.tenant(&scope(other)).await.unwrap()).await.unwrap());
            tx.commit().await.unwrap();
            clock.advance_ms(1);
        }
    }

    async fn the_doubles_jobs_take_no_places(test: TestDb) {
        let db = test.open(world().0).await;
        let now = db.lease_now();
        for (n, (me, other)) in (1..).zip(BOTH) {
            // The double's was due before.
            owe(&db, &scope(other), LEASE, id(7), id(10 * n), now.plus_ms(-10)).await;
            owe(&db, &scope(me), LEASE, id(7), id(10 * n + 1), now).await;
            let handler = Arc::new(Leases::default());
            let leaser = Leaser::new(db.clone(), Mint::strike(), handler.clone(), (1, 32, 64), LEASE_MS);
            Arc::new(leaser).drain().await.unwrap();
            assert_eq!(handler.given.lock().unwrap().len(), 2);
        }
    }

    async fn a_lease_is_never_of_the_doubles_job(test: TestDb) {
        let db = test.open(world().0).await;
        for (tenant, n) in [(1, 10), (2, 11), (1, 12), (2, 13)] {
            owe(&db, &scope(tenant), LEASE, id(7), id(n), db.lease_now()).await;
        }
        let mut given: Vec<_> =
            lease(&db).await.iter().map(|job| (job.scope.tenant().0.as_u128(), job.key.id.as_u128())).collect();
        given.sort_unstable();
        assert_eq!(given, [(1, 10), (1, 12), (2, 11), (2, 13)]);
    }
}

async fn release(db: &Db, tenant: u128, job: Uuid) {
    let scope = scope(tenant);
    let mut tx = db.write_in(&scope).await.unwrap();
    let mut inside = tx.tenant(&scope).await.unwrap();
    assert!(queue::release(&mut inside, LEASE, id(7), job, db.lease_now()).await.unwrap());
    tx.commit().await.unwrap();
}
