//! Connecting and disconnecting a provider (requirements 0.22–0.24, 2.05, 2.16). What has to be given is in
//! the provider's own description: this file knows none of them.

use super::account;
use crate::{Error, FieldFault, House, Kind, Refusal, Result, audit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::collections::BTreeMap;
use vestibule_access::TenantScope;
use vestibule_model::{ConnectionId, UnixMs};
use vestibule_ports::ResourceKind;
use vestibule_ports::spec::{Field, FieldUse, ProviderSpec};
use vestibule_store::directory::connections::{self, ConnectionRecord, NewBinding};
use vestibule_store::{StoreError, Tx};
use vestibule_vault::{Credentials, Place, Token, is_printed_secret, last4};

/// A released agent or number rests this long before another tenant may have it, in milliseconds.
pub(crate) const REST_MS: i64 = 30 * 24 * 3_600_000;
/// The current credentials, and the two before them: exchanging keys loses no event.
const MOST_SETS: usize = 3;
/// The longest value of a field, in bytes.
const LONGEST: usize = 4_096;

/// What somebody filled in, by the field's name. What is left out stays as it is.
pub type Filled = BTreeMap<String, SecretString>;

/// A connection as its owner sees it: no key.
#[derive(Debug, Clone)]
pub struct ConnectionView {
    /// Its id.
    pub id: ConnectionId,
    /// The provider's name.
    pub provider: String,
    /// The agents that are bound.
    pub agents: Vec<String>,
    /// The telephone numbers that are bound.
    pub numbers: Vec<String>,
    /// The fields that are not secret, with their values.
    pub shown: BTreeMap<String, String>,
    /// The names of the secret fields that have a value.
    pub sealed: Vec<String>,
    /// The end of the first secret.
    pub key_last4: String,
    /// The address to give the provider.
    pub hook_url: String,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it last changed.
    pub updated_at: UnixMs,
}

/// A connection that was just made or changed, with what was made for it: shown once.
pub struct Connected {
    /// The connection.
    pub view: ConnectionView,
    /// Secrets made here, by the field's name.
    pub made: Vec<(&'static str, SecretString)>,
    /// Why it could not be proved that the agent or number is the account's own, as a stable code; nothing where it was,
    /// or where no proof can be had.
    pub unproven: Option<&'static str>,
}

const fn taken(spec: &ProviderSpec) -> Refusal {
    Refusal::new(Kind::Conflict, "agent_taken", spec.taken.en, spec.taken.fr)
}

pub(super) fn spec_of(house: &House, provider: &str) -> Result<&'static ProviderSpec> {
    Ok(house.provider(provider).ok_or_else(Refusal::not_found)?.spec())
}

/// A tenant's connection to a provider.
///
/// # Errors
/// `not_found` when there is no such provider, or the database's.
pub async fn view(house: &House, scope: &TenantScope, provider: &str) -> Result<Option<ConnectionView>> {
    let spec = spec_of(house, provider)?;
    let mut tx = house.db.read_in(scope).await?;
    let found = connections::of_tenant(&mut tx, scope.tenant(), provider).await?;
    let Some(found) = found.into_iter().next() else { return Ok(None) };
    let agents = connections::resources(&mut tx, found.id, ResourceKind::Agent.as_str()).await?;
    let numbers = connections::resources(&mut tx, found.id, ResourceKind::Number.as_str()).await?;
    let current = sets(house, &mut tx, &found).await?.into_iter().next().unwrap_or_default();
    let mut shown: BTreeMap<String, String> = spec
        .fields
        .iter()
        .filter(|field| !field.secret)
        .filter_map(|field| Some((field.key.to_owned(), current.field(field.key)?.to_owned())))
        .collect();
    for (role, bound) in [(FieldUse::Agent, &agents), (FieldUse::Number, &numbers)] {
        let field = spec.fields.iter().find(|field| field.role == role);
        shown.extend(field.zip(bound.first()).map(|(field, id)| (field.key.to_owned(), id.clone())));
    }
    let secret = |field: &&Field| field.secret && current.field(field.key).is_some();
    Ok(Some(ConnectionView {
        id: found.id,
        agents,
        numbers,
        shown,
        sealed: spec.fields.iter().filter(secret).map(|field| field.key.to_owned()).collect(),
        hook_url: format!("{}/hooks/{provider}/{}", house.settings.public_url, found.hook_token),
        key_last4: found.key_last4,
        created_at: found.created_at,
        updated_at: found.updated_at,
        provider: found.provider,
    }))
}

/// A connection's credentials, the current set first.
pub(super) async fn sets(house: &House, tx: &mut Tx, found: &ConnectionRecord) -> Result<Vec<Credentials>> {
    let key = house.seals.key(tx, found.owner).await?;
    let place = Place { table: "connections", row: found.id.0, column: "keys_sealed" };
    let plain =
        key.open(place, &found.keys_sealed).map_err(|_| Error::fault("a connection's keys do not open"))?;
    Credentials::from_plain(&plain).ok_or_else(|| Error::fault("a connection's keys are not keys"))
}

pub(super) fn given<'a>(filled: &'a Filled, field: &Field) -> Option<&'a str> {
    filled.get(field.key).map(|value| value.expose_secret().trim()).filter(|value| !value.is_empty())
}

