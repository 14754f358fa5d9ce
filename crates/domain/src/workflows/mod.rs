//! Workflows: whether what runs at a tenant's workflow engine is set up, and what became of each execution. What an
//! engine says is kept here; it is asked by a job of its own, so that no delivery waits for it.

mod keep;
mod list;
mod rules;
mod setup;
mod tally;
mod watch;

pub use keep::note_answer;
pub use list::{ExecutionFilter, ExecutionRow, WatchRow, list, watch_of};
pub use rules::{LEASE_MS, next_look};
pub use setup::{activate, diagnose, watch};
pub use tally::{Tally, tally};
pub use watch::{QUEUE, Watcher};

#[cfg(test)]
mod tests;
