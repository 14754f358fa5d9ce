//! Gives the businesses a past, and then endpoints: in this order, so that the past owes nobody a delivery.

use super::seed::Placed;
use super::{DemoError, Seeder, history};
use secrecy::ExposeSecret;
use std::sync::Arc;
use vestibule_access::TenantScope;
use vestibule_domain::inbox::InboxFolder;
use vestibule_domain::outbox::{self, DeliveryFilter, EndpointChange, NewEndpoint};
use vestibule_model::UnixMs;
use vestibule_store::queue::Folder;

/// When the demo's deliveries are attempted: seconds apart instead of hours.
pub const SCHEDULE_MS: [i64; 4] = [0, 1_000, 3_000, 6_000];

impl Seeder<'_> {
    /// The past, before there are endpoints: it owes nobody anything.
    ///
    /// # Errors
    /// The inbox's, or when it takes too long.
    pub async fn history(&self, placed: &mut [Placed]) -> Result<bool, DemoError> {
        let new: Vec<&mut Placed> = placed.iter_mut().filter(|one| !one.tenant.has_history).collect();
        if new.is_empty() {
            return Ok(false);
        }
        let makers = new.iter().map(|one| {
            let (house, scope, connection) = (self.house.clone(), one.scope, one.connection.id);
            let (business, agent) = (one.business, one.tenant.retell.agent_id.clone());
            let until = UnixMs(one.tenant.history_until_ms);
            tokio::spawn(async move {
                let made = tokio::task::spawn_blocking(move || history::events(business, &agent, until));
                let events = made.await.map_err(lost)?.map_err(DemoError::Words)?;
                history::feed(&house, scope, connection, events).await
            })
        });
        for made in makers.collect::<Vec<_>>() {
            made.await.map_err(lost)??;
        }
        let scopes: Vec<TenantScope> = new.iter().map(|one| one.scope).collect();
        let handler = Arc::new(InboxFolder::new(self.house.clone()));
        let folder = Folder::new(self.house.db.clone(), self.mint.clone(), handler);
        history::digest(self.house, &folder, &scopes).await?;
        for one in new {
            one.tenant.has_history = true;
        }
        Ok(true)
    }

    /// The endpoint, at the receiver's present address.
    ///
    /// # Errors
    /// The outbox's.
    pub async fn endpoint(&self, one: &mut Placed) -> Result<(), DemoError> {
        let url = self.receiver.url(one.business.slug);
        let mut tx = self.house.db.write_in(&one.scope).await?;
        let mut tenant = tx.tenant(&one.scope).await?;
        let known = outbox::list_endpoints(&mut tenant).await?;
        match known.iter().find(|e| e.id.to_string() == one.tenant.endpoint.id) {
            Some(endpoint) if endpoint.url != url => {
                let change = EndpointChange { url: Some(url.clone()), ..EndpointChange::default() };
                outbox::change(self.house, &mut tenant, endpoint.id, change).await?;
            }
            Some(_) => {}
            None => {
                let all = ["call.call-started", "call.call-ended", "call.call-updated"];
                let new = NewEndpoint {
                    url: url.clone(),
                    description: Some("n8n (demo)".into()),
                    event_types: one.business.hears_all.then(|| all.map(String::from).to_vec()),
                    schedule_ms: Some(SCHEDULE_MS.to_vec()),
                    kind: Some("n8n".into()),
                    ..NewEndpoint::default()
                };
                let (endpoint, secret) = outbox::create(self.house, &mut tenant, new).await?;
                one.tenant.endpoint.id = endpoint.id.to_string();
                secret.whsec.expose_secret().clone_into(&mut one.tenant.endpoint.secret);
            }
        }
        tx.commit().await?;
        one.tenant.endpoint.url = url;
        self.receiver.trust(one.business.slug, &one.tenant.endpoint.secret)
    }

    /// Whether a tenant has a dead letter.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_dead_letter(&self, one: &Placed) -> Result<bool, DemoError> {
        let filter = DeliveryFilter { state: Some("dead".into()), limit: 1, ..DeliveryFilter::default() };
        let mut tx = self.house.db.read_in(&one.scope).await?;
        let dead = outbox::list_deliveries(&mut tx.tenant(&one.scope).await?, &filter).await?;
        Ok(!dead.items.is_empty())
    }
}

fn lost(error: tokio::task::JoinError) -> DemoError {
    DemoError::Words(format!("the history was not made: {error}"))
}
