//! The inventions are what Retell would send, and lead to what they should.

use super::cast::{BUSINESSES, Language};
use super::event::{Event, signature};
use super::script::{self, Line};
use super::teller::Teller;
use super::{history, password};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vestibule_domain::calls::{Fact, FieldMap, fold};
use vestibule_model::{Clock, Entropy, FactKind, Intent, Outcome, Status, UnixMs, World};
use vestibule_ports::{CallWebhooks, Disposition, Inbound};
use vestibule_providers::retell::Retell;
use vestibule_vault::Credentials;

/// 2026-11-21, 09:30 in Toronto: a Saturday.
const NOW: UnixMs = UnixMs(1_795_271_400_000);

fn facts(body: &[u8]) -> Vec<Fact> {
    let events = Retell.normalize(body).unwrap();
    assert_eq!(events.len(), 1);
    events
        .into_iter()
        .map(|e| Fact { key: e.kind.as_str().into(), kind: e.kind, occurred_at: e.occurred_at, doc: e.doc })
        .collect()
}

#[test]
fn every_trade_has_at_least_ten_scripts_in_both_languages_and_all_can_be_read() {
    for business in BUSINESSES {
        for language in [Language::English, Language::French] {
            let scripts = script::of(business.trade, language).unwrap();
            assert!(scripts.len() >= 20, "{} {language:?} {}", business.slug, scripts.len());
            let names: BTreeSet<&str> = scripts.iter().map(|s| s.name).collect();
            assert_eq!(names.len(), scripts.len(), "{}", business.slug);
            for s in &scripts {
                assert!(!s.ends.is_empty() && !s.moods.is_empty(), "{}", s.name);
                let uses_tool = |tool: &str| s.lines.iter().any(|l| matches!(l, Line::Tool(t) if *t == tool));
                if s.outcome == Outcome::Booked {
                    assert!(
                        uses_tool("book_appointment") || uses_tool("reschedule_appointment"),
                        "{}",
                        s.name
                    );
                }
                let is_told = s.says("name") || s.is_outbound;
                assert!(is_told || !s.summary.contains("{name}"), "{}: nobody said the name", s.name);
                assert_eq!(s.outcome == Outcome::Transferred, s.ends == ["call_transfer"], "{}", s.name);
            }
        }
    }
}

#[test]
fn every_script_leads_to_the_outcome_it_names() {
    for business in BUSINESSES {
        let mut teller = Teller::new(business, "agent_1", 7).unwrap();
        let mut found: BTreeSet<Outcome> = BTreeSet::new();
        for number in 0..1500 {
            let at = NOW.plus_ms(-number * 3_600_000);
            let told = teller.call(at, None);
            let (script, wish) = (&told.scene.script, told.scene.script.outcome);
            let body = told.body(Event::Analyzed, told.ended_at().plus_ms(5_000), number % 50 == 0);
            let call = fold(&facts(&body), &FieldMap::default()).unwrap();
            assert_eq!(call.outcome, Some(wish), "{} {}", business.slug, script.name);
            let heard = told.scene.is_connected() && script.intent.is_some();
            assert_eq!(call.intent, script.intent.filter(|_| heard), "{} {}", business.slug, script.name);
            if heard && script.says("name") {
                assert_eq!(
                    call.customer_name.as_deref(),
                    Some(told.scene.caller.name.as_str()),
                    "{}",
                    script.name
                );
            }
            let text: String = call.transcript.iter().map(|t| format!("{}\n", t.text)).collect();
            let shown = format!("{text}{}", call.summary.unwrap_or_default());
            let tools_apart = shown.lines().filter(|l| !l.starts_with('{'));
            for line in tools_apart {
                assert!(!line.contains(['{', '}', '[', ']', '|']), "{}: {line}", script.name);
            }
            if call.status == Status::Completed && wish == Outcome::Booked {
                assert!(
                    (6..=24).contains(&call.transcript.len()),
                    "{} {}",
                    script.name,
                    call.transcript.len()
                );
                assert!(call.cost_micros.is_some_and(|c| c > 10_000), "{}", script.name);
            }
            found.insert(wish);
        }
        assert_eq!(found.into_iter().collect::<Vec<_>>(), {
            let mut all = Outcome::ALL.to_vec();
            all.sort_unstable();
            all
        });
    }
}

