//! Calls: one call from many events. A call is a projection of its facts (`rules`), recomputed whole whenever
//! a fact arrives (`ingest`), final when it was analysed or has been over for a while (`settle`).

mod detail;
mod figures;
mod ingest;
mod keep;
mod keep_at_once;
mod known;
mod let_go;
mod mapping;
mod merge;
mod recording;
mod row;
mod rules;
mod search;
mod settle;

pub use detail::{CallDetail, FactRow, detail, exists, transcript_text};
pub use figures::{Analytics, Group, analytics, callers, groups};
pub use ingest::{NewFact, caller_of, ingest};
pub use known::{Known, known_of};
pub use let_go::{Goes, OldCall, let_go, old_calls};
pub use mapping::FieldMap;
pub use recording::recording;
pub use row::CallRow;
pub use rules::{Fact, Projection, fold};
pub use search::{CallFilter, search};
pub use settle::{QUEUE as SETTLE_QUEUE, Settler};

#[cfg(test)]
mod tests;
