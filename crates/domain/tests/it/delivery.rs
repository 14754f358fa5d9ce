//! Attempts: again, later, never, and while the other side is down.

use crate::look::{audited, change, deliveries, delivery, endpoint, refused};
use std::sync::Arc;
use vestibule_domain::outbox::{self, Deliverer, EndpointChange};
use vestibule_ports::{Courier, Outgoing, Parcel, Receipt};
use vestibule_store::queue::Leaser;
use vestibule_testkit::{
    Engine, Kit, KitOptions, TestTenant, both_databases, delivered, down, failed, gone, inside, run_with,
};

async fn owed(kit: &Kit, calls: i64) -> TestTenant {
    let tenant = kit.tenant("north-shore").await;
    for n in 0..calls {
        kit.clock.advance_ms(1);
        let sample = tenant.sample("call_analyzed_not_connected").call(&format!("c{n}"));
        kit.send(&tenant, &sample.body()).await;
        kit.fold_all().await;
    }
    tenant
}

both_databases! {
    async fn req_1_17_five_attempts_then_req_1_18_a_dead_letter(kit: Kit) {
        let tenant = owed(&kit, 1).await;
        kit.courier.always(&tenant.endpoint.url, Some(failed(500)));
        let mut made = Vec::new();
        for wait in [1_000, 2_000, 4_000, 8_000] {
            assert_eq!(kit.deliver_all().await, 1);
            made.push(kit.house.world.now());
            let now = delivery(&kit, &tenant).await.row;
            let next = now.next_attempt_at.unwrap().since(kit.house.world.now());
            assert!((next - wait).abs() <= wait / 10, "{next} is not about {wait}");
            assert_eq!((now.state.as_str(), now.last_status, now.last_error.as_deref()), ("retrying", Some(500), Some("http_status")));
            kit.clock.advance_ms(next - 1);
            assert_eq!(kit.deliver_all().await, 0, "too soon");
            kit.clock.advance_ms(1);
        }
        assert_eq!(kit.deliver_all().await, 1);
        let dead = delivery(&kit, &tenant).await;
        assert_eq!((dead.row.state.as_str(), dead.row.attempts_count, dead.row.next_attempt_at), ("dead", 5, None));
        // Requirement 1.19: every attempt is in the log.
        assert_eq!(dead.attempts.iter().map(|a| a.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert!(dead.attempts.iter().all(|a| a.result == "failed" && a.http_status == Some(500)));
        assert_eq!(dead.attempts.iter().map(|a| a.started_at).take(4).collect::<Vec<_>>(), made);
        kit.clock.advance_ms(86_400_000);
        assert_eq!(kit.deliver_all().await, 0);
        let sent = kit.courier.parcels();
        assert!(sent.iter().all(|p| p.delivery == dead.row.id && p.body == sent[0].body), "the same id and bytes each time");
        assert!(sent.windows(2).all(|two| two[0].at < two[1].at));
    }

    async fn a_success_is_noted_and_final(kit: Kit) {
        let tenant = owed(&kit, 1).await;
        kit.courier.script(&tenant.endpoint.url, [failed(404), delivered()]);
        kit.deliver_all().await;
        kit.clock.advance_ms(1_100);
        kit.deliver_all().await;
        let done = delivery(&kit, &tenant).await;
        assert_eq!((done.row.state.as_str(), done.row.attempts_count, done.row.delivered_at), ("delivered", 2, Some(kit.house.world.now())));
        let last = done.attempts.last().unwrap();
        assert_eq!((last.result.as_str(), last.execution_id.as_deref(), last.response_excerpt.as_deref()), ("delivered", Some("54"), Some("ok")));
        let again = inside!(kit, tenant, |tx| outbox::retry(&kit.house, tx, done.row.id).await);
        assert_eq!(refused(again), "already_delivered");
    }

    async fn req_1_20_a_dead_letter_is_retried_by_hand_with_fresh_attempts(kit: Kit) {
        let tenant = owed(&kit, 1).await;
        kit.courier.script(&tenant.endpoint.url, (0..6).map(|_| failed(500)));
        for wait in [1_100, 2_200, 4_400, 8_800, 0] {
            kit.deliver_all().await;
            kit.clock.advance_ms(wait);
        }
        let dead = delivery(&kit, &tenant).await.row;
        assert_eq!(dead.state, "dead");
        kit.clock.advance_ms(5);
        inside!(kit, tenant, |tx| outbox::retry(&kit.house, tx, dead.id).await.unwrap());
        inside!(kit, tenant, |tx| outbox::retry(&kit.house, tx, dead.id).await.unwrap());
        assert_eq!(kit.deliver_all().await, 1, "twice by hand is once");
        let after = delivery(&kit, &tenant).await;
        assert_eq!((after.row.state.as_str(), after.attempts.len()), ("retrying", 6));
        kit.clock.advance_ms(1_100);
        kit.deliver_all().await;
        assert_eq!(delivery(&kit, &tenant).await.row.state, "delivered");
        assert_eq!(audited(&kit, &tenant).await[0].0, "delivery.retried");
        let theirs = deliveries(&kit, tenant.twin()).await.remove(0).row.id;
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::retry(&kit.house, tx, theirs).await)), "not_found");
    }

    async fn gone_switches_the_endpoint_off(kit: Kit) {
        let tenant = owed(&kit, 2).await;
        kit.courier.script(&tenant.endpoint.url, [gone()]);
        kit.deliver_all().await;
        let after = endpoint(&kit, &tenant).await;
        assert_eq!((after.is_active, after.disabled_reason.as_deref()), (false, Some("gone")));
        assert!(deliveries(&kit, &tenant).await.iter().any(|d| d.row.state == "dead" && d.row.last_error.as_deref() == Some("gone")));
        // Switched on again, what is still owed goes out.
        let on = change(&kit, &tenant, EndpointChange { is_active: Some(true), ..EndpointChange::default() }).await;
        assert_eq!((on.is_active, on.disabled_reason), (true, None));
    }

    async fn an_endpoint_that_is_switched_off_gets_nothing(kit: Kit) {
        let tenant = owed(&kit, 1).await;
        change(&kit, &tenant, EndpointChange { is_active: Some(false), ..EndpointChange::default() }).await;
        assert_eq!(kit.deliver_all().await, 0);
        assert_eq!(endpoint(&kit, &tenant).await.disabled_reason.as_deref(), Some("by_hand"));
        assert_eq!(delivery(&kit, &tenant).await.row.state, "parked");
        change(&kit, &tenant, EndpointChange { is_active: Some(true), ..EndpointChange::default() }).await;
        assert_eq!(kit.deliver_all().await, 1);
    }

    async fn while_an_endpoint_is_down_deliveries_are_parked_and_probed(kit: Kit) {
        let tenant = owed(&kit, 5).await;
        kit.courier.always(&tenant.endpoint.url, Some(down("connection_refused")));
        assert_eq!(kit.deliver_all().await, 5);
        let open = endpoint(&kit, &tenant).await.circuit;
        assert_eq!((open.failures_in_row, open.open_since), (5, Some(kit.house.world.now())));
        assert!(deliveries(&kit, &tenant).await.iter().all(|d| d.row.state == "parked"));
        // A weekend, with a probe now and then.
        for _ in 0..20 {
            kit.clock.advance_ms(8_000);
            assert_eq!(kit.deliver_all().await, 1, "one probe at a time");
        }
        assert!(deliveries(&kit, &tenant).await.iter().all(|d| d.row.state == "parked"), "a probe used up an attempt");
        // News while it is down waits too.
        kit.send(&tenant, &tenant.sample("call_analyzed_not_connected").call("news").body()).await;
        kit.fold_all().await;
        assert_eq!(kit.deliver_all().await, 0);
        kit.courier.always(&tenant.endpoint.url, None);
        kit.clock.advance_ms(8_000);
        assert!(kit.deliver_all().await >= 1);
        assert_eq!(endpoint(&kit, &tenant).await.circuit, outbox::Circuit::default());
        kit.clock.advance_ms(8_000);
        kit.deliver_all().await;
        let done = deliveries(&kit, &tenant).await;
        assert_eq!(done.iter().filter(|d| d.row.state == "delivered").count(), 6);
    }

    async fn what_was_parked_for_three_days_is_a_dead_letter(kit: Kit) {
        let tenant = owed(&kit, 5).await;
        kit.courier.always(&tenant.endpoint.url, Some(down("timeout")));
        kit.deliver_all().await;
        kit.clock.advance_ms(72 * 3_600_000);
        for _ in 0..5 {
            kit.deliver_all().await;
            kit.clock.advance_ms(8_000);
        }
        assert!(deliveries(&kit, &tenant).await.iter().all(|d| d.row.state == "dead"));
    }

    async fn a_retry_by_hand_probes_at_once(kit: Kit) {
        let tenant = owed(&kit, 5).await;
        kit.courier.script(&tenant.endpoint.url, (0..5).map(|_| down("dns_failed")));
        kit.deliver_all().await;
        assert_eq!(kit.deliver_all().await, 0);
        let first = deliveries(&kit, &tenant).await.remove(0).row.id;
        inside!(kit, tenant, |tx| outbox::retry(&kit.house, tx, first).await.unwrap());
        assert!(kit.deliver_all().await >= 1);
        assert_eq!(endpoint(&kit, &tenant).await.circuit, outbox::Circuit::default());
    }

    async fn a_crash_during_an_attempt_does_not_count_but_ten_do(kit: Kit) {
        let tenant = owed(&kit, 1).await;
        for lost in 1..=10_i64 {
            crash(&kit).await;
            assert_eq!(kit.deliver_all().await, 0, "its lease is still held");
            kit.clock.advance_ms(60_000);
            assert_eq!(delivery(&kit, &tenant).await.attempts.len(), 0, "after {lost}");
        }
        assert_eq!(kit.deliver_all().await, 1);
        let dead = delivery(&kit, &tenant).await;
        assert_eq!((dead.row.state.as_str(), dead.row.last_error.as_deref()), ("dead", Some("crashed")));
        assert!(kit.courier.parcels().is_empty());
        assert_eq!(endpoint(&kit, &tenant).await.circuit, outbox::Circuit::default());
    }

    async fn after_a_crash_the_attempt_is_made_again_and_the_lost_one_noted(kit: Kit) {
        let tenant = owed(&kit, 1).await;
        crash(&kit).await;
        kit.clock.advance_ms(60_000);
        assert_eq!(kit.restarted().await.deliver_all().await, 1);
        let done = delivery(&kit, &tenant).await;
        let mut results: Vec<_> = done.attempts.iter().map(|a| (a.number, a.result.as_str())).collect();
        results.sort_unstable();
        assert_eq!((done.row.state.as_str(), results), ("delivered", vec![(1, "lost"), (2, "delivered")]));
    }
}

