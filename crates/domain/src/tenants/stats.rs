//! A tenant's figures. What has no room yet is not counted.

use crate::Result;
use vestibule_model::UnixMs;
use vestibule_store::{TenantTx, tsql, vals};

/// Figures of a tenant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    /// Calls, without tests.
    pub calls_total: i64,
    /// Calls begun since the first of the month, in the tenant's time.
    pub calls_this_month: i64,
    /// Contacts.
    pub contacts_total: i64,
    /// Deliveries still owed.
    pub deliveries_owed: i64,
    /// Dead letters.
    pub deliveries_dead: i64,
    /// When the last call began.
    pub last_call_at: Option<UnixMs>,
}

fn month_start(now: UnixMs, timezone: &str) -> UnixMs {
    let day = now.local_day(timezone);
    let first = format!("{}-01", day.get(..7).unwrap_or("1970-01"));
    UnixMs::day_bound(&first, timezone, false).unwrap_or(now)
}

/// Calls in all and this month.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn counts(tx: &mut TenantTx<'_>, timezone: &str, now: UnixMs) -> Result<(i64, i64)> {
    let sql = tsql!(
        "SELECT count(*) AS total, count(*) FILTER (WHERE started_at >= $2) AS this_month FROM calls
         WHERE tenant_id = $1 AND is_test = FALSE"
    );
    let row = tx.row(sql, vals![month_start(now, timezone)]).await?;
    row.map_or(Ok((0, 0)), |r| Ok((r.int("total")?, r.int("this_month")?)))
}

/// A tenant's figures.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn stats(tx: &mut TenantTx<'_>, timezone: &str, now: UnixMs) -> Result<Stats> {
    let (calls_total, calls_this_month) = counts(tx, timezone, now).await?;
    let mut one = async |sql: vestibule_store::TenantSql| -> Result<i64> {
        let row = tx.row(sql, &[]).await?;
        Ok(row.map_or(Ok(0), |r| r.opt_int("n").map(Option::unwrap_or_default))?)
    };
    let contacts_total = one(tsql!("SELECT count(*) AS n FROM contacts WHERE tenant_id = $1")).await?;
    let deliveries_owed = one(tsql!(
        "SELECT count(*) AS n FROM deliveries WHERE tenant_id = $1 AND state IN ('pending', 'retrying')"
    ))
    .await?;
    let deliveries_dead =
        one(tsql!("SELECT count(*) AS n FROM deliveries WHERE tenant_id = $1 AND state = 'dead'")).await?;
    let last =
        one(tsql!("SELECT max(started_at) AS n FROM calls WHERE tenant_id = $1 AND is_test = FALSE")).await?;
    Ok(Stats {
        calls_total,
        calls_this_month,
        contacts_total,
        deliveries_owed,
        deliveries_dead,
        last_call_at: (last > 0).then_some(UnixMs(last)),
    })
}
