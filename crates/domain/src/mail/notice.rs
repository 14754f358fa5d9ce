//! What a mail can tell, and in which language.

use secrecy::{ExposeSecret, SecretString};
use vestibule_model::{Role, UnixMs};

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

/// A link in a mail that lets in whoever has it: never printed by `Debug`.
#[derive(Debug, Clone)]
pub struct SecretLink(SecretString);

impl SecretLink {
    /// A link by its whole address.
    #[must_use]
    pub const fn new(address: SecretString) -> Self {
        Self(address)
    }

    pub(super) fn address(&self) -> String {
        self.0.expose_secret().to_owned()
    }
}

impl PartialEq for SecretLink {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for SecretLink {}

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
    /// Somebody is asked to join a tenant.
    Invite {
        /// Who asks; may be empty.
        by: String,
        /// As what.
        role: Role,
        /// Where to say yes.
        link: SecretLink,
        /// Until when.
        until: UnixMs,
    },
    /// A forgotten password may be set anew.
    Reset {
        /// Where.
        link: SecretLink,
    },
    /// A new address is to be confirmed, there.
    ConfirmEmail {
        /// Where.
        link: SecretLink,
    },
    /// The old address hears that it is to be replaced.
    EmailChanging {
        /// By which.
        new_email: String,
    },
    /// Too many wrong passwords were tried.
    Unlock {
        /// Where to sign in again at once.
        link: SecretLink,
        /// When that is possible without the link.
        until: UnixMs,
    },
    /// A password was changed.
    PasswordChanged {
        /// When.
        at: UnixMs,
    },
    /// A second factor is asked for no longer.
    FactorOff {
        /// Since when.
        at: UnixMs,
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
            Self::Invite { .. } => "person.invited",
            Self::Reset { .. } => "password.reset",
            Self::ConfirmEmail { .. } => "email.confirm",
            Self::EmailChanging { .. } => "email.changing",
            Self::Unlock { .. } => "account.locked",
            Self::PasswordChanged { .. } => "password.changed",
            Self::FactorOff { .. } => "factor.off",
            Self::Test => "test",
        }
    }

    /// Whether it has a link that lets in whoever reads it: its text is kept sealed, and only until it is sent.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        match self {
            Self::Invite { .. } | Self::Reset { .. } | Self::ConfirmEmail { .. } | Self::Unlock { .. } => {
                true
            }
            Self::EndpointOff { .. }
            | Self::EmailChanging { .. }
            | Self::PasswordChanged { .. }
            | Self::FactorOff { .. }
            | Self::Test => false,
        }
    }
}
