//! Keeping a change of a call: its names, the fact, the caller, the row, the transcript, when it is to be settled, and
//! the received event's mark. Statement by statement, or all at once where every statement is a round trip.
//! Idempotent by the fact's key, which the caller has looked for under the call's lock.

use crate::calls::ingest::NewFact;
use crate::calls::rules::Projection;
use crate::calls::settle::QUEUE as SETTLE;
use crate::{Error, House, Result, contacts};
use uuid::Uuid;
use vestibule_model::{CallId, ContactId, InboxId, UnixMs};
use vestibule_store::{TenantTx, Val, queue, tsql, vals};

/// When a call is to be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settle {
    /// At this instant, or sooner if that was so before.
    At(UnixMs),
    /// No more: it is final.
    Never,
    /// As was said before.
    AsItWas,
}

/// What decides where a call stands in the lists: its columns that have indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub contact: Option<ContactId>,
    pub caller: Option<String>,
    pub started_at: UnixMs,
    pub status: String,
    pub outcome: Option<String>,
    pub intent: Option<String>,
}

/// A change of a call.
pub(super) struct Change<'a> {
    pub call: CallId,
    /// None of its names was heard before.
    pub is_unheard: bool,
    /// It has no row yet.
    pub is_new: bool,
    /// Names that are not known yet; of a new call the first is the one it is shown by.
    pub names: &'a [(String, String)],
    pub fact: Option<&'a NewFact>,
    pub seen: Option<contacts::Seen<'a>>,
    /// What its row says of these; `None` when it has no row.
    pub place: Option<&'a Place>,
    pub final_at: Option<UnixMs>,
    pub revision: i64,
    pub hash: [u8; 32],
    pub local_day: String,
    pub settle: Settle,
}

/// Keeps a change. False when the call's name is somebody else's by now: nothing of the transaction may be kept.
pub(super) async fn keep(
    house: &House,
    tx: &mut TenantTx<'_>,
    change: &Change<'_>,
    projection: &Projection,
    now: UnixMs,
) -> Result<bool> {
    if tx.prefers_one_statement() && change.is_unheard == change.is_new {
        let is_kept = super::keep_at_once::keep(house, tx, change, projection, now).await?;
        // Of a call that is unheard of, the first name is kept already: it decides whose the call is.
        let others = change.names.get(usize::from(change.is_unheard)..).unwrap_or_default();
        names(tx, change.call, others).await?;
        return Ok(is_kept);
    }
    if !names(tx, change.call, change.names).await? && change.is_unheard {
        return Ok(false);
    }
    if let Some(fact) = change.fact {
        put_fact(tx, change.call, fact).await?;
    }
    let contact = match &change.seen {
        Some(seen) => Some(contacts::see(house, tx, seen, now).await?),
        None => change.place.and_then(|p| p.contact),
    };
    put_call(tx, change, contact, projection, now).await?;
    if !projection.transcript.is_empty() {
        let sql = tsql!(
            "INSERT INTO call_texts (tenant_id, call_id, transcript) VALUES ($1, $2, $3)
             ON CONFLICT (tenant_id, call_id) DO UPDATE SET transcript = excluded.transcript
             WHERE call_texts.tenant_id = $1 AND call_texts.transcript <> excluded.transcript"
        );
        tx.exec(sql, &[change.call.into(), Val::json(&projection.transcript)?]).await?;
    }
    match change.settle {
        Settle::At(at) => queue::owe(tx, SETTLE, Uuid::nil(), change.call.0, at, now).await?,
        Settle::Never => drop(queue::finish(tx, SETTLE, change.call.0).await?),
        Settle::AsItWas => {}
    }
    inbox_folded(tx, change.fact.and_then(|f| f.inbox), change.call, now).await?;
    Ok(true)
}

/// Keeps a fact that changes nothing of its call.
pub(super) async fn fact_alone(
    tx: &mut TenantTx<'_>,
    call: CallId,
    unnamed: &[(String, String)],
    fact: Option<&NewFact>,
    now: UnixMs,
) -> Result<()> {
    names(tx, call, unnamed).await?;
    let Some(fact) = fact else { return Ok(()) };
    put_fact(tx, call, fact).await?;
    inbox_folded(tx, fact.inbox, call, now).await
}

