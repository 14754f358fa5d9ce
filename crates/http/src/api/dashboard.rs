//! The sources' paths for deliveries and the outbound address (requirements 1.32–1.36): the same operations under
//! other spellings, and one endpoint of the tenant's under the name of a setting.

use crate::App;
use crate::api::deliveries::{self, DeliveryDetailView, DeliveryPage, DeliveryQuery};
use crate::api::delivery_stats::{self, DeliveryStatsView, StatsQuery};
use crate::enter::{Body, Params, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::Error;
use vestibule_domain::outbox::{self, Endpoint, EndpointChange, NewEndpoint, NewSecret};
use vestibule_domain::tenants::TenantRecord;

/// A tenant's settings, as these paths show them.
#[derive(Serialize, ToSchema)]
pub struct SettingsView {
    /// The tenant's id.
    tenant_id: String,
    /// The business's name.
    company_name: String,
    /// IANA time zone.
    timezone: String,
    /// Where the ends of calls are delivered to; null when that was not set here.
    outbound_webhook_url: Option<String>,
    /// The end of the secret that signs.
    outbound_webhook_secret_last4: Option<String>,
    /// The secret that signs (`whsec_…`), only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    outbound_webhook_secret: Option<String>,
    /// The same key as plain text, only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    outbound_webhook_secret_ascii: Option<String>,
    /// The endpoint behind it.
    endpoint_id: Option<String>,
    /// Whether it gets anything.
    is_active: bool,
}

/// Where deliveries go.
#[derive(Deserialize, ToSchema)]
pub struct WebhookSettingInput {
    /// An address that begins with https; null takes it away.
    #[serde(alias = "outboundWebhookUrl", alias = "url")]
    #[schema(required = true, max_length = 2048)]
    outbound_webhook_url: Option<String>,
}

/// The endpoint that these paths show: the one that was made here. Others are neither shown nor changed.
fn ours(all: Vec<Endpoint>) -> Option<Endpoint> {
    all.into_iter().find(|e| e.config.get("outbound_webhook").is_some())
}

fn view(tenant: &TenantRecord, found: Option<&Endpoint>, secret: Option<&NewSecret>) -> Json<SettingsView> {
    Json(SettingsView {
        tenant_id: tenant.id.to_string(),
        company_name: tenant.company_name.clone(),
        timezone: tenant.timezone.clone(),
        outbound_webhook_url: found.map(|e| e.url.clone()),
        outbound_webhook_secret_last4: found.map(|e| e.secret_last4.clone()),
        outbound_webhook_secret: secret.map(|s| s.whsec.expose_secret().to_owned()),
        outbound_webhook_secret_ascii: secret.map(|s| s.ascii.expose_secret().to_owned()),
        endpoint_id: found.map(|e| e.id.to_string()),
        is_active: found.is_some_and(|e| e.is_active),
    })
}

/// List deliveries.
#[utoipa::path(get, path = "/dashboard/webhooks/deliveries", tag = "outbox", params(DeliveryQuery),
    security(("session" = []), ("bearer" = ["deliveries.read"])),
    responses((status = 200, body = DeliveryPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list_deliveries(
    app: State<App>,
    tenant: Tenant<need::ReadDeliveries>,
    query: Params<DeliveryQuery>,
) -> Answer<Json<DeliveryPage>> {
    deliveries::list(app, tenant, query).await
}

/// Figures of deliveries.
#[utoipa::path(get, path = "/dashboard/webhooks/stats", tag = "outbox", params(StatsQuery),
    security(("session" = []), ("bearer" = ["deliveries.read"])),
    responses((status = 200, body = DeliveryStatsView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn stats(
    app: State<App>,
    tenant: Tenant<need::ReadDeliveries>,
    query: Params<StatsQuery>,
) -> Answer<Json<DeliveryStatsView>> {
    delivery_stats::stats(app, tenant, query).await
}

/// Try a delivery again now.
#[utoipa::path(post, path = "/dashboard/webhooks/deliveries/{id}/retry", tag = "outbox",
    params(("id" = String, Path), ("tenant" = Option<String>, Query)), security(("session" = []), ("bearer" = ["deliveries.retry"])),
    responses((status = 202, body = DeliveryDetailView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn retry(
    app: State<App>,
    tenant: Tenant<need::RetryDeliveries>,
    delivery: Path<String>,
) -> Answer<(StatusCode, Json<DeliveryDetailView>)> {
    deliveries::retry(app, tenant, delivery).await
}

/// A tenant's settings.
#[utoipa::path(get, path = "/dashboard/settings", tag = "outbox", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["endpoints.read"])),
    responses((status = 200, body = SettingsView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn settings(
    State(app): State<App>,
    tenant: Tenant<need::ReadEndpoints>,
) -> Answer<Json<SettingsView>> {
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = ours(outbox::list_endpoints(&mut inside).await?);
    Ok(view(&tenant.record, found.as_ref(), None))
}

/// Say where the ends of calls are delivered to. The secret is in the answer when there was none before.
#[utoipa::path(put, path = "/dashboard/settings/webhook", tag = "outbox", params(("tenant" = Option<String>, Query)),
    request_body = WebhookSettingInput, security(("session" = []), ("bearer" = ["endpoints.manage"])),
    responses((status = 200, body = SettingsView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_webhook(
    State(app): State<App>,
    tenant: Tenant<need::ManageEndpoints>,
    Body(input): Body<WebhookSettingInput>,
) -> Answer<Json<SettingsView>> {
    let house = &app.house;
    let mut tx = house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let before = ours(outbox::list_endpoints(&mut inside).await?);
    let mut secret = None;
    let found = match (input.outbound_webhook_url, before) {
        (None, None) => None,
        (None, Some(before)) => {
            outbox::delete(house, &mut inside, before.id).await?;
            None
        }
        (Some(url), Some(before)) => {
            let change = EndpointChange { url: Some(url), ..Default::default() };
            Some(outbox::change(house, &mut inside, before.id, change).await?)
        }
        (Some(url), None) => {
            let new = NewEndpoint { url, kind: Some("webhook".into()), ..Default::default() };
            let (made, shown) = outbox::create(house, &mut inside, new).await?;
            secret = Some(shown);
            let config = json!({ "outbound_webhook": true });
            outbox::set_config(house, &mut inside, made.id, &config, None).await?;
            Some(made)
        }
    };
    tx.commit().await.map_err(Error::from)?;
    Ok(view(&tenant.record, found.as_ref(), secret.as_ref()))
}
