//! The tenants of the platform: the operator's all, an agency's its own (requirements 4.25, 4.26, 4.36).

use crate::App;
use crate::api::agencies::{AgencyBrief, agency_id, brief};
use crate::api::me::status;
use crate::api::{cursor, limit, word};
use crate::enter::{Body, Params, Platform};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vestibule_access::{ManageTenants, PlatformScope};
use vestibule_domain::tenants::{self, Holder, NewTenant, TenantChange, TenantFilter, TenantRecord};
use vestibule_domain::{Cursor, Error, Refusal};
use vestibule_model::UnixMs;

/// A tenant as whoever manages it from outside sees it.
#[derive(Serialize, ToSchema)]
pub struct TenantView {
    id: String,
    public_no: i64,
    slug: String,
    external_ref: Option<String>,
    /// The agency that holds it; null when it is its own.
    agency: Option<AgencyBrief>,
    company_name: String,
    owner_name: Option<String>,
    owner_email: Option<String>,
    owner_phone: Option<String>,
    industry: Option<String>,
    plan_tier: String,
    /// `pending` until it is live, then the subscription's status.
    status: String,
    subscription_status: String,
    provisioning_status: String,
    twilio_phone_number: Option<String>,
    forward_to_number: Option<String>,
    timezone: String,
    locale: String,
    calls_total: i64,
    calls_this_month: i64,
    is_active: bool,
    created_at: String,
}

/// How many tenants there are.
#[derive(Serialize, ToSchema)]
pub struct TotalsView {
    total: i64,
    active: i64,
    trial: i64,
    /// Null until plans have prices here.
    mrr_micros: Option<i64>,
}

/// A page of tenants, newest first.
#[derive(Serialize, ToSchema)]
pub struct TenantPage {
    items: Vec<TenantView>,
    next_cursor: Option<String>,
    totals: TotalsView,
}

/// Which tenants.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TenantQuery {
    /// Part of the company's name, slug, owner's address or number.
    search: Option<String>,
    /// pending, trial, active, suspended or cancelled.
    status: Option<String>,
    /// starter, professional, premium or enterprise.
    plan: Option<String>,
    /// An agency's id, or `none` for tenants of no agency.
    agency: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 when nothing is said.
    limit: Option<i64>,
}

/// A tenant to make.
#[derive(Deserialize, ToSchema)]
pub struct TenantInput {
    company_name: String,
    slug: Option<String>,
    owner_name: Option<String>,
    owner_email: String,
    owner_phone: Option<String>,
    industry: Option<String>,
    plan_tier: Option<String>,
    twilio_phone_number: Option<String>,
    forward_to_number: Option<String>,
    locale: Option<String>,
    timezone: Option<String>,
    skip_trial: Option<bool>,
    external_ref: Option<String>,
    /// The agency that holds it; an agency's administrator makes it for their own.
    agency_id: Option<String>,
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
pub struct TenantPatch {
    company_name: Option<String>,
    owner_name: Option<String>,
    owner_phone: Option<String>,
    industry: Option<String>,
    plan_tier: Option<String>,
    subscription_status: Option<String>,
    provisioning_status: Option<String>,
    twilio_phone_number: Option<String>,
    forward_to_number: Option<String>,
    locale: Option<String>,
    timezone: Option<String>,
}

/// A tenant that was made.
#[derive(Serialize, ToSchema)]
pub struct NewTenantView {
    tenant: TenantView,
    /// The owner's one-time link: shown once. Null for a person who has a password already.
    owner_link: Option<String>,
}

/// A tenant's figures. What has no room yet is null.
#[derive(Serialize, ToSchema)]
pub struct StatsView {
    calls_total: i64,
    calls_this_month: i64,
    contacts_total: i64,
    deliveries_owed: i64,
    deliveries_dead: i64,
    last_call_at: Option<String>,
    usage_percent: Option<f64>,
    appointments_total: Option<i64>,
    appointments_upcoming: Option<i64>,
}

pub(crate) async fn view(app: &App, scope: &PlatformScope, t: &TenantRecord) -> Answer<TenantView> {
    let inside = app.mint.within(scope, t.holding()).ok_or_else(Refusal::not_found)?;
    let mut tx = app.house.db.read_in(&inside).await.map_err(Error::from)?;
    let mut tenant = tx.tenant(&inside).await.map_err(Error::from)?;
    let (calls_total, calls_this_month) =
        tenants::counts(&mut tenant, &t.timezone, app.house.world.now()).await?;
    Ok(TenantView {
        id: t.id.to_string(),
        public_no: t.public_no,
        slug: t.slug.clone(),
        external_ref: t.external_ref.clone(),
        agency: brief(app, t.agency_id).await?,
        company_name: t.company_name.clone(),
        owner_name: t.owner_name.clone(),
        owner_email: t.owner_email.clone(),
        owner_phone: t.owner_phone.clone(),
        industry: t.industry.clone(),
        plan_tier: t.plan_tier.clone(),
        status: status(t),
        subscription_status: t.subscription_status.clone(),
        provisioning_status: t.provisioning_status.clone(),
        twilio_phone_number: t.twilio_phone_number.clone(),
        forward_to_number: t.forward_to_number.clone(),
        timezone: t.timezone.clone(),
        locale: t.locale.clone(),
        calls_total,
        calls_this_month,
        is_active: matches!(t.subscription_status.as_str(), "trial" | "active"),
        created_at: t.created_at.rfc3339(),
    })
}

/// List tenants.
#[utoipa::path(get, path = "/api/admin/tenants", tag = "tenants", params(TenantQuery), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = TenantPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Params(query): Params<TenantQuery>,
) -> Answer<Json<TenantPage>> {
    let given = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let filter = TenantFilter {
        search: given(query.search),
        status: given(query.status),
        plan: given(query.plan),
        holder: word(query.agency.as_deref().map(str::trim), "agency", |text| match text {
            "none" => Some(Holder::Itself),
            id => id.parse().ok().map(Holder::Agency),
        })?,
        after: cursor(query.cursor.as_deref())?.map(|c| (UnixMs(c.key), c.id.into())),
        limit: limit(query.limit),
    };
    let page = tenants::list(&app.house, &platform.scope, &filter).await?;
    let (total, active, trial) = tenants::totals(&app.house, &platform.scope).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for tenant in &page.items {
        items.push(view(&app, &platform.scope, tenant).await?);
    }
    let totals = TotalsView { total, active, trial, mrr_micros: None };
    Ok(Json(TenantPage { items, next_cursor: page.next.map(Cursor::encode), totals }))
}

