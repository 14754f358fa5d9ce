//! Calls at the sources' addresses (requirements 0.28, 1.27, 1.28): the same operations under other spellings.

use crate::App;
use crate::api::calls::{self, CallPage, CallQuery};
use crate::api::calls_out::CallDetailView;
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use vestibule_access::need;

/// List an organization's calls.
#[utoipa::path(get, path = "/api/organizations/{organization}/calls", tag = "calls",
    params(("organization" = String, Path), CallQuery), security(("session" = []), ("bearer" = ["calls.read"])),
    responses((status = 200, body = CallPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn of_organization(
    app: State<App>,
    tenant: Tenant<need::ReadCalls>,
    query: Params<CallQuery>,
) -> Answer<Json<CallPage>> {
    calls::list(app, tenant, query).await
}

/// List calls.
#[utoipa::path(get, path = "/dashboard/calls", tag = "calls", params(CallQuery),
    security(("session" = []), ("bearer" = ["calls.read"])),
    responses((status = 200, body = CallPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    app: State<App>,
    tenant: Tenant<need::ReadCalls>,
    query: Params<CallQuery>,
) -> Answer<Json<CallPage>> {
    calls::list(app, tenant, query).await
}

/// One call, with its transcript, facts, events and deliveries.
#[utoipa::path(get, path = "/dashboard/calls/{id}", tag = "calls", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["calls.read"])),
    responses((status = 200, body = CallDetailView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn one(
    app: State<App>,
    tenant: Tenant<need::ReadCalls>,
    call: Path<String>,
) -> Answer<Json<CallDetailView>> {
    calls::one(app, tenant, call).await
}
