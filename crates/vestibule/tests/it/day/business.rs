//! The tenants of a day, and whoever sends them what the simulator says.

use super::PATIENCE;
use crate::program::{Caller, Home, Server, now};
use crate::receiver::Desk;
use futures::stream::{self, StreamExt};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use vestibule_testkit::simulator::{Accounts, Day, Event, Provider};

/// The most requests of providers that are under way at a time.
const AT_ONCE: usize = 64;

/// A tenant with its connections, and two endpoints: one is told of ends, one of what changes after them as well.
pub(super) struct Business {
    pub(super) owner: Caller,
    /// The hooks' paths, in the order of [`Provider::ALL`].
    hooks: [String; 3],
    pub(super) desks: [Desk; 2],
    /// The endpoints' ids and both forms of their secrets.
    pub(super) endpoints: [(String, String, String); 2],
}

impl Business {
    pub(super) async fn open(home: &Home, server: &Server, n: usize) -> Self {
        let (slug, email) = (format!("day-{n}"), format!("owner@day-{n}.test"));
        let printed = home.ok(&["tenant", "add", "Chauffage Rive-Nord", "--email", &email, "--slug", &slug]);
        let owner = Caller::by_link(&server.url, &printed, "owner").await;
        let own = Accounts::of(n);
        let mut hooks = Vec::new();
        for provider in Provider::ALL {
            let url = format!("{}/api/v1/connections/{}", server.url, provider.name());
            let (status, made) = owner.put(&url, &json!({ "fields": own.fields(provider) })).await;
            assert!(matches!(status, 200 | 201), "{made}");
            hooks.push(made["hook_url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned());
        }
        let (mut desks, mut endpoints) = (Vec::new(), Vec::new());
        for types in [&["call.call-ended"][..], &["call.call-ended", "call.call-updated"]] {
            let desk = Desk::open().await;
            let new = json!({ "url": desk.url(), "event_types": types });
            let (status, made) = owner.post(&format!("{}/api/v1/endpoints", server.url), &new).await;
            assert_eq!(status, 201, "{made}");
            let text = |key: &str| made[key].as_str().unwrap().to_owned();
            endpoints.push((text("id"), text("secret"), text("secret_ascii")));
            desks.push(desk);
        }
        Self {
            owner,
            hooks: hooks.try_into().ok().unwrap(),
            desks: desks.try_into().ok().unwrap(),
            endpoints: endpoints.try_into().ok().unwrap(),
        }
    }
}

/// What the requests of a day are sent to, and what they met with.
pub(super) struct Traffic {
    pub(super) businesses: Vec<Business>,
    pub(super) day: Arc<Day>,
    /// Where the server is now: another port after each start.
    pub(super) url: Mutex<String>,
    pub(super) requests: AtomicUsize,
    pub(super) refused: AtomicUsize,
    /// How many met with no answer: the server was gone, or went.
    pub(super) cut_off: AtomicUsize,
    /// How long each answer took, in microseconds.
    pub(super) micros: Mutex<Vec<u64>>,
    taken: AtomicUsize,
    progress: Notify,
}

impl Traffic {
    pub(super) fn new(businesses: Vec<Business>, day: Arc<Day>, url: String) -> Self {
        Self {
            businesses,
            day,
            url: Mutex::new(url),
            requests: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            cut_off: AtomicUsize::new(0),
            micros: Mutex::default(),
            taken: AtomicUsize::new(0),
            progress: Notify::new(),
        }
    }

    /// How many requests there are to be, all taken.
    pub(super) fn count(&self) -> usize {
        self.day.events.iter().map(|event| event.times).sum()
    }

    /// Waits until so many requests were taken.
    pub(super) async fn taken(&self, count: usize) {
        let reached = async {
            loop {
                let more = self.progress.notified();
                if self.taken.load(Ordering::SeqCst) >= count {
                    return;
                }
                more.await;
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("{count} are not taken"));
    }

    /// Lives the day through: each event is sent when its time has come.
    pub(super) async fn live(&self) {
        stream::iter(0..self.day.events.len())
            .map(|n| async move {
                let event = &self.day.events[n];
                // The simulator's clock is the real one.
                let early_ms = u64::try_from(event.due.since(now())).unwrap_or(0);
                tokio::time::sleep(Duration::from_millis(early_ms)).await;
                self.send(event).await;
            })
            .buffer_unordered(AT_ONCE)
            .for_each(async |()| ())
            .await;
    }

    /// Sends an event as its provider does, as often as the simulator says, until each time it is taken.
    async fn send(&self, event: &Event) {
        let at = Provider::ALL.iter().position(|provider| *provider == event.provider).unwrap();
        let (business, own) = (&self.businesses[event.tenant], &self.day.accounts[event.tenant]);
        for _ in 0..event.times {
            let (began, mut wait_ms) = (Instant::now(), 50);
            loop {
                let hook = format!("{}{}", self.url.lock().unwrap(), business.hooks[at]);
                match self.once(&hook, business, own, event).await {
                    Some(200..300) => break,
                    Some(503) => self.refused.fetch_add(1, Ordering::Relaxed),
                    None => self.cut_off.fetch_add(1, Ordering::Relaxed),
                    Some(other) => panic!("{:?} {} met with {other}", event.provider, event.name),
                };
                assert!(began.elapsed() < PATIENCE, "an event was not taken");
                // A provider waits before it sends again, longer and longer.
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                wait_ms = (wait_ms * 2).min(2_000);
            }
            self.taken.fetch_add(1, Ordering::SeqCst);
            self.progress.notify_waiters();
        }
    }

    /// Sends an event once; the status, or none when there was no answer.
    async fn once(&self, hook: &str, business: &Business, own: &Accounts, event: &Event) -> Option<u16> {
        let request = own
            .headers(event.provider, hook, &event.body, now())
            .into_iter()
            .fold(business.owner.http.post(hook), |request, (name, value)| request.header(name, value));
        let sent = Instant::now();
        let answer = request.body(event.body.clone()).send().await.ok()?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.micros.lock().unwrap().push(u64::try_from(sent.elapsed().as_micros()).unwrap());
        Some(answer.status().as_u16())
    }
}
