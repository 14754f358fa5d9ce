//! The rules of calls, without a database.

use crate::calls::{Fact, FieldMap, Projection, fold};
use proptest::prelude::*;
use serde_json::{Value, json};
use vestibule_model::{
    Channel, Direction, Ending, FactDoc, FactKind, Intent, Outcome, Speaker, Status, Turn, UnixMs,
};

const BEGAN: UnixMs = UnixMs(1_795_219_200_000);
const ENDED: UnixMs = UnixMs(1_795_219_260_000);

fn fact(kind: FactKind, at: UnixMs, doc: FactDoc) -> Fact {
    Fact { key: format!("retell:{}:c#{}", kind.as_str(), at.0), kind, occurred_at: at, doc }
}

fn started() -> Fact {
    let doc = FactDoc {
        status: Some(Status::InProgress),
        channel: Some(Channel::Phone),
        direction: Some(Direction::Inbound),
        from: Some("+18195550142".into()),
        to: Some("+18195550100".into()),
        started_at: Some(BEGAN),
        ..FactDoc::default()
    };
    fact(FactKind::Started, BEGAN.plus_ms(35), doc)
}

fn turn(role: Speaker, text: &str) -> Turn {
    Turn { role, text: text.into(), start_ms: None, end_ms: None, tool_name: None }
}

fn ended() -> Fact {
    let doc = FactDoc {
        status: Some(Status::Completed),
        started_at: Some(BEGAN),
        ended_at: Some(ENDED),
        ending: Some(Ending::Normal),
        transcript: Some(vec![turn(Speaker::Agent, "Hello?"), turn(Speaker::Caller, "Hi.")]),
        ..FactDoc::default()
    };
    fact(FactKind::Ended, ENDED.plus_ms(390), doc)
}

fn analyzed(structured: Value) -> Fact {
    let doc = FactDoc {
        status: Some(Status::Completed),
        ended_at: Some(ENDED),
        ending: Some(Ending::Normal),
        summary: Some("They talked.".into()),
        structured: Some(structured),
        ..FactDoc::default()
    };
    fact(FactKind::Analyzed, ENDED.plus_ms(5_000), doc)
}

fn folded(facts: &[Fact]) -> Projection {
    fold(facts, &FieldMap::default()).unwrap()
}

fn with(kind: FactKind, change: impl FnOnce(&mut FactDoc)) -> Fact {
    let mut fact = if kind == FactKind::Started { started() } else { ended() };
    fact.kind = kind;
    change(&mut fact.doc);
    fact
}

#[test]
fn no_facts_are_no_call() {
    assert_eq!(fold(&[], &FieldMap::default()), None);
}

#[test]
fn a_call_that_started_is_in_progress_and_has_no_outcome() {
    let call = folded(&[started()]);
    assert_eq!((call.status, call.outcome, call.ended_at), (Status::InProgress, None, None));
    assert_eq!((call.started_at, call.start_is_known), (BEGAN, true));
    assert_eq!(call.caller.as_ref().map(vestibule_model::Phone::as_str), Some("+18195550142"));
}

#[test]
fn req_0_20_an_end_completes_it() {
    let call = folded(&[started(), ended()]);
    assert_eq!((call.status, call.outcome), (Status::Completed, Some(Outcome::Answered)));
    assert_eq!((call.ended_at, call.duration_ms), (Some(ENDED), Some(60_000)));
    assert_eq!((call.channel, call.direction), (Some(Channel::Phone), Some(Direction::Inbound)));
    assert_eq!(call.transcript.len(), 2);
    assert!(!call.is_analyzed);
}

#[test]
fn req_0_21_an_analysis_adds_and_takes_nothing_away() {
    let call = folded(&[started(), ended(), analyzed(json!({ "caller_name": "Marie" }))]);
    assert!(call.is_analyzed);
    assert_eq!(call.summary.as_deref(), Some("They talked."));
    assert_eq!(call.customer_name.as_deref(), Some("Marie"));
    assert_eq!(call.transcript.len(), 2, "an analysis without a transcript took it away");
    let mut empty = analyzed(json!({}));
    empty.doc.transcript = Some(Vec::new());
    assert_eq!(folded(&[ended(), empty]).transcript.len(), 2);
}

#[test]
fn an_end_alone_is_a_whole_call() {
    let call = folded(&[ended()]);
    assert_eq!((call.status, call.started_at, call.start_is_known), (Status::Completed, BEGAN, true));
}

