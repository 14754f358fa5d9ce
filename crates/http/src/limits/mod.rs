//! How often one may ask. Whoever proves who they are is counted by who they are: a person, what a person's browser
//! reads, a key. Whoever does not is counted by where they come from, and at a provider's door also by the connection
//! that they aim at. **A request that verifies is never counted by its address**, so a flood of forgeries stops no
//! genuine event, and an event of a provider's is never counted at all.
//!
//! Per node and in memory: `docs/decisions/0013-limits-per-node-in-memory.md`. The strict limit of sign-ins is another
//! one, in the database.

mod address;
mod fields;
mod meter;

pub use address::{ClientAddress, ForwardedBy, Proxies};
pub(crate) use fields::{Slip, keep};

use crate::App;
use crate::enter::Who;
use crate::problem::Refused;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Method, StatusCode, header};
use meter::{Allowance, Meter, Slot};
use std::num::NonZeroU32;
use std::sync::Arc;
use vestibule_access::Principal;
use vestibule_domain::{Kind, Refusal};
use vestibule_model::{Clock, ConnectionId};

/// How many buckets a node keeps before strange addresses share one: about ten megabytes.
const MOST_BUCKETS: usize = 100_000;

/// The limits, in requests a minute; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitSettings {
    /// A person's requests.
    pub person_per_minute: u32,
    /// What a person's browser reads for its pages.
    pub pages_per_minute: u32,
    /// A key's requests, where the key says nothing else.
    pub key_per_minute: u32,
    /// What does not verify from a network address.
    pub address_per_minute: u32,
    /// What does not verify at a connection.
    pub connection_per_minute: u32,
}

/// The limits of a node, and what is left of them.
pub(crate) struct Limits {
    settings: LimitSettings,
    meter: Meter,
}

impl Limits {
    pub(crate) fn new(settings: LimitSettings, clock: Arc<dyn Clock>) -> Self {
        Self { settings, meter: Meter::new(clock, MOST_BUCKETS) }
    }

    /// Takes one out of a bucket and tells the reader, unless there is no such limit.
    fn take(&self, slot: Slot, policy: &'static str, per_minute: u32, slip: &Slip) -> Result<(), Refused> {
        let Some(per_minute) = NonZeroU32::new(per_minute) else { return Ok(()) };
        settle(self.meter.take(slot, policy, per_minute), slip)
    }

    /// Counts a request that verified by who makes it.
    pub(crate) fn admit(&self, who: &Who, parts: &Parts) -> Result<(), Refused> {
        let slip = Slip::of(&parts.extensions);
        let settings = &self.settings;
        match &who.principal {
            Principal::Person { user, .. } if reads_a_page(parts) => {
                self.take(Slot::Pages(*user), "pages", settings.pages_per_minute, &slip)
            }
            Principal::Person { user, .. } => {
                self.take(Slot::Person(*user), "person", settings.person_per_minute, &slip)
            }
            Principal::Key { key, .. } => {
                let rate = who.rate_per_minute.unwrap_or(settings.key_per_minute);
                self.take(Slot::Key(*key), "key", rate, &slip)
            }
        }
    }

    /// Counts a request at the API that did not verify by where it comes from; what it is answered.
    pub(crate) fn turn_away(&self, parts: &Parts, refused: Refused) -> Refused {
        let client = parts.extensions.get::<ClientAddress>().copied().unwrap_or_default();
        if refused.0.kind != Kind::Unauthorized || merely_asks_who_it_is(parts) {
            return refused;
        }
        let Some(ip) = client.counted() else { return refused };
        let rate = self.settings.address_per_minute;
        self.take(Slot::Stranger(ip), "address", rate, &Slip::of(&parts.extensions)).err().unwrap_or(refused)
    }

    /// Counts a request at a provider's door that did not verify by where it comes from; what it is answered.
    pub(crate) fn turn_away_from_door(
        &self,
        client: ClientAddress,
        slip: &Slip,
        refused: Refused,
    ) -> Refused {
        let is_unproved = match refused.0.kind {
            Kind::Unauthorized | Kind::NotFound => true,
            Kind::BadRequest => refused.0.code == vestibule_domain::connections::NO_CLIENT_CODE,
            _ => false,
        };
        let Some(ip) = client.counted().filter(|_| is_unproved) else { return refused };
        self.take(Slot::Knocker(ip), "address", self.settings.address_per_minute, slip)
            .err()
            .unwrap_or(refused)
    }

