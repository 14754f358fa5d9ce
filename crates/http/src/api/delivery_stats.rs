//! Figures of deliveries.

use crate::App;
use crate::api::bad_parameter;
use crate::enter::{Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::{Need, need};
use vestibule_domain::Error;
use vestibule_domain::outbox::{self, DeliveryStats, EndpointFigures, Figures};
use vestibule_model::UnixMs;

/// Of which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatsQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// The first day (YYYY-MM-DD, or an instant of it), in the tenant's time; 30 days with `until` when nothing is said.
    since: Option<String>,
    /// The last day; today when nothing is said.
    until: Option<String>,
}

/// Figures of one endpoint, or of all.
#[derive(Serialize, ToSchema)]
pub struct FiguresView {
    /// Attempts that ended within the days.
    attempts: i64,
    /// Deliveries that arrived within the days.
    delivered: i64,
    /// Deliveries that became dead letters within the days.
    dead: i64,
    /// `delivered` ÷ (`delivered` + `dead`); null when there were none.
    success_rate: Option<f64>,
    /// Half of the attempts took at most so many milliseconds, about.
    p50_ms: Option<i64>,
    /// Of a hundred attempts 95 took at most so many milliseconds, about.
    p95_ms: Option<i64>,
    /// What is owed now and not parked; for each endpoint, 10,001 says that there is more.
    waiting: i64,
    /// What is owed now and waits for its endpoint to come back; for each endpoint, 10,001 says that there is more.
    parked: i64,
    /// Dead letters now, among the tenant's newest 10,001.
    dead_letters: i64,
}

/// Figures of one endpoint.
#[derive(Serialize, ToSchema)]
pub struct EndpointFiguresView {
    /// Which.
    endpoint_id: String,
    /// What people call it.
    description: String,
    /// Where it is.
    url: String,
    #[serde(flatten)]
    figures: FiguresView,
}

/// A tenant's figures.
#[derive(Serialize, ToSchema)]
pub struct DeliveryStatsView {
    /// The first day.
    since: String,
    /// The last day.
    until: String,
    /// Of all endpoints, also those that were deleted.
    #[serde(flatten)]
    total: FiguresView,
    /// Of each endpoint, oldest first.
    endpoints: Vec<EndpointFiguresView>,
}

const DAY_MS: i64 = 86_400_000;
const MOST_DAYS: i64 = 366;

fn view(figures: &Figures, (waiting, parked, dead_letters): (i64, i64, i64)) -> FiguresView {
    FiguresView {
        attempts: figures.attempts,
        delivered: figures.delivered,
        dead: figures.dead,
        success_rate: figures.success_rate(),
        p50_ms: figures.p50_ms,
        p95_ms: figures.p95_ms,
        waiting,
        parked,
        dead_letters,
    }
}

fn counts(found: &EndpointFigures) -> (i64, i64, i64) {
    let is_shut = !found.endpoint.is_active || found.endpoint.circuit.open_since.is_some();
    let (waiting, parked) = if is_shut { (0, found.waiting) } else { (found.waiting, 0) };
    (waiting, parked, found.dead_letters)
}

fn whole(since: String, until: String, found: &DeliveryStats) -> DeliveryStatsView {
    let sum = found.endpoints.iter().map(counts).fold((0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2));
    let of_each = |one: &EndpointFigures| EndpointFiguresView {
        endpoint_id: one.endpoint.id.to_string(),
        description: one.endpoint.description.clone(),
        url: one.endpoint.url.clone(),
        figures: view(&one.figures, counts(one)),
    };
    let endpoints = found.endpoints.iter().map(of_each).collect();
    DeliveryStatsView { since, until, total: view(&found.total, sum), endpoints }
}

/// The day that a parameter names, and its first instant.
fn day(text: Option<&str>, field: &'static str, zone: &str, otherwise: UnixMs) -> Answer<(String, UnixMs)> {
    let text = text.filter(|t| !t.is_empty());
    let at = match text {
        None => Some(otherwise),
        Some(text) => UnixMs::parse_rfc3339(text).or_else(|| UnixMs::day_bound(text, zone, false)),
    };
    let of = |at: UnixMs| {
        let day = at.local_day(zone);
        UnixMs::day_bound(&day, zone, false).map(|begins| (day, begins))
    };
    at.and_then(of).ok_or_else(|| {
        bad_parameter(
            field,
            "Give a day as YYYY-MM-DD or an instant as RFC 3339.",
            "Donnez un jour (AAAA-MM-JJ) ou un instant (RFC 3339).",
        )
    })
}

pub(crate) async fn answer<N: Need>(
    app: &App,
    tenant: &Tenant<N>,
    query: &StatsQuery,
) -> Answer<Json<DeliveryStatsView>> {
    let zone = &tenant.record.timezone;
    let (until, last) = day(query.until.as_deref(), "until", zone, app.house.world.now())?;
    let (since, first) = day(query.since.as_deref(), "since", zone, last.plus_ms(-29 * DAY_MS))?;
    if first > last || last.since(first) > MOST_DAYS * DAY_MS {
        return Err(bad_parameter(
            "since",
            "Give at most 366 days, the first one first.",
            "Donnez au plus 366 jours, le premier d’abord.",
        ));
    }
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = outbox::stats(&mut inside, &since, &until).await?;
    Ok(Json(whole(since, until, &found)))
}

/// Figures of deliveries: how many arrived, how many are owed, how long attempts took; in all and of each endpoint.
#[utoipa::path(get, path = "/api/v1/deliveries/stats", tag = "outbox", params(StatsQuery),
    security(("session" = []), ("bearer" = ["deliveries.read"])),
    responses((status = 200, body = DeliveryStatsView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn stats(
    State(app): State<App>,
    tenant: Tenant<need::ReadDeliveries>,
    Params(query): Params<StatsQuery>,
) -> Answer<Json<DeliveryStatsView>> {
    answer(&app, &tenant, &query).await
}
