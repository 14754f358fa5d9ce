//! n8n, and every other receiver of Standard Webhooks: our events go out, a workflow may forward a provider's
//! events to us, and of n8n itself we ask what became of what we sent.

mod carry;
mod client;
mod courier;
mod diagnose;
mod forward;
mod place;
pub mod reads;
mod reply;
mod spec;
mod wire;
mod words;

pub use crate::guard::{SsrfGuard, UrlFault};
pub use client::N8nClient;
pub use courier::N8nCourier;
pub use forward::{FORWARD_SPEC, Forwarded};
pub use spec::SPEC;
