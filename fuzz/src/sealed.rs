//! Sealed values, keys and tokens.

use std::sync::LazyLock;
use uuid::Uuid;
use vestibule_model::{Entropy, TenantId};
use vestibule_vault::{
    Credentials, DataKey, EndpointSecret, Kek, Place, is_printed_secret, last4, token_hash, token_prefix,
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
