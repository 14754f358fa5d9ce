//! Ready-made files for the other side, inside the binary: nothing in them is anybody's.

use crate::problem::{Answer, Problem};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use rust_embed::RustEmbed;
use vestibule_domain::Refusal;

#[derive(RustEmbed)]
#[folder = "../../examples"]
struct Examples;

/// A ready-made file, such as a workflow to import.
#[utoipa::path(get, path = "/api/v1/examples/{kind}/{name}", tag = "examples", params(("kind" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = Problem)))]
pub(crate) async fn one(Path((kind, name)): Path<(String, String)>) -> Answer<Response> {
    let is_plain = |text: &str| {
        !text.starts_with('.') && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
    };
    if !is_plain(&kind) || !is_plain(&name) || !name.ends_with(".json") {
        return Err(Refusal::not_found().into());
    }
    let file = Examples::get(&format!("{kind}/{name}")).ok_or_else(Refusal::not_found)?;
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{kind}-{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
