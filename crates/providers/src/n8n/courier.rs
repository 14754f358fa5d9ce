//! Carries deliveries: one signed POST per attempt, no redirects, bounded in time and in what it reads.

use super::{carry, reply};
use crate::guard::{GuardedResolver, ResolveFault, SsrfGuard};
use futures::future::BoxFuture;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use secrecy::ExposeSecret;
use std::{error::Error, io::ErrorKind, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use url::Url;
use vestibule_ports::{Courier, Outgoing, Parcel, Receipt, ReceiptKind};
use vestibule_vault::{hmac_hex, standard_webhooks};

const USER_AGENT: &str = concat!("Vestibule/", env!("CARGO_PKG_VERSION"));
const MAX_BODY: usize = 16 * 1024;
// So that no configured limit overflows the clock.
pub(super) const MAX_TIMEOUT_MS: u64 = 600_000;
// Node closes idle connections after 5 s. We let go first: a POST over a connection that is just being
// closed would fail without need.
const IDLE: Duration = Duration::from_secs(4);

/// Delivers to n8n and to anything else that takes Standard Webhooks.
#[derive(Debug, Clone)]
pub struct N8nCourier {
    guard: SsrfGuard,
    https: Client,
    http: Client,
}

impl N8nCourier {
    /// A courier that goes only where the guard lets it. The process must have installed a rustls provider.
    ///
    /// # Errors
    /// The HTTP client cannot be built, for instance because there are no root certificates.
    pub fn new(guard: SsrfGuard) -> Result<Self, reqwest::Error> {
        let client = |only_listed| {
            Client::builder()
                .user_agent(USER_AGENT)
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                .pool_idle_timeout(IDLE)
                .dns_resolver(Arc::new(GuardedResolver { guard: guard.clone(), only_listed }))
                .build()
        };
        let (https, http) = (client(false)?, client(true)?);
        Ok(Self { guard, https, http })
    }

    /// The client for an address that the guard lets through.
    pub(super) fn way(&self, url: &str) -> Result<(&Client, Url), &'static str> {
        let url = self.guard.check_url(url).map_err(super::UrlFault::code)?;
        Ok((if url.scheme() == "https" { &self.https } else { &self.http }, url))
    }

    fn request(&self, parcel: &Parcel) -> Result<RequestBuilder, &'static str> {
        let (client, url) = self.way(&parcel.url)?;
        let current = parcel.secrets.first().ok_or("no_secret")?;
        let (id, at_s) = (parcel.delivery.to_string(), parcel.at.0.div_euclid(1000));
        let signatures: Vec<String> = parcel
            .secrets
            .iter()
            .map(|secret| standard_webhooks::sign(secret.key(), &id, at_s, &parcel.body))
            .collect();
        let mut request = client.post(url);
        if let Some((name, value)) = &parcel.header {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "bad_header")?;
            let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| "bad_header")?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        Ok(request
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at_s)
            .header("webhook-signature", signatures.join(" "))
            .header("x-vestibule-signature", format!("sha256={}", hmac_hex(current.key(), &[&parcel.body])))
            .body(parcel.body.clone()))
    }

    async fn attempt(&self, parcel: Parcel) -> Receipt {
        let deadline = Instant::now() + Duration::from_millis(parcel.timeout_ms.min(MAX_TIMEOUT_MS));
        let request = match self.request(&parcel) {
            Ok(request) => request,
            Err(code) => return failed(code),
        };
        let response = match timeout_at(deadline, request.send()).await {
            Err(_) => return failed("timeout"),
            Ok(Err(error)) => return failed(classify(&error)),
            Ok(Ok(response)) => response,
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let body = beginning(response, deadline).await;
        reply::judge(status, &headers, &body, &parcel)
    }
}

impl Courier for N8nCourier {
    fn shown_headers(&self, parcel: &Parcel) -> Vec<(String, String)> {
        let signatures = vec![concat!("v1,", "[redacted]"); parcel.secrets.len()].join(" ");
        let own =
            parcel.header.as_ref().map(|(name, _)| (name.to_ascii_lowercase(), reply::BLACK.to_owned()));
        let fixed = [
            ("content-type", "application/json".to_owned()),
            ("user-agent", USER_AGENT.to_owned()),
            ("webhook-id", parcel.delivery.to_string()),
            ("webhook-timestamp", parcel.at.0.div_euclid(1000).to_string()),
            ("webhook-signature", signatures),
            ("x-vestibule-signature", format!("sha256={}", reply::BLACK)),
        ];
        fixed.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(own).collect()
    }

