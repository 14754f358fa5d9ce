//! The providers' own interfaces, on one loopback address: each shows whoever has the right key their calls as they
//! stand at the moment.
//!
//! One tenant's calls are shown all day long. Those of the others are shown only from [`Books::show_all`] on, as by a
//! provider whose lists lag behind: so what was found again there is exactly what was lost, whatever was still on its
//! way when somebody looked.

use super::{Accounts, Call, Day, Provider, retell, twilio, vapi};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use vestibule_model::UnixMs;

/// The most calls on a page of a list that has pages of its own: a few, so that there are several.
const PAGE: usize = 20;

/// The tenant whose calls are shown all day long.
const LIVE: usize = 0;

/// The interfaces.
#[derive(Clone)]
pub struct Books(Arc<Shared>);

struct Shared {
    url: String,
    now: fn() -> UnixMs,
    accounts: Vec<Accounts>,
    day: OnceLock<Arc<Day>>,
    is_all_shown: AtomicBool,
    /// The ids of Twilio's calls that were listed once after their end.
    once_listed: Mutex<BTreeSet<String>>,
    asked: AtomicUsize,
}

impl Books {
    /// Opens them at an address of their own, for the accounts of so many tenants. They know no call yet, and tell the
    /// time by `now`.
    ///
    /// # Panics
    /// When there is no free address.
    pub async fn open(now: fn() -> UnixMs, tenants: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free address");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let books = Self(Arc::new(Shared {
            url,
            now,
            accounts: (0..tenants).map(Accounts::of).collect(),
            day: OnceLock::new(),
            is_all_shown: AtomicBool::new(false),
            once_listed: Mutex::default(),
            asked: AtomicUsize::new(0),
        }));
        let open = books.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let books = open.clone();
                tokio::spawn(async move { drop(books.meet(stream).await) });
            }
        });
        books
    }

    /// The address, the same for all three.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Keeps a day's calls. Only the first day counts.
    pub fn keep(&self, day: Arc<Day>) {
        drop(self.0.day.set(day));
    }

    /// Whether a tenant's calls are shown all day long.
    #[must_use]
    pub const fn is_live(tenant: usize) -> bool {
        tenant == LIVE
    }

    /// Shows every tenant's calls from now on.
    pub fn show_all(&self) {
        self.0.is_all_shown.store(true, Ordering::SeqCst);
    }

    /// How many requests came.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.asked.load(Ordering::Relaxed)
    }

    async fn meet(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        let (head, body) = loop {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
            let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = header(&head, "content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                break (head, bytes[end + 4..].to_vec());
            }
        };
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        let (status, answer) = match self.answer(&head, &body) {
            Ok(answer) => (200, answer),
            Err(status) => (status, json!({ "message": "no" })),
        };
        let answer = answer.to_string();
        let length = answer.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(answer.as_bytes()).await?;
        stream.flush().await
    }

    fn answer(&self, head: &str, body: &[u8]) -> Result<Value, u16> {
        let mut line = head.lines().next().unwrap_or_default().split(' ').skip(1);
        let (path, query) = line.next().map_or(("", ""), |to| to.split_once('?').unwrap_or((to, "")));
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let given = header(head, "authorization").unwrap_or_default();
        let found = self.0.accounts.iter().enumerate().find_map(|(n, own)| Some((n, own.opens(given)?)));
        let (tenant, provider) = found.ok_or(401_u16)?;
        let own = &self.0.accounts[tenant];
        let day = self.0.day.get().ok_or(503_u16);
        match (provider, path) {
            (Provider::Retell, "/get-api-key-info") => Ok(json!({ "org_name": "Day" })),
            (Provider::Retell, "/v3/list-calls") => {
                self.retell(day?, tenant, &serde_json::from_slice(body).map_err(|_| 400_u16)?)
            }
            (Provider::Retell, path) if path == format!("/get-agent/{}", own.agent) => {
                Ok(json!({ "agent_id": own.agent }))
            }
            (Provider::Retell, path) => {
                let id = path.strip_prefix("/v2/get-call/").ok_or(404_u16)?;
                let call = self.calls(day?, tenant, provider).find(|call| call.id == id).ok_or(404_u16)?;
                retell::shown(call, own, (self.0.now)()).ok_or(404)
            }
            (Provider::Vapi, "/assistant") => Ok(json!([{ "id": own.assistant, "name": "Réception" }])),
            (Provider::Vapi, "/call") => self.vapi(day?, tenant, &query),
            (Provider::Vapi, path) if path == format!("/assistant/{}", own.assistant) => {
                Ok(json!({ "id": own.assistant }))
            }
            (Provider::Twilio, path) => {
                let base = format!("/2010-04-01/Accounts/{}", own.account_sid);
                match path.strip_prefix(&base).ok_or(404_u16)? {
                    ".json" => Ok(json!({ "sid": own.account_sid, "status": "active" })),
                    "/Calls.json" => Ok(self.twilio(day?, tenant, &query)),
                    _ => Err(404),
                }
            }
            _ => Err(404),
        }
    }

    /// A tenant's calls that a provider shows now, the newest first.
    fn calls<'a>(&self, day: &'a Day, tenant: usize, provider: Provider) -> impl Iterator<Item = &'a Call> {
        let is_shown = tenant == LIVE || self.0.is_all_shown.load(Ordering::SeqCst);
        let is_its = move |call: &&Call| {
            let is_carried = provider == Provider::Twilio && call.carried.is_some();
            is_shown && call.tenant == tenant && (call.teller == provider || is_carried)
        };
        day.calls.iter().rev().filter(is_its)
    }

    fn retell(&self, day: &Day, tenant: usize, asked: &Value) -> Result<Value, u16> {
        let range = &asked["filter_criteria"]["start_timestamp"]["value"];
        let (since, until) = range[0].as_i64().zip(range[1].as_i64()).ok_or(422_u16)?;
        let limit = asked["limit"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(50).min(PAGE);
        let now = (self.0.now)();
        let (mut items, mut is_after, mut last, mut has_more) = (Vec::new(), true, None, false);
        let after = asked["pagination_key"].as_str();
        if after.is_some() {
            is_after = false;
        }
        for call in self.calls(day, tenant, Provider::Retell) {
            let Some(shown) = retell::shown(call, &day.accounts[tenant], now) else { continue };
            if !is_after {
                is_after = after == Some(call.id.as_str());
                continue;
            }
            if !(since..=until).contains(&call.started_at.0) {
                continue;
            }
            if items.len() == limit {
                has_more = true;
                break;
            }
            last = Some(call.id.clone());
            items.push(retell::listed(shown));
        }
        Ok(json!({ "items": items, "has_more": has_more, "pagination_key": last.filter(|_| has_more) }))
    }

    fn vapi(&self, day: &Day, tenant: usize, query: &BTreeMap<String, String>) -> Result<Value, u16> {
        let instant =
            |name: &str| query.get(name).and_then(|text| UnixMs::parse_rfc3339(text)).ok_or(400_u16);
        let (since, before) = (instant("createdAtGe")?, instant("createdAtLt")?);
        let limit = query.get("limit").and_then(|n| n.parse().ok()).unwrap_or(100);
        let now = (self.0.now)();
        let mut calls: Vec<&Call> = self.calls(day, tenant, Provider::Vapi).collect();
        calls.sort_by_key(|call| std::cmp::Reverse(vapi::created_at(call)));
        let is_asked_for = |call: &&&Call| (since..before).contains(&vapi::created_at(call));
        let shown = calls
            .iter()
            .filter(is_asked_for)
            .filter_map(|call| vapi::shown(call, &day.accounts[tenant], now));
        Ok(shown.take(limit).collect())
    }

    /// By pages: which days are asked for is not looked at, the calls are of one.
    fn twilio(&self, day: &Day, tenant: usize, query: &BTreeMap<String, String>) -> Value {
        let now = (self.0.now)();
        let page: usize = query.get("Page").and_then(|n| n.parse().ok()).unwrap_or(0);
        let mut once_listed = self.0.once_listed.lock().expect("nobody panics with it");
        let own = &day.accounts[tenant];
        let mut calls: Vec<&Call> = self.calls(day, tenant, Provider::Twilio).collect();
        calls.retain(|call| twilio::Line::of(call).started_at <= now);
        let count = calls.len();
        let mut show = |call: &Call| {
            let line = twilio::Line::of(call);
            let is_priced = now >= line.ended_at && !once_listed.insert(line.sid().to_owned());
            twilio::shown(call, own, now, is_priced)
        };
        let calls: Vec<Value> =
            calls.into_iter().skip(page * PAGE).take(PAGE).filter_map(&mut show).collect();
        let next = ((page + 1) * PAGE < count).then(|| {
            format!("/2010-04-01/Accounts/{}/Calls.json?PageSize={PAGE}&Page={}", own.account_sid, page + 1)
        });
        json!({ "calls": calls, "next_page_uri": next, "page": page, "page_size": PAGE })
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
