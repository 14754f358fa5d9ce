//! The outbox: what is owed, to whom, and in which order.

use crate::look::{audited, call, change, deliveries, delivery, endpoint, new_endpoint, refused};
use secrecy::ExposeSecret;
use serde_json::json;
use vestibule_domain::outbox::{self, DeliveryFilter, EndpointChange, NewEndpoint};
use vestibule_testkit::{Kit, TestTenant, both_databases, delivered, down, failed, inside};
use vestibule_vault::{EndpointSecret, body_signature};

const ALL: [&str; 3] = ["call.call-started", "call.call-ended", "call.call-updated"];

async fn happens(kit: &Kit, tenant: &TestTenant, names: &[&str]) {
    for name in names {
        kit.clock.advance_ms(1);
        kit.send(tenant, &tenant.sample(name).body()).await;
        kit.fold_all().await;
    }
}

/// A call that was final changes.
async fn changes(kit: &Kit, tenant: &TestTenant, summary: &str) {
    kit.clock.advance_ms(1);
    let again = tenant.sample("call_analyzed").later(1 + i64::try_from(summary.len()).unwrap());
    kit.send(tenant, &again.with("/call/call_analysis/call_summary", json!(summary)).body()).await;
    kit.fold_all().await;
}

fn types(owed: &[vestibule_domain::outbox::DeliveryDetail]) -> Vec<&str> {
    owed.iter().map(|d| d.row.event_type.as_str()).collect()
}

