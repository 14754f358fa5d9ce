//! What was erased, written down outside the database and its backups, so that a restored backup is without it again.

use std::io;

/// Keeps a line for each erasure: ids and keyed hashes, nothing of what was erased.
pub trait Tombstones: Send + Sync {
    /// Appends a line for good: it is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written: then nothing may be said to be erased.
    fn append(&self, line: &str) -> io::Result<()>;

    /// Every line, of every node that writes to the same place. A line that was cut short by a crash is left out: what it
    /// was to tell of had not been said to be done.
    ///
    /// # Errors
    /// When they cannot be read.
    fn all(&self) -> io::Result<Vec<String>>;
}
