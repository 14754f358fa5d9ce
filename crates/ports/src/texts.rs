//! Sending text messages.

use crate::ProviderFault;
use futures::future::BoxFuture;
use vestibule_vault::Credentials;

/// A text message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// A text message that the provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentText {
    /// The provider's id of it.
    pub external_id: String,
    /// Where it stands, in the provider's word.
    pub status: String,
    /// In how many parts it travels, each of which is charged.
    pub segments: Option<i64>,
}

/// Why a text message was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    /// The receiver wants none of this number: never try again.
    OptedOut,
    /// The receiver's number takes none: it is none, a landline, or out of reach.
    BadReceiver,
    /// The tenant's number may send none, or not there: it has to be set up at the provider.
    BadSender,
    /// What it says is too long or empty.
    BadBody,
    /// Anything else.
    Provider(ProviderFault),
}

/// Whoever sends text messages.
pub trait Texts: Send + Sync {
    /// Sends a message. Not idempotent: after `Unavailable` nobody knows whether it was sent.
    ///
    /// # Errors
    /// [`TextFault`].
    fn send<'a>(
        &'a self,
        keys: &'a Credentials,
        message: &'a TextMessage,
    ) -> BoxFuture<'a, Result<SentText, TextFault>>;
}
