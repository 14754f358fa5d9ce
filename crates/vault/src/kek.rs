//! The key-encryption key: the one secret of the configuration, which wraps the tenants' data keys.

use crate::{
    DataKey,
    envelope::{self, Place, Unsealable},
};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;
use vestibule_model::{Entropy, TenantId};
use zeroize::Zeroizing;

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// It is not base64.
    #[error("the key is not base64")]
    Encoding,
    /// It is not 32 bytes long.
    #[error("the key must be 32 bytes")]
    Length,
}

/// The key that wraps the tenants' data keys.
pub struct Kek {
    bytes: Zeroizing<[u8; 32]>,
    id: u32,
    cipher: Aes256Gcm,
}

impl Kek {
    /// Reads 32 bytes in standard base64.
    ///
    /// # Errors
    /// The text is not base64, or not of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, InvalidKey> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| InvalidKey::Encoding)?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| InvalidKey::Length)?;
        Ok(Self::from_bytes(Zeroizing::new(bytes)))
    }

    /// Makes a new key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(&mut *bytes);
        Self::from_bytes(bytes)
    }

    fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        let id = envelope::key_id("vestibule kek id", &bytes);
        let cipher = Aes256Gcm::new((&*bytes).into());
        Self { bytes, id, cipher }
    }

    /// The key as text, for writing it to its file once.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(*self.bytes))
    }

    /// The key's public name, which every data key it wrapped carries.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Wraps a tenant's data key.
    #[must_use]
    pub fn wrap(&self, owner: TenantId, key: &DataKey, entropy: &dyn Entropy) -> Vec<u8> {
        envelope::seal(&self.cipher, self.id, place(owner), key.bytes(), entropy)
    }

    /// Unwraps a tenant's data key.
    ///
    /// # Errors
    /// It was altered, belongs to another tenant, or another key wrapped it.
    pub fn unwrap_key(&self, owner: TenantId, wrapped: &[u8]) -> Result<DataKey, Unsealable> {
        let plain = envelope::open(&self.cipher, self.id, place(owner), wrapped)?;
        let bytes: [u8; 32] = plain.as_slice().try_into().map_err(|_| Unsealable::Form)?;
        Ok(DataKey::from_bytes(Zeroizing::new(bytes)))
    }
}

/// Which key wrapped a data key, as it says itself; none when it is no wrapped key.
pub(crate) fn wrapped_by(wrapped: &[u8]) -> Option<u32> {
    envelope::sealed_with(wrapped)
}

fn place(owner: TenantId) -> Place<'static> {
    Place { table: "vestibule data key", row: owner.0, column: "wrapped" }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kek({:08x})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use uuid::Uuid;

    #[test]
    fn a_wrapped_key_opens_for_its_owner_under_its_kek_only() {
        let entropy = Counting::default();
        let (kek, other) = (Kek::generate(&entropy), Kek::generate(&entropy));
        let (mine, theirs) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let key = DataKey::generate(&entropy);
        let wrapped = kek.wrap(mine, &key, &entropy);
        assert_eq!(kek.unwrap_key(mine, &wrapped).unwrap().bytes(), key.bytes());
        assert_eq!(kek.unwrap_key(theirs, &wrapped).unwrap_err(), Unsealable::Altered);
        assert_eq!(other.unwrap_key(mine, &wrapped).unwrap_err(), Unsealable::OtherKey { key_id: kek.id() });
        for i in 0..wrapped.len() {
            let mut altered = wrapped.clone();
            altered[i] ^= 0x80;
            assert!(kek.unwrap_key(mine, &altered).is_err(), "byte {i}");
        }
    }

    #[test]
    fn text_and_debug() {
        let kek = Kek::generate(&Counting::default());
        let text = kek.to_base64();
        assert_eq!(Kek::from_base64(&format!("{}\n", *text)).unwrap().id(), kek.id());
        assert!(!format!("{kek:?}").contains(&text[..8]));
        assert_eq!(Kek::from_base64("c2hvcnQ=").unwrap_err(), InvalidKey::Length);
        assert_eq!(Kek::from_base64("not base64!").unwrap_err(), InvalidKey::Encoding);
    }
}
