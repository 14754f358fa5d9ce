//! The usage of a billing period, and what a tenant's time is worth.

use crate::App;
use crate::api::metrics_out::{
    DayOfCalls, DaysView, ExecutionFigures, FiguresOfCalls, PartOfCalls, days_view, each_day,
    executions_view, figures_view, parts_view,
};
use crate::enter::{Body, Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::need;
use vestibule_domain::Error;
use vestibule_domain::usage::{self, COST_CURRENCY, Days, Estimate, Report, Worth, WorthChange};

/// Which billing period.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// `current_month`, `previous_month` or a month as YYYY-MM, in the tenant's time; the current month when nothing is said.
    period: Option<String>,
}

/// Costs of a billing period, as far as prices are known. Money is in millionths of `currency`.
#[derive(Serialize, ToSchema)]
pub struct CostsView {
    /// Always USD.
    currency: &'static str,
    /// What providers charge for the calls whose price is known.
    provider_micros: i64,
    /// The same by provider.
    by_provider: Vec<PartOfCalls>,
    /// How many calls have a known price.
    priced_calls: i64,
    /// How many calls have none, yet or ever.
    unpriced_calls: i64,
    /// What the executions cost: null, for an n8n of the tenant's own charges nothing that we could know.
    executions_micros: Option<i64>,
    /// The plan's price: null until plans have prices here.
    plan_micros: Option<i64>,
    /// Everything of the above that is known.
    total_micros: i64,
}

/// What only a ledger can say. There is none yet: everything here is null.
#[derive(Serialize, ToSchema)]
pub struct LedgerView {
    /// Minutes that are billed.
    billed_minutes: Option<i64>,
    /// Calls that the plan includes.
    included_calls: Option<i64>,
    /// How much of that is used up, in hundredths.
    used_percent: Option<f64>,
    /// Prepaid minutes that are left.
    credit_minutes: Option<i64>,
}

/// An estimate of what was saved, with everything it rests on.
#[derive(Serialize, ToSchema)]
pub struct RoiView {
    /// The currency of `hourly_value_micros` and `value_micros`.
    currency: String,
    /// Assumption: what an hour is worth, in millionths.
    hourly_value_micros: i64,
    /// Assumption: how long whoever takes a call works on after it.
    after_call_seconds: i64,
    /// Whether the assumptions are our guess: nobody of the tenant has said otherwise.
    is_guess: bool,
    /// Calls that the receptionist dealt with alone (BOOKED, MESSAGE_TAKEN, ANSWERED); those that were put through are not counted.
    calls: i64,
    /// How long those lasted, in milliseconds.
    talk_ms: i64,
    /// `calls` × `after_call_seconds`, in milliseconds.
    after_call_ms: i64,
    /// `talk_ms` + `after_call_ms`.
    time_saved_ms: i64,
    /// `time_saved_ms` at `hourly_value_micros`, in millionths of `currency`.
    value_micros: i64,
    /// What is set against it: the known costs, in millionths of `cost_currency`.
    cost_micros: i64,
    /// Always USD.
    cost_currency: &'static str,
    /// `value_micros` − `cost_micros`; null where they are in two currencies.
    net_micros: Option<i64>,
    /// `value_micros` ÷ `cost_micros`; null where they are in two currencies, or nothing was charged.
    return_ratio: Option<f64>,
}

/// The usage of a billing period: a month of the tenant's calendar.
#[derive(Serialize, ToSchema)]
pub struct UsageView {
    /// The month, `YYYY-MM`.
    period: String,
    #[serde(flatten)]
    days: DaysView,
    /// Whether it is not over yet.
    is_current: bool,
    /// Its calls.
    calls: FiguresOfCalls,
    /// The calls of each day.
    daily: Vec<DayOfCalls>,
    /// Executions of workflows that began in it.
    executions: ExecutionFigures,
    /// What it cost.
    costs: CostsView,
    /// What only a ledger can say.
    ledger: LedgerView,
    /// What it was worth.
    roi: RoiView,
}

/// What a tenant's time is worth.
#[derive(Serialize, ToSchema)]
pub struct UsageSettingsView {
    /// What an hour is worth, in millionths of `currency`.
    hourly_value_micros: i64,
    /// CAD, CHF, EUR, GBP or USD.
    currency: String,
    /// How long whoever takes a call works on after it.
    after_call_seconds: i64,
    /// When somebody said so; null for our guess.
    updated_at: Option<String>,
}

