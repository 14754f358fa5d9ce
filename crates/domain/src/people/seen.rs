//! Where a person is signed in: listed, and ended one by one or together. When a session was last seen is written at most
//! once a minute, whichever node sees it.

use crate::{House, Refusal, Result, audit};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use vestibule_access::TenantScope;
use vestibule_model::{SessionId, UnixMs, UserId};
pub use vestibule_store::directory::seen::SeenRecord;
use vestibule_store::directory::{people, seen, sessions};

/// The time between two notes of the same session, in milliseconds.
const EVERY_MS: i64 = 60_000;
/// The most sessions that a node remembers between two notes.
const MOST: usize = 50_000;

/// Which sessions this node has written down lately: most requests need no look at the database for it.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashMap<SessionId, UnixMs>>);

impl Seen {
    /// Whether a note is due; it is asked for once.
    fn is_due(&self, id: SessionId, now: UnixMs) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&id).is_some_and(|at| now.since(*at) < EVERY_MS) {
            return false;
        }
        if all.len() >= MOST {
            all.retain(|_, at| now.since(*at) < EVERY_MS);
            if all.len() >= MOST {
                all.clear();
            }
        }
        all.insert(id, now);
        true
    }
}

/// Notes that a session was seen, from where, at most once a minute. Idempotent within that time. What cannot be written
/// is left out: nobody waits for it.
pub async fn note_seen(house: &House, id: SessionId, device: Option<&str>, address: Option<&str>) {
    let now = house.world.now();
    if !house.seen.is_due(id, now) {
        return;
    }
    let written = async {
        let mut tx = house.db.write().await?;
        seen::note(&mut tx, id, device, address, now, EVERY_MS).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(error = %error, "when a session was seen could not be written");
    }
}

/// A person's sessions that are still good, the last seen first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list_sessions(house: &House, user: UserId) -> Result<Vec<SeenRecord>> {
    let mut tx = house.db.read().await?;
    Ok(seen::list(&mut tx, user, house.world.now()).await?)
}

/// Ends one of a person's own sessions. Idempotent in effect; one that is over or another's is not found.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn end_session(house: &House, platform: &TenantScope, user: UserId, id: SessionId) -> Result<()> {
    let mut tx = house.db.write_in(platform).await?;
    if !seen::end(&mut tx, user, id, house.world.now()).await? {
        return Err(Refusal::not_found().into());
    }
    let mut own = tx.tenant(platform).await?;
    audit::note(&mut own, &house.world, "session.ended", "session", &id.to_string(), json!({})).await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of a person but this one; how many ended. Idempotent.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn end_other_sessions(
    house: &House,
    platform: &TenantScope,
    user: UserId,
    this: SessionId,
) -> Result<u64> {
    let mut tx = house.db.write_in(platform).await?;
    let ended = seen::end_others(&mut tx, user, this, house.world.now()).await?;
    if ended > 0 {
        let mut own = tx.tenant(platform).await?;
        let doc = json!({ "ended": ended });
        audit::note(&mut own, &house.world, "session.others_ended", "person", &user.to_string(), doc).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// Ends every session of a person, as an operator. Idempotent.
///
/// # Errors
/// `not_found` when there is no such person, or the database's.
pub async fn end_all_sessions(house: &House, platform: &TenantScope, user: UserId) -> Result<()> {
    let mut tx = house.db.write_in(platform).await?;
    people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    sessions::revoke_all(&mut tx, user, house.world.now()).await?;
    let mut own = tx.tenant(platform).await?;
    audit::note(&mut own, &house.world, "session.all_ended", "person", &user.to_string(), json!({})).await?;
    Ok(tx.commit().await?)
}
