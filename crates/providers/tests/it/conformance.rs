//! One suite for every provider of calls: its vectors, its fixtures, and whatever else may arrive. What it has to
//! know of each is in `cases`. `UPDATE_EXPECTED=1` writes the `*.expected.json` files anew, to be reviewed against
//! the protocol sheet.

use crate::cases::{self, Case, Sent, fixtures, vectors};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::HashMap, fs, sync::LazyLock};
use vestibule_model::{CallEvent, TextEvent};
use vestibule_ports::{Address, CallWebhooks, Disposition, EventKey, Identity, VerifyFault};
use vestibule_providers::{call_webhooks, lab, specs};
use vestibule_vault::Credentials;

static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases::all);

fn read_by(provider: &dyn CallWebhooks, body: &[u8]) -> (Address, Identity) {
    let address = Sent::bare(body).over(|inbound| provider.address(inbound));
    let identity = provider.identify(&address);
    (address, identity)
}

#[test]
fn every_provider_has_a_case_and_a_spec() {
    let names: Vec<&str> = CASES.iter().map(|case| case.provider).collect();
    // A forwarder's events are another provider's.
    for provider in call_webhooks().iter().filter(|provider| provider.via().is_none()) {
        assert!(names.contains(&provider.name()), "{} has no case", provider.name());
        assert_eq!(provider.spec().name, provider.name());
        assert!(specs().iter().any(|spec| spec == provider.spec()));
    }
    assert_eq!(names.len(), call_webhooks().iter().filter(|provider| provider.via().is_none()).count());
    for spec in specs() {
        assert!(
            !spec.checklist.is_empty() && spec.fields.iter().all(|f| !f.label.fr.is_empty()),
            "{}",
            spec.name
        );
    }
}

#[test]
fn every_vector_is_judged_as_expected() {
    let standard = (String::from("standard-webhooks"), vectors("standard_webhooks"));
    let of_cases = CASES.iter().map(|case| (case.provider.to_owned(), case.vectors.clone()));
    for (name, vectors) in of_cases.chain([standard]) {
        let found = lab::verify_vectors(&name, &Value::from(vectors.clone())).unwrap();
        assert!(!found.is_empty() && found.len() == vectors.len(), "{name}");
        for (vector, found) in vectors.iter().zip(&found) {
            assert_eq!(found["valid"], vector["expect"], "{name}: {found}");
            assert_eq!(found["valid"] == true, found["reason"].is_null(), "{found}");
        }
        // A file of sections is read as well as a list.
        let file: Value =
            serde_json::from_slice(&fs::read(fixtures().join("vectors.json")).unwrap()).unwrap();
        assert!(!lab::verify_vectors(&name, &file).unwrap().is_empty());
        assert!(lab::verify_vectors(&name, &json!([{"name": "no secret"}])).is_err());
    }
    assert!(lab::verify_vectors("nobody", &json!([])).is_err());
}

#[test]
fn only_the_right_key_over_the_right_bytes_in_time() {
    for case in &*CASES {
        let (by, signed) = (&*case.by(), &case.genuine);
        let (sent, keys, others) = (&signed.request, signed.keys.clone(), signed.others.clone());
        let named = case.provider;
        assert!(sent.over(|inbound| by.is_signed(inbound)), "{named}");
        assert_eq!(sent.verify(by, std::slice::from_ref(&keys)), Ok(()), "{named}");
        assert_eq!(sent.verify(by, &[others.clone(), keys.clone()]), Ok(()), "{named}: a key in rotation");
        assert_eq!(sent.verify(by, std::slice::from_ref(&others)), Err(VerifyFault::Mismatch), "{named}");
        assert_eq!(sent.verify(by, &[]), Err(VerifyFault::Mismatch), "{named}: no key");
        assert_eq!(
            sent.verify(by, &[Credentials::default()]),
            Err(VerifyFault::Mismatch),
            "{named}: an empty set"
        );
        let bare = sent.with(signed.signature, None);
        assert_eq!(bare.verify(by, std::slice::from_ref(&keys)), Err(VerifyFault::Missing), "{named}");
        for at in (0..sent.body.len()).step_by(97) {
            let mut altered = sent.clone();
            altered.body[at] ^= 1;
            let found = altered.verify(by, std::slice::from_ref(&keys));
            assert_eq!(found, Err(VerifyFault::Mismatch), "{named} {at}");
        }
        let Some(long) = case.too_long else { continue };
        let late = Sent { now: sent.now + long, ..sent.clone() };
        let stale = late.verify(by, std::slice::from_ref(&keys));
        assert!(matches!(stale, Err(VerifyFault::Stale { age_ms }) if age_ms >= long), "{named} {stale:?}");
        let early = Sent { now: sent.now - long, ..sent.clone() }.verify(by, std::slice::from_ref(&keys));
        assert!(matches!(early, Err(VerifyFault::Stale { age_ms }) if age_ms < 0), "{named} {early:?}");
        // A stale time says nothing when the digest is wrong as well.
        assert_eq!(late.verify(by, &[others]), Err(VerifyFault::Mismatch), "{named}");
    }
}

