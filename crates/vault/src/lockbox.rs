//! A data key that a passphrase opens: what a file that leaves the house is sealed with.

use crate::DataKey;
use crate::envelope::{self, Place};
use aes_gcm::{Aes256Gcm, KeyInit};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vestibule_model::Entropy;
use zeroize::Zeroizing;

// A file can be tried offline for ever: three times the work of a sign-in.
const MEMORY_KIB: u32 = 65_536;
const PASSES: u32 = 3;
/// The most work that somebody else's file may make us do.
const MOST_MEMORY_KIB: u32 = 262_144;
const MOST_PASSES: u32 = 10;
const LABEL: &str = "vestibule lockbox";

/// A wrapped data key, with all that its passphrase needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lockbox {
    /// How the passphrase becomes a key: always `argon2id`.
    pub kdf: String,
    /// KiB of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// The salt, base64.
    pub salt: String,
    /// The wrapped key, base64.
    pub wrapped: String,
}

/// The box does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// It is none of ours, or asks for too much work.
    #[error("the lockbox has an unknown form")]
    Form,
    /// Another passphrase closed it, or it was altered.
    #[error("another passphrase closed this")]
    Passphrase,
}

impl Lockbox {
    /// Makes a key for an owner and closes it in. Takes a good part of a second: call it off the async threads.
    ///
    /// # Errors
    /// Argon2 cannot work, for instance for want of memory.
    pub fn close(
        passphrase: &SecretString,
        owner: Uuid,
        entropy: &dyn Entropy,
    ) -> Result<(Self, DataKey), NotOpened> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        let key = DataKey::generate(entropy);
        let (cipher, id) = derive(passphrase, &salt, MEMORY_KIB, PASSES)?;
        let wrapped = envelope::seal(&cipher, id, place(owner), key.bytes(), entropy);
        let lockbox = Self {
            kdf: "argon2id".into(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: STANDARD.encode(salt),
            wrapped: STANDARD.encode(wrapped),
        };
        Ok((lockbox, key))
    }

    /// Opens it. Takes a good part of a second: call it off the async threads.
    ///
    /// # Errors
    /// It has another form, or another passphrase closed it.
    pub fn open(&self, passphrase: &SecretString, owner: Uuid) -> Result<DataKey, NotOpened> {
        if self.kdf != "argon2id" || self.memory_kib > MOST_MEMORY_KIB || self.passes > MOST_PASSES {
            return Err(NotOpened::Form);
        }
        let salt = STANDARD.decode(&self.salt).map_err(|_| NotOpened::Form)?;
        let wrapped = STANDARD.decode(&self.wrapped).map_err(|_| NotOpened::Form)?;
        let (cipher, id) = derive(passphrase, &salt, self.memory_kib, self.passes)?;
        let plain = envelope::open(&cipher, id, place(owner), &wrapped).map_err(|_| NotOpened::Passphrase)?;
        let bytes: [u8; 32] = plain.as_slice().try_into().map_err(|_| NotOpened::Form)?;
        Ok(DataKey::from_bytes(Zeroizing::new(bytes)))
    }
}

const fn place(owner: Uuid) -> Place<'static> {
    Place { table: LABEL, row: owner, column: "wrapped" }
}

fn derive(
    passphrase: &SecretString,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<(Aes256Gcm, u32), NotOpened> {
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(|_| NotOpened::Form)?;
    let mut bytes = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose_secret().as_bytes(), salt, &mut *bytes)
        .map_err(|_| NotOpened::Form)?;
    Ok((Aes256Gcm::new((&*bytes).into()), envelope::key_id(LABEL, &bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    #[test]
    fn the_right_passphrase_for_the_right_owner_and_bounded_work() {
        let entropy = Counting::default();
        let (mine, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let passphrase = SecretString::from("a long passphrase");
        let (lockbox, key) = Lockbox::close(&passphrase, mine, &entropy).unwrap();
        assert_eq!(lockbox.open(&passphrase, mine).unwrap().id(), key.id());
        assert_eq!(lockbox.open(&passphrase, theirs).unwrap_err(), NotOpened::Passphrase);
        assert_eq!(lockbox.open(&"another".into(), mine).unwrap_err(), NotOpened::Passphrase);
        let greedy = Lockbox { memory_kib: MOST_MEMORY_KIB + 1, ..lockbox.clone() };
        assert_eq!(greedy.open(&passphrase, mine).unwrap_err(), NotOpened::Form);
        let slow = Lockbox { passes: MOST_PASSES + 1, ..lockbox };
        assert_eq!(slow.open(&passphrase, mine).unwrap_err(), NotOpened::Form);
    }
}
