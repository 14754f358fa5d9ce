//! A tenant's figures of deliveries, read from the sums of days.

use crate::Result;
use crate::outbox::days::BOUNDS_MS;
use crate::outbox::{Endpoint, QUEUE, list_endpoints};
use std::collections::BTreeMap;
use vestibule_model::EndpointId;
use vestibule_store::{TenantTx, tsql, vals};

/// How far what waits and what is dead is counted: more is said to be more.
pub const COUNTED: i64 = 10_000;

/// What came of attempts within some days.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Attempts that ended.
    pub attempts: i64,
    /// Deliveries that arrived.
    pub delivered: i64,
    /// Deliveries that became dead letters.
    pub dead: i64,
    /// Half of the attempts took at most so long, in milliseconds; estimated within a class of durations.
    pub p50_ms: Option<i64>,
    /// Of a hundred attempts 95 took at most so long, in milliseconds.
    pub p95_ms: Option<i64>,
    classes: BTreeMap<i64, i64>,
}

/// An endpoint's figures.
#[derive(Debug, Clone)]
pub struct EndpointFigures {
    /// Which.
    pub endpoint: Endpoint,
    /// Within the days.
    pub figures: Figures,
    /// What it is owed now; [`COUNTED`] + 1 when there is more.
    pub waiting: i64,
    /// Its dead letters now, among the newest of the tenant; [`COUNTED`] + 1 when there is more.
    pub dead_letters: i64,
}

/// A tenant's figures.
#[derive(Debug, Clone)]
pub struct DeliveryStats {
    /// Of all its endpoints, also those that are deleted.
    pub total: Figures,
    /// Of each endpoint that it has, oldest first.
    pub endpoints: Vec<EndpointFigures>,
}

impl Figures {
    fn add(&mut self, class: i64, attempts: i64, delivered: i64, dead: i64) {
        self.attempts += attempts;
        self.delivered += delivered;
        self.dead += dead;
        *self.classes.entry(class).or_default() += attempts;
    }

    fn finish(mut self) -> Self {
        (self.p50_ms, self.p95_ms) = (percentile(&self.classes, 50), percentile(&self.classes, 95));
        self
    }

    /// The part of the deliveries that came to an end that arrived; `None` when none did.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        let ended = self.delivered + self.dead;
        #[expect(clippy::cast_precision_loss, reason = "a share is not exact to the last digit")]
        (ended > 0).then(|| self.delivered as f64 / ended as f64)
    }
}

/// The duration under which `percent` of a hundred attempts lie: evenly spread within its class.
fn percentile(classes: &BTreeMap<i64, i64>, percent: i64) -> Option<i64> {
    let all: i64 = classes.values().sum();
    let wanted = (all * percent + 99) / 100;
    let mut seen = 0;
    for (class, count) in classes {
        if *count > 0 && seen + count >= wanted {
            let class = usize::try_from(*class).unwrap_or(0);
            let low = class.checked_sub(1).and_then(|below| BOUNDS_MS.get(below)).copied().unwrap_or(0);
            let high = BOUNDS_MS.get(class).copied().unwrap_or(low);
            return Some(low + ((high - low) * (wanted - seen) + count - 1) / count);
        }
        seen += count;
    }
    None
}

/// The figures of the days from `since` to `until`, both `YYYY-MM-DD` and included.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn stats(tx: &mut TenantTx<'_>, since: &str, until: &str) -> Result<DeliveryStats> {
    let sql = tsql!(
        "SELECT endpoint_id, bucket, CAST(sum(attempts) AS BIGINT) AS attempts, CAST(sum(delivered) AS BIGINT) AS delivered,
           CAST(sum(dead) AS BIGINT) AS dead
         FROM delivery_days WHERE tenant_id = $1 AND settled_on >= $2 AND settled_on <= $3 GROUP BY endpoint_id, bucket"
    );
    let (mut total, mut each) = (Figures::default(), BTreeMap::<EndpointId, Figures>::new());
    for row in tx.rows(sql, vals![since, until]).await? {
        let (class, attempts) = (row.int("bucket")?, row.int("attempts")?);
        let (delivered, dead) = (row.int("delivered")?, row.int("dead")?);
        total.add(class, attempts, delivered, dead);
        each.entry(row.id("endpoint_id")?).or_default().add(class, attempts, delivered, dead);
    }
    let mut letters = dead_letters(tx).await?;
    let mut endpoints = Vec::new();
    for endpoint in list_endpoints(tx).await? {
        let sql = tsql!(
            "SELECT count(*) AS n FROM (
               SELECT j.tenant_id FROM jobs j WHERE j.tenant_id = $1 AND j.queue = $2 AND j.group_id = $3 LIMIT $4) AS few"
        );
        let row = tx.row(sql, vals![QUEUE, endpoint.id, COUNTED + 1]).await?;
        endpoints.push(EndpointFigures {
            figures: each.remove(&endpoint.id).unwrap_or_default().finish(),
            waiting: row.map_or(Ok(0), |row| row.int("n"))?,
            dead_letters: letters.remove(&endpoint.id).unwrap_or(0),
            endpoint,
        });
    }
    Ok(DeliveryStats { total: total.finish(), endpoints })
}

async fn dead_letters(tx: &mut TenantTx<'_>) -> Result<BTreeMap<EndpointId, i64>> {
    let sql = tsql!(
        "SELECT few.endpoint_id, count(*) AS n FROM (
           SELECT d.tenant_id, d.endpoint_id FROM deliveries d WHERE d.tenant_id = $1 AND d.state = 'dead'
           ORDER BY d.id DESC LIMIT $2) AS few GROUP BY few.endpoint_id"
    );
    let rows = tx.rows(sql, vals![COUNTED + 1]).await?;
    rows.iter().map(|row| Ok((row.id("endpoint_id")?, row.int("n")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::days::bucket;

    #[test]
    fn percentiles_lie_in_the_class_of_their_attempt() {
        assert_eq!(percentile(&BTreeMap::new(), 50), None);
        let mut classes = BTreeMap::new();
        for ms in 1..=1_000_i64 {
            *classes.entry(bucket(ms)).or_insert(0) += 1;
        }
        let (p50, p95) = (percentile(&classes, 50).unwrap(), percentile(&classes, 95).unwrap());
        assert!((450..=550).contains(&p50) && (900..=1_000).contains(&p95), "{p50} {p95}");
        assert_eq!(
            percentile(&BTreeMap::from([(bucket(7), 3)]), 50).map(|ms| (5..=10).contains(&ms)),
            Some(true)
        );
        assert_eq!(percentile(&BTreeMap::from([(bucket(i64::MAX), 1)]), 95), Some(60_000));
    }

    #[test]
    fn nothing_has_no_rate() {
        assert_eq!(Figures::default().success_rate(), None);
        let some = Figures { delivered: 3, dead: 1, ..Figures::default() };
        assert_eq!(some.success_rate(), Some(0.75));
    }
}
