//! The lane: many small acts in one commit, and nobody at somebody else's expense.

use crate::tables::{note, notes, scope};
use futures::future::{BoxFuture, join_all};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;
use uuid::Uuid;
use vestibule_access::TenantScope;
use vestibule_store::{BatchWork, Db, Lane, Result, StoreError, Tx};
use vestibule_testkit::{TestDb, both_databases, world};

/// Notes its items; the same id twice is a conflict. `SHARES` as the trait has it.
struct Noting<const SHARES: bool> {
    /// An act begins when it gets a permit here.
    begin: Arc<Semaphore>,
    runs: Arc<AtomicUsize>,
}

impl<const SHARES: bool> BatchWork for Noting<SHARES> {
    type Item = (Uuid, String);
    type Reply = String;
    const GOES_FIRST: bool = true;
    const SHARES: bool = SHARES;

    fn run<'a>(
        &'a self,
        tx: &'a mut Tx,
        items: &'a [(TenantScope, Self::Item)],
    ) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move {
            self.runs.fetch_add(1, Ordering::SeqCst);
            drop(self.begin.acquire().await);
            let mut replies = Vec::new();
            for (scope, (id, text)) in items {
                note(&mut tx.tenant(scope).await?, *id, text).await?;
                replies.push(text.clone());
            }
            Ok(replies)
        })
    }
}

fn lane(db: &Db, capacity: usize, begin: usize) -> (Lane<Noting<false>>, Arc<Semaphore>, Arc<AtomicUsize>) {
    lane_of(db, capacity, begin)
}

fn lane_of<const SHARES: bool>(
    db: &Db,
    capacity: usize,
    begin: usize,
) -> (Lane<Noting<SHARES>>, Arc<Semaphore>, Arc<AtomicUsize>) {
    let (begin, runs) = (Arc::new(Semaphore::new(begin)), Arc::new(AtomicUsize::new(0)));
    let work = Noting { begin: begin.clone(), runs: runs.clone() };
    (Lane::open(db.clone(), work, capacity, 60_000), begin, runs)
}

/// Twenty acts of three tenants at once, one of which cannot be done.
async fn one_bad_item<const SHARES: bool>(test: TestDb) {
    let db = test.open(world().0).await;
    let (lane, ..) = lane_of::<SHARES>(&db, 400, 1);
    let act =
        |tenant: u128, n: u128| lane.submit(scope(tenant), (Uuid::from_u128(n), format!("{tenant}.{n}")));
    act(1, 5).await.unwrap();
    let answers = join_all((0..20).map(|n| act(1 + n % 3, n / 3))).await;
    let mut kept = 0;
    for (n, answer) in (0..20_u128).zip(answers) {
        let (tenant, id) = (1 + n % 3, n / 3);
        if (tenant, id) == (1, 5) {
            assert!(matches!(answer, Err(StoreError::Conflict(_))), "{answer:?}");
        } else {
            assert_eq!(answer.unwrap(), format!("{tenant}.{id}"), "each gets its own answer");
            kept += 1;
        }
    }
    let mut found = 1;
    for tenant in 1..=3 {
        found += notes(&db, &scope(tenant)).await.len();
    }
    assert_eq!((kept, found), (19, 21));
}

both_databases! {
    async fn one_bad_item_refuses_only_itself(test: TestDb) {
        one_bad_item::<false>(test).await;
    }

    async fn one_bad_item_refuses_only_itself_where_commits_are_shared(test: TestDb) {
        one_bad_item::<true>(test).await;
    }

    async fn what_waits_of_one_tenant_shares_a_commit(test: TestDb) {
        let db = test.open(world().0).await;
        let (lane, begin, runs) = lane_of::<true>(&db, 400, 0);
        let acts = (0..50).map(|n| lane.submit(scope(1), (Uuid::from_u128(n), "x".into())));
        let mut acts: Vec<_> = acts.map(Box::pin).collect();
        for act in &mut acts {
            assert!(futures::poll!(act).is_pending());
        }
        begin.add_permits(1);
        for done in join_all(acts).await {
            done.unwrap();
        }
        assert!(runs.load(Ordering::SeqCst) <= 2, "{} commits", runs.load(Ordering::SeqCst));
        // The table was cleared: whoever comes now is served as well.
        lane.submit(scope(1), (Uuid::from_u128(50), "y".into())).await.unwrap();
        assert_eq!(notes(&db, &scope(1)).await.len(), 51);
    }

    async fn a_tenant_has_a_quarter_of_the_lane(test: TestDb) {
        let db = test.open(world().0).await;
        let (lane, begin, _) = lane(&db, 8, 0);
        let act = |tenant: u128, n: u128| lane.submit(scope(tenant), (Uuid::from_u128(n), "x".into()));
        let mut held: Vec<_> = (0..2).map(|n| Box::pin(act(1, n))).collect();
        for future in &mut held {
            assert!(futures::poll!(future).is_pending());
        }
        assert!(matches!(act(1, 9).await, Err(StoreError::Busy)), "a third act of one tenant was let in");
        for tenant in 2..=4 {
            for n in 0..2 {
                let mut future = Box::pin(act(tenant, n));
                assert!(futures::poll!(&mut future).is_pending(), "tenant {tenant} was refused");
                held.push(future);
            }
        }
        assert!(matches!(act(5, 1).await, Err(StoreError::Busy)), "a ninth act was let in");
        begin.add_permits(1);
        for done in join_all(held).await {
            done.unwrap();
        }
        act(1, 9).await.unwrap();
        assert_eq!(notes(&db, &scope(1)).await.len(), 3);
    }

    async fn an_answer_comes_after_the_commit(test: TestDb) {
        let db = test.open(world().0).await;
        let (lane, ..) = lane(&db, 64, 1);
        lane.submit(scope(1), (Uuid::nil(), "kept".into())).await.unwrap();
        // Another node sees it.
        let other = test.open(world().0).await;
        assert_eq!(notes(&other, &scope(1)).await, ["kept"]);
    }
}

#[test]
fn who_waits_together_shares_a_commit() {
    vestibule_testkit::run_bare(vestibule_testkit::Engine::Sqlite, |test| async move {
        let db = test.open(world().0).await;
        let (lane, begin, runs) = lane(&db, 400, 0);
        let acts = (0..50).map(|n| lane.submit(scope(n), (Uuid::nil(), "x".into())));
        let mut acts: Vec<_> = acts.map(Box::pin).collect();
        for act in &mut acts {
            assert!(futures::poll!(act).is_pending());
        }
        begin.add_permits(1);
        for done in join_all(acts).await {
            done.unwrap();
        }
        assert!(runs.load(Ordering::SeqCst) <= 2, "{} commits", runs.load(Ordering::SeqCst));
    });
}
