//! Mail: what people must be told while they are not looking. A mail is owed in the transaction of what it tells of, with
//! its text as it is then, and sent by a leased job: whatever happens to it, what caused it stands. Mail of a tenant is among
//! the tenant's rows; mail to a person, wherever they are a member, is among the platform's own.

mod list;
mod notice;
mod owe;
mod render;
mod rules;
mod seal;
mod send;
mod words;

pub(crate) use list::mentioning;
pub use list::{MailRow, list};
pub use notice::{Language, Notice, SecretLink, SwitchedOff};
pub use owe::{Addressee, tell_address, tell_managers, tell_person, test_mail};
pub use render::{Reader, Rendered, render};
pub use rules::LEASE_MS;
pub use send::{Postman, QUEUE};

#[cfg(test)]
mod tests;
