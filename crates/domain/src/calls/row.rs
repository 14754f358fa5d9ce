//! A call's row.

use crate::Result;
use vestibule_model::{
    CallId, Channel, ContactId, Direction, Intent, Latency, Outcome, Sentiment, Status, UnixMs,
};
use vestibule_store::{Row, StoreError};

/// A call, without its long texts.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRow {
    /// Its id.
    pub id: CallId,
    /// The provider that told of it first.
    pub provider: String,
    /// That provider's id of it.
    pub external_id: String,
    /// How the caller was connected.
    pub channel: Option<Channel>,
    /// Who called whom.
    pub direction: Option<Direction>,
    /// Where it stands.
    pub status: Status,
    /// What it led to.
    pub outcome: Option<Outcome>,
    /// Why the caller rang.
    pub intent: Option<Intent>,
    /// The calling number.
    pub from_number: Option<String>,
    /// The called number.
    pub to_number: Option<String>,
    /// Who called.
    pub contact: Option<ContactId>,
    /// The contact's name.
    pub contact_name: Option<String>,
    /// The agent's name.
    pub agent_name: Option<String>,
    /// When it began, or the earliest instant known.
    pub started_at: UnixMs,
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
    /// The caller's name, as the analysis has it.
    pub customer_name: Option<String>,
    /// The appointment, as it was written.
    pub appointment_at: Option<String>,
    /// The provider's word for how it ended.
    pub disconnection_reason: Option<String>,
    /// Where the recording is.
    pub recording_url: Option<String>,
    /// How quickly the agent answered.
    pub latency: Option<Latency>,
    /// What the analysis extracted.
    pub structured: Option<serde_json::Value>,
    /// A provider's test, not a call.
    pub is_test: bool,
    /// When it became final.
    pub final_at: Option<UnixMs>,
    /// Grows with every change.
    pub revision: i64,
}

/// Reads a stored word; a word that is not in the set is a fault.
pub(super) fn word<T>(row: &Row, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    match row.opt_text(column)? {
        None => Ok(None),
        Some(text) => Ok(Some(
            parse(&text)
                .ok_or_else(|| StoreError::Broken(format!("column {column} holds an unknown word")))?,
        )),
    }
}

pub(super) fn read(row: &Row) -> Result<CallRow> {
    Ok(CallRow {
        id: row.id("id")?,
        provider: row.text("provider")?,
        external_id: row.text("external_id")?,
        channel: word(row, "channel", Channel::parse)?,
        direction: word(row, "direction", Direction::parse)?,
        status: word(row, "status", Status::parse)?
            .ok_or_else(|| StoreError::Broken("a call without status".into()))?,
        outcome: word(row, "outcome", Outcome::parse)?,
        intent: word(row, "intent", Intent::parse)?,
        from_number: row.opt_text("from_number")?,
        to_number: row.opt_text("to_number")?,
        contact: row.opt_id("contact_id")?,
        contact_name: row.opt_text("contact_name")?,
        agent_name: row.opt_text("agent_name")?,
        started_at: row.at("started_at")?,
        ended_at: row.opt_at("ended_at")?,
        duration_ms: row.opt_int("duration_ms")?,
        cost_micros: row.opt_int("cost_micros")?,
        summary: row.opt_text("summary")?,
        sentiment: word(row, "sentiment", Sentiment::parse)?,
        customer_name: row.opt_text("customer_name")?,
        appointment_at: row.opt_text("appointment_at")?,
        disconnection_reason: row.opt_text("disconnection_reason")?,
        recording_url: row.opt_text("recording_url")?,
        latency: row.opt_json("latency")?,
        structured: row.opt_json("structured")?,
        is_test: row.bool("is_test")?,
        final_at: row.opt_at("final_at")?,
        revision: row.int("revision")?,
    })
}
