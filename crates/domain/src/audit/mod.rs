//! Who did what: append-only rows, written in the transaction of the act they tell of, and chained by their hashes.
//!
//! Each tenant's rows (and the platform's own, under the nil tenant) form a chain: a row's hash covers all of its columns
//! and the hash of the row before. `docs/ops/audit.md` says how anybody can check one.

mod anchor;
mod chain;
mod export;
mod file;
mod list;
mod looks;
mod note;
#[cfg(test)]
mod tests;
mod verify;

pub use anchor::{ANCHORS, Anchor, Anchored, anchor_all, read_anchors};
pub use chain::{ChainFault, FaultKind};
pub use export::{Exported, export};
pub use file::{FileVerdict, verify_lines};
pub use list::{AuditActor, AuditFilter, AuditRow, list, newest};
pub use looks::{Look, Looks, look, looks_at};
pub use note::{note, note_alone, note_once};
pub use verify::{Verdict, verify, verify_all};
