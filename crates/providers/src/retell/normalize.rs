//! A verified event of Retell as facts about a call.

use super::{
    NAME, ending, transcript,
    wire::{Analysis, Call, Envelope},
};
use crate::{
    lenient::{Loose, Object, rounded},
    mend::{mended, without_nul},
};
use serde::Deserialize;
use serde_json::Value;
use vestibule_model::{
    CallEvent, Channel, Direction, Ending, FactDoc, FactKind, Latency, Phone, Sentiment, Turn, UnixMs,
};
use vestibule_ports::NormalizeFault;

/// The events that tell of a call.
pub(super) const FOLDED: &[&str] = &[
    "call_started",
    "call_ended",
    "call_analyzed",
    "transcript_updated",
    "transfer_started",
    "transfer_bridged",
    "transfer_cancelled",
    "transfer_ended",
];

/// Translates a body. An event that we have no use for says nothing about calls.
pub(super) fn normalize(body: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault> {
    if let Ok(Object(envelope)) = serde_json::from_slice::<Object<Envelope<'_>>>(body) {
        return facts(envelope);
    }
    let value = mended(body).ok_or_else(|| fault("not_json", "body"))?;
    let object = Object::deserialize(&value).map_err(|_| fault("not_json", "body"))?;
    facts(object.0)
}

/// What webhooks would have said by now of a call of the REST interface: its latest fact, which holds all that those
/// before it did. Nothing of a call that has not begun.
pub(super) fn listed(call: Call<'_>) -> Option<CallEvent> {
    let has_analysis = call.call_analysis.0.as_ref().is_some_and(Analysis::says_anything);
    let is_over = call.end_timestamp.instant().is_some();
    let event = match (call.call_status.id().as_deref(), has_analysis) {
        (Some("ended" | "not_connected" | "error"), true) => "call_analyzed",
        (Some("ended" | "not_connected" | "error"), false) => "call_ended",
        (Some("ongoing"), _) => "call_started",
        // A web call that nobody has joined yet.
        (Some("registered"), _) => return None,
        (_, true) if is_over => "call_analyzed",
        (_, false) if is_over => "call_ended",
        _ => return None,
    };
    let event = Loose::Text(event.into());
    facts(Some(Envelope { event, call: Object(Some(call)), ..Envelope::default() })).ok()?.pop()
}

fn fault(code: &'static str, field: &str) -> NormalizeFault {
    NormalizeFault { code, detail: field.to_owned() }
}

fn facts(envelope: Option<Envelope<'_>>) -> Result<Vec<CallEvent>, NormalizeFault> {
    let mut envelope = envelope.ok_or_else(|| fault("not_json", "body"))?;
    let event = envelope.event.id();
    let kind = match event.as_deref() {
        Some("call_started") => FactKind::Started,
        Some("call_ended") => FactKind::Ended,
        Some("call_analyzed") => FactKind::Analyzed,
        Some(name) if FOLDED.contains(&name) => FactKind::Progress,
        Some(_) => return Ok(Vec::new()),
        None => return Err(fault("no_event", "event")),
    };
    let mut call = envelope.call.0.take().ok_or_else(|| fault("no_call", "call"))?;
    let external_call_id = call.call_id.id().ok_or_else(|| fault("no_call_id", "call.call_id"))?;
    if kind == FactKind::Progress && envelope.transcript_with_tool_calls.0.is_some() {
        call.transcript_with_tool_calls = std::mem::take(&mut envelope.transcript_with_tool_calls);
    }
    let turns = transcript::turns(&mut call);
    let analysis = call.call_analysis.0.take().unwrap_or_default();
    let mut doc = document(&envelope, &call, kind, analysis, turns, &external_call_id);
    if kind == FactKind::Progress {
        under_way(&mut doc, event.as_deref(), &envelope);
    }
    let sid = call.telephony_identifier.0.as_ref().and_then(|ids| ids.twilio_call_sid.id());
    let told_at = match kind {
        FactKind::Started => doc.started_at,
        _ => doc.ended_at.or(doc.started_at),
    };
    Ok(vec![CallEvent {
        provider: NAME.to_owned(),
        external_call_id,
        aliases: sid.map(|sid| (String::from("twilio"), sid)).into_iter().collect(),
        kind,
        occurred_at: envelope.event_timestamp.instant().or(told_at).unwrap_or_default(),
        doc,
    }])
}

