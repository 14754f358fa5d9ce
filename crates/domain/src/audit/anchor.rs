//! Anchors: where a chain ended at an instant, signed, and kept outside of the database. Whoever can write everywhere in
//! the database can write a chain anew; they cannot make it fit the anchors.

use super::verify::scope;
use crate::{Error, House, Result, signing};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use vestibule_access::{Mint, TenantScope};
use vestibule_model::{TenantId, UnixMs};
use vestibule_store::directory::tenants;
use vestibule_store::tsql;
use vestibule_vault::canonical_json;

/// How the files of anchors are called, in the data directory: one a month, so that none grows for ever. The last anchor of
/// a chain covers all that was before it, and the first of a month is one of every chain.
pub const ANCHORS: &str = "audit-anchors-";

const AT_ONCE: i64 = 500;
const KIND: &str = "audit.head";

/// Where a chain ended at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Whose chain.
    pub tenant: TenantId,
    /// Its last row then.
    pub seq: i64,
    /// That row's hash.
    pub hash: [u8; 32],
    /// When.
    pub at: UnixMs,
    /// Which key signed.
    pub kid: String,
    /// The signature over the canonical form of the rest.
    pub signature: Vec<u8>,
}

impl Anchor {
    fn claim(tenant: TenantId, seq: i64, hash: &[u8; 32], at: UnixMs) -> Value {
        json!({ "kind": KIND, "v": 1, "tenant_id": tenant, "seq": seq, "hash": hex::encode(hash), "at": at.0 })
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        canonical_json(&Self::claim(self.tenant, self.seq, &self.hash, self.at))
    }

    /// The anchor as a line of JSON, without a line feed.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = Self::claim(self.tenant, self.seq, &self.hash, self.at);
        line["kid"] = json!(self.kid);
        line["signature"] = json!(URL_SAFE_NO_PAD.encode(&self.signature));
        line.to_string()
    }

    /// Reads a line; none when it is not an anchor.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).ok()?;
        if line["kind"] != KIND || line["v"] != 1 {
            return None;
        }
        Some(Self {
            tenant: line["tenant_id"].as_str()?.parse().ok()?,
            seq: line["seq"].as_i64()?,
            hash: hex::decode(line["hash"].as_str()?).ok()?.try_into().ok()?,
            at: UnixMs(line["at"].as_i64()?),
            kid: line["kid"].as_str()?.to_owned(),
            signature: URL_SAFE_NO_PAD.decode(line["signature"].as_str()?).ok()?,
        })
    }
}

/// Where the chain of a tenant ends; none when it has not begun.
async fn head(house: &House, scope: &TenantScope) -> Result<Option<(i64, [u8; 32])>> {
    let mut tx = house.db.read_in(scope).await?;
    let sql = tsql!("SELECT seq, hash FROM audit_heads WHERE tenant_id = $1 AND seq > 0");
    let Some(row) = tx.tenant(scope).await?.row(sql, &[]).await? else { return Ok(None) };
    let hash = row.bytes("hash")?.try_into().map_err(|_| Error::fault("a head that is no hash"))?;
    Ok(Some((row.int("seq")?, hash)))
}

/// Signs where chains end. The key is made when there is none.
async fn sign(house: &House, heads: Vec<(TenantId, i64, [u8; 32])>) -> Result<Vec<Anchor>> {
    let at = house.world.now();
    let mut tx = house.db.write().await?;
    let mut signed = Vec::with_capacity(heads.len());
    for (tenant, seq, hash) in heads {
        let mut anchor = Anchor { tenant, seq, hash, at, kid: String::new(), signature: Vec::new() };
        let made = signing::sign(house, &mut tx, &anchor.message()).await?;
        (anchor.kid, anchor.signature) = (made.kid, made.signature.to_vec());
        signed.push(anchor);
    }
    tx.commit().await?;
    Ok(signed)
}

/// Where the chain of a tenant ends, signed; none when it has not begun.
pub(super) async fn sign_head(house: &House, scope: &TenantScope) -> Result<Option<Anchor>> {
    let Some((seq, hash)) = head(house, scope).await? else { return Ok(None) };
    Ok(sign(house, vec![(scope.tenant(), seq, hash)]).await?.pop())
}

/// What was anchored last, and in which file, so that a chain that has not grown is not anchored again.
#[derive(Default)]
pub struct Anchored(Mutex<(String, HashMap<TenantId, i64>)>);

impl Anchored {
    /// Begins a file: what was anchored in another one is anchored in this one too.
    fn begin(&self, file: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != file {
            *known = (file.to_owned(), HashMap::new());
        }
    }

    fn last(&self, tenant: TenantId) -> Option<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.get(&tenant).copied()
    }

    fn is(&self, tenant: TenantId, seq: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.insert(tenant, seq);
    }
}

/// The file of a month: `audit-anchors-2026-11.jsonl`.
fn file_of(at: UnixMs) -> String {
    let month: String = at.rfc3339().chars().take(7).collect();
    format!("{ANCHORS}{month}.jsonl")
}

/// Anchors every chain that grew since the last time: into the month's file in a folder, and into the log; how many. Idempotent: a
/// chain that has not grown is passed over.
///
/// # Errors
/// [`crate::Error`] as the database says, or when the file cannot be written.
pub async fn anchor_all(house: &House, mint: &Mint, folder: &Path) -> Result<usize> {
    let file = file_of(house.world.now());
    house.anchored.begin(&file);
    let mut grown = Vec::new();
    let mut after = TenantId::PLATFORM;
    let mut owners = vec![TenantId::PLATFORM];
    while !owners.is_empty() {
        for owner in owners {
            if let Some((seq, hash)) = head(house, &scope(mint, owner)).await?
                && house.anchored.last(owner) != Some(seq)
            {
                grown.push((owner, seq, hash));
            }
        }
        let mut tx = house.db.read().await?;
        let page = tenants::settings_after(&mut tx, after, AT_ONCE).await?;
        owners = page.into_iter().map(|(tenant, _)| tenant).collect();
        after = owners.last().copied().unwrap_or(after);
    }
    if grown.is_empty() {
        return Ok(0);
    }
    let fresh = sign(house, grown).await?;
    let lines: String = fresh.iter().map(|anchor| anchor.line() + "\n").collect();
    append(&folder.join(file), lines.as_bytes()).map_err(Error::fault)?;
    for anchor in &fresh {
        // In the log too: it leaves this machine where logs are collected, and whoever changes the database cannot reach it.
        tracing::info!(audit.anchor = %anchor.line(), "audit.anchor");
        house.anchored.is(anchor.tenant, anchor.seq);
    }
    Ok(fresh.len())
}

fn append(file: &Path, lines: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(file)?;
    file.write_all(lines)?;
    file.sync_data()
}

/// Reads a file of anchors, or of log lines that hold them. Lines that are none, or that none of our keys signed, are
/// counted and left out.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn read_anchors(house: &House, text: &str) -> Result<(Vec<Anchor>, usize)> {
    let (mut found, mut strange) = (Vec::new(), 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let anchor = Anchor::parse(line);
        match anchor {
            Some(anchor)
                if signing::is_ours(house, &anchor.kid, &anchor.message(), &anchor.signature).await? =>
            {
                found.push(anchor);
            }
            _ => strange += 1,
        }
    }
    Ok((found, strange))
}
