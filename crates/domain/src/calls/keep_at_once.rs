//! Keeping a change of a call in one statement, for PostgreSQL: the same rows as `keep` writes one after the other.

use crate::calls::keep::{Change, Settle, call_values, fact_values, first_name};
use crate::calls::rules::Projection;
use crate::calls::settle::QUEUE as SETTLE;
use crate::{House, Result};
use uuid::Uuid;
use vestibule_model::{ContactId, UnixMs};
use vestibule_store::queue::GroupKey;
use vestibule_store::{Hint, TenantTx, Val, tsql};

/// Keeps a change. False when the call's name is somebody else's by now: nothing was kept.
pub(super) async fn keep(
    house: &House,
    tx: &mut TenantTx<'_>,
    change: &Change<'_>,
    projection: &Projection,
    now: UnixMs,
) -> Result<bool> {
    let mut values: Vec<Val> = vec![change.call.into()];
    if change.is_new {
        let (provider, external) = first_name(change)?;
        values.extend([provider.into(), external.into()]);
    }
    values.extend(match change.fact {
        Some(fact) => fact_values(fact)?,
        None => no_fact(),
    });
    values.extend(caller(house, change, now));
    values.push(change.place.and_then(|p| p.contact).into());
    values.extend(call_values(change, projection, now)?);
    let has_text = !projection.transcript.is_empty();
    values.push(if has_text { Val::json(&projection.transcript)? } else { Val::Json(None) });
    let settle_at = if let Settle::At(at) = change.settle { Some(at) } else { None };
    values.extend([SETTLE.into(), Uuid::nil().into(), settle_at.into()]);
    let row = if change.is_new {
        tx.row(new_call(), &values).await?
    } else {
        values.push((change.settle == Settle::Never).into());
        tx.row(known_call(), &values).await?
    };
    let Some(row) = row else { return Ok(false) };
    if let Some(contact) = row.opt_uuid("contact_id")? {
        tx.changed("contacts", Some(contact));
    }
    if settle_at.is_some_and(|at| at <= now) {
        let tenant = tx.tenant();
        tx.hint(Hint::Due(GroupKey { tenant, queue: SETTLE.into(), group: Uuid::nil() }));
    }
    Ok(true)
}

const fn no_fact() -> [Val; 8] {
    [
        Val::Text(None),
        Val::Text(None),
        Val::Text(None),
        Val::Int(None),
        Val::Int(None),
        Val::Int(None),
        Val::Id(None),
        Val::Json(None),
    ]
}

/// The contact's columns from `id` on; a caller without a number is none.
fn caller(house: &House, change: &Change<'_>, now: UnixMs) -> [Val; 8] {
    let seen = change.seen.as_ref();
    let id: ContactId = house.world.new_id();
    let name = seen.and_then(|s| s.name);
    [
        id.into(),
        seen.map(|s| s.phone.as_str()).into(),
        name.into(),
        seen.map_or(0, |s| if s.name.is_some() { s.call_at.0 } else { 0 }).into(),
        seen.and_then(|s| s.email).into(),
        seen.map_or(0, |s| i64::from(s.is_new_call)).into(),
        seen.map(|s| s.call_at).into(),
        now.into(),
    ]
}

fn new_call() -> vestibule_store::TenantSql {
    tsql!(
        pg: "WITH a AS (
                 INSERT INTO call_aliases (tenant_id, provider, external_id, call_id) VALUES ($1, $3, $4, $2)
                 ON CONFLICT (tenant_id, provider, external_id) DO NOTHING RETURNING call_id),
               f AS (
                 INSERT INTO call_facts (tenant_id, call_id, fact_key, source, kind, rank, occurred_at, received_at,
                   inbox_id, doc)
                 SELECT $1, $2, $5, $6, $7, $8, $9, $10, $11, $12 FROM a),
               k AS (
                 INSERT INTO contacts (tenant_id, id, phone, name, name_rank, email, calls_count, first_call_at, last_call_at,
                   created_at, updated_at)
                 SELECT $1, $13, $14, $15, $16, $17, $18, $19, $19, $20, $20 FROM a WHERE $14 IS NOT NULL
                 ON CONFLICT (tenant_id, phone) DO UPDATE SET
                   name = CASE WHEN excluded.name IS NOT NULL AND excluded.name_rank >= contacts.name_rank
                     THEN excluded.name ELSE contacts.name END,
                   name_rank = CASE WHEN excluded.name IS NOT NULL AND excluded.name_rank >= contacts.name_rank
                     THEN excluded.name_rank ELSE contacts.name_rank END,
                   email = coalesce(excluded.email, contacts.email),
                   calls_count = contacts.calls_count + excluded.calls_count,
                   first_call_at = CASE WHEN contacts.calls_count = 0 THEN excluded.first_call_at
                     ELSE least(excluded.first_call_at, contacts.first_call_at) END,
                   last_call_at = greatest(excluded.last_call_at, contacts.last_call_at),
                   updated_at = excluded.updated_at
                 WHERE contacts.tenant_id = $1
                 RETURNING id),
               c AS (
                 INSERT INTO calls (tenant_id, id, provider, external_id, contact_id,
                   channel, direction, status, outcome, intent, from_number, to_number, caller_number,
                   agent_ref, agent_name, started_at, start_is_known, ended_at, duration_ms, cost_micros,
                   summary, sentiment, customer_name, appointment_at, disconnection_reason, recording_url,
                   latency, structured, is_test, is_analyzed, final_at, revision, fold_hash, local_day,
                   created_at, updated_at)
                 SELECT $1, $2, $3, $4, coalesce((SELECT k.id FROM k), $21),
                   $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39,
                   $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $51
                 FROM a),
               t AS (
                 INSERT INTO call_texts (tenant_id, call_id, transcript) SELECT $1, $2, $52 FROM a WHERE $52 IS NOT NULL),
               s AS (
                 INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, created_at)
                 SELECT $1, $53, $2, $54, $55, 0, 0, 0, FALSE, $51 FROM a WHERE $55 IS NOT NULL
                 ON CONFLICT (tenant_id, queue, id) DO NOTHING),
               i AS (
                 UPDATE inbox SET state = 'folded', reason = NULL, call_id = $2, folded_at = $51
                 WHERE tenant_id = $1 AND id = $11 AND EXISTS (SELECT 1 FROM a))
             SELECT a.call_id, (SELECT k.id FROM k) AS contact_id FROM a"
    )
}

