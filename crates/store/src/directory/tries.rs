//! Tries to sign in, by the keyed hash of an address: whether anybody has that address is not known here.

use crate::{Result, Tx, Val};
use vestibule_model::UnixMs;

/// A row of `sign_in_tries`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TriesRecord {
    /// The instants of the tries that count, the oldest first.
    pub recent: Vec<UnixMs>,
    /// Until when no more are looked at.
    pub locked_until: Option<UnixMs>,
    /// How often that happened, without a success in between.
    pub locks_count: i64,
}

fn pack(recent: &[UnixMs]) -> Vec<u8> {
    recent.iter().flat_map(|at| at.0.to_be_bytes()).collect()
}

fn unpack(bytes: &[u8]) -> Vec<UnixMs> {
    bytes.as_chunks::<8>().0.iter().map(|one| UnixMs(i64::from_be_bytes(*one))).collect()
}

/// The tries under a key, with the row locked until the transaction ends: who tries many at once is counted one by one.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn hold(tx: &mut Tx, key: [u8; 32], now: UnixMs) -> Result<TriesRecord> {
    // An update that changes nothing, because it locks on both databases and makes the row when there is none.
    let sql = "INSERT INTO sign_in_tries (key_hash, recent, locks_count, updated_at) VALUES ($1, $2, 0, $3)
               ON CONFLICT (key_hash) DO UPDATE SET key_hash = excluded.key_hash
               RETURNING recent, locked_until, locks_count";
    let row = tx.row(sql, &[key.into(), Vec::new().into(), now.into()]).await?;
    row.map_or_else(
        || Ok(TriesRecord::default()),
        |row| {
            Ok(TriesRecord {
                recent: unpack(&row.bytes("recent")?),
                locked_until: row.opt_at("locked_until")?,
                locks_count: row.int("locks_count")?,
            })
        },
    )
}

/// Writes down what became of the tries under a key that is held.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn keep(tx: &mut Tx, key: [u8; 32], record: &TriesRecord, now: UnixMs) -> Result<()> {
    let sql = "UPDATE sign_in_tries SET recent = $2, locked_until = $3, locks_count = $4, updated_at = $5 WHERE key_hash = $1";
    let values: [Val; 5] = [
        key.into(),
        pack(&record.recent).into(),
        record.locked_until.into(),
        record.locks_count.into(),
        now.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Until when a key is locked, without holding it.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn locked_until(tx: &mut Tx, key: [u8; 32]) -> Result<Option<UnixMs>> {
    let row = tx.row("SELECT locked_until FROM sign_in_tries WHERE key_hash = $1", &[key.into()]).await?;
    row.map_or(Ok(None), |row| row.opt_at("locked_until"))
}

/// Forgets every try under a key. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn forget(tx: &mut Tx, key: [u8; 32]) -> Result<()> {
    tx.exec("DELETE FROM sign_in_tries WHERE key_hash = $1", None, &[key.into()]).await.map(drop)
}

/// Forgets tries that nobody has added to since an instant; how many rows, `most` at most.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn prune(tx: &mut Tx, before: UnixMs, most: i64) -> Result<u64> {
    let sql = "DELETE FROM sign_in_tries WHERE key_hash IN
               (SELECT key_hash FROM sign_in_tries WHERE updated_at < $1 ORDER BY updated_at LIMIT $2)";
    tx.exec(sql, None, &[before.into(), most.into()]).await
}
