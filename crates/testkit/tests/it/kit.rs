//! A kit works on every engine, and sees what touches a twin.

use std::collections::HashSet;
use vestibule_domain::calls::{self, CallFilter};
use vestibule_domain::inbox::Accepted;
use vestibule_model::{Clock, Entropy};
use vestibule_testkit::{Engine, Kit, TestDb, TestEntropy, both_databases, inside, runtime};

both_databases! {
    async fn a_walk_from_the_hook_to_the_courier(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for name in ["call_started", "call_ended", "call_analyzed"] {
            let accepted = kit.send(&tenant, &tenant.sample(name).body()).await;
            assert!(matches!(accepted, Accepted::New(_)));
        }
        assert_eq!(kit.fold_all().await, 3);
        assert_eq!(kit.deliver_all().await, 1);
        let parcels = kit.courier.parcels();
        assert_eq!(parcels.len(), 1);
        assert_eq!(parcels[0].url, tenant.endpoint.url);
        let found = inside!(kit, tenant, |tx| calls::search(tx, &CallFilter { limit: 9, ..CallFilter::default() }).await.unwrap());
        assert_eq!(found.items.len(), 1);
        let after = kit.restarted().await;
        assert_eq!(after.fold_all().await, 0);
    }
}

#[test]
fn a_changed_twin_is_noticed() {
    runtime().block_on(async {
        let kit = Kit::new(Engine::Sqlite).await;
        let tenant = kit.tenant("north-shore").await;
        kit.check_twins().await;
        let twin = tenant.twin();
        kit.send(twin, &twin.sample("call_started_web").body()).await;
        let seen = tokio::spawn({
            let kit = kit.clone();
            async move { kit.check_twins().await }
        });
        assert!(seen.await.is_err(), "the twin's new event was not seen");
        kit.twin_changed(twin).await;
        kit.check_twins().await;
    });
}

#[test]
fn the_clock_obeys_and_the_entropy_never_repeats() {
    let (world, clock) = vestibule_testkit::world();
    let begun = world.now();
    clock.advance_ms(5);
    assert_eq!(clock.now().since(begun), 5);
    let entropy = TestEntropy::seeded(1);
    let mut seen = HashSet::new();
    for _ in 0..1000 {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        assert!(seen.insert(bytes));
    }
}

#[test]
fn databases_are_each_tests_own() {
    if !vestibule_testkit::postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let (one, two) = (TestDb::new(Engine::PostgresRls).await, TestDb::new(Engine::PostgresPlain).await);
        assert_ne!(one.app_url(), two.app_url());
        one.drop_database().await;
        two.drop_database().await;
    });
}
