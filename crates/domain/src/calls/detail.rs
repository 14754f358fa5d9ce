//! One call with everything we know of it.

use crate::Result;
use crate::calls::CallRow;
use crate::calls::row::read;
use vestibule_model::{CallId, Speaker, Turn, UnixMs};
use vestibule_store::{TenantTx, tsql, vals};

/// A fact, to be shown.
#[derive(Debug, Clone)]
pub struct FactRow {
    /// Its key.
    pub key: String,
    /// Who stated it.
    pub source: String,
    /// Which moment it tells of.
    pub kind: String,
    /// Its rank.
    pub rank: i64,
    /// When it happened, by its source's clock.
    pub occurred_at: UnixMs,
    /// When we heard of it.
    pub received_at: UnixMs,
    /// What it says.
    pub doc: serde_json::Value,
}

/// A call and its texts and facts.
#[derive(Debug, Clone)]
pub struct CallDetail {
    /// The row.
    pub call: CallRow,
    /// What was said.
    pub transcript: Vec<Turn>,
    /// When that was let go of, because it was kept long enough.
    pub words_gone_at: Option<UnixMs>,
    /// What it was made from, oldest first.
    pub facts: Vec<FactRow>,
}

/// Whether the tenant has such a call.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn exists(tx: &mut TenantTx<'_>, id: CallId) -> Result<bool> {
    let sql = tsql!("SELECT id FROM calls WHERE tenant_id = $1 AND id = $2");
    Ok(tx.row(sql, vals![id]).await?.is_some())
}

/// A call; `None` when the tenant has no such call.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn detail(tx: &mut TenantTx<'_>, id: CallId) -> Result<Option<CallDetail>> {
    let sql = tsql!(
        "SELECT c.id, c.provider, c.external_id, c.channel, c.direction, c.status, c.outcome, c.intent, c.from_number,
           c.to_number, c.contact_id, p.name AS contact_name, c.agent_name, c.started_at, c.ended_at, c.duration_ms,
           c.cost_micros, c.summary, c.sentiment, c.customer_name, c.appointment_at, c.disconnection_reason,
           c.recording_url, c.latency, c.structured, c.is_test, c.final_at, c.revision, c.text_gone_at, t.transcript
         FROM calls c
         LEFT JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id
         LEFT JOIN call_texts t ON t.tenant_id = c.tenant_id AND t.call_id = c.id
         WHERE c.tenant_id = $1 AND c.id = $2"
    );
    let Some(row) = tx.row(sql, vals![id]).await? else { return Ok(None) };
    let sql = tsql!(
        "SELECT fact_key, source, kind, rank, occurred_at, received_at, doc FROM call_facts
         WHERE tenant_id = $1 AND call_id = $2 ORDER BY rank, occurred_at, fact_key"
    );
    let facts = tx.rows(sql, vals![id]).await?;
    let facts = facts
        .iter()
        .map(|f| {
            Ok(FactRow {
                key: f.text("fact_key")?,
                source: f.text("source")?,
                kind: f.text("kind")?,
                rank: f.int("rank")?,
                occurred_at: f.at("occurred_at")?,
                received_at: f.at("received_at")?,
                doc: f.json("doc")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Some(CallDetail {
        call: read(&row)?,
        transcript: row.opt_json("transcript")?.unwrap_or_default(),
        words_gone_at: row.opt_at("text_gone_at")?,
        facts,
    }))
}

/// A transcript as one text, a line a turn.
#[must_use]
pub fn transcript_text(turns: &[Turn]) -> String {
    let mut text = String::new();
    for turn in turns {
        let who = match turn.role {
            Speaker::Agent => "Agent",
            Speaker::Caller => "Caller",
            Speaker::Tool | Speaker::System => continue,
        };
        text.push_str(who);
        text.push_str(": ");
        text.push_str(&turn.text);
        text.push('\n');
    }
    text
}
