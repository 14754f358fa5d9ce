//! The end of tenants, for operators alone.

use crate::App;
use crate::enter::{Body, Platform};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::EraseTenants;
use vestibule_domain::tenants::{self, EndingRecord};
use vestibule_model::UnixMs;

/// A tenant that is being erased, or was: all that is kept of it.
#[derive(Serialize, ToSchema)]
pub struct TenantErasureView {
    /// The tenant's id.
    id: String,
    /// `running` or `done`.
    state: &'static str,
    asked_at: String,
    finished_at: Option<String>,
    /// How many rows were deleted so far.
    rows: i64,
    /// The signed receipt, once all of it is gone.
    receipt: Option<serde_json::Value>,
}

/// The newest ends of tenants.
#[derive(Serialize, ToSchema)]
pub struct TenantErasureList {
    items: Vec<TenantErasureView>,
}

/// What confirms the end of a tenant.
#[derive(Deserialize, ToSchema)]
pub struct EraseInput {
    /// The tenant's slug, typed.
    confirm: String,
}

fn view(ending: EndingRecord) -> TenantErasureView {
    TenantErasureView {
        id: ending.tenant.to_string(),
        state: if ending.is_done { "done" } else { "running" },
        asked_at: ending.asked_at.rfc3339(),
        finished_at: ending.finished_at.map(UnixMs::rfc3339),
        rows: ending.rows,
        receipt: ending.receipt,
    }
}

/// Erase a deleted tenant for good.
///
/// Only after its deletion and its time of grace. All its rows go, its data key is destroyed, and a signed receipt says so.
/// It is done in the background and cannot be undone.
#[utoipa::path(post, path = "/api/admin/tenants/{id}/erase", tag = "tenants", params(("id" = String, Path)), request_body = EraseInput,
    security(("session" = []), ("bearer" = [])),
    responses((status = 202, body = TenantErasureView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn erase(
    State(app): State<App>,
    platform: Platform<EraseTenants>,
    Path(id): Path<String>,
    Body(input): Body<EraseInput>,
) -> Answer<(StatusCode, Json<TenantErasureView>)> {
    let begun = tenants::ask_to_erase(&app.house, &platform.scope, &id, &input.confirm).await?;
    Ok((StatusCode::ACCEPTED, Json(view(begun))))
}

/// List tenants that are being erased or were.
#[utoipa::path(get, path = "/api/admin/tenant-erasures", tag = "tenants", security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = TenantErasureList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    platform: Platform<EraseTenants>,
) -> Answer<Json<TenantErasureList>> {
    let found = tenants::list_erasures(&app.house, &platform.scope, 100).await?;
    Ok(Json(TenantErasureList { items: found.into_iter().map(view).collect() }))
}
