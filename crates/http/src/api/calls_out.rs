//! Calls as the API shows them.

use crate::api::deliveries::DeliveryView;
use crate::api::inbox::InboxView;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use vestibule_domain::calls::{CallDetail, CallRow};
use vestibule_model::{Speaker, UnixMs};

/// Who called.
#[derive(Serialize, ToSchema)]
pub struct ContactBrief {
    /// Their id.
    id: String,
    /// Their name.
    name: Option<String>,
}

/// A call in a list.
#[derive(Serialize, ToSchema)]
pub struct CallView {
    /// Its id.
    id: String,
    /// The provider's id with the provider's name before it, for example `retell_call_5b7c…`.
    external_id: String,
    /// The provider.
    provider: String,
    /// `phone` or `web`.
    channel: Option<String>,
    /// `INBOUND` or `OUTBOUND`.
    direction: Option<String>,
    /// RINGING, IN_PROGRESS, COMPLETED, NO_ANSWER, BUSY, CANCELED or FAILED.
    status: String,
    /// BOOKED, MESSAGE_TAKEN, TRANSFERRED, ANSWERED, MISSED, VOICEMAIL, SPAM, ABANDONED, FAILED, OTHER, or null while it goes on.
    outcome: Option<String>,
    /// booking, reschedule, cancel, question, quote, emergency, message, complaint, sales, other.
    intent: Option<String>,
    /// The calling number.
    from_number: Option<String>,
    /// The called number.
    to_number: Option<String>,
    /// Who called.
    contact: Option<ContactBrief>,
    /// The agent that answered.
    agent_name: Option<String>,
    /// When it began.
    started_at: Option<String>,
    /// When it ended.
    ended_at: Option<String>,
    /// How long it lasted, in milliseconds.
    duration_ms: Option<i64>,
    /// The same, rounded to seconds.
    duration_seconds: Option<i64>,
    /// The same, in begun minutes.
    duration_minutes: Option<i64>,
    /// What the provider charges, in millionths of `currency`.
    cost_micros: Option<i64>,
    /// Always USD.
    currency: &'static str,
    /// A summary.
    summary: Option<String>,
    /// POSITIVE, NEUTRAL or NEGATIVE.
    sentiment: Option<String>,
    /// Whether nothing more is expected.
    is_final: bool,
    /// A provider's test event.
    is_test: bool,
    /// Grows with every change.
    revision: i64,
}

/// A turn of a transcript.
#[derive(Serialize, ToSchema)]
pub struct TurnView {
    /// agent, caller, tool or system.
    role: String,
    /// What was said.
    text: String,
    /// Milliseconds from the start of the call.
    start_ms: Option<i64>,
    /// Milliseconds from the start of the call.
    end_ms: Option<i64>,
    /// The tool's name.
    tool_name: Option<String>,
}

/// How quickly the agent answered.
#[derive(Serialize, ToSchema)]
pub struct LatencyView {
    /// The median in milliseconds.
    e2e_p50_ms: Option<i64>,
    /// The 95th percentile in milliseconds.
    e2e_p95_ms: Option<i64>,
}

/// Something a source stated about a call.
#[derive(Serialize, ToSchema)]
pub struct FactView {
    /// Unique within the call.
    key: String,
    /// webhook, reconciled, reaper or native.
    source: String,
    /// started, progress, ended, analyzed or reaped.
    kind: String,
    /// The higher one wins.
    rank: i64,
    /// When it happened.
    occurred_at: String,
    /// When we heard of it.
    received_at: String,
    /// What it says.
    #[schema(value_type = Object)]
    doc: Value,
}

/// A call with everything we know of it.
#[derive(Serialize, ToSchema)]
pub struct CallDetailView {
    #[serde(flatten)]
    call: CallView,
    /// What was said.
    transcript: Vec<TurnView>,
    /// When that was let go of, because it was kept long enough.
    words_gone_at: Option<String>,
    /// What the analysis extracted.
    #[schema(value_type = Option<Object>)]
    structured: Option<Value>,
    /// The caller's name, as the analysis has it.
    customer_name: Option<String>,
    /// The appointment, as it was written.
    appointment_at: Option<String>,
    /// The provider's word for how it ended.
    disconnection_reason: Option<String>,
    /// Where the recording is, here: its path, to which `?tenant=` is added as everywhere.
    recording_url: Option<String>,
    /// How quickly the agent answered.
    latency: Option<LatencyView>,
    /// What the call was made from.
    facts: Vec<FactView>,
    /// The events that arrived.
    events: Vec<InboxView>,
    /// What was told to others.
    deliveries: Vec<DeliveryView>,
}

pub(crate) fn view(call: &CallRow) -> CallView {
    let word = |w: Option<&'static str>| w.map(str::to_owned);
    CallView {
        id: call.id.to_string(),
        external_id: format!("{}_{}", call.provider, call.external_id),
        provider: call.provider.clone(),
        channel: word(call.channel.map(|v| v.as_str())),
        direction: word(call.direction.map(|v| v.as_str())),
        status: call.status.as_str().into(),
        outcome: word(call.outcome.map(|v| v.as_str())),
        intent: word(call.intent.map(|v| v.as_str())),
        from_number: call.from_number.clone(),
        to_number: call.to_number.clone(),
        contact: call.contact.map(|id| ContactBrief { id: id.to_string(), name: call.contact_name.clone() }),
        agent_name: call.agent_name.clone(),
        started_at: Some(call.started_at.rfc3339()),
        ended_at: call.ended_at.map(UnixMs::rfc3339),
        duration_ms: call.duration_ms,
        duration_seconds: call.duration_ms.map(|ms| (ms + 500) / 1000),
        duration_minutes: call.duration_ms.map(|ms| (ms + 59_999) / 60_000),
        cost_micros: call.cost_micros,
        currency: "USD",
        summary: call.summary.clone(),
        sentiment: word(call.sentiment.map(|v| v.as_str())),
        is_final: call.final_at.is_some(),
        is_test: call.is_test,
        revision: call.revision,
    }
}

pub(crate) fn detail(
    found: CallDetail,
    events: Vec<InboxView>,
    deliveries: Vec<DeliveryView>,
) -> CallDetailView {
    let call = &found.call;
    let role = |speaker| match speaker {
        Speaker::Agent => "agent",
        Speaker::Caller => "caller",
        Speaker::Tool => "tool",
        Speaker::System => "system",
    };
    CallDetailView {
        call: view(call),
        structured: call.structured.clone(),
        customer_name: call.customer_name.clone(),
        appointment_at: call.appointment_at.clone(),
        disconnection_reason: call.disconnection_reason.clone(),
        recording_url: call.recording_url.as_ref().map(|_| format!("/api/v1/calls/{}/recording", call.id)),
        latency: call.latency.map(|l| LatencyView { e2e_p50_ms: l.e2e_p50_ms, e2e_p95_ms: l.e2e_p95_ms }),
        words_gone_at: found.words_gone_at.map(UnixMs::rfc3339),
        transcript: found
            .transcript
            .into_iter()
            .map(|t| TurnView {
                role: role(t.role).into(),
                text: t.text,
                start_ms: t.start_ms,
                end_ms: t.end_ms,
                tool_name: t.tool_name,
            })
            .collect(),
        facts: found
            .facts
            .into_iter()
            .map(|f| FactView {
                key: f.key,
                source: f.source,
                kind: f.kind,
                rank: f.rank,
                occurred_at: f.occurred_at.rfc3339(),
                received_at: f.received_at.rfc3339(),
                doc: f.doc,
            })
            .collect(),
        events,
        deliveries,
    }
}