/// An event of a call's course says nothing of its end, whatever the copy of the call in it says: the end has an event
/// of its own.
fn under_way(doc: &mut FactDoc, event: Option<&str>, envelope: &Envelope<'_>) {
    let destination = envelope.transfer_destination.0.as_ref().and_then(|to| party(&to.number));
    let is_bridged = event == Some("transfer_bridged");
    *doc = FactDoc {
        status: None,
        ending: is_bridged.then_some(Ending::Transferred),
        ended_at: None,
        duration_ms: None,
        disconnection_reason: None,
        transfer_to: destination.or(doc.transfer_to.take()),
        ..std::mem::take(doc)
    };
}

fn document(
    envelope: &Envelope<'_>,
    call: &Call<'_>,
    kind: FactKind,
    analysis: Analysis<'_>,
    transcript: Option<Vec<Turn>>,
    call_id: &str,
) -> FactDoc {
    let reason = call.disconnection_reason.id();
    let (status, ending) = ending::reduce(kind, call.call_status.id().as_deref(), reason.as_deref());
    let agent_ref = call.agent_id.id().or_else(|| envelope.agent_id.id());
    let (from, to) = (party(&call.from_number), party(&call.to_number));
    let (started_at, ended_at) = (call.start_timestamp.instant(), call.end_timestamp.instant());
    let sentiment = analysis.user_sentiment.id();
    FactDoc {
        status,
        ending,
        channel: channel(&call.call_type, from.is_some() || to.is_some()),
        direction: call.direction.id().and_then(|direction| Direction::parse(&direction)),
        from,
        to,
        // What the dashboard's "test webhook" button sends (2026-11), and what our lab does.
        test: call_id == "test_call"
            || call_id.starts_with(super::lab::CALL)
            || agent_ref.as_deref() == Some("test_agent"),
        agent_ref,
        agent_name: call.agent_name.text(),
        agent_version: call.agent_version.whole(),
        started_at,
        ended_at,
        duration_ms: call.duration_ms.span().or_else(|| length(started_at?, ended_at?)),
        disconnection_reason: reason,
        cost_micros: call.call_cost.0.as_ref().and_then(|cost| micros(&cost.combined_cost)),
        transcript,
        summary: analysis.call_summary.text(),
        // Retell's "Unknown" is none of ours.
        sentiment: sentiment.and_then(|sentiment| Sentiment::parse(&sentiment)),
        successful: analysis.call_successful.flag(),
        voicemail: analysis.in_voicemail.flag(),
        structured: analysis.custom_analysis_data.and_then(structured),
        // It becomes a link: nothing but web addresses.
        recording_url: call
            .recording_url
            .text()
            .filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        latency: latency(call),
        transfer_to: party(&call.transfer_destination),
        message: None,
        caller_name: None,
    }
}

/// E.164 where it is a number, else as Retell wrote it.
fn party(number: &Loose<'_>) -> Option<String> {
    let text = number.id()?;
    Some(Phone::parse(&text).map_or(text, |phone| phone.as_str().to_owned()))
}

fn channel(call_type: &Loose<'_>, has_numbers: bool) -> Option<Channel> {
    match call_type.id().as_deref() {
        Some("web_call") => Some(Channel::Web),
        Some("phone_call") => Some(Channel::Phone),
        _ => has_numbers.then_some(Channel::Phone),
    }
}

fn length(start: UnixMs, end: UnixMs) -> Option<i64> {
    Some(end.since(start)).filter(|ms| *ms >= 0)
}

/// Cents with fractions to micro-dollars.
fn micros(cents: &Loose<'_>) -> Option<i64> {
    cents.number().and_then(|cents| rounded(cents * 10_000.0)).filter(|micros| *micros >= 0)
}

fn structured(mut value: Value) -> Option<Value> {
    without_nul(&mut value);
    (!value.is_null()).then_some(value)
}

fn latency(call: &Call<'_>) -> Option<Latency> {
    let e2e = call.latency.0.as_ref()?.e2e.0.as_ref()?;
    let latency = Latency { e2e_p50_ms: e2e.p50.span(), e2e_p95_ms: e2e.p95.span() };
    (latency != Latency::default()).then_some(latency)
}
