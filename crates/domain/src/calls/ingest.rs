//! Taking a fact in: alias, fact, projection, contact, what is owed, in the transaction of the event.
//! Idempotent by (call, fact key): a fact that is known changes nothing.

use crate::calls::rules::{Fact, Projection, fold};
use crate::calls::settle::QUEUE as SETTLE;
use crate::outbox::{self, Moment};
use crate::{Error, House, Result, contacts};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vestibule_model::{CallEvent, CallId, ContactId, FactKind, InboxId, UnixMs};
use vestibule_store::{Row, TenantTx, Val, queue, tsql, vals};

/// A fact that arrived.
#[derive(Debug, Clone)]
pub struct NewFact {
    /// Unique within the call; the same for every arrival of the same event.
    pub fact_key: String,
    /// How we came to know it: webhook, reconciled, reaper, native.
    pub source: &'static str,
    /// The received event.
    pub inbox: Option<InboxId>,
    /// When we heard of it.
    pub received_at: UnixMs,
    /// What it says.
    pub event: CallEvent,
}

/// Takes a fact in and brings its call up to date.
///
/// # Errors
/// [`Error`] as the database says.
pub async fn ingest(house: &House, tx: &mut TenantTx<'_>, fact: NewFact, now: UnixMs) -> Result<CallId> {
    let (call, is_unheard) = resolve(house, tx, &fact.event).await?;
    let sql = tsql!(
        "INSERT INTO call_facts (tenant_id, call_id, fact_key, source, kind, rank, occurred_at, received_at, inbox_id, doc)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, call_id, fact_key) DO NOTHING"
    );
    let mut event = fact.event;
    if event.occurred_at.0 <= 0 {
        // An event that tells of no instant happened, as far as we know, when it came.
        event.occurred_at = fact.received_at;
    }
    let doc = Val::json(&event.doc)?;
    let values = &[
        call.into(),
        fact.fact_key.as_str().into(),
        fact.source.into(),
        event.kind.as_str().into(),
        event.kind.rank().into(),
        event.occurred_at.into(),
        fact.received_at.into(),
        fact.inbox.into(),
        doc,
    ];
    if tx.exec(sql, values).await? > 0 {
        let first = Some((event.provider.as_str(), event.external_call_id.as_str()));
        let known = if is_unheard {
            // Nobody else can see this call before we commit: there is nothing to lock and nothing to read.
            let only =
                Fact { key: fact.fact_key, kind: event.kind, occurred_at: event.occurred_at, doc: event.doc };
            Known { before: None, facts: vec![only] }
        } else {
            look(tx, call).await?
        };
        project(house, tx, call, first, known, false, now).await?;
    }
    Ok(call)
}

/// What is known of a call: what it was, and its facts.
struct Known {
    before: Option<Before>,
    facts: Vec<Fact>,
}

/// Locks a call, then reads its facts: whoever comes second sees the first one's fact.
async fn look(tx: &mut TenantTx<'_>, call: CallId) -> Result<Known> {
    Ok(Known { before: lock(tx, call).await?, facts: facts(tx, call).await? })
}

/// Recomputes a call from its facts; `settled` makes it final if it is over.
pub(super) async fn refold(
    house: &House,
    tx: &mut TenantTx<'_>,
    call: CallId,
    settled: bool,
    now: UnixMs,
) -> Result<()> {
    let known = look(tx, call).await?;
    project(house, tx, call, None, known, settled, now).await
}

/// The call that an event tells of, made known under all its names; true when nobody had heard of it.
async fn resolve(house: &House, tx: &mut TenantTx<'_>, event: &CallEvent) -> Result<(CallId, bool)> {
    let names = std::iter::once((event.provider.as_str(), event.external_call_id.as_str()))
        .chain(event.aliases.iter().map(|(p, id)| (p.as_str(), id.as_str())));
    let (mut known, mut missing) = (None, Vec::new());
    for (provider, external) in names {
        match find_alias(tx, provider, external).await? {
            Some(call) => known = known.or(Some(call)),
            None => missing.push((provider, external)),
        }
    }
    let call = known.unwrap_or_else(|| house.world.new_id());
    for (provider, external) in missing {
        let sql = tsql!(
            "INSERT INTO call_aliases (tenant_id, provider, external_id, call_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id, provider, external_id) DO NOTHING"
        );
        let made = tx.exec(sql, vals![provider, external, call]).await? > 0;
        if !made && known.is_none() {
            // Somebody else made it at this moment; theirs counts.
            let theirs = find_alias(tx, provider, external).await?;
            return Ok((theirs.ok_or_else(|| Error::fault("a call without a name"))?, false));
        }
    }
    Ok((call, known.is_none()))
}

