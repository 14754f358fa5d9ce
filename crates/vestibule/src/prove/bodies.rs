//! Bodies, made from the document's schemas: good enough to be read, and the places where they name things.

use super::things::Things;
use serde_json::{Map, Value, json};

/// How deep a schema is followed.
const DEEPEST: u32 = 6;

/// A telephone number that nobody has: what is done to them touches nobody else who was planted.
pub const NOBODY: &str = "+15005550009";

/// What stands in a field of that name, where its type alone does not tell.
const WORDS: &[(&str, &str)] = &[
    ("email", "nobody@prove.invalid"),
    ("owner_email", "nobody@prove.invalid"),
    ("url", "https://prove.invalid/hook"),
    ("webhook_url", "https://prove.invalid/hook"),
    ("outbound_webhook_url", "https://prove.invalid/hook"),
    ("role", "viewer"),
    ("to", NOBODY),
    ("phone", NOBODY),
    ("number", NOBODY),
    ("confirm", NOBODY),
    ("since", "2026-01-01"),
    ("from", "2026-01-01"),
    ("until", "2026-01-02"),
    ("currency", "USD"),
    ("locale", "en"),
    ("language", "en"),
    ("timezone", "America/Toronto"),
    ("reason", "proving that tenants are kept apart"),
    ("password", "correct-horse-battery-staple"),
];

/// Bodies that no schema tells, by the path of what they make.
const GOOD: &[(&str, &str)] =
    &[("/api/v1/erasures", r#"{ "phone": "+15005550009", "confirm": "+15005550009", "reason": "request" }"#)];

/// A body that makes one thing of a list's.
pub fn making(path: &str, schema: &Value, document: &Value) -> Value {
    let good = GOOD.iter().find(|(known, _)| *known == path);
    let good = good.and_then(|(_, text)| serde_json::from_str(text).ok());
    good.unwrap_or_else(|| example(schema, document))
}

/// A body for a schema: what it requires, and what can name a thing.
pub fn example(schema: &Value, document: &Value) -> Value {
    of(schema, document, "", DEEPEST)
}

fn resolved<'a>(schema: &'a Value, document: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(place) => document.pointer(place.trim_start_matches('#')).unwrap_or(schema),
        None => schema,
    }
}

fn of(schema: &Value, document: &Value, name: &str, depth: u32) -> Value {
    let schema = resolved(schema, document);
    if depth == 0 {
        return Value::Null;
    }
    for given in [&schema["example"], &schema["default"], &schema["const"], &schema["enum"][0]] {
        if !given.is_null() {
            return given.clone();
        }
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        let choices = schema[several].as_array().into_iter().flatten();
        if let Some(choice) = choices.into_iter().find(|choice| choice["type"] != "null") {
            return of(choice, document, name, depth - 1);
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").cloned().unwrap_or_default(),
        kind => kind.clone(),
    };
    match kind.as_str().unwrap_or_default() {
        "object" => object(schema, document, depth),
        "array" => json!([of(&schema["items"], document, name, depth - 1)]),
        "integer" | "number" => schema["minimum"].as_i64().map_or(json!(1), |least| json!(least.max(1))),
        "boolean" => json!(false),
        "string" => json!(word(schema, name)),
        _ => Value::Null,
    }
}

fn word(schema: &Value, name: &str) -> String {
    let known = WORDS.iter().find(|(known, _)| *known == name).map(|(_, word)| (*word).to_owned());
    known.unwrap_or_else(|| match schema["format"].as_str() {
        Some("uuid") => uuid::Uuid::nil().to_string(),
        Some("date") => "2026-01-01".to_owned(),
        Some("date-time") => "2026-01-01T00:00:00Z".to_owned(),
        _ => "proved".to_owned(),
    })
}

fn object(schema: &Value, document: &Value, depth: u32) -> Value {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut body = Map::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if required.contains(&name.as_str()) {
            body.insert(name.clone(), of(field, document, name, depth - 1));
        }
    }
    Value::Object(body)
}

/// The names of a body's fields that name a thing: `…_id` and `…Id`, at its first level.
pub fn naming(schema: &Value, document: &Value) -> Vec<String> {
    let schema = resolved(schema, document);
    let fields = schema["properties"].as_object().into_iter().flatten();
    let names = fields.map(|(name, _)| name).filter(|name| name.ends_with("_id") || name.ends_with("Id"));
    names.cloned().collect()
}

/// A thing's kind in a field's or parameter's name: `call` of `call_id`, `agent` of `agentId`.
pub fn kind_of(name: &str) -> Option<&str> {
    name.strip_suffix("_id").or_else(|| name.strip_suffix("Id"))
}

/// What another tenant calls so, when it has any.
pub fn foreign(name: &str, things: &Things) -> Option<String> {
    let kind = kind_of(name)?;
    if kind == "agent" || kind == "assistant" {
        return Some(things.agent.clone());
    }
    things.one_of_kind(kind)
}
