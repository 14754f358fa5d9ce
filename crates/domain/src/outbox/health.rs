//! An endpoint's health: read before an attempt is settled, written down where that changes it, and at last the end of
//! an endpoint that is gone or fails for days.

use crate::outbox::QUEUE;
use crate::outbox::deliver::{Due, circuit};
use crate::outbox::rules::{self, Health};
use crate::outbox::settle::Attempted;
use crate::{Error, House, Result, audit};
use serde_json::json;
use std::collections::HashMap;
use vestibule_model::{EndpointId, UnixMs};
use vestibule_ports::Receipt;
use vestibule_store::queue::GroupKey;
use vestibule_store::{Hint, Row, StoreError, TenantTx, Val, tsql, vals};

fn read_health(row: &Row) -> std::result::Result<Health, StoreError> {
    Ok(Health {
        circuit: circuit(row)?,
        failing_since: row.opt_at("failing_since")?,
        last_failure_at: row.opt_at("last_failure_at")?,
    })
}

pub(super) fn no_endpoint() -> Error {
    Error::fault("a delivery without its endpoint")
}

/// The endpoint's health.
pub(super) async fn look(tx: &mut TenantTx<'_>, due: &Due) -> Result<Health> {
    let sql = tsql!(
        "SELECT failures_in_row, circuit_open_since, probe_at, failing_since, last_failure_at
         FROM endpoints WHERE tenant_id = $1 AND id = $2"
    );
    Ok(read_health(&tx.row(sql, vals![due.endpoint]).await?.ok_or_else(no_endpoint)?)?)
}

/// The endpoints' health. On the way the calls' rows are locked, in the order of their ids: that orders us with whoever
/// owes a call's next delivery at this moment.
pub(super) async fn look_at_all(
    tx: &mut TenantTx<'_>,
    attempts: &[&Attempted],
) -> Result<HashMap<EndpointId, Health>> {
    let sql = tsql!(
        pg: "WITH x AS (SELECT * FROM jsonb_to_recordset($2) AS x(endpoint_id UUID, subject_id UUID)),
             l AS (SELECT c.id FROM calls c WHERE c.tenant_id = $1 AND c.id = ANY (ARRAY(SELECT x.subject_id FROM x))
               ORDER BY c.id FOR NO KEY UPDATE)
             SELECT e.id, e.failures_in_row, e.circuit_open_since, e.probe_at, e.failing_since, e.last_failure_at,
               (SELECT count(*) FROM l) AS locked_count
             FROM endpoints e WHERE e.tenant_id = $1 AND e.id = ANY (ARRAY(SELECT x.endpoint_id FROM x))"
    );
    let of = |a: &&Attempted| json!({ "endpoint_id": a.due.endpoint.0, "subject_id": a.due.subject });
    let asked: Vec<_> = attempts.iter().map(of).collect();
    let mut seen = HashMap::new();
    for row in tx.rows(sql, vals![Val::json(&asked)?]).await? {
        seen.insert(row.id("id")?, read_health(&row)?);
    }
    Ok(seen)
}

/// The endpoint's health before and after. Its row is locked only where that changes: while all is well, deliveries of one
/// endpoint do not wait for each other.
pub(super) async fn health(
    tx: &mut TenantTx<'_>,
    seen: Health,
    due: &Due,
    receipt: &Receipt,
    now: UnixMs,
) -> Result<(Health, Health)> {
    let after = rules::health_after(seen, receipt, &due.schedule_ms, now);
    if after == seen || !tx.prefers_one_statement() {
        return Ok((seen, after));
    }
    let sql = tsql!(
        pg: "SELECT failures_in_row, circuit_open_since, probe_at, failing_since, last_failure_at
             FROM endpoints WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
    );
    let row = tx.row(sql, vals![due.endpoint]).await?;
    let before = read_health(&row.ok_or_else(no_endpoint)?)?;
    Ok((before, rules::health_after(before, receipt, &due.schedule_ms, now)))
}

pub(super) async fn note_health(
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    before: Health,
    after: Health,
) -> Result<()> {
    let sql = tsql!(
        "UPDATE endpoints SET failures_in_row = $3, circuit_open_since = $4, probe_at = $5, failing_since = $6,
           last_failure_at = $7 WHERE tenant_id = $1 AND id = $2"
    );
    let Health { circuit, failing_since, last_failure_at } = after;
    let values = vals![
        endpoint,
        circuit.failures_in_row,
        circuit.open_since,
        circuit.probe_at,
        failing_since,
        last_failure_at
    ];
    tx.exec(sql, values).await?;
    if before.circuit.open_since.is_some() != circuit.open_since.is_some() {
        tx.changed("endpoints", Some(endpoint.0));
        if circuit.open_since.is_none() {
            // It is back. What was parked is due; only the gate was shut.
            let (tenant, group) = (tx.tenant(), endpoint.0);
            tx.hint(Hint::Due(GroupKey { tenant, queue: QUEUE.into(), group }));
        }
    }
    Ok(())
}

/// Switches an endpoint off, once: what it is owed waits, and its owners are told why.
pub(super) async fn disable(
    house: &House,
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    reason: &'static str,
    now: UnixMs,
) -> Result<()> {
    let sql = tsql!(
        "UPDATE endpoints SET is_active = FALSE, disabled_reason = $3, updated_at = $4
         WHERE tenant_id = $1 AND id = $2 AND is_active = TRUE"
    );
    if tx.exec(sql, vals![endpoint, reason, now]).await? > 0 {
        let doc = json!({ "reason": reason });
        audit::note(tx, &house.world, "endpoint.disabled", "endpoint", &endpoint.to_string(), doc).await?;
        tx.changed("endpoints", Some(endpoint.0));
        super::tell::switched_off(house, tx, endpoint, reason, now).await?;
    }
    Ok(())
}
