//! Retell's `call_status` and `disconnection_reason`, reduced to ours (superset of retell-sdk py 6.2.13).

use vestibule_model::{Ending, FactKind, Status};

/// Reduces a disconnection reason. An unknown one is judged by the call's status.
fn ending(status: Option<&str>, reason: Option<&str>) -> Option<Ending> {
    let known = match reason? {
        "user_hangup"
        | "agent_hangup"
        | "call_take_over"
        | "manual_stopped"
        | "user_requested_callback"
        | "user_requested_dnc"
        | "inactivity"
        | "max_duration_reached" => Ending::Normal,
        "call_transfer" | "transfer_bridged" => Ending::Transferred,
        // machine_detected: until 2024
        "voicemail_reached" | "ivr_reached" | "machine_detected" => Ending::Machine,
        "dial_busy" => Ending::Busy,
        "dial_no_answer" | "registered_call_timeout" | "error_user_not_joined" => Ending::NoAnswer,
        "user_declined" => Ending::Canceled,
        // The transfer was given up, not the call, when the caller had been connected.
        "transfer_cancelled" if status == Some("not_connected") => Ending::Canceled,
        "transfer_cancelled" => Ending::Normal,
        "dial_failed" | "invalid_destination" | "network_blocked" => Ending::Unreachable,
        "marked_as_spam" | "scam_detected" => Ending::Spam,
        "concurrency_limit_reached"
        | "no_concurrency_fallback"
        | "no_valid_payment"
        | "credit_exhausted"
        | "budget_reached" => Ending::Refused,
        "telephony_provider_permission_denied"
        | "telephony_provider_unavailable"
        | "sip_routing_error"
        | "error_llm_websocket_open"
        | "error_llm_websocket_lost_connection"
        | "error_llm_websocket_runtime"
        | "error_llm_websocket_corrupt_payload"
        | "error_no_audio_received"
        | "error_asr"
        | "error_retell"
        | "error_unknown" => Ending::Fault,
        _ => return None,
    };
    Some(known)
}

/// Where the call stands and how it ended, by its own words and by the event that tells of it.
pub(super) fn reduce(
    kind: FactKind,
    status: Option<&str>,
    reason: Option<&str>,
) -> (Option<Status>, Option<Ending>) {
    let over = matches!(kind, FactKind::Ended | FactKind::Analyzed);
    let ending = ending(status, reason);
    match (status, over) {
        (Some("ended"), _) => {
            let ending = ending.unwrap_or(Ending::Normal);
            (Some(ended(ending)), Some(ending))
        }
        (Some("not_connected"), _) => {
            let ending = ending.unwrap_or(Ending::Unreachable);
            (Some(not_connected(ending)), Some(ending))
        }
        (Some("error"), _) => (Some(Status::Failed), Some(ending.unwrap_or(Ending::Fault))),
        (Some("ongoing"), false) => (Some(Status::InProgress), None),
        (Some("registered"), false) => (Some(Status::Ringing), None),
        // A call that started is connected (§1.2); one whose end we are told of is over, whatever a stale
        // status says.
        (_, false) => (Some(Status::InProgress), None),
        (_, true) => {
            let ending = ending.unwrap_or(Ending::Normal);
            let status = if ending == Ending::Fault { Status::Failed } else { ended(ending) };
            (Some(status), Some(ending))
        }
    }
}

/// The status of a call that Retell calls `ended`. Older payloads say so of calls that never connected.
const fn ended(ending: Ending) -> Status {
    match ending {
        Ending::Busy => Status::Busy,
        Ending::NoAnswer => Status::NoAnswer,
        Ending::Canceled => Status::Canceled,
        Ending::Unreachable => Status::Failed,
        _ => Status::Completed,
    }
}

const fn not_connected(ending: Ending) -> Status {
    match ending {
        Ending::Busy => Status::Busy,
        Ending::NoAnswer => Status::NoAnswer,
        Ending::Canceled => Status::Canceled,
        _ => Status::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_reasons() {
        use FactKind::{Analyzed, Ended as End, Started};
        for (kind, status, reason, want) in [
            (Started, "ongoing", "", (Status::InProgress, None)),
            (Started, "registered", "", (Status::Ringing, None)),
            (Started, "", "", (Status::InProgress, None)),
            (End, "ended", "user_hangup", (Status::Completed, Some(Ending::Normal))),
            (End, "ended", "call_transfer", (Status::Completed, Some(Ending::Transferred))),
            (End, "ended", "voicemail_reached", (Status::Completed, Some(Ending::Machine))),
            (End, "ended", "transfer_cancelled", (Status::Completed, Some(Ending::Normal))),
            (End, "ended", "invented_in_2027", (Status::Completed, Some(Ending::Normal))),
            (End, "ended", "", (Status::Completed, Some(Ending::Normal))),
            (End, "ended", "scam_detected", (Status::Completed, Some(Ending::Spam))),
            (End, "not_connected", "dial_busy", (Status::Busy, Some(Ending::Busy))),
            (End, "not_connected", "dial_no_answer", (Status::NoAnswer, Some(Ending::NoAnswer))),
            (End, "not_connected", "error_user_not_joined", (Status::NoAnswer, Some(Ending::NoAnswer))),
            (End, "not_connected", "user_declined", (Status::Canceled, Some(Ending::Canceled))),
            (End, "not_connected", "transfer_cancelled", (Status::Canceled, Some(Ending::Canceled))),
            (Analyzed, "not_connected", "invalid_destination", (Status::Failed, Some(Ending::Unreachable))),
            (Analyzed, "not_connected", "marked_as_spam", (Status::Failed, Some(Ending::Spam))),
            (Analyzed, "not_connected", "credit_exhausted", (Status::Failed, Some(Ending::Refused))),
            (Analyzed, "not_connected", "invented_in_2027", (Status::Failed, Some(Ending::Unreachable))),
            (Analyzed, "error", "error_asr", (Status::Failed, Some(Ending::Fault))),
            (Analyzed, "error", "invented_in_2027", (Status::Failed, Some(Ending::Fault))),
            (End, "ongoing", "agent_hangup", (Status::Completed, Some(Ending::Normal))),
            (End, "", "dial_no_answer", (Status::NoAnswer, Some(Ending::NoAnswer))),
            (End, "", "error_retell", (Status::Failed, Some(Ending::Fault))),
        ] {
            let some = |text: &'static str| (!text.is_empty()).then_some(text);
            let (found, ending) = reduce(kind, some(status), some(reason));
            assert_eq!((found, ending), (Some(want.0), want.1), "{status} {reason}");
        }
    }
}
