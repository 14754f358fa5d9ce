//! One suite for every provider of calls: its vectors, its fixtures, and whatever else may arrive.
//! `UPDATE_EXPECTED=1` writes the `*.expected.json` files anew, to be reviewed against the protocol sheet.

use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};
use vestibule_model::{CallEvent, UnixMs};
use vestibule_ports::{Address, CallWebhooks, Disposition, EventKey, Inbound, VerifyFault};
use vestibule_providers::{call_webhooks, call_webhooks_named, lab, specs};
use vestibule_vault::Credentials;

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn vectors() -> Value {
    serde_json::from_slice(&fs::read(fixtures().join("vectors.json")).unwrap()).unwrap()
}

/// Name and body of every sample of a provider.
fn samples(provider: &str) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(fixtures().join(provider))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
            (!name.ends_with(".expected")).then(|| (name, fs::read(&path).unwrap()))
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{provider} has no samples");
    found
}

/// A genuine request out of the vectors: body, secret, header, time.
fn genuine(provider: &str) -> (Vec<u8>, String, String, String, i64) {
    let vectors = vectors();
    let vector =
        vectors[provider].as_array().unwrap().iter().find(|v| v["name"] == "call_ended ascii").unwrap();
    let text = |field: &str| vector[field].as_str().unwrap().to_owned();
    let now = vector["now_ms"].as_i64().unwrap();
    (text("body").into_bytes(), text("secret"), text("header_name"), text("header"), now)
}

fn verify(
    provider: &dyn CallWebhooks,
    keys: &[&str],
    header: (&str, &str),
    body: &[u8],
    now: i64,
) -> Result<(), VerifyFault> {
    let keys: Vec<Credentials> = keys.iter().map(|key| Credentials::of("api_key", key)).collect();
    let look_up = |name: &str| (name == header.0).then(|| header.1.to_owned());
    let now = UnixMs(now);
    provider.verify(&keys, &Inbound { method: "POST", url: "", header: &look_up, body, now })
}

fn bare(body: &[u8]) -> Inbound<'_> {
    Inbound::unsigned(body, UnixMs(0))
}

#[test]
fn every_vector_is_judged_as_expected() {
    let vectors = vectors();
    let names: Vec<&str> = call_webhooks().iter().map(|p| p.name()).chain(["standard-webhooks"]).collect();
    for name in names {
        let section = vectors[name.replace('-', "_")].as_array().unwrap();
        let found = lab::verify_vectors(name, &vectors).unwrap();
        assert_eq!(found, lab::verify_vectors(name, &json!(section)).unwrap());
        assert_eq!(found.len(), section.len());
        for (vector, found) in section.iter().zip(&found) {
            assert_eq!(found["valid"], vector["expect"], "{name}: {found}");
            assert_eq!(found["valid"] == true, found["reason"].is_null(), "{found}");
        }
    }
    assert!(lab::verify_vectors("nobody", &vectors).is_err());
    assert!(lab::verify_vectors("retell", &json!([{"name": "no secret"}])).is_err());
}

#[test]
fn only_the_right_key_over_the_right_bytes_in_time() {
    for provider in call_webhooks() {
        let (body, secret, name, value, now) = genuine(provider.name());
        let header = (name.as_str(), value.as_str());
        let provider = &*provider;
        assert_eq!(verify(provider, &[&secret], header, &body, now), Ok(()));
        assert_eq!(verify(provider, &["other", &secret], header, &body, now), Ok(()), "a key in rotation");
        assert_eq!(verify(provider, &["other"], header, &body, now), Err(VerifyFault::Mismatch));
        assert_eq!(verify(provider, &[], header, &body, now), Err(VerifyFault::Mismatch));
        assert_eq!(verify(provider, &[&secret], ("other", &value), &body, now), Err(VerifyFault::Missing));
        for at in (0..body.len()).step_by(97) {
            let mut altered = body.clone();
            altered[at] ^= 1;
            assert_eq!(
                verify(provider, &[&secret], header, &altered, now),
                Err(VerifyFault::Mismatch),
                "{at}"
            );
        }
        let hour = 3_600_000;
        let stale = verify(provider, &[&secret], header, &body, now + hour);
        assert!(matches!(stale, Err(VerifyFault::Stale { age_ms }) if age_ms >= hour), "{stale:?}");
        let early = verify(provider, &[&secret], header, &body, now - hour);
        assert!(matches!(early, Err(VerifyFault::Stale { age_ms }) if age_ms < 0), "{early:?}");
        // A stale time says nothing when the digest is wrong as well.
        assert_eq!(verify(provider, &["other"], header, &body, now + hour), Err(VerifyFault::Mismatch));
    }
}

