//! Twilio: a number per tenant, what happens on it as signed requests, and what the caller hears as TwiML. The
//! protocol is in README.md.

mod address;
mod asks;
mod client;
mod ending;
mod erase;
mod kind;
mod lab;
mod listing;
mod messages;
mod normalize;
mod problems;
mod spec;
mod texts;
mod twiml;
mod verify;
mod wire;

pub use client::{BASE, TwilioAccount};
pub(crate) use client::{authorization, recording_path};
pub use spec::SPEC;
pub use verify::signature;

use crate::spec::ProviderSpec;
use kind::Kind;
use std::borrow::Cow;
use vestibule_model::{CallEvent, TextEvent};
use vestibule_ports::{
    Address, Answer, Ask, CallWebhooks, Disposition, EventKey, Gallery, Identity, Inbound, NormalizeFault,
    Reply, VerifyFault,
};
use vestibule_vault::Credentials;

/// The provider's name.
const NAME: &str = "twilio";

/// How long Twilio is let wait for a document, in milliseconds: it gives up after 15 seconds in all (§1.1).
const BUDGET_MS: u64 = 12_000;

/// Twilio.
#[derive(Debug, Clone, Copy, Default)]
pub struct Twilio;

impl CallWebhooks for Twilio {
    fn name(&self) -> &'static str {
        NAME
    }

    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    fn gallery(&self) -> Option<&dyn Gallery> {
        Some(self)
    }

    fn speaks_get(&self) -> bool {
        true
    }

    fn is_signed(&self, request: &Inbound<'_>) -> bool {
        verify::header(request).is_some()
    }

    fn address(&self, request: &Inbound<'_>) -> Address {
        address::read(request)
    }

    fn verify(&self, keys: &[Credentials], request: &Inbound<'_>) -> Result<(), VerifyFault> {
        verify::verify(keys, request)
    }

    fn identify(&self, address: &Address) -> Identity {
        let event = address.event.as_deref();
        let kind = event.and_then(Kind::parse);
        let discriminator = address.discriminator.as_deref();
        let status = discriminator.and_then(|text| text.rsplit(':').next());
        let (key, disposition) = match (address.is_readable, kind, &address.external_call_id) {
            (false, ..) => (EventKey::Each, Disposition::Unprocessable("not_a_form")),
            (true, None, _) => (EventKey::Each, Disposition::Ignore("unsupported_event")),
            (true, Some(kind @ (Kind::Message | Kind::MessageStatus)), _) => match use_of(kind, status) {
                _ if discriminator.is_none() => (EventKey::Each, Disposition::Unprocessable("no_message_id")),
                Some(reason) => (once(kind, address), Disposition::Ignore(reason)),
                None => (once(kind, address), Disposition::Fold),
            },
            (true, Some(kind), call) => match (use_of(kind, status), call) {
                (Some(reason), _) => (once(kind, address), Disposition::Ignore(reason)),
                (None, Some(_)) => (once(kind, address), Disposition::Fold),
                (None, None) => (EventKey::Each, Disposition::Unprocessable("no_call_id")),
            },
        };
        Identity { event_name: event.unwrap_or("unknown").to_owned(), key, disposition }
    }

    fn normalize(&self, body: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault> {
        normalize::normalize(body)
    }

    fn told<'a>(&self, request: &Inbound<'a>) -> Cow<'a, [u8]> {
        messages::told(request)
    }

    fn texts(&self, body: &[u8]) -> Result<Vec<TextEvent>, NormalizeFault> {
        messages::read(body)
    }

    fn ask(&self, request: &Inbound<'_>) -> Option<Ask> {
        asks::ask(request)
    }

    fn budget_ms(&self, _ask: &Ask) -> u64 {
        BUDGET_MS
    }

    fn reply(&self, request: &Inbound<'_>, answer: &Answer) -> Reply {
        asks::reply(request, answer)
    }
}

/// Twilio repeats what it is not sure of, in any order: an event is what it says of its call, once. What nothing
/// tells apart is told apart by its body.
fn once(kind: Kind, address: &Address) -> EventKey {
    match &address.discriminator {
        Some(discriminator) => EventKey::Once(format!(
            "{NAME}:{}:{}:{discriminator}",
            kind.name(),
            address.external_call_id.as_deref().unwrap_or_default()
        )),
        None => EventKey::Each,
    }
}

/// Why an event says nothing of a call or a text; `None` when it does.
fn use_of(kind: Kind, status: Option<&str>) -> Option<&'static str> {
    match kind {
        Kind::MessageStatus if status.and_then(messages::status).is_none() => Some("unknown_status"),
        Kind::Gather | Kind::Stream => Some("unsupported_event"),
        Kind::Recording if status != Some("completed") => Some("no_recording"),
        Kind::Status if status.and_then(|status| ending::reduce(status, None)).is_none() => {
            Some("unknown_status")
        }
        _ => None,
    }
}
