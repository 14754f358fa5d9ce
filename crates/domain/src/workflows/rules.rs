//! When to ask an engine again, and how far back: pure.

use vestibule_model::UnixMs;
use vestibule_ports::{EngineFault, ProviderFaultKind};

/// While all is well.
pub(super) const EVERY_MS: i64 = 60_000;
/// A look that has not reached its end goes on soon.
pub(super) const GO_ON_MS: i64 = 1_000;
const MOST_MS: i64 = 30 * 60_000;
/// How far the first look goes back.
const FIRST_MS: i64 = 7 * 24 * 3_600_000;
/// An execution may be listed later than one that began after it.
const OVERLAP_MS: i64 = 10 * 60_000;
/// How many pages one look asks for.
pub(super) const MOST_PAGES: usize = 5;
/// How many executions that are not over one look asks for by their ids.
pub(super) const MOST_OPEN: i64 = 20;
/// Whoever has not ended by then is not asked for any more.
pub(super) const OPEN_FOR_MS: i64 = 7 * 24 * 3_600_000;
/// How long one question may take.
pub(super) const QUESTION_MS: u64 = 10_000;
/// How long one look may take; no question begins after it.
pub(super) const LOOK_MS: i64 = 40_000;
/// How long a look's lease lasts, in milliseconds: longer than a look, its last question and its transaction.
pub const LEASE_MS: i64 = 90_000;

/// The next look: soon when there is more, each minute while all is well, and later and later while it is not.
#[must_use]
pub fn next_look(fault: Option<&EngineFault>, failures_in_row: i64, has_more: bool, now: UnixMs) -> UnixMs {
    let Some(fault) = fault else { return now.plus_ms(if has_more { GO_ON_MS } else { EVERY_MS }) };
    let doubled = EVERY_MS << failures_in_row.clamp(0, 5);
    let wait = match fault.kind {
        // A new key wakes the watch at once; until then the old one is as bad as before.
        ProviderFaultKind::Unauthorized => MOST_MS,
        _ => doubled.min(MOST_MS),
    };
    now.plus_ms(wait.max(fault.retry_after_ms.unwrap_or(0).min(24 * 3_600_000)))
}

/// From where on a look asks, by the engine's clock.
pub(super) fn since(seen_until: Option<UnixMs>, now: UnixMs) -> UnixMs {
    seen_until.map_or(now.plus_ms(-FIRST_MS), |seen| seen.plus_ms(-OVERLAP_MS))
}
