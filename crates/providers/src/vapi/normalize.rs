//! A verified event of Vapi as facts about a call, and a call of the REST interface as the fact that its report
//! would have been.

use super::{
    NAME, ending,
    moment::{self, Moment},
    outcome, transcript,
    wire::{Artifact, Call, Envelope, Message, Party},
};
use crate::{
    lenient::{Loose, Object, rounded},
    mend::mended,
};
use serde::Deserialize;
use vestibule_model::{
    CallEvent, Channel, Direction, FactDoc, FactKind, Phone, Speaker, Status, Turn, UnixMs,
};
use vestibule_ports::NormalizeFault;

/// Translates a body. An event that we have no use for says nothing about calls.
pub(super) fn normalize(body: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault> {
    if let Ok(Object(envelope)) = serde_json::from_slice::<Object<Envelope<'_>>>(body) {
        return facts(envelope);
    }
    let value = mended(body).ok_or_else(|| fault("not_json", "body"))?;
    let object = Object::deserialize(&value).map_err(|_| fault("not_json", "body"))?;
    facts(object.0)
}

fn fault(code: &'static str, field: &str) -> NormalizeFault {
    NormalizeFault { code, detail: field.to_owned() }
}

fn facts(envelope: Option<Envelope<'_>>) -> Result<Vec<CallEvent>, NormalizeFault> {
    let mut message = envelope.ok_or_else(|| fault("not_json", "body"))?.message.0.unwrap_or_default();
    let event = message.event.id().ok_or_else(|| fault("no_event", "message.type"))?;
    let named = moment::named_detail(&event).map(str::to_owned);
    let event = moment::plain_name(&event);
    let detail = match event {
        "status-update" => message.status.id(),
        _ => named.or_else(|| message.transcript_type.id()),
    };
    let kind = match moment::of(event, detail.as_deref()) {
        Moment::Tells(kind) => kind,
        Moment::Asks | Moment::Ignored(_) => return Ok(Vec::new()),
        Moment::Torn => return Err(fault("no_status", "message.status")),
    };
    let call = message.call.0.take().unwrap_or_default();
    let external_call_id = call.id.id().ok_or_else(|| fault("no_call_id", "message.call.id"))?;
    let told_at = message.timestamp.instant();
    let mut doc = document(&mut message, &call, kind, event == "transcript");
    if detail.as_deref() == Some("in-progress") {
        doc.started_at = doc.started_at.or(told_at);
    }
    let occurred_at = told_at.or(doc.ended_at).or(doc.started_at).unwrap_or_default();
    Ok(vec![event_of(external_call_id, &call, kind, occurred_at, doc)])
}

/// The fact that a call of the REST interface amounts to: what its report said, or where it stands.
pub(super) fn listed(mut told: Message<'_>, call: &Call<'_>) -> Option<CallEvent> {
    let external_call_id = call.id.id()?;
    let is_over = told.status.id().as_deref() == Some("ended") || told.ended_reason.id().is_some();
    let kind = match (is_over, told.status.id().as_deref()) {
        (true, _) => FactKind::Analyzed,
        (_, Some("in-progress" | "forwarding")) => FactKind::Progress,
        (_, Some("queued" | "ringing")) => FactKind::Started,
        _ => return None,
    };
    let doc = document(&mut told, call, kind, false);
    let changed_at = call.updated_at.instant().or_else(|| call.created_at.instant());
    let occurred_at = doc.ended_at.or(changed_at).unwrap_or_default();
    Some(event_of(external_call_id, call, kind, occurred_at, doc))
}

fn event_of(id: String, call: &Call<'_>, kind: FactKind, at: UnixMs, mut doc: FactDoc) -> CallEvent {
    doc.test = id.starts_with(super::lab::CALL);
    let aliases = carrier(call).into_iter().collect();
    CallEvent { provider: NAME.to_owned(), external_call_id: id, aliases, kind, occurred_at: at, doc }
}

/// The call's id at the carrier.
fn carrier(call: &Call<'_>) -> Option<(String, String)> {
    let transport = call.transport.0.as_ref();
    let pairs = [
        Some((call.phone_call_provider.id(), call.phone_call_provider_id.id())),
        transport.map(|t| (t.provider.id(), t.call_sid.id())),
    ];
    pairs.into_iter().flatten().find_map(|(provider, sid)| {
        let sid = sid.filter(|sid| sid.starts_with("CA") && provider.as_deref() == Some("twilio"))?;
        Some((String::from("twilio"), sid))
    })
}

