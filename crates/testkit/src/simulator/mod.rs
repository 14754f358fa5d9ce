//! A simulator of the providers: a day of calls that it makes up by a seed, tells of in signed requests as each
//! provider would, some lost, repeated, late or in another order, and lists at the providers' own interfaces. It knows
//! what is true of every call, so that what a server made of them can be compared.

mod books;
mod day;
mod people;
mod retell;
mod truth;
mod twilio;
mod vapi;

pub use books::Books;
pub use day::{Day, Event, Plan};
pub use people::{Accounts, Person, VapiProof};
pub use truth::{Call, End, Provider};

use vestibule_model::UnixMs;

/// What a provider tells of a call, before anything happens to it on its way.
struct Told {
    /// When it is told.
    at: UnixMs,
    /// The event's name.
    name: &'static str,
    /// The request's body.
    body: Vec<u8>,
    /// Whether it may be lost: what Twilio waits for an answer to is not.
    is_lossy: bool,
    /// Whether the provider's list is needed to make up for its loss.
    is_telling: bool,
}
