//! n8n's REST API, seen from a stranger's side: bounded in time and in what it reads, redirects not followed, only where
//! the guard lets it go.

use super::{courier::classify, place, reply, wire, words};
use crate::guard::{GuardedResolver, SsrfGuard, UrlFault};
use futures::future::BoxFuture;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header::HeaderMap, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use vestibule_model::UnixMs;
use vestibule_ports::{
    Diagnosis, EngineFault, Execution, ExecutionPage, Place, ProviderFaultKind, WorkflowEngine,
};

const USER_AGENT: &str = concat!("Vestibule/", env!("CARGO_PKG_VERSION"));
/// A workflow with everything that people draw into it.
const MAX_BODY: usize = 4 * 1024 * 1024;
const MAX_TIMEOUT_MS: u64 = 60_000;
const PAGE: &str = "100";
/// Longer wishes are for people, not for programs.
const MAX_RETRY_AFTER_MS: i64 = 24 * 3_600_000;

/// Asks n8n, and tells it to activate a workflow.
#[derive(Debug, Clone)]
pub struct N8nClient {
    guard: SsrfGuard,
    https: Client,
    http: Client,
}

impl N8nClient {
    /// A client that goes only where the guard lets it. The process must have installed a rustls provider.
    ///
    /// # Errors
    /// The HTTP client cannot be built, for instance because there are no root certificates.
    pub fn new(guard: SsrfGuard) -> Result<Self, reqwest::Error> {
        let client = |only_listed| {
            Client::builder()
                .user_agent(USER_AGENT)
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                .pool_max_idle_per_host(1)
                .pool_idle_timeout(Duration::from_secs(4))
                .dns_resolver(Arc::new(GuardedResolver { guard: guard.clone(), only_listed }))
                .build()
        };
        let (https, http) = (client(false)?, client(true)?);
        Ok(Self { guard, https, http })
    }

    fn request(
        &self,
        place: &Place,
        method: Method,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<RequestBuilder, EngineFault> {
        let invalid = || EngineFault::new(ProviderFaultKind::Rejected, UrlFault::Invalid.code());
        let base = place::base(place).ok_or_else(invalid)?;
        let mut url = place::under(base, &["api", "v1"])
            .and_then(|url| place::under(url, segments))
            .ok_or_else(invalid)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let url = self
            .guard
            .check_url(url.as_str())
            .map_err(|f| EngineFault::new(ProviderFaultKind::Rejected, f.code()))?;
        let client = if url.scheme() == "https" { &self.https } else { &self.http };
        let request = client.request(method, url).header("accept", "application/json");
        let Some(key) = &place.key else { return Ok(request) };
        let mut value = reqwest::header::HeaderValue::from_str(key.expose_secret().trim())
            .map_err(|_| EngineFault::new(ProviderFaultKind::Unauthorized, "key_refused"))?;
        value.set_sensitive(true);
        Ok(request.header("x-n8n-api-key", value))
    }

    /// Sends a request and reads its answer, all within the place's time.
    async fn ask<T: DeserializeOwned>(
        &self,
        place: &Place,
        request: RequestBuilder,
    ) -> Result<T, EngineFault> {
        let unavailable = |code| EngineFault::new(ProviderFaultKind::Unavailable, code);
        let deadline = Instant::now() + Duration::from_millis(place.timeout_ms.min(MAX_TIMEOUT_MS));
        let response = match timeout_at(deadline, request.send()).await {
            Err(_) => return Err(unavailable("timeout")),
            Ok(Err(error)) => {
                let code = classify(&error);
                let kind = if code == "blocked_address" {
                    ProviderFaultKind::Rejected
                } else {
                    ProviderFaultKind::Unavailable
                };
                return Err(EngineFault::new(kind, code));
            }
            Ok(Ok(response)) => response,
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let body = timeout_at(deadline, whole(response)).await.map_err(|_| unavailable("timeout"))??;
        if status.is_success() {
            return serde_json::from_slice(&body)
                .map_err(|_| EngineFault::new(ProviderFaultKind::Unexpected, "unreadable"));
        }
        Err(judge(status, &headers, &body, place.key.as_ref()))
    }

    /// The workflow that the place names.
    pub(super) async fn workflow(&self, place: &Place, id: &str) -> Result<wire::Workflow, EngineFault> {
        self.ask(place, self.request(place, Method::GET, &["workflows", id], &[])?).await
    }

    /// Any question that wants a key.
    pub(super) async fn knock(&self, place: &Place) -> Result<(), EngineFault> {
        let request = self.request(place, Method::GET, &["workflows"], &[("limit", "1")])?;
        self.ask::<wire::List>(place, request).await.map(|_| ())
    }

    async fn activate_it(&self, place: &Place) -> Result<(), EngineFault> {
        let id = place::workflow(place).ok_or_else(unknown_workflow)?;
        let request = self.request(place, Method::POST, &["workflows", id, "activate"], &[])?;
        let answer: Result<Value, EngineFault> = self.ask(place, request.json(&serde_json::json!({}))).await;
        answer.map(|_| ()).map_err(|fault| match fault.code {
            "not_found" => unknown_workflow(),
            "conflict" => EngineFault { code: "webhook_conflict", ..fault },
            "rejected" => EngineFault { code: "activation_refused", ..fault },
            _ => fault,
        })
    }

    async fn list(
        &self,
        place: &Place,
        since: UnixMs,
        cursor: Option<&str>,
    ) -> Result<ExecutionPage, EngineFault> {
        let id = place::workflow(place).ok_or_else(unknown_workflow)?;
        let mut query = vec![("workflowId", id), ("limit", PAGE)];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        let list: wire::List =
            self.ask(place, self.request(place, Method::GET, &["executions"], &query)?).await?;
        let found = list.data.iter().filter_map(wire::execution).filter(|one| one.workflow == id);
        let mut items: Vec<Execution> = found.collect();
        let before = items.len();
        // One that has not begun yet is as new as can be.
        items.retain(|one| one.started_at.is_none_or(|at| at >= since));
        let is_over = items.len() < before || list.data.is_empty();
        Ok(ExecutionPage {
            items,
            next: list.next_cursor.filter(|next| !is_over && !next.is_empty() && next.len() <= 512),
        })
    }

    async fn one(&self, place: &Place, id: &str) -> Result<Option<Execution>, EngineFault> {
        if !wire::is_id(id) {
            return Ok(None);
        }
        let answer: Result<Value, EngineFault> =
            self.ask(place, self.request(place, Method::GET, &["executions", id], &[])?).await;
        match answer {
            Err(fault) if fault.code == "not_found" => Ok(None),
            Err(fault) => Err(fault),
            Ok(value) => match wire::execution(&value) {
                Some(found) if found.external_id == id => Ok(Some(found)),
                _ => Err(EngineFault::new(ProviderFaultKind::Unexpected, "unreadable")),
            },
        }
    }
}

impl WorkflowEngine for N8nClient {
    fn diagnose<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Diagnosis> {
        Box::pin(super::diagnose::diagnose(self, place))
    }

    fn explain(&self, fault: &EngineFault) -> Diagnosis {
        words::of_fault(fault)
    }

    fn words_of(&self, code: &str) -> (&'static str, &'static str) {
        words::said(code)
    }

    fn activate<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<(), EngineFault>> {
        Box::pin(self.activate_it(place))
    }

    fn executions<'a>(
        &'a self,
        place: &'a Place,
        since: UnixMs,
        cursor: Option<&'a str>,
    ) -> BoxFuture<'a, Result<ExecutionPage, EngineFault>> {
        Box::pin(self.list(place, since, cursor))
    }

