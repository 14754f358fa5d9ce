//! What of a body may be kept: Vapi sends the tenant's own secrets along (a Twilio token, a server's secret), and
//! they must not reach the database. Numbers stay: counts of tokens are no secrets.

use crate::mend::mended;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use std::{borrow::Cow, fmt};

/// What stands in a secret's place.
const WITHHELD: &str = "[withheld]";
/// What stands in the place of a body that cannot be read and may hold a secret. It is no JSON either.
const UNREADABLE: &[u8] = b"[withheld: not JSON]";
const WORDS: [&str; 6] = ["secret", "token", "password", "apikey", "authorization", "privatekey"];

/// The body without secrets; itself when it holds none.
pub(super) fn kept(body: &[u8]) -> Cow<'_, [u8]> {
    if !may_hold_secrets(body) {
        return Cow::Borrowed(body);
    }
    if let Ok(Scan { is_clean: true, .. }) = serde_json::from_slice(body) {
        return Cow::Borrowed(body);
    }
    let Some(mut value) = mended(body) else { return Cow::Borrowed(UNREADABLE) };
    strip(&mut value);
    Cow::Owned(value.to_string().into_bytes())
}

/// Whether any of the words is in there at all, or an escape that may spell one.
fn may_hold_secrets(body: &[u8]) -> bool {
    // As names are compared: letters only, so that `api-key` is found as well.
    let letters: Vec<u8> =
        body.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
    let holds = |word: &str| letters.windows(word.len()).any(|window| window == word.as_bytes());
    body.windows(3).any(|window| window == b"\\u0") || WORDS.into_iter().any(holds)
}

fn is_secret(name: &str) -> bool {
    let letters: String =
        name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    WORDS.iter().any(|word| letters.contains(word))
}

fn strip(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(strip),
        Value::Object(map) => {
            for (name, value) in map {
                if is_secret(name) && !is_count(value) {
                    *value = Value::from(WITHHELD);
                } else {
                    strip(value);
                }
            }
        }
        _ => {}
    }
}

/// Numbers, truth values, nothing, and lists and objects of only these.
fn is_count(value: &Value) -> bool {
    match value {
        Value::String(text) => text == WITHHELD,
        Value::Array(list) => list.iter().all(is_count),
        Value::Object(map) => map.values().all(is_count),
        _ => true,
    }
}

/// A value read without keeping it. Sees every one of several fields of the same name, of which [`Value`] would
/// keep only the last.
struct Scan {
    /// No secret is in it.
    is_clean: bool,
    /// No text but the mark is in it.
    is_count: bool,
}

const COUNT: Scan = Scan { is_clean: true, is_count: true };

struct Scanner;

impl<'de> Visitor<'de> for Scanner {
    type Value = Scan;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_bool<E>(self, _: bool) -> Result<Scan, E> {
        Ok(COUNT)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Scan, E> {
        Ok(COUNT)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Scan, E> {
        Ok(COUNT)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Scan, E> {
        Ok(COUNT)
    }
    fn visit_unit<E>(self) -> Result<Scan, E> {
        Ok(COUNT)
    }
    fn visit_str<E>(self, text: &str) -> Result<Scan, E> {
        Ok(Scan { is_clean: true, is_count: text == WITHHELD })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scan, A::Error> {
        let mut whole = COUNT;
        while let Some(item) = seq.next_element::<Scan>()? {
            whole.is_clean &= item.is_clean;
            whole.is_count &= item.is_count;
        }
        Ok(whole)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scan, A::Error> {
        let mut whole = COUNT;
        while let Some(Name(is_secret)) = map.next_key()? {
            let item = map.next_value::<Scan>()?;
            whole.is_clean &= item.is_clean && (!is_secret || item.is_count);
            whole.is_count &= item.is_count;
        }
        Ok(whole)
    }
}

impl<'de> Deserialize<'de> for Scan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scanner)
    }
}

/// A field's name, of which only is kept whether it names a secret.
struct Name(bool);

struct Namer;

impl Visitor<'_> for Namer {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(Name(is_secret(name)))
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Namer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(body: &str) -> String {
        match kept(body.as_bytes()) {
            Cow::Borrowed(same) => {
                assert!(same == body.as_bytes() || same == UNREADABLE);
                String::from_utf8_lossy(same).into_owned()
            }
            Cow::Owned(bytes) => String::from_utf8(bytes).unwrap(),
        }
    }

    #[test]
    fn secrets_go_wherever_they_stand_and_counts_stay() {
        let body = r#"{"message":{"phoneNumber":{"twilioAuthToken":"SEC1","number":"+1"},
            "assistant":{"server":{"secret":"SEC2","headers":{"X-API-Key":"SEC3","Authorization":"SEC4"}}},
            "toolWithToolCallList":[{"server":{"secret":"SEC5"}}],
            "credentials":[{"private_key":{"pem":"SEC6"},"passwords":["SEC7"]}],
            "costBreakdown":{"llmPromptTokens":1240,"tokens":{"in":1,"out":[2]}},"isServerUrlSecretSet":false,
            "said":"my password is no secret"}}"#;
        let found = stripped(body);
        assert!(!found.contains("SEC"), "{found}");
        let value: Value = serde_json::from_str(&found).unwrap();
        let message = &value["message"];
        assert_eq!(message["phoneNumber"]["twilioAuthToken"], WITHHELD);
        assert_eq!(message["phoneNumber"]["number"], "+1");
        assert_eq!(message["toolWithToolCallList"][0]["server"]["secret"], WITHHELD);
        assert_eq!(message["costBreakdown"]["llmPromptTokens"], 1240);
        assert_eq!(message["costBreakdown"]["tokens"]["out"][0], 2);
        assert_eq!(message["isServerUrlSecretSet"], false);
        assert_eq!(message["said"], "my password is no secret");
        assert_eq!(stripped(&found), found, "what is kept once is kept for good");
    }

    #[test]
    fn a_body_without_secrets_is_kept_byte_for_byte() {
        for body in [
            r#"{ "a" : 1.0, "promptTokens":5, "said":"the token" }"#,
            r#"{"x":"\u00e9"}"#,
            "not json",
            "",
            "{\"token\":null}",
        ] {
            assert!(
                matches!(kept(body.as_bytes()), Cow::Borrowed(same) if same == body.as_bytes()),
                "{body}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_kept_when_it_may_hold_a_secret() {
        assert_eq!(stripped(r#"{"token":"SEC""#).as_bytes(), UNREADABLE);
        assert_eq!(stripped(r#"{"\u0073ecret":"SEC""#).as_bytes(), UNREADABLE);
        assert_eq!(stripped(r#"{"\u0073ecret":"SEC"}"#), r#"{"secret":"[withheld]"}"#);
        assert_eq!(stripped(r#"{"token":"SEC","token":1}"#), r#"{"token":1}"#);
        assert_eq!(
            stripped(r#"{"token":"SEC","a":"\ud83d"}"#),
            "{\"a\":\"\u{fffd}\",\"token\":\"[withheld]\"}"
        );
        let bytes = [b"{\"token\":\"SEC\",\"a\":\"".as_slice(), b"\xff", b"\"}"].concat();
        assert!(!String::from_utf8_lossy(&kept(&bytes)).contains("SEC"));
    }
}
