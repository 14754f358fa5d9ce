//! Vapi's ways of saying who it is: a secret in a header, a bearer token, or an HMAC whose every part the account
//! chooses (protocols/providers.md §2.2).

use base64::{Engine, engine::general_purpose::STANDARD};
use vestibule_ports::{Inbound, VerifyFault};
use vestibule_vault::{Credentials, MacHash, constant_time_eq, hmac, sha256};

// Vapi names no tolerance; that of its peers.
const TOLERANCE_MS: u64 = 300_000;
// Below this a timestamp is in seconds: in milliseconds it would be of 1973.
const SECONDS_END: i64 = 100_000_000_000;
// More signatures in one header are not looked at.
const MOST_SIGNATURES: usize = 8;

/// What one way of proof finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Missing,
    Malformed,
    Mismatch,
    Stale(i64),
    Genuine,
}

pub(super) fn verify(keys: &[Credentials], request: &Inbound<'_>) -> Result<(), VerifyFault> {
    // No early exit: how many keys were tried does not show. Without any, an empty set tells what is missing.
    let none = [Credentials::default()];
    let mut best = Found::Missing;
    for set in if keys.is_empty() { &none[..] } else { keys } {
        best = best.max(of_set(set, request));
    }
    match best {
        Found::Genuine => Ok(()),
        Found::Stale(age_ms) => Err(VerifyFault::Stale { age_ms }),
        Found::Mismatch => Err(VerifyFault::Mismatch),
        Found::Malformed => Err(VerifyFault::Malformed),
        Found::Missing => Err(VerifyFault::Missing),
    }
}

fn of_set(set: &Credentials, request: &Inbound<'_>) -> Found {
    match set.field("auth_mode") {
        Some("secret") => plain(set, header(request, "x-vapi-secret")),
        Some("bearer") => bearer(set, request),
        Some("hmac") => signed(set, request),
        _ => plain(set, header(request, "x-vapi-secret")).max(bearer(set, request)).max(signed(set, request)),
    }
}

fn header(request: &Inbound<'_>, name: &str) -> Option<String> {
    (request.header)(&name.to_ascii_lowercase()).filter(|value| !value.is_empty())
}

fn bearer(set: &Credentials, request: &Inbound<'_>) -> Found {
    let value = header(request, set.field("bearer_header").unwrap_or("authorization"));
    plain(set, value.map(|value| unprefixed(&value).to_owned()))
}

/// What follows `Bearer `, which the account may have switched off.
fn unprefixed(value: &str) -> &str {
    match value.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer ") => token.trim(),
        _ => value.trim(),
    }
}

fn plain(set: &Credentials, given: Option<String>) -> Found {
    let Some(given) = given else { return Found::Missing };
    let Some(secret) = set.field("webhook_secret") else { return Found::Mismatch };
    // Of equal length whatever was given, so that not even the secret's length shows.
    let is_same = constant_time_eq(&sha256(given.as_bytes()), &sha256(secret.as_bytes()));
    if is_same { Found::Genuine } else { Found::Mismatch }
}

fn signed(set: &Credentials, request: &Inbound<'_>) -> Found {
    let plan = Plan::of(set);
    let Some(value) = header(request, plan.signature_header) else {
        return Found::Missing;
    };
    let stamp = header(request, plan.timestamp_header).filter(|_| plan.is_timed);
    let format = plan.format;
    // Whoever signs without the body signs anything.
    if !format.contains("{body}") {
        return Found::Mismatch;
    }
    let signed_at = match &stamp {
        Some(text) => match instant(text) {
            Some(at) => Some(at),
            None => return Found::Malformed,
        },
        None if format.contains("{timestamp}") => return Found::Malformed,
        None => None,
    };
    let message_id = header(request, plan.message_id_header).unwrap_or_default();
    let payload = payload(format, stamp.as_deref().unwrap_or_default(), &message_id, request);
    let Some(digests) = digests(set, &value) else { return Found::Malformed };
    let Some(key) = key(set) else { return Found::Mismatch };
    let want = hmac(plan.hash, &key, &payload);
    let is_genuine = digests.iter().fold(false, |found, given| found | constant_time_eq(&want, given));
    // Where no time is signed, an old request cannot be told from a new one.
    let age_ms = signed_at.map_or(0, |at| request.now.0.saturating_sub(at));
    match (is_genuine, age_ms.unsigned_abs() <= TOLERANCE_MS) {
        (false, _) => Found::Mismatch,
        (true, false) => Found::Stale(age_ms),
        (true, true) => Found::Genuine,
    }
}

