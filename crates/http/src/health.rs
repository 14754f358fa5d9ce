//! Health: alive, ready, how everybody is, figures.

use crate::App;
use crate::enter::Who;
use crate::limits::ClientAddress;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::future::join_all;
use http::{StatusCode, header};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use vestibule_access::PlatformPermission;
use vestibule_domain::House;
use vestibule_model::{TenantId, UnixMs};

/// How long what was found out about others is told again, in milliseconds: nobody outside is asked more often.
const FRESH_MS: i64 = 30_000;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/health", get(alive))
        .route("/ready", get(ready))
        .route("/health/detailed", get(everybody))
        .route("/api/health", get(everybody))
        .route("/metrics", get(figures))
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

/// Somebody outside by name, and whether they answer.
type Outsider = (&'static str, bool);

/// What was found out about others, and when.
#[derive(Default)]
pub(crate) struct Found(Mutex<Option<(UnixMs, Vec<Outsider>)>>);

impl Found {
    /// Who outside answers. Whoever asks while somebody is looking waits for the same answer.
    async fn outside(&self, house: &House) -> Vec<Outsider> {
        let mut found = self.0.lock().await;
        let now = house.world.now();
        if let Some((at, known)) = &*found
            && (0..FRESH_MS).contains(&now.since(*at))
        {
            return known.clone();
        }
        let asked = house.reach.iter().map(|who| async { (who.name(), who.is_reached().await) });
        let known = join_all(asked).await;
        *found = Some((now, known.clone()));
        known
    }
}

/// How everybody is: the database, the encryption key, and whom we depend on outside (requirements 0.71 and 1.24). What is
/// wrong outside is told and makes nothing of ours unready.
async fn everybody(State(app): State<App>) -> Response {
    let database = app.house.db.ping().await;
    let key = match &database {
        Ok(()) => Some(opens(&app.house).await),
        Err(_) => None,
    };
    let outside = app.found.outside(&app.house).await;
    let said = |is_good: bool, good: &'static str, bad: &'static str| if is_good { good } else { bad };
    let is_whole = database.is_ok() && key == Some(true);
    let status = match is_whole {
        false => "down",
        true => said(outside.iter().all(|(_, is_reached)| *is_reached), "ok", "degraded"),
    };
    let mut body = Map::from_iter([
        ("status".to_owned(), Value::from(status)),
        ("version".to_owned(), env!("CARGO_PKG_VERSION").into()),
        ("database".to_owned(), said(database.is_ok(), "ok", "unreachable").into()),
        ("encryption_key".to_owned(), key.map_or(Value::Null, |opens| said(opens, "OK", "MISSING").into())),
    ]);
    for (name, is_reached) in outside {
        body.insert(name.to_owned(), said(is_reached, "reachable", "unreachable").into());
    }
    let code = if is_whole { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Value::Object(body))).into_response()
}

/// Whether the encryption key is the one that this data was sealed with.
async fn opens(house: &House) -> bool {
    if house.seals.at_hand(TenantId::PLATFORM).is_some() {
        return true;
    }
    let Ok(mut tx) = house.db.write().await else { return false };
    let opened = house.seals.key(&mut tx, TenantId::PLATFORM).await.is_ok();
    opened && tx.commit().await.is_ok()
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
