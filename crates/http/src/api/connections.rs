//! Connections to providers of calls: what each wants to know (requirement 2.10: forms are drawn from it), and a
//! tenant's own. The paths of requirements 2.05 to 2.07 connect an agent by its id alone.

use crate::App;
use crate::doors::held;
use crate::enter::{Body, Tenant};
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use vestibule_access::need;
use vestibule_domain::Refusal;
use vestibule_domain::connections::{self, Connected, ConnectionView as Found, ReconciliationRecord};
use vestibule_ports::spec::{Field, FieldUse, ProviderSpec, Words};

/// A text in both languages.
#[derive(Serialize, ToSchema)]
pub struct WordsView {
    /// English.
    en: &'static str,
    /// French.
    fr: &'static str,
}

impl From<Words> for WordsView {
    fn from(words: Words) -> Self {
        Self { en: words.en, fr: words.fr }
    }
}

/// One thing to fill in.
#[derive(Serialize, ToSchema)]
pub struct FieldView {
    /// The field's name in requests.
    key: &'static str,
    /// Its label.
    label: WordsView,
    /// Where to find the value.
    help: WordsView,
    /// `credential`, `made_here`, `agent` or `number`.
    #[schema(value_type = String)]
    role: FieldUse,
    /// The values to choose from; any when there are none.
    choices: &'static [&'static str],
    /// Whether the value is never shown again.
    secret: bool,
    /// Whether nothing works without it.
    required: bool,
}

/// A provider that can be connected.
#[derive(Serialize, ToSchema)]
pub struct ProviderView {
    /// Its name in addresses.
    name: &'static str,
    /// Its name for people.
    title: &'static str,
    /// What has to be filled in.
    fields: Vec<FieldView>,
    /// What has to be done, in order.
    checklist: Vec<WordsView>,
    /// Further paths at which its requests come in.
    paths: &'static [&'static str],
}

impl From<&'static ProviderSpec> for ProviderView {
    fn from(spec: &'static ProviderSpec) -> Self {
        let field = |f: &'static Field| FieldView {
            key: f.key,
            label: f.label.into(),
            help: f.help.into(),
            role: f.role,
            choices: f.choices,
            secret: f.secret,
            required: f.required,
        };
        Self {
            name: spec.name,
            title: spec.title,
            fields: spec.fields.iter().map(field).collect(),
            checklist: spec.checklist.iter().map(|words| (*words).into()).collect(),
            paths: spec.paths,
        }
    }
}

/// Every provider of calls.
#[derive(Serialize, ToSchema)]
pub struct ProviderList {
    /// The providers.
    items: Vec<ProviderView>,
}

/// A connection: no secret.
#[derive(Serialize, ToSchema)]
pub struct ConnectionView {
    /// The provider's name.
    provider: String,
    /// The agents that are bound.
    agents: Vec<String>,
    /// The telephone numbers that are bound.
    numbers: Vec<String>,
    /// The fields that are not secret.
    fields: BTreeMap<String, String>,
    /// The names of the secret fields that have a value.
    secrets: Vec<String>,
    /// The first secret's last four characters.
    key_last4: String,
    /// The address to give the provider.
    hook_url: String,
    /// When it was made.
    created_at: String,
    /// When it last changed.
    updated_at: String,
    /// How many requests that had been held at the door were let in by this change.
    #[serde(skip_serializing_if = "Option::is_none")]
    let_in: Option<usize>,
    /// How its calls compare with the provider's own list.
    #[serde(skip_serializing_if = "Option::is_none")]
    reconciliation: Option<ReconciliationView>,
    /// Why it could not be checked that the agent is the account's own, as a stable code, in the answer to a change only.
    #[serde(skip_serializing_if = "Option::is_none")]
    unproven: Option<&'static str>,
    /// Secrets that were made here, in the answer that made them only.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    made: BTreeMap<String, String>,
}

/// How a connection's calls compare with the provider's own list.
#[derive(Serialize, ToSchema)]
pub struct ReconciliationView {
    /// Until when they were compared.
    done_until: String,
    /// What stood in the way the last time, as a stable code.
    fault: Option<String>,
    /// Calls that the provider listed, ever.
    listed: i64,
    /// Events that never came and were found again, ever.
    filled: i64,
    /// When the last one was.
    last_filled_at: Option<String>,
}

impl From<ReconciliationRecord> for ReconciliationView {
    fn from(found: ReconciliationRecord) -> Self {
        Self {
            done_until: found.done_until.rfc3339(),
            fault: found.fault,
            listed: found.listed_count,
            filled: found.filled_count,
            last_filled_at: found.last_filled_at.map(|at| at.rfc3339()),
        }
    }
}

/// A tenant's connections.
#[derive(Serialize, ToSchema)]
pub struct ConnectionList {
    /// The connections.
    items: Vec<ConnectionView>,
}

/// What is filled in; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
pub struct ConnectionInput {
    /// The values by field.
    #[schema(value_type = BTreeMap<String, String>)]
    fields: BTreeMap<String, SecretString>,
}

fn view(found: Found) -> ConnectionView {
    ConnectionView {
        provider: found.provider,
        agents: found.agents,
        numbers: found.numbers,
        fields: found.shown,
        secrets: found.sealed,
        key_last4: found.key_last4,
        hook_url: found.hook_url,
        created_at: found.created_at.rfc3339(),
        updated_at: found.updated_at.rfc3339(),
        let_in: None,
        reconciliation: None,
        unproven: None,
        made: BTreeMap::new(),
    }
}

