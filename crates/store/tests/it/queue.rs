//! Folding queues: owed, claimed, done and deleted in one transaction.

use crate::tables::{jobs, note, notes, owe, scope};
use futures::future::BoxFuture;
use sqlx::{Connection, Executor, PgConnection};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use vestibule_access::Mint;
use vestibule_model::UnixMs;
use vestibule_store::periodic;
use vestibule_store::queue::{self, FoldHandler, Folder, Job, NEVER, Verdict, sweep_once};
use vestibule_store::{Db, Result, StoreError, TenantTx};
use vestibule_testkit::{Engine, TestDb, both_databases, postgres_is_available, runtime, world};

const QUEUE: &str = "fold-test";

/// Notes each job in the tenant's audit log; does some never, and some later.
#[derive(Default)]
struct Noting {
    fails: HashSet<Uuid>,
    later: HashSet<Uuid>,
    gives_up: bool,
    order: Mutex<Vec<Uuid>>,
}

impl FoldHandler for Noting {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn work<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [Job],
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Vec<Verdict>>> {
        Box::pin(async move {
            let mut verdicts = Vec::new();
            for job in jobs {
                note(tx, job.key.id, "done").await?;
                if self.fails.contains(&job.key.id) {
                    return Err(StoreError::Broken("it cannot be done".into()));
                }
                self.order.lock().unwrap().push(job.key.id);
                let later = self.later.contains(&job.key.id);
                verdicts.push(if later { Verdict::Later(now.plus_ms(5_000)) } else { Verdict::Done });
            }
            Ok(verdicts)
        })
    }

    fn failed<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        _job: &'a Job,
        _error: &'a StoreError,
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Option<UnixMs>>> {
        Box::pin(async move { Ok((!self.gives_up).then(|| now.plus_ms(1_000))) })
    }
}

