//! Provider webhooks: bytes, address, lock, key, entry, inbox; and, where the provider waits for it, an answer.
//! An event is acknowledged only after its commit; a question is answered within the provider's budget whatever
//! happens behind it, because a caller is listening.

use crate::App;
use crate::doors::LARGEST;
use crate::enter::too_large;
use crate::limits::{ClientAddress, Slip};
use crate::problem::{Refused, unavailable};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use vestibule_access::TenantScope;
use vestibule_domain::connections::{ConnectionRecord, Reason};
use vestibule_domain::inbox::{self, Accepted};
use vestibule_domain::{Error, Kind, Refusal, agents, audit, connections, tenants, texts};
use vestibule_model::{TextTold, UnixMs};
use vestibule_ports::{Answer, Ask, CallWebhooks, Disposition, Inbound, Reply, VerifyFault};

/// `/hooks/{provider}/{token}`: the token names a connection.
pub(super) async fn by_token(
    State(app): State<App>,
    Path((provider, token)): Path<(String, String)>,
    request: Request,
) -> Response {
    receive(&app, &provider, "hook", Some(&token), request).await
}

/// `/api/webhooks/{provider}` (requirement 0.17): the agent names a connection.
pub(super) async fn by_resource(
    State(app): State<App>,
    Path(provider): Path<String>,
    request: Request,
) -> Response {
    receive(&app, &provider, "resource", None, request).await
}

/// A path that a provider's description lists.
pub(super) async fn by_path(app: App, provider: &'static str, request: Request) -> Response {
    receive(&app, provider, "path", None, request).await
}

/// What became of a request that was let in.
enum Passed {
    Kept(Reply),
    Duplicate(Reply),
    Answered(Reply),
}

