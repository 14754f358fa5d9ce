//! The directory: the closed list of tables that are looked up before a scope exists. Each has its own few
//! functions; no other code names these tables.
//!
//! `data_keys`, `agencies`, `tenants`, `users`, `memberships`, `sessions`, `links`, `invitations`, `api_keys`, `connections`,
//! `bindings`, `call_routes`, `held_requests`, `reconciliations`, `refusals`.

pub mod connections;
pub mod data_keys;
pub mod held;
pub mod invitations;
pub mod keys;
pub mod links;
pub mod members;
pub mod people;
pub mod reconciliations;
pub mod refusals;
pub mod seen;
pub mod sessions;
pub mod tenants;
