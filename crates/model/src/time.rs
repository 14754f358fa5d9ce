//! Instants as integer milliseconds since 1970-01-01T00:00:00Z.

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct UnixMs(pub i64);

impl UnixMs {
    /// This instant plus `ms` milliseconds, saturating.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC with milliseconds, for example `2026-11-21T00:00:00.000Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map(|t| format!("{t:.3}"))
            .unwrap_or_else(|_| String::from("1970-01-01T00:00:00.000Z"))
    }

    /// Reads RFC 3339 text.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }

    /// The civil date `YYYY-MM-DD` of this instant in an IANA time zone; an unknown zone reads as UTC.
    #[must_use]
    pub fn local_day(self, zone: &str) -> String {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        jiff::Timestamp::from_millisecond(self.0)
            .map(|t| t.to_zoned(zone).date().to_string())
            .unwrap_or_default()
    }

    /// The first instant of a civil date `YYYY-MM-DD` in an IANA time zone, or of the day after it.
    #[must_use]
    pub fn day_bound(day: &str, zone: &str, next_day: bool) -> Option<Self> {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let date = day.parse::<jiff::civil::Date>().ok()?;
        let date = if next_day { date.tomorrow().ok()? } else { date };
        Some(Self(date.to_zoned(zone).ok()?.timestamp().as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_and_write_rfc3339() {
        let at = UnixMs(1_795_219_200_035);
        assert_eq!(at.rfc3339(), "2026-11-21T00:00:00.035Z");
        assert_eq!(UnixMs::parse_rfc3339("2026-11-21T00:00:00.035Z"), Some(at));
        assert_eq!(at.local_day("America/Toronto"), "2026-11-20");
    }

    #[test]
    fn a_day_begins_at_local_midnight() {
        // Eastern daylight time ended on 2026-11-01: that day has 25 hours.
        let start = UnixMs::day_bound("2026-11-01", "America/Toronto", false).unwrap();
        let end = UnixMs::day_bound("2026-11-01", "America/Toronto", true).unwrap();
        assert_eq!(end.since(start), 25 * 3_600_000);
    }
}