#[test]
fn faults_show_no_secret() {
    for case in &*CASES {
        let signed = &case.genuine;
        let secrets: Vec<String> =
            signed.keys.names().filter_map(|name| signed.keys.field(name)).map(str::to_owned).collect();
        let fault = signed.request.verify(&*case.by(), std::slice::from_ref(&signed.others)).unwrap_err();
        let shown = format!("{fault:?} {} {:?}", fault.code(), signed.keys);
        assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
    }
}

#[test]
fn every_sample_says_what_is_expected() {
    for case in &*CASES {
        for (name, body) in case.samples() {
            let (by, name) = (case.by(), format!("{}/{name}", case.provider));
            let facts = by.normalize(&body).unwrap();
            let path = fixtures().join(format!("{name}.expected.json"));
            if std::env::var_os("UPDATE_EXPECTED").is_some() {
                fs::write(&path, serde_json::to_string_pretty(&facts).unwrap() + "\n").unwrap();
            }
            let want: Vec<CallEvent> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            assert_eq!(facts, want, "{name}");
            let texts = by.texts(&body).unwrap();
            let path = fixtures().join(format!("{name}.texts.json"));
            if std::env::var_os("UPDATE_EXPECTED").is_some() && !texts.is_empty() {
                fs::write(&path, serde_json::to_string_pretty(&texts).unwrap() + "\n").unwrap();
            }
            // What tells of no text has no such file.
            let want = fs::read(&path).map(|file| serde_json::from_slice(&file).unwrap());
            assert_eq!(texts, want.unwrap_or_else(|_| Vec::<TextEvent>::new()), "{name}");
            assert!(texts.is_empty() || facts.is_empty(), "{name}");

            let (address, identity) = read_by(&*by, &body);
            assert!(address.is_readable, "{name}");
            let is_used = !facts.is_empty() || !texts.is_empty();
            assert_eq!(is_used, identity.disposition == Disposition::Fold, "{name} {identity:?}");
            assert!(texts.iter().all(|text| text.provider == case.provider), "{name}");
            for fact in &facts {
                assert_eq!(fact.provider, case.provider, "{name}");
                assert_eq!(Some(&fact.external_call_id), address.external_call_id.as_ref(), "{name}");
                // An event that tells of no instant happened when it came: that is not for a provider to say.
                assert_eq!(fact.occurred_at, address.occurred_at.unwrap_or_default(), "{name}");
                let named = |agent: &String| address.resources.iter().any(|r| &r.id == agent);
                assert!(fact.doc.agent_ref.as_ref().is_none_or(named), "{name}");
            }
            if let EventKey::Once(key) = &identity.key {
                let start = format!("{}:{}", case.provider, identity.event_name);
                assert!(key.starts_with(&start), "{name} {key}");
                // Text messages have no call.
                let call = address.external_call_id;
                assert!(call.is_none_or(|call| key.contains(&call)), "{name} {key}");
            }

            // What is kept says the same, and holds no secret.
            let kept = by.kept(&body).into_owned();
            assert_eq!(by.normalize(&kept).unwrap(), facts, "{name}");
            assert_eq!(by.texts(&kept).unwrap(), texts, "{name}");
            assert_eq!(by.kept(&kept), kept, "{name}");
            let (told, kept) = (serde_json::to_string(&facts).unwrap(), String::from_utf8_lossy(&kept));
            assert!(case.never_told.iter().all(|secret| !told.contains(secret)), "{name}");
            let safe = |secret: &&str| !told.contains(secret) && !kept.contains(secret);
            assert!(case.never_kept.iter().all(safe), "{name}");
            assert!(lab::normalize_sample(case.provider, &body).unwrap()["facts"].is_array());
        }
    }
}

