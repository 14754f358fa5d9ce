//! The figures of days: what came of attempts, added up in the transaction that settles them, so that a month's figures
//! are read from a few hundred rows. A day is the tenant's own; an attempt belongs to the day on which it ended.

use crate::Result;
use crate::outbox::rules::After;
use vestibule_model::{EndpointId, UnixMs};
use vestibule_store::{TenantTx, tsql, vals};

/// Where classes of duration end, in milliseconds; the last class has no end.
pub(super) const BOUNDS_MS: &[i64] = &[
    1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 7_500,
    10_000, 15_000, 30_000, 60_000,
];

/// The class of a duration in milliseconds.
pub(super) fn bucket(duration_ms: i64) -> i64 {
    let class = BOUNDS_MS.iter().position(|bound| duration_ms <= *bound).unwrap_or(BOUNDS_MS.len());
    i64::try_from(class).unwrap_or(0)
}

/// Where an attempt is added.
pub(super) struct Day {
    /// The tenant's time zone.
    pub(super) zone: String,
    pub(super) endpoint: EndpointId,
    pub(super) shard: i64,
}

impl Day {
    /// The day of an instant.
    pub(super) fn settled_on(&self, now: UnixMs) -> String {
        now.local_day(&self.zone)
    }

    /// Adds an attempt; one that was not made (`gave_up`) only adds its dead letter.
    pub(super) async fn add(
        &self,
        tx: &mut TenantTx<'_>,
        gave_up: bool,
        after: After,
        duration_ms: i64,
        now: UnixMs,
    ) -> Result<()> {
        let sql = tsql!(
            "INSERT INTO delivery_days (tenant_id, settled_on, endpoint_id, bucket, shard, attempts, delivered, dead,
               duration_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (tenant_id, settled_on, endpoint_id, bucket, shard) DO UPDATE SET
               attempts = delivery_days.attempts + excluded.attempts,
               delivered = delivery_days.delivered + excluded.delivered, dead = delivery_days.dead + excluded.dead,
               duration_ms = delivery_days.duration_ms + excluded.duration_ms
             WHERE delivery_days.tenant_id = $1"
        );
        let duration_ms = if gave_up { 0 } else { duration_ms };
        let values = vals![
            self.settled_on(now),
            self.endpoint,
            bucket(duration_ms),
            self.shard,
            i64::from(!gave_up),
            i64::from(after == After::Delivered),
            i64::from(after == After::DeadLetter),
            duration_ms
        ];
        tx.exec(sql, values).await?;
        Ok(())
    }
}
