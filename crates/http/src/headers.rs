//! The outermost layer: an id for each request, the reader's language, security headers.

use crate::App;
use crate::problem::{Refused, render, unavailable};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::time::{Duration, Instant};
use tracing::Instrument;

/// How long a request may take before it is given up; event streams are outside of it once they have begun.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Whether the reader prefers French: the first of `en` and `fr` in Accept-Language.
pub(crate) fn is_french(headers: &HeaderMap) -> bool {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
    wanted
        .split(',')
        .filter_map(|part| part.trim().get(..2))
        .map(str::to_ascii_lowercase)
        .find(|tag| tag == "en" || tag == "fr")
        .is_some_and(|tag| tag == "fr")
}

/// What a log may hold of an address: the path only, since a query may hold personal data, and of a hook's path not
/// the token.
fn loggable(path: &str) -> String {
    match path.strip_prefix("/hooks/").and_then(|rest| rest.split_once('/')) {
        Some((provider, _)) => format!("/hooks/{provider}/…"),
        None => path.to_owned(),
    }
}

pub(crate) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let french = is_french(request.headers());
    let id = hex::encode(app.house.world.random::<8>());
    let path = loggable(request.uri().path());
    let span =
        tracing::info_span!("request", request.id = %id, http.method = %request.method(), http.path = %path);
    let began = Instant::now();
    let run = next.run(request).instrument(span.clone());
    let mut response = match tokio::time::timeout(REQUEST_TIMEOUT, run).await {
        Ok(response) => response,
        // Also who sends a body drop by drop ends here.
        Err(_) => Refused::from(unavailable()).into_response(),
    };
    if let Some(refused) = response.extensions_mut().remove::<Refused>() {
        let told = std::mem::replace(&mut response, render(&refused.0, french, &id));
        crate::limits::keep(told.headers(), response.headers_mut());
    }
    metrics::histogram!("vestibule_request_seconds", "status" => class(response.status()))
        .record(began.elapsed().as_secs_f64());
    span.in_scope(|| tracing::debug!(http.status = response.status().as_u16(), "answered"));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    guard(headers, &path, app.secure_cookies);
    response
}

/// What the API's own page may do: its assets come from here, its styles are written by its script.
const DOCS_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What everything that is no page may do, if a browser is made to show it.
const BARE_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Headers that keep a browser from doing what our pages never ask of it. A page that has a policy keeps it.
fn guard(headers: &mut HeaderMap, path: &str, is_https: bool) {
    let policy = if path.starts_with("/api/docs") { DOCS_POLICY } else { BARE_POLICY };
    let standing = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        // The microphone is for talking to the receptionist from the page.
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
        ),
    ];
    for (name, value) in standing {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    for (name, value) in [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_SECURITY_POLICY, policy)] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

fn class(status: http::StatusCode) -> &'static str {
    match status.as_u16() {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
