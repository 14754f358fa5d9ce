//! What the galleries hold, and a sample of one, filled in with what the tenant has and signed with its own
//! credentials.

use crate::{FieldFault, House, Kind, Refusal, Result, connections};
use std::sync::Arc;
use vestibule_access::TenantScope;
use vestibule_ports::{CallWebhooks, Filling, Outgoing, ResourceKind, Sample, Unsigned};

/// What stands for an agent or a number where the tenant has none bound.
const NO_AGENT: &str = "agent_lab";
const NO_NUMBER: &str = "+15005550001";
/// How long a mark is, in hexadecimal digits.
const MARK: usize = 32;

/// A provider's samples.
pub struct Shelf {
    /// The provider.
    pub provider: Arc<dyn CallWebhooks>,
    /// Whether the tenant has a connection of its own, without which nothing can be signed.
    pub is_connected: bool,
    /// The samples, in the order in which they tell a story.
    pub samples: Vec<&'static Sample>,
}

/// A sample that may be sent.
#[derive(Debug)]
pub struct Ready {
    /// The request, signed.
    pub request: Outgoing,
    /// Tells its call from others: with the same mark, another sample tells of the same call.
    pub mark: String,
}

pub(super) const NOT_CONNECTED: Refusal = Refusal::new(
    Kind::Conflict,
    "not_connected",
    "Connect this provider first: its key signs what is sent from here.",
    "Reliez d’abord ce fournisseur : c’est sa clé qui signe ce qui est envoyé d’ici.",
);

/// Every provider that has samples.
///
/// # Errors
/// The database's.
pub async fn shelves(house: &House, scope: &TenantScope) -> Result<Vec<Shelf>> {
    let mut shelves = Vec::new();
    for provider in &house.providers {
        let Some(gallery) = provider.gallery() else { continue };
        let keys = connections::credentials(house, scope, provider.name()).await?;
        shelves.push(Shelf {
            provider: provider.clone(),
            is_connected: !keys.is_empty(),
            samples: gallery.samples(),
        });
    }
    Ok(shelves)
}

/// A sample of a provider's, filled in and signed, for an address, or for the connection's own. Changes nothing.
///
/// # Errors
/// `not_found` when there is no such sample, `not_connected`, `key_missing`, `invalid`, or the database's.
pub async fn prepare(
    house: &House,
    scope: &TenantScope,
    provider: &str,
    sample: &str,
    to: Option<&str>,
    mark: Option<&str>,
) -> Result<Ready> {
    let provider = house.provider(provider).ok_or_else(Refusal::not_found)?;
    let gallery = provider.gallery().ok_or_else(Refusal::not_found)?;
    let sample = gallery.named(sample).ok_or_else(Refusal::not_found)?;
    let mark = match mark {
        Some(given) if given.len() == MARK && given.bytes().all(|b| b.is_ascii_hexdigit()) => {
            given.to_ascii_lowercase()
        }
        Some(_) => return Err(Refusal::invalid(vec![BAD_MARK]).into()),
        None => hex::encode(house.world.random::<{ MARK / 2 }>()),
    };
    let keys = connections::credentials(house, scope, provider.name()).await?;
    let view = connections::view(house, scope, provider.name()).await?;
    let (keys, view) = keys.into_iter().next().zip(view).ok_or(NOT_CONNECTED)?;
    let of = |bound: &[String], standard: &str| bound.first().map_or(standard, String::as_str).to_owned();
    let mut number = view.numbers.clone();
    if number.is_empty() {
        // Another connection may have the number on which this one's calls come in.
        let mut tx = house.db.read_in(scope).await?;
        for other in &house.providers {
            let kind = ResourceKind::Number;
            number.extend(connections::bound(&mut tx, scope.tenant(), other.name(), kind).await?);
        }
    }
    let at = house.world.now();
    let filling = Filling { mark, agent: of(&view.agents, NO_AGENT), number: of(&number, NO_NUMBER), at };
    let body = gallery.fill(sample, &filling);
    let request = gallery.sign(&keys, to.unwrap_or(&view.hook_url), body, at).map_err(unsigned)?;
    Ok(Ready { request, mark: filling.mark })
}

/// The credentials do not hold what signs.
pub(super) fn unsigned(_: Unsigned) -> Refusal {
    Refusal::new(
        Kind::Conflict,
        "key_missing",
        "The connection has no key that signs: enter it first.",
        "La connexion n’a pas de clé qui signe : inscrivez-la d’abord.",
    )
}

const BAD_MARK: FieldFault = FieldFault {
    field: "call",
    code: "bad_call",
    en: "Give the call as it was answered before, or leave it out.",
    fr: "Donnez l’appel tel qu’il a été répondu, ou omettez-le.",
};
