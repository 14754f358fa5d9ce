//! How an endpoint wants to be delivered to: at most so many at a time, at most so fast, with a header of its own.

use crate::look::{change, deliveries, endpoint, new_endpoint, refused};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;
use vestibule_domain::outbox::{self, Deliverer, EndpointChange, Header, NewEndpoint};
use vestibule_ports::{Courier, Outgoing, Parcel, Receipt};
use vestibule_store::queue::Leaser;
use vestibule_store::tsql;
use vestibule_testkit::{
    Engine, Kit, KitOptions, TestTenant, both_databases, delivered, down, failed, inside, run_with,
};

async fn owed(kit: &Kit, tenant: &TestTenant, calls: usize) {
    for n in 0..calls {
        kit.clock.advance_ms(1);
        let sample = tenant.sample("call_analyzed_not_connected").call(&format!("c{n}"));
        kit.send(tenant, &sample.body()).await;
    }
    kit.fold_all().await;
}

fn paced(rate_milli: i64) -> EndpointChange {
    EndpointChange { rate_milli: Some(Some(rate_milli)), ..EndpointChange::default() }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.into(), value: value.to_owned().into() }
}

both_databases! {
    async fn a_pace_is_kept_and_everything_arrives_in_order(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        change(&kit, &tenant, paced(4_000)).await;
        owed(&kit, &tenant, 6).await;
        let mut begun = Vec::new();
        let start = kit.house.world.now();
        while begun.len() < 6 {
            let count = kit.deliver_all().await;
            let now = kit.house.world.now().since(start);
            begun.extend((0..count).map(|_| now));
            assert!(now < 2_000, "{begun:?}");
            kit.clock.advance_ms(25);
        }
        assert_eq!(begun, [0, 250, 500, 750, 1_000, 1_250]);
        let want: Vec<_> = deliveries(&kit, &tenant).await.iter().map(|d| d.row.id).collect();
        assert_eq!(kit.courier.parcels().iter().map(|p| p.delivery).collect::<Vec<_>>(), want);
        // Nothing is saved up, and a pace of another node is the same pace.
        kit.clock.advance_ms(60_000);
        owed(&kit, &tenant, 9).await;
        assert_eq!(kit.deliver_all().await, 1);
        assert_eq!(kit.restarted().await.deliver_all().await, 0);
        // Taken away, everything goes.
        change(&kit, &tenant, EndpointChange { rate_milli: Some(None), ..EndpointChange::default() }).await;
        assert_eq!(kit.deliver_all().await, 2);
    }

    async fn what_waits_for_the_pace_has_not_been_tried(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        change(&kit, &tenant, paced(10)).await;
        owed(&kit, &tenant, 3).await;
        kit.courier.script(&tenant.endpoint.url, [failed(500)]);
        assert_eq!(kit.deliver_all().await, 1);
        let mut found: Vec<_> = deliveries(&kit, &tenant).await.iter().map(|d| (d.row.state.clone(), d.row.attempts_count)).collect();
        found.sort();
        assert_eq!(found, [("pending".into(), 0), ("pending".into(), 0), ("retrying".into(), 1)]);
        kit.clock.advance_ms(99_999);
        assert_eq!(kit.deliver_all().await, 0);
        kit.clock.advance_ms(1);
        assert_eq!(kit.deliver_all().await, 1, "a hundred seconds later, one more");
    }

    async fn a_probe_keeps_the_pace_too(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        owed(&kit, &tenant, 6).await;
        kit.courier.always(&tenant.endpoint.url, Some(down("timeout")));
        assert_eq!(kit.deliver_all().await, 6);
        change(&kit, &tenant, paced(50)).await;
        kit.clock.advance_ms(10_000);
        assert_eq!(kit.deliver_all().await, 1);
        kit.clock.advance_ms(10_000);
        assert_eq!(kit.deliver_all().await, 0, "the probe is due, the pace forbids it");
        kit.clock.advance_ms(10_000);
        assert_eq!(kit.deliver_all().await, 1);
    }

    async fn a_header_is_sealed_and_carried(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let twin = tenant.twin();
        let set = |name: &str, value: &str| EndpointChange { header: Some(Some(header(name, value))), ..EndpointChange::default() };
        let after = change(&kit, &tenant, set("x-n8n-webhook-secret", "open sesame")).await;
        assert_eq!(after.header_name.as_deref(), Some("x-n8n-webhook-secret"));
        assert!(!format!("{after:?}{:?}", set("a", "open sesame")).contains("open sesame"));
        for (tenant, want) in [(&tenant, true), (twin, false)] {
            let sealed = inside!(kit, tenant, |tx| {
                let sql = tsql!("SELECT header_value_sealed AS kept FROM endpoints WHERE tenant_id = $1 AND deleted_at IS NULL");
                tx.row(sql, &[]).await.unwrap().unwrap().opt_bytes("kept").unwrap()
            });
            assert_eq!(sealed.is_some(), want);
            assert!(sealed.is_none_or(|bytes| !bytes.windows(4).any(|w| w == b"open")), "it is kept in the clear");
        }
        owed(&kit, &tenant, 1).await;
        kit.deliver_all().await;
        let carried = kit.courier.parcels()[0].header.clone().unwrap();
        assert_eq!((carried.0.as_str(), carried.1.expose_secret()), ("x-n8n-webhook-secret", "open sesame"));
        // Other changes leave it as it is; it goes when that is said.
        change(&kit, &tenant, EndpointChange { description: Some("same".into()), ..EndpointChange::default() }).await;
        assert!(endpoint(&kit, &tenant).await.header_name.is_some());
        let gone = change(&kit, &tenant, EndpointChange { header: Some(None), ..EndpointChange::default() }).await;
        assert_eq!(gone.header_name, None);
        kit.clock.advance_ms(1);
        let sample = tenant.sample("call_analyzed_not_connected").call("another");
        kit.send(&tenant, &sample.body()).await;
        kit.fold_all().await;
        kit.deliver_all().await;
        assert!(kit.courier.parcels()[1].header.is_none());
    }

    async fn limits_and_headers_are_checked(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let new = |rate_milli, max_in_flight, header| NewEndpoint { url: "https://x.test/".into(), rate_milli, max_in_flight, header, ..NewEndpoint::default() };
        for bad in [
            new(Some(9), None, None),
            new(Some(1_000_001), None, None),
            new(Some(-1), None, None),
            new(None, Some(0), None),
            new(None, Some(33), None),
            new(None, None, Some(header("", "x"))),
            new(None, None, Some(header("two words", "x"))),
            new(None, None, Some(header("Webhook-Id", "x"))),
            new(None, None, Some(header("content-length", "x"))),
            new(None, None, Some(header("x-good", ""))),
            new(None, None, Some(header("x-good", "two\r\nlines: x"))),
            new(None, None, Some(header("x-good", "é"))),
        ] {
            let text = format!("{bad:?}");
            assert_eq!(refused(inside!(kit, tenant, |tx| outbox::create(&kit.house, tx, bad).await)), "invalid", "{text}");
        }
        let good = new(Some(10), Some(32), Some(header("Authorization", "Bearer x")));
        let made = inside!(kit, tenant, |tx| outbox::create(&kit.house, tx, good).await.unwrap()).0;
        assert_eq!((made.rate_milli, made.max_in_flight, made.header_name.as_deref()), (Some(10), 32, Some("Authorization")));
        let (usual, _) = new_endpoint(&kit, &tenant, "https://y.test/", &["call.call-ended"]).await;
        assert_eq!((usual.rate_milli, usual.max_in_flight, usual.header_name), (None, 8, None));
    }
}