/// Claims what is due and dies: the claim is kept, the attempt is not.
async fn crash(kit: &Kit) {
    struct Dead;
    impl vestibule_store::queue::LeaseHandler for Dead {
        type Load = ();
        fn queue(&self) -> &'static str {
            outbox::QUEUE
        }
        fn gate<'a>(
            &'a self,
            _: &'a mut vestibule_store::TenantTx<'_>,
            _: &'a vestibule_store::queue::GroupKey,
            _: vestibule_model::UnixMs,
        ) -> futures::future::BoxFuture<'a, vestibule_store::Result<vestibule_store::queue::Gate>> {
            Box::pin(async { Ok(vestibule_store::queue::Gate::Open) })
        }
        fn load<'a>(
            &'a self,
            _: &'a mut vestibule_store::TenantTx<'_>,
            _: &'a vestibule_store::queue::LeasedJob,
        ) -> futures::future::BoxFuture<'a, vestibule_store::Result<()>> {
            Box::pin(async { Ok(()) })
        }
        fn work(&self, _: vestibule_store::queue::LeasedJob, (): ()) -> futures::future::BoxFuture<'_, ()> {
            Box::pin(async {})
        }
    }
    let leaser = Leaser::new(kit.house.db.clone(), kit.mint.clone(), Arc::new(Dead), (8, 32, 64), 60_000);
    assert_eq!(Arc::new(leaser).drain().await.unwrap(), 1);
}

