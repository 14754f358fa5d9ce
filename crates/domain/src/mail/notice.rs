//! What a mail can tell, and in which language.

use vestibule_model::UnixMs;

/// A language that we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
}

impl Language {
    /// The text in which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// The first that is one of ours; English when none is.
    #[must_use]
    pub fn of(wishes: &[&str]) -> Self {
        let known = |wish: &&str| match *wish {
            "en" => Some(Self::En),
            "fr" => Some(Self::Fr),
            _ => None,
        };
        wishes.iter().find_map(known).unwrap_or(Self::En)
    }
}

/// Why an endpoint was switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchedOff {
    /// It answered that it wants no more.
    Gone,
    /// Nothing but failures for days.
    Failing,
}

/// What a mail tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An endpoint was switched off by us.
    EndpointOff {
        /// What people call it; may be empty.
        name: String,
        /// Its host: the rest of an address can hold a secret.
        host: String,
        /// Why.
        why: SwitchedOff,
        /// Since when.
        since: UnixMs,
    },
    /// Nothing but that mail arrives.
    Test,
}

impl Notice {
    /// The stable name of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::EndpointOff { .. } => "endpoint.off",
            Self::Test => "test",
        }
    }
}