fn folder(db: &Db, handler: Noting) -> (Folder, Arc<Noting>) {
    let handler = Arc::new(handler);
    (Folder::new(db.clone(), Mint::strike(), handler.clone()), handler)
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

both_databases! {
    async fn what_is_owed_is_done_once(db: TestDb) {
        let (world, clock) = world();
        let db = db.open(world).await;
        let (scope, now) = (scope(1), db.lease_now());
        let (folder, _) = folder(&db, Noting::default());
        owe(&db, &scope, QUEUE, Uuid::nil(), id(1), now).await;
        owe(&db, &scope, QUEUE, Uuid::nil(), id(1), now).await;
        owe(&db, &scope, QUEUE, Uuid::nil(), id(2), now.plus_ms(1_000)).await;
        assert_eq!(folder.drain().await.unwrap(), 1);
        assert_eq!(notes(&db, &scope).await, ["done"]);
        assert_eq!(jobs(&db, &scope, QUEUE).await.iter().map(|j| j.id).collect::<Vec<_>>(), [id(2)]);
        assert_eq!(folder.drain().await.unwrap(), 0);
        clock.advance_ms(1_000);
        assert_eq!(folder.drain().await.unwrap(), 1);
        assert!(jobs(&db, &scope, QUEUE).await.is_empty());
    }

    async fn a_job_comes_sooner_but_never_later(db: TestDb) {
        let db = db.open(world().0).await;
        let (scope, now) = (scope(1), db.lease_now());
        for (wait, want) in [(5_000, 5_000), (9_000, 5_000), (2_000, 2_000)] {
            owe(&db, &scope, QUEUE, Uuid::nil(), id(1), now.plus_ms(wait)).await;
            assert_eq!(jobs(&db, &scope, QUEUE).await[0].next_at, now.plus_ms(want));
        }
    }

    async fn a_job_that_never_comes_waits_until_it_is_released(db: TestDb) {
        let db = db.open(world().0).await;
        let (scope, now) = (scope(1), db.lease_now());
        let (folder, _) = folder(&db, Noting::default());
        owe(&db, &scope, QUEUE, Uuid::nil(), id(1), NEVER).await;
        assert!(jobs(&db, &scope, QUEUE).await[0].waits_for_ever());
        assert_eq!(folder.drain().await.unwrap(), 0);
        let mut tx = db.write_in(&scope).await.unwrap();
        let mut inside = tx.tenant(&scope).await.unwrap();
        assert!(queue::release(&mut inside, QUEUE, Uuid::nil(), id(1), now).await.unwrap());
        assert!(!queue::release(&mut inside, QUEUE, Uuid::nil(), id(2), now).await.unwrap(), "there is no such job");
        tx.commit().await.unwrap();
        assert_eq!(folder.drain().await.unwrap(), 1);
    }

    async fn a_failure_leaves_the_job_and_no_effect_and_stops_nobody_else(db: TestDb) {
        let (world, clock) = world();
        let db = db.open(world).await;
        let (one, two, now) = (scope(1), scope(2), db.lease_now());
        for n in 1..=3 {
            owe(&db, &one, QUEUE, Uuid::nil(), id(n), now).await;
        }
        owe(&db, &two, QUEUE, Uuid::nil(), id(2), now.plus_ms(-1)).await;
        let (bad, _) = folder(&db, Noting { fails: [id(2)].into(), ..Noting::default() });
        assert_eq!(bad.drain().await.unwrap(), 2);
        assert_eq!(notes(&db, &one).await, ["done", "done"]);
        assert_eq!(notes(&db, &two).await, [""; 0], "an effect of a failed job was kept");
        let left = jobs(&db, &one, QUEUE).await;
        assert_eq!((left.len(), left[0].id, left[0].attempts), (1, id(2), 1));
        assert_eq!(left[0].next_at, now.plus_ms(1_000));
        assert!(left[0].last_error.as_ref().unwrap().contains("it cannot be done"));
        clock.advance_ms(1_000);
        let (good, _) = folder(&db, Noting::default());
        assert_eq!(good.drain().await.unwrap(), 2);
        assert_eq!((notes(&db, &one).await.len(), notes(&db, &two).await.len()), (3, 1));
    }

    async fn a_job_that_is_given_up_is_gone(db: TestDb) {
        let db = db.open(world().0).await;
        let scope = scope(1);
        owe(&db, &scope, QUEUE, Uuid::nil(), id(1), db.lease_now()).await;
        let (folder, _) = folder(&db, Noting { fails: [id(1)].into(), gives_up: true, ..Noting::default() });
        assert_eq!(folder.drain().await.unwrap(), 0);
        assert!(jobs(&db, &scope, QUEUE).await.is_empty());
    }

    async fn a_verdict_can_say_later(db: TestDb) {
        let db = db.open(world().0).await;
        let (scope, now) = (scope(1), db.lease_now());
        owe(&db, &scope, QUEUE, Uuid::nil(), id(1), now).await;
        let (folder, _) = folder(&db, Noting { later: [id(1)].into(), ..Noting::default() });
        assert_eq!(folder.drain().await.unwrap(), 1);
        assert_eq!(jobs(&db, &scope, QUEUE).await[0].next_at, now.plus_ms(5_000));
    }

    async fn the_sweep_finds_what_no_hint_told(test: TestDb) {
        let db = test.open(world().0).await;
        let now = db.lease_now();
        for (tenant, group, at) in [(1, 1, now), (1, 2, now), (2, 1, now.plus_ms(700)), (3, 1, now), (3, 1, NEVER)] {
            owe(&db, &scope(tenant), QUEUE, id(group), Uuid::from_u128(tenant * 10 + group), at).await;
        }
        // Another node, or this one after a crash: nothing in memory.
        let other = test.open(world().0).await;
        let ready = other.hub().ready(QUEUE);
        assert!(ready.try_take(9).is_empty());
        assert_eq!(sweep_once(&other, now).await.unwrap(), (3, Some(now.plus_ms(700))));
        let found: Vec<_> = ready.try_take(9).into_iter().map(|k| (k.tenant.0.as_u128(), k.group.as_u128())).collect();
        assert_eq!(found, [(1, 1), (1, 2), (3, 1)]);
    }

    async fn a_tenant_with_much_work_does_not_hold_up_another(test: TestDb) {
        let db = test.open(world().0).await;
        let (busy, quiet, now) = (scope(1), scope(2), db.lease_now());
        for n in 1..=150 {
            owe(&db, &busy, QUEUE, Uuid::nil(), id(n), now).await;
        }
        owe(&db, &quiet, QUEUE, Uuid::nil(), id(1_000), now).await;
        let (folder, handler) = folder(&db, Noting::default());
        assert_eq!(folder.drain().await.unwrap(), 151);
        let place = handler.order.lock().unwrap().iter().position(|done| *done == id(1_000)).unwrap();
        assert!(place <= 64, "it came only after {place} jobs of somebody else");
    }

    async fn what_is_rolled_back_was_never_owed(test: TestDb) {
        let db = test.open(world().0).await;
        let scope = scope(1);
        let ready = db.hub().ready(QUEUE);
        let mut tx = db.write_in(&scope).await.unwrap();
        let now = db.lease_now();
        queue::owe(&mut tx.tenant(&scope).await.unwrap(), QUEUE, Uuid::nil(), id(1), now, now).await.unwrap();
        tx.rollback().await.unwrap();
        assert!(jobs(&db, &scope, QUEUE).await.is_empty());
        assert!(ready.try_take(9).is_empty(), "a hint was told without its commit");
    }
}

#[test]
fn two_workers_do_not_wait_for_each_others_rows() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let test = TestDb::new(Engine::PostgresRls).await;
        let db = test.open(world().0).await;
        let (scope, now) = (scope(1), db.lease_now());
        for n in 1..=3 {
            owe(&db, &scope, QUEUE, Uuid::nil(), id(n), now).await;
        }
        // Somebody else works at the first.
        let mut other = PgConnection::connect(&test.super_url()).await.unwrap();
        other.execute("BEGIN").await.unwrap();
        let held = other
            .execute("SELECT 1 FROM jobs WHERE id = '00000000-0000-0000-0000-000000000001' FOR UPDATE")
            .await;
        assert_eq!(held.unwrap().rows_affected(), 1);
        let (folder, _) = folder(&db, Noting::default());
        assert_eq!(folder.drain().await.unwrap(), 2);
        other.execute("ROLLBACK").await.unwrap();
        assert_eq!(folder.drain().await.unwrap(), 1);
        drop(other.close().await);
        test.drop_database().await;
    });
}

both_databases! {
    async fn a_periodic_work_is_claimed_by_one(test: TestDb) {
        let (world, clock) = world();
        let db = test.open(world.clone()).await;
        let other = test.open(world).await;
        let both = futures::future::join(periodic::claim(&db, "work", 1_000), periodic::claim(&other, "work", 1_000)).await;
        assert_eq!(usize::from(both.0.unwrap()) + usize::from(both.1.unwrap()), 1);
        clock.advance_ms(999);
        assert!(!periodic::claim(&other, "work", 1_000).await.unwrap());
        clock.advance_ms(1);
        assert!(periodic::claim(&other, "work", 1_000).await.unwrap());
        assert!(periodic::claim(&other, "another", 1_000).await.unwrap());
        let made = periodic::make_partitions(&db).await.unwrap();
        assert_eq!(made, if test.engine().is_postgres() { 8 } else { 0 }, "this month and three more, of two tables");
        assert_eq!(periodic::make_partitions(&db).await.unwrap(), 0, "a month was made twice");
    }
}
