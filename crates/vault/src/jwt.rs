//! Bearer tokens of the form of RFC 7519, signed with Ed25519 (RFC 8037). There is one algorithm and one form of header:
//! what else a token's header may ask for is refused before anything is looked at.

use crate::{SigningKey, verify_signature};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Ours have some 400 characters.
const LONGEST: usize = 2048;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// A token that was taken apart, and is not believed yet.
#[derive(Debug, Clone)]
pub struct Jwt<'t> {
    kid: String,
    claims: Vec<u8>,
    signed: &'t str,
    signature: Vec<u8>,
}

/// Makes a token of claims.
#[must_use]
#[expect(clippy::expect_used, reason = "a struct of texts and numbers is always JSON")]
pub fn sign_jwt<C: Serialize>(key: &SigningKey, claims: &C) -> String {
    let header = Header { alg: "EdDSA".into(), typ: "JWT".into(), kid: key.name() };
    let encode = |json: Vec<u8>| URL_SAFE_NO_PAD.encode(json);
    let header = encode(serde_json::to_vec(&header).expect("a header is JSON"));
    let claims = encode(serde_json::to_vec(claims).expect("claims are JSON"));
    let signed = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

impl<'t> Jwt<'t> {
    /// Takes a token apart; `None` when it is not of our form.
    #[must_use]
    pub fn parse(token: &'t str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        if header.alg != "EdDSA" || header.typ != "JWT" {
            return None;
        }
        Some(Self { kid: header.kid, claims: decode(claims)?, signed, signature: decode(signature)? })
    }

    /// The name of the key that is said to have signed it.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The claims, when this key signed them and they can be read.
    #[must_use]
    pub fn claims<C: DeserializeOwned>(&self, public: &[u8]) -> Option<C> {
        if !verify_signature(public, self.signed.as_bytes(), &self.signature) {
            return None;
        }
        serde_json::from_slice(&self.claims).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use serde_json::{Value, json};

    fn token(header: &Value, claims: &Value, key: &SigningKey) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())))
    }

    #[test]
    fn a_token_is_read_with_its_key_only() {
        let entropy = Counting::default();
        let (key, other) = (SigningKey::generate(&entropy), SigningKey::generate(&entropy));
        let text = sign_jwt(&key, &json!({ "sub": "me" }));
        let jwt = Jwt::parse(&text).unwrap();
        assert_eq!(jwt.kid(), key.name());
        assert_eq!(jwt.claims::<Value>(&key.public()).unwrap()["sub"], "me");
        assert!(jwt.claims::<Value>(&other.public()).is_none());
    }

    #[test]
    fn req_1_44_other_algorithms_and_headers_are_refused() {
        let key = SigningKey::generate(&Counting::default());
        let claims = json!({ "sub": "me" });
        let good = json!({ "alg": "EdDSA", "typ": "JWT", "kid": key.name() });
        assert!(Jwt::parse(&token(&good, &claims, &key)).is_some(), "the form of this test is wrong");
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("None")),
            ("alg", json!("HS256")),
            ("alg", json!("RS256")),
            ("typ", json!("at+jwt")),
            ("jwk", json!({ "kty": "OKP" })),
            ("jku", json!("https://evil.test/jwks.json")),
            ("crit", json!(["b64"])),
            ("b64", json!(false)),
            ("kid", Value::Null),
        ] {
            let mut header = good.clone();
            header[name] = value;
            assert!(Jwt::parse(&token(&header, &claims, &key)).is_none(), "{header}");
        }
        let none = token(&json!({ "alg": "none", "typ": "JWT", "kid": key.name() }), &claims, &key);
        assert!(Jwt::parse(&format!("{}.", none.rsplit_once('.').unwrap().0)).is_none());
    }

    #[test]
    fn every_altered_character_is_noticed() {
        let key = SigningKey::generate(&Counting::default());
        let text = sign_jwt(&key, &json!({ "sub": "me" }));
        for i in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[i] = if altered[i] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            let read = Jwt::parse(&altered).and_then(|jwt| jwt.claims::<Value>(&key.public()));
            assert!(read.is_none(), "character {i}");
            let cut = Jwt::parse(&text[..i]).and_then(|jwt| jwt.claims::<Value>(&key.public()));
            assert!(cut.is_none(), "cut at {i}");
        }
        for absurd in ["", ".", "..", "...", "a.b.c", &"a".repeat(3000), &format!("{text}.{text}")] {
            assert!(Jwt::parse(absurd).is_none(), "{absurd}");
        }
    }
}
