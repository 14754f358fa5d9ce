//! Whether everything is where it should be: a figure for lost work is worth nothing.

use crate::owner::Owner;
use crate::samples;
use crate::say::Outcome;

/// What is not folded yet. Folding and owing are one transaction, which also ends the job.
pub const WAITING: &str = "SELECT count(*) FROM jobs WHERE queue = 'inbox'";

/// What is not where it should be after all events of so many calls.
pub fn check(owner: &mut Owner, calls: usize, name: &str) -> Outcome<Option<String>> {
    let calls = i64::try_from(calls)?;
    let events = i64::try_from(samples::EVENTS)?;
    for (what, sql, want) in [
        ("events folded", "SELECT count(*) FROM inbox WHERE state = 'folded'", calls * events),
        ("events kept", "SELECT count(*) FROM inbox", calls * events),
        ("final calls", "SELECT count(*) FROM calls WHERE final_at IS NOT NULL", calls),
        ("calls", "SELECT count(*) FROM calls", calls),
        ("deliveries owed", "SELECT count(*) FROM deliveries", calls),
    ] {
        let found = owner.number(sql)?;
        if found != want {
            return Ok(Some(format!("{name}: {found} {what} instead of {want}")));
        }
    }
    Ok(None)
}
