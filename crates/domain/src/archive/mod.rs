//! Archives: everything of one tenant in one file, which another server or another database takes in.
//!
//! The file is a zip with a `manifest.json` and one `tables/<name>.jsonl` for each table: a row a line, in one form for
//! both databases. The manifest's digest is over the rows, not over the file, so that an export of what was imported
//! has the same digest wherever it lies. Credentials are sealed under a key that a passphrase opens, or left out.
//! The form is described in `docs/ops/archive.md`.

mod canonical;
mod export;
pub mod exports;
mod flaw;
mod import;
mod manifest;
mod reader;
mod release;
mod tables;
mod wipe;
mod writer;

pub use export::{export, note_export};
pub use flaw::{ArchiveError, Flaw};
pub use import::{Imported, Wanted, forget_unfinished, import};
pub use manifest::{LeftOut, Manifest, TableSum};
pub use reader::{Verified, verify, verify_bytes};
pub use release::{Released, release};
pub use tables::{NOT_CARRIED, NOT_CARRIED_COLUMNS, TABLES};
pub(crate) use wipe::wipe;

/// What is told while it goes on: a table and how many of its rows are done.
pub type Progress<'a> = &'a (dyn Fn(&str, u64) + Send + Sync);