#[test]
fn an_unknown_beginning_is_reckoned_from_the_end_or_from_the_earliest_fact() {
    let call = folded(&[with(FactKind::Ended, |d| {
        d.started_at = None;
        d.duration_ms = Some(10_000);
    })]);
    assert_eq!((call.started_at, call.start_is_known), (ENDED.plus_ms(-10_000), false));
    let bare = fact(FactKind::Started, BEGAN, FactDoc::default());
    let call = folded(&[fact(FactKind::Progress, BEGAN.plus_ms(9), FactDoc::default()), bare]);
    assert_eq!((call.started_at, call.start_is_known, call.status), (BEGAN, false, Status::InProgress));
    assert_eq!((call.duration_ms, call.caller, call.transcript.len()), (None, None, 0));
}

#[test]
fn a_call_that_never_connected() {
    for (status, ending, outcome) in [
        (Status::NoAnswer, Ending::NoAnswer, Outcome::Missed),
        (Status::Busy, Ending::Busy, Outcome::Missed),
        (Status::Canceled, Ending::Canceled, Outcome::Missed),
        (Status::Failed, Ending::Unreachable, Outcome::Missed),
        (Status::Failed, Ending::Refused, Outcome::Failed),
        (Status::Failed, Ending::Fault, Outcome::Failed),
    ] {
        let call = folded(&[with(FactKind::Ended, |d| {
            *d = FactDoc {
                status: Some(status),
                ending: Some(ending),
                direction: Some(Direction::Outbound),
                from: Some("+18195550100".into()),
                to: Some("+18195550999".into()),
                duration_ms: Some(0),
                transcript: Some(Vec::new()),
                ..FactDoc::default()
            };
        })]);
        assert_eq!((call.status, call.outcome), (status, Some(outcome)), "{ending:?}");
        let caller = call.caller.unwrap();
        assert_eq!(
            caller.as_str(),
            "+18195550999",
            "of an outbound call the other side is the called number"
        );
    }
}

#[test]
fn a_web_call_has_no_number() {
    let call = folded(&[with(FactKind::Started, |d| {
        d.channel = Some(Channel::Web);
        (d.from, d.to) = (None, None);
    })]);
    assert_eq!((call.channel, call.caller), (Some(Channel::Web), None));
    let hidden = folded(&[with(FactKind::Started, |d| d.from = Some("anonymous".into()))]);
    assert_eq!((hidden.caller, hidden.from.as_deref()), (None, Some("anonymous")));
}

#[test]
fn a_test_is_a_test_whichever_fact_says_so() {
    assert!(folded(&[with(FactKind::Started, |d| d.test = true), ended()]).is_test);
    assert!(!folded(&[started(), ended()]).is_test);
}

#[test]
fn a_reaped_end_yields_to_every_real_one() {
    let doc = FactDoc {
        status: Some(Status::Completed),
        disconnection_reason: Some("no_end_received".into()),
        ..FactDoc::default()
    };
    let reaped = fact(FactKind::Reaped, ENDED.plus_ms(9_000_000), doc);
    let call = folded(&[started(), reaped.clone()]);
    assert_eq!((call.status, call.is_reaped), (Status::Completed, true));
    assert_eq!(call.disconnection_reason.as_deref(), Some("no_end_received"));
    let real = with(FactKind::Ended, |d| {
        d.status = Some(Status::NoAnswer);
        d.ending = Some(Ending::NoAnswer);
        d.disconnection_reason = Some("dial_no_answer".into());
    });
    let call = folded(&[started(), reaped, real]);
    assert_eq!((call.status, call.outcome, call.is_reaped), (Status::NoAnswer, Some(Outcome::Missed), false));
    assert_eq!(call.disconnection_reason.as_deref(), Some("dial_no_answer"));
}

#[test]
fn a_late_start_does_not_reopen_a_call() {
    let late = with(FactKind::Started, |_| {});
    let late = Fact { occurred_at: ENDED.plus_ms(60_000), ..late };
    assert_eq!(folded(&[ended(), late]).status, Status::Completed);
}

