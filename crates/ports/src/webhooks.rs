//! What a provider of calls must be able to do with its webhooks: say whom a request claims to be for,
//! verify it, name the event, and translate it into facts; and, where the caller waits, say what is asked and
//! put the answer into its own words. All of it is pure.

use crate::spec::ProviderSpec;
use crate::{Answer, Ask, Gallery, Reply};
use std::borrow::Cow;
use vestibule_model::{CallEvent, TextEvent, UnixMs};
use vestibule_vault::Credentials;

/// A request as it arrived: the raw bytes, and its headers by lower-case name.
#[derive(Clone, Copy)]
pub struct Inbound<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The address that the provider was given: our public one, with path and query as they arrived.
    pub url: &'a str,
    /// Looks a header up by its lower-case name.
    pub header: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The raw body, byte for byte.
    pub body: &'a [u8],
    /// When the request arrived.
    pub now: UnixMs,
}

impl<'a> Inbound<'a> {
    /// A request of which only the body is known: nothing about it can be verified.
    #[must_use]
    pub fn unsigned(body: &'a [u8], now: UnixMs) -> Self {
        Self { method: "POST", url: "", header: &|_| None, body, now }
    }
}

/// A kind of thing at a provider that belongs to one tenant at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// The AI that answers.
    Agent,
    /// A telephone number.
    Number,
}

impl ResourceKind {
    /// The text in which the kind is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Number => "number",
        }
    }
}

/// A thing at the provider that the request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// The provider's id of it.
    pub id: String,
}

/// Whom a request claims to be for. Unverified: it selects a lock, it proves nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// False when the body is not of the provider's form (a JSON object, a form).
    pub is_readable: bool,
    /// The event's name, as the provider wrote it.
    pub event: Option<String>,
    /// The resources it names, most specific first.
    pub resources: Vec<Resource>,
    /// The provider's id of the call.
    pub external_call_id: Option<String>,
    /// What tells events of one name and call apart: a status, a recording's id.
    pub discriminator: Option<String>,
    /// When the event happened, by the provider's clock.
    pub occurred_at: Option<UnixMs>,
    /// When the call started, by the provider's clock.
    pub call_started_at: Option<UnixMs>,
}

/// How repeated arrivals of an event are told apart. The key is unique within (tenant, connection's provider).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKey {
    /// Happens at most once: the same key with the same body is a duplicate, with another body a revision.
    Once(String),
    /// Overwrites itself: the highest version counts.
    Latest(String, i64),
    /// Every distinct body counts.
    Each,
}

/// What is to become of a verified event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It tells of a call or a text: fold it.
    Fold,
    /// It is well-formed but we have no use for it; the reason is a stable code.
    Ignore(&'static str),
    /// It cannot be read; the reason is a stable code.
    Unprocessable(&'static str),
}

/// The identity of a verified event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The event's name for people, `unknown` when it has none.
    pub event_name: String,
    /// How repeats are told apart.
    pub key: EventKey,
    /// What is to become of it.
    pub disposition: Disposition,
}

/// Why a request was not accepted as genuine. The code is stable and safe to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyFault {
    /// It carries no signature.
    Missing,
    /// The signature is not of the provider's form.
    Malformed,
    /// The signature's time is too far from ours; the age in milliseconds (negative: in the future).
    Stale {
        /// Our time minus the signature's time, in milliseconds.
        age_ms: i64,
    },
    /// The signature was made with another key or over other bytes.
    Mismatch,
}

impl VerifyFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Malformed => "signature_malformed",
            Self::Stale { .. } => "signature_stale",
            Self::Mismatch => "signature_mismatch",
        }
    }
}

/// Why a verified event could not be translated. The code is stable; the detail names the field, never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NormalizeFault {
    /// The stable code.
    pub code: &'static str,
    /// Which field, or what about it.
    pub detail: String,
}

/// A provider of calls, seen from its webhooks.
pub trait CallWebhooks: Send + Sync {
    /// The provider's name in addresses and rows, for example `retell`.
    fn name(&self) -> &'static str;

    /// What it tells people about itself, and what has to be filled in.
    fn spec(&self) -> &'static ProviderSpec;

    /// Whose agents and numbers its requests name: its own, unless it forwards another's events.
    fn resources_of(&self) -> &'static str {
        self.name()
    }

    /// Through whom its events come, when it forwards another's.
    fn via(&self) -> Option<&'static str> {
        None
    }

    /// Its samples and its signature, where it has any to be tried out.
    fn gallery(&self) -> Option<&dyn Gallery> {
        None
    }

    /// True when its requests may come by GET as well, with what they say in the query.
    fn speaks_get(&self) -> bool {
        false
    }

    /// True when the request carries a signature at all, genuine or not.
    fn is_signed(&self, request: &Inbound<'_>) -> bool;

    /// Whom the request claims to be for. Bounded work, no trust.
    fn address(&self, request: &Inbound<'_>) -> Address;

    /// Checks the request against the connection's credentials, any set of which may have signed it.
    ///
    /// # Errors
    /// Says why the request is not genuine.
    fn verify(&self, keys: &[Credentials], request: &Inbound<'_>) -> Result<(), VerifyFault>;

    /// Names a verified event.
    fn identify(&self, address: &Address) -> Identity;

    /// The body as it may be kept: without secrets that the provider should never have sent.
    fn kept<'a>(&self, body: &'a [u8]) -> Cow<'a, [u8]> {
        Cow::Borrowed(body)
    }

    /// Translates a verified event, as it was kept, into what it says about calls.
    ///
    /// # Errors
    /// Says what in the body could not be read.
    fn normalize(&self, body: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault>;

    /// The body with what the request's address tells besides it. Where nothing does, the body itself.
    fn told<'a>(&self, request: &Inbound<'a>) -> Cow<'a, [u8]> {
        Cow::Borrowed(request.body)
    }

    /// Translates a verified event, as it was kept, into what it says about text messages.
    ///
    /// # Errors
    /// Says what in the body could not be read.
    fn texts(&self, _body: &[u8]) -> Result<Vec<TextEvent>, NormalizeFault> {
        Ok(Vec::new())
    }

    /// What the provider waits for an answer to, if this request is such a one.
    fn ask(&self, _request: &Inbound<'_>) -> Option<Ask> {
        None
    }

    /// How long it waits for that answer, in milliseconds, with room for the way there and back.
    fn budget_ms(&self, _ask: &Ask) -> u64 {
        5_000
    }

    /// Puts an answer into the provider's words; [`Answer::Nothing`] acknowledges an event.
    fn reply(&self, _request: &Inbound<'_>, _answer: &Answer) -> Reply {
        Reply::EMPTY
    }
}
