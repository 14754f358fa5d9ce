//! The inbox: every verified provider event, once, as it came, and what became of it.

mod accept;
mod again;
mod fold;
mod list;
mod mention;
mod pack;
mod retention;

pub use accept::{AcceptLane, Accepted, accept, open_lane};
pub use again::{Stored, again, stored};
pub use fold::{InboxFolder, QUEUE};
pub use list::{InboxRow, find, list, of_call};
pub(crate) use mention::mentioning;
pub use retention::{
    DAYS, Retention, keep_for, let_go_of_bodies, let_go_of_old_bodies, old_bodies, retention,
};

/// Every state that a received event can be in.
pub const STATES: &[&str] = &["pending", "folded", "failed", "unprocessable", "ignored", "superseded"];
