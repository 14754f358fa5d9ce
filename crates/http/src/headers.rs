//! The outermost layer: an id for each request, the reader's language, security headers.

use crate::App;
use crate::legible::is_legible;
use crate::problem::{Refused, render};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use std::time::Instant;
use tracing::Instrument;
use vestibule_domain::Refusal;

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
    let mut response = if is_legible(request.uri().path()) {
        next.run(request).instrument(span.clone()).await
    } else {
        Refused::from(Refusal::not_found()).into_response()
    };
    if let Some(refused) = response.extensions_mut().remove::<Refused>() {
        response = render(&refused.0, french, &id);
    }
    metrics::histogram!("vestibule_request_seconds", "status" => class(response.status()))
        .record(began.elapsed().as_secs_f64());
    span.in_scope(|| tracing::debug!(http.status = response.status().as_u16(), "answered"));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn class(status: http::StatusCode) -> &'static str {
    match status.as_u16() {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
