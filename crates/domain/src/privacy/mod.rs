//! Privacy: how long what callers said is kept, and the erasure of one caller, with a receipt that says what was done, what was
//! asked of providers and what was answered, and until when something is still elsewhere.
//!
//! What was erased does not come back: keyed hashes of its names stay in the database, and outside it in tombstones, which are
//! applied again to a backup that is restored.

mod caller;
mod erase;
mod gone;
mod list;
mod mention;
mod preview;
mod providers;
mod reapply;
mod receipt;
mod remove;
mod retention;
mod settings;
mod tombstone;

pub use caller::{Named, Reason};
pub use erase::erase_caller;
pub(crate) use gone::{is_erased_call, is_erased_text, opted_out};
pub use list::{Erasure, ProviderErasure, find, list};
pub use mention::Mention;
pub use preview::{Preview, preview};
pub use providers::{Eraser, LEASE_MS, QUEUE};
pub use reapply::reapply;
pub use receipt::{is_genuine, receipt};
pub use remove::Counts;
pub(crate) use remove::{late_call, late_event};
pub use retention::{DryRun, Going, dry_run, let_go_of_old};
pub use settings::{DAYS, Kept, keep_for, kept};
pub use tombstone::Tombstone;
