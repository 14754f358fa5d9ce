//! How long a tenant keeps what was said in calls, and recordings at their providers. Raw events have a setting of their own in
//! the inbox, which is shown and set here as well.

use crate::{Error, FieldFault, House, Refusal, Result, audit, inbox};
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use vestibule_access::TenantScope;
use vestibule_store::directory::tenants;

/// The days that can be chosen.
pub const DAYS: RangeInclusive<i64> = 1..=3_650;
const TRANSCRIPTS: &str = "transcripts_days";
const RECORDINGS: &str = "recordings_days";

/// For how many days a tenant keeps what; `None`: until it is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// What was said in calls.
    pub transcripts_days: Option<i64>,
    /// Recordings, at their providers.
    pub recordings_days: Option<i64>,
    /// Raw events.
    pub raw_events_days: i64,
}

/// What a tenant's settings say, else the configuration. Nought says: until it is erased.
pub(super) fn read(house: &House, settings: &Value) -> (Option<i64>, Option<i64>) {
    let own = |name: &str, standard: Option<i64>| match settings.get(name).and_then(Value::as_i64) {
        Some(0) => None,
        Some(days) if DAYS.contains(&days) => Some(days),
        _ => standard,
    };
    (own(TRANSCRIPTS, house.settings.transcripts_days), own(RECORDINGS, house.settings.recordings_days))
}

/// How long a tenant keeps what.
///
/// # Errors
/// The database's.
pub async fn kept(house: &House, scope: &TenantScope) -> Result<Kept> {
    let mut tx = house.db.read_in(scope).await?;
    let found = tenants::find_even_deleted(&mut tx, scope.tenant()).await?;
    drop(tx);
    let (transcripts_days, recordings_days) = read(house, &found.map(|t| t.settings).unwrap_or_default());
    let raw_events_days = inbox::retention(house, scope).await?.days;
    Ok(Kept { transcripts_days, recordings_days, raw_events_days })
}

/// Says how long a tenant keeps what. Idempotent.
///
/// # Errors
/// `invalid`, or the database's.
pub async fn keep_for(house: &House, scope: &TenantScope, wanted: Kept) -> Result<Kept> {
    let asked = [
        ("transcripts_days", wanted.transcripts_days),
        ("recordings_days", wanted.recordings_days),
        ("raw_events_days", Some(wanted.raw_events_days)),
    ];
    let faults: Vec<FieldFault> = asked
        .into_iter()
        .filter(|(_, days)| days.is_some_and(|days| !DAYS.contains(&days)))
        .map(|(field, _)| FieldFault {
            field,
            code: "bad_days",
            en: "Give a whole number of days from 1 to 3,650.",
            fr: "Donnez un nombre entier de jours, de 1 à 3 650.",
        })
        .collect();
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults).into());
    }
    let mut tx = house.db.write_in(scope).await?;
    let found = tenants::find_even_deleted(&mut tx, scope.tenant()).await?;
    let mut record = found.ok_or_else(|| Error::fault("a setting of a tenant that does not exist"))?;
    let before = record.settings.clone();
    if !record.settings.is_object() {
        record.settings = json!({});
    }
    if let Some(settings) = record.settings.as_object_mut() {
        settings.insert(TRANSCRIPTS.to_owned(), wanted.transcripts_days.unwrap_or(0).into());
        settings.insert(RECORDINGS.to_owned(), wanted.recordings_days.unwrap_or(0).into());
    }
    if record.settings == before {
        tx.rollback().await?;
    } else {
        record.updated_at = house.world.now();
        tenants::update(&mut tx, &record).await?;
        let mut tenant = tx.tenant(scope).await?;
        let doc =
            json!({ "transcripts_days": wanted.transcripts_days, "recordings_days": wanted.recordings_days });
        let id = scope.tenant().to_string();
        audit::note(&mut tenant, &house.world, "privacy.retention_changed", "tenant", &id, doc).await?;
        tenant.changed("privacy", None);
        tx.commit().await?;
        house.profiles.forget(scope.tenant());
    }
    if inbox::retention(house, scope).await?.days != wanted.raw_events_days {
        inbox::keep_for(house, scope, Some(wanted.raw_events_days)).await?;
    }
    kept(house, scope).await
}
