//! Everything that must not leak: sealed values, tokens, passwords, signatures. No clock and no randomness
//! of its own: both are arguments. Secrets never appear in `Debug`.

mod canonical;
mod credentials;
mod data_key;
mod endpoint_secret;
mod envelope;
mod kek;
mod kek_ring;
mod lockbox;
mod mac;
mod password;
mod printed;
mod signing;
pub mod standard_webhooks;
mod token;

pub use canonical::{body_signature, canonical_json};
pub use credentials::Credentials;
pub use data_key::DataKey;
pub use endpoint_secret::{EndpointSecret, InvalidSecret};
pub use envelope::{Place, Unsealable};
pub use kek::{InvalidKey, Kek};
pub use kek_ring::KekRing;
pub use lockbox::{Lockbox, NotOpened};
pub use mac::{MacHash, constant_time_eq, hmac, hmac_hex, hmac_sha256, sha256};
pub use password::{PasswordFault, hash_password, verify_nobody, verify_password};
pub use printed::{PRINTED_SECRETS, is_printed_secret};
pub use signing::{SigningKey, key_name, verify_signature};
pub use standard_webhooks::SignatureFault;
pub use token::{Token, last4, token_hash, token_prefix};

#[cfg(test)]
pub(crate) mod testing {
    use std::sync::atomic::{AtomicU64, Ordering};
    use vestibule_model::Entropy;

    /// Bytes that differ at every draw and are the same in every run.
    #[derive(Default)]
    pub struct Counting(AtomicU64);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            let draw = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            for (i, chunk) in buffer.chunks_mut(32).enumerate() {
                let mut seed = draw.to_vec();
                seed.extend((i as u64).to_be_bytes());
                chunk.copy_from_slice(&crate::sha256(&seed)[..chunk.len()]);
            }
        }
    }
}