/// A courier during whose attempt the endpoint is deleted, or the lease lost.
struct Slow {
    begun: tokio::sync::Semaphore,
    end: tokio::sync::Semaphore,
}

impl Courier for Slow {
    fn shown_headers(&self, _: &Parcel) -> Vec<(String, String)> {
        Vec::new()
    }

    fn send(&self, _: Parcel) -> futures::future::BoxFuture<'_, Receipt> {
        Box::pin(async {
            self.begun.add_permits(1);
            self.end.acquire().await.unwrap().forget();
            delivered()
        })
    }

    fn carry(&self, _: Outgoing, _: u64) -> futures::future::BoxFuture<'_, Receipt> {
        unreachable!("nothing but deliveries is sent here")
    }
}

/// On each engine: a result that comes after its lease was lost changes nothing.
#[test]
fn a_result_under_a_lost_lease_is_discarded() {
    for engine in [Engine::Sqlite, Engine::PostgresRls, Engine::PostgresPlain] {
        let slow =
            Arc::new(Slow { begun: tokio::sync::Semaphore::new(0), end: tokio::sync::Semaphore::new(0) });
        slow.end.add_permits(2);
        let options = || KitOptions { courier: Some(slow.clone()), ..KitOptions::default() };
        run_with(engine, options, |kit| {
            let slow = slow.clone();
            async move {
                // The twin's two calls were delivered while it was made.
                let tenant = owed(&kit, 1).await;
                slow.begun.acquire_many(2).await.unwrap().forget();
                let leaser = |kit: &Kit| {
                    let handler = Arc::new(Deliverer::new(kit.house.clone()));
                    Arc::new(Leaser::new(
                        kit.house.db.clone(),
                        kit.mint.clone(),
                        handler,
                        (8, 32, 64),
                        60_000,
                    ))
                };
                let first = tokio::spawn({
                    let leaser = leaser(&kit);
                    async move { leaser.drain().await }
                });
                slow.begun.acquire().await.unwrap().forget();
                kit.clock.advance_ms(60_000);
                let other = kit.restarted().await;
                let second = tokio::spawn({
                    let leaser = leaser(&other);
                    async move { leaser.drain().await }
                });
                slow.begun.acquire().await.unwrap().forget();
                slow.end.add_permits(2);
                first.await.unwrap().unwrap();
                second.await.unwrap().unwrap();
                let done = delivery(&kit, &tenant).await;
                assert_eq!(done.row.state, "delivered");
                let results: Vec<_> = done.attempts.iter().map(|a| a.result.as_str()).collect();
                assert_eq!(results.iter().filter(|r| **r == "delivered").count(), 1, "{results:?}");
                assert_eq!(results.iter().filter(|r| **r == "lost").count(), 1, "{results:?}");
            }
        });
    }
}
