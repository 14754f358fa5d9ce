//! What a connection knows of a provider's account: named texts, secret or not, as the provider's form asks
//! for them. They are kept sealed, and print only their names.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One set of a connection's credentials, by the field's name.
#[derive(Clone, Default)]
pub struct Credentials(BTreeMap<String, SecretString>);

impl Credentials {
    /// Credentials of one field.
    #[must_use]
    pub fn of(field: &str, value: &str) -> Self {
        Self::default().with(field, value)
    }

    /// The same with another field; an empty value takes the field away.
    #[must_use]
    pub fn with(mut self, field: &str, value: &str) -> Self {
        match value.trim() {
            "" => self.0.remove(field),
            value => self.0.insert(field.to_owned(), SecretString::from(value)),
        };
        self
    }

    /// The value of a field, never empty.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(ExposeSecret::expose_secret)
    }

    /// The names of the fields that have a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// True when no field has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when both have the same fields with the same values.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.names().eq(other.names()) && self.names().all(|name| self.field(name) == other.field(name))
    }

    /// The bytes to be sealed: several sets as a JSON list of objects.
    #[must_use]
    pub fn to_plain(sets: &[Self]) -> Vec<u8> {
        let list: Vec<BTreeMap<&str, &str>> = sets
            .iter()
            .map(|set| set.0.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect())
            .collect();
        // A list of maps of texts is always JSON.
        serde_json::to_vec(&list).unwrap_or_default()
    }

    /// Reads what [`Self::to_plain`] made; `None` when it is something else. A text alone is an API key: so
    /// were keys kept before there were fields.
    #[must_use]
    pub fn from_plain(plain: &[u8]) -> Option<Vec<Self>> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Kept {
            Fields(BTreeMap<String, SecretString>),
            Key(SecretString),
        }
        let list: Vec<Kept> = serde_json::from_slice(plain).ok()?;
        let read = |kept| match kept {
            Kept::Fields(fields) => Self(fields),
            Kept::Key(key) => Self::of("api_key", key.expose_secret()),
        };
        Some(list.into_iter().map(read).collect())
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_back_and_do_not_print() {
        let sets = [
            Credentials::of("api_key", " key_abc ").with("webhook_key", ""),
            Credentials::of("api_key", "key_old").with("agent", "x"),
        ];
        let back = Credentials::from_plain(&Credentials::to_plain(&sets)).unwrap();
        assert!(back.iter().zip(&sets).all(|(a, b)| a.equals(b)) && back.len() == 2);
        assert!(!back[0].equals(&back[1]));
        assert_eq!(back[0].field("api_key"), Some("key_abc"));
        assert_eq!(back[0].field("webhook_key"), None);
        assert_eq!(format!("{:?}", back[1]), r#"{"agent", "api_key"}"#);
        assert!(Credentials::from_plain(b"[1]").is_none());
        let before = Credentials::from_plain(br#"["key_1", "key_2"]"#).unwrap();
        assert_eq!(before[1].field("api_key"), Some("key_2"));
        assert!(Credentials::default().is_empty() && !back[0].is_empty());
    }
}