fn document(message: &mut Message<'_>, call: &Call<'_>, kind: FactKind, is_utterance: bool) -> FactDoc {
    let mut artifact = message.artifact.0.take().unwrap_or_default();
    let mut transcript = transcript::turns(message, &mut artifact, is_utterance);
    let is_over = matches!(kind, FactKind::Ended | FactKind::Analyzed);
    // While a call goes on, a list without a word means that nobody has spoken yet, which is no news.
    transcript = transcript.filter(|turns| is_over || !turns.is_empty());
    let (started_at, ended_at) = (message.started_at.instant(), message.ended_at.instant());
    let duration_ms = duration(message, started_at, ended_at);
    let reason = message.ended_reason.id().filter(|_| is_over);
    let (status, ending) = if is_over {
        let spoke = |turn: &Turn| matches!(turn.role, Speaker::Caller | Speaker::Agent);
        let spoken = transcript.iter().flatten().any(spoke);
        let (status, ending) = ending::reduce(reason.as_deref(), spoken || duration_ms.unwrap_or(0) > 0);
        (status, Some(ending))
    } else {
        (if kind == FactKind::Started { Status::Ringing } else { Status::InProgress }, None)
    };
    let (channel, direction) = line(call, message);
    let (from, to) = parties(message, call, direction);
    let agents = [message.assistant.0.as_ref(), call.assistant.0.as_ref()];
    let analysis = message.analysis.0.take().unwrap_or_default();
    FactDoc {
        status: Some(status),
        ending,
        channel,
        direction,
        from,
        to,
        agent_ref: agents[0]
            .and_then(|agent| agent.id.id())
            .or_else(|| message.assistant_id.id())
            .or_else(|| call.assistant_id.id())
            .or_else(|| agents[1].and_then(|agent| agent.id.id())),
        agent_name: agents.into_iter().flatten().find_map(|agent| agent.name.text()),
        agent_version: message.assistant_version.whole(),
        started_at,
        // An end without its instant happened when it was told of.
        ended_at: ended_at.or_else(|| message.timestamp.instant().filter(|_| kind == FactKind::Ended)),
        duration_ms,
        voicemail: (ending == Some(vestibule_model::Ending::Machine)).then_some(true),
        disconnection_reason: reason,
        cost_micros: outcome::cost(message).filter(|_| is_over),
        transcript,
        summary: analysis.summary.text().or_else(|| message.summary.text()).filter(|_| is_over),
        sentiment: None,
        successful: outcome::success(&analysis.success_evaluation),
        structured: outcome::structured(analysis.structured_data, artifact.structured_outputs.take()),
        recording_url: recording(message, &artifact),
        latency: outcome::latency(&artifact),
        transfer_to: message.destination.0.as_ref().and_then(reached),
        message: None,
        caller_name: None,
        test: false,
    }
}

/// From the two instants where both are known: what Vapi calls a duration changes its unit and its meaning.
fn duration(message: &Message<'_>, started_at: Option<UnixMs>, ended_at: Option<UnixMs>) -> Option<i64> {
    let measured = started_at.zip(ended_at).map(|(start, end)| end.since(start)).filter(|ms| *ms >= 0);
    let seconds =
        || message.duration_seconds.number().and_then(|s| rounded(s * 1000.0)).filter(|ms| *ms >= 0);
    measured.or_else(seconds).or_else(|| message.duration_ms.span())
}

fn line(call: &Call<'_>, message: &Message<'_>) -> (Option<Channel>, Option<Direction>) {
    match call.kind.id().as_deref() {
        Some("inboundPhoneCall") => (Some(Channel::Phone), Some(Direction::Inbound)),
        Some("outboundPhoneCall") => (Some(Channel::Phone), Some(Direction::Outbound)),
        Some("webCall") => (Some(Channel::Web), Some(Direction::Inbound)),
        Some(kind) if kind.ends_with("websocketCall") => (Some(Channel::Web), None),
        _ => {
            let has_number = message.customer.0.as_ref().and_then(reached).is_some();
            (has_number.then_some(Channel::Phone), None)
        }
    }
}

fn parties(
    message: &Message<'_>,
    call: &Call<'_>,
    direction: Option<Direction>,
) -> (Option<String>, Option<String>) {
    let first = |parties: [Option<&Party<'_>>; 2]| parties.into_iter().flatten().find_map(reached);
    let customer = first([message.customer.0.as_ref(), call.customer.0.as_ref()]);
    let ours = first([message.phone_number.0.as_ref(), call.phone_number.0.as_ref()]);
    if direction == Some(Direction::Outbound) { (ours, customer) } else { (customer, ours) }
}

/// E.164 where it is a number, else as Vapi wrote it.
fn reached(party: &Party<'_>) -> Option<String> {
    let text = party.number.id().or_else(|| party.sip_uri.id())?;
    Some(Phone::parse(&text).map_or(text, |phone| phone.as_str().to_owned()))
}

/// The lasting address; the presigned one, which lasts an hour, only where there is no other. It becomes a link:
/// nothing but web addresses.
fn recording(message: &Message<'_>, artifact: &Artifact<'_>) -> Option<String> {
    let mono = artifact.recording.0.as_ref().and_then(|recording| recording.mono.0.as_ref());
    let all = [
        mono.map(|mono| &mono.combined_url),
        Some(&artifact.recording_url),
        Some(&message.recording_url),
        Some(&artifact.presigned_mono_url),
    ];
    let all = all.into_iter().flatten().filter_map(Loose::text);
    all.into_iter().find(|url| url.starts_with("https://") || url.starts_with("http://"))
}
