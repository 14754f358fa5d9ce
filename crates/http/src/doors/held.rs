//! Requests that were held are let in when their connection has changed: verified with its keys as of their arrival, and
//! kept as of it. Idempotent: what is in already is a duplicate.

use crate::App;
use uuid::Uuid;
use vestibule_domain::connections::{self, ConnectionView, HeldRecord, HeldRequest};
use vestibule_domain::{Error, inbox};
use vestibule_model::ConnectionId;
use vestibule_ports::Inbound;

/// How many are taken up at a time.
const PAGE: i64 = 20;

/// Tries again what is held for a connection that has just changed, and what waited for its agent or number; how many
/// requests were let in. A fault of ours leaves the rest where it is.
pub(crate) async fn after_change(app: &App, changed: &ConnectionView) -> usize {
    let provider = app.house.provider(&changed.provider).map(|p| p.resources_of());
    let mut all = vec![changed.id];
    match connections::waiting_for_a_binding(&app.house, provider.unwrap_or_default()).await {
        Ok(waiting) => all.extend(waiting.into_iter().filter(|id| *id != changed.id)),
        Err(error) => tracing::warn!(error = %error, "held requests could not be looked at"),
    }
    let mut let_in = 0;
    for connection in all {
        match try_again(app, connection).await {
            Ok(count) => let_in += count,
            Err(error) => {
                tracing::warn!(error = %error, connection.id = %connection, "held requests wait for the next change")
            }
        }
    }
    let_in
}

async fn try_again(app: &App, connection: ConnectionId) -> Result<usize, Error> {
    let (mut after, mut let_in) = (Uuid::nil(), 0);
    loop {
        let page = connections::held_requests(&app.house, connection, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(let_in) };
        after = last.id;
        for (record, request) in &page {
            match enter(app, record, request).await {
                Ok(true) => {
                    connections::let_go(&app.house, record.id, connection).await?;
                    let_in += 1;
                }
                Ok(false) | Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Lets one request in, if it is genuine by now.
async fn enter(app: &App, record: &HeldRecord, request: &HeldRequest) -> Result<bool, Error> {
    let Some(provider) = app.house.provider(&record.provider).cloned() else { return Ok(false) };
    let (body, header) = (request.body(), |name: &str| request.header(name));
    let (method, url, now) = (&*request.method, &*request.url, record.received_at);
    let inbound = Inbound { method, url, header: &header, body: &body, now };
    let address = provider.address(&inbound);
    let found = connections::find_by_id(&app.house, record.connection).await?;
    let Ok(open) = found.door.open(|keys| provider.verify(keys, &inbound)) else { return Ok(false) };
    let arrived = app.house.world.now();
    let tenant = connections::decide(&app.house, &open, &found.connection, &address, arrived).await?;
    let scope = open.enter(&app.mint, tenant);
    let told = provider.told(&inbound);
    inbox::accept(&app.house, scope, found.connection.id, &*provider, &address, &told, now).await?;
    Ok(true)
}
