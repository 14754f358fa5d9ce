//! What is Vapi's alone.

use super::cases::{Sent, sample};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestibule_model::{CallEvent, Direction, FactKind};
use vestibule_ports::{Answer, Ask, CallWebhooks, Disposition, EventKey, Identity};
use vestibule_providers::vapi::Vapi;

const CALL: &str = "6b38c32e-6d5c-4d10-bce5-951581ddcd77";

fn identify(body: &[u8]) -> Identity {
    Sent::bare(body).over(|inbound| Vapi.identify(&Vapi.address(inbound)))
}

fn one(message: &Value) -> CallEvent {
    let body = json!({ "message": message }).to_string();
    let [event] = &Vapi.normalize(body.as_bytes()).unwrap()[..] else { panic!("one fact: {body}") };
    event.clone()
}

#[test]
fn keys_name_the_event_the_call_and_what_tells_them_apart() {
    for (file, key) in [
        ("status-update.ended", Some("status-update:CALL:ended")),
        ("status-update.ringing", Some("status-update:CALL:ringing")),
        ("end-of-call-report", Some("end-of-call-report:CALL")),
        ("assistant-request", Some("assistant-request:CALL")),
        ("tool-calls", Some("tool-calls:CALL:call_fzEwCjWnJsuwoeGQGbITcnpw")),
        ("transfer-update", None),
        ("hang", None),
    ] {
        let want = key.map(|key| EventKey::Once(format!("vapi:{}", key.replace("CALL", CALL))));
        assert_eq!(
            identify(&sample("vapi", &format!("{file}.json"))).key,
            want.unwrap_or(EventKey::Each),
            "{file}"
        );
    }
    let latest = EventKey::Latest(format!("vapi:transcript:{CALL}"), 1_795_219_210_440);
    assert_eq!(identify(&sample("vapi", "transcript.final.json")).key, latest);
}

#[test]
fn what_is_no_news_is_ignored_for_a_reason() {
    for (file, reason) in [
        ("hang", "informational"),
        ("speech-update.started", "informational"),
        ("conversation-update", "informational"),
        ("model-output", "informational"),
        ("user-interrupted", "informational"),
        ("assistant.started", "informational"),
        ("transcript.partial", "partial_transcript"),
        ("tool-calls", "question"),
        ("function-call.legacy", "question"),
        ("transfer-destination-request", "question"),
        ("phone-call-control.hang-up", "unsupported_event"),
    ] {
        let found = identify(&sample("vapi", &format!("{file}.json")));
        assert_eq!(found.disposition, Disposition::Ignore(reason), "{file}");
    }
    let body = json!({"message": {"type": "status-update", "status": "invented", "call": {"id": "c"}}});
    assert_eq!(identify(body.to_string().as_bytes()).disposition, Disposition::Ignore("unsupported_status"));
}

#[test]
fn the_snapshot_of_the_call_is_not_believed() {
    let event = one(&json!({"type": "end-of-call-report", "timestamp": "2026-11-21T00:00:21.000Z",
        "endedReason": "customer-ended-call", "startedAt": 1_795_219_200_300_i64, "endedAt": "2026-11-21T00:00:17.400Z",
        "durationMs": 9, "cost": 0.029_45,
        "call": {"id": "c", "status": "ringing", "cost": 0, "startedAt": null, "type": "outboundPhoneCall",
            "endedReason": "voicemail", "customer": {"number": "(819) 555-0142"}, "phoneNumber": {"number": "+18195550100"}}}));
    let doc = serde_json::to_value(&event.doc).unwrap();
    let want = json!({"status": "COMPLETED", "ending": "normal", "channel": "phone", "direction": "OUTBOUND",
        "from": "+18195550100", "to": "+18195550142", "started_at": 1_795_219_200_300_i64,
        "ended_at": 1_795_219_217_400_i64, "duration_ms": 17_100, "disconnection_reason": "customer-ended-call",
        "cost_micros": 29_450});
    assert_eq!(doc, want);
    assert_eq!((event.kind, event.occurred_at.0), (FactKind::Analyzed, 1_795_219_221_000));
}

