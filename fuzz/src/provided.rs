//! Providers' events: an input is a body, then a signature, an address and a content type, each after a NUL.

use crate::{joined, parts};
use std::sync::LazyLock;
use vestibule_model::{CallEvent, UnixMs};
use vestibule_ports::{
    Answer, CallWebhooks, Disposition, Filling, Inbound, Outgoing, OutgoingHeader, ResourceKind,
};
use vestibule_providers::call_webhooks_named;
use vestibule_vault::{Credentials, standard_webhooks};

const NOW: UnixMs = UnixMs(1_795_219_200_000);
const KEY: &str = "key_of_the_fuzzer_0123456789";
const URL: &str = "https://fuzz.test/hooks/x/y";

/// Every way in which a provider may have been told to sign.
fn keys() -> Vec<Credentials> {
    let all = ["api_key", "webhook_key", "webhook_secret", "auth_token", "forward_secret"];
    let full = all.iter().fold(Credentials::default(), |set, name| set.with(name, KEY));
    let modes = ["bearer", "hmac", "oauth2", "x-vapi-secret", "header"];
    modes.iter().map(|mode| full.clone().with("auth_mode", mode)).chain([full.clone()]).collect()
}

static KEYS: LazyLock<Vec<Credentials>> = LazyLock::new(keys);

/// One event, through all that the doors and the inbox do with it.
pub fn event(provider: &str, data: &[u8]) {
    let [body, signature, url, kind] = parts::<4>(data);
    let Some(by) = call_webhooks_named(provider) else { panic!("there is no provider {provider}") };
    let (signature, kind) = (String::from_utf8_lossy(signature), String::from_utf8_lossy(kind));
    let url = format!("https://fuzz.test/{}", String::from_utf8_lossy(url));
    let header = |name: &str| match name {
        "content-type" if kind.is_empty() => Some("application/json".to_owned()),
        "content-type" => Some(kind.to_string()),
        _ if signature.is_empty() => None,
        _ => Some(signature.to_string()),
    };
    let request = Inbound { method: "POST", url: &url, header: &header, body, now: NOW };
    verify(&*by, &request);
    let address = by.address(&request);
    assert_eq!(address, by.address(&request), "the same request has another address");
    for resource in &address.resources {
        assert!(!resource.id.is_empty(), "a resource without a name");
        assert!(matches!(resource.kind, ResourceKind::Agent | ResourceKind::Number));
    }
    let identity = by.identify(&address);
    assert!(!identity.event_name.is_empty(), "an event without a name");
    let told = by.told(&request);
    let kept = by.kept(&told);
    let facts = by.normalize(&kept);
    assert_eq!(facts, by.normalize(&kept), "the same event says something else");
    if let Ok(facts) = &facts {
        facts.iter().for_each(whole);
    } else {
        assert!(!matches!(&facts, Err(fault) if fault.code.is_empty()));
    }
    if let Disposition::Ignore(reason) | Disposition::Unprocessable(reason) = identity.disposition {
        assert!(!reason.is_empty());
    }
    let _ = by.texts(&kept);
    if let Some(ask) = by.ask(&request) {
        assert!(by.budget_ms(&ask) > 0);
    }
    let _ = by.reply(&request, &Answer::Nothing);
}

/// What the database keeps of a fact must come back as it was.
fn whole(event: &CallEvent) {
    let text = serde_json::to_string(event).unwrap_or_else(|error| panic!("cannot be written: {error}"));
    assert!(!text.contains("\\u0000"), "PostgreSQL refuses NUL in text: {text}");
    match serde_json::from_str::<CallEvent>(&text) {
        Ok(back) => assert_eq!(&back, event),
        Err(error) => panic!("cannot be read back: {error}: {text}"),
    }
}

/// Whoever is genuine to a stranger's keys is genuine to everybody.
fn verify(by: &dyn CallWebhooks, request: &Inbound<'_>) {
    let _ = by.is_signed(request);
    for keys in &*KEYS {
        let found = by.verify(std::slice::from_ref(keys), request);
        assert_eq!(found, by.verify(std::slice::from_ref(keys), request));
    }
    assert!(by.verify(&[], request).is_err(), "genuine without any key");
    assert!(by.verify(&[Credentials::default()], request).is_err(), "genuine with an empty key");
}