/// Marks a received event as folded into its call.
pub(super) async fn inbox_folded(
    tx: &mut TenantTx<'_>,
    inbox: Option<InboxId>,
    call: CallId,
    now: UnixMs,
) -> Result<()> {
    let Some(inbox) = inbox else { return Ok(()) };
    let sql = tsql!(
        "UPDATE inbox SET state = 'folded', reason = NULL, call_id = $3, folded_at = $4 WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, vals![inbox, call, now]).await?;
    Ok(())
}

/// Makes a call known under its names; false when the first of them is another call's.
async fn names(tx: &mut TenantTx<'_>, call: CallId, names: &[(String, String)]) -> Result<bool> {
    let mut is_first_ours = true;
    for (index, (provider, external)) in names.iter().enumerate() {
        let sql = tsql!(
            "INSERT INTO call_aliases (tenant_id, provider, external_id, call_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id, provider, external_id) DO NOTHING"
        );
        let made = tx.exec(sql, vals![provider.as_str(), external.as_str(), call]).await? > 0;
        is_first_ours &= made || index > 0;
    }
    Ok(is_first_ours)
}

/// Takes a fact away that another one replaces.
pub(super) async fn drop_fact(tx: &mut TenantTx<'_>, call: CallId, fact_key: &str) -> Result<()> {
    let sql = tsql!("DELETE FROM call_facts WHERE tenant_id = $1 AND call_id = $2 AND fact_key = $3");
    tx.exec(sql, vals![call, fact_key]).await?;
    Ok(())
}

async fn put_fact(tx: &mut TenantTx<'_>, call: CallId, fact: &NewFact) -> Result<()> {
    let sql = tsql!(
        "INSERT INTO call_facts (tenant_id, call_id, fact_key, source, kind, rank, occurred_at, received_at, inbox_id, doc)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, call_id, fact_key) DO NOTHING"
    );
    let mut values = vec![Val::from(call)];
    values.extend(fact_values(fact)?);
    tx.exec(sql, &values).await?;
    Ok(())
}

/// A fact's columns from `fact_key` on.
pub(super) fn fact_values(fact: &NewFact) -> Result<[Val; 8]> {
    let event = &fact.event;
    Ok([
        fact.fact_key.as_str().into(),
        fact.source.into(),
        event.kind.as_str().into(),
        event.kind.rank().into(),
        event.occurred_at.into(),
        fact.received_at.into(),
        fact.inbox.into(),
        Val::json(&event.doc)?,
    ])
}

/// A call's columns from `channel` on, in the order of the statements; its contact is not among them.
pub(super) fn call_values(change: &Change<'_>, p: &Projection, now: UnixMs) -> Result<Vec<Val>> {
    Ok(vec![
        p.channel.map(|v| v.as_str()).into(),
        p.direction.map(|v| v.as_str()).into(),
        p.status.as_str().into(),
        p.outcome.map(|v| v.as_str()).into(),
        p.intent.map(|v| v.as_str()).into(),
        p.from.clone().into(),
        p.to.clone().into(),
        p.caller.as_ref().map(|v| v.as_str()).into(),
        p.agent_ref.clone().into(),
        p.agent_name.clone().into(),
        p.started_at.into(),
        p.start_is_known.into(),
        p.ended_at.into(),
        p.duration_ms.into(),
        p.cost_micros.into(),
        p.summary.clone().into(),
        p.sentiment.map(|v| v.as_str()).into(),
        p.customer_name.clone().into(),
        p.appointment_at.clone().into(),
        p.disconnection_reason.clone().into(),
        p.recording_url.clone().into(),
        json(p.latency.as_ref())?,
        json(p.structured.as_ref())?,
        p.is_test.into(),
        p.is_analyzed.into(),
        change.final_at.into(),
        change.revision.into(),
        change.hash.into(),
        change.local_day.as_str().into(),
        now.into(),
    ])
}

fn json<T: serde::Serialize>(value: Option<&T>) -> Result<Val> {
    Ok(value.map_or(Ok(Val::Json(None)), Val::json)?)
}

async fn put_call(
    tx: &mut TenantTx<'_>,
    change: &Change<'_>,
    contact: Option<ContactId>,
    p: &Projection,
    now: UnixMs,
) -> Result<()> {
    let mut values = vec![change.call.into(), contact.into()];
    values.extend(call_values(change, p, now)?);
    if change.is_new {
        let (provider, external) = first_name(change)?;
        values.extend([provider.into(), external.into()]);
        let sql = tsql!(
            "INSERT INTO calls (tenant_id, id, contact_id, channel, direction, status, outcome, intent, from_number,
               to_number, caller_number, agent_ref, agent_name, started_at, start_is_known, ended_at, duration_ms,
               cost_micros, summary, sentiment, customer_name, appointment_at, disconnection_reason, recording_url,
               latency, structured, is_test, is_analyzed, final_at, revision, fold_hash, local_day, created_at,
               updated_at, provider, external_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
               $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $33, $34, $35)"
        );
        tx.exec(sql, &values).await?;
        return Ok(());
    }
    let sql = tsql!(
        "UPDATE calls SET channel = $4, direction = $5, from_number = $9, to_number = $10, agent_ref = $12,
           agent_name = $13, start_is_known = $15, ended_at = $16, duration_ms = $17, cost_micros = $18, summary = $19,
           sentiment = $20, customer_name = $21, appointment_at = $22, disconnection_reason = $23, recording_url = $24,
           latency = $25, structured = $26, is_test = $27, is_analyzed = $28, final_at = $29, revision = $30,
           fold_hash = $31, local_day = $32, updated_at = $33
         WHERE tenant_id = $1 AND id = $2"
    );
    tx.exec(sql, &values).await?;
    let place = Place {
        contact,
        caller: p.caller.as_ref().map(|v| v.as_str().to_owned()),
        started_at: p.started_at,
        status: p.status.as_str().to_owned(),
        outcome: p.outcome.map(|v| v.as_str().to_owned()),
        intent: p.intent.map(|v| v.as_str().to_owned()),
    };
    put_place(tx, change, place).await
}