async fn find_alias(tx: &mut TenantTx<'_>, provider: &str, external: &str) -> Result<Option<CallId>> {
    let sql =
        tsql!("SELECT call_id FROM call_aliases WHERE tenant_id = $1 AND provider = $2 AND external_id = $3");
    let row = tx.row(sql, vals![provider, external]).await?;
    Ok(row.map(|r| r.id("call_id")).transpose()?)
}

/// What a call was before this change.
struct Before {
    fold_hash: Vec<u8>,
    revision: i64,
    final_at: Option<UnixMs>,
    contact: Option<ContactId>,
    started_at: UnixMs,
    was_over: bool,
}

async fn lock(tx: &mut TenantTx<'_>, call: CallId) -> Result<Option<Before>> {
    let sql = tsql!(
        sqlite: "SELECT fold_hash, revision, final_at, contact_id, started_at, status FROM calls WHERE tenant_id = $1 AND id = $2",
        pg: "SELECT fold_hash, revision, final_at, contact_id, started_at, status FROM calls WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
    );
    let row = tx.row(sql, vals![call]).await?;
    row.map(|row| {
        Ok(Before {
            fold_hash: row.bytes("fold_hash")?,
            revision: row.int("revision")?,
            final_at: row.opt_at("final_at")?,
            contact: row.opt_id("contact_id")?,
            started_at: row.at("started_at")?,
            was_over: vestibule_model::Status::parse(&row.text("status")?).is_some_and(|s| s.is_over()),
        })
    })
    .transpose()
}

async fn facts(tx: &mut TenantTx<'_>, call: CallId) -> Result<Vec<Fact>> {
    let sql = tsql!(
        "SELECT fact_key, kind, occurred_at, doc FROM call_facts WHERE tenant_id = $1 AND call_id = $2"
    );
    let read = |row: &Row| {
        let kind =
            FactKind::parse(&row.text("kind")?).ok_or_else(|| Error::fault("a fact of an unknown kind"))?;
        Ok(Fact {
            key: row.text("fact_key")?,
            kind,
            occurred_at: row.at("occurred_at")?,
            doc: row.json("doc")?,
        })
    };
    tx.rows(sql, vals![call]).await?.iter().map(read).collect()
}

async fn project(
    house: &House,
    tx: &mut TenantTx<'_>,
    call: CallId,
    first: Option<(&str, &str)>,
    known: Known,
    settled: bool,
    now: UnixMs,
) -> Result<()> {
    let Known { before, facts } = known;
    let profile = house.profiles.of(tx).await?;
    let Some(projection) = fold(&facts, &profile.fields) else { return Ok(()) };
    let hash: [u8; 32] = Sha256::digest(serde_json::to_vec(&projection).map_err(Error::fault)?).into();
    let is_over = projection.status.is_over();
    let is_final = is_over && (projection.is_analyzed || settled);
    let was_final = before.as_ref().is_some_and(|b| b.final_at.is_some());
    let unchanged = before.as_ref().is_some_and(|b| b.fold_hash == hash);
    if unchanged && (was_final || !is_final) {
        return Ok(());
    }
    let revision = before.as_ref().map_or(0, |b| b.revision + 1);
    let final_at = before.as_ref().and_then(|b| b.final_at).or(is_final.then_some(now));
    let contact = contact(house, tx, before.as_ref(), &projection, now).await?;
    let local_day = projection.started_at.local_day(&profile.timezone);
    let row = CallUpsert {
        call,
        first,
        contact,
        final_at,
        revision,
        hash,
        local_day: &local_day,
        is_new: before.is_none(),
    };
    upsert(tx, &row, &projection, now).await?;

    let was_over = before.as_ref().is_some_and(|b| b.was_over);
    if final_at.is_some() {
        if before.is_some() && !was_final {
            queue::finish(tx, SETTLE, call.0).await?;
        }
    } else if is_over && !was_over {
        queue::owe(tx, SETTLE, Uuid::nil(), call.0, now.plus_ms(house.settings.finalise_after_ms), now)
            .await?;
    } else if before.is_none() {
        let from = projection.started_at.max(now.plus_ms(-house.settings.reap_after_ms));
        queue::owe(tx, SETTLE, Uuid::nil(), call.0, from.plus_ms(house.settings.reap_after_ms), now).await?;
    }
    if !projection.is_test {
        let moment = match (before.is_none() && !is_over, was_final, final_at.is_some()) {
            (true, _, false) => Some(Moment::Started),
            (_, false, true) => Some(Moment::Ended),
            (_, true, _) => Some(Moment::Updated { revision }),
            _ => None,
        };
        if let Some(moment) = moment {
            outbox::owe_call(house, tx, call, moment, &projection, now).await?;
        }
    }
    tx.changed("calls", Some(call.0));
    Ok(())
}

