//! Looking at executions.

use crate::outbox::Endpoint;
use crate::page::cut;
use crate::{Cursor, House, Page, Result};
use vestibule_model::{DeliveryId, EndpointId, ExecutionId, UnixMs};
use vestibule_ports::{ExecutionStatus, Place};
use vestibule_store::{Row, TenantTx, Val, fragment, tsql, vals};

/// An execution.
#[derive(Debug, Clone)]
pub struct ExecutionRow {
    /// Its id with us.
    pub id: ExecutionId,
    /// Its id at the engine.
    pub external_id: String,
    /// The engine's id of the workflow, once the engine has told it.
    pub workflow: Option<String>,
    /// The endpoint behind which the workflow is.
    pub endpoint: EndpointId,
    /// The endpoint's name.
    pub endpoint_description: String,
    /// The endpoint's address.
    pub endpoint_url: String,
    /// The delivery that started it, where one of ours did.
    pub delivery: Option<DeliveryId>,
    /// How it stands.
    pub status: ExecutionStatus,
    /// What set it off, in the engine's word.
    pub mode: Option<String>,
    /// When it began.
    pub started_at: UnixMs,
    /// When it ended.
    pub stopped_at: Option<UnixMs>,
    /// Where a person can look at it.
    pub page: Option<String>,
}

/// Which executions.
#[derive(Debug, Clone, Default)]
pub struct ExecutionFilter {
    /// In this status.
    pub status: Option<ExecutionStatus>,
    /// Behind this endpoint.
    pub endpoint: Option<EndpointId>,
    /// Started by this delivery.
    pub delivery: Option<DeliveryId>,
    /// That began at this instant or later.
    pub since: Option<UnixMs>,
    /// After this place.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: i64,
}

/// How the watch of an endpoint goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchRow {
    /// When its engine was asked last.
    pub checked_at: UnixMs,
    /// What went wrong then, as a stable code.
    pub last_error: Option<String>,
    /// Since when something has gone wrong.
    pub error_since: Option<UnixMs>,
}

fn read(house: &House, row: &Row) -> Result<ExecutionRow> {
    let config: serde_json::Value = row.json("config")?;
    let text = |name: &str| config.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    let (external_id, workflow) = (row.text("external_id")?, row.opt_text("workflow_id")?);
    let endpoint_url = row.text("url")?;
    let place = Place {
        instance_url: text("instance_url"),
        webhook_url: endpoint_url.clone(),
        workflow: workflow.clone().or_else(|| text("workflow_id")),
        key: None,
        timeout_ms: 0,
    };
    Ok(ExecutionRow {
        id: row.id("id")?,
        workflow,
        endpoint: row.id("endpoint_id")?,
        endpoint_description: row.text("description")?,
        endpoint_url,
        delivery: row.opt_id("delivery_id")?,
        status: ExecutionStatus::parse(&row.text("status")?).unwrap_or(ExecutionStatus::Unknown),
        mode: row.opt_text("mode")?,
        started_at: row.at("started_at")?,
        stopped_at: row.opt_at("stopped_at")?,
        page: house.engine.page_of(&place, &external_id),
        external_id,
    })
}

/// A page of executions, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(
    house: &House,
    tx: &mut TenantTx<'_>,
    filter: &ExecutionFilter,
) -> Result<Page<ExecutionRow>> {
    let mut sql = tsql!(
        "SELECT w.id, w.external_id, w.workflow_id, w.endpoint_id, e.description, e.url, e.config, w.delivery_id, w.status,
           w.mode, w.started_at, w.stopped_at
         FROM workflow_executions w JOIN endpoints e ON e.tenant_id = w.tenant_id AND e.id = w.endpoint_id
         WHERE w.tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    if let Some(status) = filter.status {
        values.push(status.as_str().into());
        sql = sql.and(fragment!(" AND w.status = ?"), values.len() + 1);
    }
    if let Some(endpoint) = filter.endpoint {
        values.push(endpoint.into());
        sql = sql.and(fragment!(" AND w.endpoint_id = ?"), values.len() + 1);
    }
    if let Some(delivery) = filter.delivery {
        values.push(delivery.into());
        sql = sql.and(fragment!(" AND w.delivery_id = ?"), values.len() + 1);
    }
    if let Some(since) = filter.since {
        values.push(since.into());
        sql = sql.and(fragment!(" AND w.started_at >= ?"), values.len() + 1);
    }
    if let Some(after) = filter.after {
        values.push(after.key.into());
        values.push(after.id.into());
        sql = sql.and(fragment!(" AND (w.started_at, w.id) < (?, ?)"), values.len());
    }
    values.push((filter.limit + 1).into());
    let sql = sql.tail(" ORDER BY w.started_at DESC, w.id DESC LIMIT ?", values.len() + 1);
    let rows = tx.rows(sql, &values).await?.iter().map(|row| read(house, row)).collect::<Result<Vec<_>>>()?;
    Ok(cut(rows, filter.limit, |w| Cursor { key: w.started_at.0, id: w.id.0 }))
}

/// How the watch of an endpoint goes; `None` when it was never looked at.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn watch_of(tx: &mut TenantTx<'_>, endpoint: &Endpoint) -> Result<Option<WatchRow>> {
    let sql = tsql!(
        "SELECT checked_at, last_error, error_since FROM workflow_watches WHERE tenant_id = $1 AND endpoint_id = $2"
    );
    let Some(row) = tx.row(sql, vals![endpoint.id]).await? else { return Ok(None) };
    Ok(Some(WatchRow {
        checked_at: row.at("checked_at")?,
        last_error: row.opt_text("last_error")?,
        error_since: row.opt_at("error_since")?,
    }))
}
