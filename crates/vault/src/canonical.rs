//! Canonical JSON (RFC 8785) and the signature that stands inside a body.

use crate::{EndpointSecret, hmac_hex};
use serde_json::Value;

/// The canonical bytes of a JSON value.
#[must_use]
#[expect(clippy::expect_used, reason = "a Value holds neither NaN nor keys that are not text")]
pub fn canonical_json(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("a JSON value has a canonical form")
}

/// The `signature` field of a body: `sha256=` and the hex HMAC of the canonical body without that field.
#[must_use]
pub fn body_signature(secret: &EndpointSecret, body: &Value) -> String {
    let canonical = match body {
        Value::Object(map) if map.contains_key("signature") => {
            let mut unsigned = map.clone();
            unsigned.remove("signature");
            canonical_json(&Value::Object(unsigned))
        }
        other => canonical_json(other),
    };
    format!("sha256={}", hmac_hex(secret.key(), &[&canonical]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rfc_8785_order_and_numbers() {
        let value: Value =
            serde_json::from_str(r#"{"b":1.0,"a":[1e21,"\u00e9\u0007",true,null],"\u20ac":0.000001}"#)
                .unwrap();
        let want = "{\"a\":[1e+21,\"é\\u0007\",true,null],\"b\":1,\"€\":0.000001}";
        assert_eq!(String::from_utf8(canonical_json(&value)).unwrap(), want);
    }

    #[test]
    fn the_signature_does_not_sign_itself() {
        let secret = EndpointSecret::from_ascii("rk7T2vQm9xLpA4cZ8wNf3sYh6uJdE1Bg".into()).unwrap();
        let bare = json!({"event": "call.completed", "n": 1});
        let signed = json!({"event": "call.completed", "n": 1, "signature": "sha256=00"});
        let signature = body_signature(&secret, &bare);
        assert_eq!(signature, body_signature(&secret, &signed));
        let want = hmac_hex(secret.key(), &[br#"{"event":"call.completed","n":1}"#]);
        assert_eq!(signature, format!("sha256={want}"));
        assert_ne!(signature, body_signature(&secret, &json!({"event": "call.completed", "n": 2})));
    }
}
