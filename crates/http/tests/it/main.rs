//! The street, walked from outside: every door, every operation, and what nobody may see.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod admin_keys;
#[cfg(test)]
mod admin_tenants;
#[cfg(test)]
mod agencies;
#[cfg(test)]
mod asks;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod auth;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod contacts;
#[cfg(test)]
mod dashboard;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod document;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod doors_down;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod events;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod forwarded;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod health;
#[cfg(test)]
mod held;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod jwks;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod listen;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod mails;
#[cfg(test)]
mod me;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod n8n;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod retell;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod street;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod texts_sent;
#[cfg(test)]
mod twilio;
#[cfg(test)]
mod vapi;
#[cfg(test)]
mod viewing;
#[cfg(test)]
mod workflows;
