//! What was said, recordings and raw events go when they were kept long enough; the call stays, and nothing comes back.

use crate::look::{audited, call, calls, deliveries, endpoint, events, refused};
use serde_json::json;
use vestibule_domain::outbox::{self, Again};
use vestibule_domain::privacy::{self, Kept};
use vestibule_model::UnixMs;
use vestibule_testkit::{Kit, TestTenant, both_databases, down, inside};

const DAY_MS: i64 = 24 * 3_600_000;

async fn keep(kit: &Kit, tenant: &TestTenant, transcripts: Option<i64>, recordings: Option<i64>) {
    let wanted = Kept { transcripts_days: transcripts, recordings_days: recordings, raw_events_days: 90 };
    assert_eq!(privacy::keep_for(&kit.house, &tenant.scope, wanted).await.unwrap(), wanted);
}

async fn let_go(kit: &Kit) -> (u64, u64, u64) {
    let gone = privacy::let_go_of_old(&kit.house, &kit.mint).await.unwrap();
    (gone.transcripts, gone.recordings, gone.events)
}

async fn have_a_call(kit: &Kit, tenant: &TestTenant, names: &[&str], call: &str) {
    for name in names {
        kit.clock.advance_ms(1);
        kit.send(tenant, &tenant.sample(name).without("/call/telephony_identifier").call(call).body()).await;
    }
    kit.fold_all().await;
    kit.clock.advance_ms(60_001);
    kit.fold_all().await;
    kit.deliver_all().await;
}

fn has_words(doc: &serde_json::Value) -> bool {
    ["transcript", "summary", "structured", "message", "caller_name"].iter().any(|name| !doc[name].is_null())
}

