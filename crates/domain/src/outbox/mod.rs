//! The outbox: what endpoints are owed, what was tried, and what came of it.

mod body;
mod deliver;
mod endpoints;
mod list;
mod merge;
mod owe;
mod retry;
mod rules;
mod settle;

pub use deliver::{Deliverer, QUEUE};
pub use endpoints::{
    Endpoint, EndpointChange, NewEndpoint, NewSecret, change, create, delete, find, list as list_endpoints,
    rotate, set_config,
};
pub use list::{AttemptRow, DeliveryDetail, DeliveryFilter, DeliveryRow, detail, list as list_deliveries};
pub use merge::merge_calls;
pub use owe::{EVENT_TYPES, Moment, owe_call};
pub use retry::retry;
pub use rules::{After, Circuit, Tried, after_attempt, circuit_after, gate};

/// Every state that a delivery can be shown in; parked is pending or retrying at an endpoint that is not well.
pub const STATES: &[&str] = &["pending", "retrying", "parked", "delivered", "dead"];

#[cfg(test)]
mod tests;
