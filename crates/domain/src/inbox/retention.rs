//! How long raw events are kept: as many days as the tenant says, else as the configuration does. After that their
//! bodies go; that they came, what became of them, and the keys by which a repetition is known stay. What was not
//! processed yet stays until it is.

use crate::{Error, FieldFault, House, Refusal, Result, audit};
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use vestibule_access::{Actor, Mint, TenantScope};
use vestibule_model::{InboxId, TenantId, UnixMs, ids::uuid_v7};
use vestibule_store::directory::tenants;
use vestibule_store::{tsql, vals};

/// The days that can be chosen.
pub const DAYS: RangeInclusive<i64> = 1..=3_650;
const DAY_MS: i64 = 24 * 3_600_000;
/// How many bodies go in one transaction: it holds up nobody for long.
const AT_ONCE: i64 = 500;
/// Tenants that are looked at together.
const PAGE: i64 = 200;
/// The tenant's setting.
const SETTING: &str = "raw_events_days";

/// How long a tenant's raw events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// For so many days.
    pub days: i64,
    /// So many where the tenant says nothing.
    pub standard_days: i64,
    /// Whether the tenant says so itself.
    pub is_own: bool,
}

impl Retention {
    fn of(house: &House, settings: &Value) -> Self {
        let standard_days = house.settings.raw_events_days;
        let own = settings.get(SETTING).and_then(Value::as_i64).filter(|days| DAYS.contains(days));
        Self { days: own.unwrap_or(standard_days), standard_days, is_own: own.is_some() }
    }

    /// Until when an event's body is kept.
    #[must_use]
    pub fn until(self, event: InboxId) -> UnixMs {
        event.made_at().plus_ms(self.days.saturating_mul(DAY_MS))
    }
}

/// How long a tenant's raw events are kept.
///
/// # Errors
/// The database's.
pub async fn retention(house: &House, scope: &TenantScope) -> Result<Retention> {
    let mut tx = house.db.read_in(scope).await?;
    let found = tenants::find_even_deleted(&mut tx, scope.tenant()).await?;
    Ok(Retention::of(house, &found.map(|tenant| tenant.settings).unwrap_or_default()))
}

/// Says how long a tenant's raw events are kept; `None` leaves it to the configuration. Idempotent.
///
/// # Errors
/// `invalid`, or the database's.
pub async fn keep_for(house: &House, scope: &TenantScope, days: Option<i64>) -> Result<Retention> {
    if days.is_some_and(|days| !DAYS.contains(&days)) {
        let fault = FieldFault {
            field: "days",
            code: "bad_days",
            en: "Give a whole number of days from 1 to 3,650.",
            fr: "Donnez un nombre entier de jours, de 1 à 3 650.",
        };
        return Err(Refusal::invalid(vec![fault]).into());
    }
    let mut tx = house.db.write_in(scope).await?;
    let found = tenants::find_even_deleted(&mut tx, scope.tenant()).await?;
    let mut record = found.ok_or_else(|| Error::fault("a setting of a tenant that does not exist"))?;
    let before = record.settings.clone();
    if !record.settings.is_object() {
        record.settings = json!({});
    }
    if let Some(settings) = record.settings.as_object_mut() {
        match days {
            Some(days) => drop(settings.insert(SETTING.to_owned(), days.into())),
            None => drop(settings.remove(SETTING)),
        }
    }
    if record.settings != before {
        record.updated_at = house.world.now();
        tenants::update(&mut tx, &record).await?;
        let mut tenant = tx.tenant(scope).await?;
        let (id, doc) = (scope.tenant().to_string(), json!({ "days": days }));
        audit::note(&mut tenant, &house.world, "inbox.retention_changed", "tenant", &id, doc).await?;
        tx.commit().await?;
        house.profiles.forget(scope.tenant());
    }
    Ok(Retention::of(house, &record.settings))
}

/// Lets go of the bodies that were kept long enough, of all tenants; how many. Idempotent.
///
/// # Errors
/// The database's; what was not reached goes the next time.
pub async fn let_go_of_old_bodies(house: &House, mint: &Mint) -> Result<u64> {
    let (mut after, mut gone) = (TenantId::PLATFORM, 0);
    loop {
        let mut tx = house.db.read().await?;
        let page = tenants::settings_after(&mut tx, after, PAGE).await?;
        drop(tx);
        let Some((last, _)) = page.last() else { return Ok(gone) };
        after = *last;
        for (tenant, settings) in page {
            let scope = mint.tenant(tenant, Actor::System("retention"));
            gone += let_go_of_bodies(house, &scope, Retention::of(house, &settings)).await?;
        }
    }
}

/// How many bodies that are kept came before an instant, and when the oldest did: what would go.
///
/// # Errors
/// The database's.
pub async fn old_bodies(house: &House, scope: &TenantScope, before: UnixMs) -> Result<(u64, Option<UnixMs>)> {
    let mut tx = house.db.read_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    let sql = tsql!(
        "SELECT count(*) AS count, min(i.received_at) AS oldest
         FROM inbox_bodies b JOIN inbox i ON i.tenant_id = b.tenant_id AND i.id = b.id
         WHERE b.tenant_id = $1 AND b.id < $2 AND i.state <> 'pending' AND i.state <> 'failed'"
    );
    let Some(row) = inside.row(sql, vals![uuid_v7(before, &[0; 10])]).await? else { return Ok((0, None)) };
    Ok((u64::try_from(row.int("count")?).unwrap_or(0), row.opt_at("oldest")?))
}

/// Lets go of a tenant's bodies that were kept long enough; how many. Idempotent.
///
/// # Errors
/// The database's; what was not reached goes the next time.
pub async fn let_go_of_bodies(house: &House, scope: &TenantScope, kept: Retention) -> Result<u64> {
    let before = house.world.now().plus_ms(-kept.days.saturating_mul(DAY_MS));
    let mut gone = 0;
    loop {
        let mut tx = house.db.write_in(scope).await?;
        let mut tenant = tx.tenant(scope).await?;
        // Ids grow with time: the instant in them bounds what is looked at, on PostgreSQL to a few partitions.
        let sql = tsql!(
            "DELETE FROM inbox_bodies WHERE tenant_id = $1 AND id < $2 AND id IN (
               SELECT b.id FROM inbox_bodies b JOIN inbox i ON i.tenant_id = b.tenant_id AND i.id = b.id
               WHERE b.tenant_id = $1 AND b.id < $2 AND i.state <> 'pending' AND i.state <> 'failed'
               ORDER BY b.id LIMIT $3)"
        );
        let count = tenant.exec(sql, vals![uuid_v7(before, &[0; 10]), AT_ONCE]).await?;
        tx.commit().await?;
        gone += count;
        if i64::try_from(count).unwrap_or(AT_ONCE) < AT_ONCE {
            return Ok(gone);
        }
    }
}
