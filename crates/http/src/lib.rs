//! The street: doors for providers, the API for people and keys, the embedded web UI.

pub mod api;
mod app;
mod device;
mod doors;
mod enter;
mod headers;
mod health;
mod person;
mod problem;
mod visit;
mod web;

pub use app::{App, Figures};
pub use problem::Problem;

use axum::Router;
use axum::middleware;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::timeout::TimeoutLayer;
use utoipa_swagger_ui::SwaggerUi;

/// How long a request may take before it is given up; event streams are outside of it once they have begun.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

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
        .layer(middleware::from_fn_with_state(app.clone(), headers::around))
        .layer(TimeoutLayer::with_status_code(http::StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

/// The OpenAPI 3.1 document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::finish(api::routes().split_for_parts().1)
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
