//! Viewings: somebody of the platform looks into a tenant as one of its roles, for a reason and for half an hour. It lives
//! with their session, one at a time; its beginning and its end stand in the tenant's own audit log. What it gives is
//! decided in one table, `crates/access/src/outside.rs`.

mod begin;
mod end;

pub use begin::{begin, current};
pub use end::{How, end, end_due};
pub(crate) use end::{end_of_person, note_ends};

/// How long a viewing lasts, in milliseconds.
pub const LASTS_MS: i64 = 30 * 60_000;
