//! The chain, pure: what a row's hash covers, and what can be wrong with a row.

use serde_json::{Value, json};
use vestibule_model::{AuditId, TenantId, UnixMs};
use vestibule_store::Row;
use vestibule_vault::{canonical_json, sha256};

/// What the first row of a chain names as the hash before it.
pub(super) const GENESIS: [u8; 32] = [0; 32];
/// The first row of a chain that came later than the first rows: it holds a digest of those before.
pub(super) const BEGUN: &str = "audit.chain_begun";

/// The columns of a row that tell what happened.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub tenant: TenantId,
    pub id: AuditId,
    pub at: UnixMs,
    pub actor: String,
    pub action: String,
    pub object_kind: String,
    pub object_id: String,
    pub doc: Value,
}

/// A row in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Link {
    pub entry: Entry,
    pub seq: i64,
    pub prev_hash: [u8; 32],
    pub hash: [u8; 32],
}

impl Entry {
    /// What is hashed of a row from before the chain.
    pub fn loose(&self) -> Value {
        json!({
            "v": 0, "tenant_id": self.tenant, "id": self.id, "at": self.at.0, "actor": self.actor,
            "action": self.action, "object_kind": self.object_kind, "object_id": self.object_id, "doc": self.doc,
        })
    }

    /// What is hashed of a row in a chain: version 1. A change of this is a new version beside it.
    pub fn chained(&self, seq: i64, prev_hash: &[u8; 32]) -> Value {
        let mut value = self.loose();
        value["v"] = json!(1);
        value["seq"] = json!(seq);
        value["prev_hash"] = json!(hex::encode(prev_hash));
        value
    }

    /// The row in its place after another.
    pub fn link(self, seq: i64, prev_hash: [u8; 32]) -> Link {
        let hash = sha256(&canonical_json(&self.chained(seq, &prev_hash)));
        Link { entry: self, seq, prev_hash, hash }
    }

    /// Reads the columns; none when one of them does not hold what it should.
    pub fn read(row: &Row, tenant: TenantId) -> Option<Self> {
        Some(Self {
            tenant,
            id: row.id("id").ok()?,
            at: row.at("at").ok()?,
            actor: row.text("actor").ok()?,
            action: row.text("action").ok()?,
            object_kind: row.text("object_kind").ok()?,
            object_id: row.text("object_id").ok()?,
            doc: row.json("doc").ok()?,
        })
    }
}

impl Link {
    /// Reads a row; none when a column does not hold what it should.
    pub fn read(row: &Row, tenant: TenantId) -> Option<Self> {
        let hash = |column| row.bytes(column).ok()?.try_into().ok();
        Some(Self {
            seq: row.int("seq").ok()?,
            prev_hash: hash("prev_hash")?,
            hash: hash("hash")?,
            entry: Entry::read(row, tenant)?,
        })
    }

    /// What is wrong with the row, after the one before it.
    pub fn fault(&self, before: (i64, [u8; 32])) -> Option<FaultKind> {
        if self.seq != before.0 + 1 {
            Some(FaultKind::Missing)
        } else if sha256(&canonical_json(&self.entry.chained(self.seq, &self.prev_hash))) != self.hash {
            Some(FaultKind::Altered)
        } else if self.prev_hash != before.1 {
            Some(FaultKind::Unlinked)
        } else {
            None
        }
    }

    /// The row as a line of an export.
    pub fn line(&self) -> Value {
        let mut line = self.entry.chained(self.seq, &self.prev_hash);
        line["hash"] = json!(hex::encode(self.hash));
        line
    }

    /// Reads a line of an export; none when it is not one.
    pub fn of_line(line: &Value) -> Option<Self> {
        let text = |key: &str| line[key].as_str().map(str::to_owned);
        let hash = |key: &str| hex::decode(line[key].as_str()?).ok()?.try_into().ok();
        let entry = Entry {
            tenant: line["tenant_id"].as_str()?.parse().ok()?,
            id: line["id"].as_str()?.parse().ok()?,
            at: UnixMs(line["at"].as_i64()?),
            actor: text("actor")?,
            action: text("action")?,
            object_kind: text("object_kind")?,
            object_id: text("object_id")?,
            doc: line["doc"].clone(),
        };
        let link =
            Self { entry, seq: line["seq"].as_i64()?, prev_hash: hash("prev_hash")?, hash: hash("hash")? };
        // Nothing else may stand in a line: it would not be covered by the hash.
        (link.line() == *line).then_some(link)
    }
}

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A row's columns are not those that were hashed.
    Altered,
    /// Rows are missing before this one.
    Missing,
    /// The row does not follow from the one before it.
    Unlinked,
    /// A row stands outside of the chain.
    Outside,
    /// Rows from before the chain are not those that its first row tells of.
    Before,
    /// The chain ends elsewhere than its head says: rows at the end are missing, or were added.
    Head,
    /// The chain does not hold what was anchored: its end was cut off, or it was written anew.
    Anchor,
}

impl FaultKind {
    /// A sentence for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Altered => "the row was altered",
            Self::Missing => "rows are missing before this one",
            Self::Unlinked => "the row does not follow from the one before it",
            Self::Outside => "the row stands outside of the chain",
            Self::Before => "rows from before the chain were altered, removed or added",
            Self::Head => "the chain does not end where its head says",
            Self::Anchor => {
                "the chain does not hold what was anchored: its end was cut off, or it was written anew"
            }
        }
    }
}

/// The first thing that is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainFault {
    /// What.
    pub kind: FaultKind,
    /// At which place in the chain, where it has one.
    pub seq: Option<i64>,
    /// At which row, where it can be named.
    pub id: Option<AuditId>,
}

impl std::fmt::Display for ChainFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.seq, self.id) {
            (Some(seq), Some(id)) => write!(f, "row {seq} ({id}): ")?,
            (Some(seq), None) => write!(f, "row {seq}: ")?,
            (None, Some(id)) => write!(f, "row {id}: ")?,
            (None, None) => {}
        }
        f.write_str(self.kind.words())
    }
}

/// The same without NUL characters, which PostgreSQL does not keep: what is hashed is what is kept.
pub(super) fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(all) => Value::Array(all.into_iter().map(without_nul).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (clean(key), without_nul(value))).collect())
        }
        other => other,
    }
}

pub(super) fn clean(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}