/// A courier whose attempts last until they are let go.
struct Held {
    now: AtomicUsize,
    most: AtomicUsize,
    begun: Semaphore,
    end: Semaphore,
}

impl Courier for Held {
    fn shown_headers(&self, _: &Parcel) -> Vec<(String, String)> {
        Vec::new()
    }

    fn send(&self, _: Parcel) -> futures::future::BoxFuture<'_, Receipt> {
        Box::pin(async {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            self.begun.add_permits(1);
            self.end.acquire().await.unwrap().forget();
            self.now.fetch_sub(1, Ordering::SeqCst);
            delivered()
        })
    }

    fn carry(&self, _: Outgoing, _: u64) -> futures::future::BoxFuture<'_, Receipt> {
        unreachable!("nothing but deliveries is sent here")
    }
}

/// On each engine: no more than the endpoint takes are under way, and no fewer.
#[test]
fn as_many_are_under_way_as_the_endpoint_takes() {
    for (engine, limit) in [
        (Engine::Sqlite, 2_usize),
        (Engine::Sqlite, 12),
        (Engine::PostgresRls, 1),
        (Engine::PostgresPlain, 12),
    ] {
        let held = Arc::new(Held {
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            begun: Semaphore::new(0),
            end: Semaphore::new(2),
        });
        let options = || KitOptions { courier: Some(held.clone()), ..KitOptions::default() };
        run_with(engine, options, |kit| {
            let held = held.clone();
            async move {
                // The twin's two calls were delivered while it was made.
                let tenant = kit.tenant("north-shore").await;
                held.begun.acquire_many(2).await.unwrap().forget();
                held.most.store(0, Ordering::SeqCst);
                let most = i64::try_from(limit).unwrap();
                change(
                    &kit,
                    &tenant,
                    EndpointChange { max_in_flight: Some(most), ..EndpointChange::default() },
                )
                .await;
                owed(&kit, &tenant, 16).await;
                let handler = Arc::new(Deliverer::new(kit.house.clone()));
                let leaser =
                    Leaser::new(kit.house.db.clone(), kit.mint.clone(), handler, (8, 32, 64), 60_000);
                let draining = tokio::spawn(async move { Arc::new(leaser).drain().await });
                // The first claim knows the usual number only.
                let first = u32::try_from(limit.min(8)).unwrap();
                held.begun.acquire_many(first).await.unwrap().forget();
                held.end.add_permits(1);
                let then = u32::try_from(limit).unwrap() + 1 - first;
                held.begun.acquire_many(then).await.unwrap().forget();
                assert_eq!(held.now.load(Ordering::SeqCst), limit);
                held.end.add_permits(100);
                assert_eq!(draining.await.unwrap().unwrap(), 16);
                assert_eq!(held.most.load(Ordering::SeqCst), limit);
            }
        });
    }
}

#[test]
fn a_headers_value_does_not_print() {
    let printed = format!("{:?}", Header { name: "x".into(), value: SecretString::from("hush") });
    assert!(!printed.contains("hush"), "{printed}");
}
