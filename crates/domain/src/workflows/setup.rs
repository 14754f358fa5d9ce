//! Whether a tenant's workflow is set up, and switching it on. The engine is asked outside of any transaction.

use crate::outbox::{self, Endpoint};
use crate::workflows::rules::QUESTION_MS;
use crate::workflows::watch::QUEUE;
use crate::{House, Kind, Refusal, Result, audit};
use secrecy::SecretString;
use serde_json::json;
use vestibule_access::TenantScope;
use vestibule_model::EndpointId;
use vestibule_ports::{Diagnosis, Place};
use vestibule_store::{TenantTx, queue};

/// Where an endpoint's workflow is.
pub(super) fn place(endpoint: &Endpoint, key: Option<SecretString>) -> Place {
    let text = |name: &str| endpoint.config.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    Place {
        instance_url: text("instance_url"),
        webhook_url: endpoint.url.clone(),
        workflow: text("workflow_id"),
        key,
        timeout_ms: QUESTION_MS,
    }
}

async fn find(house: &House, scope: &TenantScope, id: EndpointId) -> Result<Place> {
    let mut tx = house.db.read_in(scope).await?;
    let mut tenant = tx.tenant(scope).await?;
    let endpoint = outbox::find(&mut tenant, id).await?.ok_or_else(Refusal::not_found)?;
    if endpoint.kind == "webhook" {
        return Err(Refusal::new(
            Kind::Conflict,
            "no_workflow",
            "There is no workflow behind this endpoint: it is a plain webhook.",
            "Il n’y a pas de workflow derrière ce point de livraison : c’est un simple webhook.",
        )
        .into());
    }
    let key = outbox::config_secret(house, &mut tenant, id).await?;
    Ok(place(&endpoint, key))
}

/// Looks whether a delivery to this endpoint would start its workflow. Changes nothing.
///
/// # Errors
/// `not_found`, `no_workflow`, or the database's; what the engine says is no error.
pub async fn diagnose(house: &House, scope: &TenantScope, id: EndpointId) -> Result<Diagnosis> {
    let place = find(house, scope, id).await?;
    Ok(house.engine.diagnose(&place).await)
}

/// Activates an endpoint's workflow, and looks whether all is well then. Idempotent.
///
/// # Errors
/// `not_found`, `no_workflow`, or the database's; what the engine says is no error.
pub async fn activate(house: &House, scope: &TenantScope, id: EndpointId) -> Result<Diagnosis> {
    let place = find(house, scope, id).await?;
    if let Err(fault) = house.engine.activate(&place).await {
        return Ok(house.engine.explain(&fault));
    }
    let mut tx = house.db.write_in(scope).await?;
    let mut tenant = tx.tenant(scope).await?;
    let doc = json!({ "workflow_id": place.workflow });
    audit::note(&mut tenant, &house.world, "workflow.activated", "endpoint", &id.to_string(), doc).await?;
    tx.commit().await?;
    Ok(house.engine.diagnose(&place).await)
}

/// Has an endpoint's engine asked for executions from now on. Idempotent: one that is watched is looked at now.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn watch(house: &House, tx: &mut TenantTx<'_>, id: EndpointId) -> Result<()> {
    let now = house.db.lease_now();
    Ok(queue::owe(tx, QUEUE, id.0, id.0, now, now).await?)
}
