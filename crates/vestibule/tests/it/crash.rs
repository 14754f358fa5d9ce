//! Crashes: the server is killed with SIGKILL while sixteen senders send and the receiver flaps. Afterwards every
//! acknowledged event is in its call's facts once, and what was owed is what arrived.
//!
//! `VESTIBULE_CRASH_ROUNDS` says how often it is killed (10), `VESTIBULE_CRASH_SEED` repeats a run's choices.

use crate::program::{Business, Home, PATIENCE, Server, until};
use crate::receiver::{Desk, Mood};
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use vestibule_testkit::{Engine, TestDb, postgres_is_available, runtime};

const SENDERS: usize = 16;
/// Calls that each sender sends in each round, three events each.
const CALLS: usize = 3;
const EVENTS: [&str; 3] = ["call_started", "call_ended", "call_analyzed"];
/// Leases of attempts that a crash cut off run out before they are made again.
const LEASE_AND_MORE: Duration = Duration::from_secs(120);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// What the senders share.
struct Traffic {
    business: Business,
    /// Where the server is now: another port after each start.
    url: Mutex<String>,
    acknowledged: AtomicUsize,
    progress: Notify,
    refused: AtomicUsize,
    retried: AtomicUsize,
}

impl Traffic {
    /// Sends an event until it is acknowledged.
    async fn send(&self, body: &[u8]) {
        let began = Instant::now();
        loop {
            let url = self.url.lock().unwrap().clone();
            match self.business.send(&url, body).await {
                Some(200 | 204) => break,
                Some(503) => self.refused.fetch_add(1, Ordering::Relaxed),
                Some(other) => panic!("the server answered {other}"),
                None => self.retried.fetch_add(1, Ordering::Relaxed),
            };
            assert!(began.elapsed() < PATIENCE, "an event was not taken in {PATIENCE:?}");
            // A provider waits a little before it sends again.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.acknowledged.fetch_add(1, Ordering::SeqCst);
        self.progress.notify_waiters();
    }

    /// Waits until so many events were acknowledged.
    async fn acknowledged(&self, count: usize) {
        let reached = async {
            loop {
                let more = self.progress.notified();
                if self.acknowledged.load(Ordering::SeqCst) >= count {
                    return;
                }
                more.await;
            }
        };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .unwrap_or_else(|_| panic!("{count} events are not acknowledged"));
    }
}

/// A round's calls of one sender, in an order of its own; some events are sent twice.
async fn send_round(traffic: &Traffic, sender: usize, round: u64, mut random: fastrand::Rng) {
    let mut events: Vec<(String, &str)> =
        (0..CALLS).flat_map(|n| EVENTS.map(|event| (format!("call_{round}_{sender}_{n}"), event))).collect();
    if random.bool() {
        random.shuffle(&mut events);
    }
    for (call, event) in events {
        let body = traffic.business.event(event, &call).from(&format!("+1416555{sender:04}")).body();
        traffic.send(&body).await;
        if random.u8(..) < 25 {
            // Again, although it was acknowledged.
            let url = traffic.url.lock().unwrap().clone();
            traffic.business.send(&url, &body).await;
        }
    }
}

/// Everything that is in it, after the last start.
async fn is_whole(traffic: &Traffic, server: &Server, calls: &BTreeSet<String>) {
    let owner = &traffic.business.owner;
    let api = format!("{}/api/v1", server.url);
    // Many rounds leave much to fold: patience is for an inbox that does not get emptier.
    let mut left = usize::MAX;
    while left > 0 {
        left = until("the inbox gets emptier", PATIENCE, || async {
            let pending = owner.all(&format!("{api}/inbox?state=pending")).await.len();
            (pending < left).then_some(pending)
        })
        .await;
    }
    let list = owner.all(&format!("{api}/calls")).await;
    assert!(owner.all(&format!("{api}/inbox?state=failed")).await.is_empty(), "an event could not be folded");
    let mut known = BTreeMap::new();
    for call in &list {
        let name = call["external_id"].as_str().unwrap().trim_start_matches("retell_").to_owned();
        let id = call["id"].as_str().unwrap().to_owned();
        assert!(known.insert(name.clone(), id).is_none(), "{name} is there twice");
    }
    let found: BTreeSet<String> = known.keys().cloned().collect();
    let different: Vec<_> = found.symmetric_difference(calls).collect();
    let inbox = owner.all(&format!("{api}/inbox")).await;
    let count = |state: &str| inbox.iter().filter(|e| e["state"] == state).count();
    let states =
        ["pending", "folded", "failed", "unprocessable", "ignored", "superseded"].map(|s| (s, count(s)));
    assert!(
        different.is_empty(),
        "{} calls are missing or too many, the inbox holds {states:?}: {different:?}",
        different.len()
    );
    let details = stream::iter(known.values().map(|id| format!("{api}/calls/{id}")))
        .map(|call| async move { owner.get(&call).await })
        .buffer_unordered(8)
        .collect::<Vec<_>>()
        .await;
    for (status, call) in details {
        assert_eq!(status, 200);
        let name = &call["external_id"];
        let mut kinds: Vec<&str> =
            call["facts"].as_array().unwrap().iter().map(|f| f["kind"].as_str().unwrap()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["analyzed", "ended", "started"], "{name}: not each acknowledged event once");
        let events: BTreeSet<&str> =
            call["events"].as_array().unwrap().iter().map(|e| e["event_name"].as_str().unwrap()).collect();
        assert_eq!(events.len(), 3, "{name}");
        assert_eq!(
            (&call["status"], &call["outcome"], &call["is_final"]),
            (&json!("COMPLETED"), &json!("BOOKED"), &json!(true)),
            "{name}"
        );
        let told: Vec<&Value> =
            call["deliveries"].as_array().unwrap().iter().map(|d| &d["event_type"]).collect();
        let ends = told.iter().filter(|t| **t == "call.call-ended").count();
        assert_eq!(ends, 1, "{name} is told of as ended: {told:?}");
    }
}

/// Waits until everything that is owed has arrived; dead letters are sent again. The ids of what was owed.
async fn everything_arrives(traffic: &Traffic, server: &Server) -> BTreeSet<String> {
    let owner = &traffic.business.owner;
    let api = format!("{}/api/v1/deliveries", server.url);
    until("everything that is owed arrives", LEASE_AND_MORE, || async {
        for dead in owner.all(&format!("{api}?state=dead")).await {
            let retry = format!("{api}/{}/retry", dead["id"].as_str().unwrap());
            let (status, answer) = owner.post(&retry, &json!({})).await;
            assert!(matches!(status, 202 | 409), "{answer}");
        }
        let owed = owner.all(&api).await;
        let ids = owed.iter().map(|d| d["id"].as_str().unwrap().to_owned()).collect();
        owed.iter().all(|d| d["state"] == "delivered").then_some(ids)
    })
    .await
}

/// A receiver that is unwell, by a seed.
fn flaps(seed: u64) -> impl FnMut() -> Mood + Send {
    let mut random = fastrand::Rng::with_seed(seed);
    move || match random.u8(..100) {
        0..60 => Mood::Answer(200),
        60..75 => Mood::Answer(500),
        75..80 => Mood::Answer(503),
        80..92 => Mood::CloseAfter,
        _ => Mood::CloseBefore,
    }
}

/// A receiver that turns away the first `times` requests, then is well: something is sent twice however little was
/// delivered before.
fn is_unwell(times: usize) -> impl FnMut() -> Mood + Send {
    let mut left = times;
    move || {
        let is_unwell = left > 0;
        left = left.saturating_sub(1);
        Mood::Answer(if is_unwell { 500 } else { 200 })
    }
}

/// Says which seed it was when the test fails.
struct Seed(u64, AtomicBool);

impl Drop for Seed {
    fn drop(&mut self) {
        if !self.1.load(Ordering::Relaxed) {
            eprintln!("to repeat this: VESTIBULE_CRASH_SEED={}", self.0);
        }
    }
}

async fn crash(home: &Home) {
    static RUN: AtomicU64 = AtomicU64::new(0);
    let usual = u64::from(std::process::id()) ^ RUN.fetch_add(1, Ordering::Relaxed) << 32;
    let seed = Seed(number("VESTIBULE_CRASH_SEED", usual), AtomicBool::new(false));
    let rounds = number("VESTIBULE_CRASH_ROUNDS", 10);
    let mut random = fastrand::Rng::with_seed(seed.0);
    let desk = Desk::open().await;
    let mut server = home.serve();
    let types = ["call.call-started", "call.call-ended", "call.call-updated"];
    let business =
        Business::open(home, &server, "north-shore", &json!({ "url": desk.url(), "event_types": types }))
            .await;
    let traffic = Arc::new(Traffic {
        business,
        url: Mutex::new(server.url.clone()),
        acknowledged: AtomicUsize::new(0),
        progress: Notify::new(),
        refused: AtomicUsize::new(0),
        retried: AtomicUsize::new(0),
    });
    let each_round = SENDERS * CALLS * EVENTS.len();
    let mut calls = BTreeSet::new();
    for round in 0..rounds {
        desk.open_again();
        desk.is(flaps(random.u64(..)));
        let before = traffic.acknowledged.load(Ordering::SeqCst);
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                calls.extend((0..CALLS).map(|n| format!("call_{round}_{sender}_{n}")));
                let (traffic, random) = (traffic.clone(), random.fork());
                tokio::spawn(async move { send_round(&traffic, sender, round, random).await })
            })
            .collect();
        // At any of its events, while the others are anywhere; sometimes the receiver is gone as well.
        let (refuses_at, dies_at) = (random.usize(0..each_round), random.usize(0..each_round));
        for at in [refuses_at.min(dies_at), dies_at] {
            traffic.acknowledged(before + at).await;
            if at == refuses_at {
                desk.shut();
            }
        }
        server.kill();
        server = home.serve();
        traffic.url.lock().unwrap().clone_from(&server.url);
        for sender in senders {
            sender.await.unwrap();
        }
    }
    // Once more when nothing is sent any more: what is folded and delivered now is cut off too.
    server.kill();
    desk.open_again();
    desk.is(is_unwell(3));
    server = home.serve();
    is_whole(&traffic, &server, &calls).await;
    let owed = everything_arrives(&traffic, &server).await;
    let received = desk.received();
    let arrived: BTreeSet<String> = received
        .iter()
        .filter(|r| r.answered == Some(200))
        .map(|r| r.header("webhook-id").to_owned())
        .collect();
    assert_eq!(arrived, owed, "what was owed is not what arrived");
    assert!(owed.len() >= calls.len());
    let mut bodies: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for one in &received {
        let first = bodies.entry(one.header("webhook-id")).or_insert(&one.body);
        assert_eq!(*first, one.body, "{}: the body changed between attempts", one.header("webhook-id"));
    }
    // The test was one: senders were cut off, attempts were repeated.
    assert!(rounds < 3 || traffic.retried.load(Ordering::Relaxed) > 0, "no sender ever saw a crash");
    assert!(rounds < 3 || received.len() > owed.len(), "nothing was ever sent twice: the receiver was well");
    let all = each_round * usize::try_from(rounds).unwrap();
    assert_eq!(traffic.acknowledged.load(Ordering::SeqCst), all);
    assert_eq!(server.stop().0.code(), Some(0));
    seed.1.store(true, Ordering::Relaxed);
}

fn home_on(database: &TestDb) -> Home {
    let mut home = Home::new(database);
    home.set("VESTIBULE__DELIVERY__TIMEOUT_SECONDS", "1");
    home.set("VESTIBULE__LOG__LEVEL", "warn");
    home
}

#[test]
fn sqlite() {
    runtime().block_on(async { crash(&home_on(&TestDb::new(Engine::Sqlite).await)).await });
}

#[test]
fn postgres() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let database = TestDb::new(Engine::PostgresRls).await;
        crash(&home_on(&database)).await;
        database.drop_database().await;
    });
}
