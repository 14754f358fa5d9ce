//! The rules: how facts become a call. Pure; the order in which facts arrive, and how often, does not matter.

use crate::calls::mapping::{FieldMap, Mapped};
use serde::Serialize;
use vestibule_model::{
    Channel, Direction, Ending, FactDoc, FactKind, Intent, Latency, Outcome, Phone, Sentiment, Speaker,
    Status, Turn, UnixMs,
};

/// A fact as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Unique within the call.
    pub key: String,
    /// Which moment it tells of.
    pub kind: FactKind,
    /// When it happened, by its source's clock.
    pub occurred_at: UnixMs,
    /// What it says.
    pub doc: FactDoc,
}

/// A call as its facts make it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Projection {
    /// How the caller was connected.
    pub channel: Option<Channel>,
    /// Who called whom.
    pub direction: Option<Direction>,
    /// Where it stands.
    pub status: Status,
    /// What it led to; `None` while it goes on.
    pub outcome: Option<Outcome>,
    /// Why the caller rang.
    pub intent: Option<Intent>,
    /// The calling number.
    pub from: Option<String>,
    /// The called number.
    pub to: Option<String>,
    /// The caller's number, whoever dialled.
    pub caller: Option<Phone>,
    /// The provider's id of the agent.
    pub agent_ref: Option<String>,
    /// The agent's name.
    pub agent_name: Option<String>,
    /// When it began, or the earliest instant any fact tells of.
    pub started_at: UnixMs,
    /// False when no fact said when it began.
    pub start_is_known: bool,
    /// When it ended.
    pub ended_at: Option<UnixMs>,
    /// How long it lasted, in milliseconds.
    pub duration_ms: Option<i64>,
    /// What the provider charges, in micro-USD.
    pub cost_micros: Option<i64>,
    /// A summary.
    pub summary: Option<String>,
    /// How the caller felt.
    pub sentiment: Option<Sentiment>,
    /// The caller's name.
    pub customer_name: Option<String>,
    /// The caller's e-mail address.
    pub email: Option<String>,
    /// The appointment that was made, as it was written.
    pub appointment_at: Option<String>,
    /// The provider's word for how it ended.
    pub disconnection_reason: Option<String>,
    /// Where the recording is.
    pub recording_url: Option<String>,
    /// How quickly the agent answered.
    pub latency: Option<Latency>,
    /// What the analysis extracted.
    pub structured: Option<serde_json::Value>,
    /// What was said.
    pub transcript: Vec<Turn>,
    /// A provider's test, not a call.
    pub is_test: bool,
    /// Whether an analysis is among the facts.
    pub is_analyzed: bool,
    /// Whether the end was ours, for want of another.
    pub is_reaped: bool,
}

/// Folds facts into a call; `None` when there are none. Of facts that disagree the later moment wins, then the
/// later instant, then the greater key: the same for every order of arrival.
#[must_use]
pub fn fold(facts: &[Fact], fields: &FieldMap) -> Option<Projection> {
    let mut sorted: Vec<&Fact> = facts.iter().collect();
    sorted
        .sort_by(|a, b| (a.kind.rank(), a.occurred_at, &a.key).cmp(&(b.kind.rank(), b.occurred_at, &b.key)));
    sorted.dedup_by(|a, b| a.key == b.key);
    let earliest = sorted.iter().map(|f| f.occurred_at).min()?;
    let docs: Vec<&FactDoc> = sorted.iter().map(|f| &f.doc).collect();

    let started = docs.iter().filter_map(|d| d.started_at).min();
    let structured = with_tools(last(&docs, |d| d.structured.clone()), &docs);
    let mapped = fields.read(structured.as_ref());
    let direction = last(&docs, |d| d.direction);
    let (from, to) = (last(&docs, |d| d.from.clone()), last(&docs, |d| d.to.clone()));
    let other = if direction == Some(Direction::Outbound) { to.as_deref() } else { from.as_deref() };
    let caller = other.and_then(Phone::parse);
    let transcript = fullest_transcript(&docs);
    let status = status(&sorted);
    let ended_at = last(&docs, |d| d.ended_at);
    let duration_ms = last(&docs, |d| d.duration_ms).or_else(|| Some(ended_at?.since(started?).max(0)));
    let is_analyzed = sorted.iter().any(|f| f.kind == FactKind::Analyzed);
    let (outcome, intent) = judge(&docs, status, &mapped, &transcript);

    Some(Projection {
        channel: last(&docs, |d| d.channel),
        direction,
        status,
        outcome,
        intent,
        from,
        to,
        caller,
        agent_ref: last(&docs, |d| d.agent_ref.clone()),
        agent_name: last(&docs, |d| d.agent_name.clone()),
        started_at: started.or(ended_at.map(|e| e.plus_ms(-duration_ms.unwrap_or(0)))).unwrap_or(earliest),
        start_is_known: started.is_some(),
        ended_at,
        duration_ms,
        cost_micros: last(&docs, |d| d.cost_micros),
        summary: last(&docs, |d| d.summary.clone()),
        sentiment: last(&docs, |d| d.sentiment),
        customer_name: mapped.customer_name,
        email: mapped.email,
        appointment_at: mapped.appointment_at,
        disconnection_reason: last(&docs, |d| d.disconnection_reason.clone()),
        recording_url: last(&docs, |d| d.recording_url.clone()),
        latency: last(&docs, |d| d.latency),
        structured,
        transcript,
        is_test: docs.iter().any(|d| d.test),
        is_analyzed,
        is_reaped: sorted.last().is_some_and(|f| f.kind == FactKind::Reaped),
    })
}

