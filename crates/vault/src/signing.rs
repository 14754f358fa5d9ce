//! Signatures that anybody can check: Ed25519 keys, named by the thumbprint of their public half (RFC 7638, RFC 8037).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use std::fmt;
use vestibule_model::Entropy;
use zeroize::Zeroizing;

/// A private key that signs. Wiped from memory when it is dropped.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Makes a new key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(&mut *seed);
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Reads a key from its 32 bytes; `None` when they are not 32.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(bytes.try_into().ok()?);
        Some(Self(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    /// The key's 32 bytes, for sealing them.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The key's name, which everything it signed carries.
    #[must_use]
    pub fn name(&self) -> String {
        key_name(&self.public())
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.name())
    }
}

/// The name of a public key: its JWK thumbprint.
#[must_use]
pub fn key_name(public: &[u8; 32]) -> String {
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(public));
    URL_SAFE_NO_PAD.encode(crate::sha256(jwk.as_bytes()))
}

/// Says whether the key signed exactly this message. Weak keys and signatures of more than one form are refused.
#[must_use]
pub fn verify_signature(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(public) = <&[u8; 32]>::try_from(public) else { return false };
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(public), Signature::from_slice(signature))
    else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    #[test]
    fn rfc_8032_test_2() {
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let key = SigningKey::from_bytes(&seed).unwrap();
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(hex::encode(key.public()), public);
        let signature = key.sign(&[0x72]);
        assert_eq!(
            hex::encode(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        assert!(verify_signature(&key.public(), &[0x72], &signature));
        assert!(!verify_signature(&key.public(), &[0x73], &signature));
    }

    #[test]
    fn rfc_8037_appendix_a_3_names_the_key() {
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        assert_eq!(
            SigningKey::from_bytes(&seed).unwrap().name(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn nothing_else_verifies() {
        let entropy = Counting::default();
        let (key, other) = (SigningKey::generate(&entropy), SigningKey::generate(&entropy));
        let signature = key.sign(b"message");
        assert!(verify_signature(&key.public(), b"message", &signature));
        assert!(!verify_signature(&other.public(), b"message", &signature));
        assert!(!verify_signature(&key.public()[..31], b"message", &signature));
        assert!(!verify_signature(&[0; 32], b"message", &[0; 64]), "the weak key signs everything");
        for i in 0..64 {
            let mut altered = signature;
            altered[i] ^= 1;
            assert!(!verify_signature(&key.public(), b"message", &altered), "byte {i}");
            assert!(!verify_signature(&key.public(), b"message", &signature[..i]), "cut at {i}");
        }
        let again = SigningKey::from_bytes(&*key.to_bytes()).unwrap();
        assert_eq!(again.public(), key.public());
        assert!(SigningKey::from_bytes(&[1; 31]).is_none());
        assert!(!format!("{key:?}").contains(&hex::encode(key.to_bytes())));
    }
}
