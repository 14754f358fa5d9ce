//! Owing again: replays, all dead letters, and the event that tries an endpoint out. And endpoints that only fail.

use crate::look::{audited, change, deliveries, endpoint, new_endpoint, refused};
use serde_json::json;
use vestibule_domain::outbox::{self, Again, EndpointChange, Redelivery};
use vestibule_model::UnixMs;
use vestibule_store::tsql;
use vestibule_testkit::{Kit, TestTenant, both_databases, down, failed, gone, inside};
use vestibule_vault::body_signature;

const ALL: [&str; 3] = ["call.call-started", "call.call-ended", "call.call-updated"];

async fn hears_all(kit: &Kit) -> TestTenant {
    let tenant = kit.tenant("north-shore").await;
    let all = ALL.map(str::to_owned).to_vec();
    change(kit, &tenant, EndpointChange { event_types: Some(all), ..EndpointChange::default() }).await;
    tenant
}

/// A call that begins, ends, and changes once.
async fn happens(kit: &Kit, tenant: &TestTenant, call: &str) {
    for sample in [
        tenant.sample("call_started"),
        tenant.sample("call_analyzed"),
        tenant
            .sample("call_analyzed")
            .later(5)
            .with("/call/call_analysis/call_summary", json!(format!("News of {call}."))),
    ] {
        kit.clock.advance_ms(10);
        kit.send(tenant, &sample.without("/call/telephony_identifier").call(call).body()).await;
        kit.fold_all().await;
    }
}

async fn again(kit: &Kit, tenant: &TestTenant, asked: Again) -> Redelivery {
    inside!(kit, tenant, |tx| outbox::redeliver(&kit.house, tx, tenant.endpoint.id, asked).await.unwrap())
}

async fn ran(kit: &Kit, tenant: &TestTenant) -> Vec<(String, String, i64)> {
    let all = inside!(kit, tenant, |tx| outbox::list_redeliveries(tx, tenant.endpoint.id).await.unwrap());
    all.into_iter().map(|r| (r.kind, r.state, r.owed_count)).collect()
}

fn since(since: UnixMs) -> Again {
    Again::Replay { since, until: None, event_types: None }
}

/// The event types that were sent of each call, in the order in which they were sent.
fn sent(kit: &Kit) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut found = std::collections::BTreeMap::<_, Vec<String>>::new();
    for parcel in kit.courier.parcels() {
        let body: serde_json::Value = serde_json::from_slice(&parcel.body).unwrap();
        let call = body["data"]["callId"].as_str().unwrap().to_owned();
        found.entry(call).or_default().push(body["eventType"].as_str().unwrap().to_owned());
    }
    found
}

async fn deliver(kit: &Kit) {
    while kit.deliver_all().await > 0 {}
}

