//! What these tests do with a tenant's rows: notes in its audit log, and its jobs.

use uuid::Uuid;
use vestibule_access::{Actor, Mint, TenantScope};
use vestibule_model::{TenantId, UnixMs};
use vestibule_store::queue::{self, NEVER};
use vestibule_store::{Db, Result, TenantTx, Val, tsql, vals};

pub fn scope(n: u128) -> TenantScope {
    Mint::strike().tenant(TenantId(Uuid::from_u128(n)), Actor::System("test"))
}

/// Leaves a trace in the tenant's audit log.
pub async fn note(tx: &mut TenantTx<'_>, id: Uuid, action: &str) -> Result<u64> {
    let sql = tsql!(
        "INSERT INTO audit (tenant_id, id, at, actor, action, object_kind, object_id, doc) VALUES ($1, $2, 0, 'test', $3, '', '', $4)"
    );
    tx.exec(sql, &[id.into(), action.into(), Val::Json(Some("{}".into()))]).await
}

/// What the tenant's audit log says, in the order of the ids.
pub async fn notes(db: &Db, scope: &TenantScope) -> Vec<String> {
    let mut tx = db.read_in(scope).await.unwrap();
    let mut tx = tx.tenant(scope).await.unwrap();
    let rows =
        tx.rows(tsql!("SELECT action FROM audit WHERE tenant_id = $1 ORDER BY id"), &[]).await.unwrap();
    rows.iter().map(|r| r.text("action").unwrap()).collect()
}

pub async fn owe(db: &Db, scope: &TenantScope, queue: &'static str, group: Uuid, id: Uuid, at: UnixMs) {
    let mut tx = db.write_in(scope).await.unwrap();
    let now = db.lease_now();
    queue::owe(&mut tx.tenant(scope).await.unwrap(), queue, group, id, at, now).await.unwrap();
    tx.commit().await.unwrap();
}

#[derive(Debug, PartialEq, Eq)]
pub struct JobRow {
    pub id: Uuid,
    pub next_at: UnixMs,
    pub attempts: i64,
    pub lost: i64,
    pub leased: bool,
    pub last_error: Option<String>,
}

impl JobRow {
    pub fn waits_for_ever(&self) -> bool {
        self.next_at == NEVER
    }
}

pub async fn jobs(db: &Db, scope: &TenantScope, queue: &str) -> Vec<JobRow> {
    let mut tx = db.read_in(scope).await.unwrap();
    let mut tx = tx.tenant(scope).await.unwrap();
    let sql = tsql!(
        "SELECT id, next_at, attempts, lost, leased, last_error FROM jobs WHERE tenant_id = $1 AND queue = $2 ORDER BY id"
    );
    let rows = tx.rows(sql, vals![queue]).await.unwrap();
    rows.iter()
        .map(|r| JobRow {
            id: r.uuid("id").unwrap(),
            next_at: r.at("next_at").unwrap(),
            attempts: r.int("attempts").unwrap(),
            lost: r.int("lost").unwrap(),
            leased: r.bool("leased").unwrap(),
            last_error: r.opt_text("last_error").unwrap(),
        })
        .collect()
}
