//! Text messages: sending them, and asking what became of them. What comes in is told by webhooks.

use crate::{Erased, ProviderFault};
use futures::future::BoxFuture;
use vestibule_model::{TextProblem, TextStatus, UnixMs};
use vestibule_vault::Credentials;

/// A text message, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct TextMessage {
    /// The tenant's number, in E.164.
    pub from: String,
    /// The receiver's number, in E.164.
    pub to: String,
    /// What it says.
    pub body: String,
    /// Where the provider tells what became of it.
    pub told_to: Option<String>,
}

impl std::fmt::Debug for TextMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TextMessage")
    }
}

/// A text message as the provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextState {
    /// The provider's id of it.
    pub external_id: String,
    /// Where it stands.
    pub status: TextStatus,
    /// In how many parts it travels, each of which is charged.
    pub segments: Option<i64>,
    /// What it costs, in millionths of the currency; it is known minutes later.
    pub price_micros: Option<i64>,
    /// The currency, for example `USD`.
    pub currency: Option<String>,
    /// Why it did not arrive.
    pub problem: Option<TextProblem>,
    /// The same as the provider's own code.
    pub provider_code: Option<String>,
}

/// Why a text message was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    /// The provider did not take it: the same again is of no use.
    Refused {
        /// Why.
        problem: TextProblem,
        /// The same as the provider's own code.
        code: Option<i64>,
    },
    /// The provider was not reached at all: it certainly was not sent.
    Unreached,
    /// Anything else. After `Unavailable` and `Unexpected` nobody knows whether it was sent.
    Provider(ProviderFault),
}

/// Whoever sends text messages.
pub trait Texts: Send + Sync {
    /// The provider's name in addresses and rows, the same as that of its webhooks.
    fn name(&self) -> &'static str;

    /// Sends a message. Not idempotent: see [`TextFault`].
    ///
    /// # Errors
    /// [`TextFault`].
    fn send<'a>(
        &'a self,
        keys: &'a Credentials,
        message: &'a TextMessage,
    ) -> BoxFuture<'a, Result<TextState, TextFault>>;

    /// What the provider knows of a message by its id; nothing when it knows none.
    ///
    /// # Errors
    /// [`ProviderFault`].
    fn look<'a>(
        &'a self,
        keys: &'a Credentials,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<TextState>, ProviderFault>>;

    /// The messages that we sent with the same words between the same two numbers, made there from `since` until `until`,
    /// oldest first.
    ///
    /// # Errors
    /// [`ProviderFault`].
    fn find<'a>(
        &'a self,
        keys: &'a Credentials,
        message: &'a TextMessage,
        since: UnixMs,
        until: UnixMs,
    ) -> BoxFuture<'a, Result<Vec<TextState>, ProviderFault>>;

    /// Has the provider erase a message. Idempotent: what is gone is gone.
    ///
    /// # Errors
    /// [`ProviderFault`]; `Rejected` when the provider does not want to.
    fn erase<'a>(
        &'a self,
        keys: &'a Credentials,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        let _ = (keys, external_id);
        Box::pin(std::future::ready(Ok(Erased::Unsupported)))
    }
}
