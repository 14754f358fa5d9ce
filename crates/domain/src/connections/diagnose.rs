//! Why a request that names a connection did not verify, found out with that connection's own keys: what would have
//! had to be different for it to be genuine. Pure.

use vestibule_ports::{CallWebhooks, Inbound, VerifyFault};
use vestibule_vault::Credentials;

/// What was found out, as a stable code.
#[must_use]
pub fn diagnose(
    provider: &dyn CallWebhooks,
    keys: &[Credentials],
    request: &Inbound<'_>,
    fault: VerifyFault,
) -> Option<&'static str> {
    let genuine = |changed: &Inbound<'_>| provider.verify(keys, changed).is_ok();
    match fault {
        VerifyFault::Stale { age_ms } if age_ms > 0 => return Some("clock_behind_or_late"),
        VerifyFault::Stale { .. } => return Some("clock_ahead"),
        VerifyFault::Missing | VerifyFault::Malformed => return None,
        VerifyFault::Mismatch => {}
    }
    let other_scheme = match request.url.split_once("://") {
        Some(("https", rest)) => format!("http://{rest}"),
        Some((_, rest)) => format!("https://{rest}"),
        None => String::new(),
    };
    if genuine(&Inbound { url: &other_scheme, ..*request }) {
        return Some("public_url_scheme");
    }
    if request.url.ends_with('/') && genuine(&Inbound { url: request.url.trim_end_matches('/'), ..*request })
    {
        return Some("public_url_slash");
    }
    let compact = without_spaces(request.body);
    for body in [request.body.trim_ascii(), &compact, &spaced(&compact)] {
        if body != request.body && genuine(&Inbound { body, ..*request }) {
            return Some("body_reserialised");
        }
    }
    None
}

/// JSON without the white space between its tokens, as most programs write it.
fn without_spaces(body: &[u8]) -> Vec<u8> {
    rewrite(body, b":", b",")
}

/// JSON with one space after each colon and comma, as Python writes it.
fn spaced(compact: &[u8]) -> Vec<u8> {
    rewrite(compact, b": ", b", ")
}

fn rewrite(body: &[u8], colon: &[u8], comma: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(body.len());
    let (mut in_text, mut escaped) = (false, false);
    for byte in body {
        if in_text {
            written.push(*byte);
            in_text = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => {}
            b':' => written.extend_from_slice(colon),
            b',' => written.extend_from_slice(comma),
            other => {
                in_text = *other == b'"';
                written.push(*other);
            }
        }
    }
    written
}

/// How old a signature was, in milliseconds, where that was the reason.
#[must_use]
pub const fn age_ms(fault: VerifyFault) -> Option<i64> {
    match fault {
        VerifyFault::Stale { age_ms } => Some(age_ms),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_rewritten_outside_of_its_texts_only() {
        let body = br#"{ "a" : "x, \" : y\\" ,
            "b": [1, 2] }"#;
        assert_eq!(without_spaces(body), br#"{"a":"x, \" : y\\","b":[1,2]}"#);
        assert_eq!(spaced(&without_spaces(body)), br#"{"a": "x, \" : y\\", "b": [1, 2]}"#);
        assert_eq!(without_spaces(b"not json"), b"notjson");
    }
}
