//! What a tenant's time is worth. Without a word of theirs, a guess that the answers show as one.

use crate::{FieldFault, House, Refusal, Result, audit};
use serde_json::json;
use vestibule_model::UnixMs;
use vestibule_store::{TenantTx, tsql, vals};

/// Currencies in which an hour can be valued.
pub const CURRENCIES: &[&str] = &["CAD", "CHF", "EUR", "GBP", "USD"];

/// The most that an hour can be worth: ten thousand.
const MOST_MICROS: i64 = 10_000_000_000;
/// The most that can follow a call: an hour.
const MOST_AFTER_MS: i64 = 3_600_000;

/// What a tenant's time is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// An hour, in millionths of the currency.
    pub hourly_micros: i64,
    /// The currency, as ISO 4217 writes it.
    pub currency: String,
    /// How long whoever takes a call works on after it, in milliseconds.
    pub after_call_ms: i64,
    /// When somebody said so; `None` for the guess.
    pub updated_at: Option<UnixMs>,
}

impl Default for Worth {
    fn default() -> Self {
        Self { hourly_micros: 25_000_000, currency: "USD".into(), after_call_ms: 180_000, updated_at: None }
    }
}

/// What to change; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct WorthChange {
    /// An hour, in millionths of the currency.
    pub hourly_micros: Option<i64>,
    /// The currency.
    pub currency: Option<String>,
    /// How long whoever takes a call works on after it, in milliseconds.
    pub after_call_ms: Option<i64>,
}

const HOURLY: FieldFault = FieldFault {
    field: "hourly_value_micros",
    code: "out_of_range",
    en: "Give a value between 0 and 10,000 an hour.",
    fr: "Donnez une valeur entre 0 et 10 000 par heure.",
};
const CURRENCY: FieldFault = FieldFault {
    field: "currency",
    code: "unknown_currency",
    en: "Choose a currency from the list.",
    fr: "Choisissez une devise de la liste.",
};
const AFTER: FieldFault = FieldFault {
    field: "after_call_seconds",
    code: "out_of_range",
    en: "Give a time between 0 and 60 minutes.",
    fr: "Donnez une durée entre 0 et 60 minutes.",
};

/// What the tenant's time is worth.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn worth(tx: &mut TenantTx<'_>) -> Result<Worth> {
    let sql = tsql!(
        "SELECT hourly_micros, currency, after_call_ms, updated_at FROM usage_settings WHERE tenant_id = $1"
    );
    let Some(row) = tx.row(sql, &[]).await? else { return Ok(Worth::default()) };
    Ok(Worth {
        hourly_micros: row.int("hourly_micros")?,
        currency: row.text("currency")?,
        after_call_ms: row.int("after_call_ms")?,
        updated_at: row.opt_at("updated_at")?,
    })
}

/// Says what the tenant's time is worth. Idempotent: the same words change nothing.
///
/// # Errors
/// A refusal about its fields, or the database's.
pub async fn set_worth(house: &House, tx: &mut TenantTx<'_>, change: WorthChange) -> Result<Worth> {
    let mut faults = Vec::new();
    let is_within = |value: Option<i64>, most: i64| value.is_none_or(|v| (0..=most).contains(&v));
    if !is_within(change.hourly_micros, MOST_MICROS) {
        faults.push(HOURLY);
    }
    if change.currency.as_deref().is_some_and(|c| !CURRENCIES.contains(&c)) {
        faults.push(CURRENCY);
    }
    if !is_within(change.after_call_ms, MOST_AFTER_MS) {
        faults.push(AFTER);
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults).into());
    }
    let before = worth(tx).await?;
    let now = house.world.now();
    let after = Worth {
        hourly_micros: change.hourly_micros.unwrap_or(before.hourly_micros),
        currency: change.currency.unwrap_or_else(|| before.currency.clone()),
        after_call_ms: change.after_call_ms.unwrap_or(before.after_call_ms),
        updated_at: before.updated_at,
    };
    if before.updated_at.is_some() && after == before {
        return Ok(before);
    }
    let sql = tsql!(
        "INSERT INTO usage_settings (tenant_id, hourly_micros, currency, after_call_ms, updated_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id) DO UPDATE SET hourly_micros = excluded.hourly_micros, currency = excluded.currency,
           after_call_ms = excluded.after_call_ms, updated_at = excluded.updated_at
         WHERE usage_settings.tenant_id = $1"
    );
    tx.exec(sql, vals![after.hourly_micros, after.currency.as_str(), after.after_call_ms, now]).await?;
    let doc = json!({ "hourly_micros": after.hourly_micros, "currency": after.currency, "after_call_ms": after.after_call_ms });
    audit::note(tx, &house.world, "usage.worth_changed", "tenant", &tx.tenant().to_string(), doc).await?;
    Ok(Worth { updated_at: Some(now), ..after })
}