/// How the account signs: what it did not choose is Vapi's own choice.
pub(super) struct Plan<'a> {
    pub(super) signature_header: &'a str,
    pub(super) timestamp_header: &'a str,
    pub(super) message_id_header: &'a str,
    pub(super) is_timed: bool,
    pub(super) format: &'a str,
    pub(super) hash: MacHash,
}

impl<'a> Plan<'a> {
    pub(super) fn of(set: &'a Credentials) -> Self {
        let name = |field: &str, standard: &'a str| set.field(field).unwrap_or(standard);
        let is_timed = set.field("include_timestamp") != Some("false");
        Self {
            signature_header: name("signature_header", "x-signature"),
            timestamp_header: name("timestamp_header", "x-timestamp"),
            message_id_header: name("message_id_header", "svix-id"),
            is_timed,
            format: name("payload_format", if is_timed { "{timestamp}.{body}" } else { "{body}" }),
            hash: match set.field("algorithm") {
                Some("sha1") => MacHash::Sha1,
                Some("sha512") => MacHash::Sha512,
                _ => MacHash::Sha256,
            },
        }
    }
}

pub(super) fn key(set: &Credentials) -> Option<Vec<u8>> {
    let secret = set.field("webhook_secret")?;
    let key = if set.field("secret_is_base64") == Some("true") {
        STANDARD.decode(secret).ok()?
    } else {
        secret.as_bytes().to_vec()
    };
    Some(key).filter(|key| !key.is_empty())
}

/// Milliseconds, or seconds: Vapi does not say which.
fn instant(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number: i64 = digits.then(|| text.parse().ok()).flatten()?;
    Some(if number < SECONDS_END { number * 1000 } else { number })
}

/// The signatures of a header, decoded: one, or several with spaces between them, each behind the prefix.
fn digests(set: &Credentials, value: &str) -> Option<Vec<Vec<u8>>> {
    let prefix = set.field("signature_prefix").unwrap_or_default();
    let is_base64 = set.field("signature_encoding") == Some("base64");
    let read = |text: &str| {
        let digest = text.strip_prefix(prefix)?;
        if is_base64 { STANDARD.decode(digest).ok() } else { hex::decode(digest).ok() }
    };
    let found: Vec<Vec<u8>> = value.split_ascii_whitespace().take(MOST_SIGNATURES).filter_map(read).collect();
    (!found.is_empty()).then_some(found)
}