    fn send(&self, parcel: Parcel) -> BoxFuture<'_, Receipt> {
        Box::pin(self.attempt(parcel))
    }

    fn carry(&self, request: Outgoing, timeout_ms: u64) -> BoxFuture<'_, Receipt> {
        Box::pin(carry::carry(self, request, timeout_ms))
    }
}

/// The beginning of the body, as far as it comes in time. A body that breaks off does not unmake the verdict
/// that the status has already given: trying again would only deliver twice.
pub(super) async fn beginning(mut response: Response, deadline: Instant) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < MAX_BODY {
        let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await else { break };
        let room = MAX_BODY - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    body
}

pub(super) fn failed(error: &'static str) -> Receipt {
    Receipt {
        kind: ReceiptKind::Failed,
        http_status: None,
        error: Some(error),
        excerpt: None,
        retry_after_ms: None,
        execution_id: None,
    }
}

/// Names the cause of a failed exchange: the deepest one that we know.
pub(super) fn classify(error: &reqwest::Error) -> &'static str {
    let (mut cause, mut deepest): (Option<&(dyn Error + 'static)>, _) = (Some(error), None);
    while let Some(this) = cause {
        deepest = known(this).or(deepest);
        cause = this.source();
    }
    match deepest {
        Some(code) => code,
        None if error.is_timeout() => "timeout",
        None if error.is_builder() => "invalid_url",
        None if error.is_connect() => "connection_refused",
        None => "connection_closed",
    }
}

fn known(cause: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(fault) = cause.downcast_ref::<ResolveFault>() {
        return Some(match fault {
            ResolveFault::Blocked => "blocked_address",
            ResolveFault::Unknown => "dns_failed",
        });
    }
    if cause.is::<rustls::Error>() {
        return Some("tls_failed");
    }
    let io = cause.downcast_ref::<std::io::Error>()?;
    // An io::Error hides what it wraps from `source`.
    if let Some(code) = io.get_ref().and_then(|inner| known(inner)) {
        return Some(code);
    }
    match io.kind() {
        ErrorKind::ConnectionRefused => Some("connection_refused"),
        ErrorKind::TimedOut => Some("timeout"),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Some("connection_closed"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::{DeliveryId, UnixMs};
    use vestibule_vault::EndpointSecret;

    #[test]
    fn causes_are_found_inside_of_others() {
        let io = |kind, inner: Box<dyn Error + Send + Sync>| std::io::Error::new(kind, inner);
        let tls = io(ErrorKind::InvalidData, Box::new(rustls::Error::HandshakeNotComplete));
        assert_eq!(known(&io(ErrorKind::Other, Box::new(tls))), Some("tls_failed"));
        assert_eq!(known(&ResolveFault::Unknown), Some("dns_failed"));
        assert_eq!(known(&std::io::Error::from(ErrorKind::BrokenPipe)), Some("connection_closed"));
        assert_eq!(known(&std::fmt::Error), None);
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_a_forbidden_address_is_named_so() {
        // Fails when another test was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut courier = N8nCourier::new(SsrfGuard::default()).unwrap();
        // The first look is made lenient, so that the resolver's look is the one that counts.
        courier.guard = SsrfGuard::new(vec!["127.0.0.0/8".parse().unwrap()]);
        for url in ["http://localhost:9/", "https://localhost:9/"] {
            let parcel = Parcel {
                delivery: DeliveryId(uuid::Uuid::nil()),
                url: url.to_owned(),
                secrets: vec![EndpointSecret::from_ascii("x".repeat(32).into()).unwrap()],
                header: None,
                body: bytes::Bytes::from_static(b"{}"),
                at: UnixMs(0),
                timeout_ms: 5_000,
            };
            assert_eq!(courier.send(parcel).await.error, Some("blocked_address"), "{url}");
        }
    }
}
