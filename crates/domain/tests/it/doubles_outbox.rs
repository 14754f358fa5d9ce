//! The outbox of two tenants whose endpoints and deliveries have the same ids.

use crate::doubles::{Doubles, doubles, url};
use crate::look::{deliveries, refused};
use secrecy::ExposeSecret;
use serde_json::json;
use std::time::Duration;
use vestibule_domain::calls::{self, NewFact};
use vestibule_domain::outbox::{self, DeliveryDetail, EndpointChange, Header};
use vestibule_model::{CallEvent, FactDoc, FactKind, Status, UnixMs};
use vestibule_store::tsql;
use vestibule_testkit::{Engine, Kit, TestTenant, both_databases, delivered, down, failed, gone, inside};

/// What the double endpoint is owed, in the order of the calls.
async fn owed(kit: &Kit, doubles: &Doubles, tenant: &TestTenant) -> Vec<DeliveryDetail> {
    let mut all = crate::look::deliveries(kit, tenant).await;
    all.retain(|one| one.row.endpoint == doubles.endpoint);
    all
}

async fn endpoint(kit: &Kit, doubles: &Doubles, tenant: &TestTenant) -> outbox::Endpoint {
    inside!(kit, tenant, |tx| outbox::find(tx, doubles.endpoint).await.unwrap().unwrap())
}

fn states(owed: &[DeliveryDetail]) -> Vec<(&str, i64)> {
    owed.iter().map(|one| (one.row.state.as_str(), one.row.attempts_count)).collect()
}

