//! A provider's account, seen from its own interface: whether our key opens it, and which calls it knows. What
//! webhooks lost is found again this way.

use crate::Resource;
use futures::future::BoxFuture;
use vestibule_model::{CallEvent, UnixMs};
use vestibule_vault::Credentials;

/// What the provider says about the account that a key opens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountInfo {
    /// The provider's id of the account, where it tells.
    pub id: Option<String>,
    /// The account's name for people, where it tells.
    pub label: Option<String>,
}

/// A call as the provider lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedCall {
    /// The provider's id of the call.
    pub external_call_id: String,
    /// When it was last changed there, by the provider's clock.
    pub occurred_at: UnixMs,
    /// What a webhook would have said about it.
    pub events: Vec<CallEvent>,
    /// The agent and numbers it names, most specific first.
    pub resources: Vec<Resource>,
}

/// One page of calls.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallListing {
    /// The calls, newest first. The same call may stand on two pages.
    pub items: Vec<ListedCall>,
    /// Names the next page, older calls; nothing when this was the last one.
    pub next: Option<String>,
}

/// Why the provider gave no answer that we can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderFaultKind {
    /// It does not take our key, or there is none.
    Unauthorized,
    /// It wants fewer requests.
    RateLimited,
    /// It could not be reached, was too slow, or has a fault of its own: later may be better.
    Unavailable,
    /// It does not want this request: the same one again is of no use.
    Rejected,
    /// Its answer is not of the form that it should have, or too long.
    Unexpected,
}

/// A failed request to a provider. It holds nothing of the request and nothing of the answer's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderFault {
    /// What went wrong.
    pub kind: ProviderFaultKind,
    /// How long the provider wants us to wait, in milliseconds.
    pub retry_after_ms: Option<i64>,
}

impl ProviderFault {
    /// A fault after which the provider named no time to wait.
    #[must_use]
    pub const fn of(kind: ProviderFaultKind) -> Self {
        Self { kind, retry_after_ms: None }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self.kind {
            ProviderFaultKind::Unauthorized => "provider_unauthorized",
            ProviderFaultKind::RateLimited => "provider_rate_limited",
            ProviderFaultKind::Unavailable => "provider_unavailable",
            ProviderFaultKind::Rejected => "provider_rejected",
            ProviderFaultKind::Unexpected => "provider_unexpected",
        }
    }

    /// True when the same request may succeed later.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        matches!(self.kind, ProviderFaultKind::RateLimited | ProviderFaultKind::Unavailable)
    }
}

/// What came of asking a provider to erase something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// The provider says that it did.
    Confirmed,
    /// The provider knows nothing of the kind, or no longer.
    Gone,
    /// The provider's interface offers nothing of the kind.
    Unsupported,
}

/// A provider of calls, seen from its own interface. Every request is bounded in time and in what is read, and but for
/// those that erase it changes nothing there.
pub trait CallAccount: Send + Sync {
    /// The provider's name in addresses and rows, the same as that of its webhooks.
    fn name(&self) -> &'static str;

    /// Asks for something small, to see whether the key opens the account.
    ///
    /// # Errors
    /// [`ProviderFault`].
    fn test<'a>(&'a self, keys: &'a Credentials) -> BoxFuture<'a, Result<AccountInfo, ProviderFault>>;

    /// One page of the calls that were created from `since` (inclusive) until `until` (exclusive). `cursor` is
    /// the `next` of the page before, for the same two instants.
    ///
    /// # Errors
    /// [`ProviderFault`]; `Rejected` when the cursor is none of ours.
    fn list_calls<'a>(
        &'a self,
        keys: &'a Credentials,
        since: UnixMs,
        until: UnixMs,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<CallListing, ProviderFault>>;

    /// Whether the resource is the account's own. True as well where the provider cannot be asked about it: only what is
    /// certainly somebody else's, or nothing at all, is not.
    ///
    /// # Errors
    /// [`ProviderFault`]: then nothing is known.
    fn owns<'a>(
        &'a self,
        keys: &'a Credentials,
        resource: &'a Resource,
    ) -> BoxFuture<'a, Result<bool, ProviderFault>> {
        let _ = (keys, resource);
        Box::pin(std::future::ready(Ok(true)))
    }

    /// Has the provider erase a call: what was said, the recording, the numbers. Idempotent: what is gone is gone.
    ///
    /// # Errors
    /// [`ProviderFault`]; `Rejected` when the provider does not want to.
    fn erase_call<'a>(
        &'a self,
        keys: &'a Credentials,
        external_call_id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        let _ = (keys, external_call_id);
        Box::pin(std::future::ready(Ok(Erased::Unsupported)))
    }

    /// Has the provider erase the recordings of a call, as far as it can without the call. Idempotent.
    ///
    /// # Errors
    /// As for [`Self::erase_call`].
    fn erase_recordings<'a>(
        &'a self,
        keys: &'a Credentials,
        external_call_id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        let _ = (keys, external_call_id);
        Box::pin(std::future::ready(Ok(Erased::Unsupported)))
    }
}
