//! Which days: a run of them, or a billing period, which is a month of the tenant's calendar until plans say otherwise.

use crate::{FieldFault, Refusal};
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use vestibule_model::UnixMs;

/// The most days of a run.
pub const MOST_DAYS: i32 = 366;

/// Days one after the other, in a tenant's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    since: Date,
    until: Date,
}

const BAD_DAY: (&str, &str) = (
    "Give a day as YYYY-MM-DD or an instant as RFC 3339.",
    "Donnez un jour (AAAA-MM-JJ) ou un instant (RFC 3339).",
);
const TOO_MANY: (&str, &str) =
    ("Give at most 366 days, the first one first.", "Donnez au plus 366 jours, le premier d’abord.");
const BAD_PERIOD: (&str, &str) = (
    "Give current_month, previous_month or a month as YYYY-MM.",
    "Donnez current_month, previous_month ou un mois (AAAA-MM).",
);

fn bad(field: &'static str, (en, fr): (&'static str, &'static str)) -> Refusal {
    Refusal::invalid(vec![FieldFault { field, code: "bad_parameter", en, fr }])
}

fn plus(day: Date, span: Span) -> Date {
    day.checked_add(span).unwrap_or(day)
}

impl Days {
    /// The first day, `YYYY-MM-DD`.
    #[must_use]
    pub fn since(&self) -> String {
        self.since.to_string()
    }

    /// The last day.
    #[must_use]
    pub fn until(&self) -> String {
        self.until.to_string()
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> i32 {
        (self.until - self.since).get_days() + 1
    }

    /// Each of them, the first one first.
    pub fn each(&self) -> impl Iterator<Item = String> {
        let first = self.since;
        (0..self.count()).map(move |n| plus(first, n.days()).to_string())
    }

    /// The first instant, and the one after the last.
    #[must_use]
    pub fn bounds(&self, zone: &str) -> (UnixMs, UnixMs) {
        let bound = |day: Date, next: bool| UnixMs::day_bound(&day.to_string(), zone, next);
        (bound(self.since, false).unwrap_or_default(), bound(self.until, true).unwrap_or_default())
    }

    /// As many days, before these.
    #[must_use]
    pub fn before(&self) -> Self {
        let length = self.count();
        Self { since: plus(self.since, (-length).days()), until: plus(self.since, (-1).days()) }
    }
}

/// The days from `since` to `until`, each a day or an instant; until today, and thirty of them, when nothing is said.
///
/// # Errors
/// A refusal about the parameter that is not good.
pub fn days(since: Option<&str>, until: Option<&str>, now: UnixMs, zone: &str) -> Result<Days, Refusal> {
    let read = |text: Option<&str>, field, otherwise: Date| match text.filter(|t| !t.is_empty()) {
        None => Ok(otherwise),
        Some(text) => day(text, zone).ok_or_else(|| bad(field, BAD_DAY)),
    };
    let until = read(until, "until", today(now, zone))?;
    let since = read(since, "since", plus(until, (-29).days()))?;
    let days = Days { since, until };
    if since > until || days.count() > MOST_DAYS {
        return Err(bad("since", TOO_MANY));
    }
    Ok(days)
}

/// The days of a billing period: `current_month`, `previous_month` or `YYYY-MM`; the current month when nothing is said.
///
/// # Errors
/// A refusal about the parameter.
pub fn month(period: Option<&str>, now: UnixMs, zone: &str) -> Result<Days, Refusal> {
    let this = today(now, zone).first_of_month();
    let first = match period.filter(|t| !t.is_empty()) {
        None | Some("current_month") => Some(this),
        Some("previous_month") => Some(plus(this, (-1).months())),
        Some(text) if text.len() == 7 => day(&format!("{text}-01"), zone),
        Some(_) => None,
    };
    let first = first.ok_or_else(|| bad("period", BAD_PERIOD))?;
    Ok(Days { since: first, until: first.last_of_month() })
}

fn day(text: &str, zone: &str) -> Option<Date> {
    let day = match UnixMs::parse_rfc3339(text) {
        Some(at) => at.local_day(zone).parse(),
        None if text.len() == 10 => text.parse::<Date>(),
        None => return None,
    };
    // Days are compared as text, so all have four figures for the year.
    day.ok().filter(|day| (1970..=9998).contains(&day.year()))
}

fn today(now: UnixMs, zone: &str) -> Date {
    now.local_day(zone).parse().unwrap_or_default()
}
