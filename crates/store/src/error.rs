//! What can go wrong in a database.

/// The result of a database act.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What went wrong. No value of a row ever appears in it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique or foreign key stood in the way; the constraint's or the columns' names.
    #[error("conflict on {0}")]
    Conflict(String),
    /// Too much at once: try again.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached or cannot write: nothing was kept, or we cannot know whether it was.
    #[error("the database is gone: {0}")]
    Gone(String),
    /// Anything else: ours to mend.
    #[error("the database refused: {0}")]
    Broken(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match &error {
            rusqlite::Error::SqliteFailure(failure, message) => {
                let text = message.clone().unwrap_or_else(|| failure.to_string());
                match failure.code {
                    Code::ConstraintViolation => Self::Conflict(text),
                    Code::DatabaseBusy | Code::DatabaseLocked => Self::Busy,
                    Code::DiskFull
                    | Code::SystemIoFailure
                    | Code::CannotOpen
                    | Code::ReadOnly
                    | Code::DatabaseCorrupt
                    | Code::NotADatabase => Self::Gone(text),
                    _ => Self::Broken(text),
                }
            }
            _ => Self::Broken(error.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(db) => {
                let code = db.code().unwrap_or_default();
                let name = || db.constraint().unwrap_or("a constraint").to_owned();
                match code.as_ref() {
                    c if c.starts_with("23") => Self::Conflict(name()),
                    "40001" | "40P01" | "55P03" => Self::Busy,
                    c if c.starts_with("08")
                        || c.starts_with("53")
                        || c.starts_with("57")
                        || c == "58030" =>
                    {
                        Self::Gone(db.message().to_owned())
                    }
                    c => Self::Broken(format!("{c} {}", db.message())),
                }
            }
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Gone(error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}

impl StoreError {
    /// True when the same may well work in a moment: nothing is wrong with what was asked.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy | Self::Gone(_))
    }
}
