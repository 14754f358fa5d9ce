//! Extractors: from where somebody signs in, and the person of a session.

use crate::App;
use crate::enter::Who;
use crate::problem::{Refused, forbidden};
use axum::extract::{ConnectInfo, FromRequestParts};
use http::{header, request::Parts};
use std::convert::Infallible;
use std::net::SocketAddr;
use vestibule_access::{Actor, Principal};
use vestibule_domain::people::Visit;
use vestibule_model::UserId;

/// The longest text that a browser says of itself and that is kept.
const LONGEST_DEVICE: usize = 200;

/// From where somebody signs in.
pub(crate) struct Visiting(pub Visit);

impl FromRequestParts<App> for Visiting {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let device = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(Visit {
            platform: app.mint.platform(Actor::System("sign-in")),
            address: peer,
            device: device.map(|text| text.chars().take(LONGEST_DEVICE).collect()),
        }))
    }
}

/// The signed-in person; an API key is nobody's.
pub(crate) struct Person(pub UserId);

impl FromRequestParts<App> for Person {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        match Who::from_request_parts(parts, app).await?.principal {
            Principal::Person { user, .. } => Ok(Self(user)),
            Principal::Key { .. } => Err(forbidden().into()),
        }
    }
}
