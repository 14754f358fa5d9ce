//! The providers, one folder each. What they can do is a trait of `vestibule_ports`; this file is the only
//! place that lists them.

pub mod file;
mod gallery;
mod guard;
pub mod lab;
mod lenient;
mod mend;
mod mime;
pub mod n8n;
mod plain;
mod reach;
pub mod recordings;
pub mod resend;
mod rest;
pub mod retell;
pub mod smtp;
pub mod twilio;
pub mod vapi;

pub use reach::interfaces;
pub use vestibule_ports::spec;

use std::sync::Arc;
use std::time::Duration;
use vestibule_ports::{CallAccount, CallWebhooks, Texts};

/// Every provider that sends events about calls.
#[must_use]
pub fn call_webhooks() -> Vec<Arc<dyn CallWebhooks>> {
    let retell = Arc::new(retell::Retell);
    let forwarded = Arc::new(n8n::Forwarded::of(retell.clone()));
    vec![retell, Arc::new(vapi::Vapi), Arc::new(twilio::Twilio), forwarded]
}

/// Where the providers' own interfaces are: scheme and host, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Retell's.
    pub retell: String,
    /// Vapi's.
    pub vapi: String,
    /// Twilio's.
    pub twilio: String,
    /// Resend's.
    pub resend: String,
}

/// Every provider whose own list of calls can be read, at those places; `timeout` bounds one exchange. The process must have installed a
/// rustls provider.
///
/// # Errors
/// The HTTP client cannot be built, for instance because there are no root certificates.
pub fn call_accounts(
    places: &Places,
    timeout: Duration,
) -> Result<Vec<Arc<dyn CallAccount>>, reqwest::Error> {
    Ok(vec![
        Arc::new(retell::RetellAccount::new(&places.retell, timeout)?),
        Arc::new(vapi::VapiAccount::new(&places.vapi, timeout)?),
        Arc::new(twilio::TwilioAccount::new(&places.twilio)?),
    ])
}

/// Every provider that sends text messages, at those places. The process must have installed a rustls provider.
///
/// # Errors
/// The HTTP client cannot be built, for instance because there are no root certificates.
pub fn texts(places: &Places) -> Result<Vec<Arc<dyn Texts>>, reqwest::Error> {
    Ok(vec![Arc::new(twilio::TwilioAccount::new(&places.twilio)?)])
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
