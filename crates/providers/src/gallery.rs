//! Filling samples in. A placeholder is `{{name}}`: `mark`, `agent`, `number` and `caller`; `ms`, `iso` and `mail` are
//! the present instant in the form that a provider writes it, and `{{ms-1500}}` is a second and a half before it.

use jiff::{Timestamp, fmt::rfc2822};
use serde_json::Value;
use vestibule_model::UnixMs;
use vestibule_ports::Filling;

/// Who calls in every sample: a number that nobody can have, so that a sample's call is seen to be one.
const CALLER: &str = "+15005550006";

/// Fills a JSON template in. A text that is nothing but an instant in milliseconds becomes a number.
pub(crate) fn json(template: &str, with: &Filling) -> Vec<u8> {
    // The templates are ours, and the conformance suite fills each.
    let mut value: Value = serde_json::from_str(template).unwrap_or_default();
    walk(&mut value, with);
    value.to_string().into_bytes()
}

/// Fills a form in: one `Name=value` a line, not yet escaped.
pub(crate) fn form(template: &str, with: &Filling) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in template.lines().filter_map(|line| line.split_once('=')) {
        form.append_pair(name, &text(value, with));
    }
    form.finish().into_bytes()
}

fn walk(value: &mut Value, with: &Filling) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| walk(value, with)),
        Value::Array(items) => items.iter_mut().for_each(|value| walk(value, with)),
        Value::String(said) => {
            let filled = text(said, with);
            let is_instant = said.starts_with("{{ms") && said.ends_with("}}");
            *value = match filled.parse::<i64>().ok().filter(|_| is_instant) {
                Some(ms) => Value::from(ms),
                None => Value::from(filled),
            };
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Fills a text in. What is put in is not searched again.
fn text(template: &str, with: &Filling) -> String {
    let (mut out, mut rest) = (String::with_capacity(template.len()), template);
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(&value(name, with));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn value(name: &str, with: &Filling) -> String {
    let (name, ago) = name.split_once('-').map_or((name, 0), |(name, ago)| (name, ago.parse().unwrap_or(0)));
    let at = with.at.plus_ms(-ago);
    match name {
        "mark" => with.mark.clone(),
        "agent" => with.agent.clone(),
        "number" => with.number.clone(),
        "caller" => CALLER.to_owned(),
        "ms" => at.0.to_string(),
        "iso" => at.rfc3339(),
        "mail" => mail(at),
        _ => String::new(),
    }
}

/// As e-mail writes instants: `Tue, 29 Sep 2026 10:01:27 +0000`.
fn mail(at: UnixMs) -> String {
    let at = Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    rfc2822::to_string(&at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filling() -> Filling {
        Filling {
            mark: "0f".repeat(16),
            agent: "a\"b & {{mark}}".into(),
            number: "+15145550100".into(),
            at: UnixMs(1_795_219_200_000),
        }
    }

    #[test]
    fn what_is_filled_in_is_data() {
        let body = json(
            r#"{"id":"x_{{mark}}","a":["{{agent}}"],"at":"{{ms-1500}}","on":"{{iso}}","n":1}"#,
            &filling(),
        );
        let want = serde_json::json!({ "id": format!("x_{}", "0f".repeat(16)), "a": ["a\"b & {{mark}}"],
            "at": 1_795_219_198_500_i64, "on": "2026-11-21T00:00:00.000Z", "n": 1 });
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), want);
        let body = form("To={{number}}\nWho={{agent}}\nAt={{mail-1000}}", &filling());
        let pairs: Vec<_> = url::form_urlencoded::parse(&body).into_owned().collect();
        assert_eq!(pairs[0].1, "+15145550100");
        assert_eq!((pairs.len(), pairs[1].1.as_str()), (3, "a\"b & {{mark}}"));
        assert_eq!(pairs[2].1, "Fri, 20 Nov 2026 23:59:59 +0000");
    }
}