both_databases! {
    async fn an_endpoint_is_shown_and_changed_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.each(&kit, &[0, 1, 0], async |me| {
            let before = endpoint(&kit, &doubles, me).await;
            assert_eq!(before.url, url(me));
            let what = EndpointChange { description: Some("Renamed.".into()), is_active: Some(false), ..EndpointChange::default() };
            let after = inside!(kit, me, |tx| outbox::change(&kit.house, tx, doubles.endpoint, what).await.unwrap());
            assert_eq!((after.url, after.description.as_str(), after.is_active), (url(me), "Renamed.", false));
            let secret = "n8n".to_owned().into();
            inside!(kit, me, |tx| outbox::set_config(&kit.house, tx, doubles.endpoint, &json!({ "of": me.record.slug }), Some(&secret)).await.unwrap());
            assert_eq!(endpoint(&kit, &doubles, me).await.config, json!({ "of": me.record.slug }));
        }).await;
        for tenant in &doubles.both {
            assert_eq!(endpoint(&kit, &doubles, tenant).await.config, json!({ "of": tenant.record.slug }));
        }
        doubles.end(&kit).await;
    }

    async fn a_secret_is_replaced_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        // Replaced from the own one: the double's could not even be opened.
        doubles.each(&kit, &[0, 1, 0, 1], async |me| {
            inside!(kit, me, |tx| outbox::rotate(&kit.house, tx, doubles.endpoint).await.unwrap());
        }).await;
        doubles.hear(&kit, 1_000, 0, "after", &["call_started"]).await;
        assert_eq!(kit.deliver_all().await, 2);
        for tenant in &doubles.both {
            let sent = kit.courier.parcels_to(&url(tenant));
            assert_eq!((sent.len(), sent[0].secrets.len()), (1, 2));
            assert_ne!(sent[0].secrets[0].key(), sent[0].secrets[1].key());
        }
        doubles.end(&kit).await;
    }

    async fn a_pace_and_a_header_are_an_endpoints_own(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.each(&kit, &[0, 1], async |me| {
            let header = Header { name: "x-of".into(), value: me.record.slug.clone().into() };
            let what = EndpointChange { rate_milli: Some(Some(10)), header: Some(Some(header)), ..EndpointChange::default() };
            inside!(kit, me, |tx| outbox::change(&kit.house, tx, doubles.endpoint, what).await.unwrap());
        }).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        doubles.hear(&kit, 2_000, 0, "two", &["call_started"]).await;
        doubles.each(&kit, &[0, 1, 0, 1], async |me| {
            kit.courier.clear();
            let may = usize::from(owed(&kit, &doubles, me).await.iter().all(|one| one.row.state == "pending"));
            assert_eq!(kit.deliver_all().await, may);
            for sent in kit.courier.parcels() {
                assert_eq!(sent.header.unwrap().1.expose_secret(), me.record.slug);
            }
        }).await;
        kit.clock.advance_ms(100_000);
        doubles.each(&kit, &[1, 0], async |_| assert_eq!(kit.deliver_all().await, 1)).await;
        doubles.end(&kit).await;
    }

    async fn a_delivery_goes_where_its_own_endpoint_is(kit: Kit) {
        let doubles = doubles(&kit).await;
        for (n, first) in [(1_u64, 0), (2, 1)] {
            doubles.hear(&kit, n * 1_000, first, &format!("call-{n}"), &["call_started"]).await;
            kit.courier.script(&url(&doubles.both[first]), [failed(500), delivered()]);
            kit.courier.clear();
            assert_eq!(kit.deliver_all().await, 2);
            for (tenant, want) in [(&doubles.both[first], "retrying"), (&doubles.both[1 - first], "delivered")] {
                let last = owed(&kit, &doubles, tenant).await.pop().unwrap();
                assert_eq!((last.row.state.as_str(), last.row.attempts_count, last.row.endpoint_url.clone()), (want, 1, url(tenant)));
                assert_eq!(last.attempts.iter().map(|a| a.number).collect::<Vec<_>>(), [1]);
                let sent = kit.courier.parcels_to(&url(tenant));
                assert_eq!(sent.len(), 1);
                assert_eq!(serde_json::from_slice::<serde_json::Value>(&sent[0].body).unwrap(), last.body);
            }
            kit.clock.advance_ms(1_100);
            assert_eq!(kit.deliver_all().await, 1);
        }
        doubles.end(&kit).await;
    }

    async fn what_an_endpoint_answers_is_its_own(kit: Kit) {
        let doubles = doubles(&kit).await;
        for (n, (me, other)) in (1..).zip([(0, 1), (1, 0)]) {
            let (me, other) = (&doubles.both[me], &doubles.both[other]);
            doubles.hear(&kit, n * 100_000, 0, &format!("call-{n}"), &["call_started"]).await;
            kit.courier.always(&url(me), Some(down("connection_refused")));
            for _ in 0..6 {
                kit.deliver_all().await;
                kit.clock.advance_ms(8_800);
            }
            let circuit = endpoint(&kit, &doubles, me).await.circuit;
            assert!(circuit.open_since.is_some() && circuit.failures_in_row >= 5, "{circuit:?}");
            assert_eq!(endpoint(&kit, &doubles, other).await.circuit, outbox::Circuit::default());
            assert_eq!(states(&owed(&kit, &doubles, me).await).pop().unwrap().0, "parked");
            assert_eq!(states(&owed(&kit, &doubles, other).await).pop().unwrap(), ("delivered", 1));
            kit.courier.always(&url(me), None);
            kit.deliver_all().await;
            assert_eq!(endpoint(&kit, &doubles, me).await.circuit, outbox::Circuit::default());
        }
        doubles.hear(&kit, 300_000, 0, "gone", &["call_started"]).await;
        kit.courier.script(&url(&doubles.both[0]), [gone()]);
        kit.deliver_all().await;
        let active = [endpoint(&kit, &doubles, &doubles.both[0]).await.is_active, endpoint(&kit, &doubles, &doubles.both[1]).await.is_active];
        assert_eq!(active, [false, true]);
        doubles.end(&kit).await;
    }

    async fn an_endpoint_that_is_off_is_off_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        for (n, (me, other)) in (1..).zip([(0, 1), (1, 0)]) {
            let (me, other) = (&doubles.both[me], &doubles.both[other]);
            doubles.hear(&kit, n * 1_000, 0, &format!("call-{n}"), &["call_started"]).await;
            let turned = |on| EndpointChange { is_active: Some(on), ..EndpointChange::default() };
            inside!(kit, me, |tx| outbox::change(&kit.house, tx, doubles.endpoint, turned(false)).await.unwrap());
            kit.courier.clear();
            assert_eq!(kit.deliver_all().await, 1);
            assert_eq!((kit.courier.parcels_to(&url(me)).len(), kit.courier.parcels_to(&url(other)).len()), (0, 1));
            inside!(kit, me, |tx| outbox::change(&kit.house, tx, doubles.endpoint, turned(true)).await.unwrap());
            assert_eq!(kit.deliver_all().await, 1);
        }
        doubles.end(&kit).await;
    }

    async fn the_next_of_a_call_waits_for_its_own_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        for (n, (me, other)) in (1..).zip([(0, 1), (1, 0)]) {
            let call = format!("call-{n}");
            // Both wait with the end of the call behind its beginning; one of them is served.
            doubles.hear(&kit, n * 1_000, me, &call, &["call_started", "call_analyzed"]).await;
            let (me, other) = (&doubles.both[me], &doubles.both[other]);
            kit.courier.script(&url(other), [failed(500)]);
            kit.courier.clear();
            assert_eq!(kit.deliver_all().await, 3);
            assert_eq!((kit.courier.parcels_to(&url(me)).len(), kit.courier.parcels_to(&url(other)).len()), (2, 1));
            // The double still waits; what is news here need not.
            let news = crate::doubles::sample(me, "call_analyzed", &call).later(5).with("/call/call_analysis/call_summary", json!("News."));
            kit.send(me, &news.body()).await;
            kit.fold_all().await;
            assert_eq!(kit.deliver_all().await, 1);
            assert_eq!(kit.courier.parcels_to(&url(me)).len(), 3);
            kit.clock.advance_ms(1_100);
            assert_eq!(kit.deliver_all().await, 2);
        }
        doubles.end(&kit).await;
    }

    async fn a_delivery_is_retried_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        doubles.hear(&kit, 2_000, 1, "two", &["call_started"]).await;
        for tenant in &doubles.both {
            kit.courier.always(&url(tenant), Some(down("timeout")));
        }
        for _ in 0..5 {
            kit.deliver_all().await;
            kit.clock.advance_ms(8_800);
        }
        doubles.each(&kit, &[0, 1], async |me| {
            assert!(endpoint(&kit, &doubles, me).await.circuit.open_since.is_some());
            let first = owed(&kit, &doubles, me).await.remove(0).row.id;
            kit.clock.advance_ms(5);
            inside!(kit, me, |tx| outbox::retry(&kit.house, tx, first).await.unwrap());
            assert_eq!(endpoint(&kit, &doubles, me).await.circuit.probe_at, Some(kit.house.world.now()));
            kit.clock.advance_ms(5);
            inside!(kit, me, |tx| outbox::send_test(&kit.house, tx, doubles.endpoint).await.unwrap());
            assert_eq!(endpoint(&kit, &doubles, me).await.circuit.probe_at, Some(kit.house.world.now()));
        }).await;
        doubles.end(&kit).await;
    }

    async fn an_endpoint_is_replayed_and_tried_out_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        let from = kit.house.world.now();
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_analyzed"]).await;
        while kit.deliver_all().await > 0 {}
        let before = kit.house.world.now();
        let replay = vestibule_domain::outbox::Again::Replay { since: from, until: None, event_types: None };
        doubles.each(&kit, &[0, 1], async |me| {
            kit.clock.set(before.plus_ms(10_000));
            kit.entropy.begin_again(77);
            let begun = inside!(kit, me, |tx| outbox::redeliver(&kit.house, tx, doubles.endpoint, replay.clone()).await.unwrap());
            kit.courier.clear();
            kit.fold_all().await;
            while kit.deliver_all().await > 0 {}
            assert_eq!(kit.courier.parcels().iter().map(|p| p.url.clone()).collect::<Vec<_>>(), [url(me), url(me)]);
            let mine = inside!(kit, me, |tx| outbox::list_redeliveries(tx, doubles.endpoint).await.unwrap());
            assert_eq!((mine.len(), mine[0].id, mine[0].owed_count, mine[0].state.as_str()), (1, begun.id, 2, "done"));
        }).await;
        // Both wait; only what is one's own goes on.
        doubles.each(&kit, &[0, 1], async |me| {
            kit.clock.set(before.plus_ms(20_000));
            kit.entropy.begin_again(78);
            let made = inside!(kit, me, |tx| outbox::send_test(&kit.house, tx, doubles.endpoint).await.unwrap());
            let seen = inside!(kit, me, |tx| outbox::detail(tx, made.id).await.unwrap().unwrap());
            assert_eq!(seen.row.endpoint_url, url(me));
            kit.courier.clear();
            assert_eq!(kit.deliver_all().await, 1);
            assert_eq!(kit.courier.parcels_to(&url(me)).len(), 1);
        }).await;
        doubles.end(&kit).await;
    }

    async fn figures_are_an_endpoints_own(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        doubles.hear(&kit, 2_000, 0, "two", &["call_started"]).await;
        kit.courier.always(&url(&doubles.both[0]), Some(gone()));
        while kit.deliver_all().await > 0 {}
        for (tenant, want) in doubles.both.iter().zip([(0, 2, 0, 2), (2, 0, 0, 0)]) {
            let stats = inside!(kit, tenant, |tx| outbox::stats(tx, "2000-01-01", "2100-01-01").await.unwrap());
            let one = stats.endpoints.iter().find(|one| one.endpoint.id == doubles.endpoint).unwrap();
            assert_eq!((one.figures.delivered, one.figures.dead, one.waiting, one.dead_letters), want);
            assert_eq!(one.endpoint.url, url(tenant));
        }
        // What one is owed waits for it alone.
        kit.send(&doubles.both[1], &crate::doubles::sample(&doubles.both[1], "call_started", "three").body()).await;
        kit.fold_all().await;
        for (tenant, want) in doubles.both.iter().zip([0, 1]) {
            let stats = inside!(kit, tenant, |tx| outbox::stats(tx, "2000-01-01", "2100-01-01").await.unwrap());
            assert_eq!(stats.endpoints.iter().find(|one| one.endpoint.id == doubles.endpoint).unwrap().waiting, want);
        }
        doubles.end(&kit).await;
    }

    async fn an_endpoint_is_deleted_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        // The double's is still there when the first is deleted.
        doubles.each(&kit, &[0, 1], async |me| {
            inside!(kit, me, |tx| outbox::delete(&kit.house, tx, doubles.endpoint).await.unwrap());
            let dead = owed(&kit, &doubles, me).await;
            assert_eq!(states(&dead), [("dead", 0)]);
            assert_eq!(refused(inside!(kit, me, |tx| outbox::retry(&kit.house, tx, dead[0].row.id).await)), "endpoint_gone");
            assert!(inside!(kit, me, |tx| outbox::find(tx, doubles.endpoint).await.unwrap()).is_none());
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_delivery_releases_what_comes_after_it_in_its_tenant(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        // What comes next has ids of its own in each; the double's was there before.
        for tenant in &doubles.both {
            kit.clock.advance_ms(10);
            kit.send(tenant, &crate::doubles::sample(tenant, "call_analyzed", "one").body()).await;
            kit.fold_all().await;
        }
        doubles.each(&kit, &[1], async |_| {
            assert_eq!(kit.deliver_all().await, 2, "the next one still waits");
        }).await;
        doubles.end(&kit).await;
    }

    async fn attempts_are_counted_in_their_tenant(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        doubles.each(&kit, &[0, 1], async |me| {
            assert_eq!(kit.deliver_all().await, 1);
            let owed = owed(&kit, &doubles, me).await;
            let numbers: Vec<i64> = owed[0].attempts.iter().map(|attempt| attempt.number).collect();
            assert_eq!(numbers, [1], "the double's attempts were counted");
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_delivery_does_not_wait_for_the_doubles_call(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        if kit.engine == Engine::Sqlite {
            return doubles.end(&kit).await;
        }
        let [other, me] = &doubles.both;
        kit.courier.always(&url(other), Some(failed(500)));
        assert_eq!(kit.deliver_all().await, 2);
        // Somebody works at the double's call.
        let mut held = kit.house.db.write_in(&other.scope).await.unwrap();
        let sql = tsql!(
            sqlite: "SELECT h.id FROM calls h WHERE h.tenant_id = $1",
            pg: "SELECT h.id FROM calls h WHERE h.tenant_id = $1 FOR UPDATE"
        );
        assert!(!held.tenant(&other.scope).await.unwrap().rows(sql, &[]).await.unwrap().is_empty());
        let again = crate::doubles::sample(me, "call_analyzed", "one");
        kit.send(me, &again.body()).await;
        let done = tokio::time::timeout(Duration::from_secs(10), async {
            kit.fold_all().await;
            kit.deliver_all().await
        });
        assert_eq!(done.await.expect("it waits for the double's call"), 1);
        held.rollback().await.unwrap();
        doubles.end(&kit).await;
    }

    async fn who_told_us_of_a_call_is_not_who_told_the_double(kit: Kit) {
        let doubles = doubles(&kit).await;
        // What each was told by, of a call of the same id, and whether the first is to tell its workflow engine of it.
        for (seed, ours, theirs, owed) in [(1_000, "tool", "n8n", 1), (2_000, "n8n", "webhook", 0)] {
            for (tenant, source) in [(&doubles.both[1], theirs), (&doubles.both[0], ours)] {
                kit.clock.set(doubles.beginning.plus_ms(i64::try_from(seed).unwrap()));
                kit.entropy.begin_again(seed);
                let event = CallEvent {
                    provider: "retell".into(),
                    external_call_id: format!("told_{seed}"),
                    aliases: Vec::new(),
                    kind: FactKind::Started,
                    occurred_at: UnixMs(1_795_219_200_000),
                    doc: FactDoc { status: Some(Status::InProgress), ..FactDoc::default() },
                };
                let now = kit.house.world.now();
                let fact = NewFact { fact_key: "started".into(), replaces: false, source, inbox: None, received_at: now, event };
                inside!(kit, tenant, |tx| calls::ingest(&kit.house, tx, fact, now).await.unwrap());
            }
            let [first, second] = [&doubles.both[0], &doubles.both[1]];
            let name = format!("told_{seed}");
            let (mine, double) = (doubles.call(&kit, first, &name).await.call.id, doubles.call(&kit, second, &name).await.call.id);
            assert_eq!(mine, double, "these are no doubles");
            let told = deliveries(&kit, first).await.iter().filter(|d| d.row.call == Some(mine)).count();
            assert_eq!(told, owed, "{ours}");
        }
        doubles.end(&kit).await;
    }
}
