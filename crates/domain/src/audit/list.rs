//! Reading the log: pages of it, with the names that its ids stand for.

use crate::page::{Cursor, Page, cut};
use crate::{House, Result};
use std::collections::HashMap;
use vestibule_access::TenantScope;
use vestibule_model::{AuditId, KeyId, TenantId, UnixMs, UserId, ids::uuid_v7};
use vestibule_store::directory::{keys, people};
use vestibule_store::{Row, TenantTx, Tx, Val, fragment, tsql, vals};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditActor {
    /// person, key, connection or system.
    pub kind: String,
    /// Which; of `system`, what part of it.
    pub id: String,
    /// What people call them, where somebody or something still has that id.
    pub name: Option<String>,
}

impl AuditActor {
    fn of(text: &str) -> Self {
        let (kind, id) = text.split_once(':').unwrap_or(("system", text));
        Self { kind: kind.to_owned(), id: id.to_owned(), name: None }
    }
}

/// A row of the audit log.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: UnixMs,
    /// Who, as it is kept: `person:<id>`, `key:<id>`, ….
    pub actor: String,
    /// Who, with their name where it was looked up.
    pub who: AuditActor,
    /// Did what.
    pub action: String,
    /// To what kind of thing.
    pub object_kind: String,
    /// To which.
    pub object_id: String,
    /// What else is known of it.
    pub doc: serde_json::Value,
    /// Its place in the chain; none from before there was one.
    pub seq: Option<i64>,
    /// Its hash.
    pub hash: Option<Vec<u8>>,
}

/// Which rows.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of one actor, as it is kept: `person:<id>`, `key:<id>`, ….
    pub actor: Option<String>,
    /// Of one action.
    pub action: Option<String>,
    /// Of one kind of thing, or of one thing.
    pub object: Option<(String, Option<String>)>,
    /// From this instant on.
    pub from: Option<UnixMs>,
    /// Before this instant.
    pub until: Option<UnixMs>,
    /// The last row of the page before.
    pub after: Option<Cursor>,
    /// How many at most.
    pub limit: i64,
}

/// A page of the log, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(house: &House, scope: &TenantScope, filter: &AuditFilter) -> Result<Page<AuditRow>> {
    let mut sql = tsql!(
        "SELECT id, at, actor, action, object_kind, object_id, doc, seq, hash FROM audit WHERE tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    if let Some(actor) = &filter.actor {
        sql = sql.and(fragment!(" AND actor = ?"), values.len() + 2);
        values.push(actor.clone().into());
    }
    if let Some(action) = &filter.action {
        sql = sql.and(fragment!(" AND action = ?"), values.len() + 2);
        values.push(action.clone().into());
    }
    if let Some((kind, id)) = &filter.object {
        sql = sql.and(fragment!(" AND object_kind = ?"), values.len() + 2);
        values.push(kind.clone().into());
        if let Some(id) = id {
            sql = sql.and(fragment!(" AND object_id = ?"), values.len() + 2);
            values.push(id.clone().into());
        }
    }
    // Ids grow with time: the instant in them bounds what is looked at.
    if let Some(from) = filter.from {
        sql = sql.and(fragment!(" AND id >= ?"), values.len() + 2);
        values.push(uuid_v7(from, &[0; 10]).into());
    }
    if let Some(until) = filter.until {
        sql = sql.and(fragment!(" AND id < ?"), values.len() + 2);
        values.push(uuid_v7(until, &[0; 10]).into());
    }
    if let Some(after) = filter.after {
        sql = sql.and(fragment!(" AND id < ?"), values.len() + 2);
        values.push(after.id.into());
    }
    let sql = sql.tail(" ORDER BY id DESC LIMIT ?", values.len() + 2);
    values.push((filter.limit + 1).into());
    let mut tx = house.db.read_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    let mut rows = inside.rows(sql, &values).await?.iter().map(read).collect::<Result<Vec<_>>>()?;
    name(inside.outer(), scope, &mut rows).await?;
    Ok(cut(rows, filter.limit, |row| Cursor { key: row.at.0, id: row.id.0 }))
}

/// The newest rows of a tenant, without names.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn newest(tx: &mut TenantTx<'_>, limit: i64) -> Result<Vec<AuditRow>> {
    let sql = tsql!(
        "SELECT id, at, actor, action, object_kind, object_id, doc, seq, hash FROM audit WHERE tenant_id = $1
         ORDER BY id DESC LIMIT $2"
    );
    tx.rows(sql, vals![limit]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AuditRow> {
    let actor = row.text("actor")?;
    Ok(AuditRow {
        id: row.id("id")?,
        at: row.at("at")?,
        who: AuditActor::of(&actor),
        actor,
        action: row.text("action")?,
        object_kind: row.text("object_kind")?,
        object_id: row.text("object_id")?,
        doc: row.json("doc")?,
        seq: row.opt_int("seq")?,
        hash: row.opt_bytes("hash")?,
    })
}

/// Looks the names of people and keys up. What was erased meanwhile has none.
async fn name(tx: &mut Tx, scope: &TenantScope, rows: &mut [AuditRow]) -> Result<()> {
    let of = |kind: &str| {
        let mut ids: Vec<String> =
            rows.iter().filter(|row| row.who.kind == kind).map(|row| row.who.id.clone()).collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let ids: Vec<UserId> = of("person").iter().filter_map(|id| id.parse().ok()).collect();
    let mut names: HashMap<String, String> =
        people::names(tx, &ids).await?.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    let ids: Vec<KeyId> = of("key").iter().filter_map(|id| id.parse().ok()).collect();
    if !ids.is_empty() && scope.tenant() != TenantId::PLATFORM {
        names
            .extend(keys::names(tx, scope, &ids).await?.into_iter().map(|(id, name)| (id.to_string(), name)));
    }
    for row in rows {
        row.who.name = names.get(&row.who.id).cloned();
    }
    Ok(())
}