#[test]
fn the_same_event_has_the_same_key_and_another_has_another() {
    for case in &*CASES {
        let mut seen: HashMap<String, String> = HashMap::new();
        for (name, body) in case.samples() {
            let by = case.by();
            let key = read_by(&*by, &body).1.key;
            assert_eq!(read_by(&*by, &body).1.key, key, "{name}");
            let (EventKey::Once(key) | EventKey::Latest(key, _)) = key else { continue };
            let Some(other) = seen.insert(key, name.clone()) else { continue };
            let is_said = case.same_event.iter().any(|g| g.contains(&&*name) && g.contains(&&*other));
            assert!(is_said, "{name} has the key of {other}");
        }
    }
}

#[test]
fn what_cannot_be_folded_says_why() {
    for case in &*CASES {
        let by = case.by();
        for (body, code) in case.unreadable {
            let identity = read_by(&*by, body.as_bytes()).1;
            assert_eq!(identity.disposition, Disposition::Unprocessable(code), "{body}");
            assert_eq!(identity.key, EventKey::Each, "{body}");
            assert_eq!(by.normalize(body.as_bytes()).unwrap_err().code, *code, "{body}");
        }
        let body = (case.event)("invented_in_2027");
        let identity = read_by(&*by, &body).1;
        assert_eq!(identity.event_name, "invented_in_2027");
        assert_eq!(identity.disposition, Disposition::Ignore("unsupported_event"), "{}", case.provider);
        assert_eq!(identity.key, EventKey::Each);
        assert_eq!(by.normalize(&body), Ok(vec![]));
    }
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
    let words: Vec<String> = CASES.iter().flat_map(|case| case.words).map(|w| (*w).to_owned()).collect();
    let key = prop_oneof![3 => prop::sample::select(words), 1 => "\\PC{0,6}"];
    scalar.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Everything that can be done with a body: nothing panics, and what is kept says what came.
fn read(body: &[u8]) -> Vec<Address> {
    CASES
        .iter()
        .map(|case| {
            let by = case.by();
            let (address, identity) = read_by(&*by, body);
            let facts = by.normalize(body);
            let texts = by.texts(body);
            if let (Ok(facts), Ok(texts)) = (&facts, &texts) {
                let is_used = !facts.is_empty() || !texts.is_empty();
                assert_eq!(is_used, identity.disposition == Disposition::Fold, "{identity:?}");
            }
            assert_eq!(by.texts(&by.kept(body)), texts, "what is kept says something else");
            assert_eq!(by.normalize(&by.kept(body)), facts, "what is kept says something else");
            Sent::bare(body).over(|inbound| by.ask(inbound));
            address
        })
        .collect()
}

proptest! {
    #[test]
    fn no_object_fails_to_have_an_address(value in arbitrary_json()) {
        let body = value.to_string();
        for (case, address) in CASES.iter().zip(read(body.as_bytes())) {
            if case.ending == "json" {
                prop_assert_eq!(address.is_readable, value.is_object());
            }
        }
    }

    #[test]
    fn arbitrary_fields_of_a_call_always_normalize(fields in arbitrary_json()) {
        for case in &*CASES {
            let Some(folded) = case.folded else { continue };
            let body = folded(fields.clone()).to_string();
            prop_assert_eq!(case.by().normalize(body.as_bytes()).unwrap().len(), 1);
            read(body.as_bytes());
        }
    }

    #[test]
    fn mutated_samples_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..40), 1..8),
    ) {
        static SAMPLES: LazyLock<Vec<(String, Vec<u8>)>> =
            LazyLock::new(|| CASES.iter().flat_map(Case::samples).collect());
        let mut body = which.get(&SAMPLES).1.clone();
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
