//! Connecting and disconnecting a provider (requirements 0.22–0.24, 2.05, 2.16).

use crate::{FieldFault, House, Kind, Refusal, Result, audit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_access::TenantScope;
use vestibule_model::{ConnectionId, UnixMs};
use vestibule_ports::ResourceKind;
use vestibule_store::StoreError;
use vestibule_store::directory::connections::{self, ConnectionRecord, NewBinding};
use vestibule_vault::{Place, Token, last4};

/// A released agent or number rests this long before another tenant may have it, in milliseconds.
const REST_MS: i64 = 30 * 24 * 3_600_000;

/// Credentials to keep, and the agent that is the tenant's.
pub struct NewConnection {
    /// The provider's name.
    pub provider: String,
    /// The provider's id of the agent.
    pub agent_id: String,
    /// The key with which the provider signs; may be left out when a connection exists.
    pub api_key: Option<SecretString>,
    /// A second key with which it may sign, while keys are exchanged or when it differs.
    pub webhook_key: Option<SecretString>,
}

/// A connection as its owner sees it: no key.
#[derive(Debug, Clone)]
pub struct ConnectionView {
    /// Its id.
    pub id: ConnectionId,
    /// The agents that are bound.
    pub agents: Vec<String>,
    /// The end of the key.
    pub key_last4: String,
    /// The address to give the provider.
    pub hook_url: String,
    /// When it was made.
    pub created_at: UnixMs,
}

const fn already() -> Refusal {
    // Requirement 2.16, word for word.
    Refusal::new(
        Kind::Conflict,
        "agent_taken",
        "This Retell agent is already connected to another account",
        "This Retell agent is already connected to another account",
    )
}

/// A tenant's connection to a provider.
///
/// # Errors
/// The database's.
pub async fn view(house: &House, scope: &TenantScope, provider: &str) -> Result<Option<ConnectionView>> {
    let mut tx = house.db.read_in(scope).await?;
    let found = connections::of_tenant(&mut tx, scope.tenant(), provider).await?;
    let Some(found) = found.into_iter().next() else { return Ok(None) };
    let agents = connections::resources(&mut tx, found.id, ResourceKind::Agent.as_str()).await?;
    Ok(Some(ConnectionView {
        id: found.id,
        agents,
        hook_url: format!("{}/hooks/{provider}/{}", house.settings.public_url, found.hook_token),
        key_last4: found.key_last4,
        created_at: found.created_at,
    }))
}

/// Connects a provider, or changes the connection. Idempotent. A new key joins the one before, which is
/// accepted as well until the next change, so that exchanging keys loses no event.
///
/// # Errors
/// A refusal about its fields, `agent_taken`, or the database's.
pub async fn connect(house: &House, scope: &TenantScope, new: NewConnection) -> Result<ConnectionView> {
    let mut tx = house.db.write_in(scope).await?;
    let now = house.world.now();
    let existing = connections::of_tenant(&mut tx, scope.tenant(), &new.provider).await?.into_iter().next();
    let agent = new.agent_id.trim();
    let mut faults = Vec::new();
    if agent.is_empty() || agent.len() > 200 {
        faults.push(FieldFault {
            field: "agent_id",
            code: "required",
            en: "Give the agent’s id.",
            fr: "Donnez l’identifiant de l’agent.",
        });
    }
    let key = new.api_key.as_ref().map(|k| k.expose_secret().trim().to_owned()).filter(|k| !k.is_empty());
    if key.is_none() && existing.is_none() {
        faults.push(FieldFault {
            field: "api_key",
            code: "required",
            en: "Give the provider’s API key.",
            fr: "Donnez la clé API du fournisseur.",
        });
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults).into());
    }
    let sealing = house.seals.key(&mut tx, scope.tenant()).await?;
    let id = existing.as_ref().map_or_else(|| house.world.new_id(), |c| c.id);
    let place = Place { table: "connections", row: id.0, column: "keys_sealed" };
    let mut keys: Vec<String> = Vec::new();
    keys.extend(key);
    keys.extend(
        new.webhook_key.as_ref().map(|k| k.expose_secret().trim().to_owned()).filter(|k| !k.is_empty()),
    );
    if let Some(before) = &existing {
        let plain = sealing
            .open(place, &before.keys_sealed)
            .map_err(|_| crate::Error::fault("a connection's keys do not open"))?;
        let old: Vec<String> = serde_json::from_slice(&plain).map_err(crate::Error::fault)?;
        let previous = old.into_iter().take(2).filter(|k| !keys.contains(k)).collect::<Vec<_>>();
        keys.extend(previous);
        keys.truncate(3);
    }
    let plain = serde_json::to_vec(&keys).map_err(crate::Error::fault)?;
    let record = ConnectionRecord {
        id,
        tenant: Some(scope.tenant()),
        owner: scope.tenant(),
        provider: new.provider.clone(),
        hook_token: existing.map_or_else(
            || Token::generate("", &*house.world.entropy).expose_secret().to_owned(),
            |c| c.hook_token,
        ),
        keys_sealed: sealing.seal(place, &plain, &*house.world.entropy),
        key_last4: keys.first().map(|k| last4(k)).unwrap_or_default(),
        created_at: now,
    };
    connections::put(&mut tx, &record, now).await?;
    let binding = NewBinding {
        id: house.world.new_id(),
        tenant: scope.tenant(),
        provider: &new.provider,
        connection: id,
        kind: ResourceKind::Agent.as_str(),
        resource: agent,
    };
    let holder = connections::claimant(&mut tx, &binding, now, REST_MS).await?;
    if holder.is_some_and(|h| h != scope.tenant()) {
        return Err(already().into());
    }
    connections::unbind_others(&mut tx, id, binding.kind, agent, now).await?;
    connections::bind(&mut tx, &binding, now).await.map_err(|e| match e {
        StoreError::Conflict(_) => already().into(),
        other => crate::Error::from(other),
    })?;
    let mut tenant = tx.tenant(scope).await?;
    audit::note(
        &mut tenant,
        &house.world,
        "connection.changed",
        "connection",
        &id.to_string(),
        json!({ "provider": new.provider }),
    )
    .await?;
    tx.commit().await?;
    house.locks.forget();
    tracing::info!(connection.id = %id, tenant.id = %scope.tenant(), provider = %new.provider, "an agent was connected");
    view(house, scope, &new.provider)
        .await?
        .ok_or_else(|| crate::Error::fault("a connection that was not kept"))
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
        audit::note(
            &mut tenant,
            &house.world,
            "connection.ended",
            "connection",
            &found.id.to_string(),
            json!({}),
        )
        .await?;
    }
    tx.commit().await?;
    house.locks.forget();
    Ok(())
}
