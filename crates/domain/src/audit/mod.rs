//! Who did what: append-only rows, written in the transaction of the act they tell of.

use crate::{House, Result};
use vestibule_access::TenantScope;
use vestibule_model::{AuditId, World};
use vestibule_store::{TenantTx, Val, tsql, vals};

/// Appends a row. Not idempotent by itself: it stands or falls with the act's transaction.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn note(
    tx: &mut TenantTx<'_>,
    world: &World,
    action: &'static str,
    object_kind: &'static str,
    object_id: &str,
    doc: serde_json::Value,
) -> Result<()> {
    let sql = tsql!(
        "INSERT INTO audit (tenant_id, id, at, actor, action, object_kind, object_id, doc)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let actor = tx.scope().actor().to_string();
    let id: AuditId = world.new_id();
    let doc = Val::json(&doc)?;
    tx.exec(
        sql,
        &[
            id.into(),
            world.now().into(),
            actor.into(),
            action.into(),
            object_kind.into(),
            object_id.into(),
            doc,
        ],
    )
    .await?;
    Ok(())
}

/// Appends a row in a transaction of its own: for something that was refused, and so has none.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn note_alone(
    house: &House,
    scope: &TenantScope,
    action: &'static str,
    object_kind: &'static str,
    object_id: &str,
) -> Result<()> {
    let mut tx = house.db.write_in(scope).await?;
    let mut tenant = tx.tenant(scope).await?;
    note(&mut tenant, &house.world, action, object_kind, object_id, serde_json::json!({})).await?;
    Ok(tx.commit().await?)
}

/// A row of the audit log.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Its id.
    pub id: AuditId,
    /// Who.
    pub actor: String,
    /// Did what.
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which.
    pub object_id: String,
    /// What else is known of it.
    pub doc: serde_json::Value,
}

/// The newest rows of a tenant.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn newest(tx: &mut TenantTx<'_>, limit: i64) -> Result<Vec<AuditRow>> {
    let sql = tsql!(
        "SELECT id, actor, action, object_kind, object_id, doc FROM audit WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2"
    );
    let rows = tx.rows(sql, vals![limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(AuditRow {
                id: row.id("id")?,
                actor: row.text("actor")?,
                action: row.text("action")?,
                object_kind: row.text("object_kind")?,
                object_id: row.text("object_id")?,
                doc: row.json("doc")?,
            })
        })
        .collect()
}
