//! The lab: what each provider would send, shown, and sent to the tenant's own door or to an address of theirs.

use crate::App;
use crate::api::connections::WordsView;
use crate::doors::lab::knock;
use crate::enter::{Body, Params, Tenant};
use crate::headers::is_french;
use crate::problem::{Answer, Problem};
use axum::Json;
use axum::extract::{Path, State};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use vestibule_access::need;
use vestibule_domain::lab::{self, Came, Ready, Shelf};
use vestibule_domain::{Error, Refusal};

/// How much of our own door's answer is shown, in bytes.
const SHOWN: usize = 1_024;

/// A request as a provider would send it.
#[derive(Serialize, ToSchema)]
pub struct SampleView {
    /// Its name.
    name: &'static str,
    /// What it tells.
    title: WordsView,
    /// Whether the provider waits for an answer to it.
    is_question: bool,
}

/// A provider's samples.
#[derive(Serialize, ToSchema)]
pub struct ShelfView {
    /// The provider's name.
    provider: &'static str,
    /// Its name for people.
    title: &'static str,
    /// Whether it is connected: without a connection nothing can be signed.
    is_connected: bool,
    /// The samples, in the order in which they tell a story.
    samples: Vec<SampleView>,
}

/// Every provider that has samples.
#[derive(Serialize, ToSchema)]
pub struct LabView {
    /// The providers.
    items: Vec<ShelfView>,
}

/// A header of a request.
#[derive(Serialize, ToSchema)]
pub struct HeaderView {
    /// Its name.
    name: String,
    /// Its value; a secret is blacked out.
    value: String,
}

/// A sample, filled in and signed, as it would be sent now.
#[derive(Serialize, ToSchema)]
pub struct PreviewView {
    /// Where it goes unless another address is given: the connection's own.
    url: String,
    /// Its headers.
    headers: Vec<HeaderView>,
    /// Its body.
    body: String,
    /// Names the call that it tells of: with the same one, the next sample tells of the same call.
    call: String,
}

/// Which call.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PreviewQuery {
    /// A tenant's id, slug or `ref:…`.
    #[expect(dead_code, reason = "read by the extractor; here for the document")]
    tenant: Option<String>,
    /// `call` of the sample before; a new one when nothing is said.
    call: Option<String>,
}

/// Where a sample goes.
#[derive(Deserialize, ToSchema)]
pub struct SendInput {
    /// An address that begins with https; the tenant's own door when it is left out.
    url: Option<String>,
    /// `call` of the sample before; a new one when it is left out.
    call: Option<String>,
}

/// What came back.
#[derive(Serialize, ToSchema)]
pub struct CameView {
    /// Whether the answer was 2xx.
    ok: bool,
    /// The HTTP status, when there was an answer.
    status: Option<u16>,
    /// A stable code of what went wrong.
    error: Option<String>,
    /// How long it took, in milliseconds.
    took_ms: i64,
    /// The beginning of the answer, at most a kilobyte, with secrets blacked out.
    answer: Option<String>,
    /// Names the call that the sample told of; null for a stored event.
    call: Option<String>,
}

impl CameView {
    pub(crate) fn of(came: Came, call: Option<String>) -> Self {
        Self {
            ok: came.error.is_none() && came.status.is_some_and(|status| (200..300).contains(&status)),
            status: came.status,
            error: came.error.map(str::to_owned),
            took_ms: came.took_ms,
            answer: came.answer,
            call,
        }
    }
}

fn shelf(found: &Shelf) -> ShelfView {
    let spec = found.provider.spec();
    let sample = |sample: &&'static vestibule_ports::Sample| SampleView {
        name: sample.name,
        title: sample.title.into(),
        is_question: sample.is_question,
    };
    ShelfView {
        provider: spec.name,
        title: spec.title,
        is_connected: found.is_connected,
        samples: found.samples.iter().map(sample).collect(),
    }
}

