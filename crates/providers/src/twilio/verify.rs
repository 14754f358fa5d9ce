//! Twilio's signature (telephony sheet §2): HMAC over the address and the sorted fields, SHA-1 under the auth
//! token, or SHA-256 under a shared key where the settings header says so.

use super::wire::query;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{borrow::Cow, collections::BTreeSet};
use url::form_urlencoded;
use vestibule_ports::{Inbound, VerifyFault};
use vestibule_vault::{Credentials, MacHash, constant_time_eq, hmac, sha256};

/// The largest body that is hashed, in bytes: no request of Twilio comes near it.
const LARGEST: usize = 1024 * 1024;

/// The header that carries it.
pub(super) const HEADER: &str = "x-twilio-signature";

pub(super) fn header(request: &Inbound<'_>) -> Option<String> {
    (request.header)(HEADER).filter(|value| !value.is_empty())
}

/// The hash under the signature, and with it the credential whose key signs.
#[derive(Clone, Copy)]
enum Scheme {
    AuthToken,
    SharedKey,
}

impl Scheme {
    /// Reads `key=…,algorithm=HMAC_SHA256` (§2.3); without the header it is the classic scheme.
    fn of(request: &Inbound<'_>) -> Option<Self> {
        let Some(settings) = (request.header)("x-twilio-webhooks-signature-settings") else {
            return Some(Self::AuthToken);
        };
        let algorithm = settings.split(',').find_map(|part| part.trim().strip_prefix("algorithm="))?;
        (algorithm == "HMAC_SHA256").then_some(Self::SharedKey)
    }

    const fn field(self) -> &'static str {
        match self {
            Self::AuthToken => "auth_token",
            Self::SharedKey => "shared_key",
        }
    }

    const fn hash(self) -> MacHash {
        match self {
            Self::AuthToken => MacHash::Sha1,
            Self::SharedKey => MacHash::Sha256,
        }
    }
}

pub(super) fn verify(keys: &[Credentials], request: &Inbound<'_>) -> Result<(), VerifyFault> {
    let header = header(request).ok_or(VerifyFault::Missing)?;
    let scheme = Scheme::of(request).ok_or(VerifyFault::Malformed)?;
    let given = STANDARD.decode(header).map_err(|_| VerifyFault::Malformed)?;
    if request.body.len() > LARGEST {
        return Err(VerifyFault::Malformed);
    }
    let signed = signed(request)?;
    // No early exit: which token or which form of the address it was does not show. Several tokens: Twilio
    // goes on signing with the old one until the new one is promoted (§2.4).
    let mut genuine = false;
    for key in keys.iter().filter_map(|set| set.field(scheme.field())) {
        for (url, fields) in &signed {
            let made = hmac(scheme.hash(), key.as_bytes(), &[url.as_bytes(), fields.as_bytes()]);
            genuine |= constant_time_eq(&made, &given);
        }
    }
    if genuine { Ok(()) } else { Err(VerifyFault::Mismatch) }
}

/// The texts that may have been signed: an address and the fields that follow it.
fn signed(request: &Inbound<'_>) -> Result<Vec<(String, String)>, VerifyFault> {
    let websocket = (request.header)("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
    if websocket || request.url.starts_with("wss://") {
        return Ok(upgrade(request.url));
    }
    let fields = match (request.method, is_form(request)) {
        // The query is in the address already.
        ("GET" | "HEAD", _) => String::new(),
        (_, true) => sorted(request.body),
        (_, false) => {
            hashed(request)?;
            String::new()
        }
    };
    Ok(addresses(request.url).into_iter().map(|url| (url, fields.clone())).collect())
}

fn is_form(request: &Inbound<'_>) -> bool {
    (request.header)("content-type").is_none_or(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.is_empty() || kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// A body that is no form is signed through its hash in the query (§2.2); without one it is not signed at all.
fn hashed(request: &Inbound<'_>) -> Result<(), VerifyFault> {
    let mut pairs = form_urlencoded::parse(query(request.url).as_bytes());
    let (_, claimed) = pairs.find(|(name, _)| name == "bodySHA256").ok_or(VerifyFault::Malformed)?;
    let mut hash = [0; 32];
    hex::decode_to_slice(claimed.as_bytes(), &mut hash).map_err(|_| VerifyFault::Malformed)?;
    if constant_time_eq(&sha256(request.body), &hash) { Ok(()) } else { Err(VerifyFault::Mismatch) }
}

/// Every distinct pair once, sorted by name, then by value, without separators (§2.1). Nothing is trimmed.
fn sorted(form: &[u8]) -> String {
    let pairs: BTreeSet<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(form).collect();
    pairs.iter().flat_map(|(name, value)| [&**name, &**value]).collect()
}

/// The value of `x-twilio-signature` for a form that is posted to an address, under an auth token.
#[must_use]
pub fn signature(token: &str, url: &str, form: &[u8]) -> String {
    STANDARD.encode(hmac(MacHash::Sha1, token.as_bytes(), &[url.as_bytes(), sorted(form).as_bytes()]))
}

/// The forms of an address that Twilio's back ends have signed: as it arrived, without a port, with the default
/// one; and each with its apostrophes escaped (twilio-node #1059).
fn addresses(url: &str) -> Vec<String> {
    let mut found = vec![url.to_owned()];
    if let Some((scheme, rest)) = url.split_once("://") {
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let host_from = authority.rfind('@').map_or(0, |at| at + 1);
        // A colon inside an IPv6 address is no port's.
        let port = authority[host_from..].rfind(':').map(|at| at + host_from);
        let port = port.filter(|at| authority[at + 1..].bytes().all(|b| b.is_ascii_digit()));
        match port {
            Some(at) => found.push(format!("{scheme}://{}{path}", &authority[..at])),
            None => {
                let port = if matches!(scheme, "http" | "ws") { 80 } else { 443 };
                found.push(format!("{scheme}://{authority}:{port}{path}"));
            }
        }
    }
    for at in 0..found.len() {
        if found[at].contains('\'') {
            found.push(found[at].replace('\'', "%27"));
        }
    }
    found
}

/// A WebSocket's opening (§2.5): the address in `wss`, with its query as fields, or, last, in `https`.
fn upgrade(url: &str) -> Vec<(String, String)> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (wss, https) = (format!("wss://{rest}"), format!("https://{rest}"));
    let mut found: Vec<_> = addresses(&wss).into_iter().map(|url| (url, String::new())).collect();
    if let Some((bare, query)) = wss.split_once('?') {
        found.push((bare.to_owned(), sorted(query.as_bytes())));
    }
    found.push((https, String::new()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_an_address() {
        assert_eq!(addresses("https://a.test/x?q=1"), ["https://a.test/x?q=1", "https://a.test:443/x?q=1"]);
        assert_eq!(addresses("http://a.test"), ["http://a.test", "http://a.test:80"]);
        assert_eq!(addresses("https://a.test:8443/x"), ["https://a.test:8443/x", "https://a.test/x"]);
        assert_eq!(addresses("https://u:p@a.test/x")[1], "https://u:p@a.test:443/x");
        assert_eq!(addresses("https://[::1]/x")[1], "https://[::1]:443/x");
        assert_eq!(
            addresses("https://a.test/?b=it's")[2..],
            ["https://a.test/?b=it%27s", "https://a.test:443/?b=it%27s"]
        );
    }

    #[test]
    fn pairs_are_sorted_once_and_not_trimmed() {
        assert_eq!(sorted(b"b=2&a=+1+&a=0&a=+1+&c=&ab=x"), "a 1 a0abxb2c");
        assert_eq!(sorted(b""), "");
    }
}
