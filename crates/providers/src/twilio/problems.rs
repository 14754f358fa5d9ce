//! Twilio's error codes about text messages in our words (telephony sheet §5.5, §5.7): those of a refused request, and
//! those that a status callback brings later.

use vestibule_model::TextProblem;

/// What a code means.
pub(super) fn of(code: i64) -> TextProblem {
    match code {
        21610 => TextProblem::OptedOut,
        21211 | 21214 | 21217 | 21612 | 30005 => TextProblem::BadReceiver,
        21614 | 30006 => TextProblem::Landline,
        30003 => TextProblem::OutOfReach,
        21219 | 21608 => TextProblem::TrialReceiver,
        21215 | 21408 => TextProblem::RegionOff,
        21210 | 21212 | 21606 | 21659 | 21660 | 21703 => TextProblem::BadSender,
        30034 => TextProblem::NotRegistered,
        30032 => TextProblem::TollFreeUnverified,
        30004 | 30007 => TextProblem::Filtered,
        21602 | 21605 | 21617 => TextProblem::BadBody,
        21611 | 30001 => TextProblem::QueueFull,
        10001 | 20005 | 30002 => TextProblem::Suspended,
        _ => TextProblem::Other,
    }
}

/// The same of a code as text.
pub(super) fn of_text(code: &str) -> TextProblem {
    code.parse().map_or(TextProblem::Other, of)
}
