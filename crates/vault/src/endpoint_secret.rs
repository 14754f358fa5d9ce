//! The secret of an outbound endpoint. Its key is printable ASCII, because n8n's Crypto credential takes
//! text while Standard Webhooks libraries take base64: both can be given the same key.

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use vestibule_model::Entropy;
use zeroize::Zeroizing;

/// Why a text is not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// It is not of 24 to 64 characters (an imported key: it is empty).
    #[error("the secret has the wrong length")]
    Length,
    /// It holds something else than printable ASCII without spaces.
    #[error("the secret must be printable ASCII")]
    Characters,
    /// It is not base64.
    #[error("the secret is not base64")]
    Encoding,
}

/// An endpoint's signing secret.
#[derive(Clone)]
pub struct EndpointSecret(SecretString);

impl EndpointSecret {
    /// Makes a new secret: 32 characters of `A-Za-z0-9-_`, 192 random bits.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 24]);
        entropy.fill(&mut *bytes);
        let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(*bytes);
        Self(SecretString::from(text))
    }

    /// Takes a secret that somebody chose: 24 to 64 printable ASCII characters without spaces.
    ///
    /// # Errors
    /// Its length or its characters are wrong.
    pub fn from_ascii(text: SecretString) -> Result<Self, InvalidSecret> {
        let chars = text.expose_secret();
        if !(24..=64).contains(&chars.len()) {
            return Err(InvalidSecret::Length);
        }
        if !chars.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidSecret::Characters);
        }
        Ok(Self(text))
    }

    /// The secret as the text that n8n is given.
    #[must_use]
    pub fn ascii(&self) -> &str {
        self.0.expose_secret()
    }

    /// The secret as Standard Webhooks libraries are given it.
    #[must_use]
    pub fn whsec(&self) -> SecretString {
        SecretString::from(format!("whsec_{}", STANDARD.encode(self.key())))
    }

    /// The signing key.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl fmt::Debug for EndpointSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointSecret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{standard_webhooks::decode_secret, testing::Counting};

    #[test]
    fn both_spellings_are_one_key() {
        let secret = EndpointSecret::generate(&Counting::default());
        assert_eq!(secret.ascii().len(), 32);
        assert_eq!(decode_secret(secret.whsec().expose_secret()).unwrap(), secret.key());
        let again = EndpointSecret::from_ascii(SecretString::from(secret.ascii())).unwrap();
        assert_eq!(again.key(), secret.key());
        let vector = EndpointSecret::from_ascii("rk7T2vQm9xLpA4cZ8wNf3sYh6uJdE1Bg".into()).unwrap();
        assert_eq!(vector.whsec().expose_secret(), "whsec_cms3VDJ2UW05eExwQTRjWjh3TmYzc1loNnVKZEUxQmc=");
    }

    #[test]
    fn chosen_secrets_must_be_fit() {
        assert_eq!(EndpointSecret::from_ascii("short".into()).unwrap_err(), InvalidSecret::Length);
        let spaced = "a secret with spaces in it, long".into();
        assert_eq!(EndpointSecret::from_ascii(spaced).unwrap_err(), InvalidSecret::Characters);
    }

    #[test]
    fn debug_is_silent() {
        let secret = EndpointSecret::generate(&Counting::default());
        assert!(!format!("{secret:?}").contains(secret.ascii()));
    }
}
