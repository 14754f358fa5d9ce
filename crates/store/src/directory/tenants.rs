//! Tenants: looked up by id, slug or external reference.

use crate::{Result, Row, Tx, Val};
use vestibule_access::{Holding, PlatformScope, Reach};
use vestibule_model::{AgencyId, TenantId, UnixMs};

/// A row of `tenants`.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantRecord {
    /// Its id.
    pub id: TenantId,
    /// A small public number, for memory keys.
    pub public_no: i64,
    /// Its name in addresses.
    pub slug: String,
    /// The id it had in another system.
    pub external_ref: Option<String>,
    /// The agency that owns it.
    pub agency_id: Option<AgencyId>,
    /// The business's name.
    pub company_name: String,
    /// The owner's name.
    pub owner_name: Option<String>,
    /// The owner's address.
    pub owner_email: Option<String>,
    /// The owner's telephone.
    pub owner_phone: Option<String>,
    /// The trade.
    pub industry: Option<String>,
    /// The plan's tier.
    pub plan_tier: String,
    /// trial, active, suspended or cancelled.
    pub subscription_status: String,
    /// pending, provisioned or live.
    pub provisioning_status: String,
    /// The primary number.
    pub twilio_phone_number: Option<String>,
    /// Where calls are forwarded to.
    pub forward_to_number: Option<String>,
    /// IANA time zone.
    pub timezone: String,
    /// `en` or `fr`.
    pub locale: String,
    /// Whether it began without a trial.
    pub skip_trial: bool,
    /// Settings that rooms read.
    pub settings: serde_json::Value,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it last changed.
    pub updated_at: UnixMs,
    /// When it was deleted (softly).
    pub deleted_at: Option<UnixMs>,
}

impl TenantRecord {
    /// The tenant and whose it is.
    #[must_use]
    pub const fn holding(&self) -> Holding {
        Holding { tenant: self.id, agency: self.agency_id }
    }
}

const COLUMNS: &str = "id, public_no, slug, external_ref, agency_id, company_name, owner_name, owner_email, owner_phone, industry,
  plan_tier, subscription_status, provisioning_status, twilio_phone_number, forward_to_number, timezone, locale,
  skip_trial, settings, created_at, updated_at, deleted_at";

fn read(row: &Row) -> Result<TenantRecord> {
    Ok(TenantRecord {
        id: row.id("id")?,
        public_no: row.int("public_no")?,
        slug: row.text("slug")?,
        external_ref: row.opt_text("external_ref")?,
        agency_id: row.opt_id("agency_id")?,
        company_name: row.text("company_name")?,
        owner_name: row.opt_text("owner_name")?,
        owner_email: row.opt_text("owner_email")?,
        owner_phone: row.opt_text("owner_phone")?,
        industry: row.opt_text("industry")?,
        plan_tier: row.text("plan_tier")?,
        subscription_status: row.text("subscription_status")?,
        provisioning_status: row.text("provisioning_status")?,
        twilio_phone_number: row.opt_text("twilio_phone_number")?,
        forward_to_number: row.opt_text("forward_to_number")?,
        timezone: row.text("timezone")?,
        locale: row.text("locale")?,
        skip_trial: row.bool("skip_trial")?,
        settings: row.json("settings")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
        deleted_at: row.opt_at("deleted_at")?,
    })
}

/// Finds a tenant by its id, its slug, or `ref:<external_ref>`; deleted ones are not found.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<TenantRecord>> {
    Ok(find_any(tx, name).await?.filter(|record| record.deleted_at.is_none()))
}

/// Finds a tenant by its id, its slug, or `ref:<external_ref>`, a deleted one too.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_any(tx: &mut Tx, name: &str) -> Result<Option<TenantRecord>> {
    let (column, value): (&str, Val) = if let Some(reference) = name.strip_prefix("ref:") {
        ("external_ref", reference.into())
    } else if let Ok(id) = name.parse::<TenantId>() {
        ("id", id.into())
    } else {
        ("slug", name.into())
    };
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE {column} = $1");
    tx.row(&sql, &[value]).await?.as_ref().map(read).transpose()
}

