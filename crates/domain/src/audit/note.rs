//! Appending. The row is made when it is asked for, and takes its place in the chain as the last thing before the
//! commit: the chain's head is locked for two statements, not for a whole act.

use super::chain::{BEGUN, Entry, GENESIS, Link, clean, without_nul};
use super::looks::Once;
use super::verify::digest_of_loose;
use crate::{House, Result};
use serde_json::{Value, json};
use std::pin::Pin;
use vestibule_access::TenantScope;
use vestibule_model::{UnixMs, World};
use vestibule_store::{LastAct, StoreError, TenantTx, Tx, Val, tsql, vals};

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
    doc: Value,
) -> Result<()> {
    let entry = entry(tx, world, action, (object_kind, object_id), doc);
    let act = Append { scope: *tx.scope(), entry, once: None, world: world.clone() };
    tx.at_last(Box::new(act));
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
    note(&mut tenant, &house.world, action, object_kind, object_id, json!({})).await?;
    Ok(tx.commit().await?)
}

/// Appends a row unless the same actor did the same to the same thing since an instant. Idempotent in that.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn note_once(
    house: &House,
    scope: &TenantScope,
    action: &'static str,
    object_kind: &'static str,
    object_id: &str,
    since: UnixMs,
) -> Result<()> {
    let mut tx = house.db.write_in(scope).await?;
    let mut tenant = tx.tenant(scope).await?;
    let entry = entry(&tenant, &house.world, action, (object_kind, object_id), json!({}));
    let once = Some(Once::since(since));
    tenant.at_last(Box::new(Append { scope: *scope, entry, once, world: house.world.clone() }));
    Ok(tx.commit().await?)
}

fn entry(tx: &TenantTx<'_>, world: &World, action: &str, object: (&str, &str), doc: Value) -> Entry {
    Entry {
        tenant: tx.tenant(),
        id: world.new_id(),
        at: world.now(),
        actor: tx.scope().actor().to_string(),
        action: action.to_owned(),
        object_kind: object.0.to_owned(),
        object_id: clean(object.1.to_owned()),
        doc: without_nul(doc),
    }
}

/// A row that waits for the commit.
struct Append {
    scope: TenantScope,
    entry: Entry,
    once: Option<Once>,
    world: World,
}

impl LastAct for Append {
    fn run<'t>(
        self: Box<Self>,
        tx: &'t mut Tx,
    ) -> Pin<Box<dyn Future<Output = std::result::Result<(), StoreError>> + Send + 't>> {
        Box::pin(async move {
            let mut tx = tx.tenant(&self.scope).await?;
            let (mut seq, mut hash) = lock_head(&mut tx).await?;
            if let Some(once) = &self.once
                && once.is_done(&mut tx, &self.entry).await?
            {
                return Ok(());
            }
            if seq == 0
                && let Some((rows, digest)) = digest_of_loose(&mut tx).await?
            {
                let begun = Entry {
                    id: self.world.new_id(),
                    actor: "system:audit".into(),
                    action: BEGUN.into(),
                    object_kind: "tenant".into(),
                    object_id: self.entry.tenant.to_string(),
                    doc: json!({ "rows": rows, "digest": hex::encode(digest) }),
                    ..self.entry.clone()
                };
                (seq, hash) = append(&mut tx, begun.link(1, GENESIS)).await?;
            }
            let (seq, hash) = append(&mut tx, self.entry.link(seq + 1, hash)).await?;
            let sql = tsql!("UPDATE audit_heads SET seq = $2, hash = $3 WHERE tenant_id = $1");
            tx.exec(sql, vals![seq, hash]).await.map(drop)
        })
    }
}

/// Where the chain ends, held until the transaction does: whoever appends comes one after the other.
async fn lock_head(tx: &mut TenantTx<'_>) -> std::result::Result<(i64, [u8; 32]), StoreError> {
    let sql = tsql!(
        "INSERT INTO audit_heads (tenant_id, seq, hash) VALUES ($1, 0, $2)
         ON CONFLICT (tenant_id) DO UPDATE SET seq = audit_heads.seq RETURNING seq, hash"
    );
    let row = tx.row(sql, vals![GENESIS]).await?;
    let row = row.ok_or_else(|| StoreError::Broken("a chain without a head".into()))?;
    let hash = row.bytes("hash")?.try_into();
    Ok((row.int("seq")?, hash.map_err(|_| StoreError::Broken("a head that is no hash".into()))?))
}

async fn append(tx: &mut TenantTx<'_>, link: Link) -> std::result::Result<(i64, [u8; 32]), StoreError> {
    let sql = tsql!(
        "INSERT INTO audit (tenant_id, id, at, actor, action, object_kind, object_id, doc, seq, prev_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    );
    let Link { entry, seq, prev_hash, hash } = link;
    let values: [Val; 10] = [
        entry.id.into(),
        entry.at.into(),
        entry.actor.into(),
        entry.action.into(),
        entry.object_kind.into(),
        entry.object_id.into(),
        Val::json(&entry.doc)?,
        seq.into(),
        prev_hash.into(),
        hash.into(),
    ];
    tx.exec(sql, &values).await?;
    Ok((seq, hash))
}
