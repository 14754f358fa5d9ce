//! Texts: the messages that people write to a tenant's numbers and are written from them, the threads that these make, and
//! who wants no more of them. What comes in arrives through the inbox; what goes out is owed first and then sent by a job.

mod keep;
mod list;
mod reply;
mod rules;
mod send;
mod sender;
mod take;
mod words;

pub use list::{TextFilter, TextRow, ThreadFilter, ThreadRow, find, find_thread, list, list_threads};
pub use reply::answer;
pub use rules::{LONGEST, keyword_of, parts};
pub use send::{NewText, TextNumber, numbers, send};
pub use sender::{LEASE_MS, QUEUE, Sender};
pub use take::take;
pub use words::of_problem;

#[cfg(test)]
mod tests;
