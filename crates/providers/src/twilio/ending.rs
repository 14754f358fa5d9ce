//! Twilio's statuses, reduced to ours (telephony sheet §1.3).

use vestibule_model::{Ending, FactKind, Status};

/// Which moment a status tells of, where the call stands then, and how it ended. An unknown status says nothing.
/// How a call that was connected ended is not said: a `<Dial>` may have told of a transfer.
pub(super) fn reduce(status: &str, sip_code: Option<i64>) -> Option<(FactKind, Status, Option<Ending>)> {
    Some(match status {
        "queued" | "initiated" | "ringing" => (FactKind::Started, Status::Ringing, None),
        "in-progress" | "answered" => (FactKind::Progress, Status::InProgress, None),
        "completed" => (FactKind::Ended, Status::Completed, None),
        "busy" => (FactKind::Ended, Status::Busy, Some(Ending::Busy)),
        "no-answer" => (FactKind::Ended, Status::NoAnswer, Some(Ending::NoAnswer)),
        "canceled" => (FactKind::Ended, Status::Canceled, Some(Ending::Canceled)),
        "failed" => (FactKind::Ended, Status::Failed, Some(failed(sip_code))),
        _ => return None,
    })
}

/// A number that does not exist, a country that is not allowed: what Twilio calls failed is mostly out of reach.
/// A server's own fault says so in its SIP code.
const fn failed(sip_code: Option<i64>) -> Ending {
    match sip_code {
        Some(500..=599) => Ending::Fault,
        _ => Ending::Unreachable,
    }
}

/// Whether a machine answered, if Twilio listened and knows.
pub(super) fn is_machine(answered_by: &str) -> Option<bool> {
    match answered_by {
        "human" => Some(false),
        "fax" => Some(true),
        machine if machine.starts_with("machine") => Some(true),
        _ => None,
    }
}

/// A person was reached and spoke with the caller (§1.4): one who answered and declined has bridged nothing.
pub(super) fn is_transferred(dial_status: Option<&str>, bridged: Option<&str>) -> bool {
    matches!(dial_status, Some("completed" | "answered")) && bridged != Some("false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_moment() {
        for (status, sip, want) in [
            ("queued", None, Some((FactKind::Started, Status::Ringing, None))),
            ("initiated", None, Some((FactKind::Started, Status::Ringing, None))),
            ("ringing", None, Some((FactKind::Started, Status::Ringing, None))),
            ("in-progress", None, Some((FactKind::Progress, Status::InProgress, None))),
            ("completed", Some(200), Some((FactKind::Ended, Status::Completed, None))),
            ("busy", Some(486), Some((FactKind::Ended, Status::Busy, Some(Ending::Busy)))),
            ("no-answer", Some(487), Some((FactKind::Ended, Status::NoAnswer, Some(Ending::NoAnswer)))),
            ("canceled", None, Some((FactKind::Ended, Status::Canceled, Some(Ending::Canceled)))),
            ("failed", Some(404), Some((FactKind::Ended, Status::Failed, Some(Ending::Unreachable)))),
            ("failed", None, Some((FactKind::Ended, Status::Failed, Some(Ending::Unreachable)))),
            ("failed", Some(503), Some((FactKind::Ended, Status::Failed, Some(Ending::Fault)))),
            ("invented-in-2027", None, None),
        ] {
            assert_eq!(reduce(status, sip), want, "{status}");
        }
    }

    #[test]
    fn machines_and_transfers() {
        assert_eq!(is_machine("machine_end_beep"), Some(true));
        assert_eq!(is_machine("fax"), Some(true));
        assert_eq!(is_machine("human"), Some(false));
        assert_eq!(is_machine("unknown"), None);
        assert!(is_transferred(Some("completed"), None) && is_transferred(Some("completed"), Some("true")));
        assert!(
            !is_transferred(Some("completed"), Some("false")) && !is_transferred(Some("no-answer"), None)
        );
    }
}