/// What can be sent: each provider's samples.
#[utoipa::path(get, path = "/api/v1/lab", tag = "lab", params(("tenant" = Option<String>, Query)),
    security(("session" = []), ("bearer" = ["connections.read"])),
    responses((status = 200, body = LabView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn samples(
    State(app): State<App>,
    tenant: Tenant<need::ReadConnections>,
) -> Answer<Json<LabView>> {
    let found = lab::shelves(&app.house, &tenant.scope).await?;
    Ok(Json(LabView { items: found.iter().map(shelf).collect() }))
}

/// A sample as it would be sent now: nothing is sent.
#[utoipa::path(get, path = "/api/v1/lab/{provider}/{sample}", tag = "lab",
    params(("provider" = String, Path), ("sample" = String, Path), PreviewQuery),
    security(("session" = []), ("bearer" = ["connections.read"])),
    responses((status = 200, body = PreviewView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn preview(
    State(app): State<App>,
    tenant: Tenant<need::ReadConnections>,
    Path((provider, sample)): Path<(String, String)>,
    Params(query): Params<PreviewQuery>,
) -> Answer<Json<PreviewView>> {
    let call = query.call.as_deref().filter(|call| !call.is_empty());
    let ready = lab::prepare(&app.house, &tenant.scope, &provider, &sample, None, call).await?;
    let header = |header: &vestibule_ports::OutgoingHeader| HeaderView {
        name: header.name.clone(),
        value: header.shown().to_owned(),
    };
    Ok(Json(PreviewView {
        headers: ready.request.headers.iter().map(header).collect(),
        body: String::from_utf8_lossy(&ready.request.body).into_owned(),
        url: ready.request.url,
        call: ready.mark,
    }))
}

/// Send a sample, signed with the connection's own key, and say what came back. To the tenant's own door it becomes a
/// call that is marked as a test: no contact is made of it, and no endpoint is told. One at a time.
#[utoipa::path(post, path = "/api/v1/lab/{provider}/{sample}", tag = "lab",
    params(("provider" = String, Path), ("sample" = String, Path), ("tenant" = Option<String>, Query)), request_body = SendInput,
    security(("session" = []), ("bearer" = ["connections.manage"])),
    responses((status = 200, body = CameView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn send(
    State(app): State<App>,
    tenant: Tenant<need::ManageConnections>,
    Path((provider, sample)): Path<(String, String)>,
    headers: HeaderMap,
    Body(input): Body<SendInput>,
) -> Answer<Json<CameView>> {
    let (house, scope) = (&app.house, &tenant.scope);
    let url = input.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    let call = input.call.as_deref().filter(|call| !call.is_empty());
    let turn = lab::turn(house, scope)?;
    let ready = lab::prepare(house, scope, &provider, &sample, url, call).await?;
    if url.is_some() {
        let came = lab::send(house, scope, &turn, &provider, &sample, ready.request).await?;
        return Ok(Json(CameView::of(came, Some(ready.mark))));
    }
    let doc = json!({ "sample": sample, "to": "door" });
    lab::note(house, scope, "lab.sample_sent", ("provider", &provider), doc).await?;
    at_the_door(&app, &provider, ready, is_french(&headers)).await.map(Json)
}

async fn at_the_door(app: &App, provider: &str, ready: Ready, french: bool) -> Answer<CameView> {
    let began = app.house.world.now();
    let answered = knock(app, provider, ready.request).await;
    let answered = answered.ok_or_else(|| Error::fault("a hook whose address is not ours"))?;
    let took_ms = app.house.world.now().since(began).max(0);
    let (error, answer) = match answered.refused {
        Some(refused) => {
            let Refusal { code, en, fr, .. } = refused.0;
            (Some(code.to_owned()), Some((if french { fr } else { en }).to_owned()))
        }
        None => {
            let said = String::from_utf8_lossy(&answered.body);
            let said = said[..said.floor_char_boundary(SHOWN)].trim().to_owned();
            (None, Some(said).filter(|said| !said.is_empty()))
        }
    };
    Ok(CameView {
        ok: error.is_none() && (200..300).contains(&answered.status),
        status: Some(answered.status),
        error,
        took_ms,
        answer,
        call: Some(ready.mark),
    })
}
