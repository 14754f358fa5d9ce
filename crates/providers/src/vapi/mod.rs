//! Vapi: an assistant and a number per tenant, events about their calls as webhooks, some of which wait for an
//! answer. The protocol is in README.md.

mod address;
mod asks;
mod client;
mod ending;
mod lab;
mod moment;
mod normalize;
mod outcome;
mod redact;
mod reply;
mod spec;
mod transcript;
mod verify;
mod wire;

pub use client::VapiAccount;
pub use spec::SPEC;

use crate::spec::ProviderSpec;
use moment::Moment;
use std::borrow::Cow;
use vestibule_model::CallEvent;
use vestibule_ports::{
    Address, Answer, Ask, CallWebhooks, Disposition, EventKey, Gallery, Identity, Inbound, NormalizeFault,
    Reply, VerifyFault,
};
use vestibule_vault::Credentials;

/// The provider's name.
const NAME: &str = "vapi";

/// Vapi.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vapi;

impl CallWebhooks for Vapi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    fn gallery(&self) -> Option<&dyn Gallery> {
        Some(self)
    }

    /// Always: which header carries the proof is chosen by the account, so only the lock can tell.
    fn is_signed(&self, _request: &Inbound<'_>) -> bool {
        true
    }

    fn address(&self, request: &Inbound<'_>) -> Address {
        address::read(request.body)
    }

    fn verify(&self, keys: &[Credentials], request: &Inbound<'_>) -> Result<(), VerifyFault> {
        verify::verify(keys, request)
    }

    fn identify(&self, address: &Address) -> Identity {
        let event_name = address.event.clone().unwrap_or_else(|| String::from("unknown"));
        let (key, disposition) = judge(address);
        Identity { event_name, key, disposition }
    }

    fn kept<'a>(&self, body: &'a [u8]) -> Cow<'a, [u8]> {
        redact::kept(body)
    }

    fn normalize(&self, body: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault> {
        normalize::normalize(body)
    }

    fn ask(&self, request: &Inbound<'_>) -> Option<Ask> {
        asks::read(request.body)
    }

    /// An assistant-request may take 7.5 s in all; a tool 20 s unless set otherwise, in which the caller hears
    /// little.
    fn budget_ms(&self, ask: &Ask) -> u64 {
        match ask {
            Ask::Call(_) | Ask::Person { .. } => 6_000,
            Ask::Tools { .. } => 15_000,
        }
    }

    fn reply(&self, request: &Inbound<'_>, answer: &Answer) -> Reply {
        reply::reply(request.body, answer)
    }
}

fn judge(address: &Address) -> (EventKey, Disposition) {
    let unprocessable = |reason| (EventKey::Each, Disposition::Unprocessable(reason));
    let Some(event) = address.event.as_deref() else {
        return unprocessable(if address.is_readable { "no_event" } else { "not_json" });
    };
    let disposition = match moment::of(event, address.discriminator.as_deref()) {
        Moment::Tells(_) => Disposition::Fold,
        Moment::Asks => Disposition::Ignore("question"),
        Moment::Ignored(reason) => return (EventKey::Each, Disposition::Ignore(reason)),
        Moment::Torn => return unprocessable("no_status"),
    };
    let Some(call) = &address.external_call_id else { return unprocessable("no_call_id") };
    let once = |detail: &str| EventKey::Once(format!("{NAME}:{event}:{call}{detail}"));
    let key = match (event, &address.discriminator) {
        // Each tells all that was said until then: the latest counts.
        ("transcript", _) => {
            let version = address.occurred_at.map_or(0, |at| at.0);
            EventKey::Latest(format!("{NAME}:{event}:{call}"), version)
        }
        // Said again and again, each time something else.
        ("transfer-update" | "transfer-destination-request" | "function-call", _) => EventKey::Each,
        ("tool-calls", None) => EventKey::Each,
        (_, Some(detail)) => once(&format!(":{detail}")),
        (_, None) => once(""),
    };
    (key, disposition)
}
