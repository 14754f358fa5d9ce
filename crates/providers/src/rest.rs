//! A provider's REST interface, asked carefully: one host, bounded in time and in what is read, no redirects,
//! and every failure reduced to a kind.

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header::HeaderMap, redirect::Policy};
use std::time::Duration;
use vestibule_model::UnixMs;
use vestibule_ports::{ProviderFault, ProviderFaultKind};

const USER_AGENT: &str = concat!("Vestibule/", env!("CARGO_PKG_VERSION"));

/// One provider's interface.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    client: Client,
    base: String,
    longest: usize,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RestFault {
    /// The answer is longer than we read.
    TooLong,
    /// There is no such thing, or not under this key.
    Missing,
    /// Anything else.
    Fault(ProviderFault),
}

impl From<RestFault> for ProviderFault {
    fn from(fault: RestFault) -> Self {
        match fault {
            RestFault::TooLong => Self::of(ProviderFaultKind::Unexpected),
            RestFault::Missing => Self::of(ProviderFaultKind::Rejected),
            RestFault::Fault(fault) => fault,
        }
    }
}

impl Rest {
    /// An interface at `base` (scheme and host, without a slash at the end). `timeout` bounds a whole exchange,
    /// `longest` an answer in bytes. The process must have installed a rustls provider.
    pub(crate) fn new(base: &str, timeout: Duration, longest: usize) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .https_only(base.starts_with("https://"))
            .connect_timeout(timeout)
            .timeout(timeout)
            .build()?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), longest })
    }

    /// A request to a path of the interface, with what is asked for in its query.
    pub(crate) fn request(&self, method: Method, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        self.client.request(method, format!("{}{path}{mark}{query}", self.base))
    }

    /// The body of a successful answer.
    pub(crate) async fn body(&self, request: RequestBuilder) -> Result<Vec<u8>, RestFault> {
        let unreachable = RestFault::Fault(ProviderFault::of(ProviderFaultKind::Unavailable));
        let mut response = request.send().await.map_err(|_| unreachable)?;
        if !response.status().is_success() {
            return Err(judge(&response));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| unreachable)? {
            if body.len() + chunk.len() > self.longest {
                return Err(RestFault::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn judge(response: &Response) -> RestFault {
    let kind = match response.status() {
        StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => return RestFault::Missing,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ProviderFaultKind::Unauthorized,
        StatusCode::TOO_MANY_REQUESTS => ProviderFaultKind::RateLimited,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => ProviderFaultKind::Unavailable,
        status if status.is_server_error() => ProviderFaultKind::Unavailable,
        status if status.is_client_error() => ProviderFaultKind::Rejected,
        _ => ProviderFaultKind::Unexpected,
    };
    RestFault::Fault(ProviderFault { kind, retry_after_ms: wish(response.headers()) })
}

/// Whether an id can stand in a path as it is. None of a provider's own ids cannot.
pub(crate) fn fits_path(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=256).contains(&id.len()) && id.bytes().all(fits)
}

/// The time to wait that the provider named. A date is measured against the answer's own.
fn wish(headers: &HeaderMap) -> Option<i64> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let told_at = text("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let now = UnixMs(told_at.map_or(0, |at| at.timestamp().as_millisecond()));
    text("retry-after")
        .filter(|wish| now.0 > 0 || !wish.contains(':'))
        .and_then(|wish| retry_after_ms(wish, now))
}

/// Reads `Retry-After`: seconds, or an HTTP date.
pub(crate) fn retry_after_ms(text: &str, now: UnixMs) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse::<i64>().ok()?.checked_mul(1000);
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(UnixMs(at.timestamp().as_millisecond()).since(now).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_seconds_or_a_date() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            wish(&pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect())
        };
        assert_eq!(read(&[("retry-after", "7")]), Some(7_000));
        let (later, now) = ("Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(read(&[("retry-after", later), ("date", now)]), Some(60_000));
        assert_eq!(read(&[("retry-after", later)]), None);
        assert_eq!(read(&[("retry-after", "soon"), ("date", now)]), None);
        assert_eq!(read(&[]), None);
    }
}
