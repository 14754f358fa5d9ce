//! What a provider of calls must be able to do with its webhooks: say whom a request claims to be for,
//! verify it, name the event, and translate it into facts. All four are pure.

use secrecy::SecretString;
use vestibule_model::{CallEvent, UnixMs};

/// A request as it arrived: the raw bytes, and its headers by lower-case name.
#[derive(Clone, Copy)]
pub struct Inbound<'a> {
    /// Looks a header up by its lower-case name.
    pub header: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The raw body, byte for byte.
    pub body: &'a [u8],
    /// When the request arrived.
    pub now: UnixMs,
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
    /// False when the body is not a JSON object.
    pub is_json: bool,
    /// The event's name, as the provider wrote it.
    pub event: Option<String>,
    /// The resources it names, most specific first.
    pub resources: Vec<Resource>,
    /// The provider's id of the call.
    pub external_call_id: Option<String>,
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
    /// It tells of a call: fold it.
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

    /// True when the request carries a signature at all, genuine or not.
    fn is_signed(&self, request: &Inbound<'_>) -> bool;

    /// Whom the body claims to be for. Bounded work, no trust.
    fn address(&self, body: &[u8]) -> Address;

    /// Checks the request against the keys, any of which may have signed it.
    ///
    /// # Errors
    /// Says why the request is not genuine.
    fn verify(&self, keys: &[SecretString], request: &Inbound<'_>) -> Result<(), VerifyFault>;

    /// Names a verified event.
    fn identify(&self, address: &Address) -> Identity;

    /// Translates a verified event into what it says about calls.
    ///
    /// # Errors
    /// Says what in the body could not be read.
    fn normalize(&self, body: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault>;
}
