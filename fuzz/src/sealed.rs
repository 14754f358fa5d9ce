//! Sealed values, keys, tokens and codes.

use serde_json::{Value, json};
use std::sync::LazyLock;
use uuid::Uuid;
use vestibule_model::{Entropy, TenantId, UnixMs};
use vestibule_vault::{
    Credentials, DataKey, EndpointSecret, Jwt, Kek, Place, SigningKey, TotpSecret, is_printed_secret, last4,
    plain_recovery_code, recovery_code, sign_jwt, step_at, token_hash, token_prefix,
};

struct Same;

impl Entropy for Same {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

const PLAIN: &[u8] = b"[[[\"api_key\",\"key_1\"]]]";
const OWNER: TenantId = TenantId(Uuid::from_u128(9));

fn place() -> Place<'static> {
    Place { table: "connections", row: Uuid::from_u128(7), column: "sealed" }
}

struct Keys {
    kek: Kek,
    key: DataKey,
    sealed: Vec<u8>,
    wrapped: Vec<u8>,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let (kek, key) = (Kek::generate(&Same), DataKey::generate(&Same));
    let (sealed, wrapped) = (key.seal(place(), PLAIN, &Same), kek.wrap(OWNER, &key, &Same));
    Keys { kek, key, sealed, wrapped }
});

/// Bytes from a database: only what was sealed opens, and only what was wrapped unwraps.
pub fn envelope(data: &[u8]) {
    let keys = &*KEYS;
    assert_eq!(keys.key.open(place(), data).is_ok(), data == keys.sealed, "opened without the key");
    assert_eq!(keys.kek.unwrap_key(OWNER, data).is_ok(), data == keys.wrapped, "unwrapped without the key");
    if let Some(sets) = Credentials::from_plain(data) {
        let again = Credentials::from_plain(&Credentials::to_plain(&sets));
        assert!(
            again.is_some_and(|again| again.len() == sets.len()),
            "credentials change when they are kept"
        );
    }
    let own = keys.key.seal(place(), data, &Same);
    assert!(keys.key.open(place(), &own).is_ok_and(|plain| plain.as_slice() == data));
}

/// A sealed value, a wrapped key, and credentials.
pub fn envelopes() -> Vec<Vec<u8>> {
    let two = [Credentials::of("api_key", "key_1"), Credentials::of("auth_token", "t").with("mode", "x")];
    vec![KEYS.sealed.clone(), KEYS.wrapped.clone(), PLAIN.to_vec(), Credentials::to_plain(&two)]
}

/// Tokens and keys as people and headers bring them.
pub fn token(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = token_hash(&text);
    let (prefix, last) = (token_prefix(&text), last4(&text));
    assert!(text.starts_with(&prefix) || prefix.len() < text.len() + 4, "{prefix}");
    assert!(last.chars().count() <= text.chars().count().max(8), "{last}");
    if let Ok(kek) = Kek::from_base64(&text) {
        assert!(Kek::from_base64(&kek.to_base64()).is_ok_and(|again| again.id() == kek.id()));
    }
    if let Ok(secret) = EndpointSecret::from_ascii(text.to_string().into()) {
        assert_eq!(secret.key(), secret.ascii().as_bytes());
    }
    let _ = is_printed_secret(&text);
}

/// One of each kind.
pub fn tokens() -> Vec<Vec<u8>> {
    let texts =
        ["vss_0123456789abcdef", "vst_x", "vsl_none", "whsec_aGVsbG8=", "eyJhbGciOiJFZERTQSJ9.e30.AA"];
    let key = KEYS.kek.to_base64();
    texts.iter().map(|text| text.as_bytes().to_vec()).chain([key.as_bytes().to_vec()]).collect()
}

static SIGNED: LazyLock<(SigningKey, String)> = LazyLock::new(|| {
    let key = SigningKey::generate(&Same);
    let claims = json!({ "iss": "vestibule", "sub": "1", "sid": "2", "iat": 1, "exp": 2 });
    let token = sign_jwt(&key, &claims);
    (key, token)
});

/// A signed token as a header brings it: only what was signed is believed.
pub fn jwt(data: &[u8]) {
    let (key, token) = &*SIGNED;
    let text = String::from_utf8_lossy(data);
    let believed = Jwt::parse(&text).and_then(|jwt| jwt.claims::<Value>(&key.public()));
    assert_eq!(believed.is_some(), text == *token, "believed without the key");
}

/// A good one, and others of its form.
pub fn jwts() -> Vec<Vec<u8>> {
    let (_, token) = &*SIGNED;
    let texts =
        ["eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCIsImtpZCI6IiJ9.e30.AA", "..", token];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

const NOW: UnixMs = UnixMs(1_111_111_109_000);

fn authenticator() -> Option<TotpSecret> {
    TotpSecret::from_bytes(b"12345678901234567890")
}

/// A code as people type it: only those of three steps are good, and a recovery code stays what it is once it was read.
pub fn code(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(secret) = authenticator() {
        let present = step_at(NOW);
        let good = (present - 1..=present + 1).find(|step| secret.code(*step) == text);
        assert_eq!(secret.step_of(&text, NOW).is_some(), good.is_some());
    }
    let plain = plain_recovery_code(&text);
    assert_eq!(plain_recovery_code(&plain), plain);
    assert!(plain.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
    let _ = TotpSecret::from_bytes(data);
}

/// A good one of each kind.
pub fn codes() -> Vec<Vec<u8>> {
    let shown = authenticator().map(|secret| secret.code(step_at(NOW))).unwrap_or_default();
    let recovery = secrecy::ExposeSecret::expose_secret(&recovery_code(&Same)).to_owned();
    [shown, recovery, "o1-iL".to_owned()].into_iter().map(String::into_bytes).collect()
}
