//! Retell's REST interface, as far as we read it: does the key open the account, which calls does it know, and is an
//! agent its own. Lists of calls lack what was said and the carrier's id, so each call is asked for by itself.

use super::{NAME, normalize, wire::Call};
use crate::{
    lenient::Object,
    mend::mended,
    rest::{Rest, RestFault, fits_path},
};
use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_model::UnixMs;
use vestibule_ports::{
    AccountInfo, CallAccount, CallListing, Erased, ListedCall, ProviderFault, ProviderFaultKind, Resource,
    ResourceKind,
};
use vestibule_vault::Credentials;

// A page of calls without their transcripts, or one call with its own.
const LONGEST: usize = 16 * 1024 * 1024;
// Calls on a page; fewer are asked for when a page is longer than we read.
const PAGES: [usize; 3] = [50, 10, 1];
// Calls that are asked for at the same time: Retell publishes no limit, so few.
const AT_ONCE: usize = 4;

pub(super) const REJECTED: ProviderFault = ProviderFault::of(ProviderFaultKind::Rejected);
pub(super) const UNEXPECTED: ProviderFault = ProviderFault::of(ProviderFaultKind::Unexpected);

/// Retell's accounts.
#[derive(Debug, Clone)]
pub struct RetellAccount(Rest);

impl RetellAccount {
    /// The interface at `base` (scheme and host). `timeout` bounds each exchange. The process must have installed a
    /// rustls provider.
    ///
    /// # Errors
    /// The HTTP client cannot be built, for instance because there are no root certificates.
    pub fn new(base: &str, timeout: Duration) -> Result<Self, reqwest::Error> {
        Self::at(base, timeout, LONGEST)
    }

    /// The same with another limit for an answer in bytes: for tests.
    ///
    /// # Errors
    /// As for [`Self::new`].
    pub fn at(base: &str, timeout: Duration, longest: usize) -> Result<Self, reqwest::Error> {
        Rest::new(base, timeout, longest).map(Self)
    }

