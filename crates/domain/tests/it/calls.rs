//! Calls: one call from many events, in any order, over any number of restarts.

use crate::look::{call, calls, contacts, deliveries};
use serde_json::json;
use vestibule_domain::Cursor;
use vestibule_domain::calls::{self, CallDetail, CallFilter};
use vestibule_model::{Channel, Intent, Outcome, Phone, Status, UnixMs};
use vestibule_testkit::{Kit, Sample, TestTenant, both_databases, inside, retell_sample};

/// What a call must be, whatever the order in which its events came: everything but our own bookkeeping.
fn picture(mut call: CallDetail) -> String {
    call.call.id = vestibule_model::CallId(uuid::Uuid::nil());
    call.call.contact = None;
    (call.call.revision, call.call.final_at) = (0, call.call.final_at.map(|_| UnixMs(0)));
    for fact in &mut call.facts {
        fact.received_at = UnixMs(0);
    }
    format!("{call:#?}")
}

/// The pictures of the calls whose ids end so.
async fn pictures(kit: &Kit, tenant: &TestTenant, end: &str) -> Vec<String> {
    inside!(kit, tenant, |tx| {
        let page = calls::search(tx, &CallFilter { limit: 1_000, ..CallFilter::default() }).await.unwrap();
        let mut found = Vec::new();
        for call in page.items.into_iter().filter(|c| c.external_id.ends_with(end)) {
            found.push(picture(calls::detail(tx, call.id).await.unwrap().unwrap()));
        }
        found
    })
}

const SAMPLES: [&str; 9] = [
    "call_started",
    "call_ended",
    "call_analyzed",
    "call_started_web",
    "call_ended_web",
    "call_analyzed_web",
    "call_ended_not_connected",
    "call_analyzed_not_connected",
    "call_started_dashboard_test",
];

/// Every sample under ids of its own.
fn all_samples(tenant: &TestTenant, case: usize) -> Vec<Sample> {
    SAMPLES
        .iter()
        .map(|name| {
            let sample = retell_sample(name);
            let id = format!("{}-{case}", sample.call_id());
            let sample = of_case(sample.call(&id), case);
            if *name == "call_started_dashboard_test" { sample } else { sample.agent(&tenant.agent) }
        })
        .collect()
}

/// Another telephone connection is another call at the carrier.
fn of_case(sample: Sample, case: usize) -> Sample {
    let has = sample.0.pointer("/call/telephony_identifier/twilio_call_sid").is_some();
    if !has {
        return sample;
    }
    sample.with("/call/telephony_identifier/twilio_call_sid", json!(format!("CA{case}")))
}

