//! Vapi's `endedReason` (627 values in the OpenAPI of 2026-08-20, an open set), reduced to ours: by value, then by
//! prefix (protocols/providers.md §2.5).

use vestibule_model::{Ending, Status};

// Limits of the Vapi account stand in the way: subscription, numbers, features.
const LIMITS: [&str; 4] = [
    "call.start.error-subscription-",
    "call.start.error-vapi-number-",
    "call.start.error-enterprise-feature-",
    "call.start.error-fraud-check-",
];

/// The ending that a reason stands for; `None` when the reason is unknown.
pub(super) fn known(reason: &str) -> Option<Ending> {
    let ending = match reason {
        "customer-ended-call"
        | "assistant-ended-call"
        | "assistant-ended-call-after-message-spoken"
        | "assistant-ended-call-with-hangup-task"
        | "assistant-said-end-call-phrase"
        | "customer-ended-call-before-warm-transfer"
        | "customer-ended-call-after-warm-transfer-attempt"
        | "customer-ended-call-during-transfer"
        | "silence-timed-out"
        | "exceeded-max-duration"
        | "vonage-completed"
        | "vonage-disconnected"
        | "call.ringing.hook-executed-say"
        | "call.ending.hook-executed-say"
        | "call.in-progress.twilio-completed-call"
        | "call.in-progress.sip-completed-call" => Ending::Normal,
        "assistant-forwarded-call"
        | "assistant-request-returned-forwarding-phone-number"
        | "call.ringing.hook-executed-transfer"
        | "call.ending.hook-executed-transfer" => Ending::Transferred,
        "voicemail" => Ending::Machine,
        "customer-busy" | "call.forwarding.operator-busy" => Ending::Busy,
        "customer-did-not-answer" | "call.forwarding.no-answer" => Ending::NoAnswer,
        "manually-canceled"
        | "scheduled-call-deleted"
        | "call-deleted"
        | "customer-did-not-give-microphone-permission"
        | "call.ringing.sip-inbound-caller-hungup-before-call-connect" => Ending::Canceled,
        "twilio-failed-to-connect-call"
        | "twilio-reported-customer-misdialed"
        | "vonage-rejected"
        | "vonage-failed-to-connect-call"
        | "assistant-join-timed-out"
        | "phone-call-provider-bypass-enabled-but-no-call-received" => Ending::Unreachable,
        // Our server's answer, or what is set up at Vapi.
        "assistant-request-failed"
        | "assistant-request-returned-error"
        | "assistant-request-returned-unspeakable-error"
        | "assistant-request-returned-invalid-assistant"
        | "assistant-request-returned-no-assistant"
        | "assistant-not-valid"
        | "assistant-not-found"
        | "call-start-error-neither-assistant-nor-server-set"
        | "phone-call-provider-closed-websocket"
        | "worker-shutdown" => Ending::Fault,
        _ if reason.contains(".error-sip-") && reason.ends_with("-failed-to-connect") => Ending::Unreachable,
        _ if LIMITS.iter().any(|limit| reason.starts_with(limit)) => Ending::Refused,
        _ if reason.starts_with("pipeline-error-") || reason.starts_with("call.start.") => Ending::Fault,
        _ if reason.starts_with("call.") && reason.contains(".error-") => Ending::Fault,
        _ if reason.starts_with("call.") && reason.contains(".hook-executed-") => Ending::Normal,
        _ => return None,
    };
    Some(ending)
}

/// How a call that is over ended, and where it stands. An unknown reason is judged by whether anybody was ever
/// connected.
pub(super) fn reduce(reason: Option<&str>, was_connected: bool) -> (Status, Ending) {
    let fallback = if was_connected { Ending::Normal } else { Ending::Unreachable };
    let ending = reason.and_then(known).unwrap_or(fallback);
    let status = match ending {
        Ending::Normal | Ending::Transferred | Ending::Machine => Status::Completed,
        Ending::Busy => Status::Busy,
        Ending::NoAnswer => Status::NoAnswer,
        Ending::Canceled => Status::Canceled,
        Ending::Unreachable | Ending::Spam | Ending::Refused | Ending::Fault => Status::Failed,
    };
    (status, ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn each_of_the_627_reasons_is_known() {
        let all: Vec<&str> = include_str!("../../fixtures/vapi/ended_reasons.txt").lines().collect();
        assert_eq!(all.len(), 627);
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for reason in all {
            let ending = known(reason).unwrap_or_else(|| panic!("{reason}"));
            found.entry(ending.as_str()).or_default().push(reason);
        }
        // How many there are of each, and which ones; of the faults, only those that are faults by their value.
        let by_value = |reason: &str| !reason.starts_with("pipeline-") && !reason.starts_with("call.");
        let told: Vec<String> = found
            .into_iter()
            .flat_map(|(ending, mut reasons)| {
                let count = reasons.len();
                reasons.retain(|reason| ending != "fault" || by_value(reason));
                let reasons = reasons.into_iter().map(|reason| format!("  {reason}"));
                std::iter::once(format!("{ending} {count}")).chain(reasons).collect::<Vec<_>>()
            })
            .collect();
        let golden: Vec<&str> = include_str!("../../fixtures/vapi/ended_reasons.golden").lines().collect();
        assert_eq!(told, golden);
    }

    #[test]
    fn some_of_them_and_the_unknown() {
        for (reason, connected, want) in [
            ("customer-ended-call", true, (Status::Completed, Ending::Normal)),
            ("assistant-forwarded-call", true, (Status::Completed, Ending::Transferred)),
            ("voicemail", true, (Status::Completed, Ending::Machine)),
            ("customer-busy", false, (Status::Busy, Ending::Busy)),
            ("customer-did-not-answer", false, (Status::NoAnswer, Ending::NoAnswer)),
            ("manually-canceled", false, (Status::Canceled, Ending::Canceled)),
            ("vonage-rejected", false, (Status::Failed, Ending::Unreachable)),
            (
                "call.ringing.error-sip-inbound-call-failed-to-connect",
                false,
                (Status::Failed, Ending::Unreachable),
            ),
            ("call.start.error-subscription-frozen", false, (Status::Failed, Ending::Refused)),
            ("call.start.error-get-customer", false, (Status::Failed, Ending::Fault)),
            ("pipeline-error-openai-voice-failed", true, (Status::Failed, Ending::Fault)),
            ("call.in-progress.error-vapifault-worker-died", true, (Status::Failed, Ending::Fault)),
            ("call.parked.error-invented", true, (Status::Failed, Ending::Fault)),
            ("call.ending.hook-executed-invented", true, (Status::Completed, Ending::Normal)),
            ("invented-in-2027", true, (Status::Completed, Ending::Normal)),
            ("invented-in-2027", false, (Status::Failed, Ending::Unreachable)),
        ] {
            assert_eq!(reduce(Some(reason), connected), want, "{reason}");
        }
        assert_eq!(reduce(None, true), (Status::Completed, Ending::Normal));
    }
}
