//! The rows of the queue.

use crate::queue::GroupKey;
use crate::{Hint, Result, TenantTx, tsql, vals};
use std::borrow::Cow;
use uuid::Uuid;
use vestibule_model::UnixMs;

/// An instant that never comes: the job waits until it is released.
pub const NEVER: UnixMs = UnixMs(i64::MAX);

/// An instant that never comes either: the job came with an archive, and waits until its tenant is released.
pub const HELD: UnixMs = UnixMs(i64::MAX - 1);

/// Which job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobKey {
    /// Its group.
    pub group: GroupKey,
    /// Its id: the id of what is owed, so that it is owed once.
    pub id: Uuid,
}

/// A claimed job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Which job.
    pub key: JobKey,
    /// How many tries counted so far.
    pub attempts: i64,
}

/// Owes a job. Idempotent by (tenant, queue, id): a job that exists keeps its place, but comes due at
/// `next_at` when that is sooner.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn owe(
    tx: &mut TenantTx<'_>,
    queue: impl Into<Cow<'static, str>>,
    group: Uuid,
    id: Uuid,
    next_at: UnixMs,
    now: UnixMs,
) -> Result<()> {
    let queue = queue.into();
    let sql = tsql!(
        "INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, created_at)
         VALUES ($1, $2, $3, $4, $5, 0, 0, 0, FALSE, $6)
         ON CONFLICT (tenant_id, queue, id) DO UPDATE SET next_at = excluded.next_at
         WHERE jobs.tenant_id = $1 AND jobs.next_at > excluded.next_at AND jobs.leased = FALSE"
    );
    tx.exec(sql, vals![queue.as_ref(), id, group, next_at, now]).await?;
    if next_at <= now {
        let tenant = tx.tenant();
        tx.hint(Hint::Due(GroupKey { tenant, queue, group }));
    }
    Ok(())
}

/// Moves a job to another instant, or does nothing when it does not exist or is being worked at.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn later(tx: &mut TenantTx<'_>, queue: &'static str, id: Uuid, next_at: UnixMs) -> Result<bool> {
    let sql = tsql!(
        "UPDATE jobs SET next_at = $4 WHERE tenant_id = $1 AND queue = $2 AND id = $3 AND leased = FALSE"
    );
    Ok(tx.exec(sql, vals![queue, id, next_at]).await? > 0)
}

/// Makes a waiting job due now.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn release(
    tx: &mut TenantTx<'_>,
    queue: &'static str,
    group: Uuid,
    id: Uuid,
    now: UnixMs,
) -> Result<bool> {
    let released = later(tx, queue, id, now).await?;
    if released {
        let tenant = tx.tenant();
        tx.hint(Hint::Due(GroupKey { tenant, queue: Cow::Borrowed(queue), group }));
    }
    Ok(released)
}

/// Deletes a job that is no longer owed.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn finish(tx: &mut TenantTx<'_>, queue: &'static str, id: Uuid) -> Result<bool> {
    let sql = tsql!("DELETE FROM jobs WHERE tenant_id = $1 AND queue = $2 AND id = $3");
    Ok(tx.exec(sql, vals![queue, id]).await? > 0)
}

/// Has a tenant's jobs worked at that came with an archive; how many. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn release_held(tx: &mut TenantTx<'_>, now: UnixMs) -> Result<u64> {
    let sql = tsql!("UPDATE jobs SET next_at = $2 WHERE tenant_id = $1 AND next_at = $3");
    tx.exec(sql, vals![now, HELD]).await
}
