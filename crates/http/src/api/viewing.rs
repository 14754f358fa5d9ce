//! Looking into a tenant from outside: beginning and ending it. What a session looks at stands in `GET /api/v1/me`.

use crate::App;
use crate::api::me::{TenantBrief, brief};
use crate::enter::{Body, Platform};
use crate::problem::{Answer, Problem, unauthorized};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::{ManageTenants, Viewing};
use vestibule_domain::tenants::TenantRecord;
use vestibule_domain::viewings;

/// A look into a tenant.
#[derive(Deserialize, ToSchema)]
pub struct ViewingInput {
    /// viewer, staff, manager or owner: what that role sees is seen, and some of what it may do cannot be done from outside.
    role: String,
    /// Why, in 5 to 300 characters: the owner reads it in the tenant's audit log.
    reason: String,
}

/// Where somebody looks in from outside.
#[derive(Serialize, ToSchema)]
pub struct ViewingView {
    /// Its id, as the audit log names it.
    id: String,
    /// Into which tenant.
    tenant: TenantBrief,
    /// As which role.
    role: String,
    /// Why.
    reason: String,
    /// Until when.
    ends_at: String,
}

pub(crate) fn view(tenant: &TenantRecord, viewing: Viewing, reason: String) -> ViewingView {
    ViewingView {
        id: viewing.id.to_string(),
        tenant: brief(tenant),
        role: viewing.role.as_str().to_owned(),
        reason,
        ends_at: viewing.ends_at.rfc3339(),
    }
}

/// Look into a tenant as one of its roles, for half an hour. Within one session one looks at one tenant at a time. The
/// beginning, the reason and the end stand in the tenant's audit log.
#[utoipa::path(post, path = "/api/admin/tenants/{id}/viewing", tag = "agencies", params(("id" = String, Path)), request_body = ViewingInput,
    security(("session" = []), ("bearer" = [])),
    responses((status = 201, body = ViewingView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn begin(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path(tenant): Path<String>,
    Body(input): Body<ViewingInput>,
) -> Answer<(StatusCode, Json<ViewingView>)> {
    let session = platform.who.session.ok_or_else(unauthorized)?;
    let how = (input.role.as_str(), input.reason.as_str());
    let (record, viewing) =
        viewings::begin(&app.house, &app.mint, &platform.scope, session, &tenant, how).await?;
    let reason = input.reason.trim().to_owned();
    Ok((StatusCode::CREATED, Json(view(&record, viewing, reason))))
}

/// Stop looking in. Without a look, nothing happens.
#[utoipa::path(delete, path = "/api/admin/viewing", tag = "agencies", security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn end(State(app): State<App>, platform: Platform<ManageTenants>) -> Answer<StatusCode> {
    let session = platform.who.session.ok_or_else(unauthorized)?;
    viewings::end(&app.house, &app.mint, session, platform.scope.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
