//! The form of a sealed value: version ‖ key id ‖ nonce ‖ ciphertext and tag (AES-256-GCM). Where the value
//! lives is authenticated with it, so a ciphertext that is copied to another row does not open.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, Payload},
};
use uuid::Uuid;
use vestibule_model::Entropy;
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 12;
const HEAD: usize = 1 + 4 + NONCE;

/// Where a sealed value lives; it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row's id.
    pub row: Uuid,
    /// The column.
    pub column: &'a str,
}

impl Place<'_> {
    fn aad(&self) -> Vec<u8> {
        let mut aad = Vec::with_capacity(self.table.len() + self.column.len() + 19);
        aad.extend_from_slice(self.table.as_bytes());
        aad.push(0);
        aad.extend_from_slice(self.row.as_bytes());
        aad.extend_from_slice(self.column.as_bytes());
        aad.push(0);
        aad.push(VERSION);
        aad
    }
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsealable {
    /// It is too short, or of a version that this program does not know.
    #[error("the sealed value has an unknown form")]
    Form,
    /// Another key sealed it.
    #[error("the value was sealed with another key ({key_id:08x})")]
    OtherKey {
        /// The id of the key that sealed it.
        key_id: u32,
    },
    /// It was altered, or it was sealed for another place.
    #[error("the sealed value was altered or moved")]
    Altered,
}

#[expect(clippy::expect_used, reason = "AES-GCM refuses only inputs over 64 GiB, which never fit in a row")]
pub(crate) fn seal(
    cipher: &Aes256Gcm,
    key_id: u32,
    place: Place<'_>,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    entropy.fill(&mut nonce);
    let payload = Payload { msg: plain, aad: &place.aad() };
    let ciphertext = cipher.encrypt(&Nonce::from(nonce), payload).expect("the plaintext is under 64 GiB");
    let mut sealed = Vec::with_capacity(HEAD + ciphertext.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&key_id.to_be_bytes());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    sealed
}

pub(crate) fn open(
    cipher: &Aes256Gcm,
    key_id: u32,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
    let (head, ciphertext) = sealed.split_first_chunk::<HEAD>().ok_or(Unsealable::Form)?;
    let [version, k0, k1, k2, k3, nonce @ ..] = *head;
    if version != VERSION {
        return Err(Unsealable::Form);
    }
    let sealed_with = u32::from_be_bytes([k0, k1, k2, k3]);
    if sealed_with != key_id {
        return Err(Unsealable::OtherKey { key_id: sealed_with });
    }
    let payload = Payload { msg: ciphertext, aad: &place.aad() };
    cipher.decrypt(&Nonce::from(nonce), payload).map(Zeroizing::new).map_err(|_| Unsealable::Altered)
}

/// Which key sealed a value, as the value says itself.
pub(crate) fn sealed_with(sealed: &[u8]) -> Option<u32> {
    let (head, _) = sealed.split_first_chunk::<HEAD>()?;
    let [VERSION, k0, k1, k2, k3, ..] = *head else { return None };
    Some(u32::from_be_bytes([k0, k1, k2, k3]))
}

/// A public name for a key: the beginning of a labelled hash of it.
pub(crate) fn key_id(label: &str, key: &[u8; 32]) -> u32 {
    let mut input = Zeroizing::new(Vec::with_capacity(label.len() + 33));
    input.extend_from_slice(label.as_bytes());
    input.push(0);
    input.extend_from_slice(key);
    let [a, b, c, d, ..] = crate::sha256(&input);
    u32::from_be_bytes([a, b, c, d])
}
