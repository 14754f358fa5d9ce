//! Figures of calls: by what tells them apart, by day, and in all beside the days before.

use crate::App;
use crate::api::metrics_out::{
    AggregatedMetrics, CallMetrics, DailyMetrics, days_view, each_day, executions_view, figures_view,
    parts_view,
};
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vestibule_access::need;
use vestibule_domain::usage::{self, Days};
use vestibule_domain::{Error, calls, workflows};

/// Of which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MetricsQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// The first day (YYYY-MM-DD, or an instant of it), in the tenant's time; 30 days with `until` when nothing is said, at most 366.
    since: Option<String>,
    /// The last day; today when nothing is said.
    until: Option<String>,
}

fn asked(app: &App, tenant: &Tenant<need::ReadUsage>, query: &MetricsQuery) -> Answer<Days> {
    let (since, until) = (query.since.as_deref(), query.until.as_deref());
    Ok(usage::days(since, until, app.house.world.now(), &tenant.record.timezone)?)
}

/// Calls by where they stand, what they led to, who called whom and who told of them.
#[utoipa::path(get, path = "/api/v1/metrics/calls", tag = "usage", params(MetricsQuery),
    security(("session" = []), ("bearer" = ["usage.read"])),
    responses((status = 200, body = CallMetrics), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn of_calls(
    State(app): State<App>,
    tenant: Tenant<need::ReadUsage>,
    Params(query): Params<MetricsQuery>,
) -> Answer<Json<CallMetrics>> {
    let days = asked(&app, &tenant, &query)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = usage::figures(&mut inside, &days).await?;
    let callers = calls::callers(&mut inside, &days.since(), &days.until()).await?;
    Ok(Json(CallMetrics {
        days: days_view(&days, &tenant.record.timezone),
        total: figures_view(&found.total),
        callers,
        average_duration_ms: found.total.duration_ms.checked_div(found.total.ended),
        by_status: parts_view(&found.by_status),
        by_outcome: parts_view(&found.by_outcome),
        by_direction: parts_view(&found.by_direction),
        by_provider: parts_view(&found.by_provider),
    }))
}

/// Calls by day.
#[utoipa::path(get, path = "/api/v1/metrics/days", tag = "usage", params(MetricsQuery),
    security(("session" = []), ("bearer" = ["usage.read"])),
    responses((status = 200, body = DailyMetrics), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn by_day(
    State(app): State<App>,
    tenant: Tenant<need::ReadUsage>,
    Params(query): Params<MetricsQuery>,
) -> Answer<Json<DailyMetrics>> {
    let days = asked(&app, &tenant, &query)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = usage::figures(&mut inside, &days).await?;
    let days = days_view(&days, &tenant.record.timezone);
    Ok(Json(DailyMetrics { days, items: each_day(&found.days) }))
}

/// Calls and executions in all, beside the calls of as many days before.
#[utoipa::path(get, path = "/api/v1/metrics/aggregated", tag = "usage", params(MetricsQuery),
    security(("session" = []), ("bearer" = ["usage.read"])),
    responses((status = 200, body = AggregatedMetrics), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn aggregated(
    State(app): State<App>,
    tenant: Tenant<need::ReadUsage>,
    Params(query): Params<MetricsQuery>,
) -> Answer<Json<AggregatedMetrics>> {
    let (days, zone) = (asked(&app, &tenant, &query)?, &tenant.record.timezone);
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = usage::figures(&mut inside, &days).await?;
    let before = usage::figures(&mut inside, &days.before()).await?;
    let callers = calls::callers(&mut inside, &days.since(), &days.until()).await?;
    let (since, until) = days.bounds(zone);
    let executions = workflows::tally(&mut inside, since, until).await?;
    Ok(Json(AggregatedMetrics {
        days: days_view(&days, zone),
        day_count: days.count(),
        calls: figures_view(&found.total),
        calls_before: figures_view(&before.total),
        callers,
        executions: executions_view(&executions),
    }))
}