async fn with_secrets(app: &App, connected: Connected) -> ConnectionView {
    let let_in = Some(held::after_change(app, &connected.view).await);
    let made = connected.made.iter().map(|(n, v)| ((*n).to_owned(), v.expose_secret().to_owned())).collect();
    ConnectionView { made, let_in, unproven: connected.unproven, ..view(connected.view) }
}

/// Providers that can be connected, and what each wants to know.
#[utoipa::path(get, path = "/api/v1/providers", tag = "connections", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["connections.read"])),
    responses((status = 200, body = ProviderList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn providers(
    State(app): State<App>,
    _tenant: Tenant<need::ReadConnections>,
) -> Answer<Json<ProviderList>> {
    let items = app.house.providers.iter().map(|p| p.spec().into()).collect();
    Ok(Json(ProviderList { items }))
}

/// A tenant's connections.
#[utoipa::path(get, path = "/api/v1/connections", tag = "connections", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["connections.read"])),
    responses((status = 200, body = ConnectionList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    tenant: Tenant<need::ReadConnections>,
) -> Answer<Json<ConnectionList>> {
    let mut items = Vec::new();
    for provider in &app.house.providers {
        let Some(found) = connections::view(&app.house, &tenant.scope, provider.name()).await? else {
            continue;
        };
        let standing = connections::standing(&app.house, found.id).await?;
        items.push(ConnectionView { reconciliation: standing.map(Into::into), ..view(found) });
    }
    Ok(Json(ConnectionList { items }))
}

/// Connect a provider, or change the connection. Credentials before the last change are accepted as well, so that
/// exchanging keys loses no event.
#[utoipa::path(put, path = "/api/v1/connections/{provider}", tag = "connections",
    params(("provider" = String, Path), ("tenant" = Option<String>, Query)), request_body = ConnectionInput,
    security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 200, body = ConnectionView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn connect(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    Path(provider): Path<String>,
    Body(input): Body<ConnectionInput>,
) -> Answer<Json<ConnectionView>> {
    let connected = connections::connect(&app.house, &tenant.scope, &provider, &input.fields).await?;
    Ok(Json(with_secrets(&app, connected).await))
}

/// Disconnect a provider: its hook answers no more. Idempotent.
#[utoipa::path(delete, path = "/api/v1/connections/{provider}", tag = "connections",
    params(("provider" = String, Path), ("tenant" = Option<String>, Query)), security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn disconnect(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    Path(provider): Path<String>,
) -> Answer<StatusCode> {
    if app.house.provider(&provider).is_none() {
        return Err(Refusal::not_found().into());
    }
    connections::disconnect(&app.house, &tenant.scope, &provider).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The agent to connect (requirement 2.05).
#[derive(Deserialize, ToSchema)]
pub struct AgentInput {
    /// Its id.
    #[serde(rename = "agentId", alias = "agent_id")]
    agent_id: String,
}

/// How an agent stands (requirement 2.07).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentStatus {
    /// Whether one is connected.
    is_connected: bool,
    /// Its id.
    agent_id: Option<String>,
    /// The address to forward the provider's events to, when they come through a workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_url: Option<String>,
    /// The secret that proves them, in the answer that made it only.
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_secret: Option<String>,
}

/// An agent's state, in the form that the source shows.
#[derive(Serialize, ToSchema)]
pub struct AgentAnswer {
    /// Always true: refusals are problems.
    success: bool,
    /// The state.
    data: AgentStatus,
}

fn answer(agent_id: Option<String>, made: Option<Connected>) -> Json<AgentAnswer> {
    let secret = made.as_ref().and_then(|m| Some(m.made.first()?.1.expose_secret().to_owned()));
    let forward_url = secret.is_some().then(|| made.map(|m| m.view.hook_url)).flatten();
    let is_connected = agent_id.is_some();
    let data = AgentStatus { is_connected, agent_id, forward_url, forward_secret: secret };
    Json(AgentAnswer { success: true, data })
}

/// Connect an agent by its id.
#[utoipa::path(post, path = "/api/{provider}/connect-agent", tag = "connections",
    params(("provider" = String, Path), ("tenant" = Option<String>, Query)), request_body = AgentInput,
    security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 200, body = AgentAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn connect_agent(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    Path(provider): Path<String>,
    Body(input): Body<AgentInput>,
) -> Answer<Json<AgentAnswer>> {
    let made = connections::connect_agent(&app.house, &tenant.scope, &provider, &input.agent_id).await?;
    held::after_change(&app, &made.view).await;
    let agent = connections::agent(&app.house, &tenant.scope, &provider).await?;
    Ok(answer(agent, Some(made)))
}

/// Disconnect the agent. Idempotent.
#[utoipa::path(delete, path = "/api/{provider}/disconnect-agent", tag = "connections",
    params(("provider" = String, Path), ("tenant" = Option<String>, Query)), security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 200, body = AgentAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn disconnect_agent(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    Path(provider): Path<String>,
) -> Answer<Json<AgentAnswer>> {
    connections::disconnect_agent(&app.house, &tenant.scope, &provider).await?;
    Ok(answer(None, None))
}

/// Whether an agent is connected.
#[utoipa::path(get, path = "/api/{provider}/agent-status", tag = "connections",
    params(("provider" = String, Path), ("tenant" = Option<String>, Query)), security(("session" = []), ("bearer" = ["connections.read"])),
    responses((status = 200, body = AgentAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn agent_status(
    State(app): State<App>,
    tenant: Tenant<need::ReadConnections>,
    Path(provider): Path<String>,
) -> Answer<Json<AgentAnswer>> {
    Ok(answer(connections::agent(&app.house, &tenant.scope, &provider).await?, None))
}
