//! Connections: a tenant's credentials at a provider, the resources bound to it, and the way from a request
//! to the tenant it is for.

mod door;
mod edit;

pub use door::{Found, Locks, decide, find_by_resource, find_by_token, refusals, refuse};
pub use edit::{Connected, ConnectionView, Filled, connect, disconnect, view};
pub use vestibule_store::directory::connections::ConnectionRecord;