pub(super) async fn receive(
    app: &App,
    provider: &str,
    door: &str,
    token: Option<&str>,
    request: Request,
) -> Response {
    let Some(provider) = app.house.provider(provider).cloned() else {
        return Refused::from(Refusal::not_found()).into_response();
    };
    if request.method() == Method::GET && !provider.speaks_get() {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let door = format!("{door}/{}", provider.name());
    let client = request.extensions().get::<ClientAddress>().copied().unwrap_or_default();
    let slip = Slip::of(request.extensions());
    match pass(app, &provider, token, request).await {
        Ok(passed) => {
            let (result, reply) = match passed {
                Passed::Kept(reply) => ("accepted", reply),
                Passed::Duplicate(reply) => ("duplicate", reply),
                Passed::Answered(reply) => ("answered", reply),
            };
            metrics::counter!("vestibule_events_total", "result" => result).increment(1);
            if result == "duplicate" && reply == Reply::EMPTY {
                return Json(json!({ "status": "duplicate" })).into_response();
            }
            render(reply)
        }
        Err(refused) => {
            app.refusals.count(&door, refused.0.code);
            app.limits.turn_away_from_door(client, &slip, refused).into_response()
        }
    }
}

fn render(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    if let Some(kind) = reply.content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
}

async fn pass(
    app: &App,
    provider: &Arc<dyn CallWebhooks>,
    token: Option<&str>,
    request: Request,
) -> Result<Passed, Refused> {
    let (parts, body) = request.into_parts();
    let expected = declared_length(&parts.headers).unwrap_or(LARGEST);
    if expected > LARGEST {
        return Err(too_large().into());
    }
    let _room = app.budget.take(expected).ok_or_else(unavailable)?;
    let mut body = read(body).await?;
    if parts.method == Method::GET {
        // What a provider says by GET stands in the query: that is what is kept.
        body = Bytes::copy_from_slice(parts.uri.query().unwrap_or_default().as_bytes());
    }
    let now = app.house.world.now();
    let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    // What is signed is the address that the provider was given, whatever proxy stands before us.
    let path = parts.uri.path_and_query().map_or("", |whole| whole.as_str());
    let url = format!("{}{path}", app.house.settings.public_url);
    let inbound = Inbound { method: parts.method.as_str(), url: &url, header: &header, body: &body, now };
    if !provider.is_signed(&inbound) {
        return Err(unsigned(VerifyFault::Missing));
    }
    let address = provider.address(&inbound);
    let found = match token {
        Some(token) => connections::find_by_token(&app.house, provider.name(), token).await?,
        None => connections::find_by_resource(&app.house, &**provider, &address, now).await?,
    };
    let ask = provider.ask(&inbound);
    let checked = found.door.open(|keys| {
        let judged = provider.verify(keys, &inbound);
        judged.map_err(|fault| (fault, connections::diagnose(&**provider, keys, &inbound, fault)))
    });
    let open = match checked {
        Ok(open) => open,
        Err((fault, hint)) => {
            // What a connection may be sent unproved is what is held for it: providers send from few addresses, so these
            // say nothing about that.
            app.limits.at_connection(found.connection.id, &Slip::of(&parts.extensions))?;
            // A question is of no use later; an event is, once its owner has corrected the key.
            if fault != VerifyFault::Missing && ask.is_none() {
                let reason = Reason { code: fault.code(), hint, age_ms: connections::age_ms(fault) };
                hold(app, &found.connection, &inbound, &parts, reason).await;
            }
            return Err(unsigned(fault));
        }
    };
    let tenant = match connections::decide(&app.house, &open, &found.connection, &address, now).await {
        Err(Error::Refused(refusal)) if refusal.code == connections::NO_CLIENT_CODE && ask.is_none() => {
            let reason = Reason { code: refusal.code, hint: None, age_ms: None };
            hold(app, &found.connection, &inbound, &parts, reason).await;
            return Err(refusal.into());
        }
        decided => decided?,
    };
    let scope = open.enter(&app.mint, tenant);
    agree(app, &scope, &parts).await?;
    let told = provider.told(&inbound);
    let is_event = ask.is_none() || provider.identify(&address).disposition == Disposition::Fold;
    let keep = async {
        if !is_event {
            return None;
        }
        let connection = found.connection.id;
        Some(inbox::accept(&app.house, scope, connection, &**provider, &address, &told, now).await)
    };
    let Some(ask) = ask else {
        return match keep.await {
            // Whoever asks again did not hear the answer.
            Some(Ok(Accepted::Duplicate)) => {
                let answer = written(app, &scope, &**provider, &told, now).await;
                Ok(Passed::Duplicate(provider.reply(&inbound, &answer)))
            }
            Some(Err(error)) => Err(not_kept(error)),
            _ => {
                let answer = written(app, &scope, &**provider, &told, now).await;
                Ok(Passed::Kept(provider.reply(&inbound, &answer)))
            }
        };
    };
    let (kept, answer) = futures::join!(keep, answer(app, &scope, &**provider, &ask, &inbound));
    if let Some(Err(error)) = kept {
        // The caller is served all the same; later events of the call tell of it.
        tracing::warn!(error = %error, "what a question told of a call could not be kept");
    }
    Ok(Passed::Answered(provider.reply(&inbound, &answer)))
}

/// Holds a request that was not let in. It is refused whether that works or not.
async fn hold(
    app: &App,
    connection: &ConnectionRecord,
    inbound: &Inbound<'_>,
    parts: &Parts,
    reason: Reason,
) {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers =
        parts.headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)));
    let held = connections::hold(&app.house, connection, inbound, headers.collect(), reason).await;
    if let Err(error) = held {
        tracing::warn!(error = %error, "a refused request could not be held");
    }
}

/// What a text that was kept is answered with, if it wants an answer, in time.
async fn written(
    app: &App,
    scope: &TenantScope,
    provider: &dyn CallWebhooks,
    body: &[u8],
    now: UnixMs,
) -> Answer {
    const BUDGET: Duration = Duration::from_secs(5);
    let came = provider.texts(body).unwrap_or_default().into_iter().find_map(|event| match event.told {
        TextTold::Came(came) => Some(came),
        TextTold::Became { .. } => None,
    });
    let Some(came) = came else { return Answer::Nothing };
    match tokio::time::timeout(BUDGET, texts::answer(&app.house, scope, &came, now)).await {
        Ok(Ok(Some(say))) => Answer::Text { say },
        Ok(Ok(None)) => Answer::Nothing,
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "a text could not be answered; it was kept");
            Answer::Nothing
        }
        Err(_) => {
            tracing::warn!("a text's answer took too long; it was kept");
            Answer::Nothing
        }
    }
}

