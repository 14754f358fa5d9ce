//! Requests that were not let in: counted per door, reason and minute. Nothing else of them is kept.

use crate::{Result, Tx};
use vestibule_model::UnixMs;

/// A count of refused requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalRecord {
    /// Which door.
    pub door: String,
    /// Why, as a stable code.
    pub reason: String,
    /// The minute, as the instant at which it began.
    pub minute: UnixMs,
    /// How many.
    pub count: i64,
}

/// Adds to a count.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn add(tx: &mut Tx, refusal: &RefusalRecord) -> Result<()> {
    let sql = "INSERT INTO refusals (door, reason, minute, count) VALUES ($1, $2, $3, $4)
               ON CONFLICT (minute, door, reason) DO UPDATE SET count = refusals.count + excluded.count";
    let r = refusal.clone();
    tx.exec(sql, None, &[r.door.into(), r.reason.into(), r.minute.into(), r.count.into()]).await.map(drop)
}

/// The newest counts before an instant.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx, before: UnixMs, limit: i64) -> Result<Vec<RefusalRecord>> {
    let sql = "SELECT door, reason, minute, count FROM refusals WHERE minute < $1 ORDER BY minute DESC, door, reason LIMIT $2";
    let rows = tx.rows(sql, None, &[before.into(), limit.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(RefusalRecord {
                door: row.text("door")?,
                reason: row.text("reason")?,
                minute: row.at("minute")?,
                count: row.int("count")?,
            })
        })
        .collect()
}
