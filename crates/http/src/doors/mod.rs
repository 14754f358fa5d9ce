//! The doors through which providers come in.

mod budget;
mod webhooks;

pub(crate) use budget::Budget;

use crate::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;

/// The largest body a provider may send, in bytes.
pub(crate) const LARGEST: usize = 10 * 1024 * 1024;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/hooks/{provider}/{token}", post(webhooks::by_token))
        .route("/api/webhooks/{provider}", post(webhooks::by_resource))
        .layer(DefaultBodyLimit::disable())
}
