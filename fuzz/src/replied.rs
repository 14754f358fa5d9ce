//! What others answer us, and the addresses that people give us.

use crate::parts;
use vestibule_providers::n8n::{SsrfGuard, reads};
use vestibule_vault::EndpointSecret;

const SECRET: &str = "hunter2hunter2hunter2hunter2";
/// More than an excerpt ever has.
const MOST: usize = 2048;

/// A receiver's answer, and the pages of n8n's own interface: an input is a body and, after a NUL, a status.
pub fn reply(data: &[u8]) {
    let [body, status] = parts::<2>(data);
    let status = std::str::from_utf8(status).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(200);
    let secrets: Vec<EndpointSecret> = EndpointSecret::from_ascii(SECRET.into()).into_iter().collect();
    let receipt = reads::receipt(status, body, &secrets);
    if let Some(excerpt) = &receipt.excerpt {
        assert!(excerpt.len() <= MOST, "an excerpt of {} bytes", excerpt.len());
        assert!(!excerpt.contains(SECRET), "an excerpt shows a secret");
        assert!(!excerpt.contains('\0'));
    }
    for execution in reads::executions(body) {
        assert!(execution.external_id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    }
    let _ = reads::listening(body, "orders/new");
}

/// An address for deliveries: what is let through names no private place.
pub fn url(data: &[u8]) {
    let guard = SsrfGuard::new(Vec::new());
    let text = String::from_utf8_lossy(data);
    let Ok(url) = guard.check_url(&text) else { return };
    assert_eq!(url.scheme(), "https", "{text}");
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    assert!(!host.is_empty() && host != "localhost", "{text}");
    if let Ok(address) = host.parse() {
        assert!(guard.allows(address), "{text}");
    }
    assert!(guard.check_url(url.as_str()).is_ok(), "what was let through is not let through again: {text}");
}

/// Good addresses, and some that are not.
pub fn urls() -> Vec<Vec<u8>> {
    [
        "https://n8n.test/webhook/a?b=c",
        "http://n8n.test/",
        "https://127.0.0.1/",
        "https://[::1]:8443/x",
        "https://[::ffff:10.0.0.1]/",
        "https://0x7f.1/",
        "https://user:pass@n8n.test/",
        "https://2130706433/",
        "https://localhost./",
        "https://xn--bcher-kva.test/ü",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