fn known_call() -> vestibule_store::TenantSql {
    tsql!(
        pg: "WITH f AS (
                 INSERT INTO call_facts (tenant_id, call_id, fact_key, source, kind, rank, occurred_at, received_at,
                   inbox_id, doc)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE $3 IS NOT NULL
                 ON CONFLICT (tenant_id, call_id, fact_key) DO NOTHING),
               k AS (
                 INSERT INTO contacts (tenant_id, id, phone, name, name_rank, email, calls_count, first_call_at, last_call_at,
                   created_at, updated_at)
                 SELECT $1, $11, $12, $13, $14, $15, $16, $17, $17, $18, $18 WHERE $12 IS NOT NULL
                 ON CONFLICT (tenant_id, phone) DO UPDATE SET
                   name = CASE WHEN excluded.name IS NOT NULL AND excluded.name_rank >= contacts.name_rank
                     THEN excluded.name ELSE contacts.name END,
                   name_rank = CASE WHEN excluded.name IS NOT NULL AND excluded.name_rank >= contacts.name_rank
                     THEN excluded.name_rank ELSE contacts.name_rank END,
                   email = coalesce(excluded.email, contacts.email),
                   calls_count = contacts.calls_count + excluded.calls_count,
                   first_call_at = CASE WHEN contacts.calls_count = 0 THEN excluded.first_call_at
                     ELSE least(excluded.first_call_at, contacts.first_call_at) END,
                   last_call_at = greatest(excluded.last_call_at, contacts.last_call_at),
                   updated_at = excluded.updated_at
                 WHERE contacts.tenant_id = $1
                 RETURNING id),
               c AS (
                 UPDATE calls SET contact_id = coalesce((SELECT k.id FROM k), $19),
                   channel = $20, direction = $21, status = $22, outcome = $23, intent = $24, from_number = $25,
                   to_number = $26, caller_number = $27, agent_ref = $28, agent_name = $29, started_at = $30,
                   start_is_known = $31, ended_at = $32, duration_ms = $33, cost_micros = $34, summary = $35,
                   sentiment = $36, customer_name = $37, appointment_at = $38, disconnection_reason = $39,
                   recording_url = $40, latency = $41, structured = $42, is_test = $43, is_analyzed = $44,
                   final_at = $45, revision = $46, fold_hash = $47, local_day = $48, updated_at = $49
                 WHERE tenant_id = $1 AND id = $2),
               t AS (
                 INSERT INTO call_texts (tenant_id, call_id, transcript) SELECT $1, $2, $50 WHERE $50 IS NOT NULL
                 ON CONFLICT (tenant_id, call_id) DO UPDATE SET transcript = excluded.transcript
                 WHERE call_texts.tenant_id = $1 AND call_texts.transcript <> excluded.transcript),
               n AS (
                 DELETE FROM jobs WHERE tenant_id = $1 AND queue = $51 AND id = $2 AND $54),
               s AS (
                 INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, created_at)
                 SELECT $1, $51, $2, $52, $53, 0, 0, 0, FALSE, $49 WHERE $53 IS NOT NULL
                 ON CONFLICT (tenant_id, queue, id) DO UPDATE SET next_at = excluded.next_at
                 WHERE jobs.tenant_id = $1 AND jobs.next_at > excluded.next_at AND jobs.leased = FALSE),
               i AS (
                 UPDATE inbox SET state = 'folded', reason = NULL, call_id = $2, folded_at = $49
                 WHERE tenant_id = $1 AND id = $9)
             SELECT (SELECT k.id FROM k) AS contact_id"
    )
}