async fn contact(
    house: &House,
    tx: &mut TenantTx<'_>,
    before: Option<&Before>,
    projection: &Projection,
    now: UnixMs,
) -> Result<Option<ContactId>> {
    let known = before.and_then(|b| b.contact);
    let Some(phone) = projection.caller.as_ref().filter(|_| !projection.is_test) else { return Ok(known) };
    let says_nothing_new = projection.customer_name.is_none() && projection.email.is_none();
    if says_nothing_new
        && before.is_some_and(|b| b.contact.is_some() && b.started_at == projection.started_at)
    {
        return Ok(known);
    }
    let seen = contacts::Seen {
        phone,
        name: projection.customer_name.as_deref(),
        email: projection.email.as_deref(),
        call_at: projection.started_at,
        is_new_call: known.is_none(),
    };
    contacts::see(house, tx, &seen, now).await.map(Some)
}

struct CallUpsert<'a> {
    call: CallId,
    first: Option<(&'a str, &'a str)>,
    contact: Option<ContactId>,
    final_at: Option<UnixMs>,
    revision: i64,
    hash: [u8; 32],
    local_day: &'a str,
    is_new: bool,
}

async fn upsert(tx: &mut TenantTx<'_>, row: &CallUpsert<'_>, p: &Projection, now: UnixMs) -> Result<()> {
    let (latency, structured) = (json(p.latency.as_ref())?, json(p.structured.as_ref())?);
    let mut values: Vec<Val> = vec![
        row.call.into(),
        p.channel.map(|v| v.as_str()).into(),
        p.direction.map(|v| v.as_str()).into(),
        p.status.as_str().into(),
        p.outcome.map(|v| v.as_str()).into(),
        p.intent.map(|v| v.as_str()).into(),
        p.from.clone().into(),
        p.to.clone().into(),
        p.caller.as_ref().map(|v| v.as_str()).into(),
        row.contact.into(),
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
        latency,
        structured,
        p.is_test.into(),
        p.is_analyzed.into(),
        row.final_at.into(),
        row.revision.into(),
        row.hash.into(),
        row.local_day.into(),
        now.into(),
    ];
    let sql = if row.is_new {
        let (provider, external) = row.first.ok_or_else(|| Error::fault("a new call without a name"))?;
        values.push(provider.into());
        values.push(external.into());
        tsql!(
            "INSERT INTO calls (tenant_id, id, channel, direction, status, outcome, intent, from_number, to_number,
               caller_number, contact_id, agent_ref, agent_name, started_at, start_is_known, ended_at, duration_ms,
               cost_micros, summary, sentiment, customer_name, appointment_at, disconnection_reason, recording_url,
               latency, structured, is_test, is_analyzed, final_at, revision, fold_hash, local_day, created_at,
               updated_at, provider, external_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
               $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $33, $34, $35)"
        )
    } else {
        tsql!(
            "UPDATE calls SET channel = $3, direction = $4, status = $5, outcome = $6, intent = $7, from_number = $8,
               to_number = $9, caller_number = $10, contact_id = $11, agent_ref = $12, agent_name = $13,
               started_at = $14, start_is_known = $15, ended_at = $16, duration_ms = $17, cost_micros = $18,
               summary = $19, sentiment = $20, customer_name = $21, appointment_at = $22, disconnection_reason = $23,
               recording_url = $24, latency = $25, structured = $26, is_test = $27, is_analyzed = $28, final_at = $29,
               revision = $30, fold_hash = $31, local_day = $32, updated_at = $33
             WHERE tenant_id = $1 AND id = $2"
        )
    };
    tx.exec(sql, &values).await?;
    if !p.transcript.is_empty() {
        let sql = tsql!(
            "INSERT INTO call_texts (tenant_id, call_id, transcript) VALUES ($1, $2, $3)
             ON CONFLICT (tenant_id, call_id) DO UPDATE SET transcript = excluded.transcript
             WHERE call_texts.tenant_id = $1"
        );
        tx.exec(sql, &[row.call.into(), Val::json(&p.transcript)?]).await?;
    }
    Ok(())
}

fn json<T: serde::Serialize>(value: Option<&T>) -> Result<Val> {
    Ok(value.map_or(Ok(Val::Json(None)), Val::json)?)
}
