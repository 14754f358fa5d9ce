//! The web UI, inside the binary. Assets have hashed names and never change; the page carries a nonce made
//! for each request, which the styles that the UI inserts must show.

use crate::App;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

const UNBUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Vestibule</title>
<body style=\"font-family:system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem\">
<h1>Vestibule</h1><p>The server runs, but its pages were not built into it.</p>
<p>Build them with Node 20: <code>cargo xtask demo</code>, or <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code>, then build the server again.</p>
<p>The API is there all the same: <a href=\"/api/docs\">/api/docs</a>.</p></body></html>";

/// Everything that is neither the API nor a door: an asset, or the page.
pub(crate) async fn page(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if ["/api/", "/auth/", "/hooks/", "/dashboard/"].iter().any(|door| path.starts_with(door)) {
        return crate::problem::Refused::from(vestibule_domain::Refusal::not_found()).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let name = path.trim_start_matches('/');
    if !name.is_empty()
        && name != "index.html"
        && let Some(response) = asset(name, request.headers())
    {
        return response;
    }
    // Requirement 3.20: the sources' address of signing in; the page itself knows where it leads.
    if name != "login.html" && name.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return StatusCode::NOT_FOUND.into_response();
    }
    index(&app)
}

fn asset(name: &str, headers: &HeaderMap) -> Option<Response> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    let packed = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(encoding, _)| accepted.contains(encoding))
        .find_map(|(encoding, ending)| Built::get(&format!("{name}{ending}")).map(|f| (f, Some(encoding))));
    let (file, encoding) = packed.or_else(|| Built::get(name).map(|f| (f, None)))?;
    let kind = Built::get(name)?.metadata.mimetype().to_owned();
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&kind).ok()?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn index(app: &App) -> Response {
    let nonce = base64::engine::general_purpose::STANDARD_NO_PAD.encode(app.house.world.random::<18>());
    let html = match Built::get("index.html") {
        Some(file) => String::from_utf8_lossy(&file.data).replace("__CSP_NONCE__", &nonce),
        None => UNBUILT.to_owned(),
    };
    let policy = if Built::get("index.html").is_some() {
        format!(
            "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
    } else {
        "default-src 'none'; style-src 'unsafe-inline'".to_owned()
    };
    let mut response = html.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
