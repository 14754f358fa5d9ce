//! What a request of Twilio is. Only its fields tell (telephony sheet §1.2 to §1.10): the same address may
//! receive all of them.

use super::wire::Fields;
use vestibule_model::Direction;

/// A request of Twilio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A call comes in.
    Incoming,
    /// The address for a call that comes in did not answer properly.
    Fallback,
    /// Where a call stands.
    Status,
    /// A `<Dial>` is over.
    Dial,
    /// A `<Record>` is over.
    Record,
    /// What became of a recording.
    Recording,
    /// A `<Gather>` is over.
    Gather,
    /// A `<Connect>` is over.
    Connect,
    /// A person or a machine answered.
    Answered,
    /// What became of a media stream.
    Stream,
    /// A text message came in.
    Message,
    /// What became of a text message.
    MessageStatus,
}

impl Kind {
    const ALL: [Self; 12] = [
        Self::Incoming,
        Self::Fallback,
        Self::Status,
        Self::Dial,
        Self::Record,
        Self::Recording,
        Self::Gather,
        Self::Connect,
        Self::Answered,
        Self::Stream,
        Self::Message,
        Self::MessageStatus,
    ];

    /// Names a request; `None` when it is none that is known.
    pub(super) fn of(fields: &Fields<'_>) -> Option<Self> {
        let has = |name: &str| fields.text(name).is_some();
        let kind = if has("MessageSid") || has("SmsSid") {
            let status = fields.text("MessageStatus").or_else(|| fields.text("SmsStatus"));
            // What comes in has a body, be it empty, and no status but this one.
            if matches!(status, Some("received" | "receiving") | None) {
                Self::Message
            } else {
                Self::MessageStatus
            }
        } else if !has("CallSid") {
            return None;
        } else if has("StreamEvent") {
            Self::Stream
        } else if has("RecordingStatus") {
            Self::Recording
        } else if fields.text("CallbackSource") == Some("call-progress-events") {
            Self::Status
        } else if has("DialCallStatus") {
            Self::Dial
        } else if has("RecordingSid") && !has("CallDuration") {
            Self::Record
        } else if has("SessionId") || has("SessionStatus") {
            Self::Connect
        } else if ["Digits", "SpeechResult", "FinishedOnKey", "msg"].iter().any(|name| fields.has(name)) {
            Self::Gather
        } else if has("MachineDetectionDuration") || (has("AnsweredBy") && !has("CallStatus")) {
            Self::Answered
        } else if has("ErrorUrl") {
            Self::Fallback
        } else {
            match fields.text("CallStatus")? {
                // A later document of the same call is asked for in the same words, but in progress.
                "ringing" | "in-progress" if fields.direction() == Some(Direction::Inbound) => Self::Incoming,
                _ => Self::Status,
            }
        };
        Some(kind)
    }

    /// The event's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Incoming => "voice_incoming",
            Self::Fallback => "voice_fallback",
            Self::Status => "call_status",
            Self::Dial => "dial_action",
            Self::Record => "record_action",
            Self::Recording => "recording_status",
            Self::Gather => "gather_action",
            Self::Connect => "connect_action",
            Self::Answered => "answered_by",
            Self::Stream => "stream_status",
            Self::Message => "message_incoming",
            Self::MessageStatus => "message_status",
        }
    }

    /// Reads an event's name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// True when it tells of a text message.
    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Message | Self::MessageStatus)
    }

    /// True when Twilio waits for a document that says what comes next.
    pub(super) const fn wants_document(self) -> bool {
        matches!(
            self,
            Self::Incoming
                | Self::Fallback
                | Self::Dial
                | Self::Record
                | Self::Gather
                | Self::Connect
                | Self::Message
        )
    }
}
