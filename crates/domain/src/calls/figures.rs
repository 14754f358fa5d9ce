//! Sums over calls, read from the index that holds all they need (`calls_by_day`). A call belongs to the day on which it
//! began, in the tenant's time as it was then. A provider's tests are no calls.

use crate::Result;
use crate::calls::CallFilter;
use crate::calls::row::word;
use vestibule_model::{Direction, Outcome, Status};
use vestibule_store::{StoreError, TenantTx, Val, fragment, tsql, vals};

/// Calls of one day that are alike, added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// Who told of them.
    pub provider: String,
    /// Who called whom.
    pub direction: Option<Direction>,
    /// Where they stand.
    pub status: Status,
    /// What they led to.
    pub outcome: Option<Outcome>,
    /// How many.
    pub calls: i64,
    /// How long they lasted, in milliseconds.
    pub duration_ms: i64,
    /// How many of them have a price.
    pub priced: i64,
    /// What the provider charges for those, in micro-USD.
    pub cost_micros: i64,
}

/// Sums over the calls that a filter lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Analytics {
    /// How many.
    pub calls: i64,
    /// How many of them have a length.
    pub timed: i64,
    /// How long they lasted, in milliseconds.
    pub duration_ms: i64,
    /// How many of them have a price.
    pub priced: i64,
    /// What the provider charges for those, in micro-USD.
    pub cost_micros: i64,
}

/// The calls of the days from `since` to `until`, both `YYYY-MM-DD` and included.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn groups(tx: &mut TenantTx<'_>, since: &str, until: &str) -> Result<Vec<Group>> {
    let sql = tsql!(
        "SELECT local_day, provider, direction, status, outcome, count(*) AS n, count(cost_micros) AS priced,
           CAST(coalesce(sum(duration_ms), 0) AS BIGINT) AS duration, CAST(coalesce(sum(cost_micros), 0) AS BIGINT) AS cost
         FROM calls WHERE tenant_id = $1 AND local_day >= $2 AND local_day <= $3 AND is_test = FALSE
         GROUP BY local_day, provider, direction, status, outcome"
    );
    let mut found = Vec::new();
    for row in tx.rows(sql, vals![since, until]).await? {
        found.push(Group {
            day: row.text("local_day")?,
            provider: row.text("provider")?,
            direction: word(&row, "direction", Direction::parse)?,
            status: word(&row, "status", Status::parse)?
                .ok_or_else(|| StoreError::Broken("a call without status".into()))?,
            outcome: word(&row, "outcome", Outcome::parse)?,
            calls: row.int("n")?,
            duration_ms: row.int("duration")?,
            priced: row.int("priced")?,
            cost_micros: row.int("cost")?,
        });
    }
    Ok(found)
}

/// How many different numbers the callers of those days had.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn callers(tx: &mut TenantTx<'_>, since: &str, until: &str) -> Result<i64> {
    let sql = tsql!(
        "SELECT count(DISTINCT caller_number) AS n FROM calls
         WHERE tenant_id = $1 AND local_day >= $2 AND local_day <= $3 AND is_test = FALSE"
    );
    let row = tx.row(sql, vals![since, until]).await?;
    Ok(row.map_or(Ok(0), |row| row.int("n"))?)
}

const DAY_MS: i64 = 86_400_000;

/// Sums over all calls that a filter lets through; where its page begins and ends does not matter.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn analytics(tx: &mut TenantTx<'_>, filter: &CallFilter) -> Result<Analytics> {
    let mut sql = tsql!(
        "SELECT count(*) AS n, count(duration_ms) AS timed, count(cost_micros) AS priced,
           CAST(coalesce(sum(duration_ms), 0) AS BIGINT) AS duration, CAST(coalesce(sum(cost_micros), 0) AS BIGINT) AS cost
         FROM calls WHERE tenant_id = $1 AND is_test = FALSE"
    );
    let mut values: Vec<Val> = Vec::new();
    // The index begins with the day. In no time zone is it another one than in UTC a day before or after.
    if let Some(from) = filter.from {
        values.push(from.plus_ms(-DAY_MS).local_day("UTC").into());
        sql = sql.and(fragment!(" AND local_day >= ?"), values.len() + 1);
        values.push(from.into());
        sql = sql.and(fragment!(" AND started_at >= ?"), values.len() + 1);
    }
    if let Some(until) = filter.until {
        values.push(until.plus_ms(DAY_MS).local_day("UTC").into());
        sql = sql.and(fragment!(" AND local_day <= ?"), values.len() + 1);
        values.push(until.into());
        sql = sql.and(fragment!(" AND started_at < ?"), values.len() + 1);
    }
    let words = [
        (filter.status.map(|v| v.as_str()), fragment!(" AND status = ?")),
        (filter.outcome.map(|v| v.as_str()), fragment!(" AND outcome = ?")),
        (filter.intent.map(|v| v.as_str()), fragment!(" AND intent = ?")),
        (filter.phone.as_ref().map(|v| v.as_str()), fragment!(" AND caller_number = ?")),
    ];
    for (value, condition) in words {
        if let Some(value) = value {
            values.push(value.into());
            sql = sql.and(condition, values.len() + 1);
        }
    }
    let Some(row) = tx.row(sql, &values).await? else { return Ok(Analytics::default()) };
    Ok(Analytics {
        calls: row.int("n")?,
        timed: row.int("timed")?,
        duration_ms: row.int("duration")?,
        priced: row.int("priced")?,
        cost_micros: row.int("cost")?,
    })
}
