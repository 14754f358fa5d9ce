//! What a receiver answered, reduced to a receipt: its verdict, what may be kept of its words, its wishes.

use crate::rest::retry_after_ms;
use reqwest::{StatusCode, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use vestibule_ports::{Parcel, Receipt, ReceiptKind};
use vestibule_vault::EndpointSecret;

const MAX_EXCERPT: usize = 2048;
const MAX_EXECUTION_ID: usize = 64;
// Runs of this many letters and digits look like credentials.
const TOKEN_RUN: usize = 24;
pub(super) const BLACK: &str = "[redacted]";

/// Judges an answer by its status; the body refines the verdict only of a 404.
pub(super) fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8], parcel: &Parcel) -> Receipt {
    let excerpt = excerpt(body, &parcel.secrets, parcel.header.as_ref().map(|(_, value)| value));
    let retry_after_ms = text(headers, "retry-after").and_then(|text| retry_after_ms(text, parcel.at));
    Receipt { retry_after_ms, ..judged(status, headers, body, excerpt) }
}

/// The same for a request that is none of our deliveries, and that may have carried a secret in a header.
pub(super) fn heard(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    secret: Option<&SecretString>,
) -> Receipt {
    judged(status, headers, body, excerpt(body, &[], secret))
}

/// The same for an answer of which only the body may hold a secret.
pub(super) fn read(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[EndpointSecret],
) -> Receipt {
    judged(status, headers, body, excerpt(body, secrets, None))
}