/// The samples of a gallery, signed.
pub fn signed(provider: &str) -> Vec<Vec<u8>> {
    outgoing(provider)
        .iter()
        .map(|request| joined(&[&request.body, signature_in(request).as_bytes()]))
        .collect()
}

fn outgoing(provider: &str) -> Vec<Outgoing> {
    let Some(by) = call_webhooks_named(provider) else { return Vec::new() };
    let Some(gallery) = by.gallery() else { return Vec::new() };
    let keys = Credentials::of(gallery.signing_field(), KEY);
    let filling =
        Filling { mark: "0f".repeat(16), agent: "agent_fuzz".into(), number: "+15145550100".into(), at: NOW };
    let samples = gallery.samples().into_iter();
    samples.filter_map(|sample| gallery.sign(&keys, URL, gallery.fill(sample, &filling), NOW).ok()).collect()
}

/// The longest header: what stands beside a signature is an instant or an id.
fn signing(request: &Outgoing) -> Option<&OutgoingHeader> {
    request
        .headers
        .iter()
        .filter(|header| header.name != "content-type")
        .max_by_key(|header| header.value.len())
}

fn signature_in(request: &Outgoing) -> String {
    signing(request).map(|header| header.value.clone()).unwrap_or_default()
}

/// An input's first byte chooses what is signed; the rest changes it. A changed request is never genuine.
pub fn signature(data: &[u8]) {
    let Some((choice, change)) = data.split_first() else { return };
    let provider = ["retell", "vapi", "twilio", "standard"][usize::from(choice % 4)];
    if provider == "standard" {
        return standard(change);
    }
    let Some(by) = call_webhooks_named(provider) else { return };
    let made = &GENUINE[usize::from(choice % 4)];
    if made.is_empty() {
        return;
    }
    let request = &made[usize::from(choice / 4) % made.len()];
    let [signature, body] = parts::<2>(change);
    let given = String::from_utf8_lossy(signature).into_owned();
    let is_changed = !body.is_empty() && *body != request.body[..];
    let own = by.gallery().map_or("api_key", |gallery| gallery.signing_field());
    let keys = [Credentials::of(own, KEY)];
    let verify = |signature: String, body: &[u8]| {
        let header = |name: &str| match signing(request) {
            Some(signing) if signing.name == name => Some(signature.clone()),
            _ => request.header(name),
        };
        by.verify(&keys, &Inbound { method: "POST", url: URL, header: &header, body, now: NOW })
    };
    assert_eq!(verify(signature_in(request), &request.body), Ok(()), "{provider}: the genuine request");
    if is_changed && !request.headers.iter().any(|header| header.is_secret) {
        assert!(verify(signature_in(request), body).is_err(), "{provider}: genuine with another body");
    }
    let _ = verify(given, &request.body);
}

static GENUINE: LazyLock<[Vec<Outgoing>; 3]> =
    LazyLock::new(|| [outgoing("retell"), outgoing("vapi"), outgoing("twilio")]);

fn standard(data: &[u8]) {
    let [id, time, signature, secret, body] = parts::<5>(data);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (id, time, signature) = (text(id), text(time), text(signature));
    let found = standard_webhooks::verify(&[KEY.as_bytes()], &id, &time, &signature, body, NOW.0 / 1000, 300);
    let genuine = time.parse().map(|at| standard_webhooks::sign(KEY.as_bytes(), &id, at, body));
    if found.is_ok() {
        assert!(genuine.is_ok_and(|genuine| signature.contains(&genuine)), "genuine with another signature");
    }
    let _ = standard_webhooks::decode_secret(&text(secret));
}

/// One input for each provider, and a genuine Standard Webhook.
pub fn signature_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (at, made) in GENUINE.iter().enumerate() {
        for (sample, request) in made.iter().enumerate().take(4) {
            let choice = u8::try_from(sample * 4 + at).unwrap_or_default();
            seeds.push([&[choice], &*joined(&[signature_in(request).as_bytes(), &request.body])].concat());
        }
    }
    let at = NOW.0 / 1000;
    let signature = standard_webhooks::sign(KEY.as_bytes(), "msg_1", at, b"{}");
    let parts =
        [b"msg_1".as_slice(), at.to_string().as_bytes(), signature.as_bytes(), b"whsec_aGVsbG8=", b"{}"]
            .map(<[u8]>::to_vec);
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    seeds.push([&[3], &*joined(&parts)].concat());
    seeds
}
