//! Which of Vapi's events tell of a call, and what becomes of the others.

use vestibule_model::FactKind;

/// What an event is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// It tells of this moment of a call.
    Tells(FactKind),
    /// Vapi waits for the answer; what it says about the call comes again in other events.
    Asks,
    /// It is of no use, for this reason.
    Ignored(&'static str),
    /// It lacks the status that it should tell of.
    Torn,
}

/// The event's plain name: `transcript[transcriptType="final"]` is a `transcript`.
pub(super) fn plain_name(event: &str) -> &str {
    if event.starts_with("transcript[") { "transcript" } else { event }
}

/// The word that tells events of one name apart, where the name itself holds it.
pub(super) fn named_detail(event: &str) -> Option<&'static str> {
    let is_final = event.starts_with("transcript[") && event.contains("final");
    is_final.then_some("final")
}

/// Judges an event by its plain name and, for some, by its status or transcript's type.
pub(super) fn of(event: &str, detail: Option<&str>) -> Moment {
    match event {
        "assistant-request" => Moment::Tells(FactKind::Started),
        "end-of-call-report" => Moment::Tells(FactKind::Analyzed),
        "transfer-update" => Moment::Tells(FactKind::Progress),
        "status-update" => match detail {
            Some("queued" | "ringing") => Moment::Tells(FactKind::Started),
            Some("in-progress" | "forwarding") => Moment::Tells(FactKind::Progress),
            Some("ended") => Moment::Tells(FactKind::Ended),
            // The call is not there yet, or no longer there to be told of.
            Some("scheduled" | "not-found" | "deletion-failed") => Moment::Ignored("informational"),
            Some(_) => Moment::Ignored("unsupported_status"),
            None => Moment::Torn,
        },
        "transcript" if detail == Some("final") => Moment::Tells(FactKind::Progress),
        "transcript" => Moment::Ignored("partial_transcript"),
        "tool-calls" | "function-call" | "transfer-destination-request" => Moment::Asks,
        "conversation-update"
        | "speech-update"
        | "model-output"
        | "user-interrupted"
        | "voice-input"
        | "hang"
        | "language-changed"
        | "language-change-detected"
        | "assistant.started"
        | "assistant.speechStarted"
        | "call.deleted"
        | "call.delete.failed"
        | "call.artifact.upload" => Moment::Ignored("informational"),
        _ => Moment::Ignored("unsupported_event"),
    }
}
