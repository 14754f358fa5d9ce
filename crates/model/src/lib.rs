//! The words of Vestibule: ids, instants, telephone numbers, the vocabulary of calls and texts, and the facts a
//! provider states about a call. Pure values: nothing here does I/O, reads a clock or draws randomness.

pub mod call;
pub mod fact;
pub mod ids;
pub mod phone;
pub mod role;
pub mod slug;
pub mod text;
pub mod time;
pub mod world;

pub use call::{Channel, Direction, Ending, Intent, Outcome, Sentiment, Status};
pub use fact::{CallEvent, FactDoc, FactKind, Latency, Speaker, Turn};
pub use ids::*;
pub use phone::Phone;
pub use role::{PlatformRole, Role};
pub use slug::Slug;
pub use text::{Keyword, TextCame, TextEvent, TextProblem, TextStatus, TextTold};
pub use time::UnixMs;
pub use world::{Clock, Entropy, World};
