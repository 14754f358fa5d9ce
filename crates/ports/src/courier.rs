//! Sending what is owed: one attempt at one delivery.

use crate::Outgoing;
use bytes::Bytes;
use futures::future::BoxFuture;
use secrecy::SecretString;
use vestibule_model::{DeliveryId, UnixMs};
use vestibule_vault::EndpointSecret;

/// One delivery, ready to be tried.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// The delivery: becomes `webhook-id`, the same on every attempt.
    pub delivery: DeliveryId,
    /// Where it goes.
    pub url: String,
    /// The endpoint's secrets, the current one first; each makes a signature.
    pub secrets: Vec<EndpointSecret>,
    /// A header that the receiver wants to see besides, and its value.
    pub header: Option<(String, SecretString)>,
    /// The frozen body.
    pub body: Bytes,
    /// The instant of this attempt: becomes `webhook-timestamp`.
    pub at: UnixMs,
    /// How long the whole exchange may take, in milliseconds.
    pub timeout_ms: u64,
}

/// How an attempt went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptKind {
    /// 2xx.
    Delivered,
    /// Anything else that another attempt may mend.
    Failed,
    /// 410: the receiver wants no more of it.
    Gone,
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// How it went.
    pub kind: ReceiptKind,
    /// The HTTP status, when there was an answer.
    pub http_status: Option<u16>,
    /// A stable code of what went wrong.
    pub error: Option<&'static str>,
    /// The beginning of the answer's body as text, capped and with secrets blacked out.
    pub excerpt: Option<String>,
    /// The receiver's wish, in milliseconds from now.
    pub retry_after_ms: Option<i64>,
    /// The receiver's own id of the run that this started.
    pub execution_id: Option<String>,
}

/// Whoever carries deliveries to their receivers.
pub trait Courier: Send + Sync {
    /// The headers that an attempt carries, in lower case, with every secret and signature blacked out: for people who
    /// ask what was sent.
    fn shown_headers(&self, parcel: &Parcel) -> Vec<(String, String)>;

    /// Makes one attempt. Never panics, never follows a redirect, never outlives `timeout_ms`.
    fn send(&self, parcel: Parcel) -> BoxFuture<'_, Receipt>;

    /// Carries a request that is none of our deliveries, as it is, within the same walls: where deliveries may not go,
    /// it does not either.
    fn carry(&self, request: Outgoing, timeout_ms: u64) -> BoxFuture<'_, Receipt>;
}
