//! The sources' paths for a tenant's connections (requirements 0.22–0.27): views of connections, bindings and
//! endpoints.

use crate::App;
use crate::api::endpoints::{EndpointView, view as endpoint_view};
use crate::api::workflows::{DiagnosisView, WatchView, diagnosis, watch};
use crate::enter::{Body, Tenant, id};
use crate::headers::is_french;
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::connections::{self, ConnectionView, Filled};
use vestibule_domain::outbox::{self, Endpoint, EndpointChange, NewEndpoint};
use vestibule_domain::workflows;
use vestibule_domain::{Error, Refusal};
use vestibule_model::EndpointId;

/// The name under which Retell's connections are kept.
const RETELL: &str = "retell";

/// A tenant's Retell connection; the key masked.
#[derive(Serialize, ToSchema)]
pub struct RetellView {
    /// Whether there is one.
    connected: bool,
    /// The agent that is bound.
    agent_id: Option<String>,
    /// Every agent that is bound.
    agents: Vec<String>,
    /// The key's last four characters behind dots.
    api_key_masked: Option<String>,
    /// The address to give Retell.
    hook_url: Option<String>,
    /// When it was made.
    created_at: Option<String>,
}

/// Retell's credentials.
#[derive(Deserialize, ToSchema)]
pub struct RetellInput {
    /// The agent's id.
    #[serde(alias = "agentId", alias = "retellAgentId")]
    agent_id: String,
    /// The API key with the webhook badge; may be left out to keep the one we have.
    #[serde(alias = "apiKey")]
    #[schema(value_type = Option<String>)]
    api_key: Option<SecretString>,
    /// A second key, when another one signs.
    #[serde(alias = "webhookKey")]
    #[schema(value_type = Option<String>)]
    webhook_key: Option<SecretString>,
}

/// A tenant's n8n workflow.
#[derive(Serialize, ToSchema)]
pub struct N8nView {
    /// Whether there is one.
    connected: bool,
    /// The endpoint behind it.
    endpoint: Option<EndpointView>,
    /// The address of the instance.
    instance_url: Option<String>,
    /// The workflow.
    workflow_id: Option<String>,
    /// The workflow's webhook.
    webhook_url: Option<String>,
    /// The API key's last four characters behind dots.
    api_key_masked: Option<String>,
    /// Whether it is told of calls.
    is_active: bool,
    /// How asking the instance for executions goes, once it was asked.
    watch: Option<WatchView>,
    /// The secret that signs, only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// The same as plain text, for n8n's Crypto credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_ascii: Option<String>,
}

/// Where n8n is.
#[derive(Deserialize, ToSchema)]
pub struct N8nInput {
    /// The workflow's webhook.
    #[serde(alias = "webhookUrl")]
    webhook_url: String,
    /// The address of the instance.
    #[serde(alias = "instanceUrl")]
    instance_url: Option<String>,
    /// The workflow.
    #[serde(alias = "workflowId")]
    workflow_id: Option<String>,
    /// The instance's API key.
    #[serde(alias = "apiKey")]
    #[schema(value_type = Option<String>)]
    api_key: Option<SecretString>,
    /// Whether it is told of calls.
    #[serde(alias = "isActive")]
    is_active: Option<bool>,
}

fn masked(last4: &str) -> String {
    format!("••••{last4}")
}

fn retell_view(found: Option<ConnectionView>) -> Json<RetellView> {
    Json(match found {
        None => RetellView {
            connected: false,
            agent_id: None,
            agents: Vec::new(),
            api_key_masked: None,
            hook_url: None,
            created_at: None,
        },
        Some(found) => RetellView {
            connected: true,
            agent_id: found.agents.first().cloned(),
            agents: found.agents,
            api_key_masked: Some(masked(&found.key_last4)),
            hook_url: Some(found.hook_url),
            created_at: Some(found.created_at.rfc3339()),
        },
    })
}

