//! Vapi's REST interface, as far as we read it: does the key open the account, and which calls does it know.

use super::{
    NAME,
    address::{self, Snapshot},
    normalize,
    wire::{Call, Message},
};
use crate::{
    lenient::{List, Object},
    mend::mended,
    rest::{Rest, RestFault, fits_path},
};
use futures::future::BoxFuture;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use vestibule_model::UnixMs;
use vestibule_ports::{
    AccountInfo, CallAccount, CallListing, Erased, ListedCall, ProviderFault, ProviderFaultKind, Resource,
    ResourceKind,
};
use vestibule_vault::Credentials;

// A page holds whole calls with their transcripts, some of them long.
const LONGEST: usize = 16 * 1024 * 1024;
// Calls on a page; fewer are asked for when a page is longer than we read.
const PAGES: [usize; 3] = [100, 10, 1];

/// Vapi's accounts.
#[derive(Debug, Clone)]
pub struct VapiAccount(Rest);

impl VapiAccount {
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

    async fn ask(
        &self,
        keys: &Credentials,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Value, RestFault> {
        let refused = |kind| RestFault::Fault(ProviderFault::of(kind));
        let key = keys.field("private_key").ok_or(refused(ProviderFaultKind::Unauthorized))?;
        let request = self.0.request(Method::GET, path, query).bearer_auth(key);
        let body = self.0.body(request).await?;
        mended(&body).ok_or(refused(ProviderFaultKind::Unexpected))
    }

    async fn first_assistant(&self, keys: &Credentials) -> Result<AccountInfo, ProviderFault> {
        let found = self.ask(keys, "/assistant", &[("limit", String::from("1"))]).await?;
        let list = found.as_array().ok_or(ProviderFault::of(ProviderFaultKind::Unexpected))?;
        let text = |field: &str| list.first().and_then(|a| a[field].as_str()).map(str::to_owned);
        Ok(AccountInfo { id: text("orgId"), label: text("name") })
    }

    async fn page(
        &self,
        keys: &Credentials,
        since: UnixMs,
        until: UnixMs,
        cursor: Option<String>,
    ) -> Result<CallListing, ProviderFault> {
        let before = match cursor.as_deref().map(str::parse::<i64>) {
            None => until,
            Some(Ok(ms)) if (since.0..=until.0).contains(&ms) => UnixMs(ms),
            Some(_) => return Err(ProviderFault::of(ProviderFaultKind::Rejected)),
        };
        for limit in PAGES {
            let query = [
                ("limit", limit.to_string()),
                ("createdAtGe", since.rfc3339()),
                ("createdAtLt", before.rfc3339()),
            ];
            match self.ask(keys, "/call", &query).await {
                Ok(found) => return listing(&found, limit, since, before),
                Err(RestFault::TooLong) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(RestFault::TooLong.into())
    }

    async fn has(&self, keys: &Credentials, resource: &Resource) -> Result<bool, ProviderFault> {
        match resource.kind {
            // It is bound by its digits, and asked for by its id.
            ResourceKind::Number => Ok(true),
            ResourceKind::Agent if !fits_path(&resource.id) => Ok(false),
            ResourceKind::Agent => match self.ask(keys, &format!("/assistant/{}", resource.id), &[]).await {
                Ok(found) if found["id"].as_str() == Some(&resource.id) => Ok(true),
                Ok(_) => Err(ProviderFault::of(ProviderFaultKind::Unexpected)),
                Err(RestFault::Missing) => Ok(false),
                Err(fault) => Err(fault.into()),
            },
        }
    }
}

impl CallAccount for VapiAccount {
    fn name(&self) -> &'static str {
        NAME
    }

    fn test<'a>(&'a self, keys: &'a Credentials) -> BoxFuture<'a, Result<AccountInfo, ProviderFault>> {
        Box::pin(self.first_assistant(keys))
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
            let key = keys.field("private_key").ok_or(ProviderFault::of(ProviderFaultKind::Unauthorized))?;
            let path = format!("/call/{external_call_id}");
            match self.0.body(self.0.request(Method::DELETE, &path, &[]).bearer_auth(key)).await {
                Ok(_) | Err(RestFault::TooLong) => Ok(Erased::Confirmed),
                Err(RestFault::Missing) => Ok(Erased::Gone),
                Err(RestFault::Fault(fault)) => Err(fault),
            }
        })
    }
}

/// A page: a bare list, newest first. Vapi has no cursor, so the next page ends where this one's oldest call was
/// created, that instant included: another call may have been created in the same millisecond.
fn listing(found: &Value, limit: usize, since: UnixMs, before: UnixMs) -> Result<CallListing, ProviderFault> {
    let unexpected = ProviderFault::of(ProviderFaultKind::Unexpected);
    let count = found.as_array().ok_or(unexpected)?.len();
    let List(calls) = List::<Call<'_>>::deserialize(found).map_err(|_| unexpected)?;
    let oldest = calls.unwrap_or_default().iter().filter_map(|call| call.created_at.instant()).min();
    let next = match oldest {
        Some(oldest) if count >= limit && oldest > since => {
            // A page of one single millisecond would come again for ever.
            Some(if oldest.plus_ms(1) < before { oldest.plus_ms(1) } else { oldest })
        }
        _ => None,
    };
    let items = found.as_array().into_iter().flatten().filter_map(listed).collect();
    Ok(CallListing { items, next: next.filter(|next| *next < before).map(|next| next.0.to_string()) })
}

/// A call of the list. What cannot be read is left out: one odd call must not hide the others.
fn listed(value: &Value) -> Option<ListedCall> {
    let call = Object::<Call<'_>>::deserialize(value).ok()?.0?;
    let told = Object::<Message<'_>>::deserialize(value).ok()?.0?;
    let snapshot = Object::<Snapshot<'_>>::deserialize(value).ok()?.0?;
    let external_call_id = call.id.id()?;
    let occurred_at = call.updated_at.instant().or_else(|| call.created_at.instant()).unwrap_or_default();
    let events = normalize::listed(told, &call).into_iter().collect();
    Some(ListedCall { external_call_id, occurred_at, events, resources: address::of_call(&snapshot) })
}
