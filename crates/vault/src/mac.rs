//! Hashes and keyed hashes.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// HMAC-SHA256 over the parts, one after the other without separators.
#[must_use]
#[expect(clippy::expect_used, reason = "HMAC takes keys of every length, the type just cannot say so")]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A hash under a key, as providers choose them. Ours is SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacHash {
    /// HMAC-SHA1: broken as a hash, sound as a keyed hash; some providers know no other.
    Sha1,
    /// HMAC-SHA256.
    Sha256,
    /// HMAC-SHA512.
    Sha512,
}

/// HMAC with that hash over the parts, one after the other without separators: 20, 32 or 64 bytes.
#[must_use]
pub fn hmac(hash: MacHash, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    match hash {
        MacHash::Sha1 => over(Hmac::<Sha1>::new_from_slice(key), parts),
        MacHash::Sha256 => over(Hmac::<Sha256>::new_from_slice(key), parts),
        MacHash::Sha512 => over(Hmac::<Sha512>::new_from_slice(key), parts),
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length, the type just cannot say so")]
fn over<M: Mac>(mac: Result<M, hmac::digest::InvalidLength>, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = mac.expect("HMAC takes any key length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// `hmac_sha256` in lower-case hex.
#[must_use]
pub fn hmac_hex(key: &[u8], parts: &[&[u8]]) -> String {
    hex::encode(hmac_sha256(key, parts))
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Compares without telling by its duration where two values of the same length differ.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4231_case_2() {
        let want = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hmac_hex(b"Jefe", &[b"what do ya want ", b"for nothing?"]), want);
    }

    #[test]
    fn the_same_case_with_other_hashes() {
        let sign = |hash| hex::encode(hmac(hash, b"Jefe", &[b"what do ya want ", b"for nothing?"]));
        // RFC 2202 case 2, RFC 4231 case 2.
        assert_eq!(sign(MacHash::Sha1), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert_eq!(sign(MacHash::Sha256), hmac_hex(b"Jefe", &[b"what do ya want for nothing?"]));
        assert_eq!(
            sign(MacHash::Sha512),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        );
    }

    #[test]
    fn comparison_minds_length_and_content() {
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"ab"));
    }

    #[test]
    fn the_body_only_vector_that_n8n_verified() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../fixtures/vectors.json")).unwrap();
        let vector = &vectors["body_only_hex"][0];
        let key = vector["secret"].as_str().unwrap().as_bytes();
        let body = vector["body"].as_str().unwrap().as_bytes();
        assert_eq!(hmac_hex(key, &[body]), vector["hex"].as_str().unwrap());
    }
}