/// A tenant's Retell connection.
#[utoipa::path(get, path = "/api/organizations/{organization}/retell", tag = "connections", params(("organization" = String, Path)),
    security(("session" = []), ("bearer" = ["connections.read"])),
    responses((status = 200, body = RetellView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn retell(
    State(app): State<App>,
    tenant: Tenant<need::ReadConnections>,
) -> Answer<Json<RetellView>> {
    Ok(retell_view(connections::view(&app.house, &tenant.scope, RETELL).await?))
}

/// Connect Retell, or change the connection.
#[utoipa::path(post, path = "/api/organizations/{organization}/retell", tag = "connections", params(("organization" = String, Path)),
    request_body = RetellInput, security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 200, body = RetellView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn connect_retell(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    Body(input): Body<RetellInput>,
) -> Answer<Json<RetellView>> {
    let mut filled = Filled::from([("agent_id".to_owned(), SecretString::from(input.agent_id))]);
    filled.extend(input.api_key.map(|key| ("api_key".to_owned(), key)));
    filled.extend(input.webhook_key.map(|key| ("webhook_key".to_owned(), key)));
    let found = connections::connect(&app.house, &tenant.scope, RETELL, &filled).await?;
    crate::doors::held::after_change(&app, &found.view).await;
    Ok(retell_view(Some(found.view)))
}

/// Disconnect Retell.
#[utoipa::path(delete, path = "/api/organizations/{organization}/retell", tag = "connections", params(("organization" = String, Path)),
    security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn disconnect_retell(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
) -> Answer<StatusCode> {
    connections::disconnect(&app.house, &tenant.scope, RETELL).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The endpoint that these paths show: the one that was made here. Those of `/api/v1/endpoints` say nothing of an
/// instance, and are neither turned to another address nor deleted by whoever uses these paths.
fn ours(all: Vec<Endpoint>) -> Option<Endpoint> {
    all.into_iter().find(|e| e.kind == "n8n" && e.config.get("instance_url").is_some())
}

fn n8n_view(found: Option<&Endpoint>) -> N8nView {
    let text = |key: &str| found.and_then(|e| e.config.get(key)?.as_str().map(str::to_owned));
    N8nView {
        connected: found.is_some(),
        endpoint: found.map(endpoint_view),
        instance_url: text("instance_url"),
        workflow_id: text("workflow_id"),
        webhook_url: found.map(|e| e.url.clone()),
        api_key_masked: text("api_key_last4").map(|l| masked(&l)),
        is_active: found.is_some_and(|e| e.is_active),
        watch: None,
        secret: None,
        secret_ascii: None,
    }
}

/// A tenant's n8n workflow.
#[utoipa::path(get, path = "/api/organizations/{organization}/n8n", tag = "connections", params(("organization" = String, Path)),
    security(("session" = []), ("bearer" = ["connections.read"])),
    responses((status = 200, body = N8nView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn n8n(
    State(app): State<App>,
    tenant: Tenant<need::ReadConnections>,
    headers: HeaderMap,
) -> Answer<Json<N8nView>> {
    let mut tx = app.house.db.read_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let found = ours(outbox::list_endpoints(&mut inside).await?);
    let mut view = n8n_view(found.as_ref());
    if let Some(endpoint) = &found {
        let row = workflows::watch_of(&mut inside, endpoint).await?;
        view.watch = row.map(|row| watch(&app, row, is_french(&headers)));
    }
    Ok(Json(view))
}

/// Say where n8n is, or change it.
#[utoipa::path(post, path = "/api/organizations/{organization}/n8n", tag = "connections", params(("organization" = String, Path)),
    request_body = N8nInput, security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 200, body = N8nView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn connect_n8n(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    Body(input): Body<N8nInput>,
) -> Answer<Json<N8nView>> {
    let house = &app.house;
    let mut tx = house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    let known = ours(outbox::list_endpoints(&mut inside).await?);
    let instance_before = known.as_ref().map(|found| instance(&found.config["instance_url"], &found.url));
    let (id, secret) = match known {
        Some(found) => {
            let change = EndpointChange {
                url: Some(input.webhook_url),
                is_active: input.is_active,
                ..Default::default()
            };
            (outbox::change(house, &mut inside, found.id, change).await?.id, None)
        }
        None => {
            let new =
                NewEndpoint { url: input.webhook_url, description: Some("n8n".into()), ..Default::default() };
            let (made, secret) = outbox::create(house, &mut inside, new).await?;
            if input.is_active == Some(false) {
                let change = EndpointChange { is_active: Some(false), ..Default::default() };
                outbox::change(house, &mut inside, made.id, change).await?;
            }
            (made.id, Some(secret))
        }
    };
    let before = outbox::find(&mut inside, id).await?.ok_or_else(Refusal::not_found)?;
    let keep = |given: Option<String>, key: &str| {
        given.map_or_else(|| before.config.get(key).cloned(), |v| Some(json!(v)))
    };
    let key_end = input.api_key.as_ref().map(|k| {
        let key = k.expose_secret();
        key.chars().skip(key.chars().count().saturating_sub(4)).collect::<String>()
    });
    let mut config = json!({
        "instance_url": keep(input.instance_url, "instance_url"),
        "workflow_id": keep(input.workflow_id, "workflow_id"),
        "api_key_last4": keep(key_end, "api_key_last4"),
    });
    // A key that was given for one place is not shown to another.
    let has_moved = instance_before.is_some_and(|was| was != instance(&config["instance_url"], &before.url));
    if has_moved && input.api_key.is_none() {
        outbox::forget_config_secret(house, &mut inside, id).await?;
        config["api_key_last4"] = json!(null);
    }
    outbox::set_config(house, &mut inside, id, &config, input.api_key.as_ref()).await?;
    workflows::watch(house, &mut inside, id).await?;
    let found = outbox::find(&mut inside, id).await?;
    tx.commit().await.map_err(Error::from)?;
    let mut view = n8n_view(found.as_ref());
    if let Some(secret) = secret {
        view.secret = Some(secret.whsec.expose_secret().to_owned());
        view.secret_ascii = Some(secret.ascii.expose_secret().to_owned());
    }
    Ok(Json(view))
}

/// Forget n8n; what it was owed becomes dead letters.
#[utoipa::path(delete, path = "/api/organizations/{organization}/n8n", tag = "connections", params(("organization" = String, Path)),
    security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn disconnect_n8n(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
) -> Answer<StatusCode> {
    let mut tx = app.house.db.write_in(&tenant.scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(&tenant.scope).await.map_err(Error::from)?;
    if let Some(found) = ours(outbox::list_endpoints(&mut inside).await?) {
        outbox::delete(&app.house, &mut inside, found.id).await?;
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where the API key is shown: scheme, host and port of the instance, or of the webhook.
fn instance(given: &serde_json::Value, webhook_url: &str) -> String {
    let address = given.as_str().filter(|text| !text.trim().is_empty()).unwrap_or(webhook_url).trim();
    address.splitn(4, '/').take(3).collect::<Vec<_>>().join("/").to_ascii_lowercase()
}

/// The endpoint of the sources' paths.
async fn our_endpoint(app: &App, scope: &vestibule_access::TenantScope) -> Answer<EndpointId> {
    let mut tx = app.house.db.read_in(scope).await.map_err(Error::from)?;
    let mut inside = tx.tenant(scope).await.map_err(Error::from)?;
    let found = ours(outbox::list_endpoints(&mut inside).await?);
    Ok(found
        .ok_or_else(|| {
            Refusal::new(
                vestibule_domain::Kind::Conflict,
                "not_connected",
                "No workflow is connected yet.",
                "Aucun workflow n’est encore connecté.",
            )
        })?
        .id)
}

/// Look whether deliveries would start the tenant's n8n workflow.
#[utoipa::path(post, path = "/api/organizations/{organization}/n8n/test", tag = "connections", params(("organization" = String, Path)),
    security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 200, body = DiagnosisView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(crate) async fn test_n8n(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    headers: HeaderMap,
) -> Answer<Json<DiagnosisView>> {
    let endpoint = our_endpoint(&app, &tenant.scope).await?;
    Ok(diagnosis(workflows::diagnose(&app.house, &tenant.scope, endpoint).await?, is_french(&headers)))
}

/// Activate the tenant's n8n workflow, and look whether all is well then.
#[utoipa::path(post, path = "/api/organizations/{organization}/n8n/activate", tag = "connections", params(("organization" = String, Path)),
    security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 200, body = DiagnosisView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(crate) async fn activate_n8n(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    headers: HeaderMap,
) -> Answer<Json<DiagnosisView>> {
    let endpoint = our_endpoint(&app, &tenant.scope).await?;
    Ok(diagnosis(workflows::activate(&app.house, &tenant.scope, endpoint).await?, is_french(&headers)))
}

/// Look whether deliveries would start the n8n workflow behind an endpoint.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/n8n/test", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["endpoints.manage"])),
    responses((status = 200, body = DiagnosisView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(crate) async fn test_endpoint(
    State(app): State<App>,
    tenant: Tenant<need::ManageEndpoints>,
    Path(endpoint): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<DiagnosisView>> {
    let endpoint: EndpointId = id(&endpoint)?;
    Ok(diagnosis(workflows::diagnose(&app.house, &tenant.scope, endpoint).await?, is_french(&headers)))
}

/// Activate the n8n workflow behind an endpoint, and look whether all is well then.
#[utoipa::path(post, path = "/api/v1/endpoints/{id}/n8n/activate", tag = "outbox", params(("id" = String, Path), ("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["endpoints.manage"])),
    responses((status = 200, body = DiagnosisView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(crate) async fn activate_endpoint(
    State(app): State<App>,
    tenant: Tenant<need::ManageEndpoints>,
    Path(endpoint): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<DiagnosisView>> {
    let endpoint: EndpointId = id(&endpoint)?;
    Ok(diagnosis(workflows::activate(&app.house, &tenant.scope, endpoint).await?, is_french(&headers)))
}