#[test]
fn an_empty_key_verifies_nothing() {
    let digest = vestibule_vault::hmac_hex(b"", &[b"{}", b"1000"]);
    let header = format!("v=1000,d={digest}");
    let retell = call_webhooks_named("retell").unwrap();
    let found = verify(&*retell, &[""], ("x-retell-signature", &header), b"{}", 1000);
    assert_eq!(found, Err(VerifyFault::Mismatch));
}

#[test]
fn every_sample_says_what_is_expected() {
    for provider in call_webhooks() {
        for (name, body) in samples(provider.name()) {
            let facts = provider.normalize(&body).unwrap();
            let path = fixtures().join(provider.name()).join(format!("{name}.expected.json"));
            if std::env::var_os("UPDATE_EXPECTED").is_some() {
                fs::write(&path, serde_json::to_string_pretty(&facts).unwrap() + "\n").unwrap();
            }
            let want: Vec<CallEvent> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            assert_eq!(facts, want, "{name}");
            let text = serde_json::to_string(&facts).unwrap();
            assert!(!text.contains("access_token") && !text.contains("test-token"), "{name}");
            let address = provider.address(&bare(&body));
            let identity = provider.identify(&address);
            assert_eq!(identity.disposition, Disposition::Fold, "{name}");
            let call = &facts[0].external_call_id;
            assert_eq!(
                identity.key,
                EventKey::Once(format!("{}:{}:{call}", provider.name(), identity.event_name))
            );
            assert_eq!(address.external_call_id.as_ref(), Some(call), "{name}");
            assert_eq!(facts[0].doc.agent_ref.as_ref(), Some(&address.resources[0].id), "{name}");
            assert_eq!(Some(facts[0].occurred_at), address.occurred_at, "{name}");
            assert_eq!(facts[0].provider, provider.name());
            assert!(lab::normalize_sample(provider.name(), &body).unwrap()["facts"].is_array());
        }
    }
}

#[test]
fn the_same_event_has_the_same_key_and_another_has_another() {
    let retell = call_webhooks_named("retell").unwrap();
    let key = |name: &str| {
        let body = fs::read(fixtures().join("retell").join(format!("{name}.json"))).unwrap();
        retell.identify(&retell.address(&bare(&body))).key
    };
    assert_eq!(key("call_ended"), key("call_ended"));
    assert_ne!(key("call_ended"), key("call_analyzed"));
    assert_ne!(key("call_ended"), key("call_ended_web"));
}

