//! Retell's JSON. Every field is optional: live payloads lack fields that Retell's own schema requires
//! (protocols/providers.md §1.2, 2026-11). `access_token` is not here, so that it is never kept.

use crate::lenient::{List, Loose, Object};
use serde::Deserialize;
use serde_json::Value;

/// A webhook's body.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub event: Loose<'a>,
    #[serde(borrow)]
    pub event_timestamp: Loose<'a>,
    #[serde(borrow)]
    pub agent_id: Loose<'a>,
    #[serde(borrow)]
    pub call: Object<Call<'a>>,
    #[serde(borrow)]
    pub transcript_with_tool_calls: List<Utterance<'a>>,
    #[serde(borrow)]
    pub transfer_destination: Object<Destination<'a>>,
}

/// Where a transfer goes; beside the call, not in it (§1.2).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Destination<'a> {
    #[serde(borrow)]
    pub number: Loose<'a>,
}

/// A phone or web call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub call_id: Loose<'a>,
    #[serde(borrow)]
    pub call_type: Loose<'a>,
    #[serde(borrow)]
    pub call_status: Loose<'a>,
    #[serde(borrow)]
    pub agent_id: Loose<'a>,
    #[serde(borrow)]
    pub agent_name: Loose<'a>,
    #[serde(borrow)]
    pub agent_version: Loose<'a>,
    #[serde(borrow)]
    pub start_timestamp: Loose<'a>,
    #[serde(borrow)]
    pub end_timestamp: Loose<'a>,
    #[serde(borrow)]
    pub duration_ms: Loose<'a>,
    #[serde(borrow)]
    pub disconnection_reason: Loose<'a>,
    #[serde(borrow)]
    pub transcript: Loose<'a>,
    #[serde(borrow)]
    pub transcript_object: List<Utterance<'a>>,
    #[serde(borrow)]
    pub transcript_with_tool_calls: List<Utterance<'a>>,
    #[serde(borrow)]
    pub recording_url: Loose<'a>,
    #[serde(borrow)]
    pub from_number: Loose<'a>,
    #[serde(borrow)]
    pub to_number: Loose<'a>,
    #[serde(borrow)]
    pub direction: Loose<'a>,
    #[serde(borrow)]
    pub transfer_destination: Loose<'a>,
    #[serde(borrow)]
    pub telephony_identifier: Object<Telephony<'a>>,
    #[serde(borrow)]
    pub latency: Object<Latencies<'a>>,
    #[serde(borrow)]
    pub call_cost: Object<Cost<'a>>,
    #[serde(borrow)]
    pub call_analysis: Object<Analysis<'a>>,
}

/// An entry of a transcript; which fields it has depends on the role.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Utterance<'a> {
    #[serde(borrow)]
    pub role: Loose<'a>,
    #[serde(borrow)]
    pub content: Loose<'a>,
    #[serde(borrow)]
    pub words: List<Word<'a>>,
    #[serde(borrow)]
    pub tool_call_id: Loose<'a>,
    #[serde(borrow)]
    pub name: Loose<'a>,
    // A JSON text by Retell's schema; an object is taken as well.
    pub arguments: Option<Value>,
    #[serde(borrow)]
    pub digit: Loose<'a>,
    #[serde(borrow)]
    pub time_sec: Loose<'a>,
    #[serde(borrow)]
    pub former_node_name: Loose<'a>,
    #[serde(borrow)]
    pub new_node_name: Loose<'a>,
}

/// A word's place in time, in seconds from the start of the call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Word<'a> {
    #[serde(borrow)]
    pub start: Loose<'a>,
    #[serde(borrow)]
    pub end: Loose<'a>,
}

/// Ids of the call at the carrier.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Telephony<'a> {
    #[serde(borrow)]
    pub twilio_call_sid: Loose<'a>,
}

/// Latencies by group; only the one that the caller feels is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Latencies<'a> {
    #[serde(borrow)]
    pub e2e: Object<Percentiles<'a>>,
}

/// Percentiles in milliseconds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Percentiles<'a> {
    #[serde(borrow)]
    pub p50: Loose<'a>,
    #[serde(borrow)]
    pub p95: Loose<'a>,
}

/// What Retell charges, in US cents.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Cost<'a> {
    #[serde(borrow)]
    pub combined_cost: Loose<'a>,
}

/// The analysis after the call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Analysis<'a> {
    #[serde(borrow)]
    pub call_summary: Loose<'a>,
    #[serde(borrow)]
    pub in_voicemail: Loose<'a>,
    #[serde(borrow)]
    pub user_sentiment: Loose<'a>,
    #[serde(borrow)]
    pub call_successful: Loose<'a>,
    pub custom_analysis_data: Option<Value>,
}

impl Analysis<'_> {
    /// Whether there is an analysis: until it is made, Retell leaves it out or empty.
    pub(super) fn says_anything(&self) -> bool {
        let scalars = [&self.call_summary, &self.in_voicemail, &self.user_sentiment, &self.call_successful];
        let has_data = self.custom_analysis_data.as_ref().and_then(Value::as_object);
        scalars.into_iter().any(|scalar| *scalar != Loose::Absent)
            || has_data.is_some_and(|data| !data.is_empty())
    }
}
