//! One physical call that several sources tell of: one call, counted and delivered once, in whichever order they
//! come.

use crate::look::{call, calls, contacts, deliveries};
use serde_json::json;
use vestibule_domain::calls::{self, NewFact};
use vestibule_model::{CallEvent, FactDoc, FactKind, Status, UnixMs};
use vestibule_testkit::{Kit, TestTenant, both_databases};

const SID: &str = "CA5d0d5d0d5d0d5d0d5d0d5d0d5d0d5d0d";

/// What a carrier says of a call that it knows by its own name alone.
async fn carrier(kit: &Kit, tenant: &TestTenant, kind: FactKind, doc: FactDoc) {
    let now = kit.house.world.now();
    let event = CallEvent {
        provider: "twilio".into(),
        external_call_id: SID.into(),
        aliases: Vec::new(),
        kind,
        occurred_at: UnixMs(1_795_219_200_000),
        doc,
    };
    let fact_key = format!("twilio:{}:{SID}", kind.as_str());
    let fact = NewFact { fact_key, replaces: false, source: "webhook", inbox: None, received_at: now, event };
    let mut tx = kit.house.db.write_in(&tenant.scope).await.unwrap();
    let mut inside = tx.tenant(&tenant.scope).await.unwrap();
    calls::ingest(&kit.house, &mut inside, fact, now).await.unwrap();
    tx.commit().await.unwrap();
}

fn ended() -> FactDoc {
    FactDoc {
        status: Some(Status::Completed),
        from: Some("+18195550142".into()),
        to: Some("+18195550100".into()),
        started_at: Some(UnixMs(1_795_219_199_000)),
        ended_at: Some(UnixMs(1_795_219_234_000)),
        recording_url: Some("https://api.twilio.test/recording".into()),
        ..FactDoc::default()
    }
}

/// The engine's events: the first does not know the carrier's name, the last does.
async fn engine(kit: &Kit, tenant: &TestTenant, event: &str, names_both: bool) {
    let sample = tenant.sample(event).call("call_engine");
    let sample = if names_both {
        sample.with("/call/telephony_identifier", json!({ "twilio_call_sid": SID }))
    } else {
        sample.without("/call/telephony_identifier")
    };
    kit.send(tenant, &sample.body()).await;
    kit.fold_all().await;
}

async fn is_one_call(kit: &Kit, tenant: &TestTenant) {
    let found = call(kit, tenant).await;
    assert_eq!((found.call.provider.as_str(), found.call.external_id.as_str()), ("retell", "call_engine"));
    assert_eq!(found.call.status, Status::Completed);
    assert!(found.call.summary.is_some(), "the engine's analysis is there");
    assert_eq!(found.facts.len(), 3, "{:?}", found.facts);
    let known = contacts(kit, tenant).await;
    assert_eq!(known.iter().map(|c| c.calls_count).collect::<Vec<_>>(), [1], "the caller is counted once");
    let owed = deliveries(kit, tenant).await;
    let ends = owed.iter().filter(|d| d.row.event_type == "call.call-ended").count();
    assert_eq!(ends, 1, "told once: {owed:?}");
    assert!(owed.iter().all(|d| d.row.call == Some(found.call.id)), "{owed:?}");
}

both_databases! {
    async fn calls_that_were_two_become_one(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        carrier(&kit, &tenant, FactKind::Ended, ended()).await;
        engine(&kit, &tenant, "call_started", false).await;
        assert_eq!(calls(&kit, &tenant).await.len(), 2, "nothing links them yet");
        assert_eq!(contacts(&kit, &tenant).await[0].calls_count, 2);
        engine(&kit, &tenant, "call_analyzed", true).await;
        is_one_call(&kit, &tenant).await;
        // Whatever comes late by either name is of the same call.
        carrier(&kit, &tenant, FactKind::Started, FactDoc::default()).await;
        assert_eq!(call(&kit, &tenant).await.facts.len(), 4);
    }

    async fn the_engine_may_come_first(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        engine(&kit, &tenant, "call_started", false).await;
        carrier(&kit, &tenant, FactKind::Ended, ended()).await;
        engine(&kit, &tenant, "call_analyzed", true).await;
        is_one_call(&kit, &tenant).await;
    }

    async fn what_both_were_to_tell_is_told_once(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        // Both are over and final before anything links them: both ends are owed, one was delivered.
        carrier(&kit, &tenant, FactKind::Ended, ended()).await;
        kit.clock.advance_ms(11 * 60_000);
        kit.fold_all().await;
        kit.deliver_all().await;
        engine(&kit, &tenant, "call_analyzed", false).await;
        assert_eq!(deliveries(&kit, &tenant).await.len(), 2);
        engine(&kit, &tenant, "call_ended", true).await;
        is_one_call(&kit, &tenant).await;
        let state: Vec<_> = deliveries(&kit, &tenant).await.iter().map(|d| d.row.state.clone()).collect();
        assert_eq!(state.iter().filter(|s| *s == "delivered").count(), 1, "what was delivered stays: {state:?}");
        kit.deliver_all().await;
        let sent = kit.courier.parcels_to(&tenant.endpoint.url);
        let ends = sent.iter().filter(|p| String::from_utf8_lossy(&p.body).contains("call.call-ended")).count();
        assert_eq!(ends, 1, "the receiver hears of one end");
    }

    async fn the_twins_calls_stay_two(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        carrier(&kit, tenant.twin(), FactKind::Ended, ended()).await;
        let before = calls(&kit, tenant.twin()).await.len();
        kit.twin_changed(tenant.twin()).await;
        carrier(&kit, &tenant, FactKind::Ended, ended()).await;
        engine(&kit, &tenant, "call_started", false).await;
        engine(&kit, &tenant, "call_analyzed", true).await;
        assert_eq!(calls(&kit, tenant.twin()).await.len(), before);
    }
}
