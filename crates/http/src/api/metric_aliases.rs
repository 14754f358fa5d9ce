//! Figures at the sources' addresses (requirements 0.32–0.34, 1.29–1.31): the same operations under other spellings.
//! `/dashboard/calls/metrics` stands beside `/dashboard/calls/{id}`; the literal wins.

use crate::App;
use crate::api::metrics::{self, MetricsQuery};
use crate::api::metrics_out::{AggregatedMetrics, CallMetrics, DailyMetrics};
use crate::api::usage::{self, UsageQuery, UsageView};
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use vestibule_access::need;

/// Calls by where they stand, what they led to, who called whom and who told of them.
#[utoipa::path(get, path = "/dashboard/calls/metrics", tag = "usage", params(MetricsQuery),
    security(("session" = []), ("bearer" = ["usage.read"])),
    responses((status = 200, body = CallMetrics), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn of_calls(
    app: State<App>,
    tenant: Tenant<need::ReadUsage>,
    query: Params<MetricsQuery>,
) -> Answer<Json<CallMetrics>> {
    metrics::of_calls(app, tenant, query).await
}

/// Calls by day.
#[utoipa::path(get, path = "/dashboard/metrics", tag = "usage", params(MetricsQuery),
    security(("session" = []), ("bearer" = ["usage.read"])),
    responses((status = 200, body = DailyMetrics), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn by_day(
    app: State<App>,
    tenant: Tenant<need::ReadUsage>,
    query: Params<MetricsQuery>,
) -> Answer<Json<DailyMetrics>> {
    metrics::by_day(app, tenant, query).await
}

/// Calls and executions in all, beside the calls of as many days before.
#[utoipa::path(get, path = "/dashboard/metrics/aggregated", tag = "usage", params(MetricsQuery),
    security(("session" = []), ("bearer" = ["usage.read"])),
    responses((status = 200, body = AggregatedMetrics), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn aggregated(
    app: State<App>,
    tenant: Tenant<need::ReadUsage>,
    query: Params<MetricsQuery>,
) -> Answer<Json<AggregatedMetrics>> {
    metrics::aggregated(app, tenant, query).await
}

/// The usage of a billing period.
#[utoipa::path(get, path = "/api/organizations/{organization}/usage", tag = "usage",
    params(("organization" = String, Path), UsageQuery), security(("session" = []), ("bearer" = ["usage.read"])),
    responses((status = 200, body = UsageView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn of_organization(
    app: State<App>,
    tenant: Tenant<need::ReadUsage>,
    query: Params<UsageQuery>,
) -> Answer<Json<UsageView>> {
    usage::usage(app, tenant, query).await
}
