//! How far each connection's calls were compared with the provider's own list of them.

use crate::{Result, Row, Tx, Val};
use vestibule_model::{ConnectionId, TenantId, UnixMs};

/// A row of `reconciliations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciliationRecord {
    /// The connection.
    pub connection: ConnectionId,
    /// Whose connection it is.
    pub owner: TenantId,
    /// Until when its calls were compared.
    pub done_until: UnixMs,
    /// When it was last tried.
    pub tried_at: UnixMs,
    /// When it last went well.
    pub succeeded_at: Option<UnixMs>,
    /// What stood in the way the last time, as a stable code.
    pub fault: Option<String>,
    /// How often in a row something stood in the way.
    pub faults_in_row: i64,
    /// How many calls the provider listed, ever.
    pub listed_count: i64,
    /// How many events never came and were found again, ever.
    pub filled_count: i64,
    /// When the last one was.
    pub last_filled_at: Option<UnixMs>,
}

const COLUMNS: &str = "connection_id, owner_id, done_until, tried_at, succeeded_at, fault, faults_in_row, listed_count, filled_count, last_filled_at";

fn read(row: &Row) -> Result<ReconciliationRecord> {
    Ok(ReconciliationRecord {
        connection: row.id("connection_id")?,
        owner: row.id("owner_id")?,
        done_until: row.at("done_until")?,
        tried_at: row.at("tried_at")?,
        succeeded_at: row.opt_at("succeeded_at")?,
        fault: row.opt_text("fault")?,
        faults_in_row: row.int("faults_in_row")?,
        listed_count: row.int("listed_count")?,
        filled_count: row.int("filled_count")?,
        last_filled_at: row.opt_at("last_filled_at")?,
    })
}

/// Claims up to `limit` connections of the named providers that are due, new ones first, and makes them due again
/// `every_ms` later. Idempotent in its effect: of several nodes that ask at once, each connection goes to one.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn claim(
    tx: &mut Tx,
    providers: &[&str],
    now: UnixMs,
    every_ms: i64,
    limit: i64,
) -> Result<Vec<ConnectionId>> {
    // A closed handful of names of ours: their number decides the text, nothing of them is in it.
    let marks: Vec<String> = (0..providers.len()).map(|i| format!("${}", i + 5)).collect();
    let sql = format!(
        "INSERT INTO reconciliations (connection_id, owner_id, done_until, due_at, tried_at, faults_in_row, listed_count, filled_count)
         SELECT c.id, c.owner_id, c.created_at, $2, $1, 0, 0, 0 FROM connections c
         LEFT JOIN reconciliations r ON r.connection_id = c.id
         WHERE c.deleted_at IS NULL AND c.provider IN ({}) AND (r.due_at IS NULL OR r.due_at <= $1)
         ORDER BY coalesce(r.due_at, $4), c.id LIMIT $3
         ON CONFLICT (connection_id) DO UPDATE SET due_at = excluded.due_at, tried_at = excluded.tried_at
         WHERE reconciliations.due_at <= $1
         RETURNING connection_id",
        marks.join(", ")
    );
    let mut values: Vec<Val> = vec![now.into(), now.plus_ms(every_ms).into(), limit.into(), 0_i64.into()];
    values.extend(providers.iter().map(|p| Val::from(*p)));
    tx.rows(&sql, None, &values).await?.iter().map(|row| row.id("connection_id")).collect()
}

/// Counts events that never came and were found again. In the transaction that folds them: whoever dies before its
/// commit has counted nothing, and after it everything.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn count_filled(tx: &mut Tx, connection: ConnectionId, filled: i64, now: UnixMs) -> Result<()> {
    let sql = "UPDATE reconciliations SET filled_count = filled_count + $2, last_filled_at = $3
               WHERE connection_id = $1";
    tx.exec(sql, None, &[connection.into(), filled.into(), now.into()]).await.map(drop)
}

/// Notes how a pass went: until when all is compared, and what was listed.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn note(
    tx: &mut Tx,
    connection: ConnectionId,
    done_until: Option<UnixMs>,
    fault: Option<&str>,
    listed: i64,
    (now, due_at): (UnixMs, UnixMs),
) -> Result<()> {
    let sql = "UPDATE reconciliations SET done_until = coalesce($2, done_until), fault = $3,
                 faults_in_row = CASE WHEN $3 IS NULL THEN 0 ELSE faults_in_row + 1 END,
                 succeeded_at = CASE WHEN $3 IS NULL THEN $5 ELSE succeeded_at END,
                 listed_count = listed_count + $4, due_at = $6
               WHERE connection_id = $1";
    let values: [Val; 6] =
        [connection.into(), done_until.into(), fault.into(), listed.into(), now.into(), due_at.into()];
    tx.exec(sql, None, &values).await.map(drop)
}

/// How one connection stands.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, connection: ConnectionId) -> Result<Option<ReconciliationRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM reconciliations WHERE connection_id = $1");
    tx.row(&sql, &[connection.into()]).await?.as_ref().map(read).transpose()
}