#[test]
fn web_calls_unknown_reasons_and_odd_types() {
    let web = one(
        &json!({"type": "end-of-call-report", "endedReason": "invented-in-2027", "call": {"id": "w", "type": "webCall"},
        "durationSeconds": "12.5", "artifact": {"messages": [{"role": "user", "message": "allô \u{0}"}],
            "recordingUrl": "javascript:alert(1)", "presignedMonoUrl": "https://x/y"},
        "cost": "0.5", "analysis": [], "customer": "none", "destination": {"number": "sip:a@b"}}),
    );
    let doc = serde_json::to_value(&web.doc).unwrap();
    let want = json!({"status": "COMPLETED", "ending": "normal", "channel": "web", "direction": "INBOUND",
        "duration_ms": 12_500, "disconnection_reason": "invented-in-2027", "cost_micros": 500_000,
        "transcript": [{"role": "caller", "text": "allô "}], "recording_url": "https://x/y", "transfer_to": "sip:a@b"});
    assert_eq!(doc, want);
    // Nobody spoke, nothing lasted: it was never connected.
    let never =
        one(&json!({"type": "end-of-call-report", "endedReason": "invented-in-2027", "call": {"id": "w"}}));
    assert_eq!(serde_json::to_value(never.doc.status).unwrap(), "FAILED");
    assert_eq!(never.doc.direction, None);
}

#[test]
fn the_carriers_id_is_an_alias_only_where_it_is_twilios() {
    let alias =
        |call: Value| one(&json!({"type": "status-update", "status": "ringing", "call": call})).aliases;
    let sid = "CAe519bb3b2aa4c6177f0bb5d8054422a3";
    let want = vec![(String::from("twilio"), String::from(sid))];
    assert_eq!(alias(json!({"id": "c", "phoneCallProvider": "twilio", "phoneCallProviderId": sid})), want);
    assert_eq!(alias(json!({"id": "c", "transport": {"provider": "twilio", "callSid": sid}})), want);
    assert_eq!(alias(json!({"id": "c", "phoneCallProvider": "vonage", "phoneCallProviderId": sid})), []);
    assert_eq!(alias(json!({"id": "c", "phoneCallProvider": "twilio", "phoneCallProviderId": "x"})), []);
}

#[test]
fn a_forwarded_call_goes_on_elsewhere() {
    let [event] = &Vapi.normalize(&sample("vapi", "status-update.forwarding.json")).unwrap()[..] else {
        panic!()
    };
    assert_eq!((event.kind, event.doc.transfer_to.as_deref()), (FactKind::Progress, Some("+18195550177")));
    assert_eq!(event.doc.direction, Some(Direction::Inbound));
}

#[test]
fn each_ask_is_read_and_answered() {
    let ask = |file: &str| Sent::bare(&sample("vapi", file)).over(|inbound| Vapi.ask(inbound));
    let Some(Ask::Call(incoming)) = ask("assistant-request.json") else { panic!("no call") };
    assert_eq!(incoming.external_call_id.as_deref(), Some(CALL));
    assert_eq!(
        (incoming.from.as_deref(), incoming.to.as_deref()),
        (Some("+18195550142"), Some("+18195550100"))
    );
    assert_eq!(Vapi.budget_ms(&Ask::Call(incoming)), 6_000);
    let arguments = json!({"date": "2026-11-22", "time": "10:00", "name": "Marie Tremblay"});
    for file in ["tool-calls.json", "tool-calls.docs-flat-shape.json", "tool-calls.string-arguments.json"] {
        let Some(Ask::Tools { external_call_id, uses }) = ask(file) else { panic!("{file}") };
        assert_eq!(external_call_id.as_deref(), Some(CALL));
        let [used] = &uses[..] else { panic!("{file}") };
        assert_eq!(
            (used.id.as_str(), used.name.as_str()),
            ("call_fzEwCjWnJsuwoeGQGbITcnpw", "book_appointment")
        );
        assert_eq!(used.arguments, arguments, "{file}");
    }
    assert!(matches!(ask("function-call.legacy.json"), Some(Ask::Tools { uses, .. }) if uses.len() == 1));
    let person = Ask::Person { external_call_id: Some(CALL.to_owned()) };
    assert_eq!(ask("transfer-destination-request.json"), Some(person));
    assert_eq!(ask("status-update.ended.json"), None);
    assert_eq!(Sent::bare(b"nothing").over(|inbound| Vapi.ask(inbound)), None);

    let answer =
        Answer::Agent { id: Some("a".into()), variables: BTreeMap::new(), metadata: BTreeMap::new() };
    let reply =
        Sent::bare(&sample("vapi", "assistant-request.json")).over(|inbound| Vapi.reply(inbound, &answer));
    assert_eq!((reply.status, &reply.body[..]), (200, br#"{"assistantId":"a"}"#.as_slice()));
    let nothing =
        Sent::bare(&sample("vapi", "hang.json")).over(|inbound| Vapi.reply(inbound, &Answer::Nothing));
    assert_eq!((nothing.status, &nothing.body[..]), (200, b"{}".as_slice()));
}
