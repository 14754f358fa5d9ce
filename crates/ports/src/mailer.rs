//! Sending mail.

use futures::future::BoxFuture;

/// A mail, ready to be sent. Its `Debug` shows neither whom it goes to nor what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Who sends it: `name@example.com` or `Name <name@example.com>`.
    pub from: String,
    /// The receiver's address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The same on every try at this mail: whoever carries it takes it once.
    pub idempotency_key: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({})", self.idempotency_key)
    }
}

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMail {
    /// Its id with whoever took it.
    pub external_id: String,
}

/// What to do about a mail that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailFaultKind {
    /// This mail is never taken.
    Rejected,
    /// We may not send, or not so: somebody has to set it right, and then the same mail goes.
    Unauthorized,
    /// Not now: later may be better.
    Unavailable,
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFault {
    /// What to do about it.
    pub kind: MailFaultKind,
    /// A stable code, safe to show and to store.
    pub code: &'static str,
    /// How long we are asked to wait, in milliseconds.
    pub retry_after_ms: Option<i64>,
    /// The other side's own words: text, capped, without our secrets. It can hold an address: not to be stored.
    pub said: Option<String>,
}

impl MailFault {
    /// A fault without a wish and without words.
    #[must_use]
    pub const fn new(kind: MailFaultKind, code: &'static str) -> Self {
        Self { kind, code, retry_after_ms: None, said: None }
    }
}

/// Whoever carries mail.
pub trait Mailer: Send + Sync {
    /// How it carries, in a word: for people who ask.
    fn name(&self) -> &'static str;

    /// Sends a mail. Idempotent by its key as far as the other side remembers keys; never outlives half a minute.
    ///
    /// # Errors
    /// [`MailFault`].
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<SentMail, MailFault>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_does_not_print_what_it_says() {
        let said = || "marie@example.com".to_owned();
        let mail = Mail {
            from: said(),
            to: said(),
            subject: said(),
            text: said(),
            html: said(),
            idempotency_key: "k1".into(),
        };
        assert_eq!(format!("{mail:?}"), "Mail(k1)");
    }
}
