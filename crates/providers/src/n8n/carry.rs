//! Carries requests that are none of our deliveries, for the lab: through the same guard and under the same bounds.

use super::courier::{MAX_TIMEOUT_MS, N8nCourier, beginning, classify, failed};
use super::reply;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::SecretString;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use vestibule_ports::{Outgoing, Receipt};

pub(super) async fn carry(courier: &N8nCourier, request: Outgoing, timeout_ms: u64) -> Receipt {
    let deadline = Instant::now() + Duration::from_millis(timeout_ms.min(MAX_TIMEOUT_MS));
    let (client, url) = match courier.way(&request.url) {
        Ok(way) => way,
        Err(code) => return failed(code),
    };
    let mut post = client.post(url).body(request.body.clone());
    let mut secret = None;
    for header in &request.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_str(&header.value)) else {
            return failed("bad_header");
        };
        if header.is_secret {
            value.set_sensitive(true);
            // Whoever sends back what it got sends the secret alone, or behind its scheme.
            let bare = header.value.strip_prefix("Bearer ").unwrap_or(&header.value);
            secret = Some(SecretString::from(bare));
        }
        post = post.header(name, value);
    }
    let response = match timeout_at(deadline, post.send()).await {
        Err(_) => return failed("timeout"),
        Ok(Err(error)) => return failed(classify(&error)),
        Ok(Ok(response)) => response,
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let body = beginning(response, deadline).await;
    reply::heard(status, &headers, &body, secret.as_ref())
}