pub(super) fn check(spec: &ProviderSpec, filled: &Filled, exists: bool) -> Result<()> {
    let mut faults = Vec::new();
    for field in spec.fields {
        let value = given(filled, field);
        let names_resource = field.role.resource().is_some();
        if value.is_none()
            && field.required
            && field.role != FieldUse::MadeHere
            && (names_resource || !exists)
        {
            faults.push(FieldFault {
                field: field.key,
                code: "required",
                en: "This is needed.",
                fr: "Ceci est nécessaire.",
            });
        }
        let most = if names_resource { 200 } else { LONGEST };
        let fits = |v: &str| {
            v.len() <= most
                && !v.chars().any(char::is_control)
                && (field.choices.is_empty() || field.choices.contains(&v))
        };
        if field.secret && value.is_some_and(is_printed_secret) {
            faults.push(FieldFault::printed(field.key));
        } else if value.is_some_and(|v| !fits(v)) {
            faults.push(FieldFault {
                field: field.key,
                code: "bad_value",
                en: "This value is too long or not one of those that are possible.",
                fr: "Cette valeur est trop longue ou n’est pas de celles qui sont possibles.",
            });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::invalid(faults).into()) }
}

/// Connects a provider, or changes the connection. Idempotent. New credentials are accepted beside those
/// before them, so that exchanging keys loses no event. An agent is claimed with the key that opens its account.
///
/// # Errors
/// `not_found`, a refusal about its fields, `agent_taken`, or the database's.
pub async fn connect(
    house: &House,
    scope: &TenantScope,
    provider: &str,
    filled: &Filled,
) -> Result<Connected> {
    let spec = spec_of(house, provider)?;
    let unproven = account::prove(house, scope, spec, filled).await?;
    let mut tx = house.db.write_in(scope).await?;
    let now = house.world.now();
    let existing = connections::of_tenant(&mut tx, scope.tenant(), provider).await?.into_iter().next();
    check(spec, filled, existing.is_some())?;
    let mut before = match &existing {
        Some(existing) => sets(house, &mut tx, existing).await?,
        None => Vec::new(),
    };
    let mut current = before.first().cloned().unwrap_or_default();
    let mut made = Vec::new();
    for field in spec.fields.iter().filter(|field| field.role.resource().is_none()) {
        if let Some(value) = given(filled, field) {
            current = current.with(field.key, value);
        } else if field.role == FieldUse::MadeHere && current.field(field.key).is_none() {
            let secret = Token::generate("", &*house.world.entropy).expose_secret().to_owned();
            current = current.with(field.key, &secret);
            made.push((field.key, SecretString::from(secret)));
        }
    }
    before.retain(|set| !set.equals(&current));
    before.insert(0, current);
    before.truncate(MOST_SETS);
    let shown = spec.fields.iter().find(|f| f.secret && before[0].field(f.key).is_some());
    let id = existing.as_ref().map_or_else(|| house.world.new_id(), |c| c.id);
    let place = Place { table: "connections", row: id.0, column: "keys_sealed" };
    let sealing = house.seals.key(&mut tx, scope.tenant()).await?;
    let record = ConnectionRecord {
        id,
        tenant: Some(scope.tenant()),
        owner: scope.tenant(),
        provider: provider.to_owned(),
        hook_token: existing.map_or_else(
            || Token::generate("", &*house.world.entropy).expose_secret().to_owned(),
            |c| c.hook_token,
        ),
        keys_sealed: sealing.seal(place, &Credentials::to_plain(&before), &*house.world.entropy),
        key_last4: shown.and_then(|f| before[0].field(f.key)).map(last4).unwrap_or_default(),
        created_at: now,
        updated_at: now,
    };
    connections::put(&mut tx, &record, now).await?;
    for field in spec.fields {
        if let Some((kind, resource)) = field.role.resource().zip(given(filled, field)) {
            bind(house, &mut tx, scope, spec, id, (kind, resource)).await?;
        }
    }
    let mut tenant = tx.tenant(scope).await?;
    let mut doc = json!({ "provider": provider });
    if let Some(reason) = unproven {
        doc["unproven"] = json!(reason);
    }
    audit::note(&mut tenant, &house.world, "connection.changed", "connection", &id.to_string(), doc).await?;
    tx.commit().await?;
    house.locks.forget();
    tracing::info!(connection.id = %id, tenant.id = %scope.tenant(), provider, "an agent was connected");
    let view = view(house, scope, provider).await?;
    Ok(Connected {
        view: view.ok_or_else(|| Error::fault("a connection that was not kept"))?,
        made,
        unproven,
    })
}

