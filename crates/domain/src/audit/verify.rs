//! Checking a chain: every row, its place, its end, and what was anchored of it.

use super::anchor::Anchor;
use super::chain::{BEGUN, ChainFault, Entry, FaultKind, GENESIS, Link};
use crate::{House, Result};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use vestibule_access::{Actor, Mint, TenantScope};
use vestibule_model::{AuditId, TenantId};
use vestibule_store::directory::tenants;
use vestibule_store::{StoreError, TenantTx, tsql, vals};
use vestibule_vault::canonical_json;

const AT_ONCE: i64 = 500;

/// What was found of one chain.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Whose it is; the nil tenant is the platform.
    pub tenant: TenantId,
    /// How many rows are in the chain.
    pub rows: i64,
    /// How many are from before it.
    pub before: i64,
    /// How many anchors were compared with it.
    pub anchors: usize,
    /// The first thing that is wrong.
    pub fault: Option<ChainFault>,
}

/// Checks all chains, the platform's first; a tenant without rows is not told of. Changes nothing.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn verify_all(house: &House, mint: &Mint, anchors: &[Anchor]) -> Result<Vec<Verdict>> {
    let platform = scope(mint, TenantId::PLATFORM);
    let mut found = vec![verify(house, &platform, anchors).await?];
    let mut seen = HashSet::from([TenantId::PLATFORM]);
    let mut after = TenantId::PLATFORM;
    loop {
        let mut tx = house.db.read().await?;
        let page = tenants::settings_after(&mut tx, after, AT_ONCE).await?;
        drop(tx);
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (tenant, _) in page {
            seen.insert(tenant);
            let verdict = verify(house, &scope(mint, tenant), anchors).await?;
            if verdict.rows + verdict.before > 0 || verdict.fault.is_some() {
                found.push(verdict);
            }
        }
    }
    found.extend(gone(house, &platform, anchors, &seen).await?);
    Ok(found)
}

/// Tenants that were anchored and are not there: fine only where the platform's log says that they were erased.
async fn gone(
    house: &House,
    platform: &TenantScope,
    anchors: &[Anchor],
    seen: &HashSet<TenantId>,
) -> Result<Vec<Verdict>> {
    let missing: BTreeMap<TenantId, i64> =
        anchors.iter().filter(|a| !seen.contains(&a.tenant)).map(|a| (a.tenant, a.seq)).collect();
    let mut found = Vec::new();
    for (tenant, seq) in missing {
        let sql = tsql!(
            "SELECT id FROM audit WHERE tenant_id = $1 AND object_kind = 'tenant' AND object_id = $2
             AND action = 'tenant.erased' LIMIT 1"
        );
        let mut tx = house.db.read_in(platform).await?;
        if tx.tenant(platform).await?.row(sql, vals![tenant.to_string()]).await?.is_none() {
            let fault = ChainFault { kind: FaultKind::Anchor, seq: Some(seq), id: None };
            found.push(Verdict { tenant, rows: 0, before: 0, anchors: 1, fault: Some(fault) });
        }
    }
    Ok(found)
}

pub(super) const fn scope(mint: &Mint, tenant: TenantId) -> TenantScope {
    mint.tenant(tenant, Actor::System("audit"))
}

/// Checks a tenant's chain. Changes nothing.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn verify(house: &House, scope: &TenantScope, anchors: &[Anchor]) -> Result<Verdict> {
    let anchored: HashMap<i64, &Anchor> =
        anchors.iter().filter(|a| a.tenant == scope.tenant()).map(|a| (a.seq, a)).collect();
    let mut verdict =
        Verdict { tenant: scope.tenant(), rows: 0, before: 0, anchors: anchored.len(), fault: None };
    let mut tx = house.db.read_in(scope).await?;
    let mut tx = tx.tenant(scope).await?;
    let loose = digest_of_loose(&mut tx).await?;
    verdict.before = loose.map_or(0, |(rows, _)| rows);
    let mut last = (0, GENESIS);
    let mut begun = None;
    while verdict.fault.is_none() {
        let sql = tsql!(
            "SELECT id, at, actor, action, object_kind, object_id, doc, seq, prev_hash, hash FROM audit
             WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        );
        let rows = tx.rows(sql, vals![last.0, AT_ONCE]).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let seq = row.int("seq")?;
            let fault = |kind| Some(ChainFault { kind, seq: Some(seq), id: row.id("id").ok() });
            let Some(link) = Link::read(row, scope.tenant()) else {
                verdict.fault =
                    fault(if seq == last.0 + 1 { FaultKind::Altered } else { FaultKind::Missing });
                break;
            };
            if let Some(kind) = link.fault(last) {
                verdict.fault = fault(kind);
                break;
            }
            if anchored.get(&seq).is_some_and(|anchor| anchor.hash != link.hash) {
                verdict.fault = fault(FaultKind::Anchor);
                break;
            }
            last = (seq, link.hash);
            verdict.rows += 1;
            if seq == 1 && link.entry.action == BEGUN {
                begun = Some(link.entry.doc);
            }
        }
    }
    if verdict.fault.is_none() {
        verdict.fault = end(&mut tx, last.0).await?;
    }
    let cut = anchored.keys().filter(|seq| **seq > last.0).min();
    if let (None, Some(seq)) = (verdict.fault, cut) {
        verdict.fault = Some(ChainFault { kind: FaultKind::Anchor, seq: Some(*seq), id: None });
    }
    if verdict.fault.is_none() && last.0 > 0 {
        verdict.fault = before(&mut tx, begun.as_ref(), loose).await?;
    }
    Ok(verdict)
}

