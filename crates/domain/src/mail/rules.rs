//! When a mail is tried again, and when no more: pure.

use vestibule_model::UnixMs;
use vestibule_ports::{MailFault, MailFaultKind};

/// What is waited after each try that failed.
pub(super) const WAITS_MS: [i64; 5] = [30_000, 120_000, 600_000, 3_600_000, 6 * 3_600_000];
/// How long a mail's lease lasts, in milliseconds: longer than a mailer may take, and its transaction.
pub const LEASE_MS: i64 = 90_000;
/// A mail whose tries were cut off so often is not tried again: it may be what ends the program.
pub(super) const MOST_LOST: i64 = 5;

/// When a mail that was not taken is tried again; never when that is of no use, or was done often enough. `before` counts
/// the tries before this one.
pub(super) fn next_try(fault: &MailFault, before: i64, now: UnixMs) -> Option<UnixMs> {
    if fault.kind == MailFaultKind::Rejected {
        return None;
    }
    let wait = WAITS_MS.get(usize::try_from(before).ok()?)?;
    Some(now.plus_ms((*wait).max(fault.retry_after_ms.unwrap_or(0))))
}
