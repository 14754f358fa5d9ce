//! The lab: samples of what each provider sends, and stored events, sent by hand and signed as the provider would, so
//! that people see that what they have set up works. Only the tenant's own credentials sign.

mod samples;
mod send;

pub use samples::{Ready, Shelf, prepare, shelves};
pub use send::{Came, Turn, Turns, note, send, send_stored, turn};
