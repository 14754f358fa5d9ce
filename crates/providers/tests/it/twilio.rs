//! What is Twilio's alone.

use super::cases::{Sent, fixtures, sample};
use std::fs;
use vestibule_model::{FactKind, Status};
use vestibule_ports::{Answer, Ask, CallWebhooks, Disposition, EventKey, Identity, VerifyFault};
use vestibule_providers::twilio::Twilio;
use vestibule_vault::{Credentials, MacHash, hmac};

fn identity(body: &[u8]) -> Identity {
    Sent::bare(body).over(|inbound| Twilio.identify(&Twilio.address(inbound)))
}

/// A genuine request under the token `t`.
fn signed(method: &'static str, url: &str, over: &str, kind: &str, body: &str) -> Sent {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let digest = STANDARD.encode(hmac(MacHash::Sha1, b"t", &[over.as_bytes()]));
    let sent = Sent { method, url: url.to_owned(), headers: vec![], body: body.as_bytes().to_vec(), now: 0 };
    sent.with("x-twilio-signature", Some(&digest)).with("content-type", Some(kind))
}

fn judge(sent: &Sent) -> Result<(), VerifyFault> {
    sent.verify(&Twilio, &[Credentials::of("auth_token", "t")])
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn each_sample_is_known_for_what_it_is() {
    let parent = "twilio:{}:CAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb:";
    for (file, event, rest) in [
        ("voice-incoming", "voice_incoming", "ringing"),
        ("voice-incoming-forwarded-anonymous", "voice_incoming", "ringing"),
        ("voice-fallback", "voice_fallback", "ringing"),
        ("voice-status-initiated", "call_status", "initiated"),
        ("voice-status-in-progress", "call_status", "in-progress"),
        ("voice-status-completed-inbound", "call_status", "completed"),
        ("voice-status-failed", "call_status", "failed"),
        ("record-action", "record_action", "REdddddddddddddddddddddddddddddddd"),
        ("recording-status-absent", "recording_status", "REdddddddddddddddddddddddddddddddd:absent"),
        ("amd-callback", "answered_by", "machine_end_beep"),
        ("connect-action-conversationrelay", "connect_action", "VXeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee:ended"),
        (
            "stream-status-stream-started",
            "stream_status",
            "MZcccccccccccccccccccccccccccccccc:stream-started",
        ),
    ] {
        let found = identity(&sample("twilio", &format!("{file}.form")));
        assert_eq!(found.event_name, event, "{file}");
        assert_eq!(found.key, EventKey::Once(parent.replace("{}", event) + rest), "{file}");
    }
    let message = identity(&sample("twilio", "sms-status-undelivered.form"));
    let key = "twilio:message_status::SMcccccccccccccccccccccccccccccccc:undelivered";
    assert_eq!(message.key, EventKey::Once(key.into()));
    assert_eq!(message.disposition, Disposition::Fold);
    assert_eq!(identity(&sample("twilio", "sms-incoming.form")).disposition, Disposition::Fold);
    let invented = identity(b"MessageSid=SM1&MessageStatus=invented");
    assert_eq!(invented.disposition, Disposition::Ignore("unknown_status"));
    for (file, reason) in [
        ("gather-action-speech", "unsupported_event"),
        ("stream-status-stream-error", "unsupported_event"),
        ("recording-status-absent", "no_recording"),
    ] {
        let found = identity(&sample("twilio", &format!("{file}.form")));
        assert_eq!(found.disposition, Disposition::Ignore(reason), "{file}");
    }
}

#[test]
fn a_callback_without_its_source_is_told_by_its_status() {
    let body = b"CallSid=CA1&CallStatus=completed&Direction=inbound&CallDuration=3&RecordingSid=RE1";
    let found = identity(body);
    assert_eq!((found.event_name.as_str(), found.disposition), ("call_status", Disposition::Fold));
    let unknown = identity(b"CallSid=CA1&CallStatus=x:completed&CallbackSource=call-progress-events");
    assert_eq!(unknown.disposition, Disposition::Ignore("unknown_status"));
}

#[test]
fn a_leg_says_nothing_of_its_calls_end_but_whom_it_reached() {
    let body = b"CallSid=CA2&ParentCallSid=CA1&CallStatus=completed&CallbackSource=call-progress-events\
        &CallDuration=9&From=%2B14155550123&To=%2B15145550142&Direction=outbound-dial";
    let [event] = &Twilio.normalize(body).unwrap()[..] else { panic!("one fact") };
    assert_eq!((event.external_call_id.as_str(), event.kind), ("CA1", FactKind::Progress));
    assert_eq!(event.aliases, [("twilio".to_owned(), "CA2".to_owned())]);
    let doc = serde_json::to_value(&event.doc).unwrap();
    assert_eq!(doc, serde_json::json!({"transfer_to": "+15145550142"}));
}

#[test]
fn the_end_has_the_greatest_rank_whatever_order_statuses_come_in() {
    let kind = |status: &str| {
        let body = format!("CallSid=CA1&CallbackSource=call-progress-events&CallStatus={status}");
        let [event] = &Twilio.normalize(body.as_bytes()).unwrap()[..] else { panic!("one fact") };
        (event.kind.rank(), event.doc.status.unwrap())
    };
    let order = ["queued", "initiated", "ringing", "in-progress", "completed"].map(kind);
    assert!(order.is_sorted_by_key(|(rank, _)| *rank));
    assert_eq!(order[4].1, Status::Completed);
    for over in ["busy", "no-answer", "failed", "canceled"] {
        assert_eq!(kind(over).0, order[4].0, "{over}");
    }
}

#[test]
fn odd_fields_do_not_cost_the_event() {
    let body = b"CallSid=CA1&CallStatus=completed&CallbackSource=call-progress-events&CallDuration=-1\
        &Timestamp=yesterday&From=%2B49494949494912248033558&To=client%3Aann&RecordingUrl=javascript%3Aalert(1)\
        &SipResponseCode=x&AnsweredBy=martian&From=%2B1&Unknown=%ff%00";
    let [event] = &Twilio.normalize(body).unwrap()[..] else { panic!("one fact") };
    let doc = serde_json::to_value(&event.doc).unwrap();
    let want = serde_json::json!({
        "status": "COMPLETED", "channel": "web", "from": "+49494949494912248033558", "to": "client:ann",
        "disconnection_reason": "completed",
    });
    assert_eq!(doc, want);
}

#[test]
fn a_get_is_signed_by_its_address_alone() {
    let url = "https://a.test/hooks/twilio/t?CallSid=CA1&CallStatus=ringing";
    assert_eq!(judge(&signed("GET", url, url, "", "")), Ok(()));
    // Whatever stands in a body that is not signed is not read as signed.
    assert_eq!(judge(&signed("GET", "https://a.test/x", "https://a.test/x", FORM, "CallSid=CA1")), Ok(()));
    assert_eq!(
        judge(&signed("POST", "https://a.test/x", "https://a.test/x", FORM, "CallSid=CA1")),
        Err(VerifyFault::Mismatch)
    );
}

#[test]
fn a_websocket_is_signed_in_wss() {
    let open = |over: &str| {
        judge(&signed("GET", "https://a.test/media/t", over, "", "").with("upgrade", Some("WebSocket")))
    };
    assert_eq!(open("wss://a.test/media/t"), Ok(()));
    assert_eq!(open("https://a.test/media/t"), Ok(()));
    assert_eq!(open("http://a.test/media/t"), Err(VerifyFault::Mismatch));
    assert_eq!(
        judge(&signed("GET", "https://a.test/media/t", "wss://a.test/media/t", "", "")),
        Err(VerifyFault::Mismatch)
    );
}

#[test]
fn a_body_that_is_no_form_needs_its_hash() {
    let json = "application/json";
    let url = "https://a.test/x";
    assert_eq!(judge(&signed("POST", url, url, json, "{}")), Err(VerifyFault::Malformed));
    let hashed = format!("{url}?bodySHA256={}", hex::encode(vestibule_vault::sha256(b"{}")));
    assert_eq!(judge(&signed("POST", &hashed, &hashed, json, "{}")), Ok(()));
    // Some callbacks carry it twice; the first counts.
    let twice = format!("{hashed}&bodySHA256=00");
    assert_eq!(judge(&signed("POST", &twice, &twice, json, "{}")), Ok(()));
    assert_eq!(judge(&signed("POST", &hashed, &hashed, json, "[]")), Err(VerifyFault::Mismatch));
    // A form is signed by its fields, whatever hash the address carries.
    let form = signed("POST", &hashed, &format!("{hashed}a1"), FORM, "a=1");
    assert_eq!(judge(&form), Ok(()));
}

#[test]
fn a_signature_of_another_form_is_said_to_be_so() {
    let sent = signed("POST", "https://a.test/x", "", FORM, "");
    for header in ["x", "%%%", "RSOYDt4T1cUTdK1PDd93/VVr8B8"] {
        let sent = sent.with("x-twilio-signature", Some(header));
        assert_eq!(judge(&sent), Err(VerifyFault::Malformed), "{header}");
    }
    let settings = |text| judge(&sent.with("x-twilio-webhooks-signature-settings", Some(text)));
    for text in ["", "key=k", "key=k,algorithm=HMAC_SHA1", "algorithm=hmac_sha256"] {
        assert_eq!(settings(text), Err(VerifyFault::Malformed), "{text}");
    }
    // The auth token does not stand in for a shared key.
    assert_eq!(settings("key=k, algorithm=HMAC_SHA256"), Err(VerifyFault::Mismatch));
    let long = Sent { body: vec![b'a'; 1_100_000], ..sent };
    assert_eq!(judge(&long), Err(VerifyFault::Malformed));
}

/// What is answered, word for word. `UPDATE_EXPECTED=1` writes it anew.
#[test]
fn what_the_caller_hears() {
    let person = |locale: &str, say: &str| Answer::Person {
        number: "(514) 555-0142".into(),
        say: say.into(),
        locale: locale.into(),
    };
    let sorry = |locale: &str, say: &str| Answer::Sorry { say: say.into(), locale: locale.into() };
    let missed = b"CallSid=CA1&CallStatus=in-progress&Direction=inbound&DialCallStatus=no-answer";
    let incoming = sample("twilio", "voice-incoming.form");
    let recorded = sample("twilio", "record-action.form");
    let bridged = sample("twilio", "dial-action-completed-recorded.form");
    let hook = "https://app.example.com/hooks/twilio/tok_abc";
    let lang = |lang: &str| format!("{hook}?lang={lang}");
    let tenant = "https://app.example.com/api/voice/incoming?tenant=acme-hvac";
    for (name, url, body, answer) in [
        ("person-en", hook, &incoming[..], person("en", "Please hold while I connect you.")),
        (
            "person-fr-tenant",
            tenant,
            &incoming,
            person("fr", "Un instant, s’il vous plaît : l’équipe <Zoë & Cie>."),
        ),
        ("sorry-en", hook, &incoming, sorry("en", "Our office is closed.")),
        ("sorry-fr", hook, &incoming, sorry("fr", "Nos bureaux sont fermés.")),
        ("nothing", hook, &incoming, Answer::Nothing),
        ("reject", hook, &incoming, Answer::Reject),
        ("missed-fr", &lang("fr"), missed, Answer::Nothing),
        ("missed-unknown", hook, missed, Answer::Nothing),
        ("recorded-en", &lang("en"), &recorded, Answer::Nothing),
        ("bridged", hook, &bridged, Answer::Nothing),
    ] {
        let sent = Sent { url: url.to_owned(), ..Sent::bare(body) };
        let reply = sent.over(|inbound| Twilio.reply(inbound, &answer));
        assert_eq!(reply.content_type, Some("text/xml; charset=utf-8"), "{name}");
        let text = String::from_utf8(reply.body).unwrap();
        let path = fixtures().join("twilio/twiml").join(format!("{name}.xml"));
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&path, format!("{text}\n")).unwrap();
        }
        assert_eq!(text, fs::read_to_string(&path).unwrap().trim_end(), "{name}");
        assert!(text.starts_with(r#"<?xml version="1.0" encoding="UTF-8"?><Response"#), "{name}");
    }
}

#[test]
fn the_answer_to_a_call_has_the_time_that_twilio_leaves() {
    let incoming = sample("twilio", "voice-incoming.form");
    let ask = Sent::bare(&incoming).over(|inbound| Twilio.ask(inbound)).unwrap();
    assert!(matches!(&ask, Ask::Call(incoming) if incoming.to.as_deref() == Some("+15125550100")));
    assert_eq!(Twilio.budget_ms(&ask), 12_000);
    let anonymous = sample("twilio", "voice-incoming-forwarded-anonymous.form");
    let ask = Sent::bare(&anonymous).over(|inbound| Twilio.ask(inbound)).unwrap();
    assert!(matches!(ask, Ask::Call(incoming) if incoming.from.is_none()));
}
