//! The street: doors for providers, the API for people and keys, the embedded web UI.

pub mod api;
mod app;
mod device;
mod doors;
mod enter;
mod headers;
mod health;
mod legible;
mod limits;
pub mod listen;
mod person;
mod problem;
mod visit;
mod web;

pub use app::{App, Figures};
pub use limits::{ClientAddress, ForwardedBy, LimitSettings, Proxies};
pub use problem::Problem;

use axum::Router;
use axum::middleware;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use utoipa_swagger_ui::SwaggerUi;

/// The whole street.
pub fn router(app: App) -> Router {
    // Sound is compressed already, and its parts are counted in its own bytes.
    let worthwhile = DefaultPredicate::new().and(NotForContentType::const_new("audio/"));
    let (api, openapi) = api::routes().split_for_parts();
    let api = api
        .merge(api::aliases())
        .merge(health::routes())
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", api::finish(openapi)))
        .layer(CompressionLayer::new().gzip(true).br(true).compress_when(worthwhile));
    Router::new()
        .merge(api)
        .merge(doors::routes(&app.house.providers))
        .fallback(web::page)
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), limits::around))
        .layer(middleware::from_fn_with_state(app.clone(), headers::around))
        .with_state(app)
}

/// The street for those who come by plain HTTP where TLS is spoken: everybody is shown to the same path over https, with
/// their method and body.
pub fn to_https(public_url: &str) -> Router {
    let base = public_url.trim_end_matches('/').to_owned();
    Router::new().fallback(async move |uri: http::Uri| {
        let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        axum::response::Redirect::permanent(&format!("{base}{path}"))
    })
}

/// The OpenAPI 3.1 document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::finish(api::routes().split_for_parts().1)
}

/// Writes down each minute when keys were last shown, until told to stop.
pub async fn keep_key_uses(app: App, stop: tokio_util::sync::CancellationToken) {
    loop {
        let done = tokio::time::timeout(Duration::from_secs(60), stop.cancelled()).await.is_ok();
        if let Err(error) = vestibule_domain::keys::write_uses(&app.house).await {
            tracing::warn!(error = %error, "when keys were last shown could not be written; it is kept for the next try");
        }
        if done {
            return;
        }
    }
}

/// Writes counted refusals down now and then, until told to stop.
pub async fn keep_refusals(app: App, stop: tokio_util::sync::CancellationToken) {
    loop {
        let done = tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(5)) => false,
            () = stop.cancelled() => true,
        };
        if let Err(error) = app.refusals.flush(&app.house).await {
            tracing::warn!(error = %error, "counted refusals could not be written; they are kept for the next try");
        }
        if done {
            return;
        }
    }
}
