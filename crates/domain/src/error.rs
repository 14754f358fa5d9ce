//! An expected no, or a fault of ours.

use vestibule_store::StoreError;

/// The result of an act.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of no it is; the HTTP floor has the table of statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request cannot be read.
    BadRequest,
    /// Nobody, or nobody we know, asks.
    Unauthorized,
    /// Not with these rights.
    Forbidden,
    /// It does not exist, or not for this principal.
    NotFound,
    /// It contradicts what is there.
    Conflict,
    /// A field is not good.
    Invalid,
    /// Too often.
    TooMany,
    /// Not now.
    Unavailable,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Its name.
    pub field: &'static str,
    /// A stable code.
    pub code: &'static str,
    /// English.
    pub en: &'static str,
    /// French.
    pub fr: &'static str,
}

impl FieldFault {
    /// A secret that everybody has (requirement K23).
    #[must_use]
    pub const fn printed(field: &'static str) -> Self {
        Self {
            field,
            code: "printed_secret",
            en: "This is printed in a public document, so everybody has it: make another.",
            fr: "Ceci figure dans un document public, donc tout le monde l’a : créez-en un autre.",
        }
    }
}

/// An expected no: a stable code and a sentence that is safe to show, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A stable code.
    pub code: &'static str,
    /// What kind of no.
    pub kind: Kind,
    /// English.
    pub en: &'static str,
    /// French.
    pub fr: &'static str,
    /// Which fields, where it is about fields.
    pub fields: Vec<FieldFault>,
    /// After how many seconds it is worth asking again.
    pub retry_after_s: Option<u32>,
}

impl Refusal {
    /// A no.
    #[must_use]
    pub const fn new(kind: Kind, code: &'static str, en: &'static str, fr: &'static str) -> Self {
        Self { code, kind, en, fr, fields: Vec::new(), retry_after_s: None }
    }

    /// A no about fields.
    #[must_use]
    pub const fn invalid(fields: Vec<FieldFault>) -> Self {
        Self {
            code: "invalid",
            kind: Kind::Invalid,
            en: "Some fields need another look.",
            fr: "Certains champs sont à revoir.",
            fields,
            retry_after_s: None,
        }
    }

    /// It does not exist, or not for you.
    #[must_use]
    pub const fn not_found() -> Self {
        Self::new(Kind::NotFound, "not_found", "There is nothing here.", "Il n’y a rien ici.")
    }

    /// Says when to ask again.
    #[must_use]
    pub const fn after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

/// Why an act was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An expected no.
    #[error("refused: {}", .0.code)]
    Refused(Refusal),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Ours to mend.
    #[error("fault: {0}")]
    Fault(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Error {
    /// A fault from something else.
    pub fn fault(error: impl std::fmt::Display) -> Self {
        Self::Fault(error.to_string())
    }

    /// The error as a job's failure.
    #[must_use]
    pub fn into_store(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Refused(refusal) => StoreError::Broken(format!("refused: {}", refusal.code)),
            Self::Fault(text) => StoreError::Broken(text),
        }
    }
}
