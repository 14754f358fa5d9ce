//! SQLite: one writer with two lanes, several readers, statements executed in place.
//!
//! A statement costs microseconds, so it runs on the task that asks. Only what may wait for the disk (a
//! commit, a read of many rows) tells the runtime that it blocks.

use crate::checkpoint::Checkpointer;
use crate::{Result, Row, StoreError, Val};
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Instant;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// How many readers there are.
const READERS: usize = 4;
/// How long somebody who wrote ahead of the others is expected to come again, in milliseconds.
const PRESSED_MS: u64 = 30;

pub(crate) struct Sqlite {
    writer: Arc<Mutex<Connection>>,
    /// Everybody but the accepting lane queues here first, so that accepting waits for one commit at most.
    slow_lane: Arc<Mutex<()>>,
    readers: Arc<std::sync::Mutex<Vec<Connection>>>,
    reader_slots: Arc<Semaphore>,
    /// When somebody last wrote ahead of the others, in milliseconds after `opened`.
    pressed: AtomicU64,
    opened: Instant,
    _checkpoints: Checkpointer,
}

pub(crate) enum LiteConn {
    Writer {
        conn: OwnedMutexGuard<Connection>,
        _lane: Option<OwnedMutexGuard<()>>,
    },
    Reader {
        conn: Option<Connection>,
        home: Arc<std::sync::Mutex<Vec<Connection>>>,
        _slot: OwnedSemaphorePermit,
    },
}

impl Drop for LiteConn {
    fn drop(&mut self) {
        if let Self::Reader { conn, home, .. } = self
            && let Some(conn) = conn.take()
        {
            home.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
    }
}

/// Runs something that may wait for the disk without holding up the runtime's other tasks.
pub(crate) fn blocking<R>(act: impl FnOnce() -> R) -> R {
    match tokio::runtime::Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(act)
        }
        _ => act(),
    }
}

/// Keeps a statement's plan whatever is bound to it: else SQLite compiles one with `LIMIT ?` anew every time.
fn stable_plans(conn: &Connection) -> Result<()> {
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Makes the file for its owner's eyes only; the files that SQLite puts beside it follow it.
fn private(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    made.map(drop).map_err(|e| StoreError::Gone(format!("{}: {e}", path.display())))
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        private(path)?;
        let writer = Connection::open(path)?;
        // Must come before the first table; has no effect later.
        writer.execute_batch(
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -40960;
             PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;",
        )?;
        let synchronous: i64 = writer.query_row("PRAGMA synchronous", [], |r| r.get(0))?;
        let journal: String = writer.query_row("PRAGMA journal_mode", [], |r| r.get(0))?;
        if synchronous != 2 || journal != "wal" {
            return Err(StoreError::Gone(format!(
                "SQLite is not durable: synchronous={synchronous} {journal}"
            )));
        }
        stable_plans(&writer)?;
        writer.set_prepared_statement_cache_capacity(256);
        let mut readers = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let reader = Connection::open_with_flags(path, flags)?;
            reader.execute_batch(
                "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4096; PRAGMA query_only = ON;",
            )?;
            stable_plans(&reader)?;
            reader.set_prepared_statement_cache_capacity(128);
            readers.push(reader);
        }
        let writer = Arc::new(Mutex::new(writer));
        Ok(Self {
            pressed: AtomicU64::new(0),
            opened: Instant::now(),
            _checkpoints: Checkpointer::start(path, writer.clone())?,
            writer,
            slow_lane: Arc::default(),
            readers: Arc::new(std::sync::Mutex::new(readers)),
            reader_slots: Arc::new(Semaphore::new(READERS)),
        })
    }

    pub(crate) async fn write(&self, fast: bool) -> Result<LiteConn> {
        let lane = if fast {
            self.pressed.store(self.since_opened(), Ordering::Relaxed);
            None
        } else {
            Some(self.slow_lane.clone().lock_owned().await)
        };
        let conn = LiteConn::Writer { conn: self.writer.clone().lock_owned().await, _lane: lane };
        // Another process (a command) may hold the file for a moment.
        blocking(|| conn.conn()?.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from))?;
        Ok(conn)
    }

    /// The writer's connection, outside any transaction.
    pub(crate) async fn alone(&self) -> OwnedMutexGuard<Connection> {
        self.writer.clone().lock_owned().await
    }

    fn since_opened(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether somebody wrote ahead of the others within the last moment.
    pub(crate) fn is_pressed(&self) -> bool {
        let last = self.pressed.load(Ordering::Relaxed);
        last > 0 && self.since_opened().saturating_sub(last) < PRESSED_MS
    }

    pub(crate) async fn read(&self) -> Result<LiteConn> {
        let slot = self.reader_slots.clone().acquire_owned().await.map_err(|_| StoreError::Busy)?;
        let conn = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = LiteConn::Reader { conn, home: self.readers.clone(), _slot: slot };
        conn.conn()?.execute_batch("BEGIN")?;
        Ok(conn)
    }

    /// Copies the database while it is in use.
    pub(crate) fn backup(path: &Path, target: &Path) -> Result<()> {
        let source = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        private(target)?;
        let mut target = Connection::open(target)?;
        let backup = rusqlite::backup::Backup::new(&source, &mut target)?;
        backup.run_to_completion(1000, std::time::Duration::from_millis(5), None)?;
        Ok(())
    }
}