/// Make a tenant and its owner.
#[utoipa::path(post, path = "/api/admin/tenants", tag = "tenants", request_body = TenantInput, security(("session" = []), ("bearer" = [])),
    responses((status = 201, body = NewTenantView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Body(input): Body<TenantInput>,
) -> Answer<(StatusCode, Json<NewTenantView>)> {
    let agency = match input.agency_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
        Some(text) => Some(agency_id(text)?),
        None => None,
    };
    let new = NewTenant {
        company_name: input.company_name,
        slug: input.slug,
        owner_name: input.owner_name,
        owner_email: input.owner_email,
        owner_phone: input.owner_phone,
        industry: input.industry,
        plan_tier: input.plan_tier,
        twilio_phone_number: input.twilio_phone_number,
        forward_to_number: input.forward_to_number,
        locale: input.locale,
        timezone: input.timezone,
        skip_trial: input.skip_trial.unwrap_or(false),
        external_ref: input.external_ref,
        agency,
    };
    let added = tenants::add(&app.house, &app.mint, &platform.scope, &new).await?;
    let owner_link =
        added.link.map(|l| format!("{}/welcome#{}", app.house.settings.public_url, l.expose_secret()));
    let tenant = view(&app, &platform.scope, &added.tenant).await?;
    Ok((StatusCode::CREATED, Json(NewTenantView { tenant, owner_link })))
}

/// One tenant.
#[utoipa::path(get, path = "/api/admin/tenants/{id}", tag = "tenants", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = TenantView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn one(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path(id): Path<String>,
) -> Answer<Json<TenantView>> {
    let found =
        tenants::find_within(&app.house, &platform.scope, &id).await?.ok_or_else(Refusal::not_found)?;
    Ok(Json(view(&app, &platform.scope, &found).await?))
}

/// Change a tenant.
#[utoipa::path(patch, path = "/api/admin/tenants/{id}", tag = "tenants", params(("id" = String, Path)), request_body = TenantPatch,
    security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = TenantView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn change(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path(id): Path<String>,
    Body(patch): Body<TenantPatch>,
) -> Answer<Json<TenantView>> {
    let change = TenantChange {
        company_name: patch.company_name,
        owner_name: patch.owner_name,
        owner_phone: patch.owner_phone,
        industry: patch.industry,
        plan_tier: patch.plan_tier,
        subscription_status: patch.subscription_status,
        provisioning_status: patch.provisioning_status,
        twilio_phone_number: patch.twilio_phone_number,
        forward_to_number: patch.forward_to_number,
        locale: patch.locale,
        timezone: patch.timezone,
    };
    let found = tenants::update(&app.house, &app.mint, &platform.scope, &id, change).await?;
    Ok(Json(view(&app, &platform.scope, &found).await?))
}

/// Delete a tenant softly: it is no longer found, nothing of it is lost.
#[utoipa::path(delete, path = "/api/admin/tenants/{id}", tag = "tenants", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn delete(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    tenants::delete(&app.house, &app.mint, &platform.scope, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A tenant's figures.
#[utoipa::path(get, path = "/api/admin/tenants/{id}/stats", tag = "tenants", params(("id" = String, Path)), security(("session" = []), ("bearer" = [])),
    responses((status = 200, body = StatsView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn figures(
    State(app): State<App>,
    platform: Platform<ManageTenants>,
    Path(id): Path<String>,
) -> Answer<Json<StatsView>> {
    let found =
        tenants::find_within(&app.house, &platform.scope, &id).await?.ok_or_else(Refusal::not_found)?;
    let inside = app.mint.within(&platform.scope, found.holding()).ok_or_else(Refusal::not_found)?;
    let mut tx = app.house.db.read_in(&inside).await.map_err(Error::from)?;
    let mut tenant = tx.tenant(&inside).await.map_err(Error::from)?;
    let stats = tenants::stats(&mut tenant, &found.timezone, app.house.world.now()).await?;
    Ok(Json(StatsView {
        calls_total: stats.calls_total,
        calls_this_month: stats.calls_this_month,
        contacts_total: stats.contacts_total,
        deliveries_owed: stats.deliveries_owed,
        deliveries_dead: stats.deliveries_dead,
        last_call_at: stats.last_call_at.map(UnixMs::rfc3339),
        usage_percent: None,
        appointments_total: None,
        appointments_upcoming: None,
    }))
}
