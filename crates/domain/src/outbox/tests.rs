//! The rules of the outbox, without a database.

use crate::calls::{Fact, FieldMap, Projection, fold};
use crate::outbox::body::{Told, freeze, sign};
use crate::outbox::rules::{is_down, within};
use crate::outbox::{
    After, Circuit, Health, TextMoment, ToldText, Tried, after_attempt, circuit_after, gate, health_after,
    is_hopeless,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::PathBuf;
use vestibule_model::{
    CallId, Channel, Direction, Ending, FactDoc, FactKind, Sentiment, Speaker, Status, TextId, TextProblem,
    TextStatus, ThreadId, Turn, UnixMs,
};
use vestibule_ports::{Receipt, ReceiptKind};
use vestibule_store::queue::{Gate, Limits};
use vestibule_vault::{EndpointSecret, body_signature};

const NOW: UnixMs = UnixMs(1_795_219_260_000);
const SCHEDULE: [i64; 5] = [0, 30_000, 120_000, 600_000, 3_600_000];
const THREE_DAYS: i64 = 72 * 3_600_000;

fn receipt(kind: ReceiptKind, http_status: Option<u16>, error: Option<&'static str>) -> Receipt {
    Receipt { kind, http_status, error, excerpt: None, retry_after_ms: None, execution_id: None }
}

fn ok() -> Receipt {
    receipt(ReceiptKind::Delivered, Some(200), None)
}

fn status(code: u16) -> Receipt {
    receipt(ReceiptKind::Failed, Some(code), Some("http_status"))
}

fn down() -> Receipt {
    receipt(ReceiptKind::Failed, None, Some("connection_refused"))
}

fn open(since: UnixMs) -> Circuit {
    Circuit { failures_in_row: 5, open_since: Some(since), probe_at: Some(NOW.plus_ms(60_000)) }
}

const FRESH: Tried<'static> =
    Tried { before: 0, schedule_ms: &SCHEDULE, owed_at: NOW, park_for_ms: THREE_DAYS, jitter: 0 };

fn after(receipt: &Receipt, circuit: Circuit, before: i64) -> After {
    after_attempt(receipt, circuit, Tried { before, ..FRESH }, NOW)
}

#[test]
fn the_schedule_is_followed_and_ends_in_a_dead_letter() {
    let closed = Circuit::default();
    for (tried, want) in [
        (0, After::Retry(NOW.plus_ms(30_000))),
        (1, After::Retry(NOW.plus_ms(120_000))),
        (2, After::Retry(NOW.plus_ms(600_000))),
        (3, After::Retry(NOW.plus_ms(3_600_000))),
        (4, After::DeadLetter),
        (99, After::DeadLetter),
    ] {
        assert_eq!(after(&status(500), closed, tried), want, "after {tried} tries");
        assert_eq!(after(&ok(), closed, tried), After::Delivered);
    }
}

#[test]
fn gone_is_a_dead_letter_at_once() {
    let gone = receipt(ReceiptKind::Gone, Some(410), Some("gone"));
    assert_eq!(after(&gone, Circuit::default(), 0), After::DeadLetter);
    assert_eq!(after(&gone, open(NOW), 0), After::DeadLetter);
}

#[test]
fn what_says_that_an_endpoint_is_down() {
    for error in [
        "timeout",
        "connection_refused",
        "connection_closed",
        "dns_failed",
        "tls_failed",
        "workflow_not_active",
    ] {
        assert!(is_down(&receipt(ReceiptKind::Failed, None, Some(error))), "{error}");
    }
    for code in [429, 502, 503, 504] {
        assert!(is_down(&status(code)), "{code}");
    }
    for code in [400, 401, 404, 422, 500, 501] {
        assert!(!is_down(&status(code)), "{code}");
    }
    for error in ["blocked_address", "invalid_url", "redirect"] {
        assert!(!is_down(&receipt(ReceiptKind::Failed, None, Some(error))), "{error}");
    }
    assert!(!is_down(&ok()));
}

#[test]
fn the_circuit_opens_at_five_failures_in_a_row_and_closes_at_any_answer() {
    let mut circuit = Circuit::default();
    for n in 1..=4 {
        circuit = circuit_after(circuit, &down(), &SCHEDULE, NOW);
        assert_eq!(circuit, Circuit { failures_in_row: n, ..Circuit::default() });
    }
    circuit = circuit_after(circuit, &down(), &SCHEDULE, NOW);
    assert_eq!((circuit.open_since, circuit.probe_at), (Some(NOW), Some(NOW.plus_ms(60_000))));
    let later = NOW.plus_ms(60_000);
    let still = circuit_after(circuit, &down(), &SCHEDULE, later);
    assert_eq!(
        (still.open_since, still.probe_at),
        (Some(NOW), Some(later.plus_ms(60_000))),
        "it is open since it opened"
    );
    assert_eq!(circuit_after(still, &ok(), &SCHEDULE, later), Circuit::default());
    assert_eq!(
        circuit_after(still, &status(500), &SCHEDULE, later),
        Circuit::default(),
        "whoever answers is not down"
    );
    let four = Circuit { failures_in_row: 4, ..Circuit::default() };
    assert_eq!(circuit_after(four, &status(400), &SCHEDULE, NOW).failures_in_row, 0);
}

#[test]
fn probes_are_no_rarer_than_the_schedule() {
    let four = Circuit { failures_in_row: 4, ..Circuit::default() };
    for (schedule, every) in
        [(vec![0, 5_000], 5_000), (vec![0, 10], 1_000), (vec![0, 7_200_000], 60_000), (vec![], 60_000)]
    {
        assert_eq!(
            circuit_after(four, &down(), &schedule, NOW).probe_at,
            Some(NOW.plus_ms(every)),
            "{schedule:?}"
        );
    }
}

#[test]
fn what_is_parked_waits_for_the_probe_and_is_given_up_after_three_days() {
    for tried in [0, 4, 99] {
        assert_eq!(
            after(&down(), open(NOW), tried),
            After::Parked(NOW.plus_ms(60_000)),
            "a parked try does not count"
        );
    }
    let owed =
        |ago: i64| after_attempt(&down(), open(NOW), Tried { owed_at: NOW.plus_ms(-ago), ..FRESH }, NOW);
    assert_eq!(owed(THREE_DAYS - 1), After::Parked(NOW.plus_ms(60_000)));
    assert_eq!(owed(THREE_DAYS), After::DeadLetter);
    // An answer counts even while the circuit was open.
    assert_eq!(after(&status(500), Circuit::default(), 0), After::Retry(NOW.plus_ms(30_000)));
}

#[test]
fn a_receiver_that_names_a_time_is_heeded_within_a_day() {
    let asked = |ms| Receipt { retry_after_ms: Some(ms), ..status(503) };
    assert_eq!(after(&asked(90_000), Circuit::default(), 0), After::Retry(NOW.plus_ms(90_000)));
    assert_eq!(
        after(&asked(1_000), Circuit::default(), 0),
        After::Retry(NOW.plus_ms(30_000)),
        "not sooner than planned"
    );
    assert_eq!(after(&asked(i64::MAX), Circuit::default(), 0), After::Retry(NOW.plus_ms(86_400_000)));
}

#[test]
fn an_endpoint_is_hopeless_after_five_days_of_failures_alone() {
    const HOUR: i64 = 3_600_000;
    let at = |hours: i64| NOW.plus_ms(hours * HOUR);
    let failing = |hours: &[i64]| {
        hours
            .iter()
            .fold(Health::default(), |health, h| health_after(health, &status(500), &SCHEDULE, at(*h)))
    };
    let each = |last: i64| (0..=last / 12).map(|n| n * 12).collect::<Vec<_>>();
    assert!(!is_hopeless(failing(&each(108)), at(108)));
    assert!(is_hopeless(failing(&each(120)), at(120)));
    assert_eq!(failing(&[0, 0]), failing(&[0]), "an hour's failures are noted once");
    // Nobody knows what was in between.
    assert!(!is_hopeless(failing(&[0, 121]), at(121)));
    assert_eq!(failing(&[0, 12, 37]).failing_since, Some(at(37)));
    // A probe that finds nobody is a failure too; whoever answers with success starts anew.
    let lost = [0, 20, 40, 60, 80, 100, 119, 120]
        .iter()
        .fold(Health::default(), |health, h| health_after(health, &down(), &SCHEDULE, at(*h)));
    assert!(is_hopeless(lost, at(120)) && lost.circuit.open_since.is_some());
    assert_eq!(health_after(lost, &ok(), &SCHEDULE, at(121)), Health::default());
}

#[test]
fn limits_are_within_gates() {
    let later = NOW.plus_ms(100);
    let limits = |now, again_at| Gate::Within(Limits { in_flight: 3, now, again_at });
    assert_eq!(within(Gate::Open, 3, None), limits(usize::MAX, None));
    assert_eq!(within(Gate::Open, 3, Some((2, later))), limits(2, Some(later)));
    assert_eq!(within(Gate::Probe, 3, Some((2, later))), Gate::Probe);
    assert_eq!(within(Gate::Probe, 3, Some((0, later))), limits(0, Some(later)));
    assert_eq!(within(Gate::Shut, 3, Some((2, later))), Gate::Shut);
}

#[test]
fn gates() {
    let closed = Circuit::default();
    let due = Circuit { probe_at: Some(NOW), ..open(NOW) };
    for (active, circuit, want) in [
        (true, closed, Gate::Open),
        (false, closed, Gate::Shut),
        (true, open(NOW), Gate::Shut),
        (true, due, Gate::Probe),
        (true, Circuit { probe_at: None, ..due }, Gate::Probe),
        (false, due, Gate::Shut),
    ] {
        assert_eq!(gate(active, circuit, NOW), want, "{active} {circuit:?}");
    }
}

proptest! {
    #[test]
    fn jitter_stays_within_a_tenth(jitter in -100_i64..=100, tried in 0_i64..4) {
        let got = after_attempt(&status(500), Circuit::default(), Tried { before: tried, jitter, ..FRESH }, NOW);
        let wait = SCHEDULE[usize::try_from(tried).unwrap() + 1];
        let After::Retry(at) = got else { return Err(TestCaseError::fail(format!("{got:?}"))) };
        prop_assert!((at.since(NOW) - wait).abs() <= wait / 10);
        prop_assert_eq!(at.since(NOW) == wait, jitter == 0);
    }
}

fn told(kinds: &[FactKind]) -> Projection {
    let began = UnixMs(1_795_219_200_000);
    let turn =
        |role, text: &str| Turn { role, text: text.into(), start_ms: None, end_ms: None, tool_name: None };
    let facts: Vec<Fact> = kinds
        .iter()
        .map(|kind| {
            let mut doc = FactDoc {
                status: Some(Status::InProgress),
                channel: Some(Channel::Phone),
                direction: Some(Direction::Inbound),
                from: Some("+18195550142".into()),
                to: Some("+18195550100".into()),
                started_at: Some(began),
                ..FactDoc::default()
            };
            if *kind != FactKind::Started {
                doc.status = Some(Status::Completed);
                doc.ended_at = Some(began.plus_ms(33_870));
                doc.duration_ms = Some(33_870);
                doc.ending = Some(Ending::Normal);
                doc.disconnection_reason = Some("agent_hangup".into());
                doc.cost_micros = Some(73_667);
                doc.recording_url = Some("https://recordings.test/1.wav".into());
                doc.transcript = Some(vec![
                    turn(Speaker::Agent, "Bonjour, comment puis-je aider?"),
                    turn(Speaker::Caller, "J’ai froid. \u{1f976}"),
                    turn(Speaker::Tool, "{\"ok\":true}"),
                    turn(Speaker::Agent, "À demain, dix heures."),
                ]);
            }
            if *kind == FactKind::Analyzed {
                doc.summary = Some("Marie Tremblay a pris rendez-vous.".into());
                doc.sentiment = Some(Sentiment::Positive);
                doc.structured = Some(json!({
                    "caller_name": "Marie Tremblay", "appointment_booked": true,
                    "appointment_time": "2026-11-22T10:00:00-05:00", "party_size": 1,
                }));
            }
            Fact { key: kind.as_str().into(), kind: *kind, occurred_at: began.plus_ms(kind.rank()), doc }
        })
        .collect();
    fold(&facts, &FieldMap::default()).unwrap()
}

/// `UPDATE_EXPECTED=1` writes the files anew, to be reviewed against requirement 1.38.
#[test]
fn req_1_38_bodies_are_as_they_always_were_and_their_signatures_verify() {
    use FactKind::{Analyzed, Ended, Started};
    let secret = EndpointSecret::from_ascii("rk7T2vQm9xLpA4cZ8wNf3sYh6uJdE1Bg".into()).unwrap();
    let other = EndpointSecret::from_ascii("another-secret-0123456789abcdefgh".into()).unwrap();
    for (event_type, revision, facts) in [
        ("call.call-started", 0, &[Started][..]),
        ("call.call-ended", 0, &[Started, Ended, Analyzed]),
        ("call.call-updated", 4, &[Started, Ended]),
    ] {
        let call_state = told(facts);
        let body = freeze(
            &Told {
                event_type,
                revision,
                call: CallId(uuid::Uuid::from_u128(0x0193_35a0_0000_7000_8000_0000_0000_0001)),
                provider: "retell",
                external_id: "call_5b7c1e9d",
                call_state: &call_state,
                at: NOW,
            },
            &secret,
        );
        let read: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(read["signature"], body_signature(&secret, &read), "{event_type}");
        assert_ne!(read["signature"], body_signature(&other, &read));
        is_golden(event_type, &body);
    }
}

/// The bodies about texts have the same shape.
#[test]
fn req_1_38_bodies_of_texts_have_the_same_shape_and_are_signed() {
    let secret = EndpointSecret::from_ascii("rk7T2vQm9xLpA4cZ8wNf3sYh6uJdE1Bg".into()).unwrap();
    let id = |n: u128| uuid::Uuid::from_u128(0x0193_35a0_0000_7000_8000_0000_0000_0000 + n);
    let came = ToldText {
        id: TextId(id(1)),
        thread: ThreadId(id(2)),
        is_inbound: true,
        from: "+18195550142",
        to: "+18195550100",
        body: "Bonjour, êtes-vous ouverts demain ?",
        status: TextStatus::Received,
        keyword: None,
        segments: Some(1),
        media_count: 0,
        problem: None,
        provider_code: None,
        provider: "twilio",
        external_id: Some("SMcccccccccccccccccccccccccccccccc"),
        text_at: NOW,
        revision: 0,
    };
    let failed = ToldText {
        is_inbound: false,
        from: came.to,
        to: came.from,
        body: "Oui, dès huit heures.",
        status: TextStatus::Undelivered,
        problem: Some(TextProblem::NotRegistered),
        provider_code: Some("30034"),
        revision: 3,
        ..came
    };
    for (moment, text) in [(TextMoment::Received, &came), (TextMoment::Updated, &failed)] {
        let body = sign(super::owe_text::body(moment, text, NOW.plus_ms(250)), &secret);
        let read: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(read["signature"], body_signature(&secret, &read));
        is_golden(read["eventType"].as_str().unwrap(), &body);
    }
}

#[track_caller]
fn is_golden(event_type: &str, body: &[u8]) {
    let read: Value = serde_json::from_slice(body).unwrap();
    let name = format!("tests/golden/{event_type}.json");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&name);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, serde_json::to_vec_pretty(&read).unwrap()).unwrap();
    }
    let golden = std::fs::read(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
    let golden: Value = serde_json::from_slice(&golden).unwrap();
    assert_eq!(read, golden, "{name}");
    assert_eq!(body, golden.to_string().into_bytes(), "{name}: the same value in other bytes");
}
