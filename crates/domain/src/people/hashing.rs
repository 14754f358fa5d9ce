//! Hashing passwords: tens of milliseconds and 19 MiB each, off the runtime's threads, and only so many at once, so that a
//! flood of tries waits instead of taking the memory.

use crate::{Error, House, Result};
use secrecy::SecretString;
use tokio::sync::Semaphore;
use vestibule_vault::{hash_password, verify_nobody, verify_password};

/// Who may hash at the moment.
static TURNS: Semaphore = Semaphore::const_new(8);

/// Hashes a password. Takes tens of milliseconds, off the runtime's threads.
///
/// # Errors
/// [`Error`] when it cannot be hashed.
pub(super) async fn hash(house: &House, password: SecretString) -> Result<String> {
    let _turn = TURNS.acquire().await.map_err(Error::fault)?;
    let entropy = house.world.entropy.clone();
    tokio::task::spawn_blocking(move || hash_password(&password, &*entropy))
        .await
        .map_err(Error::fault)?
        .map_err(|_| Error::fault("a password could not be hashed"))
}

/// Whether a password is the one that was hashed; without a hash it takes as long and says no.
///
/// # Errors
/// [`Error`] when it cannot be computed.
pub(super) async fn is_right(password: SecretString, phc: Option<String>) -> Result<bool> {
    let _turn = TURNS.acquire().await.map_err(Error::fault)?;
    tokio::task::spawn_blocking(move || match phc {
        Some(phc) => verify_password(&password, &phc),
        None => verify_nobody(&password),
    })
    .await
    .map_err(Error::fault)
}