#[test]
fn outcomes() {
    type Change = fn(&mut FactDoc);
    let booked = json!({ "appointment_booked": true });
    let cases: &[(&str, Change, Value, Outcome)] = &[
        ("spam", |d| d.ending = Some(Ending::Spam), booked.clone(), Outcome::Spam),
        ("a machine", |d| d.ending = Some(Ending::Machine), booked.clone(), Outcome::Voicemail),
        ("the analysis heard a machine", |d| d.voicemail = Some(true), json!({}), Outcome::Voicemail),
        ("booked", |_| {}, booked.clone(), Outcome::Booked),
        ("booked, then transferred", |d| d.ending = Some(Ending::Transferred), booked, Outcome::Booked),
        ("a date is a booking", |_| {}, json!({ "appointment_date": "2026-12-01" }), Outcome::Booked),
        (
            "a date, but not booked",
            |_| {},
            json!({ "appointment_date": "2026-12-01", "booked": false }),
            Outcome::Answered,
        ),
        (
            "a cancelled appointment has a date too",
            |_| {},
            json!({ "intent": "cancel", "appointment_date": "2026-12-01" }),
            Outcome::Answered,
        ),
        ("transferred", |d| d.ending = Some(Ending::Transferred), json!({}), Outcome::Transferred),
        ("failed", |d| d.status = Some(Status::Failed), json!({}), Outcome::Failed),
        ("the analysis says", |_| {}, json!({ "outcome": "message_taken" }), Outcome::MessageTaken),
        ("sales are unwanted", |_| {}, json!({ "intent": "sales" }), Outcome::Spam),
        ("a message", |_| {}, json!({ "intent": "leave a message" }), Outcome::MessageTaken),
        ("they talked", |_| {}, json!({}), Outcome::Answered),
        (
            "silence",
            |d| d.transcript = Some(vec![turn(Speaker::Agent, "Hello?")]),
            json!({}),
            Outcome::Abandoned,
        ),
        ("nothing known", |d| d.transcript = None, json!({}), Outcome::Other),
    ];
    for (name, change, structured, want) in cases {
        let facts = [with(FactKind::Ended, change), {
            let mut analysis = analyzed(structured.clone());
            (analysis.doc.status, analysis.doc.ending) = (None, None);
            analysis
        }];
        assert_eq!(folded(&facts).outcome, Some(*want), "{name}");
    }
}

#[test]
fn structured_data_is_found_in_both_languages_and_spellings() {
    for (data, name, intent, appointment) in [
        (
            json!({ "customer_name": "Ana", "intent": "booking", "appointment_at": "d" }),
            "Ana",
            Some(Intent::Booking),
            Some("d"),
        ),
        (
            json!({ "customerName": "Ana", "callReason": "price", "appointmentDate": "d" }),
            "Ana",
            Some(Intent::Quote),
            Some("d"),
        ),
        (
            json!({ "Caller Name": " Ana ", "caller_intent": "Reschedule" }),
            "Ana",
            Some(Intent::Reschedule),
            None,
        ),
        (
            json!({ "nom_du_client": "Zoé", "motif": "urgence", "date_rendez_vous": "d" }),
            "Zoé",
            Some(Intent::Emergency),
            Some("d"),
        ),
        (
            json!({ "nomClient": "Zoé", "raisonAppel": "annulation", "dateRdv": "d" }),
            "Zoé",
            Some(Intent::Cancel),
            Some("d"),
        ),
        (json!({ "Nom du client": "Zoé", "intention": "soumission" }), "Zoé", Some(Intent::Quote), None),
        (
            json!({ "nom": "Zoé", "motif_appel": "prendre rendez-vous", "rdv": "d" }),
            "Zoé",
            Some(Intent::Booking),
            Some("d"),
        ),
        (json!({ "nom": "Zoé", "motif": "reporter son rendez-vous" }), "Zoé", Some(Intent::Reschedule), None),
        (
            json!({ "name": "Ana", "reason_for_call": "report a leak, a question" }),
            "Ana",
            Some(Intent::Question),
            None,
        ),
        (json!({ "name": "Ana", "motif": "plainte" }), "Ana", Some(Intent::Complaint), None),
        (json!({ "name": "Ana", "motif": "rappel" }), "Ana", Some(Intent::Message), None),
        (json!({ "name": "Ana", "intent": "something else" }), "Ana", Some(Intent::Other), None),
    ] {
        let call = folded(&[ended(), analyzed(data.clone())]);
        assert_eq!(call.customer_name.as_deref(), Some(name), "{data}");
        assert_eq!(call.intent, intent, "{data}");
        assert_eq!(call.appointment_at.as_deref(), appointment, "{data}");
    }
}