both_databases! {
    async fn a_replay_sends_the_same_ids_and_bytes_in_order(kit: Kit) {
        let tenant = hears_all(&kit).await;
        happens(&kit, &tenant, "before").await;
        kit.clock.advance_ms(10_000);
        let from = kit.house.world.now();
        for call in ["one", "two"] {
            happens(&kit, &tenant, call).await;
        }
        deliver(&kit).await;
        let first: Vec<_> = kit.courier.parcels().into_iter().map(|p| (p.delivery, p.body)).collect();
        assert_eq!(first.len(), 9);
        kit.courier.clear();
        kit.clock.advance_ms(5_000);
        let asked = again(&kit, &tenant, since(from)).await;
        assert_eq!((asked.kind.as_str(), asked.state.as_str(), asked.owed_count), ("replay", "running", 0));
        // The same asked again is the same; something else waits.
        assert_eq!(again(&kit, &tenant, since(from)).await.id, asked.id);
        let other = inside!(kit, tenant, |tx| outbox::redeliver(&kit.house, tx, tenant.endpoint.id, since(from.plus_ms(-1))).await);
        assert_eq!(refused(other), "redelivery_running");
        kit.fold_all().await;
        assert_eq!(ran(&kit, &tenant).await, [("replay".into(), "done".into(), 6)]);
        // Asked once more while it is owed: nothing twice.
        kit.clock.advance_ms(1);
        again(&kit, &tenant, since(from)).await;
        kit.fold_all().await;
        assert_eq!(ran(&kit, &tenant).await[0], ("replay".into(), "done".into(), 0));
        deliver(&kit).await;
        let second: Vec<_> = kit.courier.parcels().into_iter().map(|p| (p.delivery, p.body)).collect();
        assert_eq!(second.len(), 6, "not what was before, and nothing twice");
        assert!(second.iter().all(|one| first.contains(one)), "another id or other bytes");
        for (call, types) in sent(&kit) {
            assert_eq!(types, ALL, "{call}");
        }
        let all = deliveries(&kit, &tenant).await;
        assert!(all.iter().all(|d| d.row.state == "delivered"));
        assert_eq!(all.iter().map(|d| d.attempts.len()).collect::<Vec<_>>(), [1, 1, 1, 2, 2, 2, 2, 2, 2]);
        let acts: Vec<_> = audited(&kit, &tenant).await.into_iter().map(|(what, _)| what).filter(|w| w == "endpoint.replayed").collect();
        assert_eq!(acts.len(), 2, "asking for what runs is no act");
    }

    async fn a_replay_has_an_end_and_types(kit: Kit) {
        let tenant = hears_all(&kit).await;
        let from = kit.house.world.now();
        happens(&kit, &tenant, "one").await;
        let until = kit.house.world.now().plus_ms(1);
        happens(&kit, &tenant, "two").await;
        deliver(&kit).await;
        kit.courier.clear();
        let types = Some(vec!["call.call-ended".to_owned()]);
        again(&kit, &tenant, Again::Replay { since: from, until: Some(until), event_types: types }).await;
        kit.fold_all().await;
        deliver(&kit).await;
        let got = sent(&kit);
        assert_eq!(got.values().collect::<Vec<_>>(), [&["call.call-ended"]]);
        let soon = kit.house.world.now().plus_ms(1);
        for bad in [
            since(soon),
            Again::Replay { since: from, until: Some(from), event_types: None },
            Again::Replay { since: from, until: None, event_types: Some(vec![]) },
            Again::Replay { since: from, until: None, event_types: Some(vec!["endpoint.test".into()]) },
        ] {
            let done = inside!(kit, tenant, |tx| outbox::redeliver(&kit.house, tx, tenant.endpoint.id, bad).await);
            assert_eq!(refused(done), "invalid");
        }
        let theirs = tenant.twin().endpoint.id;
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::redeliver(&kit.house, tx, theirs, Again::Dead).await)), "not_found");
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::list_redeliveries(tx, theirs).await)), "not_found");
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::send_test(&kit.house, tx, theirs).await)), "not_found");
        change(&kit, &tenant, EndpointChange { is_active: Some(false), ..EndpointChange::default() }).await;
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::redeliver(&kit.house, tx, tenant.endpoint.id, since(from)).await)), "endpoint_off");
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::send_test(&kit.house, tx, tenant.endpoint.id).await)), "endpoint_off");
    }

    async fn what_waits_is_put_behind_what_is_replayed_before_it(kit: Kit) {
        let tenant = hears_all(&kit).await;
        let from = kit.house.world.now();
        happens(&kit, &tenant, "one").await;
        deliver(&kit).await;
        // Another change is owed, and fails at first.
        kit.courier.script(&tenant.endpoint.url, [failed(500)]);
        kit.clock.advance_ms(10);
        let news = tenant.sample("call_analyzed").later(9).with("/call/call_analysis/call_summary", json!("More."));
        kit.send(&tenant, &news.without("/call/telephony_identifier").call("one").body()).await;
        kit.fold_all().await;
        assert_eq!(kit.deliver_all().await, 1);
        kit.courier.clear();
        again(&kit, &tenant, since(from)).await;
        kit.fold_all().await;
        assert_eq!(ran(&kit, &tenant).await[0].2, 3, "what waits is not counted");
        kit.clock.advance_ms(1_100);
        deliver(&kit).await;
        let got = sent(&kit);
        assert_eq!(got.values().next().unwrap().as_slice(), [ALL[0], ALL[1], ALL[2], ALL[2]]);
        let summaries: Vec<_> = kit.courier.parcels()[2..].iter().map(|p| {
            serde_json::from_slice::<serde_json::Value>(&p.body).unwrap()["data"]["retell"]["summary"].clone()
        }).collect();
        assert_eq!(summaries, [json!("News of one."), json!("More.")]);
    }

    async fn all_dead_letters_are_retried_step_by_step(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (other, _) = new_endpoint(&kit, &tenant, "https://second.test/", &["call.call-ended"]).await;
        kit.clock.advance_ms(1);
        let sample = tenant.sample("call_analyzed").call("model");
        kit.send(&tenant, &sample.body()).await;
        kit.fold_all().await;
        kit.courier.always(&tenant.endpoint.url, Some(gone()));
        kit.courier.always(&other.url, Some(gone()));
        deliver(&kit).await;
        // As many more as take several steps, of both endpoints.
        let now = kit.house.world.now();
        inside!(kit, tenant, |tx| {
            for n in 0..600_u32 {
                let id: vestibule_model::DeliveryId = kit.house.world.new_id();
                let to = if n % 3 == 0 { other.id } else { tenant.endpoint.id };
                let sql = tsql!("INSERT INTO deliveries (tenant_id, id, endpoint_id, subject_id, event_type, revision, state, attempts_count, created_at)
                    VALUES ($1, $2, $3, $2, 'call.call-ended', 0, 'dead', 5, $4)");
                tx.exec(sql, vestibule_store::vals![id, to, now]).await.unwrap();
                let sql = tsql!("INSERT INTO delivery_bodies (tenant_id, delivery_id, body) VALUES ($1, $2, $3)");
                tx.exec(sql, vestibule_store::vals![id, br#"{"data":{"callId":"x"},"eventType":"call.call-ended"}"#.to_vec()]).await.unwrap();
            }
        });
        change(&kit, &tenant, EndpointChange { is_active: Some(true), ..EndpointChange::default() }).await;
        kit.courier.always(&tenant.endpoint.url, None);
        kit.courier.clear();
        kit.clock.advance_ms(1);
        let asked = again(&kit, &tenant, Again::Dead).await;
        assert_eq!(again(&kit, &tenant, Again::Dead).await.id, asked.id);
        kit.fold_all().await;
        assert_eq!(ran(&kit, &tenant).await, [("dead".into(), "done".into(), 401)]);
        deliver(&kit).await;
        assert_eq!(kit.courier.parcels().len(), 401);
        let stats = inside!(kit, tenant, |tx| outbox::stats(tx, "2000-01-01", "2100-01-01").await.unwrap());
        let letters = |of| stats.endpoints.iter().find(|e| e.endpoint.id == of).map(|e| (e.dead_letters, e.waiting));
        assert_eq!((letters(tenant.endpoint.id), letters(other.id)), (Some((0, 0)), Some((201, 0))));
        kit.clock.advance_ms(1);
        let again_nothing = again(&kit, &tenant, Again::Dead).await;
        kit.fold_all().await;
        assert_ne!(again_nothing.id, asked.id);
        assert_eq!(ran(&kit, &tenant).await[0], ("dead".into(), "done".into(), 0));
    }

    async fn what_is_owed_again_is_parked_for_as_long_as_anything_new(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let from = kit.house.world.now();
        for call in ["a", "b", "c", "d", "e"] {
            kit.clock.advance_ms(1);
            kit.send(&tenant, &tenant.sample("call_analyzed_not_connected").call(call).body()).await;
        }
        kit.fold_all().await;
        deliver(&kit).await;
        kit.clock.advance_ms(10 * 86_400_000);
        kit.courier.always(&tenant.endpoint.url, Some(down("timeout")));
        again(&kit, &tenant, since(from)).await;
        kit.fold_all().await;
        for _ in 0..4 {
            kit.deliver_all().await;
            kit.clock.advance_ms(8_000);
        }
        assert!(deliveries(&kit, &tenant).await.iter().all(|d| d.row.state == "parked"), "ten days old is not three days parked");
        kit.courier.always(&tenant.endpoint.url, None);
        deliver(&kit).await;
        kit.clock.advance_ms(8_000);
        deliver(&kit).await;
        assert!(deliveries(&kit, &tenant).await.iter().all(|d| d.row.state == "delivered"));
    }

    async fn a_test_event_is_signed_and_goes_before_what_waits(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for call in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            kit.clock.advance_ms(1);
            kit.send(&tenant, &tenant.sample("call_analyzed_not_connected").call(call).body()).await;
        }
        kit.fold_all().await;
        kit.courier.always(&tenant.endpoint.url, Some(down("connection_refused")));
        deliver(&kit).await;
        assert!(endpoint(&kit, &tenant).await.circuit.open_since.is_some());
        kit.courier.clear();
        let made = inside!(kit, tenant, |tx| outbox::send_test(&kit.house, tx, tenant.endpoint.id).await.unwrap());
        assert_eq!((made.event_type.as_str(), made.call, made.endpoint), ("endpoint.test", None, tenant.endpoint.id));
        kit.courier.always(&tenant.endpoint.url, None);
        deliver(&kit).await;
        kit.clock.advance_ms(8_000);
        deliver(&kit).await;
        let sent = kit.courier.parcels();
        assert_eq!(sent[0].delivery, made.id, "it waited behind the others");
        let body: serde_json::Value = serde_json::from_slice(&sent[0].body).unwrap();
        assert_eq!((&body["eventType"], &body["data"]["endpointId"]), (&json!("endpoint.test"), &json!(tenant.endpoint.id)));
        assert_eq!(body["signature"], body_signature(&tenant.endpoint_secret, &body));
        let seen = inside!(kit, tenant, |tx| outbox::detail(tx, made.id).await.unwrap().unwrap());
        assert_eq!((seen.row.state.as_str(), seen.attempts.len(), seen.row.call), ("delivered", 1, None));
        let request = seen.attempts[0].request.clone().unwrap();
        assert_eq!(request, json!({ "url": tenant.endpoint.url, "headers": { "webhook-id": made.id } }));
        assert_eq!(sent.len(), 11, "and it brought the endpoint back");
        // Nobody asked for it, so nothing else is told of it; and nobody can ask.
        let types = EndpointChange { event_types: Some(vec!["endpoint.test".into()]), ..EndpointChange::default() };
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::change(&kit.house, tx, tenant.endpoint.id, types).await)), "invalid");
        let again = inside!(kit, tenant, |tx| outbox::send_test(&kit.house, tx, tenant.endpoint.id).await.unwrap());
        assert_ne!(again.id, made.id);
    }

    async fn a_weekend_without_the_receiver_loses_nothing_and_keeps_the_order(kit: Kit) {
        let tenant = hears_all(&kit).await;
        kit.courier.always(&tenant.endpoint.url, Some(down("workflow_not_active")));
        for hour in 0..60 {
            if hour % 8 == 0 {
                happens(&kit, &tenant, &format!("call-{hour}")).await;
            }
            kit.deliver_all().await;
            kit.clock.advance_ms(3_600_000);
        }
        let parked = deliveries(&kit, &tenant).await;
        assert!(parked.len() >= 24, "{}", parked.len());
        assert!(parked.iter().all(|d| d.row.state == "parked"), "{parked:?}");
        let seen = endpoint(&kit, &tenant).await;
        assert!(seen.is_active && seen.failing_since.is_some(), "sixty hours are not five days");
        kit.courier.always(&tenant.endpoint.url, None);
        kit.courier.clear();
        for _ in 0..3 {
            deliver(&kit).await;
            kit.clock.advance_ms(8_000);
        }
        let got = sent(&kit);
        assert_eq!(got.len(), 8);
        for types in got.values() {
            assert_eq!(types[..3], ALL);
            assert!(types[3..].iter().all(|t| t == ALL[2]), "{types:?}");
        }
        assert_eq!(got.values().map(Vec::len).sum::<usize>(), parked.len());
        assert!(deliveries(&kit, &tenant).await.iter().all(|d| d.row.state == "delivered"));
        assert_eq!(endpoint(&kit, &tenant).await.failing_since, None);
    }

    async fn an_endpoint_that_only_fails_for_five_days_is_switched_off_and_its_owner_reads_why(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.courier.always(&tenant.endpoint.url, Some(failed(500)));
        for half_day in 0..=10 {
            assert!(endpoint(&kit, &tenant).await.is_active, "after {half_day} half days");
            let call = format!("call-{half_day}");
            kit.send(&tenant, &tenant.sample("call_analyzed_not_connected").call(&call).body()).await;
            kit.fold_all().await;
            assert!(kit.deliver_all().await > 0);
            kit.clock.advance_ms(12 * 3_600_000);
        }
        let off = endpoint(&kit, &tenant).await;
        assert_eq!((off.is_active, off.disabled_reason.as_deref()), (false, Some("failing")));
        let log = audited(&kit, &tenant).await;
        assert_eq!(log.iter().filter(|(what, _)| what == "endpoint.disabled").count(), 1);
        assert!(log[0].1.starts_with("system:"), "{log:?}");
        // Its owner's other endpoint hears of calls, this one is owed what it was owed.
        assert_eq!(kit.deliver_all().await, 0);
        kit.courier.always(&tenant.endpoint.url, None);
        let on = change(&kit, &tenant, EndpointChange { is_active: Some(true), ..EndpointChange::default() }).await;
        assert_eq!((on.failing_since, on.disabled_reason), (None, None));
        assert!(kit.deliver_all().await > 0);
    }

    async fn gone_is_audited_once(kit: Kit) {
        let tenant = hears_all(&kit).await;
        for call in ["one", "two", "three"] {
            happens(&kit, &tenant, call).await;
        }
        kit.courier.always(&tenant.endpoint.url, Some(gone()));
        deliver(&kit).await;
        assert_eq!(endpoint(&kit, &tenant).await.disabled_reason.as_deref(), Some("gone"));
        let log = audited(&kit, &tenant).await;
        assert_eq!(log.iter().filter(|(what, _)| what == "endpoint.disabled").count(), 1);
    }

    async fn req_1_33_figures_add_up_by_the_tenants_days(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        // Half an hour before midnight in Toronto.
        kit.clock.set(UnixMs::parse_rfc3339("2026-11-22T04:30:00.000Z").unwrap());
        let send = async |call: &str| {
            kit.send(&tenant, &tenant.sample("call_analyzed_not_connected").call(call).body()).await;
            kit.fold_all().await;
            kit.deliver_all().await;
        };
        kit.courier.script(&tenant.endpoint.url, [failed(500)]);
        send("a").await;
        send("b").await;
        kit.clock.advance_ms(3_600_000);
        kit.deliver_all().await;
        kit.courier.script(&tenant.endpoint.url, [gone()]);
        send("c").await;
        let of = async |since: &str, until: &str| {
            let stats = inside!(kit, tenant, |tx| outbox::stats(tx, since, until).await.unwrap());
            let one = &stats.endpoints[0];
            assert_eq!((one.endpoint.id, &one.figures), (tenant.endpoint.id, &stats.total), "there is one endpoint");
            (one.figures.attempts, one.figures.delivered, one.figures.dead, one.figures.success_rate())
        };
        assert_eq!(of("2026-11-21", "2026-11-21").await, (2, 1, 0, Some(1.0)));
        assert_eq!(of("2026-11-22", "2026-11-22").await, (2, 1, 1, Some(0.5)));
        assert_eq!(of("2026-11-21", "2026-11-22").await, (4, 2, 1, Some(2.0 / 3.0)));
        assert_eq!(of("2026-11-23", "2026-12-22").await, (0, 0, 0, None));
        let stats = inside!(kit, tenant, |tx| outbox::stats(tx, "2026-11-21", "2026-11-22").await.unwrap());
        assert_eq!((stats.endpoints[0].waiting, stats.endpoints[0].dead_letters), (0, 1));
        assert!(stats.total.p50_ms.is_some() && stats.total.p50_ms <= stats.total.p95_ms);
    }
}
