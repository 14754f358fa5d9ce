//! The doors through which providers come in.

mod budget;
pub(crate) mod held;
pub(crate) mod lab;
mod webhooks;

pub(crate) use budget::Budget;

use crate::App;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::routing::{MethodFilter, get, on};
use std::sync::Arc;
use vestibule_ports::CallWebhooks;

/// The largest body a provider may send, in bytes.
pub(crate) const LARGEST: usize = 10 * 1024 * 1024;

/// The doors: those that every provider has, and those that a provider's description lists.
pub(crate) fn routes(providers: &[Arc<dyn CallWebhooks>]) -> Router<App> {
    let mut routes = Router::new()
        .route("/hooks/{provider}/{token}", get(webhooks::by_token).post(webhooks::by_token))
        .route("/api/webhooks/{provider}", get(webhooks::by_resource).post(webhooks::by_resource));
    for provider in providers {
        let name = provider.name();
        for path in provider.spec().paths {
            let door = move |State(app): State<App>, request: Request| webhooks::by_path(app, name, request);
            routes = routes.route(path, on(MethodFilter::GET.or(MethodFilter::POST), door));
        }
    }
    routes.layer(DefaultBodyLimit::disable())
}