/// The signed bytes, in pieces. A placeholder stands for itself only: what is put in is not searched again.
pub(super) fn payload<'a>(
    format: &'a str,
    stamp: &'a str,
    message_id: &'a str,
    request: &Inbound<'a>,
) -> Vec<&'a [u8]> {
    let known: [(&str, &'a [u8]); 5] = [
        ("{body}", request.body),
        ("{timestamp}", stamp.as_bytes()),
        ("{method}", request.method.as_bytes()),
        ("{url}", request.url.as_bytes()),
        ("{svix-id}", message_id.as_bytes()),
    ];
    let mut parts: Vec<&'a [u8]> = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('{') {
        parts.push(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let (taken, part) = known
            .iter()
            .find(|(name, _)| rest.starts_with(name))
            .map_or((1, &rest.as_bytes()[..1]), |(name, value)| (name.len(), *value));
        parts.push(part);
        rest = &rest[taken..];
    }
    parts.push(rest.as_bytes());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::UnixMs;

    fn check(set: &[(&str, &str)], headers: &[(&str, &str)]) -> Result<(), VerifyFault> {
        let set = set.iter().fold(Credentials::default(), |set, (name, value)| set.with(name, value));
        let look = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let now = UnixMs(1_795_219_200_000);
        verify(&[set], &Inbound { method: "POST", url: "https://x/y", header: &look, body: b"{}", now })
    }

    #[test]
    fn each_mode_takes_its_own_proof_and_auto_takes_all() {
        let secret = ("webhook_secret", "s3cr3t");
        let digest = vestibule_vault::hmac_hex(b"s3cr3t", &[b"1795219200000.{}"]);
        let hmac = [("x-signature", digest.as_str()), ("x-timestamp", "1795219200000")];
        let proofs: [(&str, &[(&str, &str)]); 3] = [
            ("secret", &[("x-vapi-secret", "s3cr3t")]),
            ("bearer", &[("authorization", "Bearer s3cr3t")]),
            ("hmac", &hmac),
        ];
        for (mode, headers) in proofs {
            assert_eq!(check(&[secret, ("auth_mode", mode)], headers), Ok(()), "{mode}");
            assert_eq!(check(&[secret, ("auth_mode", "auto")], headers), Ok(()), "{mode}");
            assert_eq!(check(&[secret], headers), Ok(()), "{mode}");
            assert_eq!(check(&[("webhook_secret", "s3cr3T")], headers), Err(VerifyFault::Mismatch), "{mode}");
            assert_eq!(check(&[("private_key", "s3cr3t")], headers), Err(VerifyFault::Mismatch), "{mode}");
            for (other, _) in proofs.iter().filter(|(other, _)| *other != mode) {
                assert_eq!(
                    check(&[secret, ("auth_mode", other)], headers),
                    Err(VerifyFault::Missing),
                    "{mode} {other}"
                );
            }
        }
        assert_eq!(check(&[secret], &[]), Err(VerifyFault::Missing));
        let custom = [secret, ("auth_mode", "bearer"), ("bearer_header", "X-Api")];
        assert_eq!(check(&custom, &[("x-api", "s3cr3t")]), Ok(()));
        assert_eq!(check(&custom, &[("authorization", "s3cr3t")]), Err(VerifyFault::Missing));
    }

    #[test]
    fn an_empty_key_verifies_nothing() {
        let digest = vestibule_vault::hmac_hex(b"", &[b"1795219200000.{}"]);
        let headers =
            [("x-signature", digest.as_str()), ("x-timestamp", "1795219200000"), ("x-vapi-secret", "")];
        for set in
            [&[("webhook_secret", "")][..], &[("webhook_secret", "===="), ("secret_is_base64", "true")], &[]]
        {
            assert_eq!(check(set, &headers), Err(VerifyFault::Mismatch));
        }
        assert_eq!(check(&[], &[("authorization", "Bearer ")]), Err(VerifyFault::Mismatch));
    }

    #[test]
    fn forms_that_prove_nothing() {
        let secret = ("webhook_secret", "k");
        let sign = |payload: &str| vestibule_vault::hmac_hex(b"k", &[payload.as_bytes()]);
        let fixed = sign("fixed");
        let headers = [("x-signature", fixed.as_str()), ("x-timestamp", "1795219200000")];
        assert_eq!(check(&[secret, ("payload_format", "fixed")], &headers), Err(VerifyFault::Mismatch));
        assert_eq!(check(&[secret], &headers[..1]), Err(VerifyFault::Malformed), "no time");
        let digest = sign("1e3.{}");
        let odd = [("x-signature", digest.as_str()), ("x-timestamp", "1e3")];
        assert_eq!(check(&[secret], &odd), Err(VerifyFault::Malformed));
        assert_eq!(check(&[secret], &[("x-signature", "zz"), headers[1]]), Err(VerifyFault::Malformed));
        // What is put in is not searched for placeholders again.
        let nested = sign("{method}.{}");
        let format = [secret, ("payload_format", "{svix-id}.{body}"), ("include_timestamp", "false")];
        assert_eq!(check(&format, &[("x-signature", &nested), ("svix-id", "{method}")]), Ok(()));
        let unknown = sign("{now}{{}");
        let format = [secret, ("payload_format", "{now}{{body}"), ("include_timestamp", "false")];
        assert_eq!(check(&format, &[("x-signature", &unknown)]), Ok(()));
    }

    #[test]
    fn seconds_are_as_good_as_milliseconds_within_five_minutes() {
        let secret = ("webhook_secret", "k");
        for (stamp, want) in [
            ("1795219200", Ok(())),
            ("1795218900", Ok(())),
            ("1795218899", Err(VerifyFault::Stale { age_ms: 301_000 })),
            ("1795219500000", Ok(())),
            ("1795219500001", Err(VerifyFault::Stale { age_ms: -300_001 })),
        ] {
            let digest = vestibule_vault::hmac_hex(b"k", &[stamp.as_bytes(), b".{}"]);
            assert_eq!(
                check(&[secret], &[("x-signature", &digest), ("x-timestamp", stamp)]),
                want,
                "{stamp}"
            );
        }
    }
}
