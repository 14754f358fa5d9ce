//! A tenant's data key: seals and opens that tenant's values.

use crate::envelope::{self, Place, Unsealable};
use aes_gcm::{Aes256Gcm, KeyInit};
use std::{fmt, sync::Arc};
use vestibule_model::Entropy;
use zeroize::Zeroizing;

/// A tenant's key. Cheap to clone: the expanded key schedule is made once and shared.
#[derive(Clone)]
pub struct DataKey(Arc<Inner>);

struct Inner {
    bytes: Zeroizing<[u8; 32]>,
    id: u32,
    cipher: Aes256Gcm,
}

impl DataKey {
    /// Makes a new key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(&mut *bytes);
        Self::from_bytes(bytes)
    }

    pub(crate) fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        let id = envelope::key_id("vestibule data key id", &bytes);
        let cipher = Aes256Gcm::new((&*bytes).into());
        Self(Arc::new(Inner { bytes, id, cipher }))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0.bytes
    }

    /// The key's public name, which every value it sealed carries.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id
    }

    /// Seals a value for one place.
    #[must_use]
    pub fn seal(&self, place: Place<'_>, plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        envelope::seal(&self.0.cipher, self.0.id, place, plain, entropy)
    }

    /// Opens a value that was sealed for this place.
    ///
    /// # Errors
    /// The value was altered, moved, or sealed with another key.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        envelope::open(&self.0.cipher, self.0.id, place, sealed)
    }

    /// A keyed hash by which a value is found again and not guessed: equal for equal values of one purpose, and of no use to
    /// whoever has the database without the key. Rotation of the key-encryption key does not change it.
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let key = Zeroizing::new(crate::hmac_sha256(
            &*self.0.bytes,
            &[b"vestibule keyed hash", purpose.as_bytes()],
        ));
        crate::hmac_sha256(&*key, &[value])
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({:08x})", self.0.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use uuid::Uuid;

    fn place() -> Place<'static> {
        Place { table: "connections", row: Uuid::from_u128(7), column: "key" }
    }

    #[test]
    fn a_value_opens_where_it_was_sealed_and_nowhere_else() {
        let entropy = Counting::default();
        let key = DataKey::generate(&entropy);
        let sealed = key.seal(place(), b"key_8f1d", &entropy);
        assert_eq!(key.open(place(), &sealed).unwrap().as_slice(), b"key_8f1d");
        for moved in [
            Place { table: "endpoints", ..place() },
            Place { row: Uuid::from_u128(8), ..place() },
            Place { column: "previous_key", ..place() },
        ] {
            assert_eq!(key.open(moved, &sealed), Err(Unsealable::Altered), "{moved:?}");
        }
        let other = DataKey::generate(&entropy);
        assert_eq!(other.open(place(), &sealed), Err(Unsealable::OtherKey { key_id: key.id() }));
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let entropy = Counting::default();
        let key = DataKey::generate(&entropy);
        let sealed = key.seal(place(), b"plain", &entropy);
        for i in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[i] ^= 1;
            assert!(key.open(place(), &altered).is_err(), "byte {i}");
            assert!(key.open(place(), &sealed[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn equal_values_seal_differently_and_empty_ones_open() {
        let entropy = Counting::default();
        let key = DataKey::generate(&entropy);
        let (one, two) = (key.seal(place(), b"", &entropy), key.seal(place(), b"", &entropy));
        assert_ne!(one, two);
        assert!(key.clone().open(place(), &two).unwrap().is_empty());
    }

    #[test]
    fn a_keyed_hash_depends_on_key_purpose_and_value() {
        let entropy = Counting::default();
        let (key, other) = (DataKey::generate(&entropy), DataKey::generate(&entropy));
        let hash = key.keyed_hash("address", b"a@b.test");
        assert_eq!(hash, key.clone().keyed_hash("address", b"a@b.test"));
        for different in [
            other.keyed_hash("address", b"a@b.test"),
            key.keyed_hash("phone", b"a@b.test"),
            key.keyed_hash("address", b"a@b.tes"),
            key.keyed_hash("addressa", b"@b.test"),
            crate::sha256(b"a@b.test"),
        ] {
            assert_ne!(hash, different);
        }
    }

    #[test]
    fn debug_shows_only_the_id() {
        let key = DataKey::generate(&Counting::default());
        assert_eq!(format!("{key:?}"), format!("DataKey({:08x})", key.id()));
    }
}
