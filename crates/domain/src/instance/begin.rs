//! Beginning to serve: the fingerprint is compared with what the data remembers. Idempotent: a server that begins again in the
//! same place is no other.

use crate::instance::rules::{self, Fingerprint, Why};
use crate::{House, Result};
use vestibule_model::UnixMs;
use vestibule_store::directory::instances::{self, InstanceRecord};

/// How an installation begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Since when it is muted, if it is.
    pub muted_at: Option<UnixMs>,
    /// Why, as a stable code.
    pub why: Option<String>,
    /// How often it was served, this time included: what the place is to remember.
    pub starts: i64,
}

/// Begins to serve from a place. Data that was never served begins freely. `asked` mutes it in any case.
///
/// # Errors
/// The database's.
pub async fn begin(house: &House, mut now: Fingerprint, asked: bool) -> Result<Begun> {
    let at = house.world.now();
    let mut tx = house.db.write().await?;
    if let Some(place) = instances::place_of(&mut tx).await? {
        now.place = place;
    }
    house.muted.serve_from(now.clone());
    let known = instances::find(&mut tx).await?;
    let why = match &known {
        Some(known) => rules::why(known, &now),
        None => None,
    };
    let why = why.or(asked.then_some(Why::Asked));
    let mut record = known.unwrap_or_else(|| InstanceRecord {
        database_id: house.world.new_id(),
        place: now.place.clone(),
        public_url: String::new(),
        starts: 0,
        muted_at: None,
        muted_why: None,
    });
    if let Some(why) = why
        && record.muted_at.is_none()
    {
        record.muted_at = Some(at);
        record.muted_why = Some(why.as_str().to_owned());
    }
    // While it is muted the data remembers where it was really served: nobody has said yet that this is its place.
    if record.muted_at.is_none() {
        record.place = now.place;
        if !now.public_url.is_empty() {
            record.public_url = now.public_url;
        }
    }
    record.starts = record.starts.max(now.starts.unwrap_or(0)) + 1;
    instances::put(&mut tx, &record, at).await?;
    tx.commit().await?;
    house.muted.set(record.muted_at.is_some());
    Ok(Begun { muted_at: record.muted_at, why: record.muted_why, starts: record.starts })
}

/// Looks whether another node, or the command line, said something else meanwhile; what it is now.
///
/// # Errors
/// The database's.
pub async fn refresh(house: &House) -> Result<Option<InstanceRecord>> {
    let mut tx = house.db.read().await?;
    let known = instances::find(&mut tx).await?;
    drop(tx);
    if let Some(known) = &known {
        house.muted.set(known.muted_at.is_some());
    }
    Ok(known)
}
