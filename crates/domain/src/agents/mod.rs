//! Agents: the receptionist of a tenant. What it knows before it answers, who takes a call in its place, and
//! the tools that it uses, whichever engine speaks for it.

mod answer;
mod tools;
mod words;

pub use answer::{answer, fallback};
pub use tools::NAMES as TOOLS;
