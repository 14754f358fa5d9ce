//! A sample of the lab at a tenant's own door: the very way that a provider's request takes.

use super::webhooks;
use crate::App;
use crate::problem::Refused;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http_body_util::BodyExt;
use vestibule_ports::Outgoing;

/// What the door answered.
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// Why it was not let in.
    pub(crate) refused: Option<Refused>,
    pub(crate) body: Vec<u8>,
}

/// Knocks at the door of a hook's address, which is our own. `None` where the address is not.
pub(crate) async fn knock(app: &App, provider: &str, outgoing: Outgoing) -> Option<Answered> {
    let path = outgoing.url.strip_prefix(&app.house.settings.public_url)?.to_owned();
    let token = path.split('?').next()?.rsplit('/').next()?.to_owned();
    let length = outgoing.body.len();
    let mut request = Request::post(path).header("content-length", length);
    for header in &outgoing.headers {
        request = request.header(header.name.as_str(), header.value.as_str());
    }
    let request = request.body(Body::from(outgoing.body)).ok()?;
    let response: Response = webhooks::receive(app, provider, "hook", Some(&token), request).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map(|all| all.to_bytes().to_vec()).unwrap_or_default();
    let refused = parts.extensions.get::<Refused>().cloned();
    Some(Answered { status: parts.status.as_u16(), refused, body })
}
