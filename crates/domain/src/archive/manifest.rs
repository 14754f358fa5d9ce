//! What an archive says of itself.

use crate::archive::Flaw;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vestibule_store::MIGRATIONS;
use vestibule_vault::{Lockbox, canonical_json, sha256};

/// The first word of every manifest.
const FORMAT: &str = "vestibule-archive";
/// The form that this program writes, and the only one that it reads.
const VERSION: u32 = 1;

/// The contents of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always `vestibule-archive`.
    pub format: String,
    /// The version of the form.
    pub version: u32,
    /// The version of the program that made it.
    pub product: String,
    /// The version of the schema that it was made from.
    pub schema: i64,
    /// When it was made, in milliseconds.
    pub made_at: i64,
    /// The tenant.
    pub tenant: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Each table that has rows, in the order in which they are written.
    pub tables: Vec<TableSum>,
    /// SHA-256 over the names, counts and digests of all tables, in hex.
    pub digest: String,
    /// The sealed credentials; none when they were left out.
    pub secrets: Option<Sealed>,
    /// What is not in it, and why.
    pub left_out: Vec<LeftOut>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSum {
    /// Its name.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// SHA-256 over its rows, in hex.
    pub sha256: String,
}

/// What is known of the credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// How many there are.
    pub count: u64,
    /// The key with which they are sealed, closed in by the passphrase.
    pub lockbox: Lockbox,
    /// Their digest, sealed with the same key: in the clear, a weak one could be found out by trying.
    pub digest: String,
}

/// What is not in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// What.
    pub what: String,
    /// How many, where they can be counted.
    pub count: Option<u64>,
    /// Why.
    pub why: String,
}

impl Manifest {
    /// A manifest of nothing yet.
    pub(super) fn begin(tenant: Uuid, slug: String, made_at: i64) -> Self {
        Self {
            format: FORMAT.into(),
            version: VERSION,
            product: env!("CARGO_PKG_VERSION").into(),
            schema: schema(),
            made_at,
            tenant,
            slug,
            tables: Vec::new(),
            digest: String::new(),
            secrets: None,
            left_out: Vec::new(),
        }
    }

    /// How many rows all tables have.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Flaw> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
            schema: i64,
        }
        // The head alone first: a newer form may have fields that this program does not know.
        let head: Head = serde_json::from_slice(bytes).map_err(|_| Flaw::not_an_archive())?;
        if head.format != FORMAT {
            return Err(Flaw::not_an_archive());
        }
        if head.version > VERSION || head.schema > schema() {
            return Err(Flaw::newer());
        }
        if head.version < VERSION {
            return Err(Flaw::older());
        }
        serde_json::from_slice(bytes).map_err(|_| Flaw::not_an_archive())
    }
}

/// The version of this program's schema.
fn schema() -> i64 {
    MIGRATIONS.last().map_or(0, |step| step.version)
}

/// The digest over all tables. Those without rows do not count: another version may not have them.
pub(super) fn digest(tables: &[TableSum]) -> String {
    let mut sums: Vec<serde_json::Value> = tables
        .iter()
        .filter(|table| table.rows > 0)
        .map(|table| serde_json::json!([table.name, table.rows, table.sha256]))
        .collect();
    sums.sort_by_key(std::string::ToString::to_string);
    hex::encode(sha256(&canonical_json(&serde_json::Value::Array(sums))))
}
