//! Calls at the sources' addresses (requirements 0.28–0.31, 1.27, 1.28): the same operations under other spellings. An
//! organization's calls come with sums over all that the filters let through.

use crate::App;
use crate::api::calls::{self, CallPage, CallQuery};
use crate::api::calls_out::CallDetailView;
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::usage::COST_CURRENCY;
use vestibule_domain::{Error, calls as room};

/// Sums over all calls that the filters let through, on this page or not. Providers' tests are not among them.
#[derive(Serialize, ToSchema)]
pub struct AnalyticsView {
    /// How many.
    total_calls: i64,
    /// How long they lasted, in milliseconds.
    total_duration_ms: i64,
    /// The same, rounded to seconds.
    total_duration_seconds: i64,
    /// How long one lasted, of those whose length is known; null when there is none.
    average_duration_ms: Option<i64>,
    /// What providers charge for those whose price is known, in millionths of `currency`.
    total_cost_micros: i64,
    /// How many have a known price.
    priced_calls: i64,
    /// Always USD.
    currency: &'static str,
}

/// A page of calls, newest first, with sums over all of them.
#[derive(Serialize, ToSchema)]
pub struct OrganizationCallPage {
    #[serde(flatten)]
    page: CallPage,
    /// On the first page; null on the pages after it.
    analytics: Option<AnalyticsView>,
}

/// List an organization's calls, with sums over all of them.
#[utoipa::path(get, path = "/api/organizations/{organization}/calls", tag = "calls",
    params(("organization" = String, Path), CallQuery), security(("session" = []), ("bearer" = ["calls.read"])),
    responses((status = 200, body = OrganizationCallPage), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn of_organization(
    State(app): State<App>,
    tenant: Tenant<need::ReadCalls>,
    Params(query): Params<CallQuery>,
) -> Answer<Json<OrganizationCallPage>> {
    let filter = calls::filter(&query, &tenant.record.timezone)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let page = calls::page(&room::search(&mut inside, &filter).await?);
    let analytics = match filter.after {
        Some(_) => None,
        None => Some(sums(&room::analytics(&mut inside, &filter).await?)),
    };
    Ok(Json(OrganizationCallPage { page, analytics }))
}

fn sums(found: &room::Analytics) -> AnalyticsView {
    AnalyticsView {
        total_calls: found.calls,
        total_duration_ms: found.duration_ms,
        total_duration_seconds: (found.duration_ms + 500) / 1000,
        average_duration_ms: found.duration_ms.checked_div(found.timed),
        total_cost_micros: found.cost_micros,
        priced_calls: found.priced,
        currency: COST_CURRENCY,
    }
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
    responses((status = 200, body = CallDetailView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 503, body = Problem)))]
pub(crate) async fn one(
    app: State<App>,
    tenant: Tenant<need::ReadCalls>,
    call: Path<String>,
) -> Answer<Json<CallDetailView>> {
    calls::one(app, tenant, call).await
}
