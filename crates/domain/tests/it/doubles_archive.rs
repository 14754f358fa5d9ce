//! Archives of two tenants that have the same ids.

use crate::doubles::{Doubles, doubles};
use std::sync::Arc;
use uuid::Uuid;
use vestibule_domain::archive::exports::{self, State};
use vestibule_domain::archive::verify_bytes;
use vestibule_store::queue::Leaser;
use vestibule_testkit::{Kit, TestTenant, both_databases, inside};

const MINUTE_MS: i64 = 60_000;

async fn make(kit: &Kit) -> usize {
    let maker = Arc::new(exports::Exporter(kit.house.clone()));
    let maker = Leaser::new(kit.house.db.clone(), kit.mint.clone(), maker, (1, 1, 2), exports::LEASE_MS);
    Arc::new(maker).drain().await.unwrap()
}

impl Doubles {
    /// Has both ask for an archive, at the same instant and under the same id.
    async fn ask(&self, kit: &Kit, seed: u64, first: usize) -> Uuid {
        let at = kit.house.world.now();
        let mut ids = Vec::new();
        for tenant in [&self.both[first], &self.both[1 - first]] {
            kit.clock.set(at);
            kit.entropy.begin_again(seed);
            ids.push(exports::ask(&kit.house, &tenant.scope).await.unwrap().id);
        }
        assert_eq!(ids[0], ids[1], "these are no doubles");
        kit.entropy.begin_again(seed + 100_000);
        ids[0]
    }

    /// Has both ask and be served.
    async fn archives(&self, kit: &Kit, seed: u64, first: usize) -> Uuid {
        let id = self.ask(kit, seed, first).await;
        assert_eq!(make(kit).await, 2);
        kit.clock.advance_ms(MINUTE_MS);
        id
    }
}

async fn state(kit: &Kit, of: &TestTenant, id: Uuid) -> State {
    let all = exports::list(&kit.house, &of.scope).await.unwrap();
    all.into_iter().find(|export| export.id == id).unwrap().state
}

/// Whose archive it is; `None` when nothing is left of its file.
async fn whose(kit: &Kit, of: &TestTenant, id: Uuid) -> Option<Uuid> {
    let bytes = exports::piece(&kit.house, &of.scope, id, 0).await.unwrap()?;
    Some(verify_bytes(&bytes).unwrap().tenant)
}

both_databases! {
    async fn an_archive_is_made_and_fetched_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        for (seed, turns) in [(1_000, [0, 1]), (2_000, [1, 0])] {
            let id = doubles.ask(&kit, seed, turns[0]).await;
            doubles.each(&kit, &turns, async |me| {
                assert_eq!(make(&kit).await, 1);
                assert_eq!(state(&kit, me, id).await, State::Ready);
                assert_eq!(whose(&kit, me, id).await, Some(me.id().0), "another's archive is given out");
            }).await;
            doubles.each(&kit, &turns, async |me| {
                let begun = exports::begin_fetch(&kit.house, &me.scope, id).await.unwrap();
                assert_eq!((begun.id, begun.fetched_at), (id, None));
            }).await;
            kit.clock.advance_ms(MINUTE_MS);
        }
        doubles.end(&kit).await;
    }

    async fn what_is_ready_in_one_is_not_in_the_other(kit: Kit) {
        let doubles = doubles(&kit).await;
        let id = doubles.ask(&kit, 1_000, 0).await;
        for (turn, other) in [(1, 0), (0, 1)] {
            doubles.each(&kit, &[turn], async |_| assert_eq!(make(&kit).await, 1)).await;
            let waits = exports::begin_fetch(&kit.house, &doubles.both[other].scope, id).await;
            assert_eq!(waits.is_ok(), turn == 0, "{waits:?}");
        }
        doubles.end(&kit).await;
    }

    async fn an_archive_fails_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        let id = doubles.ask(&kit, 1_000, 1).await;
        assert_eq!(kit.database.tamper("UPDATE jobs SET lost = 3 WHERE queue = 'export'").await, 2);
        doubles.each(&kit, &[0, 1], async |me| {
            assert_eq!(make(&kit).await, 1);
            assert_eq!(state(&kit, me, id).await, State::Failed);
        }).await;
        doubles.end(&kit).await;
    }

    async fn files_go_alone_when_their_time_is_over(kit: Kit) {
        let doubles = doubles(&kit).await;
        let (one, two) = (doubles.archives(&kit, 1_000, 0).await, doubles.archives(&kit, 2_000, 1).await);
        // Each has fetched another one.
        for (me, id) in [(&doubles.both[0], one), (&doubles.both[1], two)] {
            exports::begin_fetch(&kit.house, &me.scope, id).await.unwrap();
        }
        kit.clock.advance_ms(16 * MINUTE_MS);
        assert_eq!(exports::let_go_of_old(&kit.house, &kit.mint).await.unwrap(), 2);
        for (me, gone, kept) in [(&doubles.both[0], one, two), (&doubles.both[1], two, one)] {
            assert_eq!((state(&kit, me, gone).await, whose(&kit, me, gone).await), (State::Expired, None));
            assert_eq!((state(&kit, me, kept).await, whose(&kit, me, kept).await), (State::Ready, Some(me.id().0)));
        }
        doubles.end(&kit).await;
    }

    async fn files_of_one_go_when_somebody_is_erased(kit: Kit) {
        let doubles = doubles(&kit).await;
        let (old, new) = (doubles.archives(&kit, 1_000, 0).await, doubles.archives(&kit, 2_000, 1).await);
        // What is new in one is old in the other, and both are having another one made.
        let [first, second] = &doubles.both;
        let at = |id| format!("id = {} AND tenant_id = {}", kit.database.id_literal(id), kit.database.id_literal(second.id().0));
        let (earlier, later) = (doubles.beginning.0, doubles.beginning.0 + 10_000_000);
        for (id, asked) in [(old, later), (new, earlier)] {
            assert_eq!(kit.database.tamper(&format!("UPDATE exports SET asked_at = {asked} WHERE {}", at(id))).await, 1);
        }
        let before = exports::list(&kit.house, &first.scope).await.unwrap()[0].asked_at;
        let running = doubles.ask(&kit, 3_000, 0).await;
        let at = doubles.beginning;
        assert_eq!(kit.database.tamper(&format!("UPDATE exports SET asked_at = {} WHERE state = 'running'", at.0)).await, 2);
        doubles.each(&kit, &[0, 1], async |me| {
            let gone = inside!(kit, me, |tx| exports::drop_before(tx, before).await.unwrap());
            assert_eq!(gone, 1);
            assert_eq!(state(&kit, me, running).await, State::Failed);
            let (gone, kept) = if me.id() == first.id() { (old, new) } else { (new, old) };
            assert_eq!((state(&kit, me, gone).await, whose(&kit, me, gone).await), (State::Expired, None));
            assert_eq!((state(&kit, me, kept).await, whose(&kit, me, kept).await), (State::Ready, Some(me.id().0)));
        }).await;
        doubles.end(&kit).await;
    }
}
