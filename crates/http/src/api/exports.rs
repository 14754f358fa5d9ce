//! Archives of everything a tenant has, asked for and fetched by whoever may take its data out.

use crate::App;
use crate::enter::{Tenant, id};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use futures::stream;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vestibule_access::need;
use vestibule_domain::archive::exports::{self, Export};
use vestibule_model::UnixMs;

/// An archive that somebody asked for.
#[derive(Serialize, ToSchema)]
pub struct ExportView {
    id: String,
    /// `running`, `ready`, `failed` or `expired`.
    state: &'static str,
    asked_at: String,
    finished_at: Option<String>,
    /// When it was first fetched.
    fetched_at: Option<String>,
    /// Until when it can be fetched.
    expires_at: Option<String>,
    rows: i64,
    size_bytes: i64,
    /// The digest of its rows, which `vestibule archive verify` shows too.
    digest: Option<String>,
}

/// The newest archives.
#[derive(Serialize, ToSchema)]
pub struct ExportList {
    items: Vec<ExportView>,
}

fn view(export: Export) -> ExportView {
    ExportView {
        id: export.id.to_string(),
        state: export.state.as_str(),
        asked_at: export.asked_at.rfc3339(),
        finished_at: export.finished_at.map(UnixMs::rfc3339),
        fetched_at: export.fetched_at.map(UnixMs::rfc3339),
        expires_at: export.expires_at.map(UnixMs::rfc3339),
        rows: export.rows,
        size_bytes: export.size_bytes,
        digest: export.digest,
    }
}

/// List the archives that were asked for.
#[utoipa::path(get, path = "/api/v1/exports", tag = "privacy", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["data.export"])),
    responses((status = 200, body = ExportList), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ExportData>,
) -> Answer<Json<ExportList>> {
    let found = exports::list(&app.house, &tenant.scope).await?;
    Ok(Json(ExportList { items: found.into_iter().map(view).collect() }))
}

/// Ask for an archive of everything the tenant has.
///
/// It is made in the background. While one is being made, that one is the answer. It holds no credentials: whoever wants
/// them too uses `vestibule tenant export`.
#[utoipa::path(post, path = "/api/v1/exports", tag = "privacy", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["data.export"])),
    responses((status = 202, body = ExportView), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn ask(
    State(app): State<App>,
    tenant: Tenant<need::ExportData>,
) -> Answer<(StatusCode, Json<ExportView>)> {
    let asked = exports::ask(&app.house, &tenant.scope).await?;
    Ok((StatusCode::ACCEPTED, Json(view(asked))))
}

/// Fetch an archive's file.
///
/// Once, and for a quarter of an hour after it was begun, because a download may break off. Each time is written into the
/// audit log.
#[utoipa::path(get, path = "/api/v1/exports/{id}/file", tag = "privacy",
    params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["data.export"])),
    responses((status = 200, description = "The archive.", content_type = "application/zip"),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn file(
    State(app): State<App>,
    tenant: Tenant<need::ExportData>,
    Path(export): Path<String>,
) -> Answer<Response> {
    let export: Uuid = id(&export)?;
    let found = exports::begin_fetch(&app.house, &tenant.scope, export).await?;
    let (house, scope) = (app.house.clone(), tenant.scope);
    let pieces = stream::try_unfold((house, 0_i64), move |(house, number)| async move {
        let piece = exports::piece(&house, &scope, export, number).await.map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>(piece.map(|bytes| (bytes, (house, number + 1))))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let day = found.asked_at.rfc3339().chars().take(10).collect::<String>();
    let name = format!("attachment; filename=\"{}-{day}.zip\"", tenant.record.slug);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(found.size_bytes.unsigned_abs()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
