//! Resend: mail by one POST (https://resend.com/docs/api-reference/emails/send-email, read 2026-11). Requests without a
//! User-Agent are refused there, and a key is remembered for 24 hours.

use crate::mime::{fault, said};
use futures::future::BoxFuture;
use reqwest::{Client, Response, StatusCode, header::HeaderValue, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use vestibule_model::UnixMs;
use vestibule_ports::MailFaultKind::{Rejected, Unauthorized, Unavailable};
use vestibule_ports::{Mail, MailFault, MailFaultKind, Mailer, SentMail};

const NAME: &str = "resend";
/// Where its interface is.
pub const BASE: &str = "https://api.resend.com";
const USER_AGENT: &str = concat!("Vestibule/", env!("CARGO_PKG_VERSION"));
/// The longest answer that is read: they are short.
const LONGEST: usize = 64 * 1024;
/// A quota of the day or month is not over in minutes, and no time is named.
const QUOTA_WAIT_MS: i64 = 6 * 3_600_000;
const MAX_RETRY_AFTER_MS: i64 = 24 * 3_600_000;

/// Sends mail through Resend.
pub struct ResendMailer {
    client: Client,
    base: String,
    key: SecretString,
}

impl std::fmt::Debug for ResendMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ResendMailer({})", self.base)
    }
}

#[derive(Deserialize)]
struct Taken {
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    name: String,
    message: String,
}

impl ResendMailer {
    /// A mailer at `base` (scheme and host); `timeout` bounds the whole exchange. The process must have installed a
    /// rustls provider.
    ///
    /// # Errors
    /// The HTTP client cannot be built, for instance because there are no root certificates.
    pub fn new(base: &str, key: SecretString, timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .https_only(base.starts_with("https://"))
            .connect_timeout(timeout)
            .timeout(timeout)
            .build()?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), key })
    }

    async fn post(&self, mail: &Mail) -> Result<SentMail, MailFault> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.key.expose_secret().trim()))
            .map_err(|_| fault(Unauthorized, "key_refused"))?;
        bearer.set_sensitive(true);
        let body = json!({
            "from": mail.from, "to": [mail.to], "subject": mail.subject, "html": mail.html, "text": mail.text,
            "headers": { "Auto-Submitted": "auto-generated" },
        });
        let request = self
            .client
            .post(format!("{}/emails", self.base))
            .header("authorization", bearer)
            .header("idempotency-key", &mail.idempotency_key)
            .json(&body);
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let (status, wish) = (response.status(), wish(&response));
        let body = whole(response).await?;
        if status.is_success() {
            // It was taken; under the same key it is asked again for the id, and not sent twice.
            let taken: Taken = serde_json::from_slice(&body).map_err(|_| fault(Unavailable, "unreadable"))?;
            return Ok(SentMail { external_id: taken.id.chars().take(200).collect() });
        }
        let refused: Refused = serde_json::from_slice(&body).unwrap_or_default();
        let (kind, code, retry_after_ms) = judge(status, &refused.name, wish);
        let said = said(&refused.message, self.key.expose_secret().trim());
        Err(MailFault { kind, code, retry_after_ms, said })
    }
}

impl Mailer for ResendMailer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<SentMail, MailFault>> {
        Box::pin(self.post(mail))
    }
}

fn unreachable(error: &reqwest::Error) -> MailFault {
    fault(Unavailable, if error.is_timeout() { "timeout" } else { "unreachable" })
}

async fn whole(mut response: Response) -> Result<Vec<u8>, MailFault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + chunk.len() > LONGEST {
            return Err(fault(Unavailable, "unreadable"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The time to wait that was named, in milliseconds.
fn wish(response: &Response) -> Option<i64> {
    let text = response.headers().get("retry-after")?.to_str().ok()?;
    // A date would have to be measured against their clock: seconds are what is documented.
    let ms = crate::rest::retry_after_ms(text, UnixMs(i64::MAX))?;
    (ms > 0).then(|| ms.min(MAX_RETRY_AFTER_MS))
}

/// What an answer other than 2xx means.
fn judge(status: StatusCode, name: &str, wish: Option<i64>) -> (MailFaultKind, &'static str, Option<i64>) {
    match (status.as_u16(), name) {
        // The key was taken with other bytes: that mail is on its way.
        (409, "invalid_idempotent_request") => (Rejected, "key_used", None),
        (409, _) => (Unavailable, "under_way", wish),
        (401, _) | (403, "invalid_api_key") => (Unauthorized, "key_refused", None),
        // The sender's domain is not verified, or only the account's own address may be written to.
        (403, _) | (422, "invalid_from_address") => (Unauthorized, "sender_refused", None),
        (404 | 405, _) => (Unauthorized, "not_found", None),
        (429, name) if name.ends_with("quota_exceeded") => {
            (Unavailable, "quota", wish.or(Some(QUOTA_WAIT_MS)))
        }
        (429, _) => (Unavailable, "rate_limited", wish),
        (408 | 425 | 500..=599, _) => (Unavailable, "http_status", wish),
        (400..=499, _) => (Rejected, "rejected", None),
        (300..=399, _) => (Unauthorized, "redirect", None),
        _ => (Unavailable, "unreadable", None),
    }
}