/// Moves a call in the lists. SQLite writes every index of a column that it is told to set, whatever it is set to, so only
/// what changed is told.
async fn put_place(tx: &mut TenantTx<'_>, change: &Change<'_>, now: Place) -> Result<()> {
    let (call, Some(was)) = (change.call, change.place) else {
        return Err(Error::fault("a known call without a row"));
    };
    if (was.contact, &was.caller, was.started_at) != (now.contact, &now.caller, now.started_at) {
        let sql = tsql!(
            "UPDATE calls SET contact_id = $3, caller_number = $4, started_at = $5, status = $6, outcome = $7, intent = $8
             WHERE tenant_id = $1 AND id = $2"
        );
        let values =
            vals![call, now.contact, now.caller, now.started_at, now.status, now.outcome, now.intent];
        tx.exec(sql, values).await?;
        return Ok(());
    }
    if was.status != now.status {
        let sql = tsql!("UPDATE calls SET status = $3 WHERE tenant_id = $1 AND id = $2");
        tx.exec(sql, vals![call, now.status]).await?;
    }
    if was.outcome != now.outcome {
        let sql = tsql!("UPDATE calls SET outcome = $3 WHERE tenant_id = $1 AND id = $2");
        tx.exec(sql, vals![call, now.outcome]).await?;
    }
    if was.intent != now.intent {
        let sql = tsql!("UPDATE calls SET intent = $3 WHERE tenant_id = $1 AND id = $2");
        tx.exec(sql, vals![call, now.intent]).await?;
    }
    Ok(())
}

/// The name that a new call is shown by: its provider's.
pub(super) fn first_name<'a>(change: &Change<'a>) -> Result<(&'a str, &'a str)> {
    let fact = change.fact.ok_or_else(|| Error::fault("a new call without a fact"))?;
    Ok((&fact.event.provider, &fact.event.external_call_id))
}
