//! How many executions there were.

use crate::Result;
use vestibule_model::UnixMs;
use vestibule_ports::ExecutionStatus;
use vestibule_store::{TenantTx, tsql, vals};

/// Executions that began within some time, by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All of them.
    pub total: i64,
    /// That went through.
    pub success: i64,
    /// That failed.
    pub error: i64,
    /// That somebody stopped.
    pub canceled: i64,
    /// That go on, or of which nobody has said more yet.
    pub open: i64,
}

impl Tally {
    /// The part of those that came to an end by themselves that went through; `None` when none did.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        let ended = self.success + self.error;
        #[expect(clippy::cast_precision_loss, reason = "a share is not exact to the last digit")]
        (ended > 0).then(|| self.success as f64 / ended as f64)
    }
}

/// Counts the executions that began at `since` or later and before `until`.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn tally(tx: &mut TenantTx<'_>, since: UnixMs, until: UnixMs) -> Result<Tally> {
    // Naming every status lets the index by status answer alone.
    let sql = tsql!(
        "SELECT status, count(*) AS n FROM workflow_executions
         WHERE tenant_id = $1 AND status IN ('RUNNING', 'WAITING', 'SUCCESS', 'ERROR', 'CANCELED', 'UNKNOWN')
         AND started_at >= $2 AND started_at < $3 GROUP BY status"
    );
    let mut tally = Tally::default();
    for row in tx.rows(sql, vals![since, until]).await? {
        let n = row.int("n")?;
        tally.total += n;
        match ExecutionStatus::parse(&row.text("status")?) {
            Some(ExecutionStatus::Success) => tally.success += n,
            Some(ExecutionStatus::Error) => tally.error += n,
            Some(ExecutionStatus::Canceled) => tally.canceled += n,
            _ => tally.open += n,
        }
    }
    Ok(tally)
}