#[test]
fn what_cannot_be_folded_says_why() {
    let retell = call_webhooks_named("retell").unwrap();
    let identify = |body: &str| {
        let identity = retell.identify(&retell.address(&bare(body.as_bytes())));
        assert_eq!(identity.key, EventKey::Each, "{body}");
        (identity.event_name, identity.disposition)
    };
    let unprocessable = |name: &str, reason| (name.to_owned(), Disposition::Unprocessable(reason));
    assert_eq!(identify("not json"), unprocessable("unknown", "not_json"));
    assert_eq!(identify("[]"), unprocessable("unknown", "not_json"));
    assert_eq!(identify("{}"), unprocessable("unknown", "no_event"));
    assert_eq!(identify(r#"{"event":"call_ended","call":{}}"#), unprocessable("call_ended", "no_call_id"));
    for event in ["transcript_updated", "transfer_started", "chat_ended", "call_inbound", "invented_in_2027"]
    {
        let body = format!(r#"{{"event":"{event}","call":{{"call_id":"c"}}}}"#);
        assert_eq!(identify(&body), (event.to_owned(), Disposition::Ignore("unsupported_event")));
        assert_eq!(retell.normalize(body.as_bytes()), Ok(vec![]));
    }
    let fault = |body: &str| retell.normalize(body.as_bytes()).unwrap_err().code;
    assert_eq!(fault("nothing"), "not_json");
    assert_eq!(fault("[]"), "not_json");
    assert_eq!(fault("{}"), "no_event");
    assert_eq!(fault(r#"{"event":"call_ended"}"#), "no_call");
    assert_eq!(fault(r#"{"event":"call_ended","call":{"call_id":""}}"#), "no_call_id");
}

#[test]
fn odd_types_and_cut_emoji_do_not_cost_the_event() {
    let retell = call_webhooks_named("retell").unwrap();
    let body = br#"{"event":"call_ended","event_timestamp":"1795219200000","agent_id":"agent_top","call":{
        "call_id":42,"call_status":7,"start_timestamp":1795219200000.0,"end_timestamp":"1795219201500",
        "duration_ms":null,"disconnection_reason":"dial_busy","call_cost":{"combined_cost":"7.3666667"},
        "from_number":"anonymous","to_number":"(514) 555-0142","latency":[],"call_analysis":"none",
        "transcript":"Agent: cut \ud83d","recording_url":"javascript:alert(1)","agent_version":"3",
        "call_id":"c-1"}}"#;
    let [event] = &retell.normalize(body).unwrap()[..] else { panic!("one fact") };
    let doc = serde_json::to_value(&event.doc).unwrap();
    assert_eq!(event.external_call_id, "c-1");
    assert_eq!(retell.address(&bare(body)).external_call_id.as_deref(), Some("c-1"));
    let want = json!({
        "status": "BUSY", "ending": "busy", "channel": "phone", "from": "anonymous", "to": "+15145550142",
        "agent_ref": "agent_top", "agent_version": 3, "started_at": 1_795_219_200_000_i64,
        "ended_at": 1_795_219_201_500_i64, "duration_ms": 1500, "disconnection_reason": "dial_busy",
        "cost_micros": 73_667, "transcript": [{"role": "agent", "text": "cut \u{fffd}"}],
    });
    assert_eq!(doc, want);
}

#[test]
fn faults_and_specs_show_no_secret() {
    let (body, secret, name, value, now) = genuine("retell");
    let retell = call_webhooks_named("retell").unwrap();
    let fault = verify(&*retell, &[&secret], (&name, &value), &body, now + 3_600_000).unwrap_err();
    assert!(!format!("{fault:?} {:?}", SecretString::from(secret.as_str())).contains(&secret));
    for spec in specs() {
        assert!(
            !spec.checklist.is_empty() && spec.fields.iter().all(|f| !f.label.fr.is_empty()),
            "{}",
            spec.name
        );
    }
    assert!(call_webhooks().iter().all(|provider| specs().iter().any(|spec| spec.name == provider.name())));
}

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "(agent|user|call_ended|ongoing|ended|tool_call_result|\\+1514555\\d{4}|\\d{13})"
            .prop_map(Value::from),
    ];
    // Real field names, so that the odd values land where they are read.
    let key = prop_oneof![
        "(event|call|event_timestamp|call_id|agent_id|call_status|transcript|transcript_object|words|role)",
        "(transcript_with_tool_calls|content|start|end|latency|e2e|p50|call_cost|combined_cost|call_analysis)",
        "(custom_analysis_data|telephony_identifier|twilio_call_sid|start_timestamp|duration_ms|arguments)",
        "\\PC{0,6}",
    ];
    scalar.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn read(body: &[u8]) -> Vec<Address> {
    call_webhooks()
        .iter()
        .map(|provider| {
            let address = provider.address(&bare(body));
            let identity = provider.identify(&address);
            if let Ok(facts) = provider.normalize(body) {
                assert_eq!(facts.is_empty(), identity.disposition != Disposition::Fold, "{identity:?}");
            }
            address
        })
        .collect()
}

proptest! {
    #[test]
    fn no_object_fails_to_have_an_address(value in arbitrary_json()) {
        for address in read(value.to_string().as_bytes()) {
            prop_assert_eq!(address.is_readable, value.is_object());
        }
    }

    #[test]
    fn arbitrary_fields_of_a_call_always_normalize(fields in arbitrary_json()) {
        let mut call = fields;
        if !call.is_object() {
            call = json!({"transcript": call});
        }
        call["call_id"] = json!("c-1");
        let body = json!({"event": "call_analyzed", "call": call}).to_string();
        for provider in call_webhooks() {
            prop_assert_eq!(provider.normalize(body.as_bytes()).unwrap().len(), 1);
        }
    }

    #[test]
    fn mutated_samples_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..40), 1..8),
    ) {
        let samples: Vec<_> = call_webhooks().iter().flat_map(|p| samples(p.name())).collect();
        let mut body = which.get(&samples).1.clone();
        for (at, byte, cut) in changes {
            if body.is_empty() {
                break;
            }
            let at = at.index(body.len());
            let end = (at + cut).min(body.len());
            body.splice(at..end, [byte]);
        }
        read(&body);
    }
}
