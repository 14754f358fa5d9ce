//! What the suite has to know of each provider. A new provider is one more file here and one more line in
//! [`all`]; the suite fails while a registered provider has no case.

mod retell;
mod twilio;
mod vapi;

use serde_json::Value;
use std::{fs, path::PathBuf};
use vestibule_model::UnixMs;
use vestibule_ports::{CallWebhooks, Inbound, VerifyFault};
use vestibule_vault::Credentials;

/// Every provider's case.
pub(crate) fn all() -> Vec<Case> {
    vec![retell::case(), vapi::case(), twilio::case()]
}

/// One provider, described to the suite.
pub(crate) struct Case {
    pub provider: &'static str,
    /// A request that is genuine in every way, and what must not be lost of it.
    pub genuine: Signed,
    /// A shift of the clock, in milliseconds, after which the genuine request is stale; none where no time is
    /// signed.
    pub too_long: Option<i64>,
    /// What `lab verify` takes, each with `expect`.
    pub vectors: Vec<Value>,
    /// How the samples' names in `fixtures/{provider}` end: `json`, `form`.
    pub ending: &'static str,
    /// Samples that tell of the same event, in groups: they have one key. All others have keys of their own.
    pub same_event: &'static [&'static [&'static str]],
    /// A well-formed event of that name about the call `c-1`: the suite invents names.
    pub event: fn(name: &str) -> Vec<u8>,
    /// Bodies that are not events, and the code with which they are kept.
    pub unreadable: &'static [(&'static str, &'static str)],
    /// Texts that are in the fixtures and must never be in a fact.
    pub never_told: &'static [&'static str],
    /// Texts that are in the fixtures and must not even be kept.
    pub never_kept: &'static [&'static str],
    /// Names of fields, so that arbitrary values land where they are read.
    pub words: &'static [&'static str],
    /// Makes an event that is to be folded out of arbitrary fields; none where events are not JSON.
    pub folded: Option<fn(fields: Value) -> Value>,
}

/// A request with what verifies it.
pub(crate) struct Signed {
    pub request: Sent,
    pub keys: Credentials,
    /// The same with another secret.
    pub others: Credentials,
    /// The header that carries the signature.
    pub signature: &'static str,
}

/// A request as it is sent.
#[derive(Clone)]
pub(crate) struct Sent {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub now: i64,
}

impl Sent {
    /// A POST of a body that nothing is known about.
    pub(crate) fn bare(body: &[u8]) -> Self {
        Self { method: "POST", url: String::new(), headers: Vec::new(), body: body.to_vec(), now: 0 }
    }

    /// Hands the request over as a door would.
    pub(crate) fn over<T>(&self, what: impl FnOnce(&Inbound<'_>) -> T) -> T {
        let header = |name: &str| {
            self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone())
        };
        let now = UnixMs(self.now);
        what(&Inbound { method: self.method, url: &self.url, header: &header, body: &self.body, now })
    }

    pub(crate) fn verify(&self, by: &dyn CallWebhooks, keys: &[Credentials]) -> Result<(), VerifyFault> {
        self.over(|inbound| by.verify(keys, inbound))
    }

    /// The same with another value of a header, or without it.
    pub(crate) fn with(&self, name: &str, value: Option<&str>) -> Self {
        let mut sent = self.clone();
        sent.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        sent.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        sent
    }
}

pub(crate) fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A section of the vectors.
pub(crate) fn vectors(section: &str) -> Vec<Value> {
    let all: Value = serde_json::from_slice(&fs::read(fixtures().join("vectors.json")).unwrap()).unwrap();
    all[section].as_array().unwrap_or_else(|| panic!("no vectors {section}")).clone()
}

/// A sample of a provider.
pub(crate) fn sample(provider: &str, file: &str) -> Vec<u8> {
    fs::read(fixtures().join(provider).join(file)).unwrap_or_else(|e| panic!("{provider}/{file}: {e}"))
}

impl Case {
    /// Name and body of every sample.
    pub(crate) fn samples(&self) -> Vec<(String, Vec<u8>)> {
        let ending = format!(".{}", self.ending);
        let mut found: Vec<_> = fs::read_dir(fixtures().join(self.provider))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter_map(|path| {
                let name = path.file_name()?.to_str()?.strip_suffix(&ending)?.to_owned();
                (!name.ends_with(".expected")).then(|| (name, fs::read(&path).unwrap()))
            })
            .collect();
        found.sort();
        assert!(!found.is_empty(), "{} has no samples", self.provider);
        found
    }

    /// The provider itself.
    pub(crate) fn by(&self) -> std::sync::Arc<dyn CallWebhooks> {
        vestibule_providers::call_webhooks_named(self.provider).unwrap()
    }
}