both_databases! {
    async fn the_end_of_a_call_is_owed_once_to_each_endpoint(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (second, _) = new_endpoint(&kit, &tenant, "https://second.test/", &["call.call-ended"]).await;
        happens(&kit, &tenant, &["call_started", "call_ended", "call_analyzed"]).await;
        changes(&kit, &tenant, "A change is not an end.").await;
        let owed = deliveries(&kit, &tenant).await;
        assert_eq!(types(&owed), ["call.call-ended", "call.call-ended"]);
        let mut to: Vec<_> = owed.iter().map(|d| d.row.endpoint).collect();
        to.sort();
        let mut want = vec![tenant.endpoint.id, second.id];
        want.sort();
        assert_eq!(to, want);
        assert_eq!(kit.deliver_all().await, 2);
        assert_eq!(kit.deliver_all().await, 0);
    }

    async fn req_1_16_a_body_is_frozen_signed_and_in_the_shape_of_1_38(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        happens(&kit, &tenant, &["call_ended", "call_analyzed"]).await;
        let frozen = delivery(&kit, &tenant).await.body;
        changes(&kit, &tenant, "Another summary.").await;
        kit.deliver_all().await;
        let sent: serde_json::Value = serde_json::from_slice(&kit.courier.parcels()[0].body).unwrap();
        assert_eq!(sent, frozen, "what was owed changed before it was sent");
        assert_eq!(sent["signature"], body_signature(&tenant.endpoint_secret, &sent));
        assert_eq!(sent["eventType"], "call.call-ended");
        let data = &sent["data"];
        assert_eq!((&data["outcome"], &data["duration"], &data["aiHandled"]), (&json!("BOOKED"), &json!(34), &json!(true)));
        assert_eq!(data["retell"]["structuredData"]["customerName"], "Marie Tremblay");
        assert_eq!(data["retell"]["structuredData"]["appointmentDate"], "2026-11-22T10:00:00-05:00");
        let id = sent["eventId"].as_str().unwrap();
        assert!(id.starts_with("retell:call_5b7c1e9d2f3a4b6c8d0e1f2a3b4:call-ended:"), "{id}");
    }

    async fn an_endpoint_hears_what_it_asked_for_in_order(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        change(&kit, &tenant, EndpointChange { event_types: Some(ALL.map(str::to_owned).to_vec()), ..EndpointChange::default() }).await;
        kit.courier.script(&tenant.endpoint.url, [failed(500), failed(500), delivered()]);
        happens(&kit, &tenant, &["call_started", "call_ended", "call_analyzed"]).await;
        changes(&kit, &tenant, "one").await;
        changes(&kit, &tenant, "two!").await;
        let owed = deliveries(&kit, &tenant).await;
        assert_eq!(types(&owed), ["call.call-started", "call.call-ended", "call.call-updated", "call.call-updated"]);
        assert_eq!(kit.deliver_all().await, 1, "the others wait for the first");
        kit.clock.advance_ms(1_100);
        assert_eq!(kit.deliver_all().await, 1);
        kit.clock.advance_ms(2_200);
        assert_eq!(kit.deliver_all().await, 4, "as soon as it has arrived, the others follow");
        let order: Vec<_> = kit.courier.parcels().iter().map(|p| p.delivery).collect();
        let want: Vec<_> = owed.iter().map(|d| d.row.id).collect();
        assert_eq!(order, [want[0], want[0], want[0], want[1], want[2], want[3]]);
        let summaries: Vec<_> = kit.courier.parcels()[4..].iter().map(|p| {
            serde_json::from_slice::<serde_json::Value>(&p.body).unwrap()["data"]["retell"]["summary"].clone()
        }).collect();
        assert_eq!(summaries, [json!("one"), json!("two!")]);
    }

    async fn changes_of_one_moment_are_told_in_their_order(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        change(&kit, &tenant, EndpointChange { event_types: Some(ALL.map(str::to_owned).to_vec()), ..EndpointChange::default() }).await;
        happens(&kit, &tenant, &["call_analyzed"]).await;
        // All in one batch, so that their ids are of one millisecond.
        for n in 1..=6 {
            let again = tenant.sample("call_analyzed").later(n).with("/call/call_analysis/call_summary", json!(format!("{n}")));
            kit.send(&tenant, &again.body()).await;
        }
        kit.fold_all().await;
        while kit.deliver_all().await > 0 {}
        let revisions: Vec<i64> = kit.courier.parcels().iter().map(|p| {
            serde_json::from_slice::<serde_json::Value>(&p.body).unwrap()["data"]["revision"].as_i64().unwrap()
        }).collect();
        assert!(revisions.len() >= 3, "{revisions:?}");
        assert!(revisions.is_sorted(), "{revisions:?}");
    }

    async fn a_dead_letter_lets_the_next_one_go(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        change(&kit, &tenant, EndpointChange { event_types: Some(ALL.map(str::to_owned).to_vec()), ..EndpointChange::default() }).await;
        kit.courier.script(&tenant.endpoint.url, (0..5).map(|_| failed(500)));
        happens(&kit, &tenant, &["call_started", "call_analyzed"]).await;
        for wait in [1_100, 2_200, 4_400, 8_800, 0] {
            kit.deliver_all().await;
            kit.clock.advance_ms(wait);
        }
        let owed = deliveries(&kit, &tenant).await;
        let states: Vec<_> = owed.iter().map(|d| (d.row.event_type.as_str(), d.row.state.as_str(), d.row.attempts_count)).collect();
        assert_eq!(states, [("call.call-started", "dead", 5), ("call.call-ended", "delivered", 1)]);
    }

    async fn a_test_is_told_to_nobody(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        change(&kit, &tenant, EndpointChange { event_types: Some(ALL.map(str::to_owned).to_vec()), ..EndpointChange::default() }).await;
        kit.send(&tenant, &vestibule_testkit::retell_sample("call_started_dashboard_test").body()).await;
        kit.fold_all().await;
        assert!(deliveries(&kit, &tenant).await.is_empty());
    }

    async fn a_rotated_secret_signs_beside_the_previous_one_for_a_day(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (new, until) = inside!(kit, tenant, |tx| outbox::rotate(&kit.house, tx, tenant.endpoint.id).await.unwrap());
        assert_eq!(until.since(kit.house.world.now()), 86_400_000);
        let new = EndpointSecret::from_ascii(new.ascii).unwrap();
        assert_ne!(new.key(), tenant.endpoint_secret.key());
        happens(&kit, &tenant, &["call_analyzed"]).await;
        kit.deliver_all().await;
        let keys = |n: usize| kit.courier.parcels()[n].secrets.iter().map(|s| s.key().to_vec()).collect::<Vec<_>>();
        assert_eq!(keys(0), [new.key().to_vec(), tenant.endpoint_secret.key().to_vec()]);
        let body: serde_json::Value = serde_json::from_slice(&kit.courier.parcels()[0].body).unwrap();
        assert_eq!(body["signature"], body_signature(&new, &body));
        kit.clock.advance_ms(86_400_000);
        happens(&kit, &tenant, &["call_ended_not_connected", "call_analyzed_not_connected"]).await;
        kit.deliver_all().await;
        assert_eq!(keys(1), [new.key().to_vec()], "the previous secret outlived its day");
        assert_eq!(endpoint(&kit, &tenant).await.secret_last4, vestibule_vault::last4(new.ascii()));
    }

    async fn a_deleted_endpoint_is_owed_nothing_more(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        happens(&kit, &tenant, &["call_analyzed"]).await;
        inside!(kit, tenant, |tx| outbox::delete(&kit.house, tx, tenant.endpoint.id).await.unwrap());
        assert_eq!(kit.deliver_all().await, 0);
        assert!(kit.courier.parcels().is_empty());
        let dead = delivery(&kit, &tenant).await;
        assert_eq!((dead.row.state.as_str(), dead.row.last_error.as_deref()), ("dead", Some("endpoint_disabled")));
        let again = inside!(kit, tenant, |tx| outbox::retry(&kit.house, tx, dead.row.id).await);
        assert_eq!(refused(again), "endpoint_gone");
        let again = inside!(kit, tenant, |tx| outbox::delete(&kit.house, tx, tenant.endpoint.id).await);
        assert_eq!(refused(again), "not_found");
        happens(&kit, &tenant, &["call_ended_web"]).await;
        kit.clock.advance_ms(60_000);
        kit.fold_all().await;
        assert_eq!(deliveries(&kit, &tenant).await.len(), 1);
    }

    async fn endpoints_are_checked_and_stay_in_their_tenant(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for url in ["", "n8n.test/x", "http://n8n.test/x", "ftp://n8n.test/", "https://", "https://user@n8n.test/", "https://n8n.test/a b"] {
            let new = NewEndpoint { url: url.into(), ..NewEndpoint::default() };
            assert_eq!(refused(inside!(kit, tenant, |tx| outbox::create(&kit.house, tx, new).await)), "invalid", "{url}");
        }
        for bad in [
            EndpointChange { event_types: Some(vec![]), ..EndpointChange::default() },
            EndpointChange { event_types: Some(vec!["call.made-up".into()]), ..EndpointChange::default() },
            EndpointChange { schedule_ms: Some(vec![]), ..EndpointChange::default() },
            EndpointChange { schedule_ms: Some(vec![0; 21]), ..EndpointChange::default() },
            EndpointChange { schedule_ms: Some(vec![-1]), ..EndpointChange::default() },
        ] {
            let done = inside!(kit, tenant, |tx| outbox::change(&kit.house, tx, tenant.endpoint.id, bad).await);
            assert_eq!(refused(done), "invalid");
        }
        let theirs = tenant.twin().endpoint.id;
        assert!(inside!(kit, tenant, |tx| outbox::find(tx, theirs).await.unwrap()).is_none());
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::delete(&kit.house, tx, theirs).await)), "not_found");
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::rotate(&kit.house, tx, theirs).await)), "not_found");
        let any = EndpointChange { is_active: Some(false), ..EndpointChange::default() };
        assert_eq!(refused(inside!(kit, tenant, |tx| outbox::change(&kit.house, tx, theirs, any).await)), "not_found");
        let log = audited(&kit, &tenant).await;
        assert_eq!(log.iter().filter(|(what, _)| what.starts_with("endpoint.")).count(), 1, "{log:?}");
    }

    async fn acts_on_endpoints_are_audited(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (second, secret) = new_endpoint(&kit, &tenant, "https://second.test/", &["call.call-ended"]).await;
        kit.clock.advance_ms(1);
        change(&kit, &tenant, EndpointChange { is_active: Some(false), ..EndpointChange::default() }).await;
        kit.clock.advance_ms(1);
        inside!(kit, tenant, |tx| outbox::rotate(&kit.house, tx, second.id).await.unwrap());
        kit.clock.advance_ms(1);
        inside!(kit, tenant, |tx| outbox::delete(&kit.house, tx, second.id).await.unwrap());
        let log = audited(&kit, &tenant).await;
        let acts: Vec<_> = log[..3].iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(acts, ["endpoint.deleted", "endpoint.secret_rotated", "endpoint.changed"]);
        assert!(log.iter().all(|(_, who)| *who == format!("person:{}", tenant.owner) || who.starts_with("person:")));
        let docs = format!("{log:?}");
        assert!(!docs.contains(secret.ascii.expose_secret()), "a secret is in the audit log");
    }

    async fn deliveries_are_filtered_and_come_in_pages(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (second, _) = new_endpoint(&kit, &tenant, "https://second.test/", &["call.call-ended"]).await;
        kit.courier.always(&second.url, Some(down("connection_refused")));
        for n in 0..5 {
            kit.clock.advance_ms(1);
            let sample = tenant.sample("call_ended_not_connected").call(&format!("c{n}"));
            kit.send(&tenant, &sample.body()).await;
        }
        kit.fold_all().await;
        kit.clock.advance_ms(60_000);
        kit.fold_all().await;
        kit.deliver_all().await;
        let ids = async |filter: DeliveryFilter| {
            let (mut after, mut seen) = (None, Vec::new());
            loop {
                let asked = DeliveryFilter { after, limit: 2, ..filter.clone() };
                let page = inside!(kit, tenant, |tx| outbox::list_deliveries(tx, &asked).await.unwrap());
                assert!(page.items.len() <= 2);
                seen.extend(page.items.into_iter().map(|d| (d.id, d.endpoint, d.state)));
                after = page.next;
                if after.is_none() {
                    return seen;
                }
            }
        };
        assert_eq!(ids(DeliveryFilter::default()).await.len(), 10);
        let state = |state: &str| DeliveryFilter { state: Some(state.into()), ..DeliveryFilter::default() };
        let done = ids(state("delivered")).await;
        assert_eq!((done.len(), done.iter().all(|(_, e, _)| *e == tenant.endpoint.id)), (5, true));
        let parked = ids(state("parked")).await;
        assert_eq!((parked.len(), parked.iter().all(|(_, e, s)| *e == second.id && s == "parked")), (5, true), "{parked:?}");
        assert_eq!(ids(DeliveryFilter { endpoint: Some(second.id), ..DeliveryFilter::default() }).await.len(), 5);
        assert_eq!(ids(state("dead")).await.len(), 0);
        let one = inside!(kit, tenant, |tx| {
            vestibule_domain::calls::search(tx, &vestibule_domain::calls::CallFilter { limit: 1, ..Default::default() }).await.unwrap()
        }).items[0].id;
        assert_eq!(ids(DeliveryFilter { call: Some(one), ..DeliveryFilter::default() }).await.len(), 2);
        let theirs = deliveries(&kit, tenant.twin()).await.remove(0).row.id;
        assert!(inside!(kit, tenant, |tx| outbox::detail(tx, theirs).await.unwrap()).is_none());
    }

    async fn a_call_that_ended_before_an_endpoint_was_made_is_not_owed_to_it(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        happens(&kit, &tenant, &["call_analyzed"]).await;
        new_endpoint(&kit, &tenant, "https://late.test/", &["call.call-ended"]).await;
        kit.fold_all().await;
        assert_eq!(deliveries(&kit, &tenant).await.len(), 1);
        assert!(call(&kit, &tenant).await.call.final_at.is_some());
    }
}