#[test]
fn words_that_say_nothing_are_nothing() {
    for empty in ["", "  ", "N/A", "none", "null", "Unknown", "inconnu", "aucun"] {
        let call = folded(&[ended(), analyzed(json!({ "customer_name": empty, "email": "no address" }))]);
        assert_eq!((call.customer_name, call.email), (None, None), "{empty:?}");
    }
    // An empty field does not hide a full one under another name.
    let call =
        folded(&[ended(), analyzed(json!({ "customer_name": "", "name": "Ana", "courriel": "a@b.test" }))]);
    assert_eq!((call.customer_name.as_deref(), call.email.as_deref()), (Some("Ana"), Some("a@b.test")));
    for odd in [json!([]), json!("text"), json!(null), json!({ "name": { "first": "Ana" } })] {
        assert_eq!(folded(&[ended(), analyzed(odd)]).customer_name, None);
    }
}

#[test]
fn a_tenants_own_keys_come_first() {
    let own = FieldMap {
        customer_name: vec!["Interlocuteur".into()],
        booked: vec!["ok".into()],
        ..FieldMap::default()
    };
    let facts = [ended(), analyzed(json!({ "interlocuteur": "Zoé", "customer_name": "Ana", "ok": "oui" }))];
    let call = fold(&facts, &own).unwrap();
    assert_eq!((call.customer_name.as_deref(), call.outcome), (Some("Zoé"), Some(Outcome::Booked)));
    assert_eq!(folded(&facts).customer_name.as_deref(), Some("Ana"));
    let written: FieldMap = serde_json::from_value(json!({ "customer_name": ["x"] })).unwrap();
    assert_eq!(written.customer_name, ["x"]);
}

#[test]
fn of_facts_that_disagree_the_later_moment_wins_then_the_later_instant_then_the_greater_key() {
    let say = |key: &str, kind, at: i64, text: &str| Fact {
        key: key.into(),
        kind,
        occurred_at: UnixMs(at),
        doc: FactDoc { summary: Some(text.into()), ..FactDoc::default() },
    };
    use FactKind::{Analyzed, Ended, Started};
    for (winner, loser) in [
        (say("a", Analyzed, 1, "wins"), say("b", Ended, 9, "loses")),
        (say("a", Ended, 9, "wins"), say("b", Ended, 1, "loses")),
        (say("b", Ended, 5, "wins"), say("a", Ended, 5, "loses")),
        (say("a", Ended, 1, "wins"), say("b", Started, 9, "loses")),
    ] {
        assert_eq!(folded(&[winner.clone(), loser.clone()]).summary.as_deref(), Some("wins"));
        assert_eq!(folded(&[loser, winner]).summary.as_deref(), Some("wins"));
    }
}

fn any_of<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = Option<T>> {
    proptest::option::of(proptest::sample::select(all))
}

prop_compose! {
    fn any_doc()(
        status in any_of(Status::ALL),
        direction in any_of(Direction::ALL),
        ending in any_of(Ending::ALL),
        from in any_of(&["+18195550142", "+15145550100", "anonymous"]),
        times in proptest::option::of((0_i64..4, 0_i64..4)),
        words in proptest::option::of(0_usize..3),
        structured in any_of(&[r#"{"nom":"A"}"#, r#"{"intent":"cancel","rdv":"x"}"#, r#"{"booked":true}"#]),
        flags in (any::<bool>(), proptest::option::of(any::<bool>())),
    ) -> FactDoc {
        FactDoc {
            status, direction, ending,
            from: from.map(str::to_owned),
            started_at: times.map(|(at, _)| BEGAN.plus_ms(at)),
            ended_at: times.map(|(at, more)| BEGAN.plus_ms(at + more)),
            transcript: words.map(|n| vec![turn(Speaker::Caller, "word"); n]),
            structured: structured.map(|text| serde_json::from_str(text).unwrap()),
            test: flags.0,
            voicemail: flags.1,
            ..FactDoc::default()
        }
    }
}

prop_compose! {
    fn any_facts()(docs in proptest::collection::vec((any_doc(), 0_usize..5, 0_i64..3), 1..7)) -> Vec<Fact> {
        let kinds = [FactKind::Started, FactKind::Progress, FactKind::Ended, FactKind::Analyzed, FactKind::Reaped];
        docs.into_iter().enumerate().map(|(n, (doc, kind, at))| {
            Fact { key: format!("k{n}"), kind: kinds[kind], occurred_at: BEGAN.plus_ms(at), doc }
        }).collect()
    }
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(facts in any_facts(), seed in any::<u64>()) {
        let want = folded(&facts);
        let mut random = fastrand::Rng::with_seed(seed);
        let mut shuffled: Vec<Fact> = facts.iter().flat_map(|f| vec![f.clone(); random.usize(1..4)]).collect();
        random.shuffle(&mut shuffled);
        prop_assert_eq!(folded(&shuffled), want);
    }
}
