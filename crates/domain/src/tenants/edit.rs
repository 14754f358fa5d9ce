//! Changing and deleting a tenant.

use crate::tenants::add::{LOCALE, PLAN, ZONE, phone, taken};
use crate::{FieldFault, House, Refusal, Result, audit};
use serde_json::json;
use vestibule_access::{Mint, PlatformScope};
use vestibule_store::directory::tenants::{self, TenantRecord};

/// What to change; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct TenantChange {
    /// The business's name.
    pub company_name: Option<String>,
    /// The owner's name.
    pub owner_name: Option<String>,
    /// The owner's telephone.
    pub owner_phone: Option<String>,
    /// The trade.
    pub industry: Option<String>,
    /// The plan's tier.
    pub plan_tier: Option<String>,
    /// trial, active, suspended or cancelled.
    pub subscription_status: Option<String>,
    /// pending, provisioned or live.
    pub provisioning_status: Option<String>,
    /// The primary number.
    pub twilio_phone_number: Option<String>,
    /// Where calls are forwarded to.
    pub forward_to_number: Option<String>,
    /// `en` or `fr`.
    pub locale: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
}

const STATUS: FieldFault = FieldFault {
    field: "subscription_status",
    code: "unknown_status",
    en: "Choose a status from the list.",
    fr: "Choisissez un statut de la liste.",
};
const PROVISIONING: FieldFault = FieldFault {
    field: "provisioning_status",
    code: "unknown_status",
    en: "Choose a status from the list.",
    fr: "Choisissez un statut de la liste.",
};
const COMPANY: FieldFault = FieldFault {
    field: "company_name",
    code: "required",
    en: "Give the company’s name.",
    fr: "Donnez le nom de l’entreprise.",
};

/// Changes a tenant. Idempotent.
///
/// # Errors
/// `not_found`, a refusal about its fields, or the database's.
pub async fn update(
    house: &House,
    mint: &Mint,
    scope: &PlatformScope,
    name: &str,
    change: TenantChange,
) -> Result<TenantRecord> {
    let mut faults = Vec::new();
    let one_of = |value: &Option<String>, set: &[&str], fault: FieldFault, faults: &mut Vec<FieldFault>| {
        if value.as_deref().is_some_and(|v| !set.contains(&v)) {
            faults.push(fault);
        }
    };
    one_of(&change.plan_tier, super::PLANS, PLAN, &mut faults);
    one_of(&change.subscription_status, &["trial", "active", "suspended", "cancelled"], STATUS, &mut faults);
    one_of(&change.provisioning_status, &["pending", "provisioned", "live"], PROVISIONING, &mut faults);
    one_of(&change.locale, &["en", "fr"], LOCALE, &mut faults);
    if change.timezone.as_deref().is_some_and(|z| jiff::tz::TimeZone::get(z).is_err()) {
        faults.push(ZONE);
    }
    if change.company_name.as_deref().is_some_and(|c| c.trim().is_empty() || c.chars().count() > 200) {
        faults.push(COMPANY);
    }
    let owner_phone = phone(change.owner_phone.as_deref(), "owner_phone", &mut faults);
    let number = phone(change.twilio_phone_number.as_deref(), "twilio_phone_number", &mut faults);
    let forward = phone(change.forward_to_number.as_deref(), "forward_to_number", &mut faults);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults).into());
    }
    let mut tx = house.db.write().await?;
    let mut record = tenants::find_within(&mut tx, scope, name).await?.ok_or_else(Refusal::not_found)?;
    let before = record.clone();
    if let Some(v) = change.company_name {
        record.company_name = v.trim().to_owned();
    }
    record.owner_name = change.owner_name.or(record.owner_name);
    record.owner_phone = owner_phone.or(record.owner_phone);
    record.industry = change.industry.or(record.industry);
    record.plan_tier = change.plan_tier.unwrap_or(record.plan_tier);
    record.subscription_status = change.subscription_status.unwrap_or(record.subscription_status);
    record.provisioning_status = change.provisioning_status.unwrap_or(record.provisioning_status);
    record.twilio_phone_number = number.or(record.twilio_phone_number);
    record.forward_to_number = forward.or(record.forward_to_number);
    record.locale = change.locale.unwrap_or(record.locale);
    record.timezone = change.timezone.unwrap_or(record.timezone);
    if record != before {
        record.updated_at = house.world.now();
        tenants::update(&mut tx, &record).await.map_err(taken)?;
        let inside = mint.within(scope, record.holding()).ok_or_else(Refusal::not_found)?;
        let mut tenant = tx.tenant(&inside).await?;
        let doc = json!({ "subscription_status": record.subscription_status, "provisioning_status": record.provisioning_status });
        audit::note(&mut tenant, &house.world, "tenant.changed", "tenant", &record.id.to_string(), doc)
            .await?;
        tx.commit().await?;
        house.profiles.forget(record.id);
    }
    Ok(record)
}

/// Deletes a tenant softly: it is no longer found, nothing of it is lost. Idempotent.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn delete(house: &House, mint: &Mint, scope: &PlatformScope, name: &str) -> Result<()> {
    let mut tx = house.db.write().await?;
    let mut record = tenants::find_within(&mut tx, scope, name).await?.ok_or_else(Refusal::not_found)?;
    let now = house.world.now();
    record.deleted_at = Some(now);
    record.updated_at = now;
    tenants::update(&mut tx, &record).await?;
    let inside = mint.within(scope, record.holding()).ok_or_else(Refusal::not_found)?;
    let mut tenant = tx.tenant(&inside).await?;
    audit::note(&mut tenant, &house.world, "tenant.deleted", "tenant", &record.id.to_string(), json!({}))
        .await?;
    tx.commit().await?;
    house.profiles.forget(record.id);
    house.locks.forget();
    Ok(())
}
