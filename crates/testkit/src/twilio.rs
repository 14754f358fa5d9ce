//! Twilio's signature.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::collections::BTreeSet;
use vestibule_vault::{MacHash, hmac};

/// The value of `x-twilio-signature` for a form that is posted to an address, under an auth token.
#[must_use]
pub fn sign_twilio(token: &str, url: &str, form: &[u8]) -> String {
    let pairs: BTreeSet<_> = url::form_urlencoded::parse(form).into_owned().collect();
    let fields: String = pairs.into_iter().flat_map(|(name, value)| [name, value]).collect();
    STANDARD.encode(hmac(MacHash::Sha1, token.as_bytes(), &[url.as_bytes(), fields.as_bytes()]))
}
