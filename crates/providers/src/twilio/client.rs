//! Twilio's REST interface (telephony sheet §5): whether the credentials open the account, which calls it knows
//! and what they cost.

use super::{NAME, listing};
use crate::rest::Rest;
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::future::BoxFuture;
use reqwest::{
    Method, RequestBuilder,
    header::{AUTHORIZATION, HeaderValue},
};
use serde_json::Value;
use std::time::Duration;
use url::{Url, form_urlencoded::Serializer};
use vestibule_model::UnixMs;
use vestibule_ports::{
    AccountInfo, CallAccount, CallListing, Erased, ListedCall, ProviderFault, ProviderFaultKind,
};
use vestibule_vault::Credentials;

/// Where Twilio is.
pub const BASE: &str = "https://api.twilio.com";

const TIMEOUT: Duration = Duration::from_secs(15);
/// The longest answer that is read, in bytes: a page of calls is a tenth of it.
const LONGEST: usize = 4 * 1024 * 1024;
const PAGE_SIZE: &str = "100";

/// Twilio's REST interface.
#[derive(Debug, Clone)]
pub struct TwilioAccount {
    pub(super) rest: Rest,
}

/// How a request shows who it comes from.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// The account itself: its SID and its auth token.
    Account,
    /// The API key where there is one, else the account.
    Key,
}

impl TwilioAccount {
    /// The interface at `base` ([`BASE`], but for tests). The process must have installed a rustls provider.
    ///
    /// # Errors
    /// The HTTP client cannot be built, for instance because there are no root certificates.
    pub fn new(base: &str) -> Result<Self, reqwest::Error> {
        Ok(Self { rest: Rest::new(base, TIMEOUT, LONGEST)? })
    }

    /// One call as Twilio knows it. Its price arrives minutes after its end.
    ///
    /// # Errors
    /// [`ProviderFault`]; `Rejected` when there is no such call.
    pub async fn fetch_call(&self, keys: &Credentials, sid: &str) -> Result<ListedCall, ProviderFault> {
        let account = account_of(keys)?;
        let path = format!("/2010-04-01/Accounts/{account}/Calls/{}.json", id(sid, "CA").ok_or(REJECTED)?);
        let call = self.fetch(keys, By::Key, &path).await?;
        listing::listed(&call).ok_or(UNEXPECTED)
    }

    async fn fetch(&self, keys: &Credentials, by: By, path: &str) -> Result<Value, ProviderFault> {
        let request = signed(self.rest.request(Method::GET, path, &[]), keys, by)?;
        let body = self.rest.body(request).await.map_err(ProviderFault::from)?;
        serde_json::from_slice(&body).map_err(|_| UNEXPECTED)
    }

    async fn open(&self, keys: &Credentials) -> Result<AccountInfo, ProviderFault> {
        let account = account_of(keys)?;
        // The auth token signs webhooks, so it is tried even where an API key asks for everything else.
        let path = format!("/2010-04-01/Accounts/{account}.json");
        let found = self.fetch(keys, By::Account, &path).await?;
        match (found["sid"].as_str() == Some(account), found["status"].as_str()) {
            (false, _) => return Err(UNEXPECTED),
            (true, Some("suspended" | "closed")) => return Err(REJECTED),
            (true, _) => {}
        }
        if keys.field("api_key_sid").is_some() {
            let path = format!("/2010-04-01/Accounts/{account}/Calls.json?PageSize=1");
            self.fetch(keys, By::Key, &path).await?;
        }
        Ok(AccountInfo {
            id: Some(account.to_owned()),
            label: found["friendly_name"].as_str().map(str::to_owned),
        })
    }

