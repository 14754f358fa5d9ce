//! Figures as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::usage::{COST_CURRENCY, DayFigures, Days, Figures, Part};
use vestibule_domain::workflows;

/// Sums over calls. A call belongs to the day on which it began, in the tenant's time as it was then. Providers' tests are not among them.
#[derive(Serialize, ToSchema)]
pub struct FiguresOfCalls {
    /// How many.
    calls: i64,
    /// From callers to the business.
    inbound: i64,
    /// From the business.
    outbound: i64,
    /// That are over.
    ended: i64,
    /// That the receptionist dealt with: BOOKED, MESSAGE_TAKEN, TRANSFERRED or ANSWERED.
    answered: i64,
    /// That led to an appointment.
    booked: i64,
    /// In which a message was taken.
    messages: i64,
    /// That were put through to a person.
    transferred: i64,
    /// That never connected.
    missed: i64,
    /// That a fault ended or prevented.
    failed: i64,
    /// `answered` ÷ `ended`; null when none is over.
    success_rate: Option<f64>,
    /// How long they lasted, in milliseconds.
    duration_ms: i64,
    /// What providers charge for those whose price is known, in millionths of `currency`.
    cost_micros: i64,
    /// How many have a known price.
    priced: i64,
    /// Always USD.
    currency: &'static str,
}

/// Sums of one day.
#[derive(Serialize, ToSchema)]
pub struct DayOfCalls {
    /// `YYYY-MM-DD`.
    day: String,
    #[serde(flatten)]
    figures: FiguresOfCalls,
}

/// Calls that are alike in one thing.
#[derive(Serialize, ToSchema)]
pub struct PartOfCalls {
    /// In what; null where nothing is known of it.
    name: Option<String>,
    /// How many.
    calls: i64,
    /// How long they lasted, in milliseconds.
    duration_ms: i64,
    /// What providers charge, in micro-USD.
    cost_micros: i64,
}

/// Which days these are.
#[derive(Serialize, ToSchema)]
pub struct DaysView {
    /// The first day.
    pub(super) since: String,
    /// The last day.
    pub(super) until: String,
    /// The tenant's time zone.
    pub(super) timezone: String,
}

/// Calls by what tells them apart.
#[derive(Serialize, ToSchema)]
pub struct CallMetrics {
    #[serde(flatten)]
    pub(super) days: DaysView,
    /// In all.
    pub(super) total: FiguresOfCalls,
    /// How many different numbers the callers had.
    pub(super) callers: i64,
    /// `duration_ms` ÷ `ended`; null when none is over.
    pub(super) average_duration_ms: Option<i64>,
    /// By where they stand.
    pub(super) by_status: Vec<PartOfCalls>,
    /// By what they led to; null while they go on.
    pub(super) by_outcome: Vec<PartOfCalls>,
    /// By who called whom.
    pub(super) by_direction: Vec<PartOfCalls>,
    /// By who told of them.
    pub(super) by_provider: Vec<PartOfCalls>,
}

/// Calls by day.
#[derive(Serialize, ToSchema)]
pub struct DailyMetrics {
    #[serde(flatten)]
    pub(super) days: DaysView,
    /// Every day, also one without calls, the first one first.
    pub(super) items: Vec<DayOfCalls>,
}

/// Executions of workflows that began within some days.
#[derive(Serialize, ToSchema)]
pub struct ExecutionFigures {
    /// How many, as far as we know of them.
    total: i64,
    /// That went through.
    success: i64,
    /// That failed.
    error: i64,
    /// That somebody stopped.
    canceled: i64,
    /// That go on, or of which nobody has said more yet.
    open: i64,
    /// `success` ÷ (`success` + `error`); null when there were none.
    success_rate: Option<f64>,
}

/// Everything in all, beside as many days before.
#[derive(Serialize, ToSchema)]
pub struct AggregatedMetrics {
    #[serde(flatten)]
    pub(super) days: DaysView,
    /// How many days.
    pub(super) day_count: i32,
    /// The calls of these days.
    pub(super) calls: FiguresOfCalls,
    /// The calls of as many days before.
    pub(super) calls_before: FiguresOfCalls,
    /// How many different numbers the callers had.
    pub(super) callers: i64,
    /// The executions that began in these days.
    pub(super) executions: ExecutionFigures,
}

pub(super) fn figures_view(f: &Figures) -> FiguresOfCalls {
    FiguresOfCalls {
        calls: f.calls,
        inbound: f.inbound,
        outbound: f.outbound,
        ended: f.ended,
        answered: f.answered,
        booked: f.booked,
        messages: f.messages,
        transferred: f.transferred,
        missed: f.missed,
        failed: f.failed,
        success_rate: f.success_rate(),
        duration_ms: f.duration_ms,
        cost_micros: f.cost_micros,
        priced: f.priced,
        currency: COST_CURRENCY,
    }
}

pub(super) fn parts_view(parts: &[Part]) -> Vec<PartOfCalls> {
    let of = |p: &Part| PartOfCalls {
        name: p.name.clone(),
        calls: p.calls,
        duration_ms: p.duration_ms,
        cost_micros: p.cost_micros,
    };
    parts.iter().map(of).collect()
}

pub(super) fn each_day(days: &[DayFigures]) -> Vec<DayOfCalls> {
    days.iter().map(|d| DayOfCalls { day: d.day.clone(), figures: figures_view(&d.figures) }).collect()
}

pub(super) fn days_view(days: &Days, zone: &str) -> DaysView {
    DaysView { since: days.since(), until: days.until(), timezone: zone.to_owned() }
}

pub(super) fn executions_view(tally: &workflows::Tally) -> ExecutionFigures {
    ExecutionFigures {
        total: tally.total,
        success: tally.success,
        error: tally.error,
        canceled: tally.canceled,
        open: tally.open,
        success_rate: tally.success_rate(),
    }
}