    fn execution<'a>(
        &'a self,
        place: &'a Place,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Execution>, EngineFault>> {
        Box::pin(self.one(place, external_id))
    }

    fn page_of(&self, place: &Place, external_id: &str) -> Option<String> {
        place::execution_page(place, external_id)
    }
}

fn unknown_workflow() -> EngineFault {
    EngineFault::new(ProviderFaultKind::Rejected, "workflow_missing")
}

/// The whole body, or the fault that it is too large or broke off.
async fn whole(mut response: Response) -> Result<Vec<u8>, EngineFault> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => {
                return Err(EngineFault::new(ProviderFaultKind::Unexpected, "too_large"));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(EngineFault::new(ProviderFaultKind::Unavailable, classify(&error))),
        }
    }
}

/// What an answer other than 2xx means.
fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8], key: Option<&SecretString>) -> EngineFault {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let (kind, code) = match status.as_u16() {
        300..=399 => (ProviderFaultKind::Rejected, "redirect"),
        401 => (ProviderFaultKind::Unauthorized, "key_refused"),
        403 => (ProviderFaultKind::Unauthorized, "key_scope"),
        // n8n answers a page while its API is not there yet; so does whatever is no n8n at all.
        404 if json.is_none() => (ProviderFaultKind::Unavailable, "no_api"),
        404 => (ProviderFaultKind::Rejected, "not_found"),
        409 => (ProviderFaultKind::Rejected, "conflict"),
        429 => (ProviderFaultKind::RateLimited, "rate_limited"),
        400..=499 => (ProviderFaultKind::Rejected, "rejected"),
        500..=599 => (ProviderFaultKind::Unavailable, "http_status"),
        _ => (ProviderFaultKind::Unexpected, "unreadable"),
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // A date is measured against the other side's own clock.
    let theirs = text("date")
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .map_or(i64::MAX, |d| d.timestamp().as_millisecond());
    let wish = text("retry-after").and_then(|wish| crate::rest::retry_after_ms(wish, UnixMs(theirs)));
    let said = json.as_ref().and_then(|json| json.get("message")?.as_str());
    EngineFault {
        kind,
        code,
        retry_after_ms: wish.map(|ms| ms.clamp(0, MAX_RETRY_AFTER_MS)),
        said: said.and_then(|said| reply::excerpt(said.as_bytes(), &[], key)),
    }
}
