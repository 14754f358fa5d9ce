//! n8n, and every other receiver of Standard Webhooks: our events go out, nothing comes in.

mod courier;
mod guard;
mod reply;
mod spec;

pub use courier::N8nCourier;
pub use guard::{SsrfGuard, UrlFault};
pub use spec::SPEC;
