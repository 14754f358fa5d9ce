//! What the commands print, and how they fail.

use std::io::Write;

/// A failure of a command: a sentence that says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// In words.
    #[error("{0}")]
    Words(String),
    /// The configuration.
    #[error("configuration: {0}")]
    Config(#[from] crate::config::ConfigFault),
    /// The system.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The rooms.
    #[error("{}", room(.0))]
    Room(#[from] vestibule_domain::Error),
    /// The database.
    #[error("{0}")]
    Store(#[from] vestibule_store::StoreError),
}

impl Fault {
    /// A failure in words.
    pub fn words(text: impl Into<String>) -> Self {
        Self::Words(text.into())
    }
}

fn room(error: &vestibule_domain::Error) -> String {
    match error {
        vestibule_domain::Error::Refused(refusal) => {
            let fields: Vec<String> =
                refusal.fields.iter().map(|f| format!("\n  {}: {}", f.field, f.en)).collect();
            format!("{}{}", refusal.en, fields.concat())
        }
        other => other.to_string(),
    }
}

/// Prints a line. A reader that has gone away is not an error.
pub fn out(line: &str) {
    let mut stdout = std::io::stdout().lock();
    drop(writeln!(stdout, "{line}"));
    drop(stdout.flush());
}

/// Prints a line to people, not to programs.
pub fn err(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}