    /// What stands at a path, as JSON. With a body it is asked for by POST, as Retell's longer lists are.
    pub(super) async fn ask(
        &self,
        keys: &Credentials,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Value, RestFault> {
        let refused = |kind| RestFault::Fault(ProviderFault::of(kind));
        let key = keys.field("api_key").ok_or(refused(ProviderFaultKind::Unauthorized))?;
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.0.request(method, path, query).bearer_auth(key);
        if let Some(body) = body {
            request = request.json(body);
        }
        mended(&self.0.body(request).await?).ok_or(RestFault::Fault(UNEXPECTED))
    }

    async fn open(&self, keys: &Credentials) -> Result<AccountInfo, ProviderFault> {
        let found = self.ask(keys, "/get-api-key-info", &[], None).await?;
        if !found.is_object() {
            return Err(UNEXPECTED);
        }
        let text = |field: &str| found[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(AccountInfo { id: None, label: text("org_name").or_else(|| text("api_key_name")) })
    }

    async fn page(
        &self,
        keys: &Credentials,
        since: UnixMs,
        until: UnixMs,
        cursor: Option<String>,
    ) -> Result<CallListing, ProviderFault> {
        if cursor.as_deref().is_some_and(|cursor| !is_cursor(cursor)) {
            return Err(REJECTED);
        }
        let mut wanted = json!({
            "filter_criteria": {
                "start_timestamp": { "op": "bt", "type": "range", "value": [since.0, until.0] },
            },
            "sort_order": "descending",
        });
        if let Some(cursor) = &cursor {
            wanted["pagination_key"] = json!(cursor);
        }
        for limit in PAGES {
            wanted["limit"] = json!(limit);
            match self.ask(keys, "/v3/list-calls", &[], Some(&wanted)).await {
                Ok(found) => return self.whole(keys, found, (since, until), cursor.as_deref()).await,
                Err(RestFault::TooLong) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(RestFault::TooLong.into())
    }

    /// A page with its calls made whole.
    async fn whole(
        &self,
        keys: &Credentials,
        mut found: Value,
        (since, until): (UnixMs, UnixMs),
        cursor: Option<&str>,
    ) -> Result<CallListing, ProviderFault> {
        let next = next_page(&found, cursor)?;
        let listed = found.get_mut("items").map(Value::take);
        let Some(Value::Array(listed)) = listed else { return Err(UNEXPECTED) };
        let items = stream::iter(listed)
            .map(|listed| self.whole_call(keys, listed, (since, until)))
            .buffered(AT_ONCE)
            .try_filter_map(async |call| Ok(call))
            .try_collect()
            .await?;
        Ok(CallListing { items, next })
    }

    /// A listed call with what the list lacks. What cannot be read is left out: one odd call must not hide the others.
    async fn whole_call(
        &self,
        keys: &Credentials,
        listed: Value,
        (since, until): (UnixMs, UnixMs),
    ) -> Result<Option<ListedCall>, ProviderFault> {
        let Some(call) = read(&listed) else { return Ok(None) };
        let begun_at = call.start_timestamp.instant();
        // Both bounds of Retell's range are its own.
        if begun_at.is_some_and(|at| at < since || at >= until) {
            return Ok(None);
        }
        let (id, is_under_way) = (call.call_id.id(), call.call_status.id().as_deref() == Some("ongoing"));
        let Some(id) = id.filter(|id| fits_path(id) && !is_under_way) else { return Ok(one(&listed)) };
        match self.ask(keys, &format!("/v2/get-call/{id}"), &[], None).await {
            Ok(found) if read(&found).and_then(|found| found.call_id.id()).as_ref() == Some(&id) => {
                Ok(one(&found))
            }
            // Deleted in the meantime, or not to be read: the list's word is better than none.
            Ok(_) | Err(RestFault::Missing | RestFault::TooLong) => Ok(one(&listed)),
            Err(RestFault::Fault(fault)) if fault == UNEXPECTED => Ok(one(&listed)),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Changes something; a call that Retell does not know is gone.
    async fn change(
        &self,
        keys: &Credentials,
        (method, path): (Method, String),
        body: Option<Value>,
    ) -> Result<Erased, ProviderFault> {
        let key = keys.field("api_key").ok_or(ProviderFault::of(ProviderFaultKind::Unauthorized))?;
        let mut request = self.0.request(method, &path, &[]).bearer_auth(key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        match self.0.body(request).await {
            Ok(_) | Err(RestFault::TooLong) => Ok(Erased::Confirmed),
            Err(RestFault::Missing) => Ok(Erased::Gone),
            Err(RestFault::Fault(fault)) => Err(fault),
        }
    }

    async fn has(&self, keys: &Credentials, resource: &Resource) -> Result<bool, ProviderFault> {
        match resource.kind {
            ResourceKind::Number => Ok(true),
            ResourceKind::Agent if !fits_path(&resource.id) => Ok(false),
            ResourceKind::Agent => {
                match self.ask(keys, &format!("/get-agent/{}", resource.id), &[], None).await {
                    Ok(found) if found["agent_id"].as_str() == Some(&resource.id) => Ok(true),
                    Ok(_) => Err(UNEXPECTED),
                    Err(RestFault::Missing) => Ok(false),
                    Err(fault) => Err(fault.into()),
                }
            }
        }
    }
}

impl CallAccount for RetellAccount {
    fn name(&self) -> &'static str {
        NAME
    }

    fn test<'a>(&'a self, keys: &'a Credentials) -> BoxFuture<'a, Result<AccountInfo, ProviderFault>> {
        Box::pin(self.open(keys))
    }

    fn list_calls<'a>(
        &'a self,
        keys: &'a Credentials,
        since: UnixMs,
        until: UnixMs,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<CallListing, ProviderFault>> {
        Box::pin(self.page(keys, since, until, cursor))
    }

    fn owns<'a>(
        &'a self,
        keys: &'a Credentials,
        resource: &'a Resource,
    ) -> BoxFuture<'a, Result<bool, ProviderFault>> {
        Box::pin(self.has(keys, resource))
    }

    fn erase_call<'a>(
        &'a self,
        keys: &'a Credentials,
        external_call_id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        Box::pin(async move {
            if !fits_path(external_call_id) {
                return Ok(Erased::Gone);
            }
            let path = format!("/v2/delete-call/{external_call_id}");
            self.change(keys, (Method::DELETE, path), None).await
        })
    }

    // What is stored of a call can only be made less: with its recording goes its transcript there (2026-11).
    fn erase_recordings<'a>(
        &'a self,
        keys: &'a Credentials,
        external_call_id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        Box::pin(async move {
            if !fits_path(external_call_id) {
                return Ok(Erased::Gone);
            }
            let path = format!("/v2/update-call/{external_call_id}");
            let less = json!({ "data_storage_setting": "basic_attributes_only" });
            self.change(keys, (Method::PATCH, path), Some(less)).await
        })
    }
}

/// The name of the page after this one. A page that names itself would come again for ever.
pub(super) fn next_page(found: &Value, cursor: Option<&str>) -> Result<Option<String>, ProviderFault> {
    let next = found["pagination_key"].as_str().filter(|key| !key.is_empty());
    match (found["has_more"].as_bool(), next) {
        (Some(false), _) | (None, None) => Ok(None),
        (_, Some(next)) if is_cursor(next) && Some(next) != cursor => Ok(Some(next.to_owned())),
        _ => Err(UNEXPECTED),
    }
}

/// Whether a text can name a page: what it says is Retell's matter.
pub(super) fn is_cursor(text: &str) -> bool {
    (1..=1_024).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn read(value: &Value) -> Option<Call<'_>> {
    Object::<Call<'_>>::deserialize(value).ok()?.0
}

fn one(value: &Value) -> Option<ListedCall> {
    let call = read(value)?;
    let external_call_id = call.call_id.id()?;
    let begun_at = call.start_timestamp.instant();
    let agent = call.agent_id.id().map(|id| Resource { kind: ResourceKind::Agent, id });
    let occurred_at = call.end_timestamp.instant().or(begun_at).unwrap_or_default();
    let events = normalize::listed(call).into_iter().collect();
    Some(ListedCall { external_call_id, occurred_at, events, resources: agent.into_iter().collect() })
}
