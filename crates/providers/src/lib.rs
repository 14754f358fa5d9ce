//! The providers, one folder each. What they can do is a trait of `vestibule_ports`; this file is the only
//! place that lists them.

mod guard;
pub mod lab;
mod lenient;
mod mend;
pub mod n8n;
mod plain;
pub mod recordings;
mod rest;
pub mod retell;
pub mod twilio;
pub mod vapi;

pub use vestibule_ports::spec;

use std::sync::Arc;
use std::time::Duration;
use vestibule_ports::{CallAccount, CallWebhooks};

/// Every provider that sends events about calls.
#[must_use]
pub fn call_webhooks() -> Vec<Arc<dyn CallWebhooks>> {
    let retell = Arc::new(retell::Retell);
    let forwarded = Arc::new(n8n::Forwarded::of(retell.clone()));
    vec![retell, Arc::new(vapi::Vapi), Arc::new(twilio::Twilio), forwarded]
}

/// Every provider whose own list of calls can be read; `timeout` bounds one exchange. The process must have installed a
/// rustls provider.
///
/// # Errors
/// The HTTP client cannot be built, for instance because there are no root certificates.
pub fn call_accounts(timeout: Duration) -> Result<Vec<Arc<dyn CallAccount>>, reqwest::Error> {
    Ok(vec![
        Arc::new(retell::RetellAccount::new(timeout)?),
        Arc::new(vapi::VapiAccount::new(timeout)?),
        Arc::new(twilio::TwilioAccount::new(twilio::BASE)?),
    ])
}

/// The provider of that name that sends events about calls.
#[must_use]
pub fn call_webhooks_named(name: &str) -> Option<Arc<dyn CallWebhooks>> {
    call_webhooks().into_iter().find(|provider| provider.name() == name)
}

/// Every provider's self-description.
#[must_use]
pub fn specs() -> &'static [spec::ProviderSpec] {
    &[retell::SPEC, vapi::SPEC, twilio::SPEC, n8n::SPEC, n8n::FORWARD_SPEC]
}