fn judged(status: StatusCode, headers: &HeaderMap, body: &[u8], excerpt: Option<String>) -> Receipt {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let (kind, error) = match status.as_u16() {
        200..=299 => (ReceiptKind::Delivered, None),
        300..=399 => (ReceiptKind::Failed, Some("redirect")),
        410 => (ReceiptKind::Gone, Some("gone")),
        404 if is_not_registered(json.as_ref()) => (ReceiptKind::Failed, Some("workflow_not_active")),
        _ => (ReceiptKind::Failed, Some("http_status")),
    };
    Receipt {
        kind,
        http_status: Some(status.as_u16()),
        error,
        excerpt,
        retry_after_ms: None,
        execution_id: execution_id(json.as_ref(), headers),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// n8n's answer while the workflow is not active (n8n 2.41.1, 2026-11).
fn is_not_registered(json: Option<&Value>) -> bool {
    json.and_then(|json| json.get("message")?.as_str()).is_some_and(|m| m.contains("is not registered"))
}

fn execution_id(json: Option<&Value>, headers: &HeaderMap) -> Option<String> {
    let told = match json.and_then(|json| json.get("executionId")) {
        Some(Value::String(id)) => Some(id.clone()),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => text(headers, "x-n8n-execution-id").map(str::to_owned),
    };
    told.filter(|id| (1..=MAX_EXECUTION_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()))
}

/// The beginning of a body as text. Blacked out before it is cut, so that no half of a token stays.
pub(super) fn excerpt(
    body: &[u8],
    secrets: &[EndpointSecret],
    header: Option<&SecretString>,
) -> Option<String> {
    let mut text = String::from_utf8_lossy(body).into_owned();
    text.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    for secret in secrets {
        let whsec = secret.whsec();
        for spelling in [whsec.expose_secret(), &whsec.expose_secret()[6..], secret.ascii()] {
            text = text.replace(spelling, BLACK);
        }
        // As it stands inside a JSON text.
        let quoted = Value::from(secret.ascii()).to_string();
        text = text.replace(quoted.trim_matches('"'), BLACK);
    }
    if let Some(value) = header.map(ExposeSecret::expose_secret).filter(|value| !value.is_empty()) {
        let quoted = Value::from(value).to_string();
        text = text.replace(value, BLACK).replace(quoted.trim_matches('"'), BLACK);
    }
    let text = without_tokens(&text);
    let end = text.floor_char_boundary(MAX_EXCERPT);
    let text = text[..end].trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Blacks out long runs of letters and digits that hold both; UUIDs stay, people search by them.
fn without_tokens(text: &str) -> String {
    let belongs = |c: char| c.is_ascii_alphanumeric() || "_-+/=".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
        let mixed = run.bytes().any(|b| b.is_ascii_digit()) && run.bytes().any(|b| b.is_ascii_alphabetic());
        out.push_str(if run.len() >= TOKEN_RUN && mixed && !is_uuid(run) { BLACK } else { run });
        rest = &rest[run.len()..];
        let between = &rest[..rest.find(belongs).unwrap_or(rest.len())];
        out.push_str(between);
        rest = &rest[between.len()..];
    }
    out
}

fn is_uuid(run: &str) -> bool {
    run.len() == 36
        && run.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::UnixMs;

    fn secret() -> EndpointSecret {
        EndpointSecret::from_ascii("abc\"efghijk\\mnopqrstuvwxyz".into()).unwrap()
    }

    fn judged(status: u16, body: &str) -> Receipt {
        let status = StatusCode::from_u16(status).unwrap();
        let parcel = Parcel {
            delivery: vestibule_model::DeliveryId(uuid::Uuid::nil()),
            url: String::new(),
            secrets: vec![secret()],
            header: None,
            body: bytes::Bytes::new(),
            at: UnixMs(0),
            timeout_ms: 0,
        };
        judge(status, &HeaderMap::new(), body.as_bytes(), &parcel)
    }

    #[test]
    fn what_n8n_really_answers() {
        let observed = include_str!("../../fixtures/n8n-http-observed.json");
        let observed: Vec<Value> = serde_json::from_str(observed).unwrap();
        for case in observed {
            let receipt = judged(
                u16::try_from(case["status"].as_u64().unwrap()).unwrap(),
                case["body"].as_str().unwrap(),
            );
            let name = case["case"].as_str().unwrap();
            let (error, execution) = match name {
                "production URL, workflow not active" | "test URL, nobody listening" | "wrong method" => {
                    (Some("workflow_not_active"), None)
                }
                "responseMode onReceived, default" => (None, None),
                name if name.starts_with("onReceived with responseData") => (None, Some("54")),
                _ => (Some("http_status"), None),
            };
            assert_eq!((receipt.error, receipt.execution_id.as_deref()), (error, execution), "{name}");
            assert!(receipt.excerpt.is_some());
        }
    }

    #[test]
    fn verdicts() {
        assert_eq!(judged(204, "").kind, ReceiptKind::Delivered);
        assert_eq!(judged(204, "").excerpt, None);
        assert_eq!(judged(308, "").error, Some("redirect"));
        assert_eq!((judged(410, "").kind, judged(410, "").error), (ReceiptKind::Gone, Some("gone")));
        assert_eq!(judged(404, "nginx: the page is not registered").error, Some("http_status"));
        assert_eq!(judged(200, r#"{"executionId":54}"#).execution_id.as_deref(), Some("54"));
        assert_eq!(judged(200, &format!(r#"{{"executionId":"{}"}}"#, "5".repeat(65))).execution_id, None);
    }

    #[test]
    fn an_excerpt_holds_no_secret() {
        let secret = secret();
        let said = format!(
            "got {} and {} and {} and Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 for 019335a0-0000-7000-8000-000000000000\0",
            secret.ascii(),
            secret.whsec().expose_secret(),
            Value::from(secret.ascii()),
        );
        let shown = excerpt(said.as_bytes(), &[secret], None).unwrap();
        let want = "got [redacted] and [redacted] and \"[redacted]\" and Bearer [redacted] for 019335a0-0000-7000-8000-000000000000";
        assert_eq!(shown, want);
        let header = SecretString::from("pass\"word");
        let echoed =
            excerpt(br#"pass"word {"x-n8n-webhook-secret":"pass\"word"}"#, &[], Some(&header)).unwrap();
        assert_eq!(echoed, r#"[redacted] {"x-n8n-webhook-secret":"[redacted]"}"#);
        let long = excerpt("é".repeat(5000).as_bytes(), &[], None).unwrap();
        assert_eq!(long.len(), 2048);
    }

    #[test]
    fn wishes_in_seconds_or_as_a_date() {
        let now = UnixMs(784_111_777_000);
        assert_eq!(retry_after_ms("120", now), Some(120_000));
        assert_eq!(retry_after_ms("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(60_000));
        assert_eq!(retry_after_ms("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(0));
        assert_eq!(retry_after_ms("soon", now), None);
        assert_eq!(retry_after_ms("-1", now), None);
        assert_eq!(retry_after_ms("9223372036854775807", now), None);
    }
}
