//! Passwords, as Argon2id with OWASP's parameters of 2024 (19 MiB, two passes, one lane).

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use secrecy::{ExposeSecret, SecretString};
use vestibule_model::Entropy;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
// Longer ones are refused before any hashing.
const MAX_BYTES: usize = 1024;

/// A hash that no password is known for, made with the same parameters as all others.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCEhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password could not be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// It is over 1024 bytes.
    #[error("the password is too long")]
    TooLong,
    /// The hash function failed, for instance for want of memory.
    #[error("the password could not be hashed")]
    Hash,
}

fn argon2() -> Result<Argon2<'static>, PasswordFault> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| PasswordFault::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password to a PHC string. Takes tens of milliseconds: call it off the async threads.
///
/// # Errors
/// The password is too long, or hashing failed.
pub fn hash_password(password: &SecretString, entropy: &dyn Entropy) -> Result<String, PasswordFault> {
    let password = password.expose_secret().as_bytes();
    if password.len() > MAX_BYTES {
        return Err(PasswordFault::TooLong);
    }
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let hash = argon2()?.hash_password_with_salt(password, &salt).map_err(|_| PasswordFault::Hash)?;
    Ok(hash.to_string())
}

/// Says whether the password is the one that was hashed. A text that is no hash belongs to no password.
#[must_use]
pub fn verify_password(password: &SecretString, phc: &str) -> bool {
    let password = password.expose_secret().as_bytes();
    if password.len() > MAX_BYTES {
        return false;
    }
    let (Ok(argon2), Ok(hash)) = (argon2(), PasswordHash::new(phc)) else { return false };
    argon2.verify_password(password, &hash).is_ok()
}

/// Takes as long as `verify_password` and says no: for accounts that do not exist.
pub fn verify_nobody(password: &SecretString) -> bool {
    let _ = verify_password(password, NOBODY);
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    #[test]
    fn the_right_password_and_only_it() {
        let entropy = Counting::default();
        let password = SecretString::from("correct horse — batterie");
        let phc = hash_password(&password, &entropy).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify_password(&password, &phc));
        assert!(!verify_password(&SecretString::from("correct horse"), &phc));
        assert!(!verify_password(&password, "not a hash"));
        assert_ne!(hash_password(&password, &entropy).unwrap(), phc);
    }

    #[test]
    fn nobody_costs_what_somebody_costs() {
        let hash = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&hash).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        assert_eq!(hash.hash.unwrap().len(), 32);
        assert!(!verify_nobody(&SecretString::from("anything")));
    }

    #[test]
    fn absurd_lengths_are_refused() {
        let long = SecretString::from("x".repeat(1025));
        assert_eq!(hash_password(&long, &Counting::default()), Err(PasswordFault::TooLong));
        assert!(!verify_password(&long, NOBODY));
    }
}
