//! When people ring, when they come, and how days and times are said.

use super::cast::{Language, Trade};
use fastrand::Rng;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan, Zoned, tz::TimeZone};
use vestibule_model::UnixMs;

/// Where the demo's businesses are.
pub const ZONE: &str = "America/Toronto";

// Calls by the hour of the day, from midnight on, in thousandths of a day.
const DAYTIME: [u32; 24] =
    [3, 2, 1, 1, 1, 3, 8, 35, 105, 115, 105, 90, 70, 85, 90, 85, 75, 55, 30, 18, 12, 8, 5, 4];
const ROUND_THE_CLOCK: [u32; 24] =
    [14, 11, 9, 8, 9, 16, 38, 70, 90, 85, 75, 65, 50, 58, 62, 62, 62, 58, 50, 38, 28, 24, 20, 17];
// Monday to Sunday.
const WEEK: [u32; 7] = [125, 110, 105, 100, 105, 62, 26];

fn zone() -> TimeZone {
    TimeZone::get(ZONE).unwrap_or(TimeZone::UTC)
}

/// An instant where the businesses are.
pub fn local(at: UnixMs) -> Zoned {
    Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone())
}

fn weekday(date: Date) -> usize {
    usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)
}

/// Whether businesses are open, near enough: on weekdays from eight to six, on Saturdays until two.
pub fn is_open(at: UnixMs) -> bool {
    let local = local(at);
    match weekday(local.date()) {
        0..=4 => (8..18).contains(&local.hour()),
        5 => (9..14).contains(&local.hour()),
        _ => false,
    }
}

/// Draws an index by weight.
pub fn weighted(rng: &mut Rng, weights: impl Iterator<Item = u32> + Clone) -> usize {
    let total: u32 = weights.clone().sum();
    let mut left = rng.u32(..total.max(1));
    for (index, weight) in weights.enumerate() {
        if left < weight {
            return index;
        }
        left -= weight;
    }
    0
}

/// The beginnings of about `count` calls in the `days` days before `until`, oldest first: more by day than by
/// night, fewer at weekends, a few more every week.
pub fn moments(trade: Trade, count: u32, days: u32, until: UnixMs, rng: &mut Rng) -> Vec<UnixMs> {
    let hours = match trade {
        Trade::Heating | Trade::Plumbing => &ROUND_THE_CLOCK,
        Trade::Dental | Trade::Hair | Trade::Garage => &DAYTIME,
    };
    let today = local(until).date();
    let dates: Vec<Date> =
        (0..i64::from(days)).rev().filter_map(|ago| today.checked_sub(ago.days()).ok()).collect();
    let weights: Vec<u32> = dates
        .iter()
        .zip(0_u32..)
        .map(|(date, n)| WEEK.get(weekday(*date)).copied().unwrap_or(100) * (80 + n * 40 / days.max(1)))
        .collect();
    let mut moments: Vec<UnixMs> = (0..count)
        .filter_map(|_| {
            let date = *dates.get(weighted(rng, weights.iter().copied()))?;
            let hour = i8::try_from(weighted(rng, hours.iter().copied())).ok()?;
            let at = date.at(hour, rng.i8(0..60), rng.i8(0..60), rng.i32(0..1000) * 1_000_000);
            Some(UnixMs(at.to_zoned(zone()).ok()?.timestamp().as_millisecond()))
        })
        .filter(|at| *at < until)
        .collect();
    moments.sort_unstable();
    moments
}

/// Whether a business takes no appointments on a day of the week, from Monday on.
const fn rests(trade: Trade, weekday: usize, is_soon: bool) -> bool {
    match trade {
        // Somebody is always on call.
        Trade::Heating | Trade::Plumbing => weekday == 6 && !is_soon,
        Trade::Dental => weekday >= 5,
        Trade::Hair => weekday == 6 || weekday == 0,
        Trade::Garage => weekday == 6,
    }
}

/// An appointment after a call: within two days when it is urgent, else within two weeks; when the business
/// works.
pub fn appointment(trade: Trade, at: UnixMs, is_soon: bool, rng: &mut Rng) -> DateTime {
    let now = local(at);
    let today = is_soon && (7..13).contains(&now.hour()) && !rests(trade, weekday(now.date()), is_soon);
    if today {
        return now.date().at(now.hour() + 2, if rng.bool() { 30 } else { 0 }, 0, 0);
    }
    let ahead = if is_soon { 1 } else { rng.i64(1..12) };
    let mut date = now.date().checked_add(ahead.days()).unwrap_or(now.date());
    while rests(trade, weekday(date), is_soon) {
        date = date.tomorrow().unwrap_or(now.date());
    }
    let last = if weekday(date) == 5 && trade != Trade::Hair { 12 } else { 16 };
    date.at(rng.i8(8..last), if rng.bool() { 30 } else { 0 }, 0, 0)
}

/// An appointment in RFC 3339 with the businesses' offset.
pub fn rfc3339(at: DateTime) -> String {
    at.to_zoned(zone()).map_or_else(|_| at.to_string(), |z| z.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// The day as it is said: `Tuesday, March 3` or `mardi 3 mars`.
pub fn spoken_day(at: DateTime, language: Language) -> String {
    const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    match language {
        Language::English => at.strftime("%A, %B %-d").to_string(),
        Language::French => {
            let day = DAYS.get(weekday(at.date())).copied().unwrap_or_default();
            let month =
                usize::try_from(at.month() - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or_default();
            let number = if at.day() == 1 { "1er".to_owned() } else { at.day().to_string() };
            format!("{day} {number} {month}")
        }
    }
}

/// The time as it is said: `2:30 p.m.` or `14 h 30`.
pub fn spoken_time(at: DateTime, language: Language) -> String {
    match (language, at.minute()) {
        (Language::English, minute) => {
            let (hour, half) = ((at.hour() + 11) % 12 + 1, if at.hour() < 12 { "a.m." } else { "p.m." });
            if minute == 0 { format!("{hour} {half}") } else { format!("{hour}:{minute:02} {half}") }
        }
        (Language::French, 0) => format!("{} h", at.hour()),
        (Language::French, minute) => format!("{} h {minute:02}", at.hour()),
    }
}

/// The part of the day that one wishes somebody at parting, and the word of greeting.
pub fn daypart(at: UnixMs, language: Language) -> (&'static str, &'static str) {
    let is_late = !(4..17).contains(&local(at).hour());
    match (language, is_late) {
        (Language::English, false) => ("day", "hello"),
        (Language::English, true) => ("evening", "hello"),
        (Language::French, false) => ("journée", "bonjour"),
        (Language::French, true) => ("soirée", "bonsoir"),
    }
}
