//! Bringing SQLite's log back into the database, beside the writer instead of inside its commits: whoever waits for
//! a commit does not wait for a checkpoint.
//!
//! A passive checkpoint copies while others write, but a log that is written to without a pause is never empty and
//! would grow. So when it has become long, the writer is held for the little that the passive one left over, and the
//! next commit begins the log anew.

use crate::{Result, StoreError};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use tokio::sync::Mutex;

/// How often the log is looked at.
const EVERY: Duration = Duration::from_millis(100);
/// From how many pages of 4 kB on the log is brought back.
const LONG: i64 = 4_000;

/// Brings the log back for as long as it is kept.
pub(crate) struct Checkpointer {
    _stop: Sender<()>,
}

impl Checkpointer {
    /// Begins. The writer must not checkpoint by itself.
    pub(crate) fn start(path: &Path, writer: Arc<Mutex<Connection>>) -> Result<Self> {
        let conn = Connection::open(path)?;
        // Never waits for readers: what they hold back is brought back the next time.
        conn.execute_batch(
            "PRAGMA busy_timeout = 0; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;",
        )?;
        let (stop, stopped) = channel();
        std::thread::Builder::new()
            .name("checkpoint".into())
            .spawn(move || run(&conn, &writer, &stopped))
            .map_err(|e| StoreError::Gone(format!("no thread for checkpoints: {e}")))?;
        Ok(Self { _stop: stop })
    }
}

fn run(conn: &Connection, writer: &Mutex<Connection>, stopped: &Receiver<()>) {
    while matches!(stopped.recv_timeout(EVERY), Err(RecvTimeoutError::Timeout)) {
        if let Err(error) = bring_back(conn, writer) {
            // Nothing is lost: the log holds everything, and the next look tries again.
            tracing::warn!(error = %error, "the log could not be brought back into the database");
        }
    }
}

fn bring_back(conn: &Connection, writer: &Mutex<Connection>) -> rusqlite::Result<()> {
    let (length, done) = checkpoint(conn, "PRAGMA wal_checkpoint(NOOP)")?;
    if length - done < LONG && (length == done || length < 4 * LONG) {
        return Ok(());
    }
    checkpoint(conn, "PRAGMA wal_checkpoint(PASSIVE)")?;
    let writer = writer.blocking_lock();
    checkpoint(conn, "PRAGMA wal_checkpoint(RESTART)")?;
    drop(writer);
    Ok(())
}

/// How many pages the log has, and how many of them are in the database.
fn checkpoint(conn: &Connection, sql: &str) -> rusqlite::Result<(i64, i64)> {
    conn.query_row(sql, [], |row| Ok((row.get(1)?, row.get(2)?)))
}
