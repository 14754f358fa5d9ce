//! Mail: what people must be told while they are not looking. A mail is owed in the transaction of what it tells of, with
//! its text as it is then, and sent by a leased job: whatever happens to it, what caused it stands.

mod list;
mod notice;
mod owe;
mod render;
mod rules;
mod send;

pub(crate) use list::mentioning;
pub use list::{MailRow, list};
pub use notice::{Language, Notice, SwitchedOff};
pub use owe::{tell_managers, test_mail};
pub use render::{Reader, Rendered, render};
pub use rules::LEASE_MS;
pub use send::{Postman, QUEUE};

#[cfg(test)]
mod tests;