/// An agent's id or a number in the form in which it is bound.
pub(super) fn written(kind: ResourceKind, resource: &str) -> String {
    match kind {
        ResourceKind::Number => {
            vestibule_model::Phone::parse(resource).map_or_else(|| resource.to_owned(), |p| p.to_string())
        }
        ResourceKind::Agent => resource.to_owned(),
    }
}

/// Binds an agent or a number to the tenant; those of its kind that were bound before rest.
async fn bind(
    house: &House,
    tx: &mut Tx,
    scope: &TenantScope,
    spec: &ProviderSpec,
    connection: ConnectionId,
    (kind, resource): (ResourceKind, &str),
) -> Result<()> {
    let now = house.world.now();
    let resource = written(kind, resource);
    let new = NewBinding {
        id: house.world.new_id(),
        tenant: scope.tenant(),
        provider: house.provider(spec.name).map_or(spec.name, |p| p.resources_of()),
        connection,
        kind: kind.as_str(),
        resource: &resource,
    };
    let holder = connections::claimant(tx, &new, now, REST_MS).await?;
    if holder.is_some_and(|holder| holder != scope.tenant()) {
        return Err(taken(spec).into());
    }
    connections::unbind_others(tx, &new, now).await?;
    connections::bind(tx, &new, now).await.map_err(|error| match error {
        StoreError::Conflict(_) => taken(spec).into(),
        other => Error::from(other),
    })
}

/// Connects an agent by its id alone (requirement 2.05): to the tenant's own connection when there is one, else to
/// a workflow that forwards the provider's events. Idempotent.
///
/// # Errors
/// As [`connect`].
pub async fn connect_agent(
    house: &House,
    scope: &TenantScope,
    provider: &str,
    agent: &str,
) -> Result<Connected> {
    let own = view(house, scope, provider).await?.map(|_| provider);
    let forwarder = || house.providers.iter().find(|p| p.resources_of() == provider && p.via().is_some());
    let name = own.or_else(|| forwarder().map(|p| p.name())).ok_or_else(Refusal::not_found)?;
    let field = spec_of(house, name)?.fields.iter().find(|field| field.role == FieldUse::Agent);
    let field = field.ok_or_else(Refusal::not_found)?;
    let filled = Filled::from([(field.key.to_owned(), SecretString::from(agent))]);
    connect(house, scope, name, &filled).await
}

/// The agent of a tenant at a provider, by whichever way its events come (requirement 2.07).
///
/// # Errors
/// `not_found` when there is no such provider, or the database's.
pub async fn agent(house: &House, scope: &TenantScope, provider: &str) -> Result<Option<String>> {
    spec_of(house, provider)?;
    let mut tx = house.db.read_in(scope).await?;
    let bound = super::bound(&mut tx, scope.tenant(), provider, ResourceKind::Agent).await?;
    Ok(bound.into_iter().next())
}

/// Disconnects a tenant's agent, by whichever way its events come (requirement 2.06). Idempotent.
///
/// # Errors
/// `not_found` when there is no such provider, or the database's.
pub async fn disconnect_agent(house: &House, scope: &TenantScope, provider: &str) -> Result<()> {
    spec_of(house, provider)?;
    for way in house.providers.iter().filter(|p| p.resources_of() == provider) {
        disconnect(house, scope, way.name()).await?;
    }
    Ok(())
}

/// Disconnects a provider: its hook answers no more, and its agent rests. Idempotent.
///
/// # Errors
/// The database's.
pub async fn disconnect(house: &House, scope: &TenantScope, provider: &str) -> Result<()> {
    let mut tx = house.db.write_in(scope).await?;
    let now = house.world.now();
    for found in connections::of_tenant(&mut tx, scope.tenant(), provider).await? {
        connections::end(&mut tx, found.id, now).await?;
        let mut tenant = tx.tenant(scope).await?;
        let id = found.id.to_string();
        audit::note(&mut tenant, &house.world, "connection.ended", "connection", &id, json!({})).await?;
    }
    tx.commit().await?;
    house.locks.forget();
    Ok(())
}
