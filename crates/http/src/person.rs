//! A person in their own affairs: account, sessions, invitations. A key is nobody here.

use crate::App;
use crate::enter::Who;
use crate::limits::ClientAddress;
use crate::problem::{Refused, forbidden};
use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use vestibule_access::{Actor, Principal, TenantScope};
use vestibule_domain::people;
use vestibule_model::{SessionId, TenantId, UserId};

/// A signed-in person, in their own affairs.
pub(crate) struct Account {
    pub user: UserId,
    pub session: Option<SessionId>,
    /// The platform's own rows, under this person's name: audit and mail of what belongs to no tenant.
    pub platform: TenantScope,
}

impl FromRequestParts<App> for Account {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let who = Who::from_request_parts(parts, app).await?;
        match who.principal {
            Principal::Person { user, .. } => {
                let platform = app.mint.tenant(TenantId::PLATFORM, Actor::Person(user));
                Ok(Self { user, session: who.session, platform })
            }
            Principal::Key { .. } => Err(forbidden().into()),
        }
    }
}

/// The platform's own rows, for acts of somebody who is not signed in.
pub(crate) const fn nobodys(app: &App) -> TenantScope {
    app.mint.tenant(TenantId::PLATFORM, Actor::System("sign-in"))
}

/// Notes that a session was seen, and from where.
pub(crate) async fn note_seen(app: &App, who: &Who, parts: &Parts) {
    let Some(session) = who.session else { return };
    let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    let device = agent.and_then(crate::device::words);
    let client = parts.extensions.get::<ClientAddress>().and_then(ClientAddress::ip);
    let address = client.map(|ip| ip.to_canonical().to_string());
    people::note_seen(&app.house, session, device.as_deref(), address.as_deref()).await;
}