both_databases! {
    async fn any_order_with_repeats_and_restarts_makes_the_same_calls(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let plain = |text: String, case: usize| text.replace(&format!("-{case}\""), "\"").replace(&format!("CA{case}"), "CA");
        let mut random = fastrand::Rng::with_seed(26);
        let mut want: Option<Vec<String>> = None;
        for case in 0..24 {
            let mut events: Vec<Vec<u8>> = all_samples(&tenant, case).iter().map(Sample::body).collect();
            if case > 0 {
                for _ in 0..random.usize(0..6) {
                    let again = events[random.usize(0..events.len())].clone();
                    events.push(again);
                }
                random.shuffle(&mut events);
            }
            let mut here = kit.clone();
            for body in &events {
                if case > 0 && random.u8(0..4) == 0 {
                    here = here.restarted().await;
                }
                here.send(&tenant, body).await;
                if random.bool() {
                    here.fold_all().await;
                }
            }
            here.fold_all().await;
            let found = pictures(&kit, &tenant, &format!("-{case}")).await;
            let mut found: Vec<String> = found.into_iter().map(|call| keyless(plain(call, case))).collect();
            found.sort();
            assert_eq!(found.len(), 5, "case {case}");
            match &want {
                None => want = Some(found),
                Some(want) => assert_eq!(&found, want, "case {case}"),
            }
        }
        let everybody = contacts(&kit, &tenant).await;
        let counts: Vec<_> = everybody.iter().map(|c| (c.phone.as_deref().unwrap(), c.calls_count)).collect();
        assert!(counts.contains(&("+18195550142", 24)), "{counts:?}");
        assert!(counts.contains(&("+18195550999", 48)), "{counts:?}");
    }

    async fn req_0_19_the_connected_call_is_what_its_samples_say(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &tenant.sample("call_started").body()).await;
        kit.fold_all().await;
        let going = call(&kit, &tenant).await.call;
        assert_eq!((going.status, going.outcome, going.final_at), (Status::InProgress, None, None));
        kit.send(&tenant, &tenant.sample("call_ended").body()).await;
        kit.fold_all().await;
        let over = call(&kit, &tenant).await;
        assert_eq!((over.call.status, over.call.final_at), (Status::Completed, None), "it waits for its analysis");
        assert!(!over.transcript.is_empty());
        kit.send(&tenant, &tenant.sample("call_analyzed").body()).await;
        kit.fold_all().await;
        let done = call(&kit, &tenant).await.call;
        assert_eq!((done.outcome, done.intent), (Some(Outcome::Booked), Some(Intent::Booking)));
        assert_eq!(done.appointment_at.as_deref(), Some("2026-11-22T10:00:00-05:00"));
        assert_eq!((done.duration_ms, done.cost_micros), (Some(33_870), Some(73_667)));
        assert_eq!((done.started_at, done.channel), (UnixMs(1_795_219_200_000), Some(Channel::Phone)));
        assert_eq!(done.final_at, Some(kit.house.world.now()));
        assert_eq!(done.id, going.id);
    }

    async fn a_call_without_analysis_is_final_a_while_after_its_end(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &tenant.sample("call_ended").body()).await;
        kit.fold_all().await;
        kit.clock.advance_ms(59_999);
        assert_eq!(kit.fold_all().await, 0);
        assert!(deliveries(&kit, &tenant).await.is_empty());
        kit.clock.advance_ms(1);
        assert_eq!(kit.fold_all().await, 1);
        let done = call(&kit, &tenant).await.call;
        assert_eq!((done.final_at, done.outcome), (Some(kit.house.world.now()), Some(Outcome::Answered)));
        assert_eq!(deliveries(&kit, &tenant).await.len(), 1);
        // The analysis comes after all.
        kit.clock.advance_ms(5_000);
        kit.send(&tenant, &tenant.sample("call_analyzed").body()).await;
        kit.fold_all().await;
        let after = call(&kit, &tenant).await.call;
        assert_eq!((after.final_at, after.outcome), (done.final_at, Some(Outcome::Booked)), "final stays final");
        assert_eq!(deliveries(&kit, &tenant).await.len(), 1, "the end is told once");
    }

    async fn a_call_whose_end_never_comes_is_reaped_and_a_real_end_still_counts(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &tenant.sample("call_started").body()).await;
        kit.fold_all().await;
        // It began a minute before we heard of it.
        kit.clock.advance_ms(540_000 - 1);
        assert_eq!(kit.fold_all().await, 0);
        kit.clock.advance_ms(1);
        assert_eq!(kit.fold_all().await, 1);
        let reaped = call(&kit, &tenant).await.call;
        assert_eq!((reaped.status, reaped.disconnection_reason.as_deref()), (Status::Completed, Some("no_end_received")));
        assert!(reaped.final_at.is_some());
        kit.send(&tenant, &tenant.sample("call_ended").body()).await;
        kit.fold_all().await;
        let real = call(&kit, &tenant).await.call;
        assert_eq!((real.disconnection_reason.as_deref(), real.duration_ms), (Some("agent_hangup"), Some(33_870)));
        kit.clock.advance_ms(86_400_000);
        assert_eq!(kit.fold_all().await, 0, "nothing more is owed of it");
    }

    async fn one_physical_call_has_one_row_under_all_its_names(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &tenant.sample("call_ended").body()).await;
        // Retell gave the same telephone call another id of its own.
        kit.clock.advance_ms(1);
        kit.send(&tenant, &tenant.sample("call_analyzed").call("another").body()).await;
        kit.fold_all().await;
        let found = call(&kit, &tenant).await;
        assert_eq!((found.facts.len(), found.call.external_id != "another"), (2, true));
        kit.send(&tenant, &tenant.sample("call_started").call("another").body()).await;
        kit.fold_all().await;
        assert_eq!(call(&kit, &tenant).await.facts.len(), 3);
    }

    async fn an_event_that_tells_of_no_instant_happened_when_it_came(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let bare = tenant.sample("call_started").without("/event_timestamp").without("/call/start_timestamp");
        kit.send(&tenant, &bare.body()).await;
        kit.fold_all().await;
        assert_eq!(call(&kit, &tenant).await.call.started_at, kit.house.world.now());
    }

    async fn calls_are_searched_and_come_in_pages(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for n in 0..5 {
            let sample = tenant.sample("call_started").call(&format!("going{n}")).later(n * 1_000);
            kit.send(&tenant, &sample.from(&format!("+1514555010{n}")).body()).await;
        }
        kit.send(&tenant, &tenant.sample("call_analyzed").call("booked").later(10_000).body()).await;
        kit.send(&tenant, &tenant.sample("call_ended_not_connected").body()).await;
        kit.fold_all().await;
        let begun = UnixMs(1_795_219_200_000);
        let cases: Vec<(CallFilter, &[&str])> = vec![
            (CallFilter { status: Some(Status::InProgress), ..CallFilter::default() }, &["going4", "going3", "going2", "going1", "going0"]),
            (CallFilter { outcome: Some(Outcome::Booked), ..CallFilter::default() }, &["booked"]),
            (CallFilter { intent: Some(Intent::Booking), ..CallFilter::default() }, &["booked"]),
            (CallFilter { phone: Phone::parse("+15145550102"), ..CallFilter::default() }, &["going2"]),
            (CallFilter { from: Some(begun.plus_ms(3_000)), until: Some(begun.plus_ms(10_000)), ..CallFilter::default() }, &["going4", "going3"]),
            (CallFilter { status: Some(Status::NoAnswer), outcome: Some(Outcome::Booked), ..CallFilter::default() }, &[]),
        ];
        for (filter, want) in cases {
            let (mut after, mut seen) = (None, Vec::new());
            loop {
                let asked = CallFilter { after, limit: 2, ..filter.clone() };
                let page = inside!(kit, tenant, |tx| calls::search(tx, &asked).await.unwrap());
                assert!(page.items.len() <= 2);
                seen.extend(page.items.into_iter().map(|c| c.external_id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, want, "{filter:?}");
        }
        // A cursor and an end: the lower of the two decides, whichever it is.
        let all = calls(&kit, &tenant).await;
        for until in (0..6).map(|n| begun.plus_ms(n * 1_000)) {
            for at in &all {
                let after = Cursor { key: at.call.started_at.0, id: at.call.id.0 };
                let asked = CallFilter { until: Some(until), after: Some(after), limit: 50, ..CallFilter::default() };
                let page = inside!(kit, tenant, |tx| calls::search(tx, &asked).await.unwrap());
                let mut want: Vec<_> = all.iter().map(|one| (one.call.started_at, one.call.id.0)).collect();
                want.retain(|(started_at, id)| *started_at < until && (started_at.0, *id) < (after.key, after.id));
                want.sort_unstable();
                want.reverse();
                let found: Vec<_> = page.items.iter().map(|one| (one.started_at, one.id.0)).collect();
                assert_eq!(found, want, "until {until:?} after {after:?}");
            }
        }
    }

    async fn another_tenants_call_is_not_found(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let theirs = calls(&kit, tenant.twin()).await.remove(0).call.id;
        assert!(inside!(kit, tenant, |tx| calls::detail(tx, theirs).await.unwrap()).is_none());
    }

    async fn a_deleted_tenants_work_is_finished(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &tenant.sample("call_analyzed").body()).await;
        vestibule_domain::tenants::delete(&kit.house, &kit.mint, &kit.operator, "north-shore").await.unwrap();
        let kit = kit.restarted().await;
        assert_eq!(kit.fold_all().await, 1);
        assert_eq!(calls(&kit, &tenant).await.len(), 1);
    }
}

/// Without the hashes in the facts' keys: they are of the bodies, which name the case.
fn keyless(text: String) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("key: ")).collect::<Vec<_>>().join("\n")
}
