//! The rules of the room.

use super::figures::add_up;
use super::*;
use crate::calls::Group;
use proptest::prelude::*;
use vestibule_model::{Direction, Outcome, Status, UnixMs};

const ZONE: &str = "America/Toronto";

fn at(text: &str) -> UnixMs {
    UnixMs::parse_rfc3339(text).unwrap()
}

fn named(days: Result<Days, crate::Refusal>) -> Result<(String, String), &'static str> {
    days.map(|d| (d.since(), d.until())).map_err(|r| r.fields[0].field)
}

fn pair(since: &str, until: &str) -> Result<(String, String), &'static str> {
    Ok((since.into(), until.into()))
}

#[test]
fn a_billing_period_is_a_month_of_the_tenants_calendar() {
    // In Toronto it is still October; in UTC it is November.
    let now = at("2026-11-01T03:59:59Z");
    let of = |period: &str| named(month(Some(period), now, ZONE));
    assert_eq!(of("current_month"), pair("2026-10-01", "2026-10-31"));
    assert_eq!(of(""), of("current_month"));
    assert_eq!(of("previous_month"), pair("2026-09-01", "2026-09-30"));
    assert_eq!(of("2024-02"), pair("2024-02-01", "2024-02-29"));
    assert_eq!(
        named(month(Some("previous_month"), at("2026-01-15T12:00:00Z"), ZONE)),
        pair("2025-12-01", "2025-12-31")
    );
    for bad in ["2026-13", "2026", "next_month", "2026-1-1", "26-01-1", "0001-01", "2026-00", "CURRENT_MONTH"]
    {
        assert_eq!(of(bad), Err("period"), "{bad}");
    }
    // The month in which daylight time ends has an hour more.
    let (since, until) = month(Some("2026-11"), now, ZONE).unwrap().bounds(ZONE);
    assert_eq!(until.since(since), (30 * 24 + 1) * 3_600_000);
}

#[test]
fn a_run_of_days_is_what_was_asked_for() {
    let now = at("2026-03-20T12:00:00Z");
    let of = |since: Option<&str>, until: Option<&str>| days(since, until, now, ZONE);
    // Thirty days, whatever the clocks did within them.
    let plain = of(None, None).unwrap();
    assert_eq!(
        (plain.since().as_str(), plain.until().as_str(), plain.count()),
        ("2026-02-19", "2026-03-20", 30)
    );
    let each: Vec<String> = plain.each().collect();
    assert_eq!((each.len(), each[0].as_str(), each[29].as_str()), (30, "2026-02-19", "2026-03-20"));
    assert_eq!(
        (plain.before().since().as_str(), plain.before().until().as_str()),
        ("2026-01-20", "2026-02-18")
    );
    assert_eq!(
        named(of(Some("2026-03-20T03:00:00Z"), None)),
        pair("2026-03-19", "2026-03-20"),
        "its day there"
    );
    assert_eq!(named(of(Some("2025-01-01"), Some("2026-01-01"))), pair("2025-01-01", "2026-01-01"));
    assert_eq!(named(of(Some("2024-12-31"), Some("2026-01-01"))), Err("since"), "367 days");
    assert_eq!(named(of(Some("2026-03-21"), None)), Err("since"));
    assert_eq!(named(of(Some("yesterday"), None)), Err("since"));
    assert_eq!(named(of(None, Some("2026-02-30"))), Err("until"));
}

fn group(outcome: Option<Outcome>, calls: i64, duration_ms: i64, cost_micros: i64) -> Group {
    let status = if outcome.is_some() { Status::Completed } else { Status::InProgress };
    let direction = Some(Direction::Inbound);
    let (day, provider) = ("2026-11-01".into(), "one".into());
    Group { day, provider, direction, status, outcome, calls, duration_ms, priced: calls, cost_micros }
}

