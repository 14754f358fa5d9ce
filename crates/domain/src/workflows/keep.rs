//! Keeping executions. Idempotent by (tenant, endpoint, the engine's id): told once or often, in whatever order, an
//! execution is one row, and one that is over stays as it ended.

use crate::Result;
use vestibule_model::{DeliveryId, EndpointId, ExecutionId, UnixMs, World};
use vestibule_ports::{Execution, ExecutionStatus};
use vestibule_store::{TenantTx, tsql, vals};

/// The answer to a delivery named the execution that it started.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn note_answer(
    world: &World,
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    delivery: DeliveryId,
    external_id: &str,
    at: UnixMs,
) -> Result<()> {
    let sql = tsql!(
        "INSERT INTO workflow_executions (tenant_id, id, endpoint_id, external_id, delivery_id, status, started_at, is_settled,
           checked_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, 0, $8)
         ON CONFLICT (tenant_id, endpoint_id, external_id) DO UPDATE SET delivery_id = excluded.delivery_id
         WHERE workflow_executions.tenant_id = $1 AND workflow_executions.delivery_id IS NULL"
    );
    let id: ExecutionId = world.new_id();
    let unknown = ExecutionStatus::Unknown.as_str();
    if tx.exec(sql, vals![id, endpoint, external_id, delivery, unknown, at, world.now()]).await? > 0 {
        tx.changed("workflows", None);
    }
    Ok(())
}

/// The engine told of an execution.
pub(super) async fn keep(
    world: &World,
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    told: &Execution,
) -> Result<()> {
    // An execution that was only begun to be told of has no beginning yet: ours stays, or it is now.
    let sql = tsql!(
        "INSERT INTO workflow_executions (tenant_id, id, endpoint_id, external_id, workflow_id, status, mode, started_at,
           stopped_at, is_settled, checked_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, $11), $9, $10, $11, $11)
         ON CONFLICT (tenant_id, endpoint_id, external_id) DO UPDATE SET workflow_id = excluded.workflow_id,
           status = CASE WHEN excluded.status = 'UNKNOWN' THEN workflow_executions.status ELSE excluded.status END,
           mode = coalesce(excluded.mode, workflow_executions.mode),
           started_at = coalesce($8, workflow_executions.started_at), stopped_at = excluded.stopped_at,
           is_settled = excluded.is_settled, checked_at = excluded.checked_at
         WHERE workflow_executions.tenant_id = $1 AND workflow_executions.is_settled = FALSE"
    );
    let id: ExecutionId = world.new_id();
    let workflow = (!told.workflow.is_empty()).then_some(told.workflow.as_str());
    let (status, settled) = (told.status.as_str(), told.status.is_settled());
    let values = vals![
        id,
        endpoint,
        told.external_id.as_str(),
        workflow,
        status,
        told.mode.as_deref(),
        told.started_at,
        told.stopped_at,
        settled,
        world.now()
    ];
    if tx.exec(sql, values).await? > 0 {
        tx.changed("workflows", None);
    }
    Ok(())
}

/// The engine knows an execution no more, so nobody will say how it went.
pub(super) async fn forget(
    world: &World,
    tx: &mut TenantTx<'_>,
    endpoint: EndpointId,
    external_id: &str,
) -> Result<()> {
    let sql = tsql!(
        "UPDATE workflow_executions SET is_settled = TRUE, checked_at = $4
         WHERE tenant_id = $1 AND endpoint_id = $2 AND external_id = $3 AND is_settled = FALSE"
    );
    tx.exec(sql, vals![endpoint, external_id, world.now()]).await?;
    Ok(())
}
