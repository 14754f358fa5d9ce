//! What is Retell's alone.

use super::cases::{Sent, sample};
use serde_json::json;
use vestibule_ports::{CallWebhooks, Disposition, EventKey, VerifyFault};
use vestibule_providers::retell::Retell;
use vestibule_vault::Credentials;

#[test]
fn an_empty_key_verifies_nothing() {
    let digest = vestibule_vault::hmac_hex(b"", &[b"{}", b"1000"]);
    let sent = Sent { now: 1000, ..Sent::bare(b"{}") }
        .with("x-retell-signature", Some(&format!("v=1000,d={digest}")));
    assert_eq!(sent.verify(&Retell, &[Credentials::of("api_key", "")]), Err(VerifyFault::Mismatch));
}

#[test]
fn the_key_is_the_event_and_the_call() {
    for (name, body) in
        ["call_started", "call_ended", "call_analyzed"].map(|n| (n, sample("retell", &format!("{n}.json"))))
    {
        let address = Sent::bare(&body).over(|inbound| Retell.address(inbound));
        let call = address.external_call_id.clone().unwrap();
        assert_eq!(Retell.identify(&address).key, EventKey::Once(format!("retell:{name}:{call}")));
        let facts = Retell.normalize(&body).unwrap();
        assert_eq!(facts[0].doc.agent_ref.as_ref(), Some(&address.resources[0].id), "{name}");
        assert_eq!(Some(facts[0].occurred_at), address.occurred_at, "{name}");
    }
}

#[test]
fn what_is_no_call_is_kept_and_ignored() {
    for (event, reason) in
        [("chat_ended", "chat"), ("call_inbound", "question"), ("invented_in_2027", "unsupported_event")]
    {
        let body = format!(r#"{{"event":"{event}","call":{{"call_id":"c"}}}}"#);
        let identity = Sent::bare(body.as_bytes()).over(|inbound| Retell.identify(&Retell.address(inbound)));
        assert_eq!((identity.key, identity.disposition), (EventKey::Each, Disposition::Ignore(reason)));
        assert_eq!(Retell.normalize(body.as_bytes()), Ok(vec![]));
    }
    let fault = |body: &str| Retell.normalize(body.as_bytes()).unwrap_err().code;
    assert_eq!(fault(r#"{"event":"call_ended"}"#), "no_call");
    assert_eq!(fault(r#"{"event":"call_ended","call":{"call_id":""}}"#), "no_call_id");
}

#[test]
fn odd_types_and_cut_emoji_do_not_cost_the_event() {
    let body = br#"{"event":"call_ended","event_timestamp":"1795219200000","agent_id":"agent_top","call":{
        "call_id":42,"call_status":7,"start_timestamp":1795219200000.0,"end_timestamp":"1795219201500",
        "duration_ms":null,"disconnection_reason":"dial_busy","call_cost":{"combined_cost":"7.3666667"},
        "from_number":"anonymous","to_number":"(514) 555-0142","latency":[],"call_analysis":"none",
        "transcript":"Agent: cut \ud83d","recording_url":"javascript:alert(1)","agent_version":"3",
        "call_id":"c-1"}}"#;
    let [event] = &Retell.normalize(body).unwrap()[..] else { panic!("one fact") };
    let doc = serde_json::to_value(&event.doc).unwrap();
    assert_eq!(event.external_call_id, "c-1");
    let address = Sent::bare(body).over(|inbound| Retell.address(inbound));
    assert_eq!(address.external_call_id.as_deref(), Some("c-1"));
    let want = json!({
        "status": "BUSY", "ending": "busy", "channel": "phone", "from": "anonymous", "to": "+15145550142",
        "agent_ref": "agent_top", "agent_version": 3, "started_at": 1_795_219_200_000_i64,
        "ended_at": 1_795_219_201_500_i64, "duration_ms": 1500, "disconnection_reason": "dial_busy",
        "cost_micros": 73_667, "transcript": [{"role": "agent", "text": "cut \u{fffd}"}],
    });
    assert_eq!(doc, want);
}
