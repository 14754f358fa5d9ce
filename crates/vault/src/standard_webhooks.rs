//! Signatures by the Standard Webhooks specification: HMAC-SHA256 over `id.timestamp.body`.

use crate::{InvalidSecret, constant_time_eq, hmac_sha256};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Why a signature is not accepted. The codes are those of `ports::VerifyFault`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The id, the timestamp or the signature is missing.
    #[error("the signature is missing")]
    Missing,
    /// The timestamp is not a number, or no signature of a known version is there.
    #[error("the signature is malformed")]
    Malformed,
    /// The signature is genuine, but too old or from the future; the age in seconds.
    #[error("the signature is stale")]
    Stale {
        /// Our time minus the signature's time, in seconds.
        age_s: i64,
    },
    /// Another key or other bytes were signed.
    #[error("the signature does not match")]
    Mismatch,
}

impl SignatureFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Malformed => "signature_malformed",
            Self::Stale { .. } => "signature_stale",
            Self::Mismatch => "signature_mismatch",
        }
    }
}

fn mac(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> [u8; 32] {
    hmac_sha256(key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body])
}

/// Signs a message: the value of one signature, `v1,…`. Several are joined by spaces.
#[must_use]
pub fn sign(key: &[u8], id: &str, timestamp_s: i64, body: &[u8]) -> String {
    format!("v1,{}", STANDARD.encode(mac(key, id, &timestamp_s.to_string(), body)))
}

/// Verifies a message against keys, any of which may have signed it. The tolerance is inclusive and holds in
/// both directions; staleness is reported only of a genuine signature.
///
/// # Errors
/// Says why the message is not accepted.
pub fn verify<K: AsRef<[u8]>>(
    keys: &[K],
    id: &str,
    timestamp: &str,
    signature: &str,
    body: &[u8],
    now_s: i64,
    tolerance_s: i64,
) -> Result<(), SignatureFault> {
    if id.is_empty() || timestamp.is_empty() || signature.is_empty() {
        return Err(SignatureFault::Missing);
    }
    if !timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SignatureFault::Malformed);
    }
    let signed_at: i64 = timestamp.parse().map_err(|_| SignatureFault::Malformed)?;
    // Signatures of other schemes (v1a: ed25519) may stand beside ours.
    let given: Vec<Vec<u8>> = signature
        .split_ascii_whitespace()
        .filter_map(|part| STANDARD.decode(part.strip_prefix("v1,")?).ok())
        .filter(|mac| mac.len() == 32)
        .collect();
    if given.is_empty() {
        return Err(SignatureFault::Malformed);
    }
    // No early exit: how many keys were tried does not show.
    let mut genuine = false;
    // An empty key is no key: everybody has it.
    for key in keys.iter().filter(|key| !key.as_ref().is_empty()) {
        let want = mac(key.as_ref(), id, timestamp, body);
        for mac in &given {
            genuine |= constant_time_eq(&want, mac);
        }
    }
    let age_s = now_s.saturating_sub(signed_at);
    match (genuine, age_s.unsigned_abs() <= tolerance_s.unsigned_abs()) {
        (false, _) => Err(SignatureFault::Mismatch),
        (true, false) => Err(SignatureFault::Stale { age_s }),
        (true, true) => Ok(()),
    }
}

/// Reads a secret as it is handed out: `whsec_` and base64; the prefix may be missing.
///
/// # Errors
/// It is not base64, or it is empty.
pub fn decode_secret(text: &str) -> Result<Vec<u8>, InvalidSecret> {
    let key =
        STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| InvalidSecret::Encoding)?;
    if key.is_empty() { Err(InvalidSecret::Length) } else { Ok(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(vector: &serde_json::Value) -> Result<(), SignatureFault> {
        let key = decode_secret(vector["secret"].as_str().unwrap()).unwrap();
        let body = STANDARD.decode(vector["body_b64"].as_str().unwrap()).unwrap();
        let header = |name: &str| vector["headers"][name].as_str().unwrap_or("");
        verify(
            &[b"another key".to_vec(), key],
            header("webhook-id"),
            header("webhook-timestamp"),
            header("webhook-signature"),
            &body,
            vector["now"].as_i64().unwrap(),
            vector["tolerance_s"].as_i64().unwrap(),
        )
    }

    #[test]
    fn every_vector() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../fixtures/vectors.json")).unwrap();
        let vectors = vectors["standard_webhooks"].as_array().unwrap();
        assert_eq!(vectors.len(), 10);
        for vector in vectors {
            let found = check(vector);
            assert_eq!(found.is_ok(), vector["expect"].as_bool().unwrap(), "{} {found:?}", vector["name"]);
        }
        assert_eq!(check(&vectors[4]), Err(SignatureFault::Stale { age_s: 301 }));
        assert_eq!(check(&vectors[5]), Err(SignatureFault::Stale { age_s: -301 }));
        assert_eq!(check(&vectors[8]), Err(SignatureFault::Missing));
        assert_eq!(check(&vectors[9]), Err(SignatureFault::Malformed));
    }

    #[test]
    fn we_sign_as_the_official_vector_does() {
        let key = decode_secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signature = sign(&key, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn an_empty_key_verifies_nothing() {
        let forged = sign(b"", "id", 5, b"body");
        assert_eq!(verify(&[b""], "id", "5", &forged, b"body", 5, 300), Err(SignatureFault::Mismatch));
    }

    #[test]
    fn odd_timestamps_are_malformed() {
        for timestamp in ["-5", "+5", "5.0", " 5", "99999999999999999999"] {
            let found = verify(&[b"k"], "id", timestamp, "v1,aGk=", b"", 5, 300);
            assert_eq!(found, Err(SignatureFault::Malformed), "{timestamp}");
        }
    }
}
