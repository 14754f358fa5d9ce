//! Health: alive, ready, figures.

use crate::App;
use crate::enter::Who;
use crate::limits::ClientAddress;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{StatusCode, header};
use serde_json::json;
use vestibule_access::PlatformPermission;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/health", get(alive)).route("/ready", get(ready)).route("/metrics", get(figures))
}

/// The program runs.
async fn alive() -> Response {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// The program can do its work: its own database answers. Providers do not count.
async fn ready(State(app): State<App>) -> Response {
    match app.house.db.ping().await {
        Ok(()) => Json(json!({ "status": "ready", "database": "ok" })).into_response(),
        Err(error) => {
            tracing::warn!(error = %error, "not ready");
            let body = Json(json!({ "status": "not_ready", "database": "unreachable" }));
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], body).into_response()
        }
    }
}

/// Prometheus figures, for this machine or an operator. A proxy on this machine makes everybody local, so a
/// forwarded request needs the operator.
async fn figures(State(app): State<App>, request: Request) -> Response {
    let local = request.extensions().get::<ClientAddress>().is_some_and(ClientAddress::is_local);
    if !local {
        let (mut parts, _) = request.into_parts();
        match Who::from_request_parts(&mut parts, &app).await {
            Ok(who) => {
                if let Err(denied) = who.principal.enter_platform(&app.mint, PlatformPermission::ReadPlatform)
                {
                    return crate::problem::Refused::from(denied).into_response();
                }
            }
            Err(refused) => return refused.into_response(),
        }
    }
    match &app.figures {
        Some(handle) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
        }
        None => StatusCode::NO_CONTENT.into_response(),
    }
}