/// What to say; what is left out stays.
#[derive(Deserialize, ToSchema)]
pub struct UsageSettingsInput {
    /// What an hour is worth, in millionths of `currency`: at most 10,000.
    #[schema(minimum = 0, maximum = 10_000_000_000_i64)]
    hourly_value_micros: Option<i64>,
    /// CAD, CHF, EUR, GBP or USD.
    currency: Option<String>,
    /// How long whoever takes a call works on after it: at most an hour.
    #[schema(minimum = 0, maximum = 3600)]
    after_call_seconds: Option<i64>,
}

fn roi(found: &Estimate) -> RoiView {
    RoiView {
        currency: found.worth.currency.clone(),
        hourly_value_micros: found.worth.hourly_micros,
        after_call_seconds: found.worth.after_call_ms / 1000,
        is_guess: found.worth.updated_at.is_none(),
        calls: found.calls,
        talk_ms: found.talk_ms,
        after_call_ms: found.after_call_ms,
        time_saved_ms: found.saved_ms,
        value_micros: found.value_micros,
        cost_micros: found.cost_micros,
        cost_currency: COST_CURRENCY,
        net_micros: found.net_micros,
        return_ratio: found.ratio,
    }
}

fn view(days: &Days, zone: &str, today: &str, found: &Report) -> UsageView {
    let total = &found.calls.total;
    let (since, until) = (days.since(), days.until());
    UsageView {
        period: since.get(..7).unwrap_or_default().to_owned(),
        days: days_view(days, zone),
        is_current: since.as_str() <= today && today <= until.as_str(),
        calls: figures_view(total),
        daily: each_day(&found.calls.days),
        executions: executions_view(&found.executions),
        costs: CostsView {
            currency: COST_CURRENCY,
            provider_micros: total.cost_micros,
            by_provider: parts_view(&found.calls.by_provider),
            priced_calls: total.priced,
            unpriced_calls: total.calls - total.priced,
            executions_micros: None,
            plan_micros: None,
            total_micros: total.cost_micros,
        },
        ledger: LedgerView {
            billed_minutes: None,
            included_calls: None,
            used_percent: None,
            credit_minutes: None,
        },
        roi: roi(&found.estimate),
    }
}

fn settings_view(worth: &Worth) -> Json<UsageSettingsView> {
    Json(UsageSettingsView {
        hourly_value_micros: worth.hourly_micros,
        currency: worth.currency.clone(),
        after_call_seconds: worth.after_call_ms / 1000,
        updated_at: worth.updated_at.map(|at| at.rfc3339()),
    })
}

/// The usage of a billing period: calls, executions, costs, and an estimate of what was saved.
#[utoipa::path(get, path = "/api/v1/usage", tag = "usage", params(UsageQuery),
    security(("session" = []), ("bearer" = ["usage.read"])),
    responses((status = 200, body = UsageView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn usage(
    State(app): State<App>,
    tenant: Tenant<need::ReadUsage>,
    Params(query): Params<UsageQuery>,
) -> Answer<Json<UsageView>> {
    let (zone, now) = (&tenant.record.timezone, app.house.world.now());
    let days = usage::month(query.period.as_deref(), now, zone)?;
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = usage::report(&mut inside, &days, zone).await?;
    Ok(Json(view(&days, zone, &now.local_day(zone), &found)))
}

/// What the tenant's time is worth.
#[utoipa::path(get, path = "/api/v1/usage/settings", tag = "usage", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["usage.read"])),
    responses((status = 200, body = UsageSettingsView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn settings(
    State(app): State<App>,
    tenant: Tenant<need::ReadUsage>,
) -> Answer<Json<UsageSettingsView>> {
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    Ok(settings_view(&usage::worth(&mut inside).await?))
}

/// Say what the tenant's time is worth.
#[utoipa::path(put, path = "/api/v1/usage/settings", tag = "usage", params(("tenant" = Option<String>, Query)),
    request_body = UsageSettingsInput, security(("session" = []), ("bearer" = ["usage.manage"])),
    responses((status = 200, body = UsageSettingsView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn set_settings(
    State(app): State<App>,
    tenant: Tenant<need::ManageUsage>,
    Body(input): Body<UsageSettingsInput>,
) -> Answer<Json<UsageSettingsView>> {
    let change = WorthChange {
        hourly_micros: input.hourly_value_micros,
        currency: input.currency,
        after_call_ms: input.after_call_seconds.map(|seconds| seconds.saturating_mul(1000)),
    };
    let mut tx = app.house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let worth = usage::set_worth(&app.house, &mut inside, change).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(settings_view(&worth))
}
