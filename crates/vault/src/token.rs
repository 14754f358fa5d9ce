//! Bearer tokens: API keys, session tokens, hook tokens. Only their hashes are stored.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;
use vestibule_model::Entropy;
use zeroize::Zeroizing;

/// Makes tokens.
#[derive(Debug, Clone, Copy)]
pub struct Token;

impl Token {
    /// A new token: the prefix, then 32 random bytes in base64url.
    #[must_use]
    pub fn generate(prefix: &str, entropy: &dyn Entropy) -> SecretString {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(&mut *bytes);
        let mut text = String::with_capacity(prefix.len() + 43);
        text.push_str(prefix);
        URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        SecretString::from(text)
    }
}

/// What is stored of a token. A plain hash suffices: the token has 256 random bits.
#[must_use]
pub fn token_hash(token: &str) -> [u8; 32] {
    crate::sha256(token.as_bytes())
}

/// The first 12 characters, by which people recognise a token.
#[must_use]
pub fn token_prefix(token: &str) -> String {
    token.chars().take(12).collect()
}

/// The last 4 characters, by which people recognise a secret; nothing of a secret under 8 characters.
#[must_use]
pub fn last4(secret: &str) -> String {
    let count = secret.chars().count();
    if count < 8 { String::new() } else { secret.chars().skip(count - 4).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use secrecy::ExposeSecret;

    #[test]
    fn tokens_differ_and_do_not_print() {
        let entropy = Counting::default();
        let (one, two) = (Token::generate("vst_", &entropy), Token::generate("vst_", &entropy));
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!(one.expose_secret().len(), 4 + 43);
        assert_ne!(token_hash(one.expose_secret()), token_hash(two.expose_secret()));
        assert!(!format!("{one:?}").contains("vst_"));
    }

    #[test]
    fn what_people_may_see() {
        assert_eq!(token_prefix("vst_0123456789abcdef"), "vst_01234567");
        assert_eq!(last4("key_8f1d2c3b4a59"), "4a59");
        assert_eq!(last4("1234567"), "");
        assert_eq!(last4("éééééééé"), "éééé");
    }
}
