//! The directory: the closed list of tables that are looked up before a scope exists. Each has its own few
//! functions; no other code names these tables.
//!
//! `data_keys`, `agencies`, `tenants`, `users`, `memberships`, `sessions`, `links`, `invitations`, `api_keys`, `connections`,
//! `bindings`, `call_routes`, `held_requests`, `instances`, `reconciliations`, `refusals`, `signing_keys`, `sign_in_tries`,
//! `sign_in_challenges`, `refresh_tokens`, `second_factors`, `recovery_codes`, `imports`,
//! `tenant_erasures`, `rests`, `viewings`.

pub mod agencies;
pub mod archive;
pub mod challenges;
pub mod connections;
pub mod data_keys;
pub mod endings;
pub mod factors;
pub mod held;
pub mod instances;
pub mod invitations;
pub mod keys;
pub mod links;
pub mod members;
pub mod people;
pub mod reconciliations;
pub mod refreshes;
pub mod refusals;
pub mod seen;
pub mod sessions;
pub mod signing_keys;
pub mod tenants;
pub mod tries;
pub mod viewings;
