//! The galleries: each sample of each provider, filled in and signed, opens its own lock and no other, and says what
//! its title promises.

use crate::double;
use serde_json::Value;
use std::sync::Arc;
use vestibule_model::UnixMs;
use vestibule_ports::{
    CallWebhooks, Courier, Disposition, Filling, Gallery, Inbound, Outgoing, ReceiptKind, VerifyFault,
};
use vestibule_providers::n8n::{N8nCourier, SsrfGuard};
use vestibule_providers::{call_webhooks, lab};
use vestibule_vault::Credentials;

const NOW: UnixMs = UnixMs(1_795_219_200_000);
const URL: &str = "https://vestibule.test/hooks/x/token?a=1";
const SECRET: &str = "c2VjcmV0IG9mIHRoZSBsYWI=";

fn filling() -> Filling {
    lab::filling("0123456789abcdef".repeat(2), Some("agent \"one\""), Some("+15145550100"), NOW)
}

fn over<T>(sent: &Outgoing, what: impl FnOnce(&Inbound<'_>) -> T) -> T {
    let header = |name: &str| sent.header(name);
    what(&Inbound { method: "POST", url: &sent.url, header: &header, body: &sent.body, now: NOW })
}

/// Every way in which a provider may be told to sign.
fn ways(name: &str, field: &str) -> Vec<Credentials> {
    let plain = Credentials::of(field, SECRET);
    if name != "vapi" {
        return vec![plain];
    }
    let hmac = plain.clone().with("auth_mode", "hmac");
    let mut ways = vec![
        plain.clone(),
        plain.clone().with("auth_mode", "auto"),
        plain.clone().with("auth_mode", "secret"),
        plain.clone().with("auth_mode", "bearer"),
        plain.with("auth_mode", "bearer").with("bearer_header", "X-Own"),
        hmac.clone().with("include_timestamp", "false"),
        hmac.clone().with("payload_format", "{svix-id}.{timestamp}.{method}.{url}.{body}"),
        hmac.clone().with("signature_header", "X-Sig").with("timestamp_header", "X-When"),
        hmac.clone().with("signature_encoding", "base64").with("signature_prefix", "v1,"),
        hmac.clone().with("secret_is_base64", "true"),
    ];
    ways.extend(["sha1", "sha256", "sha512"].map(|hash| hmac.clone().with("algorithm", hash)));
    ways
}

fn each(mut look: impl FnMut(&dyn CallWebhooks, &dyn Gallery, &vestibule_ports::Sample)) {
    let providers = call_webhooks();
    assert!(providers.len() >= 4);
    for provider in &providers {
        let gallery = provider.gallery().unwrap_or_else(|| panic!("{} has no gallery", provider.name()));
        assert!(gallery.samples().len() >= 4, "{}", provider.name());
        for sample in gallery.samples() {
            look(&**provider, gallery, sample);
        }
    }
}

#[test]
fn every_sample_opens_its_own_lock_and_no_other() {
    each(|provider, gallery, sample| {
        let body = gallery.fill(sample, &filling());
        for keys in ways(provider.name(), gallery.signing_field()) {
            let name = format!("{}/{} {keys:?}", provider.name(), sample.name);
            let sent = gallery.sign(&keys, URL, body.clone(), NOW).unwrap();
            assert_eq!(sent.body, body, "{name}");
            let verify = |keys: &[Credentials]| over(&sent, |inbound| provider.verify(keys, inbound));
            assert!(over(&sent, |inbound| provider.is_signed(inbound)), "{name}");
            assert_eq!(verify(std::slice::from_ref(&keys)), Ok(()), "{name}");
            let other = keys.clone().with(gallery.signing_field(), "b3RoZXI=");
            assert_eq!(verify(&[other]), Err(VerifyFault::Mismatch), "{name}");
            assert!(!format!("{sent:?}").contains(SECRET), "{sent:?}");
            let shown: Vec<&str> = sent.headers.iter().map(|header| header.shown()).collect();
            assert!(shown.iter().all(|value| !value.contains(SECRET)), "{shown:?}");
        }
        let missing = gallery.sign(&Credentials::default(), URL, body, NOW).unwrap_err();
        assert_eq!(missing.0, gallery.signing_field());
        let field = provider.spec().fields.iter().find(|field| field.key == missing.0);
        assert!(field.is_some_and(|field| field.secret), "{}: {missing:?}", provider.name());
    });
}

#[test]
fn every_sample_tells_of_the_one_call_or_asks() {
    each(|provider, gallery, sample| {
        let name = format!("{}/{}", provider.name(), sample.name);
        assert!(sample.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        assert!(
            !sample.title.en.is_empty() && !sample.title.fr.is_empty() && sample.title.en != sample.title.fr
        );
        let body = gallery.fill(sample, &filling());
        let said = String::from_utf8(body.clone()).unwrap();
        assert!(!said.contains("{{") && !said.contains("%7B%7B"), "{name}: {said}");
        let keys = Credentials::of(gallery.signing_field(), SECRET);
        let sent = gallery.sign(&keys, URL, body.clone(), NOW).unwrap();
        let (address, ask) = over(&sent, |inbound| (provider.address(inbound), provider.ask(inbound)));
        assert!(address.is_readable, "{name}");
        assert_eq!(ask.is_some(), sample.is_question, "{name}");
        // What only asks need not be an event.
        let facts = provider.normalize(&body);
        let facts = if sample.is_question { facts.unwrap_or_default() } else { facts.unwrap() };
        let identity = provider.identify(&address);
        // A text of a sample leaves nothing, however real it looks.
        assert!(provider.texts(&body).unwrap().is_empty(), "{name}");
        let is_text = sample.name.starts_with("message");
        assert_eq!(facts.is_empty(), is_text || identity.disposition != Disposition::Fold, "{name}");
        // What is neither a question nor a text message tells of the call, and of nobody real.
        assert!(!facts.is_empty() || sample.is_question || is_text, "{name}");
        for fact in &facts {
            assert!(fact.external_call_id.contains("0123456789abcdef0123456789abcdef"), "{name}");
            assert!(fact.doc.test, "{name}: not seen to be a test");
            let people = [&fact.doc.from, &fact.doc.to];
            let numbers: Vec<&str> = people.into_iter().flatten().map(|number| number.as_ref()).collect();
            let known = ["+15005550006", "+15145550100"];
            assert!(numbers.iter().all(|number| known.contains(number)), "{name}: {numbers:?}");
            assert!(
                (NOW.0 - 60_000..=NOW.0).contains(&fact.occurred_at.0) || fact.occurred_at.0 == 0,
                "{name}"
            );
        }
    });
}

#[test]
fn a_story_ends_with_what_was_said_and_what_it_cost() {
    let last = |provider: &str, sample: &str| {
        let provider = vestibule_providers::call_webhooks_named(provider).unwrap();
        let gallery = provider.gallery().unwrap();
        let body = gallery.fill(gallery.named(sample).unwrap(), &filling());
        serde_json::to_value(provider.normalize(&body).unwrap()).unwrap()[0]["doc"].clone()
    };
    for (provider, sample) in
        [("retell", "call_analyzed"), ("vapi", "end_of_call_report"), ("n8n-retell", "call_analyzed")]
    {
        let doc = last(provider, sample);
        assert_eq!(doc["transcript"].as_array().map(Vec::len), Some(3), "{provider}: {doc}");
        assert_eq!(
            (&doc["cost_micros"], &doc["duration_ms"]),
            (&Value::from(65_000), &Value::from(40_000)),
            "{provider}: {doc}"
        );
        assert!(doc["summary"].as_str().is_some_and(|said| said.contains("test")), "{doc}");
        assert!(doc.to_string().contains("Test Caller"), "{doc}");
    }
    assert_eq!(last("twilio", "call_completed")["duration_ms"], 42_000);
    for provider in ["retell", "vapi", "twilio"] {
        assert_eq!(last(provider, "missed_call")["status"], "NO_ANSWER", "{provider}");
    }
}

#[test]
fn a_twilio_body_that_is_json_is_signed_through_its_hash() {
    let twilio = vestibule_providers::call_webhooks_named("twilio").unwrap();
    let keys = Credentials::of("auth_token", SECRET);
    for url in [URL, "https://vestibule.test/hooks"] {
        let sent = twilio.gallery().unwrap().sign(&keys, url, br#"{"a":1}"#.to_vec(), NOW).unwrap();
        assert!(sent.url.contains("bodySHA256="), "{sent:?}");
        assert_eq!(over(&sent, |inbound| twilio.verify(std::slice::from_ref(&keys), inbound)), Ok(()));
    }
}

#[test]
fn the_command_says_what_it_cannot_send() {
    assert!(lab::samples("nobody").unwrap_err().contains("retell, vapi"));
    assert_eq!(lab::samples("twilio").unwrap()[0]["name"], "voice_incoming");
    let settings = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let asked = |provider, sample, secret, settings: &[(String, String)]| {
        lab::request(&lab::Asked { provider, sample, url: URL, secret, settings, filling: filling() })
    };
    assert!(asked("retell", "no_such", "k", &[]).unwrap_err().contains("call_analyzed"));
    assert!(asked("retell", "call_ended", " ", &[]).unwrap_err().contains("api_key"));
    assert!(asked("vapi", "ended", "k", &settings("auth_mode", "magic")).unwrap_err().contains("bearer"));
    assert!(asked("vapi", "ended", "k", &settings("private_key", "x")).unwrap_err().contains("no setting"));
    let sent = asked("vapi", "ended", "k", &settings("auth_mode", "bearer")).unwrap();
    assert_eq!(sent.header("authorization").as_deref(), Some("Bearer k"));
}

#[tokio::test]
async fn what_is_carried_arrives_as_it_was_signed_and_shows_no_secret() {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let receiver = double::Double::open(|asked| match asked.line.as_str() {
        "POST /moved" => double::Told { status: 302, ..double::Told::default() }.with("location", "/hooks"),
        _ => double::Told::json(
            202,
            format!("heard: {} {}", asked.header("x-vapi-secret").unwrap_or("-"), asked.body.len()),
        ),
    })
    .await;
    let vapi = vestibule_providers::call_webhooks_named("vapi").unwrap();
    let gallery = vapi.gallery().unwrap();
    let keys = Credentials::of("webhook_secret", "a plain secret").with("auth_mode", "secret");
    let body = gallery.fill(gallery.named("ended").unwrap(), &filling());
    let sent =
        |path: &str| gallery.sign(&keys, &format!("{}{path}", receiver.base), body.clone(), NOW).unwrap();
    let open = N8nCourier::new(SsrfGuard::new(vec!["127.0.0.0/8".parse().unwrap()])).unwrap();
    let receipt = open.carry(sent("/hooks?x=1"), 5_000).await;
    assert_eq!((receipt.kind, receipt.http_status, receipt.error), (ReceiptKind::Delivered, Some(202), None));
    assert_eq!(receipt.excerpt, Some(format!("heard: [redacted] {}", body.len())));
    let asked = receiver.asked().remove(0);
    assert_eq!(
        (asked.line.as_str(), asked.header("x-vapi-secret")),
        ("POST /hooks?x=1", Some("a plain secret"))
    );
    assert_eq!(asked.body.as_bytes(), body);
    // No redirect is followed, and nothing goes where deliveries may not.
    assert_eq!(open.carry(sent("/moved"), 5_000).await.error, Some("redirect"));
    let shut = Arc::new(N8nCourier::new(SsrfGuard::default()).unwrap());
    assert_eq!(shut.carry(sent("/hooks"), 5_000).await.error, Some("blocked_address"));
    assert_eq!(receiver.asked().len(), 2);
    let mut bad = sent("/hooks");
    bad.headers[0].value = "two\nlines".into();
    assert_eq!(open.carry(bad, 5_000).await.error, Some("bad_header"));
}
