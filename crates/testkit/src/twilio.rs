//! Twilio's signature, and connecting a tenant to it.

use crate::{Kit, TestTenant};
use secrecy::SecretString;
use vestibule_domain::connections::{self, ConnectionView};

/// The value of `x-twilio-signature` for a form that is posted to an address, under an auth token.
#[must_use]
pub fn sign_twilio(token: &str, url: &str, form: &[u8]) -> String {
    vestibule_providers::twilio::signature(token, url, form)
}

/// Connects a tenant's account and number.
///
/// # Panics
/// When it is refused.
pub async fn connect_twilio(
    kit: &Kit,
    tenant: &TestTenant,
    account: &str,
    number: &str,
    token: &str,
) -> ConnectionView {
    let filled = [("account_sid", account), ("auth_token", token), ("phone_number", number)];
    let filled = filled.map(|(name, value)| (name.to_owned(), SecretString::from(value))).into();
    connections::connect(&kit.house, &tenant.scope, "twilio", &filled).await.unwrap().view
}