#[test]
fn the_estimate_counts_what_nobody_had_to_take() {
    let days = month(Some("2026-11"), at("2026-11-21T00:00:00Z"), ZONE).unwrap();
    let groups = [
        group(Some(Outcome::Booked), 2, 240_000, 200_000),
        group(Some(Outcome::MessageTaken), 1, 60_000, 50_000),
        group(Some(Outcome::Answered), 1, 60_000, 50_000),
        // Somebody took these, nobody spoke in those, and one still goes on: they cost, and save nothing.
        group(Some(Outcome::Transferred), 1, 600_000, 300_000),
        group(Some(Outcome::Spam), 3, 90_000, 30_000),
        group(Some(Outcome::Missed), 2, 0, 0),
        group(None, 1, 0, 0),
    ];
    let all = add_up(&days, &groups);
    assert_eq!((all.total.calls, all.total.ended, all.total.answered, all.total.missed), (11, 10, 5, 2));
    assert_eq!(all.total.success_rate(), Some(0.5));
    let worth = Worth { hourly_micros: 36_000_000, after_call_ms: 90_000, ..Worth::default() };
    let found = estimate(&all.total, &worth);
    // Six minutes of talk, and four times a minute and a half: twelve minutes at 36 an hour are 7.20.
    assert_eq!(
        (found.calls, found.talk_ms, found.after_call_ms, found.saved_ms),
        (4, 360_000, 360_000, 720_000)
    );
    assert_eq!((found.value_micros, found.cost_micros), (7_200_000, 630_000));
    assert_eq!((found.net_micros, found.ratio.map(f64::round)), (Some(6_570_000), Some(11.0)));
    // What is in two currencies is not added up.
    let euro = estimate(&all.total, &Worth { currency: "EUR".into(), ..worth });
    assert_eq!((euro.value_micros, euro.net_micros, euro.ratio), (7_200_000, None, None));
    let nothing = estimate(&Figures::default(), &Worth::default());
    assert_eq!((nothing.value_micros, nothing.net_micros, nothing.ratio), (0, Some(0), None));
}

fn any_group() -> impl Strategy<Value = Group> {
    let outcome = prop::option::of(prop::sample::select(Outcome::ALL));
    let direction = prop::option::of(prop::sample::select(Direction::ALL));
    let status = prop::sample::select(Status::ALL);
    ((1..31_u8), "[ab]", direction, status, outcome, 1..50_i64, 0..9_000_000_i64, 0..9_000_000_i64).prop_map(
        |(day, provider, direction, status, outcome, calls, duration_ms, cost_micros)| Group {
            day: format!("2026-11-{day:02}"),
            provider,
            direction,
            status,
            outcome,
            calls,
            duration_ms,
            priced: calls / 2,
            cost_micros,
        },
    )
}

proptest! {
    #[test]
    fn the_days_and_each_breakdown_add_up_to_the_whole(groups in prop::collection::vec(any_group(), 0..40)) {
        let days = month(Some("2026-11"), at("2026-11-21T00:00:00Z"), ZONE).unwrap();
        let all = add_up(&days, &groups);
        prop_assert_eq!(all.days.len(), 30);
        let sums = |f: &Figures| (f.calls, f.answered, f.missed, f.duration_ms, f.cost_micros, f.alone_ms, f.priced);
        let total = all.days.iter().fold((0, 0, 0, 0, 0, 0, 0), |a, d| {
            let b = sums(&d.figures);
            (a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3, a.4 + b.4, a.5 + b.5, a.6 + b.6)
        });
        prop_assert_eq!(total, sums(&all.total));
        for parts in [&all.by_status, &all.by_outcome, &all.by_direction, &all.by_provider] {
            let sum = parts.iter().fold((0, 0, 0), |a, p| (a.0 + p.calls, a.1 + p.duration_ms, a.2 + p.cost_micros));
            prop_assert_eq!(sum, (all.total.calls, all.total.duration_ms, all.total.cost_micros));
        }
        prop_assert!(all.total.answered <= all.total.calls && all.total.alone <= all.total.answered);
    }
}
