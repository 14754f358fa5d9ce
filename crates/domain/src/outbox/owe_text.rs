//! Owing a moment of a text to the endpoints that asked for it. Idempotent by (endpoint, text, event type, revision). The
//! body is frozen now.

use crate::outbox::body::sign;
use crate::outbox::owe::{Owed, owe_one, secret};
use crate::{House, Result};
use serde_json::{Value, json};
use vestibule_model::{EndpointId, Keyword, TextId, TextProblem, TextStatus, ThreadId, UnixMs};
use vestibule_store::{TenantTx, queue, tsql, vals};

/// A moment of a text that is told to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextMoment {
    /// It came in.
    Received,
    /// One that went out came to its end.
    Updated,
}

impl TextMoment {
    const fn event_type(self) -> &'static str {
        match self {
            Self::Received => "text.text-received",
            Self::Updated => "text.text-updated",
        }
    }
}

/// What is told of a text.
pub struct ToldText<'a> {
    /// Its id.
    pub id: TextId,
    /// Its thread's.
    pub thread: ThreadId,
    /// Whether it came in.
    pub is_inbound: bool,
    /// Who wrote.
    pub from: &'a str,
    /// To whom.
    pub to: &'a str,
    /// What it says.
    pub body: &'a str,
    /// Where it stands.
    pub status: TextStatus,
    /// Which of the agreed words it is.
    pub keyword: Option<Keyword>,
    /// In how many parts it travelled.
    pub segments: Option<i64>,
    /// How many pictures and the like came with it.
    pub media_count: i64,
    /// Why it did not arrive.
    pub problem: Option<TextProblem>,
    /// The same as the provider's own code.
    pub provider_code: Option<&'a str>,
    /// By which provider: the name of its block.
    pub provider: &'a str,
    /// The provider's id of it.
    pub external_id: Option<&'a str>,
    /// When it came, or was to be sent.
    pub text_at: UnixMs,
    /// How often it changed.
    pub revision: i64,
}

/// Owes a text's moment to every endpoint that asked for it.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn owe_text(
    house: &House,
    tx: &mut TenantTx<'_>,
    moment: TextMoment,
    text: &ToldText<'_>,
    now: UnixMs,
) -> Result<()> {
    let sql = tsql!(
        "SELECT e.id, e.event_types, e.secret_sealed, EXISTS (
           SELECT 1 FROM deliveries d WHERE d.tenant_id = $1 AND d.endpoint_id = e.id AND d.subject_id = $2
           AND d.state IN ('pending', 'retrying')) AS waits
         FROM endpoints e WHERE e.tenant_id = $1 AND e.is_active = TRUE AND e.deleted_at IS NULL"
    );
    for row in tx.rows(sql, vals![text.id]).await? {
        let wanted: Vec<String> = row.json("event_types")?;
        if !wanted.iter().any(|t| t == moment.event_type()) {
            continue;
        }
        let endpoint: EndpointId = row.id("id")?;
        let secret = secret(house, tx, &row, endpoint).await?;
        // In order per (endpoint, text), as the moments of a call are.
        let due = if row.bool("waits")? { queue::NEVER } else { now };
        let owed = Owed {
            id: house.world.new_id(),
            endpoint,
            call: None,
            subject: text.id.0,
            event_type: moment.event_type(),
            revision: text.revision,
            body: sign(body(moment, text, now), &secret),
            due,
        };
        owe_one(tx, owed, now).await?;
    }
    Ok(())
}

pub(super) fn body(moment: TextMoment, text: &ToldText<'_>, at: UnixMs) -> Value {
    let short = moment.event_type().trim_start_matches("text.");
    let name = text.external_id.map_or_else(|| text.id.to_string(), str::to_owned);
    let mut data = json!({
        "textId": text.id,
        "threadId": text.thread,
        "direction": if text.is_inbound { "INBOUND" } else { "OUTBOUND" },
        "from": text.from,
        "to": text.to,
        "body": text.body,
        "status": text.status,
        "keyword": text.keyword,
        "segments": text.segments,
        "mediaCount": text.media_count,
        "problem": text.problem,
        "textedAt": text.text_at.rfc3339(),
        "revision": text.revision,
    });
    data[text.provider] = json!({ "messageId": text.external_id, "errorCode": text.provider_code });
    json!({
        "eventId": format!("{}:{name}:{short}:{}", text.provider, at.0),
        "eventType": moment.event_type(),
        "timestamp": at.rfc3339(),
        "data": data,
    })
}
