//! What an installation that is muted would send at once.

use crate::{House, Result};
use vestibule_access::{Actor, Mint, PlatformScope};
use vestibule_model::{TenantId, UnixMs};
use vestibule_store::directory::tenants;
use vestibule_store::{tsql, vals};

/// How many tenants are looked at together.
pub(super) const PAGE: i64 = 200;

/// What is owed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Owed {
    /// Deliveries.
    pub deliveries: u64,
    /// Text messages that were not given to a provider yet.
    pub texts: u64,
    /// Mails.
    pub mails: u64,
    /// How many of all these were owed before the installation was muted.
    pub before: u64,
    /// Since when the oldest is owed.
    pub oldest_at: Option<UnixMs>,
}

/// Counts what is owed, over all tenants; `until` is the instant at which the installation was muted.
///
/// # Errors
/// The database's.
pub async fn owed(house: &House, mint: &Mint, _scope: &PlatformScope, until: UnixMs) -> Result<Owed> {
    let (mut after, mut all) = (TenantId::PLATFORM, Owed::default());
    loop {
        let mut tx = house.db.read().await?;
        let page = tenants::settings_after(&mut tx, after, PAGE).await?;
        drop(tx);
        let Some((last, _)) = page.last() else { return Ok(all) };
        after = *last;
        for (tenant, _) in page {
            let scope = mint.tenant(tenant, Actor::System("instance"));
            let mut tx = house.db.read_in(&scope).await?;
            let mut inside = tx.tenant(&scope).await?;
            let deliveries = tsql!(
                "SELECT count(*) AS count, count(*) FILTER (WHERE created_at < $2) AS before, min(created_at) AS oldest
                 FROM deliveries WHERE tenant_id = $1 AND state IN ('pending', 'retrying')"
            );
            let texts = tsql!(
                "SELECT count(*) AS count, count(*) FILTER (WHERE created_at < $2) AS before, min(created_at) AS oldest
                 FROM texts WHERE tenant_id = $1 AND direction = 'OUTBOUND' AND status = 'QUEUED' AND tried_at IS NULL"
            );
            let mails = tsql!(
                "SELECT count(*) AS count, count(*) FILTER (WHERE created_at < $2) AS before, min(created_at) AS oldest
                 FROM mails WHERE tenant_id = $1 AND state = 'owed'"
            );
            for (kind, sql) in [deliveries, texts, mails].into_iter().enumerate() {
                let Some(row) = inside.row(sql, vals![until]).await? else { continue };
                let count = u64::try_from(row.int("count")?).unwrap_or(0);
                match kind {
                    0 => all.deliveries += count,
                    1 => all.texts += count,
                    _ => all.mails += count,
                }
                all.before += u64::try_from(row.int("before")?).unwrap_or(0);
                if let Some(oldest) = row.opt_at("oldest")? {
                    all.oldest_at = Some(all.oldest_at.map_or(oldest, |o| o.min(oldest)));
                }
            }
        }
    }
}
