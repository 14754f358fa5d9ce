//! Retell's signature: `x-retell-signature: v=<ms>,d=<hex>`, HMAC-SHA256 of body ‖ ms under the API key.

use vestibule_ports::{Inbound, VerifyFault};
use vestibule_vault::{Credentials, constant_time_eq, hmac_sha256};

// retell-sdk npm 5.66.1, lib/webhook_auth.js: both directions, boundary inclusive.
const TOLERANCE_MS: u64 = 300_000;

/// The header that carries it.
pub(super) const HEADER: &str = "x-retell-signature";

pub(super) fn header(request: &Inbound<'_>) -> Option<String> {
    (request.header)(HEADER).filter(|value| !value.is_empty())
}

/// Reads `^v=(\d+),d=([0-9a-f]{64})$`. The npm SDK takes upper-case hex as well, so do we.
fn parse(header: &str) -> Option<(i64, [u8; 32])> {
    let (ms, digest) = header.strip_prefix("v=")?.split_once(",d=")?;
    if ms.is_empty() || !ms.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(digest, &mut bytes).ok()?;
    Some((ms.parse().ok()?, bytes))
}

pub(super) fn verify(keys: &[Credentials], request: &Inbound<'_>) -> Result<(), VerifyFault> {
    let header = header(request).ok_or(VerifyFault::Missing)?;
    let (signed_at_ms, given) = parse(&header).ok_or(VerifyFault::Malformed)?;
    let signed_at = signed_at_ms.to_string();
    // No early exit: how many keys were tried does not show. An empty key is no key: everybody has it.
    let mut genuine = false;
    // The key with the webhook badge signs: mostly the API key itself, else the one named beside it (§1.1).
    let named =
        |set: &'_ Credentials| ["api_key", "webhook_key"].map(|name| set.field(name).map(str::to_owned));
    for key in keys.iter().flat_map(named).flatten() {
        genuine |=
            constant_time_eq(&hmac_sha256(key.as_bytes(), &[request.body, signed_at.as_bytes()]), &given);
    }
    let age_ms = request.now.0.saturating_sub(signed_at_ms);
    match (genuine, age_ms.unsigned_abs() <= TOLERANCE_MS) {
        (false, _) => Err(VerifyFault::Mismatch),
        (true, false) => Err(VerifyFault::Stale { age_ms }),
        (true, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_form_is_read() {
        let digest = "5ecd82d94ad201eb888b6048a7a62c273080ce1fcba2805fe0d67f16182c710b";
        assert!(parse(&format!("v=1,d={digest}")).is_some());
        assert!(parse(&format!("v=1,d={}", digest.to_uppercase())).is_some());
        for bad in [
            format!("v=,d={digest}"),
            format!("v=-1,d={digest}"),
            format!("v=+1,d={digest}"),
            format!("v=1, d={digest}"),
            format!("v=1,d={digest}00"),
            format!("v=1,d={digest},v=2"),
            format!("v=99999999999999999999,d={digest}"),
            digest.to_owned(),
        ] {
            assert!(parse(&bad).is_none(), "{bad}");
        }
    }
}
