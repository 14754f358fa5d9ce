//! Checking an export without a database: what anybody can do who was given one.

use super::anchor::Anchor;
use super::chain::{BEGUN, ChainFault, FaultKind, GENESIS, Link};
use serde_json::Value;
use sha2::{Digest, Sha256};
use vestibule_model::TenantId;
use vestibule_vault::canonical_json;

/// What was found in a file.
#[derive(Debug, Clone, Default)]
pub struct FileVerdict {
    /// Whose log it is.
    pub tenant: Option<TenantId>,
    /// How many rows of the chain it holds.
    pub rows: i64,
    /// Where it begins, when not with the chain.
    pub begins_at: Option<i64>,
    /// Where the chain ended, as the file says at its end: the caller checks the signature. Without it the end may be cut.
    pub head: Option<Anchor>,
    /// The first line that is wrong, from 1, and what is wrong with it.
    pub fault: Option<(usize, ChainFault)>,
}

/// Checks the lines of an export.
#[must_use]
pub fn verify_lines<'a>(lines: impl Iterator<Item = &'a str>) -> FileVerdict {
    let mut found = FileVerdict::default();
    let mut last: Option<(i64, [u8; 32])> = None;
    let (mut before, mut loose) = (0_i64, Sha256::new());
    let lines = lines.enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (number, line) in lines {
        let fault = |kind, seq, id| Some((number + 1, ChainFault { kind, seq, id }));
        if found.head.is_some() {
            // What comes after the end belongs to nothing.
            found.fault = fault(FaultKind::Outside, None, None);
            return found;
        }
        if let Some(anchor) = Anchor::parse(line) {
            let end = last.unwrap_or((0, GENESIS));
            if (anchor.seq, anchor.hash) != end || found.tenant.is_some_and(|t| t != anchor.tenant) {
                found.fault = fault(FaultKind::Head, Some(anchor.seq), None);
                return found;
            }
            found.head = Some(anchor);
            continue;
        }
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        if value["v"] == 0 && last.is_none() {
            loose.update(canonical_json(&value));
            loose.update(b"\n");
            before += 1;
            continue;
        }
        let Some(link) = Link::of_line(&value) else {
            found.fault = fault(FaultKind::Altered, value["seq"].as_i64(), None);
            return found;
        };
        let (seq, id, tenant) = (link.seq, link.entry.id, link.entry.tenant);
        if found.tenant.is_some_and(|t| t != tenant) {
            found.fault = fault(FaultKind::Outside, Some(seq), Some(id));
            return found;
        }
        found.tenant = Some(tenant);
        let previous = last.unwrap_or_else(|| {
            // An export may begin in the middle: what was before it is taken as it says.
            if seq > 1 && before == 0 {
                found.begins_at = Some(seq);
                (seq - 1, link.prev_hash)
            } else {
                (0, GENESIS)
            }
        });
        if let Some(kind) = link.fault(previous) {
            found.fault = fault(kind, Some(seq), Some(id));
            return found;
        }
        if last.is_none() && found.begins_at.is_none() {
            let digest = hex::encode(loose.clone().finalize());
            let told = (link.entry.action == BEGUN).then_some(&link.entry.doc);
            let right = match told {
                Some(doc) => doc["rows"] == before && doc["digest"] == digest,
                None => before == 0,
            };
            if !right {
                found.fault = fault(FaultKind::Before, None, None);
                return found;
            }
        }
        last = Some((seq, link.hash));
        found.rows += 1;
    }
    found
}