both_databases! {
    async fn req_1_49_words_go_when_they_were_kept_long_enough_and_the_call_stays(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        have_a_call(&kit, &tenant, &["call_started", "call_ended", "call_analyzed"], "one").await;
        let before = call(&kit, &tenant).await;
        assert!(!before.transcript.is_empty() && before.call.summary.is_some() && before.call.outcome.is_some());
        keep(&kit, &tenant, Some(30), None).await;
        kit.clock.advance_ms(29 * DAY_MS);
        have_a_call(&kit, &tenant, &["call_analyzed"], "two").await;
        let dry = async |days| {
            let wanted = Kept { transcripts_days: Some(days), recordings_days: Some(days), raw_events_days: 1 };
            privacy::dry_run(&kit.house, &tenant.scope, wanted).await.unwrap()
        };
        assert_eq!(dry(31).await.transcripts.count, 0);
        assert_eq!((dry(29).await.transcripts.count, dry(29).await.recordings.count), (1, 1));
        assert_eq!(dry(29).await.transcripts.oldest_at, Some(before.call.started_at));
        assert_eq!(dry(29).await.raw_events.count, 3);
        assert_eq!(let_go(&kit).await, (0, 0, 0), "a day too early");
        kit.clock.advance_ms(DAY_MS);
        assert_eq!(let_go(&kit).await, (1, 0, 0));
        assert_eq!(let_go(&kit).await, (0, 0, 0));
        let all = calls(&kit, &tenant).await;
        let after = all.iter().find(|c| c.call.id == before.call.id).unwrap();
        assert!(after.transcript.is_empty() && after.call.summary.is_none() && after.call.structured.is_none());
        assert_eq!((after.words_gone_at, before.words_gone_at), (Some(kit.house.world.now()), None));
        assert!(!after.facts.iter().any(|f| has_words(&f.doc)), "a fact holds words");
        let kept = |c: &vestibule_domain::calls::CallRow| {
            (c.outcome, c.intent, c.status, c.duration_ms, c.cost_micros, c.customer_name.clone(), c.appointment_at.clone(), c.recording_url.clone())
        };
        assert_eq!(kept(&after.call), kept(&before.call));
        assert!(all.iter().any(|c| c.call.id != before.call.id && !c.transcript.is_empty()), "a young call keeps its words");
        // What was delivered of it is gone too; that it was, is not. It is not sent again.
        let of_call: Vec<_> = deliveries(&kit, &tenant).await.into_iter().filter(|d| d.row.call == Some(before.call.id)).collect();
        assert!(!of_call.is_empty() && of_call.iter().all(|d| d.row.state == "delivered"));
        kit.courier.clear();
        let again = Again::Replay { since: UnixMs(1), until: None, event_types: None };
        inside!(kit, tenant, |tx| outbox::redeliver(&kit.house, tx, tenant.endpoint.id, again).await.unwrap());
        kit.fold_all().await;
        kit.deliver_all().await;
        assert_eq!(kit.courier.parcels().len(), 1, "only the young call is told again");
        let acts = audited(&kit, &tenant).await;
        assert_eq!(acts.iter().filter(|(what, who)| what == "privacy.let_go" && who == "system:retention").count(), 1);
        let receipts = inside!(kit, tenant, |tx| privacy::list(tx, None, 10).await.unwrap().items);
        assert_eq!((receipts.len(), receipts[0].kind.as_str(), receipts[0].counts.transcripts), (1, "retention", 1));
        let receipt = privacy::receipt(&kit.house, &tenant.scope, receipts[0].id).await.unwrap();
        assert!(privacy::is_genuine(&kit.house, &receipt).await.unwrap() && receipt["caller"].is_null());
    }

    async fn what_comes_late_of_a_call_without_words_brings_none_back_and_tells_nobody(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        have_a_call(&kit, &tenant, &["call_started", "call_ended", "call_analyzed"], "one").await;
        let types = ["call.call-updated", "call.call-ended"].map(str::to_owned).to_vec();
        let change = vestibule_domain::outbox::EndpointChange { event_types: Some(types), ..Default::default() };
        crate::look::change(&kit, &tenant, change).await;
        keep(&kit, &tenant, Some(30), Some(30)).await;
        kit.clock.advance_ms(31 * DAY_MS);
        let before = call(&kit, &tenant).await;
        assert_eq!(let_go(&kit).await, (1, 1, 0));
        kit.courier.clear();
        // The same moment told anew, with other words.
        let late = tenant.sample("call_analyzed").without("/call/telephony_identifier").call("one")
            .with("/call/call_analysis/call_summary", json!("Spät."));
        kit.send(&tenant, &late.body()).await;
        let raw = events(&kit, &tenant).await;
        // And everything that is kept raw, processed again.
        for event in raw.iter().filter(|event| event.is_kept && event.state == "folded") {
            inside!(kit, tenant, |tx| vestibule_domain::inbox::again(&kit.house, tx, event.id).await.unwrap());
        }
        kit.fold_all().await;
        kit.deliver_all().await;
        let after = call(&kit, &tenant).await;
        assert!(after.transcript.is_empty() && after.call.summary.is_none() && after.call.recording_url.is_none());
        assert!(!after.facts.iter().any(|f| has_words(&f.doc) || !f.doc["recording_url"].is_null()));
        assert_eq!((after.call.outcome, after.call.intent), (before.call.outcome, before.call.intent));
        assert!(kit.courier.parcels().is_empty(), "somebody was told that words are gone");
    }

    async fn what_is_still_owed_of_a_call_is_delivered_whole_before_its_words_go(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let url = endpoint(&kit, &tenant).await.url;
        kit.courier.always(&url, Some(down("unreachable")));
        have_a_call(&kit, &tenant, &["call_analyzed"], "owed").await;
        have_a_call(&kit, &tenant, &["call_analyzed"], "after").await;
        keep(&kit, &tenant, Some(1), None).await;
        kit.clock.advance_ms(2 * DAY_MS);
        assert_eq!(let_go(&kit).await.0, 0, "both are still owed");
        kit.courier.always(&url, None);
        for _ in 0..3 {
            kit.deliver_all().await;
            kit.clock.advance_ms(61_000);
        }
        let told = kit.courier.parcels_to(&url);
        assert!(told.iter().any(|parcel| String::from_utf8_lossy(&parcel.body).contains("transcript")));
        assert_eq!(let_go(&kit).await.0, 2);
        // A dead letter without its body cannot be tried again, and says why.
        let done = deliveries(&kit, &tenant).await.remove(0).row.id;
        inside!(kit, tenant, |tx| {
            let sql = vestibule_store::tsql!("UPDATE deliveries SET state = 'dead' WHERE tenant_id = $1");
            tx.exec(sql, &[]).await.unwrap();
        });
        let tried = inside!(kit, tenant, |tx| outbox::retry(&kit.house, tx, done).await);
        assert_eq!(refused(tried), "body_not_kept");
    }

    async fn a_tenant_says_how_long_within_bounds(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let kept = async |of: &TestTenant| privacy::kept(&kit.house, &of.scope).await.unwrap();
        assert_eq!(kept(&tenant).await, Kept { transcripts_days: None, recordings_days: None, raw_events_days: 90 });
        for bad in [0, -1, 3_651] {
            let wanted = Kept { transcripts_days: Some(bad), recordings_days: None, raw_events_days: 90 };
            assert_eq!(refused(privacy::keep_for(&kit.house, &tenant.scope, wanted).await), "invalid");
            let wanted = Kept { transcripts_days: None, recordings_days: None, raw_events_days: bad };
            assert_eq!(refused(privacy::keep_for(&kit.house, &tenant.scope, wanted).await), "invalid");
        }
        keep(&kit, &tenant, Some(365), Some(30)).await;
        keep(&kit, &tenant, Some(365), Some(30)).await;
        assert_eq!(kept(tenant.twin()).await.transcripts_days, None);
        let acts = audited(&kit, &tenant).await;
        assert_eq!(acts.iter().filter(|(what, _)| what == "privacy.retention_changed").count(), 1, "the same again is no act");
        keep(&kit, &tenant, None, None).await;
        kit.clock.advance_ms(3_000 * DAY_MS);
        // The twin's raw events alone.
        assert_eq!(let_go(&kit).await, (0, 0, 4));
        kit.twin_changed(tenant.twin()).await;
    }
}