struct Bound<'a>(&'a Val);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Val::Int(v) => ToSqlOutput::Owned(v.map_or(Value::Null, Value::Integer)),
            Val::Bool(v) => ToSqlOutput::Owned(v.map_or(Value::Null, |b| Value::Integer(i64::from(b)))),
            Val::Text(Some(v)) | Val::Json(Some(v)) => ToSqlOutput::from(v.as_str()),
            Val::Bytes(Some(v)) => ToSqlOutput::from(v.as_slice()),
            Val::Id(Some(v)) => ToSqlOutput::from(&v.as_bytes()[..]),
            Val::Text(None) | Val::Json(None) | Val::Bytes(None) | Val::Id(None) => {
                ToSqlOutput::Owned(Value::Null)
            }
        })
    }
}

const NAMES: [&str; 64] = [
    "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16",
    "$17", "$18", "$19", "$20", "$21", "$22", "$23", "$24", "$25", "$26", "$27", "$28", "$29", "$30", "$31",
    "$32", "$33", "$34", "$35", "$36", "$37", "$38", "$39", "$40", "$41", "$42", "$43", "$44", "$45", "$46",
    "$47", "$48", "$49", "$50", "$51", "$52", "$53", "$54", "$55", "$56", "$57", "$58", "$59", "$60", "$61",
    "$62", "$63", "$64",
];

impl LiteConn {
    pub(crate) fn conn(&self) -> Result<&Connection> {
        match self {
            Self::Writer { conn, .. } => Ok(conn),
            Self::Reader { conn, .. } => conn.as_ref().ok_or(StoreError::Busy),
        }
    }

    fn bind<'s>(
        &'s self,
        sql: &str,
        first: Option<&Val>,
        rest: &[Val],
    ) -> Result<rusqlite::CachedStatement<'s>> {
        let mut statement = self.conn()?.prepare_cached(sql)?;
        for (value, name) in first.into_iter().chain(rest).zip(NAMES) {
            // SQLite numbers `$n` by first appearance, so values are bound by name.
            if let Some(index) = statement.parameter_index(name)? {
                statement.raw_bind_parameter(index, Bound(&value.cleaned()))?;
            }
        }
        Ok(statement)
    }

    pub(crate) fn exec(&self, sql: &str, first: Option<&Val>, rest: &[Val]) -> Result<u64> {
        let mut statement = self.bind(sql, first, rest)?;
        Ok(statement.raw_execute()? as u64)
    }

    pub(crate) fn rows(&self, sql: &str, first: Option<&Val>, rest: &[Val]) -> Result<Vec<Row>> {
        let mut statement = self.bind(sql, first, rest)?;
        let names: Arc<[String]> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut found = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let values = (0..names.len()).map(|i| row.get(i)).collect::<rusqlite::Result<Vec<Value>>>()?;
            found.push(Row::Lite { names: names.clone(), values });
        }
        Ok(found)
    }

    pub(crate) fn finish(&self, sql: &'static str) -> Result<()> {
        let conn = self.conn()?;
        match self {
            Self::Writer { .. } => blocking(|| conn.execute_batch(sql))?,
            Self::Reader { .. } => conn.execute_batch(sql)?,
        }
        Ok(())
    }
}
