//! The outbox: what endpoints are owed, what was tried, and what came of it.

mod body;
mod check;
mod config;
mod days;
mod deliver;
mod drop;
mod edit;
mod endpoints;
mod health;
mod list;
mod load;
mod merge;
mod note;
mod owe;
mod owe_text;
mod pace;
mod redeliver;
mod retry;
mod rules;
mod settle;
mod stats;
mod steps;
mod tell;
mod try_out;

pub(crate) use check::check_url;
pub use config::{config_secret, forget_config_secret};
pub use deliver::{Deliverer, QUEUE};
pub use drop::drop_owed;
pub use edit::{change, create, delete, rotate, set_config};
pub use endpoints::{Endpoint, EndpointChange, Header, NewEndpoint, NewSecret, find, list as list_endpoints};
pub use list::{AttemptRow, DeliveryDetail, DeliveryFilter, DeliveryRow, detail, list as list_deliveries};
pub use merge::merge_calls;
pub use owe::{EVENT_TYPES, Moment, owe_call};
pub use owe_text::{TextMoment, ToldText, owe_text};
pub use redeliver::{Again, REDELIVER_QUEUE, Redelivery, list_redeliveries, redeliver};
pub use retry::retry;
pub use rules::{
    After, Circuit, Health, Tried, after_attempt, circuit_after, gate, health_after, is_hopeless,
};

pub use stats::{COUNTED, DeliveryStats, EndpointFigures, Figures, stats};
pub use steps::Redeliverer;
pub use try_out::{TEST_EVENT, send_test};

/// Every state that a delivery can be shown in; parked is pending or retrying at an endpoint that is not well.
pub const STATES: &[&str] = &["pending", "retrying", "parked", "delivered", "dead"];

#[cfg(test)]
mod tests;
