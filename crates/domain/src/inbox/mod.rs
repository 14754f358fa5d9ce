//! The inbox: every verified provider event, once, as it came, and what became of it.

mod accept;
mod fold;
mod list;
mod pack;

pub use accept::{AcceptLane, Accepted, accept, open_lane};
pub use fold::{InboxFolder, QUEUE};
pub use list::{InboxRow, list, of_call};

/// Every state that a received event can be in.
pub const STATES: &[&str] = &["pending", "folded", "failed", "unprocessable", "ignored", "superseded"];
