//! The laboratory: runs the very code that serves requests over files, for the command line and for tests.

mod samples;

pub use samples::{Asked, filling, request, samples};

use crate::call_webhooks_named;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use vestibule_model::UnixMs;
use vestibule_ports::{Disposition, EventKey, Inbound};
use vestibule_vault::{Credentials, standard_webhooks};

/// Genuine, or the code of why not.
type Verdict = Result<(), &'static str>;

/// Checks signature vectors: a list, or a file of lists, of which those count that are called as the provider or
/// begin with its name and `_`. `provider` is `standard-webhooks` or the name of a provider of calls. Each vector
/// becomes `{"name", "valid", "reason"}`; what has no body is no vector.
///
/// # Errors
/// The provider is unknown, or a vector lacks something.
pub fn verify_vectors(provider: &str, vectors: &Value) -> Result<Vec<Value>, String> {
    let check: &dyn Fn(&Value) -> Result<Verdict, String> = match provider {
        "standard-webhooks" => &check_standard,
        name if call_webhooks_named(name).is_some() => &|vector| check_calls(name, vector),
        name => return Err(format!("there is no provider {name}")),
    };
    let section = provider.replace('-', "_");
    let list: Vec<&Value> = match vectors {
        Value::Array(list) => list.iter().collect(),
        file => sections(file, &section).filter(|v| v.get("body").or(v.get("body_b64")).is_some()).collect(),
    };
    if list.is_empty() {
        return Err(format!("there are no vectors {section}"));
    }
    list.into_iter()
        .enumerate()
        .map(|(i, vector)| {
            let name = vector["name"].as_str().map_or_else(|| format!("#{i}"), str::to_owned);
            let found = check(vector).map_err(|fault| format!("{name}: {fault}"))?;
            Ok(json!({"name": name, "valid": found.is_ok(), "reason": found.err()}))
        })
        .collect()
}

/// Shows what a provider makes of a body: whom it claims to be for, which event it is, what it says.
///
/// # Errors
/// The provider is unknown, or the body cannot be translated.
pub fn normalize_sample(provider: &str, body: &[u8]) -> Result<Value, String> {
    let provider = call_webhooks_named(provider).ok_or_else(|| format!("there is no provider {provider}"))?;
    let address = provider.address(&Inbound::unsigned(body, UnixMs(0)));
    let identity = provider.identify(&address);
    let facts = provider.normalize(body).map_err(|fault| format!("{}: {}", fault.code, fault.detail))?;
    let key = match &identity.key {
        EventKey::Once(key) => json!({"once": key}),
        EventKey::Latest(key, version) => json!({"latest": key, "version": version}),
        EventKey::Each => json!("each"),
    };
    let disposition = match identity.disposition {
        Disposition::Fold => json!({"fold": true}),
        Disposition::Ignore(reason) => json!({"fold": false, "ignored": reason}),
        Disposition::Unprocessable(reason) => json!({"fold": false, "unprocessable": reason}),
    };
    let resources: Vec<Value> =
        address.resources.iter().map(|r| json!({"kind": r.kind.as_str(), "id": r.id})).collect();
    Ok(json!({
        "address": {
            "event": address.event,
            "resources": resources,
            "external_call_id": address.external_call_id,
            "occurred_at": address.occurred_at,
            "call_started_at": address.call_started_at,
        },
        "identity": {"event_name": identity.event_name, "key": key, "disposition": disposition},
        "facts": facts,
    }))
}

fn sections<'a>(file: &'a Value, name: &'a str) -> impl Iterator<Item = &'a Value> {
    let ours = move |section: &str| {
        section.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let sections = file.as_object().into_iter().flatten().filter(move |(section, _)| ours(section));
    sections.filter_map(|(_, list)| list.as_array()).flatten()
}

/// A request as a vector describes it: `header_name` and `header`, or `headers`; `method` and `url` where they are
/// signed.
fn check_calls(provider: &str, vector: &Value) -> Result<Verdict, String> {
    let provider = call_webhooks_named(provider).ok_or("there is no such provider")?;
    let (body, key) = (body(vector)?, credentials(vector)?);
    let headers: Vec<(&str, Option<&str>)> = match vector["headers"].as_object() {
        Some(headers) => headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        None => vec![(text(vector, "header_name")?, vector["header"].as_str())],
    };
    let header = |wanted: &str| {
        let named = headers.iter().find(|(name, _)| wanted.eq_ignore_ascii_case(name));
        named.and_then(|(_, value)| value.map(str::to_owned))
    };
    let now = UnixMs(whole(vector, "now_ms").or_else(|_| whole(vector, "now"))?);
    let (method, url) =
        (vector["method"].as_str().unwrap_or("POST"), vector["url"].as_str().unwrap_or_default());
    let request = Inbound { method, url, header: &header, body: &body, now };
    Ok(provider.verify(&[key], &request).map_err(|fault| fault.code()))
}

fn check_standard(vector: &Value) -> Result<Verdict, String> {
    let key = standard_webhooks::decode_secret(text(vector, "secret")?).map_err(|fault| fault.to_string())?;
    let header = |name: &str| vector["headers"][name].as_str().unwrap_or_default();
    let found = standard_webhooks::verify(
        &[key],
        header("webhook-id"),
        header("webhook-timestamp"),
        header("webhook-signature"),
        &body(vector)?,
        whole(vector, "now").or_else(|_| whole(vector, "now_ms").map(|ms| ms.div_euclid(1000)))?,
        whole(vector, "tolerance_s").unwrap_or(300),
    );
    Ok(found.map_err(standard_webhooks::SignatureFault::code))
}

/// The body's bytes: `body_b64` is exact, `body` only where text is.
fn body(vector: &Value) -> Result<Vec<u8>, String> {
    match vector["body_b64"].as_str() {
        Some(encoded) => STANDARD.decode(encoded).map_err(|_| String::from("body_b64 is not base64")),
        None => text(vector, "body").map(|body| body.as_bytes().to_vec()),
    }
}

/// The connection's credentials: `secret` is an API key, `credentials` an object of them, `plan` an
/// `HMACAuthenticationPlan` as Vapi writes it.
fn credentials(vector: &Value) -> Result<Credentials, String> {
    let (fields, is_plan) = match (vector["credentials"].as_object(), vector["plan"].as_object()) {
        (Some(fields), _) => (fields, false),
        (None, Some(plan)) => (plan, true),
        (None, None) => return Ok(Credentials::of("api_key", text(vector, "secret")?)),
    };
    Ok(fields.iter().fold(Credentials::default(), |set, (name, value)| {
        let name = match (is_plan, name.as_str()) {
            (true, "secretKey") => String::from("webhook_secret"),
            (true, "type") => String::from("auth_mode"),
            (true, name) => snake_case(name),
            (false, name) => name.to_owned(),
        };
        set.with(&name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }))
}

fn snake_case(name: &str) -> String {
    let spell =
        |c: char| if c.is_ascii_uppercase() { format!("_{}", c.to_ascii_lowercase()) } else { c.into() };
    name.chars().map(spell).collect()
}

fn text<'a>(vector: &'a Value, field: &str) -> Result<&'a str, String> {
    vector[field].as_str().ok_or_else(|| format!("{field} is missing"))
}

fn whole(vector: &Value, field: &str) -> Result<i64, String> {
    vector[field].as_i64().ok_or_else(|| format!("{field} is missing"))
}