/// Finds a tenant as [`find`] does, within the scope's reach: another agency's is not found.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_within(tx: &mut Tx, scope: &PlatformScope, name: &str) -> Result<Option<TenantRecord>> {
    Ok(find(tx, name).await?.filter(|record| scope.reach().covers(record.holding())))
}

/// Finds a tenant by its id, a deleted one too: work that was begun for it is still finished.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_even_deleted(tx: &mut Tx, id: TenantId) -> Result<Option<TenantRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE id = $1");
    tx.row(&sql, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// Inserts a tenant and gives it the next public number.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when its slug, number or reference is taken.
pub async fn insert(tx: &mut Tx, record: &TenantRecord) -> Result<i64> {
    if tx.engine() == crate::Engine::Postgres {
        // Two at once would read the same highest number.
        tx.exec("SELECT pg_advisory_xact_lock(7366219)", None, &[]).await?;
    }
    let next = tx.row("SELECT coalesce(max(public_no), 0) + 1 AS next FROM tenants", &[]).await?;
    let public_no = next.map_or(Ok(1), |r| r.int("next"))?;
    let sql = format!(
        "INSERT INTO tenants ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
         $17, $18, $19, $20, $21, $22)"
    );
    let r = record.clone();
    let values: [Val; 22] = [
        r.id.into(),
        public_no.into(),
        r.slug.into(),
        r.external_ref.into(),
        r.agency_id.into(),
        r.company_name.into(),
        r.owner_name.into(),
        r.owner_email.into(),
        r.owner_phone.into(),
        r.industry.into(),
        r.plan_tier.into(),
        r.subscription_status.into(),
        r.provisioning_status.into(),
        r.twilio_phone_number.into(),
        r.forward_to_number.into(),
        r.timezone.into(),
        r.locale.into(),
        r.skip_trial.into(),
        Val::json(&r.settings)?,
        r.created_at.into(),
        r.updated_at.into(),
        r.deleted_at.into(),
    ];
    tx.exec(&sql, None, &values).await?;
    Ok(public_no)
}

/// Writes a tenant's changeable columns. Idempotent: the same record twice is once.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when its slug or number is taken.
pub async fn update(tx: &mut Tx, record: &TenantRecord) -> Result<bool> {
    let sql = "UPDATE tenants SET slug = $2, company_name = $3, owner_name = $4, owner_email = $5, owner_phone = $6,
      industry = $7, plan_tier = $8, subscription_status = $9, provisioning_status = $10, twilio_phone_number = $11,
      forward_to_number = $12, timezone = $13, locale = $14, settings = $15, updated_at = $16, deleted_at = $17
      WHERE id = $1 AND deleted_at IS NULL";
    let r = record.clone();
    let values: [Val; 17] = [
        r.id.into(),
        r.slug.into(),
        r.company_name.into(),
        r.owner_name.into(),
        r.owner_email.into(),
        r.owner_phone.into(),
        r.industry.into(),
        r.plan_tier.into(),
        r.subscription_status.into(),
        r.provisioning_status.into(),
        r.twilio_phone_number.into(),
        r.forward_to_number.into(),
        r.timezone.into(),
        r.locale.into(),
        Val::json(&r.settings)?,
        r.updated_at.into(),
        r.deleted_at.into(),
    ];
    Ok(tx.exec(sql, None, &values).await? > 0)
}

/// Whose a tenant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Its own.
    Itself,
    /// An agency's.
    Agency(AgencyId),
}

/// Which tenants to list.
#[derive(Debug, Clone, Default)]
pub struct TenantFilter {
    /// Part of the company's name, slug, owner's address or number; letter case does not matter.
    pub search: Option<String>,
    /// A subscription status, or `pending` for those that are not live.
    pub status: Option<String>,
    /// A plan's tier.
    pub plan: Option<String>,
    /// Whose; [`Holder::Itself`] for those of no agency.
    pub holder: Option<Holder>,
    /// The last row of the page before.
    pub after: Option<(UnixMs, TenantId)>,
    /// How many at most.
    pub limit: i64,
}