/// Whether the chain ends where its head says. One statement: whoever appends meanwhile changes both at once.
async fn end(tx: &mut TenantTx<'_>, last: i64) -> Result<Option<ChainFault>> {
    let sql = tsql!(
        "SELECT h.seq AS head, h.hash AS head_hash, a.seq AS last, a.hash AS last_hash
         FROM audit_heads h LEFT JOIN audit a ON a.tenant_id = h.tenant_id
           AND a.seq = (SELECT max(b.seq) FROM audit b WHERE b.tenant_id = $1)
         WHERE h.tenant_id = $1"
    );
    let fault = |seq| Some(ChainFault { kind: FaultKind::Head, seq: Some(seq), id: None });
    let Some(row) = tx.row(sql, &[]).await? else {
        return Ok(if last > 0 { fault(last) } else { None });
    };
    let (head, end) = (row.int("head")?, row.opt_int("last")?.unwrap_or(0));
    if head != end {
        return Ok(fault(head.min(end) + 1));
    }
    let differs = end > 0 && row.bytes("head_hash")? != row.opt_bytes("last_hash")?.unwrap_or_default();
    Ok(if differs { fault(end) } else { None })
}

/// Whether the rows from before the chain are those that its first row tells of.
async fn before(
    tx: &mut TenantTx<'_>,
    begun: Option<&serde_json::Value>,
    loose: Option<(i64, [u8; 32])>,
) -> Result<Option<ChainFault>> {
    match (begun, loose) {
        (None, None) => Ok(None),
        (None, Some(_)) => {
            let sql = tsql!("SELECT id FROM audit WHERE tenant_id = $1 AND seq IS NULL ORDER BY id LIMIT 1");
            let id = tx.row(sql, &[]).await?.and_then(|row| row.id("id").ok());
            Ok(Some(ChainFault { kind: FaultKind::Outside, seq: None, id }))
        }
        (Some(told), loose) => {
            let (rows, digest) = loose.unwrap_or((0, [0; 32]));
            let same = told["rows"] == rows && told["digest"] == hex::encode(digest);
            Ok((!same).then_some(ChainFault { kind: FaultKind::Before, seq: None, id: None }))
        }
    }
}

/// How many rows are from before the chain, and a digest of them: SHA-256 over their canonical forms, in the order of
/// their ids, each with a line feed after it. None when there are none.
pub(super) async fn digest_of_loose(
    tx: &mut TenantTx<'_>,
) -> std::result::Result<Option<(i64, [u8; 32])>, StoreError> {
    let (mut rows, mut digest, mut after) = (0, Sha256::new(), AuditId(uuid::Uuid::nil()));
    loop {
        let sql = tsql!(
            "SELECT id, at, actor, action, object_kind, object_id, doc FROM audit
             WHERE tenant_id = $1 AND seq IS NULL AND id > $2 ORDER BY id LIMIT $3"
        );
        let page = tx.rows(sql, vals![after, AT_ONCE]).await?;
        let Some(last) = page.last() else { break };
        after = last.id("id")?;
        for row in &page {
            let loose = Entry::read(row, tx.tenant());
            // What cannot be read was altered: the digest will differ, and says so.
            let bytes = loose.map(|entry| canonical_json(&entry.loose())).unwrap_or_default();
            digest.update(bytes);
            digest.update(b"\n");
            rows += 1;
        }
    }
    Ok((rows > 0).then(|| (rows, digest.finalize().into())))
}
