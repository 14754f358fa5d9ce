//! Handing a tenant over.

use crate::App;
use crate::api::agencies::{AgencyBrief, agency_id, brief};
use crate::enter::{Body, Platform};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_access::ManageTenants;
use vestibule_domain::tenants;

/// To whom.
#[derive(Deserialize, ToSchema)]
pub struct HandOverInput {
    /// The agency that receives it; null, and it is its own from then on.
    agency_id: Option<String>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub struct HandOverView {
    /// Who holds it now; null when it is its own.
    agency: Option<AgencyBrief>,
    /// Keys that people of the former agency made: they are revoked, and whatever used them needs new ones.
    keys_revoked: i64,
    /// Looks from outside that ended.
    viewings_ended: i64,
    /// Memberships of people of the former agency that ended.
    members_removed: i64,
    /// Agents and numbers that the former agency's connections no longer serve.
    bindings_ended: i64,
    /// The hosts to which deliveries still go: the tenant's endpoints stay, whoever set them up.
    endpoints: Vec<String>,
}

/// Hand a tenant over to an agency or to itself. From then on the former agency has no way in: its looks, memberships and
/// keys end. The tenant's connections and endpoints stay; the answer says where its deliveries go.
#[utoipa::path(post, path = "/api/admin/tenants/{id}/hand-over", tag = "agencies", params(("id" = String, Path)), request_body = HandOverInput,
    security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = HandOverView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn hand_over(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path(tenant): Path<String>,
    Body(input): Body<HandOverInput>,
) -> Answer<Json<HandOverView>> {
    let to = match input.agency_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
        Some(text) => Some(agency_id(text)?),
        None => None,
    };
    let done = tenants::hand_over(&app.house, &app.mint, &platform.scope, &tenant, to).await?;
    Ok(Json(HandOverView {
        agency: brief(&app, done.to).await?,
        keys_revoked: done.keys_revoked,
        viewings_ended: done.viewings_ended,
        members_removed: done.members_removed,
        bindings_ended: done.bindings_ended,
        endpoints: done.endpoints,
    }))
}
