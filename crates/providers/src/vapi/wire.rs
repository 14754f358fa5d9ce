//! Vapi's JSON. Every field is optional: what arrives differs from Vapi's schema in both directions
//! (protocols/providers.md §2.3, 2026-11). A call of the REST interface has a message's fields beside its own, so
//! one value is read as both.

use crate::lenient::{List, Loose, Object};
use serde::Deserialize;
use serde_json::Value;

/// A webhook's body.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub message: Object<Message<'a>>,
}

/// What a webhook tells.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Message<'a> {
    #[serde(borrow, rename = "type")]
    pub event: Loose<'a>,
    #[serde(borrow)]
    pub timestamp: Loose<'a>,
    #[serde(borrow)]
    pub status: Loose<'a>,
    #[serde(borrow)]
    pub transcript_type: Loose<'a>,
    #[serde(borrow)]
    pub ended_reason: Loose<'a>,
    #[serde(borrow)]
    pub started_at: Loose<'a>,
    #[serde(borrow)]
    pub ended_at: Loose<'a>,
    #[serde(borrow)]
    pub duration_ms: Loose<'a>,
    #[serde(borrow)]
    pub duration_seconds: Loose<'a>,
    #[serde(borrow)]
    pub cost: Loose<'a>,
    #[serde(borrow)]
    pub cost_breakdown: Object<Breakdown<'a>>,
    #[serde(borrow)]
    pub summary: Loose<'a>,
    #[serde(borrow)]
    pub transcript: Loose<'a>,
    #[serde(borrow)]
    pub messages: List<Utterance<'a>>,
    #[serde(borrow)]
    pub recording_url: Loose<'a>,
    #[serde(borrow)]
    pub analysis: Object<Analysis<'a>>,
    #[serde(borrow)]
    pub artifact: Object<Artifact<'a>>,
    #[serde(borrow)]
    pub destination: Object<Party<'a>>,
    #[serde(borrow)]
    pub customer: Object<Party<'a>>,
    #[serde(borrow)]
    pub phone_number: Object<Party<'a>>,
    #[serde(borrow)]
    pub assistant: Object<Party<'a>>,
    #[serde(borrow)]
    pub assistant_id: Loose<'a>,
    #[serde(borrow)]
    pub assistant_version: Loose<'a>,
    #[serde(borrow)]
    pub call: Object<Call<'a>>,
}

/// A call. In a webhook it is a snapshot, often stale: its status, its instants and its cost are never read there.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub id: Loose<'a>,
    #[serde(borrow)]
    pub org_id: Loose<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Loose<'a>,
    #[serde(borrow)]
    pub created_at: Loose<'a>,
    #[serde(borrow)]
    pub updated_at: Loose<'a>,
    #[serde(borrow)]
    pub assistant_id: Loose<'a>,
    #[serde(borrow)]
    pub assistant: Object<Party<'a>>,
    #[serde(borrow)]
    pub phone_number_id: Loose<'a>,
    #[serde(borrow)]
    pub phone_number: Object<Party<'a>>,
    #[serde(borrow)]
    pub customer: Object<Party<'a>>,
    #[serde(borrow)]
    pub phone_call_provider: Loose<'a>,
    #[serde(borrow)]
    pub phone_call_provider_id: Loose<'a>,
    #[serde(borrow)]
    pub transport: Object<Transport<'a>>,
}

/// An assistant, one of our numbers, a customer, or where a call is forwarded to.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Party<'a> {
    #[serde(borrow)]
    pub id: Loose<'a>,
    #[serde(borrow)]
    pub name: Loose<'a>,
    #[serde(borrow)]
    pub number: Loose<'a>,
    #[serde(borrow)]
    pub sip_uri: Loose<'a>,
}

/// How the sound travels.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Transport<'a> {
    #[serde(borrow)]
    pub provider: Loose<'a>,
    #[serde(borrow)]
    pub call_sid: Loose<'a>,
}

/// What the call cost, in US dollars.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Breakdown<'a> {
    #[serde(borrow)]
    pub total: Loose<'a>,
}

/// The analysis after the call.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Analysis<'a> {
    #[serde(borrow)]
    pub summary: Loose<'a>,
    pub structured_data: Option<Value>,
    #[serde(borrow)]
    pub success_evaluation: Loose<'a>,
}

/// What the call left behind.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Artifact<'a> {
    #[serde(borrow)]
    pub messages: List<Utterance<'a>>,
    #[serde(borrow)]
    pub transcript: Loose<'a>,
    #[serde(borrow)]
    pub recording_url: Loose<'a>,
    #[serde(borrow)]
    pub recording: Object<Recording<'a>>,
    #[serde(borrow)]
    pub presigned_mono_url: Loose<'a>,
    #[serde(borrow)]
    pub performance_metrics: Object<Performance<'a>>,
    pub structured_outputs: Option<Value>,
}

/// Where the recording is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Recording<'a> {
    #[serde(borrow)]
    pub mono: Object<Mono<'a>>,
}

/// The recording with both sides in one channel.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Mono<'a> {
    #[serde(borrow)]
    pub combined_url: Loose<'a>,
}

/// How quickly the assistant answered.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Performance<'a> {
    #[serde(borrow)]
    pub turn_latencies: List<TurnLatency<'a>>,
}

/// One turn's latency, in milliseconds.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TurnLatency<'a> {
    #[serde(borrow)]
    pub turn_latency: Loose<'a>,
}

/// An entry of a transcript; which fields it has depends on the role.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Utterance<'a> {
    #[serde(borrow)]
    pub role: Loose<'a>,
    #[serde(borrow)]
    pub message: Loose<'a>,
    #[serde(borrow)]
    pub content: Loose<'a>,
    #[serde(borrow)]
    pub seconds_from_start: Loose<'a>,
    #[serde(borrow)]
    pub time: Loose<'a>,
    #[serde(borrow)]
    pub end_time: Loose<'a>,
    #[serde(borrow)]
    pub name: Loose<'a>,
    pub result: Option<Value>,
    #[serde(borrow)]
    pub tool_call_id: Loose<'a>,
    #[serde(borrow)]
    pub tool_calls: List<ToolCall<'a>>,
}

/// A tool's use, in any of the shapes that were seen: what it is given stands at the top or under `function`, as
/// `arguments` or as `parameters`, as an object or as JSON in a text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ToolCall<'a> {
    #[serde(borrow)]
    pub id: Loose<'a>,
    #[serde(borrow)]
    pub name: Loose<'a>,
    pub arguments: Option<Value>,
    pub parameters: Option<Value>,
    #[serde(borrow)]
    pub function: Object<Function<'a>>,
}

/// The function behind a tool.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub name: Loose<'a>,
    pub arguments: Option<Value>,
    pub parameters: Option<Value>,
}

impl ToolCall<'_> {
    /// The tool's name.
    pub(super) fn named(&self) -> Option<String> {
        self.function.0.as_ref().and_then(|f| f.name.text()).or_else(|| self.name.text())
    }

    /// What it is given, as it was written.
    pub(super) fn given(self) -> Option<Value> {
        let inner = self.function.0.unwrap_or_default();
        let all = [inner.arguments, self.arguments, inner.parameters, self.parameters];
        all.into_iter().flatten().find(|given| !given.is_null())
    }
}
