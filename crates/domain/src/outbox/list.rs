//! Looking at deliveries.

use crate::page::cut;
use crate::{Cursor, Page, Result};
use vestibule_model::{CallId, DeliveryId, EndpointId, UnixMs};
use vestibule_store::{Row, TenantTx, Val, fragment, tsql, vals};

/// A delivery, without its body.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// Its id: the receiver's `webhook-id`.
    pub id: DeliveryId,
    /// Where it goes.
    pub endpoint: EndpointId,
    /// The endpoint's name.
    pub endpoint_description: String,
    /// The endpoint's address.
    pub endpoint_url: String,
    /// The call it tells of.
    pub call: Option<CallId>,
    /// What it tells.
    pub event_type: String,
    /// pending, retrying, parked, delivered or dead.
    pub state: String,
    /// How many attempts were made.
    pub attempts_count: i64,
    /// When the next one is due.
    pub next_attempt_at: Option<UnixMs>,
    /// When it was owed.
    pub created_at: UnixMs,
    /// When it arrived.
    pub delivered_at: Option<UnixMs>,
    /// The last HTTP status.
    pub last_status: Option<i64>,
    /// What went wrong last, as a stable code.
    pub last_error: Option<String>,
}

/// One attempt.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// 1, 2, ….
    pub number: i64,
    /// When it began.
    pub started_at: UnixMs,
    /// How long it took, in milliseconds; unknown for lost ones.
    pub duration_ms: Option<i64>,
    /// delivered, failed or lost.
    pub result: String,
    /// The HTTP status.
    pub http_status: Option<i64>,
    /// What went wrong, as a stable code.
    pub error: Option<String>,
    /// The beginning of the answer.
    pub response_excerpt: Option<String>,
    /// The receiver's id of the run.
    pub execution_id: Option<String>,
    /// What was sent besides the body, without secrets: `url` and `headers`. Unknown for lost and very old ones.
    pub request: Option<serde_json::Value>,
}

/// A delivery with its body and attempts.
#[derive(Debug, Clone)]
pub struct DeliveryDetail {
    /// The row.
    pub row: DeliveryRow,
    /// The frozen body.
    pub body: serde_json::Value,
    /// The attempts, first to last.
    pub attempts: Vec<AttemptRow>,
}

/// Which deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// pending, retrying, delivered or dead; `parked` is what waits for an endpoint that is down.
    pub state: Option<String>,
    /// Of one endpoint.
    pub endpoint: Option<EndpointId>,
    /// Of one call.
    pub call: Option<CallId>,
    /// The place after the last row of the page before.
    pub after: Option<Cursor>,
    /// How many.
    pub limit: i64,
}

fn read(row: &Row) -> Result<DeliveryRow> {
    let state = row.text("state")?;
    let waits = state == "pending" || state == "retrying";
    let shut = row.opt_at("circuit_open_since")?.is_some() || !row.bool("is_active")?;
    Ok(DeliveryRow {
        id: row.id("id")?,
        endpoint: row.id("endpoint_id")?,
        endpoint_description: row.text("description")?,
        endpoint_url: row.text("url")?,
        call: row.opt_id("call_id")?,
        event_type: row.text("event_type")?,
        state: if waits && shut { "parked".into() } else { state },
        attempts_count: row.int("attempts_count")?,
        next_attempt_at: row.opt_at("next_attempt_at")?,
        created_at: row.at("created_at")?,
        delivered_at: row.opt_at("delivered_at")?,
        last_status: row.opt_int("last_status")?,
        last_error: row.opt_text("last_error")?,
    })
}

/// A page of deliveries, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(tx: &mut TenantTx<'_>, filter: &DeliveryFilter) -> Result<Page<DeliveryRow>> {
    let mut sql = tsql!(
        "SELECT d.id, d.endpoint_id, e.description, e.url, e.circuit_open_since, e.is_active, d.call_id, d.event_type, d.state,
           d.attempts_count, d.next_attempt_at, d.created_at, d.delivered_at, d.last_status, d.last_error
         FROM deliveries d JOIN endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
         WHERE d.tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    match filter.state.as_deref() {
        Some("parked") => {
            // Pending or retrying: nothing else has a next attempt.
            values.push(0_i64.into());
            sql = sql.and(fragment!(" AND d.next_attempt_at > ?"), values.len() + 1);
            values.push(0_i64.into());
            sql = sql.and(fragment!(" AND e.circuit_open_since > ?"), values.len() + 1);
        }
        Some(state) => {
            values.push(state.into());
            sql = sql.and(fragment!(" AND d.state = ?"), values.len() + 1);
        }
        None => {}
    }
    if let Some(endpoint) = filter.endpoint {
        values.push(endpoint.into());
        sql = sql.and(fragment!(" AND d.endpoint_id = ?"), values.len() + 1);
    }
    if let Some(call) = filter.call {
        values.push(call.into());
        sql = sql.and(fragment!(" AND d.call_id = ?"), values.len() + 1);
    }
    if let Some(after) = filter.after {
        values.push(after.id.into());
        sql = sql.and(fragment!(" AND d.id < ?"), values.len() + 1);
    }
    values.push((filter.limit + 1).into());
    let sql = sql.tail(" ORDER BY d.id DESC LIMIT ?", values.len() + 1);
    let rows = tx.rows(sql, &values).await?.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(cut(rows, filter.limit, |d| Cursor { key: 0, id: d.id.0 }))
}

/// One delivery; `None` when the tenant has no such one.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn detail(tx: &mut TenantTx<'_>, id: DeliveryId) -> Result<Option<DeliveryDetail>> {
    let sql = tsql!(
        "SELECT d.id, d.endpoint_id, e.description, e.url, e.circuit_open_since, e.is_active, d.call_id, d.event_type, d.state,
           d.attempts_count, d.next_attempt_at, d.created_at, d.delivered_at, d.last_status, d.last_error, b.body
         FROM deliveries d
         JOIN endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
         LEFT JOIN delivery_bodies b ON b.tenant_id = d.tenant_id AND b.delivery_id = d.id
         WHERE d.tenant_id = $1 AND d.id = $2"
    );
    let Some(row) = tx.row(sql, vals![id]).await? else { return Ok(None) };
    let sql = tsql!(
        "SELECT number, started_at, duration_ms, result, http_status, error, response_excerpt, execution_id, request
         FROM attempts WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY id LIMIT 200"
    );
    let attempts = tx.rows(sql, vals![id]).await?;
    let attempts = attempts
        .iter()
        .map(|a| {
            Ok(AttemptRow {
                number: a.int("number")?,
                started_at: a.at("started_at")?,
                duration_ms: a.opt_int("duration_ms")?,
                result: a.text("result")?,
                http_status: a.opt_int("http_status")?,
                error: a.opt_text("error")?,
                response_excerpt: a.opt_text("response_excerpt")?,
                execution_id: a.opt_text("execution_id")?,
                request: a.opt_json("request")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    // What a call's words were in goes with them.
    let body =
        row.opt_bytes("body")?.map_or(Ok(serde_json::Value::Null), |body| serde_json::from_slice(&body));
    let body = body.map_err(crate::Error::fault)?;
    Ok(Some(DeliveryDetail { row: read(&row)?, body, attempts }))
}
