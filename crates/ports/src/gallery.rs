//! Samples of what a provider sends, and requests signed as it would sign them: for the lab, where people see that
//! what they have set up works. All of it is pure.

use crate::spec::Words;
use bytes::Bytes;
use vestibule_model::UnixMs;
use vestibule_vault::Credentials;

/// One request of a provider's, to be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Its name in addresses, for example `call_ended`.
    pub name: &'static str,
    /// What it tells, for people.
    pub title: Words,
    /// True when the provider waits for an answer to it.
    pub is_question: bool,
    /// The body, with `{{…}}` where something is filled in.
    pub template: &'static str,
}

/// What is filled into a sample. All samples with the same mark tell of the same call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    /// Tells the sample's call from others: 32 hexadecimal digits.
    pub mark: String,
    /// The provider's id of the agent.
    pub agent: String,
    /// The tenant's number.
    pub number: String,
    /// The present instant: the sample's times are a little before it.
    pub at: UnixMs,
}

/// A header of a request that goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingHeader {
    /// Its name, in lower case.
    pub name: String,
    /// Its value.
    pub value: String,
    /// True when the value is the secret itself: it is sent, and never shown.
    pub is_secret: bool,
}

/// What stands in the place of a secret.
const BLACK: &str = "[redacted]";

impl OutgoingHeader {
    /// A header that anybody may see.
    #[must_use]
    pub fn open(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_ascii_lowercase(), value: value.into(), is_secret: false }
    }

    /// A header whose value is a secret.
    #[must_use]
    pub fn secret(name: &str, value: impl Into<String>) -> Self {
        Self { is_secret: true, ..Self::open(name, value) }
    }

    /// The value as people are shown it.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.is_secret { BLACK } else { &self.value }
    }
}

impl std::fmt::Debug for OutgoingHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.shown())
    }
}

/// A POST that goes out as a provider would send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where it goes.
    pub url: String,
    /// Its headers.
    pub headers: Vec<OutgoingHeader>,
    /// Its body.
    pub body: Bytes,
}

impl Outgoing {
    /// A header's value by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|header| header.name == name).map(|header| header.value.clone())
    }
}

/// The credentials lack what signs; its field is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsigned(pub &'static str);

/// A provider's samples, and its signature.
pub trait Gallery: Send + Sync {
    /// Its samples, in the order in which they tell a story.
    fn samples(&self) -> Vec<&'static Sample>;

    /// The body of a sample, filled in.
    fn fill(&self, sample: &Sample, with: &Filling) -> Vec<u8>;

    /// The field of the credentials that signs.
    fn signing_field(&self) -> &'static str;

    /// A request with a body to an address, signed as the provider would at an instant.
    ///
    /// # Errors
    /// When the credentials lack what signs.
    fn sign(&self, keys: &Credentials, url: &str, body: Vec<u8>, at: UnixMs) -> Result<Outgoing, Unsigned>;

    /// The sample of that name.
    fn named(&self, name: &str) -> Option<&'static Sample> {
        self.samples().into_iter().find(|sample| sample.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_sent_and_not_shown() {
        let header = OutgoingHeader::secret("X-Secret", "hush");
        assert_eq!(
            (header.name.as_str(), header.value.as_str(), header.shown()),
            ("x-secret", "hush", BLACK)
        );
        assert_eq!(format!("{header:?}"), "x-secret: [redacted]");
        assert_eq!(OutgoingHeader::open("a", "b").shown(), "b");
    }
}
