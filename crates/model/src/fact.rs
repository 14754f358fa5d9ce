//! What a source states about a call. A call is a projection of its facts (`domain::calls::rules`), so a
//! fact says only what its source knew; everything is optional.

use crate::{Channel, Direction, Ending, Sentiment, Status, UnixMs};
use serde::{Deserialize, Serialize};

/// Which moment of a call a fact tells of. Its rank orders facts that disagree: the later moment wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// The call began.
    Started,
    /// Something changed while it went on.
    Progress,
    /// The call is over.
    Ended,
    /// What was said has been analysed.
    Analyzed,
    /// We ended it ourselves, because no end ever arrived.
    Reaped,
}

impl FactKind {
    /// The order in which facts override each other, lowest first. A reaped end yields to every real one.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Started => 10,
            Self::Progress => 20,
            Self::Reaped => 25,
            Self::Ended => 30,
            Self::Analyzed => 40,
        }
    }

    /// The text in which the kind is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Progress => "progress",
            Self::Ended => "ended",
            Self::Analyzed => "analyzed",
            Self::Reaped => "reaped",
        }
    }

    /// Reads the stored text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Started, Self::Progress, Self::Ended, Self::Analyzed, Self::Reaped]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

/// Who spoke a turn of the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The receptionist.
    Agent,
    /// The caller.
    Caller,
    /// A tool that the receptionist used, or its answer.
    Tool,
    /// Anything else that was noted.
    System,
}

/// One turn of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who spoke.
    pub role: Speaker,
    /// What was said, or what a tool was given or answered.
    pub text: String,
    /// Milliseconds from the start of the call to the first word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_ms: Option<i64>,
    /// Milliseconds from the start of the call to the end of the last word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_ms: Option<i64>,
    /// The tool's name, for tool turns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
}

/// How long the caller waited for answers, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Latency {
    /// The median, end to end.
    pub e2e_p50_ms: Option<i64>,
    /// The 95th percentile, end to end.
    pub e2e_p95_ms: Option<i64>,
}

/// The content of a fact: what one source knew about a call. `None` means "it did not say".
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FactDoc {
    /// Where the call stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// How the caller was connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Who called whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The calling number: E.164 where it is a number, else as the provider wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The called number: E.164 where it is a number, else as the provider wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The provider's id of the agent that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_ref: Option<String>,
    /// The provider's name of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// The provider's version of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<i64>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<UnixMs>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UnixMs>,
    /// How long it lasted, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// How it ended, reduced to a closed set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// The provider's own word for how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnection_reason: Option<String>,
    /// What the provider charges, in micro-USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_micros: Option<i64>,
    /// What was said. `Some(empty)` means that nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Vec<Turn>>,
    /// A summary in prose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// How the caller felt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<Sentiment>,
    /// Whether the provider's analysis calls it a success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successful: Option<bool>,
    /// Whether a machine answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<bool>,
    /// What the tenant's analysis extracted, as the provider sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured: Option<serde_json::Value>,
    /// Where the recording can be fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_url: Option<String>,
    /// How quickly the agent answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// Where the caller was transferred to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_to: Option<String>,
    /// What the caller wants the business to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The caller's name, as they gave it to a tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller_name: Option<String>,
    /// True for a provider's "send a test event" button: kept, shown as a test, never billed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

impl FactDoc {
    /// The same without what anybody said, or was concluded from it in words.
    #[must_use]
    pub fn without_words(&self) -> Self {
        Self {
            transcript: None,
            summary: None,
            structured: None,
            message: None,
            caller_name: None,
            ..self.clone()
        }
    }
}

/// One thing a provider's event says about one call: the output of `normalize`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallEvent {
    /// The provider's name, for example `retell`.
    pub provider: String,
    /// The provider's id of the call, without prefix.
    pub external_call_id: String,
    /// Further ids of the same physical call: (provider, external id).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<(String, String)>,
    /// Which moment of the call this tells of.
    pub kind: FactKind,
    /// When it happened, by the provider's clock.
    pub occurred_at: UnixMs,
    /// What it says.
    pub doc: FactDoc,
}
