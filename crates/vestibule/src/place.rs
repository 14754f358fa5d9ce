//! From where data is served: a file in the data directory that is not part of a backup, and the lock that says that a server
//! is running here.

use crate::build;
use crate::config::Config;
use crate::say::Fault;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use uuid::Uuid;
use vestibule_domain::instance::Fingerprint;
use vestibule_model::World;

/// What the file holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    id: Uuid,
    starts: i64,
}

fn file(dir: &Path) -> PathBuf {
    dir.join("instance.json")
}

fn read(dir: &Path) -> Option<Remembered> {
    serde_json::from_slice(&std::fs::read(file(dir)).ok()?).ok()
}

/// The place of a data directory; made when there is none.
pub fn fingerprint(config: &Config, world: &World) -> Result<Fingerprint, Fault> {
    let dir = &config.data.dir;
    let known = match read(dir) {
        Some(known) => known,
        None => {
            let fresh = Remembered { id: world.new_id(), starts: 0 };
            write(dir, &fresh)?;
            fresh
        }
    };
    Ok(Fingerprint {
        place: known.id.to_string(),
        public_url: config.server.public_url.trim_end_matches('/').to_owned(),
        // Nodes of one PostgreSQL start as often as they like.
        starts: (!config.is_postgres()).then_some(known.starts),
    })
}

/// Remembers how often data was served from here.
pub fn remember(config: &Config, starts: i64) -> Result<(), Fault> {
    let Some(known) = read(&config.data.dir) else { return Ok(()) };
    write(&config.data.dir, &Remembered { starts, ..known })
}

/// Forgets the place: whatever is served from here next is something else.
pub fn forget(config: &Config) -> Result<(), Fault> {
    match std::fs::remove_file(file(&config.data.dir)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn write(dir: &Path, what: &Remembered) -> Result<(), Fault> {
    let text = serde_json::to_vec(what).map_err(|e| Fault::words(e.to_string()))?;
    build::write_secret(&file(dir), &text)
}

/// Where tombstones are kept.
pub fn tombstones_dir(config: &Config) -> PathBuf {
    if config.data.tombstones_dir.as_os_str().is_empty() {
        config.data.dir.join("tombstones")
    } else {
        config.data.tombstones_dir.clone()
    }
}

/// The name under which this machine writes tombstones.
pub fn writer(config: &Config) -> String {
    read(&config.data.dir).map_or_else(|| "commands".to_owned(), |known| known.id.to_string())
}

/// Held for as long as a server runs on this data directory; the system lets go of it when the program ends, however it ends.
pub struct Running(#[expect(dead_code, reason = "held, not read")] File);

/// Takes the lock of the data directory; `None` when a server runs on it.
pub fn lock(config: &Config) -> Result<Option<Running>, Fault> {
    build::make_dir(&config.data.dir)?;
    let path = config.data.dir.join("running.lock");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Running(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