/// The condition that keeps a statement about tenants within a scope's reach, with what it binds as `$1`.
fn within(scope: &PlatformScope) -> (&'static str, Vec<Val>) {
    match scope.reach() {
        Reach::All => ("", Vec::new()),
        Reach::Agency(agency) => (" AND agency_id = $1", vec![agency.into()]),
    }
}

/// A page of tenants within the scope's reach, newest first. A list over the directory: the search reads its rows in turn.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx, scope: &PlatformScope, filter: &TenantFilter) -> Result<Vec<TenantRecord>> {
    let (within, mut values) = within(scope);
    let mut sql = format!("SELECT {COLUMNS} FROM tenants WHERE deleted_at IS NULL{within}");
    match filter.holder {
        Some(Holder::Itself) => sql.push_str(" AND agency_id IS NULL"),
        Some(Holder::Agency(agency)) => {
            values.push(agency.into());
            sql.push_str(&format!(" AND agency_id = ${}", values.len()));
        }
        None => {}
    }
    if let Some(search) = &filter.search {
        let escaped = search.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        values.push(format!("%{escaped}%").into());
        let n = values.len();
        sql.push_str(&format!(
            " AND (lower(company_name) LIKE ${n} ESCAPE '\\' OR slug LIKE ${n} ESCAPE '\\'
              OR lower(coalesce(owner_email, '')) LIKE ${n} ESCAPE '\\'
              OR coalesce(twilio_phone_number, '') LIKE ${n} ESCAPE '\\')",
        ));
    }
    match filter.status.as_deref() {
        Some("pending") => sql.push_str(" AND provisioning_status <> 'live'"),
        Some(status) => {
            values.push(status.into());
            sql.push_str(&format!(" AND subscription_status = ${}", values.len()));
        }
        None => {}
    }
    if let Some(plan) = &filter.plan {
        values.push(plan.clone().into());
        sql.push_str(&format!(" AND plan_tier = ${}", values.len()));
    }
    if let Some((at, id)) = filter.after {
        values.push(at.into());
        values.push(id.into());
        sql.push_str(&format!(" AND (created_at, id) < (${}, ${})", values.len() - 1, values.len()));
    }
    values.push(filter.limit.into());
    sql.push_str(&format!(" ORDER BY created_at DESC, id DESC LIMIT ${}", values.len()));
    tx.rows(&sql, None, &values).await?.iter().map(read).collect()
}

/// Tenants after an id with their settings, deleted ones too: what is done for each of them in turn.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn settings_after(
    tx: &mut Tx,
    after: TenantId,
    limit: i64,
) -> Result<Vec<(TenantId, serde_json::Value)>> {
    let sql = "SELECT id, settings FROM tenants WHERE id > $1 ORDER BY id LIMIT $2";
    let rows = tx.rows(sql, None, &[after.into(), limit.into()]).await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.json("settings")?))).collect()
}

/// How many tenants there are within the scope's reach: all, active, on trial.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn totals(tx: &mut Tx, scope: &PlatformScope) -> Result<(i64, i64, i64)> {
    let (within, values) = within(scope);
    let sql = format!(
        "SELECT count(*) AS total, count(*) FILTER (WHERE subscription_status = 'active') AS active,
         count(*) FILTER (WHERE subscription_status = 'trial') AS trial FROM tenants WHERE deleted_at IS NULL{within}"
    );
    match tx.row(&sql, &values).await? {
        Some(row) => Ok((row.int("total")?, row.int("active")?, row.int("trial")?)),
        None => Ok((0, 0, 0)),
    }
}

/// Gives a tenant that is with `from` to `to`. False when it is with somebody else by now. Idempotent: what is done is
/// not done again.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn hand_over(
    tx: &mut Tx,
    tenant: TenantId,
    from: Option<AgencyId>,
    to: Option<AgencyId>,
    now: UnixMs,
) -> Result<bool> {
    let sql = "UPDATE tenants SET agency_id = $3, updated_at = $4 WHERE id = $1 AND agency_id IS NOT DISTINCT FROM $2
               AND deleted_at IS NULL";
    Ok(tx.exec(sql, None, &[tenant.into(), from.into(), to.into(), now.into()]).await? > 0)
}
