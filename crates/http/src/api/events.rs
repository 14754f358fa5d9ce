//! What changes, as server-sent events: room and id only, so that the page fetches what its reader may see.

use crate::App;
use crate::enter::{Tenant, identify};
use crate::problem::{Answer, Problem};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream};
use http::{HeaderMap, Method};
use serde_json::json;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use vestibule_access::{Holding, Permission, need};
use vestibule_domain::{Change, Kind, tenants};
use vestibule_model::{TenantId, ViewingId};

struct Following {
    app: App,
    tenant: TenantId,
    /// Whose the tenant is, as far as was last heard.
    holding: Holding,
    /// The viewing under which the stream was opened.
    viewing: Option<ViewingId>,
    /// What the reader showed: asked again each second.
    shown: HeaderMap,
    may: Vec<Permission>,
    waiting: VecDeque<Event>,
    changes: Receiver<Change>,
    checked: tokio::time::Interval,
}

/// Follow what changes. Reconnect with `Last-Event-ID`: what was missed comes first, or `resync`.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["events.read"])),
    responses((status = 200, description = "`change` events with {room, id, rev}, `resync` when some were missed", content_type = "text/event-stream"),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn stream(
    State(app): State<App>,
    tenant: Tenant<need::ReadEvents>,
    headers: HeaderMap,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let hub = app.house.db.hub();
    // Followed before the past is read: nothing falls between.
    let changes = hub.follow();
    let mut following = Following {
        tenant: tenant.record.id,
        holding: tenant.record.holding(),
        viewing: tenant.who.principal.viewing_of(tenant.record.holding()).map(|v| v.id),
        shown: headers.clone(),
        may: tenant.who.principal.permissions_in(tenant.record.holding()),
        waiting: VecDeque::new(),
        changes,
        checked: tokio::time::interval(Duration::from_millis(900)),
        app: app.clone(),
    };
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok());
    let past = match last.map(|id| id.split_once('-')) {
        None => Some(Vec::new()),
        Some(Some((epoch, number))) if epoch == &*app.epoch => number.parse().ok().and_then(|n| hub.since(n)),
        Some(_) => None,
    };
    match past {
        Some(past) => past.iter().for_each(|change| following.note(change)),
        None => following.resync(),
    }
    // The reader learns at once where it is, so that it can come back here.
    let here = Event::default().event("hello").id(format!("{}-{}", app.epoch, hub.newest())).data("{}");
    following.waiting.push_back(here);
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(stream::unfold(following, next)).keep_alive(keep_alive))
}

async fn next(mut following: Following) -> Option<(Result<Event, Infallible>, Following)> {
    loop {
        if let Some(event) = following.waiting.pop_front() {
            return Some((Ok(event), following));
        }
        tokio::select! {
            () = following.app.closing.cancelled() => return None,
            change = following.changes.recv() => match change {
                Ok(change) => following.note(&change),
                Err(RecvError::Lagged(_)) => following.resync(),
                Err(RecvError::Closed) => return None,
            },
            _ = following.checked.tick() => {
                if !following.may_still().await {
                    return None;
                }
            }
        }
    }
}

impl Following {
    /// Whether the reader may still follow: a session or key that was revoked, a membership that ended, a role that fell, a
    /// viewing that ended or a tenant that was handed over ends the stream within a second. A database that does not answer
    /// ends nothing.
    async fn may_still(&mut self) -> bool {
        match identify(&self.shown, &Method::GET, &self.app).await {
            Ok(who) => {
                if who.principal.reach().is_some() {
                    match tenants::find(&self.app.house, &self.tenant.to_string()).await {
                        Ok(Some(record)) => self.holding = record.holding(),
                        Ok(None) => return false,
                        Err(_) => return true,
                    }
                }
                self.may = who.principal.permissions_in(self.holding);
                // Whoever looked in and does no longer has other rights, and begins anew with them.
                let viewing = who.principal.viewing_of(self.holding).map(|v| v.id);
                if viewing != self.viewing {
                    return false;
                }
            }
            Err(refused) if refused.0.kind == Kind::Unauthorized => return false,
            Err(_) => return true,
        }
        self.may.contains(&Permission::ReadEvents)
    }

    fn note(&mut self, change: &Change) {
        if change.tenant != self.tenant || !self.may_see(change.room) {
            return;
        }
        let data = json!({ "room": change.room, "id": change.id, "rev": change.number });
        let id = format!("{}-{}", self.app.epoch, change.number);
        self.waiting.push_back(Event::default().event("change").id(id).data(data.to_string()));
    }

    fn resync(&mut self) {
        let id = format!("{}-{}", self.app.epoch, self.app.house.db.hub().newest());
        self.waiting.push_back(Event::default().event("resync").id(id).data("{}"));
    }

    fn may_see(&self, room: &str) -> bool {
        let needed = match room {
            "calls" => Permission::ReadCalls,
            "contacts" => Permission::ReadContacts,
            "texts" => Permission::ReadTexts,
            "deliveries" => Permission::ReadDeliveries,
            "endpoints" => Permission::ReadEndpoints,
            "people" => Permission::ReadPeople,
            _ => Permission::ReadInbox,
        };
        self.may.contains(&needed)
    }
}
