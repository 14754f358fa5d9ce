//! One-time links: each is for one person and one purpose, is good once and for a while, and ends the older one of the
//! same person and purpose. Only the hash of its token is kept.

use crate::{House, Kind, Refusal, Result};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use vestibule_model::{UnixMs, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::links::{self, NewLinkRecord};
use vestibule_vault::{Token, token_hash};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// What a link is good for: nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Setting a first password.
    Welcome,
    /// Setting a password that was forgotten.
    Reset,
    /// Confirming a new address.
    Email,
    /// Signing in again before a lockout ends.
    Unlock,
}

impl Purpose {
    /// The text in which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Reset => "reset",
            Self::Email => "email",
            Self::Unlock => "unlock",
        }
    }

    /// How long such a link is good, in milliseconds.
    #[must_use]
    pub const fn good_for_ms(self) -> i64 {
        match self {
            Self::Welcome => 7 * 24 * HOUR_MS,
            Self::Reset => HOUR_MS,
            Self::Email | Self::Unlock => 24 * HOUR_MS,
        }
    }

    /// The page that such a link opens.
    #[must_use]
    pub const fn page(self) -> &'static str {
        match self {
            Self::Welcome => "/welcome",
            Self::Reset => "/reset",
            Self::Email => "/confirm-email",
            Self::Unlock => "/unlock",
        }
    }
}

/// A link that was just made.
pub struct Link {
    /// What proves it: shown once.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: UnixMs,
    purpose: Purpose,
}

impl Link {
    /// Its whole address. The token stands behind `#`, which browsers send to nobody.
    #[must_use]
    pub fn address(&self, public_url: &str) -> SecretString {
        format!("{public_url}{}#{}", self.purpose.page(), self.token.expose_secret()).into()
    }
}

/// A link that was used.
#[derive(Debug, Clone, PartialEq)]
pub struct UsedLink {
    /// Whose it was.
    pub user: UserId,
    /// What was to be done.
    pub doc: Value,
}

/// Makes a link with which a person sets a first password; returns its token. Not idempotent: each call makes another and
/// ends the one before.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn make_link(house: &House, tx: &mut Tx, user: UserId) -> Result<SecretString> {
    Ok(make_link_for(house, tx, user, Purpose::Welcome, &json!({})).await?.token)
}

/// Makes a link for a purpose, with what is to be done when it is used. Not idempotent: each call makes another and ends
/// the person's older one of the same purpose.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn make_link_for(
    house: &House,
    tx: &mut Tx,
    user: UserId,
    purpose: Purpose,
    doc: &Value,
) -> Result<Link> {
    let token = Token::generate("vsl_", &*house.world.entropy);
    let created_at = house.world.now();
    let expires_at = created_at.plus_ms(purpose.good_for_ms());
    let hash = token_hash(token.expose_secret());
    let record = NewLinkRecord { hash, user, purpose: purpose.as_str(), doc, created_at, expires_at };
    links::insert(tx, &record).await?;
    Ok(Link { token, expires_at, purpose })
}

/// Uses a link up, inside a transaction. Good once: a second time is refused.
///
/// # Errors
/// `link_invalid` when it does not exist, is over, was used or is for something else; the database's.
pub async fn use_link(house: &House, tx: &mut Tx, token: &str, purpose: Purpose) -> Result<UsedLink> {
    let used = links::take(tx, token_hash(token), purpose.as_str(), house.world.now()).await?;
    let used = used.ok_or_else(link_invalid)?;
    Ok(UsedLink { user: used.user, doc: used.doc })
}

/// Whether a person's link for a purpose was made after an instant and is not used.
pub(crate) async fn link_was_made(
    tx: &mut Tx,
    user: UserId,
    purpose: Purpose,
    since: UnixMs,
) -> Result<bool> {
    Ok(links::was_made(tx, user, purpose.as_str(), since).await?)
}

pub(super) const fn link_invalid() -> Refusal {
    Refusal::new(
        Kind::BadRequest,
        "link_invalid",
        "This link was used already or is too old. Ask for a new one.",
        "Ce lien a déjà servi ou n’est plus valable. Demandez-en un autre.",
    )
}