    /// Counts a request that did not verify at a connection.
    pub(crate) fn at_connection(&self, connection: ConnectionId, slip: &Slip) -> Result<(), Refused> {
        let rate = self.settings.connection_per_minute;
        self.take(Slot::Connection(connection), "connection", rate, slip)
    }

    /// Whether whoever comes from there may try to sign in: not after as many wrong tries.
    fn may_try(&self, client: ClientAddress, slip: &Slip) -> Result<(), Refused> {
        let (Some(ip), Some(rate)) = (client.counted(), NonZeroU32::new(self.settings.address_per_minute))
        else {
            return Ok(());
        };
        match self.meter.look(Slot::Guesser(ip), "sign-in", rate) {
            Ok(_) => Ok(()),
            Err(over) => settle(Err(over), slip),
        }
    }

    fn note_wrong_try(&self, client: ClientAddress, slip: &Slip) {
        let Some(ip) = client.counted() else { return };
        let rate = self.settings.address_per_minute;
        // Whoever was let try is answered; the next one is not let.
        drop(self.take(Slot::Guesser(ip), "sign-in", rate, slip));
    }
}

/// What a browser fetches for a page: a cookie's reading. Everything else is somebody's doing.
fn reads_a_page(parts: &Parts) -> bool {
    !parts.headers.contains_key(header::AUTHORIZATION) && matches!(parts.method, Method::GET | Method::HEAD)
}

/// A page that nobody is signed in to asks who it is. It has shown nothing, and so tried nothing.
fn merely_asks_who_it_is(parts: &Parts) -> bool {
    let shows_nothing = !parts.headers.contains_key(header::AUTHORIZATION)
        && !parts.headers.get_all(header::COOKIE).iter().any(|cookie| {
            cookie.to_str().unwrap_or(crate::enter::SESSION_COOKIE).contains(crate::enter::SESSION_COOKIE)
        });
    shows_nothing && parts.method == Method::GET && parts.uri.path() == "/api/v1/me"
}

fn settle(taken: Result<Allowance, Allowance>, slip: &Slip) -> Result<(), Refused> {
    match taken {
        Ok(allowance) => {
            slip.note(allowance);
            Ok(())
        }
        Err(over) => {
            slip.note(over);
            metrics::counter!("vestibule_limited_total", "limit" => over.policy).increment(1);
            Err(too_many(over.in_s).into())
        }
    }
}

const fn too_many(seconds: u32) -> Refusal {
    Refusal::new(
        Kind::TooMany,
        "too_many_requests",
        "Too many requests in a short time. Wait a moment and try again.",
        "Trop de requêtes en peu de temps. Attendez un moment et réessayez.",
    )
    .after(seconds)
}

/// Requests by which somebody proves who they are.
fn is_sign_in(method: &Method, path: &str) -> bool {
    *method == Method::POST && path.starts_with("/auth/") && path != "/auth/logout"
}

/// What proves nothing however it is answered: a mail that is asked for goes out to somebody else.
fn proves_nothing(path: &str) -> bool {
    path == "/auth/reset"
}

/// The layer: says where a request comes from, keeps whoever guesses from guessing on, and tells what is left.
pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let client = ClientAddress::of(&request, &app.proxies);
    let slip = Slip::default();
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(slip.clone());
    let path = request.uri().path().to_owned();
    let is_sign_in = is_sign_in(request.method(), &path);
    let refused = if is_sign_in { app.limits.may_try(client, &slip).err() } else { None };
    let mut response = match refused {
        Some(refused) => refused.into_response(),
        None => {
            let response = next.run(request).await;
            if is_sign_in && (proves_nothing(&path) || is_wrong(response.status())) {
                app.limits.note_wrong_try(client, &slip);
            }
            response
        }
    };
    slip.write(response.headers_mut());
    response
}

/// Whether what was shown to sign in was not good.
const fn is_wrong(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::TOO_MANY_REQUESTS
    )
}