/// An answer in time: when ours is late or fails, what the call was set up with.
async fn answer(
    app: &App,
    scope: &TenantScope,
    provider: &dyn CallWebhooks,
    ask: &Ask,
    inbound: &Inbound<'_>,
) -> Answer {
    let budget = Duration::from_millis(provider.budget_ms(ask));
    let name = provider.resources_of();
    match tokio::time::timeout(budget, agents::answer(&app.house, scope, name, ask, inbound.now)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "a provider's question could not be answered; the fallback was");
            metrics::counter!("vestibule_answers_fallen_back_total", "reason" => "fault").increment(1);
            agents::fallback(ask)
        }
        Err(_) => {
            tracing::warn!("a provider's question took too long; the fallback was answered");
            metrics::counter!("vestibule_answers_fallen_back_total", "reason" => "late").increment(1);
            agents::fallback(ask)
        }
    }
}

fn not_kept(error: Error) -> Refused {
    match error {
        // Whatever stood in the way, the event was not kept: the provider must try again.
        Error::Refused(refusal) => Refused(refusal),
        other => {
            tracing::warn!(error = %other, "an event could not be kept");
            unavailable().into()
        }
    }
}

#[derive(Deserialize)]
struct Hint {
    tenant: Option<String>,
}

/// Whoever names a tenant (`X-Tenant-ID`, `?tenant=`) must name the one that the evidence leads to: a hint
/// never decides, and one that disagrees is refused and audited (K2).
async fn agree(app: &App, scope: &TenantScope, parts: &Parts) -> Result<(), Refused> {
    let in_header = parts.headers.get("x-tenant-id").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let in_query = Query::<Hint>::try_from_uri(&parts.uri).ok().and_then(|Query(h)| h.tenant);
    for name in in_header.into_iter().chain(in_query) {
        let named = tenants::find(&app.house, name.trim()).await?;
        if named.is_none_or(|t| t.id != scope.tenant()) {
            audit::note_alone(&app.house, scope, "hint.refused", "tenant", &scope.tenant().to_string())
                .await?;
            return Err(Refusal::new(
                Kind::BadRequest,
                "tenant_hint_disagrees",
                "The tenant that the request names is not the one its signature leads to.",
                "Le client que la requête nomme n’est pas celui auquel mène sa signature.",
            )
            .into());
        }
    }
    Ok(())
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn read(body: Body) -> Result<Bytes, Refused> {
    match Limited::new(body, LARGEST).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large().into()),
        Err(_) => Err(Refusal::new(
            Kind::BadRequest,
            "body_broken_off",
            "The body broke off.",
            "Le corps s’est interrompu.",
        )
        .into()),
    }
}

fn unsigned(fault: VerifyFault) -> Refused {
    let (en, fr) = match fault {
        VerifyFault::Missing => {
            ("The request carries no signature.", "La requête ne porte pas de signature.")
        }
        VerifyFault::Malformed => (
            "The signature is not of the provider’s form.",
            "La signature n’a pas la forme de celles du fournisseur.",
        ),
        VerifyFault::Stale { .. } => (
            "The signature is older or newer than five minutes: check the clock.",
            "La signature s’écarte de plus de cinq minutes : vérifiez l’horloge.",
        ),
        VerifyFault::Mismatch => (
            "The signature does not match: check the API key, and that the body arrives unchanged.",
            "La signature ne correspond pas : vérifiez la clé API, et que le corps arrive inchangé.",
        ),
    };
    Refusal::new(Kind::Unauthorized, fault.code(), en, fr).into()
}