fn last<T>(docs: &[&FactDoc], pick: impl Fn(&FactDoc) -> Option<T>) -> Option<T> {
    docs.iter().rev().find_map(|d| pick(d))
}

/// What the analysis extracted, and what tools were told, where the analysis says nothing of it: all messages, and
/// the name that was given last.
fn with_tools(structured: Option<serde_json::Value>, docs: &[&FactDoc]) -> Option<serde_json::Value> {
    let messages: Vec<&str> = docs.iter().filter_map(|d| d.message.as_deref()).collect();
    let name = last(docs, |d| d.caller_name.clone());
    if messages.is_empty() && name.is_none() {
        return structured;
    }
    let mut whole = structured.unwrap_or_else(|| serde_json::json!({}));
    if let Some(fields) = whole.as_object_mut() {
        if !messages.is_empty() {
            fields.entry("message").or_insert_with(|| messages.join("\n").into());
        }
        if let Some(name) = name {
            fields.entry("caller_name").or_insert_with(|| name.into());
        }
    }
    Some(whole)
}

/// The latest transcript that says anything: an analysis without one does not take the call's words away.
fn fullest_transcript(docs: &[&FactDoc]) -> Vec<Turn> {
    last(docs, |d| d.transcript.clone().filter(|t| !t.is_empty())).unwrap_or_default()
}

/// Where the call stands. A fact of its end outweighs whatever an earlier or slower fact says of its course.
fn status(sorted: &[&Fact]) -> Status {
    let over = sorted.iter().rev().filter_map(|f| f.doc.status).find(|s| s.is_over());
    let ends =
        sorted.iter().any(|f| matches!(f.kind, FactKind::Ended | FactKind::Analyzed | FactKind::Reaped));
    let going = sorted.iter().rev().find_map(|f| f.doc.status);
    match (over, ends, going) {
        (Some(status), _, _) => status,
        (None, true, _) => Status::Completed,
        (None, false, Some(status)) => status,
        (None, false, None) => Status::InProgress,
    }
}

fn judge(
    docs: &[&FactDoc],
    status: Status,
    mapped: &Mapped,
    transcript: &[Turn],
) -> (Option<Outcome>, Option<Intent>) {
    let booked = mapped.booked == Some(true)
        // Whoever cancels names an appointment too.
        || (mapped.booked.is_none() && mapped.appointment_at.is_some() && mapped.intent != Some(Intent::Cancel))
        || mapped.outcome == Some(Outcome::Booked);
    let intent = mapped.intent.or(if booked { Some(Intent::Booking) } else { None });
    if !status.is_over() {
        return (None, intent);
    }
    let ending = last(docs, |d| d.ending);
    let caller_spoke = transcript.iter().any(|t| t.role == Speaker::Caller && !t.text.trim().is_empty());
    let has_transcript = docs.iter().any(|d| d.transcript.is_some());
    let outcome = match (status, ending) {
        (_, Some(Ending::Spam)) => Outcome::Spam,
        (_, Some(Ending::Machine)) => Outcome::Voicemail,
        _ if last(docs, |d| d.voicemail) == Some(true) => Outcome::Voicemail,
        // What the caller got counts for more than how the line fell.
        _ if booked => Outcome::Booked,
        (_, Some(Ending::Transferred)) => Outcome::Transferred,
        (Status::NoAnswer | Status::Busy | Status::Canceled, _)
        | (_, Some(Ending::NoAnswer | Ending::Busy | Ending::Canceled | Ending::Unreachable)) => {
            Outcome::Missed
        }
        (Status::Failed, _) | (_, Some(Ending::Fault | Ending::Refused)) => Outcome::Failed,
        _ if mapped.outcome.is_some() => mapped.outcome.unwrap_or(Outcome::Other),
        _ if docs.iter().any(|d| d.message.is_some()) => Outcome::MessageTaken,
        _ if intent == Some(Intent::Sales) => Outcome::Spam,
        _ if intent == Some(Intent::Message) => Outcome::MessageTaken,
        _ if has_transcript && !caller_spoke => Outcome::Abandoned,
        _ if caller_spoke => Outcome::Answered,
        _ => Outcome::Other,
    };
    (Some(outcome), intent)
}
