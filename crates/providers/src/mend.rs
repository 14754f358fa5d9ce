//! JSON that the fast way refuses, mended: a provider's oddity in one text must not cost a whole event.

use serde_json::Value;

/// Reads JSON with duplicate keys (the last counts), with invalid UTF-8, or with halves of surrogate pairs,
/// which JavaScript's `JSON.stringify` writes when a text was cut inside an emoji.
pub(crate) fn mended(body: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(body);
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match (code_unit(rest), rest.get(6..).and_then(code_unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push('\u{fffd}');
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            // The backslash and what it escapes: an escaped backslash begins nothing.
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    serde_json::from_str(&out).ok()
}

/// The code unit of a `\uXXXX` escape at the beginning of the text.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

/// Drops every NUL from the texts of a value: PostgreSQL stores none.
pub(crate) fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', ""),
        Value::Array(list) => list.iter_mut().for_each(without_nul),
        Value::Object(map) => {
            if map.keys().any(|key| key.contains('\0')) {
                *map = std::mem::take(map).into_iter().map(|(k, v)| (k.replace('\0', ""), v)).collect();
            }
            map.values_mut().for_each(without_nul);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_surrogate_pairs_are_mended() {
        let body = br#"{"a":1,"a":"x\ud83d \ud83d\ude00 \\ud83d","b":"\ude00 \u00e9 \ud83d\u0041"}"#;
        let value = mended(body).unwrap();
        assert_eq!(value["a"], "x\u{fffd} \u{1f600} \\ud83d");
        assert_eq!(value["b"], "\u{fffd} é \u{fffd}A");
        assert_eq!(mended(b"[\"\xff\"]").unwrap()[0], "\u{fffd}");
        assert_eq!(mended(b"[\"\\"), None);
        assert_eq!(mended(br#"["\u+123"]"#), None);
    }

    #[test]
    fn nul_is_dropped_everywhere() {
        let mut value = serde_json::json!({"a\0": ["b\0", {"c": "\0"}]});
        without_nul(&mut value);
        assert_eq!(value, serde_json::json!({"a": ["b", {"c": ""}]}));
    }
}