#[test]
fn the_three_events_of_a_call_tell_the_same_story() {
    let mut teller = Teller::new(&BUSINESSES[1], "agent_2", 9).unwrap();
    let told = teller.call(NOW, Some(Outcome::Booked));
    let bodies = [
        told.body(Event::Started, NOW.plus_ms(35), true),
        told.body(Event::Ended, told.ended_at().plus_ms(300), true),
        told.body(Event::Analyzed, told.ended_at().plus_ms(5_000), true),
    ];
    let all: Vec<Fact> = bodies.iter().flat_map(|b| facts(b)).collect();
    assert_eq!(
        all.iter().map(|f| f.kind).collect::<Vec<_>>(),
        [FactKind::Started, FactKind::Ended, FactKind::Analyzed]
    );
    let started = fold(&all[..1], &FieldMap::default()).unwrap();
    assert_eq!((started.status, started.outcome), (Status::InProgress, None));
    let whole = fold(&all, &FieldMap::default()).unwrap();
    let alone = fold(&all[2..], &FieldMap::default()).unwrap();
    assert_eq!(whole, alone);
    assert_eq!(whole.appointment_at.as_deref().map(|a| a.len()), Some("2026-11-24T10:00:00-05:00".len()));
}

#[test]
fn the_door_accepts_the_signature() {
    let mut teller = Teller::new(&BUSINESSES[0], "agent_3", 1).unwrap();
    let body = teller.call(NOW, None).body(Event::Analyzed, NOW, true);
    let address = Retell.address(&Inbound::unsigned(&body, NOW));
    assert!(address.is_readable && address.resources[0].id == "agent_3");
    assert_eq!(Retell.identify(&address).disposition, Disposition::Fold);
    let signed = signature("key_abc", &body, NOW);
    let header = |name: &str| (name == "x-retell-signature").then(|| signed.clone());
    let inbound = Inbound { method: "POST", url: "", header: &header, body: &body, now: NOW.plus_ms(1_000) };
    assert_eq!(Retell.verify(&[Credentials::of("api_key", "key_abc")], &inbound), Ok(()));
    assert!(Retell.verify(&[Credentials::of("api_key", "key_abd")], &inbound).is_err());
}

#[test]
fn ninety_days_look_like_ninety_days() {
    let (mut total, mut intents, mut statuses, mut nights) = (0, BTreeSet::new(), BTreeMap::new(), 0);
    for business in BUSINESSES {
        let events = history::events(business, "agent_4", NOW).unwrap();
        let again = history::events(business, "agent_4", NOW).unwrap();
        assert!(events.iter().zip(&again).all(|(a, b)| a.body == b.body), "the same every time");
        let analyzed: Vec<_> =
            events.iter().flat_map(|e| facts(&e.body)).filter(|f| f.kind == FactKind::Analyzed).collect();
        let callers: BTreeSet<_> = analyzed.iter().filter_map(|f| f.doc.from.clone()).collect();
        assert!(
            callers.len() * 3 < analyzed.len() * 2,
            "people ring again: {} {}",
            callers.len(),
            analyzed.len()
        );
        for fact in &analyzed {
            let call = fold(std::slice::from_ref(fact), &FieldMap::default()).unwrap();
            assert!(call.started_at < NOW && call.started_at > NOW.plus_ms(-91 * 86_400_000));
            intents.extend(call.intent);
            *statuses.entry(call.status).or_insert(0) += 1;
            nights += u32::from(!super::calendar::is_open(call.started_at));
        }
        total += analyzed.len();
    }
    assert!((1900..2200).contains(&total), "{total}");
    assert_eq!(intents.len(), Intent::ALL.len(), "{intents:?}");
    for status in [Status::Completed, Status::NoAnswer, Status::Busy, Status::Canceled, Status::Failed] {
        assert!(statuses.get(&status).is_some_and(|n| *n >= 3), "{status} {statuses:?}");
    }
    assert!(nights > 200 && (nights as usize) < total / 2, "{nights}");
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> UnixMs {
        NOW
    }
}

impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0xa7);
    }
}

#[test]
fn passwords_are_long_and_not_printed_anywhere() {
    let world = World { clock: Arc::new(Fixed), entropy: Arc::new(Fixed) };
    let made = password::generate(&world);
    assert!(made.len() >= 14 && made.matches('-').count() == 3, "{made}");
    assert!(!vestibule_vault::is_printed_secret(&made));
}
