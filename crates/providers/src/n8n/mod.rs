//! n8n, and every other receiver of Standard Webhooks: our events go out, and a workflow may forward a
//! provider's events to us.

mod courier;
mod forward;
mod reply;
mod spec;

pub use crate::guard::{SsrfGuard, UrlFault};
pub use courier::N8nCourier;
pub use forward::{FORWARD_SPEC, Forwarded};
pub use spec::SPEC;