    async fn page(
        &self,
        keys: &Credentials,
        since: UnixMs,
        until: UnixMs,
        cursor: Option<String>,
    ) -> Result<CallListing, ProviderFault> {
        let account = account_of(keys)?;
        let calls = format!("/2010-04-01/Accounts/{account}/Calls.json?");
        let is_ours = |path: &str| path.starts_with(&calls) && path.bytes().all(|b| b.is_ascii_graphic());
        let path = match cursor {
            Some(cursor) if is_ours(&cursor) => cursor,
            Some(_) => return Err(REJECTED),
            None => calls.clone() + &days(since, until),
        };
        let page = self.fetch(keys, By::Key, &path).await?;
        let items = page["calls"].as_array().ok_or(UNEXPECTED)?;
        let next = page["next_page_uri"].as_str().map(str::to_owned);
        if next.as_deref().is_some_and(|next| !is_ours(next)) {
            return Err(UNEXPECTED);
        }
        // Twilio knows days alone: the instants are ours to keep.
        let within = |call: &Value| listing::created_at(call).is_some_and(|at| since <= at && at < until);
        let items = items.iter().filter(|call| within(call)).filter_map(listing::listed).collect();
        Ok(CallListing { items, next })
    }
}

pub(super) const REJECTED: ProviderFault = ProviderFault::of(ProviderFaultKind::Rejected);
pub(super) const UNEXPECTED: ProviderFault = ProviderFault::of(ProviderFaultKind::Unexpected);
pub(super) const UNAUTHORIZED: ProviderFault = ProviderFault::of(ProviderFaultKind::Unauthorized);

/// The days that hold both instants, as a query.
fn days(since: UnixMs, until: UnixMs) -> String {
    const DAY_MS: i64 = 86_400_000;
    Serializer::new(String::new())
        // A call may be created before midnight and start after it, and Twilio's last day ends where it begins.
        .append_pair("StartTime>", &since.local_day("UTC"))
        .append_pair("StartTime<", &until.plus_ms(2 * DAY_MS).local_day("UTC"))
        .append_pair("PageSize", PAGE_SIZE)
        .finish()
}

/// An id of Twilio's: two letters, and nothing that could mean something in an address.
pub(super) fn id<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    let fits = (3..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    Some(text).filter(|text| fits && text.starts_with(begin))
}

pub(super) fn account_of(keys: &Credentials) -> Result<&str, ProviderFault> {
    keys.field("account_sid").and_then(|sid| id(sid, "AC")).ok_or(UNAUTHORIZED)
}

pub(super) fn signed(
    request: RequestBuilder,
    keys: &Credentials,
    by: By,
) -> Result<RequestBuilder, ProviderFault> {
    let value = match by {
        By::Key => authorization(keys),
        By::Account => basic(keys.field("account_sid"), keys.field("auth_token")),
    };
    let mut value = HeaderValue::from_str(&value.ok_or(UNAUTHORIZED)?).map_err(|_| UNAUTHORIZED)?;
    value.set_sensitive(true);
    Ok(request.header(AUTHORIZATION, value))
}

/// What opens the account: the API key where there is a whole one, else the account's own token.
pub(crate) fn authorization(keys: &Credentials) -> Option<String> {
    basic(keys.field("api_key_sid"), keys.field("api_key_secret"))
        .or_else(|| basic(keys.field("account_sid"), keys.field("auth_token")))
}

/// The path of a recording that Twilio keeps, in a form that every browser plays; `None` when it is kept elsewhere.
pub(crate) fn recording_path(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let is_twilio = url.scheme() == "https"
        && url.host_str() == Some("api.twilio.com")
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let segments: Vec<&str> = url.path_segments()?.collect();
    let ["2010-04-01", "Accounts", account, "Recordings", recording] = segments[..] else { return None };
    let (recording, ending) = recording.split_once('.').unwrap_or((recording, "mp3"));
    let is_one =
        id(account, "AC").is_some() && id(recording, "RE").is_some() && ["mp3", "wav"].contains(&ending);
    (is_twilio && is_one).then(|| format!("/2010-04-01/Accounts/{account}/Recordings/{recording}.{ending}"))
}

fn basic(user: Option<&str>, password: Option<&str>) -> Option<String> {
    Some(format!("Basic {}", STANDARD.encode(format!("{}:{}", user?, password?))))
}

impl CallAccount for TwilioAccount {
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

    fn erase_call<'a>(
        &'a self,
        keys: &'a Credentials,
        external_call_id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        Box::pin(self.without_call(keys, external_call_id))
    }

    fn erase_recordings<'a>(
        &'a self,
        keys: &'a Credentials,
        external_call_id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        Box::pin(self.without_recordings(keys, external_call_id))
    }
}
