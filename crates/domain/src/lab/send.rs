//! Sending by hand: one at a time for each tenant, within the walls of deliveries, and never without an audit row
//! before it. Not idempotent: each is a request of its own.

use crate::lab::samples::{NOT_CONNECTED, unsigned};
use crate::{House, Kind, Refusal, Result, audit, connections, inbox, outbox};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_access::TenantScope;
use vestibule_model::{InboxId, TenantId};
use vestibule_ports::Outgoing;

/// The longest a receiver may take, in milliseconds: somebody waits before a screen.
const PATIENCE_MS: u64 = 15_000;
/// How much of an answer is shown, in bytes.
const SHOWN: usize = 1_024;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// A stable code of what went wrong.
    pub error: Option<&'static str>,
    /// The beginning of the answer, with secrets blacked out.
    pub answer: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
}

/// Who sends at the moment, on this node.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashSet<TenantId>>>);

/// The right to send, until it is dropped.
pub struct Turn {
    turns: Turns,
    tenant: TenantId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.tenant);
    }
}

/// Takes the tenant's turn.
///
/// # Errors
/// `lab_busy` while something of the tenant's is being sent.
pub fn turn(house: &House, scope: &TenantScope) -> Result<Turn> {
    let (turns, tenant) = (house.lab_turns.clone(), scope.tenant());
    let is_free = turns.0.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant);
    if is_free {
        return Ok(Turn { turns, tenant });
    }
    let busy = Refusal::new(
        Kind::TooMany,
        "lab_busy",
        "Something is being sent already: wait for its answer.",
        "Un envoi est déjà en cours : attendez sa réponse.",
    );
    Err(busy.after(2).into())
}

/// Writes down what is about to be sent, and where to.
///
/// # Errors
/// The database's.
pub async fn note(
    house: &House,
    scope: &TenantScope,
    action: &'static str,
    (kind, id): (&'static str, &str),
    doc: Value,
) -> Result<()> {
    let mut tx = house.db.write_in(scope).await?;
    let mut tenant = tx.tenant(scope).await?;
    audit::note(&mut tenant, &house.world, action, kind, id, doc).await?;
    Ok(tx.commit().await?)
}

/// The host of an address, for people and the audit log: what stands behind it may be a secret.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Sends a sample to an address of theirs.
///
/// # Errors
/// `invalid` for an address to which nothing may go, or the database's. What the receiver does is no error.
pub async fn send(
    house: &House,
    scope: &TenantScope,
    _turn: &Turn,
    provider: &str,
    sample: &str,
    request: Outgoing,
) -> Result<Came> {
    outbox::check_url(house, &request.url)?;
    let doc = json!({ "sample": sample, "to": host(&request.url) });
    note(house, scope, "lab.sample_sent", ("provider", provider), doc).await?;
    Ok(carry(house, request).await)
}

/// Sends a stored event to an address of theirs: its body as it is kept, signed anew.
///
/// # Errors
/// `not_found`, `body_not_kept`, `not_connected`, `key_missing`, `invalid`, or the database's.
pub async fn send_stored(
    house: &House,
    scope: &TenantScope,
    _turn: &Turn,
    event: InboxId,
    url: &str,
) -> Result<Came> {
    outbox::check_url(house, url)?;
    let mut tx = house.db.read_in(scope).await?;
    let mut tenant = tx.tenant(scope).await?;
    let stored = inbox::stored(house, &mut tenant, event).await?;
    drop(tx);
    let provider = house.provider(&stored.provider).ok_or(NOT_CONNECTED)?;
    let gallery = provider.gallery().ok_or(NOT_CONNECTED)?;
    let keys = connections::credentials(house, scope, provider.name()).await?;
    let keys = keys.into_iter().next().ok_or(NOT_CONNECTED)?;
    let request = gallery.sign(&keys, url, stored.body, house.world.now()).map_err(unsigned)?;
    let doc = json!({ "event": stored.event_name, "to": host(url) });
    note(house, scope, "inbox.sent_on", ("inbox", &event.to_string()), doc).await?;
    Ok(carry(house, request).await)
}

async fn carry(house: &House, request: Outgoing) -> Came {
    let began = house.world.now();
    let patience = house.settings.attempt_timeout_ms.min(PATIENCE_MS);
    let receipt = house.courier.carry(request, patience).await;
    let answer = receipt.excerpt.map(|text| text[..text.floor_char_boundary(SHOWN)].to_owned());
    let took_ms = house.world.now().since(began).max(0);
    Came { status: receipt.http_status, error: receipt.error, answer, took_ms }
}
