//! Who calls, and the accounts that tenants have at the providers.

use super::Provider;
use base64::{Engine, engine::general_purpose::STANDARD};
use vestibule_model::UnixMs;
use vestibule_vault::hmac_hex;

/// A caller: one number, one name, whichever business they call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// In E.164.
    pub number: String,
    /// As they say it.
    pub name: String,
}

const FIRST: [&str; 12] = [
    "Marie-Ève",
    "Zoë",
    "François",
    "Jérôme",
    "Siobhán",
    "Ann",
    "Noël",
    "Maïté",
    "Liam",
    "Chloé",
    "Øyvind",
    "Thị",
];
const LAST: [&str; 11] = [
    "Tremblay",
    "Lévesque",
    "Côté",
    "Bélanger",
    "O’Brien",
    "Smith",
    "D'Amours",
    "Nguyễn",
    "Gagné-Roy",
    "Müller",
    "Saint-Hilaire",
];

/// So many callers, no two with one number.
pub(super) fn people(count: usize) -> Vec<Person> {
    (0..count)
        .map(|n| Person {
            number: format!("+1819555{n:04}"),
            name: format!("{} {}", FIRST[n % FIRST.len()], LAST[n % LAST.len()]),
        })
        .collect()
}

/// How Vapi proves itself in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VapiProof {
    /// The secret in a header.
    Secret,
    /// The secret as a bearer token.
    Bearer,
    /// An HMAC over instant and body.
    Hmac,
}

impl VapiProof {
    /// The mode's name in a connection.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Bearer => "bearer",
            Self::Hmac => "hmac",
        }
    }
}

/// A tenant's accounts at the three providers.
#[derive(Debug, Clone)]
pub struct Accounts {
    /// The tenant's number.
    pub number: String,
    /// Retell's agent.
    pub agent: String,
    /// Retell's API key, which signs.
    pub retell_key: String,
    /// Vapi's assistant.
    pub assistant: String,
    /// Vapi's webhook secret.
    pub vapi_secret: String,
    /// Vapi's private key, which opens its interface.
    pub vapi_key: String,
    /// How Vapi proves itself.
    pub vapi_proof: VapiProof,
    /// Twilio's account.
    pub account_sid: String,
    /// Twilio's auth token, which signs and opens its interface.
    pub auth_token: String,
}

impl Accounts {
    /// The accounts of the `n`th tenant.
    #[must_use]
    pub fn of(n: usize) -> Self {
        Self {
            number: format!("+1514555{n:04}"),
            agent: format!("agent_day_{n}"),
            retell_key: format!("key_day_{n}_0123456789abcdef"),
            assistant: format!("00000000-0000-4000-8000-{n:012}"),
            vapi_secret: format!("vapi secret {n} of the day"),
            vapi_key: format!("00000000-0000-4000-9000-{n:012}"),
            vapi_proof: [VapiProof::Secret, VapiProof::Hmac, VapiProof::Bearer][n % 3],
            account_sid: format!("AC{n:032x}"),
            auth_token: format!("{:032x}", n + 0xdada),
        }
    }

    /// The fields with which a connection is made.
    #[must_use]
    pub fn fields(&self, provider: Provider) -> serde_json::Value {
        match provider {
            Provider::Retell => serde_json::json!({ "agent_id": self.agent, "api_key": self.retell_key }),
            Provider::Vapi => serde_json::json!({
                "assistant_id": self.assistant, "webhook_secret": self.vapi_secret,
                "private_key": self.vapi_key, "auth_mode": self.vapi_proof.name(),
            }),
            Provider::Twilio => serde_json::json!({
                "account_sid": self.account_sid, "auth_token": self.auth_token, "phone_number": self.number,
            }),
        }
    }

    /// The headers of a request to `url` that carries `body` and is signed at `now`.
    #[must_use]
    pub fn headers(
        &self,
        provider: Provider,
        url: &str,
        body: &[u8],
        now: UnixMs,
    ) -> Vec<(&'static str, String)> {
        const JSON: (&str, &str) = ("content-type", "application/json");
        let json = (JSON.0, JSON.1.to_owned());
        match provider {
            Provider::Retell => {
                vec![json, ("x-retell-signature", crate::sign_retell(&self.retell_key, body, now))]
            }
            Provider::Vapi => match self.vapi_proof {
                VapiProof::Secret => vec![json, ("x-vapi-secret", self.vapi_secret.clone())],
                VapiProof::Bearer => vec![json, ("authorization", format!("Bearer {}", self.vapi_secret))],
                VapiProof::Hmac => {
                    let stamp = now.0.to_string();
                    let parts: [&[u8]; 3] = [stamp.as_bytes(), b".", body];
                    let digest = hmac_hex(self.vapi_secret.as_bytes(), &parts);
                    vec![json, ("x-timestamp", stamp), ("x-signature", digest)]
                }
            },
            Provider::Twilio => {
                let signature = crate::sign_twilio(&self.auth_token, url, body);
                let form = String::from("application/x-www-form-urlencoded; charset=UTF-8");
                vec![("content-type", form), ("x-twilio-signature", signature)]
            }
        }
    }

    /// Whose interface an `authorization` header opens.
    pub(super) fn opens(&self, authorization: &str) -> Option<Provider> {
        let basic = STANDARD.encode(format!("{}:{}", self.account_sid, self.auth_token));
        match authorization.split_once(' ')? {
            ("Bearer", key) if key == self.retell_key => Some(Provider::Retell),
            ("Bearer", key) if key == self.vapi_key => Some(Provider::Vapi),
            ("Basic", given) if given == basic => Some(Provider::Twilio),
            _ => None,
        }
    }
}
