//! The rooms: rules (pure), acts (transactions), queries (SQL) and jobs. A room calls another only through
//! the functions in its `mod.rs`.

pub mod agencies;
pub mod agents;
pub mod archive;
pub mod audit;
pub mod calls;
pub mod connections;
pub mod contacts;
mod error;
mod house;
pub mod inbox;
pub mod instance;
pub mod keys;
pub mod lab;
pub mod mail;
pub mod outbox;
mod page;
pub mod people;
pub mod privacy;
mod rewrap;
mod seals;
pub mod signing;
pub mod tenants;
pub mod texts;
pub mod usage;
pub mod viewings;
pub mod workflows;

pub use error::{Error, FieldFault, Kind, Refusal, Result};
pub use house::{House, Outside, Settings};
pub use page::{Cursor, Page};
pub use rewrap::{KekCount, kek_counts, kek_counts_alone, rewrap_all};
pub use seals::{KeySource, Seals};
pub use vestibule_store::Change;
