//! The report of a billing period: calls, executions of workflows, costs, and what it was worth.

use crate::Result;
use crate::usage::{CallFigures, Days, Estimate, estimate, figures, worth};
use crate::workflows::{self, Tally};
use vestibule_store::TenantTx;

/// What happened within a billing period.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its calls.
    pub calls: CallFigures,
    /// Executions that began in it.
    pub executions: Tally,
    /// What that was worth.
    pub estimate: Estimate,
}

/// The report of some days, in a tenant's time zone.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn report(tx: &mut TenantTx<'_>, days: &Days, zone: &str) -> Result<Report> {
    let calls = figures(tx, days).await?;
    let (since, until) = days.bounds(zone);
    let executions = workflows::tally(tx, since, until).await?;
    let estimate = estimate(&calls.total, &worth(tx).await?);
    Ok(Report { calls, executions, estimate })
}
