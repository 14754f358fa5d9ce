//! A verified request of Twilio as facts about a call.

use super::{NAME, address, ending, kind::Kind, wire::Fields};
use vestibule_model::{CallEvent, Channel, Ending, FactDoc, FactKind, Status, UnixMs};
use vestibule_ports::NormalizeFault;

/// The longest message that is kept, in characters.
const LONGEST_MESSAGE: usize = 2_000;

/// Translates a body. A request that we have no use for says nothing about calls.
pub(super) fn normalize(body: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault> {
    events(&Fields::read(body).ok_or_else(|| fault("not_a_form", "body"))?)
}

/// The same from the fields of a request.
pub(super) fn events(fields: &Fields<'_>) -> Result<Vec<CallEvent>, NormalizeFault> {
    let Some(kind) = Kind::of(fields).filter(|kind| !kind.is_text()) else { return Ok(Vec::new()) };
    if super::use_of(kind, address_status(fields, kind)).is_some() {
        return Ok(Vec::new());
    }
    let own = fields.id("CallSid").ok_or_else(|| fault("no_call_id", "CallSid"))?;
    let is_leg = fields.id("ParentCallSid").is_some();
    let (moment, mut doc) = if is_leg { leg(fields) } else { document(fields, kind) };
    doc.test = fields.text("AccountSid") == Some(super::lab::ACCOUNT);
    let external_call_id = address::call(fields).unwrap_or_else(|| own.clone());
    let others = [Some(own), fields.id("DialCallSid")];
    let aliases = others.into_iter().flatten().filter(|sid| *sid != external_call_id);
    Ok(vec![CallEvent {
        provider: NAME.to_owned(),
        aliases: aliases.map(|sid| (NAME.to_owned(), sid)).collect(),
        external_call_id,
        kind: moment,
        occurred_at: fields.timestamp().unwrap_or_default(),
        doc,
    }])
}

fn fault(code: &'static str, field: &str) -> NormalizeFault {
    NormalizeFault { code, detail: field.to_owned() }
}

/// The status by which the use of an event of this kind is judged.
fn address_status<'a>(fields: &'a Fields<'_>, kind: Kind) -> Option<&'a str> {
    match kind {
        Kind::Recording => fields.text("RecordingStatus"),
        _ => fields.text("CallStatus"),
    }
}

/// What a leg that a call opened says about its call: that it goes on, and whom it was put through to. Its own
/// status, parties and length are not the call's.
fn leg(fields: &Fields<'_>) -> (FactKind, FactDoc) {
    let doc =
        FactDoc { transfer_to: fields.party("To"), recording_url: recording(fields), ..FactDoc::default() };
    (FactKind::Progress, doc)
}

fn document(fields: &Fields<'_>, kind: Kind) -> (FactKind, FactDoc) {
    let told = match kind {
        // These carry no status, or one that is about the moment before.
        Kind::Answered | Kind::Recording | Kind::Record => None,
        _ => fields.text("CallStatus").and_then(|status| {
            let sip = fields.text("SipResponseCode").and_then(|code| code.parse().ok());
            ending::reduce(status, sip)
        }),
    };
    let (moment, status, ended) = match (kind, told) {
        (Kind::Incoming | Kind::Fallback, Some((FactKind::Started, ..))) => {
            (FactKind::Started, Some(Status::Ringing), None)
        }
        // The status callback tells of the end, with its length.
        (Kind::Status, Some((moment, status, ended))) => (moment, Some(status), ended),
        (_, Some((_, status, _))) if !status.is_over() => (FactKind::Progress, Some(status), None),
        _ => (FactKind::Progress, None, None),
    };
    let dial = (fields.text("DialCallStatus"), fields.text("DialBridged"));
    let transferred = kind == Kind::Dial && ending::is_transferred(dial.0, dial.1);
    let (from, to) = (fields.party("From"), fields.party("To"));
    let at = fields.timestamp();
    let is_end = moment == FactKind::Ended;
    let duration_ms = is_end.then(|| fields.seconds_ms("CallDuration")).flatten();
    let doc = FactDoc {
        status,
        ending: if transferred { Some(Ending::Transferred) } else { ended },
        channel: channel(&[&from, &to]),
        direction: fields.direction(),
        disconnection_reason: if is_end { fields.id("CallStatus") } else { None },
        started_at: match moment {
            FactKind::Started => at,
            FactKind::Ended => start(at, duration_ms),
            _ => None,
        },
        ended_at: at.filter(|_| is_end),
        duration_ms,
        voicemail: fields
            .text("AnsweredBy")
            .and_then(ending::is_machine)
            .or_else(|| is_left_message(fields, kind).then_some(true)),
        message: transcription(fields),
        recording_url: recording(fields),
        from,
        to,
        ..FactDoc::default()
    };
    (moment, doc)
}

/// When a connected call began, from its end.
fn start(ended: Option<UnixMs>, duration_ms: Option<i64>) -> Option<UnixMs> {
    let duration = duration_ms.filter(|ms| *ms > 0)?;
    Some(ended?.plus_ms(-duration)).filter(|at| at.0 > 0)
}

fn channel(parties: &[&Option<String>]) -> Option<Channel> {
    let known = |party: &&&Option<String>| party.is_some();
    let is_client = |party: &&Option<String>| party.as_deref().is_some_and(|p| p.starts_with("client:"));
    if parties.iter().any(is_client) {
        return Some(Channel::Web);
    }
    parties.iter().find(known).map(|_| Channel::Phone)
}

/// Whether the caller spoke to a `<Record>`: nobody else had taken the call.
fn is_left_message(fields: &Fields<'_>, kind: Kind) -> bool {
    let is_of_record = kind == Kind::Record || fields.text("RecordingSource") == Some("RecordVerb");
    is_of_record && fields.seconds_ms("RecordingDuration").is_some_and(|ms| ms > 0)
}

/// What the caller said to a `<Record>`, where the account has it written down.
fn transcription(fields: &Fields<'_>) -> Option<String> {
    let is_written = matches!(fields.text("TranscriptionStatus"), None | Some("completed"));
    let text = fields.text("TranscriptionText").filter(|_| is_written)?;
    Some(text.chars().take(LONGEST_MESSAGE).collect())
}

/// Where the recording is, at Twilio: fetching it takes the account's credentials. Older callbacks wrote `http`.
fn recording(fields: &Fields<'_>) -> Option<String> {
    if !matches!(fields.text("RecordingStatus"), None | Some("completed")) {
        return None;
    }
    let url = fields.text("RecordingUrl")?;
    if url.len() > 2_000 || url.chars().any(char::is_control) {
        return None;
    }
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    Some(format!("https://{rest}"))
}
