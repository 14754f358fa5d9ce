//! Retell AI: one agent per tenant, events about its calls as signed webhooks. The protocol is in README.md.

mod address;
mod asks;
mod catalogue;
mod client;
mod ending;
mod lab;
mod normalize;
mod spec;
mod transcript;
mod verify;
mod wire;

pub use catalogue::{Page, RetellAgent, RetellNumber, RetellVoice};
pub use client::RetellAccount;
pub use lab::signature;
pub use spec::SPEC;

use crate::spec::ProviderSpec;
use vestibule_model::CallEvent;
use vestibule_ports::{
    Address, Answer, Ask, CallWebhooks, Disposition, EventKey, Gallery, Identity, Inbound, NormalizeFault,
    Reply, VerifyFault,
};
use vestibule_vault::Credentials;

/// The provider's name.
const NAME: &str = "retell";

/// Retell AI.
#[derive(Debug, Clone, Copy, Default)]
pub struct Retell;

impl CallWebhooks for Retell {
    fn name(&self) -> &'static str {
        NAME
    }

    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    fn gallery(&self) -> Option<&dyn Gallery> {
        Some(self)
    }

    fn is_signed(&self, request: &Inbound<'_>) -> bool {
        verify::header(request).is_some()
    }

    fn address(&self, request: &Inbound<'_>) -> Address {
        address::read(request.body)
    }

    fn verify(&self, keys: &[Credentials], request: &Inbound<'_>) -> Result<(), VerifyFault> {
        verify::verify(keys, request)
    }

    fn identify(&self, address: &Address) -> Identity {
        let event = address.event.as_deref();
        let event_name = event.unwrap_or("unknown").to_owned();
        let once = |call_id: &str| EventKey::Once(format!("{NAME}:{event_name}:{call_id}"));
        let (key, disposition) = match (address.is_readable, event, &address.external_call_id) {
            (false, ..) => (EventKey::Each, Disposition::Unprocessable("not_json")),
            (true, None, _) => (EventKey::Each, Disposition::Unprocessable("no_event")),
            // Each tells all that was said until then: the latest counts (§1.2).
            (true, Some("transcript_updated"), Some(call_id)) => {
                let version = address.occurred_at.map_or(0, |at| at.0);
                (EventKey::Latest(format!("{NAME}:{event_name}:{call_id}"), version), Disposition::Fold)
            }
            (true, Some(name), Some(call_id)) if normalize::FOLDED.contains(&name) => {
                (once(call_id), Disposition::Fold)
            }
            (true, Some(name), None) if normalize::FOLDED.contains(&name) => {
                (EventKey::Each, Disposition::Unprocessable("no_call_id"))
            }
            (true, Some("call_inbound"), _) => (EventKey::Each, Disposition::Ignore("question")),
            (true, Some("chat_started" | "chat_ended" | "chat_analyzed"), _) => {
                (EventKey::Each, Disposition::Ignore("chat"))
            }
            (true, Some(_), _) => (EventKey::Each, Disposition::Ignore("unsupported_event")),
        };
        Identity { event_name, key, disposition }
    }

    fn normalize(&self, body: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault> {
        normalize::normalize(body)
    }

    fn ask(&self, request: &Inbound<'_>) -> Option<Ask> {
        asks::read(request)
    }

    fn budget_ms(&self, _ask: &Ask) -> u64 {
        // Retell waits ten seconds and then goes on without us.
        7_000
    }

    fn reply(&self, _request: &Inbound<'_>, answer: &Answer) -> Reply {
        asks::reply(answer)
    }
}
