//! A day: the providers' simulator has calls made, and loses, repeats, delays and turns round what it tells of them;
//! the real program takes it in, asks the providers for what is missing and tells the endpoints. In the end its calls,
//! costs, contacts, deliveries and gaps are those that the simulator knows of.
//!
//! `VESTIBULE_DAY_CALLS` says how many calls (120), `VESTIBULE_DAY_SEED` repeats a run's choices.

use crate::program::{Caller, Home, Server, now, until};
use crate::receiver::{Desk, Mood};
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use vestibule_model::UnixMs;
use vestibule_testkit::simulator::{Accounts, Books, Call, Day, Event, Plan, Provider};
use vestibule_testkit::{Engine, TestDb, postgres_is_available, runtime};

const TENANTS: usize = 4;
/// Between two calls' beginnings, in milliseconds.
const APART_MS: i64 = 70;
/// How long the program may need for everything after the last event.
const PATIENCE: Duration = Duration::from_secs(180);
/// The most requests of providers that are under way at a time.
const AT_ONCE: usize = 64;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// A tenant with its connections, and two endpoints: one is told of ends, one of what changes after them as well.
struct Business {
    owner: Caller,
    /// The hooks' paths, in the order of [`Provider::ALL`].
    hooks: [String; 3],
    desks: [Desk; 2],
    /// The endpoints' ids and both forms of their secrets.
    endpoints: [(String, String, String); 2],
}

impl Business {
    async fn open(home: &Home, server: &Server, n: usize) -> Self {
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

/// What the requests of the day met with.
#[derive(Default)]
struct Met {
    requests: AtomicUsize,
    refused: AtomicUsize,
    /// How long each took, in microseconds.
    micros: Mutex<Vec<u64>>,
}

/// Sends an event as its provider does, as often as the simulator says, until each time it is taken.
async fn send(url: &str, business: &Business, own: &Accounts, event: &Event, met: &Met) {
    let at = Provider::ALL.iter().position(|provider| *provider == event.provider).unwrap();
    let hook = format!("{url}{}", business.hooks[at]);
    for _ in 0..event.times {
        let (began, mut wait_ms) = (Instant::now(), 50);
        loop {
            let request = own
                .headers(event.provider, &hook, &event.body, now())
                .into_iter()
                .fold(business.owner.http.post(&hook), |request, (name, value)| request.header(name, value));
            let sent = Instant::now();
            let answer = request.body(event.body.clone()).send().await.unwrap();
            met.requests.fetch_add(1, Ordering::Relaxed);
            met.micros.lock().unwrap().push(u64::try_from(sent.elapsed().as_micros()).unwrap());
            match answer.status().as_u16() {
                200..300 => break,
                503 => met.refused.fetch_add(1, Ordering::Relaxed),
                other => panic!("{:?} {} met with {other}", event.provider, event.name),
            };
            assert!(began.elapsed() < PATIENCE, "an event was not taken");
            // A provider waits before it sends again, longer and longer.
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            wait_ms = (wait_ms * 2).min(2_000);
        }
    }
}

/// Lives the day through: each event is sent when its time has come.
async fn live(server: &Server, businesses: &[Business], day: &Day, met: &Met) {
    stream::iter(&day.events)
        .map(async |event| {
            // The simulator's clock is the real one.
            let early_ms = u64::try_from(event.due.since(now())).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(early_ms)).await;
            send(&server.url, &businesses[event.tenant], &day.accounts[event.tenant], event, met).await;
        })
        .buffer_unordered(AT_ONCE)
        .for_each(async |()| ())
        .await;
}

/// A tenant as the API shows it.
struct Seen {
    calls: Vec<Value>,
    contacts: Vec<Value>,
    deliveries: Vec<Value>,
    connections: Vec<Value>,
    inbox: Vec<Value>,
}

impl Seen {
    async fn of(server: &Server, business: &Business) -> Self {
        let api = format!("{}/api/v1", server.url);
        let all = async |what: &str| business.owner.all(&format!("{api}/{what}")).await;
        // First what is late, so that what was waiting then is not missing in what comes after.
        let inbox = [
            all("inbox?state=pending").await,
            all("inbox?state=failed").await,
            all("inbox?state=unprocessable").await,
        ]
        .concat();
        let (status, connections) = business.owner.get(&format!("{api}/connections")).await;
        assert_eq!(status, 200, "{connections}");
        Self {
            calls: all("calls").await,
            contacts: all("contacts").await,
            deliveries: all("deliveries").await,
            connections: connections["items"].as_array().unwrap().clone(),
            inbox,
        }
    }

    /// The calls by the number that the simulator gives them; and what is wrong with them.
    fn by_number<'a>(
        &'a self,
        day: &Day,
        tenant: usize,
        wrong: &mut Vec<String>,
    ) -> BTreeMap<usize, &'a Value> {
        let own = || day.calls.iter().enumerate().filter(|(_, call)| call.tenant == tenant);
        let names: BTreeMap<String, usize> =
            own().flat_map(|(n, call)| call.names().into_iter().map(move |name| (name, n))).collect();
        let mut found = BTreeMap::new();
        for shown in &self.calls {
            let name = shown["external_id"].as_str().unwrap();
            match names.get(name) {
                None => wrong.push(format!("{name} is no call of this tenant")),
                Some(n) => {
                    if found.insert(*n, shown).is_some() {
                        wrong.push(format!("{name} is there twice"));
                    }
                }
            }
        }
        wrong.extend(
            own().filter(|(n, _)| !found.contains_key(n)).map(|(_, c)| format!("{:?} is missing", c.names())),
        );
        found
    }

    /// In what it differs from the simulator's truth; nothing once everything has been taken in.
    fn differences(&self, day: &Day, tenant: usize, since: UnixMs) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(self.inbox.iter().map(|event| format!("in the inbox: {event}")));
        for (n, shown) in self.by_number(day, tenant, &mut wrong) {
            wrong.extend(differs(&day.calls[n], shown));
        }
        let mut people: BTreeMap<&str, (i64, Option<&str>)> = BTreeMap::new();
        for call in day.calls.iter().filter(|call| call.tenant == tenant) {
            let Some(person) = &call.person else { continue };
            let known = people.entry(&person.number).or_default();
            *known = (known.0 + 1, known.1.or(call.is_named.then_some(person.name.as_str())));
        }
        let shown: BTreeMap<&str, (i64, Option<&str>)> = self
            .contacts
            .iter()
            .map(|c| {
                (c["phone"].as_str().unwrap_or(""), (c["calls_count"].as_i64().unwrap(), c["name"].as_str()))
            })
            .collect();
        if shown.len() != self.contacts.len() {
            wrong.push("a contact is there twice".into());
        }
        for number in people.keys().chain(shown.keys()).collect::<BTreeSet<_>>() {
            let (known, shown) = (people.get(number), shown.get(number));
            if known != shown {
                wrong.push(format!("contact {number} is {shown:?}, not {known:?}"));
            }
        }
        wrong.extend(
            self.deliveries
                .iter()
                .filter(|d| d["state"] != "delivered")
                .map(|d| format!("not delivered: {d}")),
        );
        for connection in &self.connections {
            wrong.extend(gap(day, tenant, connection, since));
        }
        wrong
    }
}

/// In what a call differs.
fn differs(call: &Call, shown: &Value) -> Option<String> {
    let number = call.person.as_ref().map(|person| person.number.as_str());
    let other = if call.is_outbound { "to_number" } else { "from_number" };
    let expected = json!([
        call.status(),
        call.outcome(),
        call.cost_micros,
        call.duration_ms(),
        if call.is_outbound { "OUTBOUND" } else { "INBOUND" },
        true,
    ]);
    let found = json!([
        shown["status"],
        shown["outcome"],
        shown["cost_micros"],
        shown["duration_ms"],
        shown["direction"],
        shown["is_final"]
    ]);
    // A withheld number shows as nothing, or as the provider's word for it.
    let has_number = shown[other].as_str().filter(|text| text.starts_with('+')) == number;
    (found != expected || !has_number).then(|| {
        format!(
            "{:?} {:?} is {found} of {}, not {expected} of {number:?}",
            call.names(),
            call.end,
            shown[other]
        )
    })
}

/// In what a connection's gaps differ. Where the list was shown all day, what was late counts as found again too.
fn gap(day: &Day, tenant: usize, connection: &Value, since: UnixMs) -> Option<String> {
    let name = connection["provider"].as_str().unwrap();
    let provider = Provider::ALL.into_iter().find(|provider| provider.name() == name).unwrap();
    let lost = i64::try_from(day.gaps(tenant, provider)).unwrap();
    let standing = &connection["reconciliation"];
    let filled = standing["filled"].as_i64().unwrap_or(-1);
    let is_compared =
        standing["done_until"].as_str().and_then(UnixMs::parse_rfc3339).is_some_and(|at| at > since);
    let is_right = if Books::is_live(tenant) { filled >= lost } else { filled == lost };
    (!is_right || !is_compared || !standing["fault"].is_null())
        .then(|| format!("{name} lost {lost} and stands at {standing}"))
}

/// Waits until every tenant is as the simulator knows it, and was compared after `since`.
async fn is_true(server: &Server, businesses: &[Business], day: &Day, since: UnixMs) -> Vec<Seen> {
    let last = Mutex::new(Vec::new());
    let ask = || async {
        let mut all = Vec::new();
        for (n, business) in businesses.iter().enumerate() {
            let seen = Seen::of(server, business).await;
            let wrong = seen.differences(day, n, since);
            let is_right = wrong.is_empty();
            *last.lock().unwrap() =
                wrong.into_iter().map(|what| format!("day-{n}: {what}")).collect::<Vec<_>>();
            if !is_right {
                tokio::time::sleep(Duration::from_millis(250)).await;
                return None;
            }
            all.push(seen);
        }
        Some(all)
    };
    match tokio::time::timeout(PATIENCE, until("the day is taken in", PATIENCE * 2, ask)).await {
        Ok(all) => all,
        Err(_) => {
            let wrong = last.into_inner().unwrap();
            panic!("{} differences: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
        }
    }
}

/// What the endpoints were told: each end once, and in the end what is true.
fn is_told(day: &Day, tenant: usize, business: &Business, seen: &Seen) -> usize {
    let mut wrong = Vec::new();
    let calls = seen.by_number(day, tenant, &mut wrong);
    let numbers: BTreeMap<&str, usize> =
        calls.iter().map(|(n, call)| (call["id"].as_str().unwrap(), *n)).collect();
    let mut told = 0;
    for (desk, (endpoint, secret, ascii)) in business.desks.iter().zip(&business.endpoints) {
        let rows: BTreeMap<&str, &Value> = seen
            .deliveries
            .iter()
            .filter(|d| d["endpoint"]["id"] == endpoint.as_str())
            .map(|d| (d["id"].as_str().unwrap(), d))
            .collect();
        let (mut known, mut ends, mut last) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for one in desk.received() {
            let id = one.header("webhook-id").to_owned();
            // Every attempt is signed anew; the clock of the test is the program's.
            let body = one.verified(secret, ascii, one.header("webhook-timestamp").parse().unwrap());
            let first = known.entry(id.clone()).or_insert_with(|| one.body.clone());
            assert_eq!(*first, one.body, "{id}: the body changed between attempts");
            let Some(row) = rows.get(id.as_str()) else { panic!("{id} is not owed to this endpoint") };
            let n = numbers[row["call_id"].as_str().unwrap()];
            if row["event_type"] == "call.call-ended" {
                ends.entry(n).or_insert_with(BTreeMap::new).insert(id, body.clone());
            }
            last.insert(n, body);
        }
        assert_eq!(known.len(), rows.len(), "what was owed is not what arrived");
        told += known.len();
        for n in calls.keys() {
            let call = &day.calls[*n];
            let of_it = ends.get(n).map_or(0, BTreeMap::len);
            if of_it != 1 {
                wrong.push(format!("{:?} ended {of_it} times", call.names()));
                continue;
            }
            let is = |body: &Value| {
                let data = &body["data"];
                (data["outcome"] == call.outcome()) && (data["status"] == call.status())
            };
            // Whoever asks for changes hears the truth in the end. The end itself tells it, unless what was
            // analysed was lost and found again only after the call had become final without it.
            let (end, last) = (ends[n].values().next().unwrap(), &last[n]);
            let hears_changes = std::ptr::eq(desk, &business.desks[1]);
            if (hears_changes && !is(last)) || (!day.has_gap(*n) && !is(end)) {
                let data = (&end["data"]["outcome"], &end["data"]["status"], &last["data"]["outcome"]);
                wrong.push(format!("{:?} was told as {data:?}, not {}", call.names(), call.outcome()));
            }
        }
    }
    assert!(wrong.is_empty(), "day-{tenant}: {wrong:#?}");
    told
}

/// Says which seed it was when the test fails.
struct Seed(u64, AtomicBool);

impl Drop for Seed {
    fn drop(&mut self) {
        if !self.1.load(Ordering::Relaxed) {
            eprintln!("to repeat this: VESTIBULE_DAY_SEED={}", self.0);
        }
    }
}

async fn a_day(mut home: Home) {
    static RUN: AtomicU64 = AtomicU64::new(0);
    let usual = u64::from(std::process::id()) ^ RUN.fetch_add(1, Ordering::Relaxed) << 32;
    let seed = Seed(number("VESTIBULE_DAY_SEED", usual), AtomicBool::new(false));
    let calls = usize::try_from(number("VESTIBULE_DAY_CALLS", 120)).unwrap();
    let books = Books::open(now, TENANTS).await;
    for provider in Provider::ALL {
        home.set(&format!("VESTIBULE__PROVIDERS__{}_URL", provider.name().to_uppercase()), books.url());
    }
    // Two seconds: as often as is possible, and still several passes over a day.
    home.set("VESTIBULE__PROVIDERS__RECONCILE_EVERY_MINUTES", "0.033");
    home.set("VESTIBULE__PROVIDERS__RECONCILE_GRACE_SECONDS", "1");
    home.set("VESTIBULE__CALLS__FINALISE_AFTER_SECONDS", "15");
    home.set("VESTIBULE__LOG__LEVEL", "warn");
    let server = home.serve();
    let mut businesses = Vec::new();
    for n in 0..TENANTS {
        businesses.push(Business::open(&home, &server, n).await);
    }
    let mut random = fastrand::Rng::with_seed(seed.0);
    for desk in businesses.iter().flat_map(|business| &business.desks) {
        let mut random = random.fork();
        // Now and then it forgets to answer, and is told again.
        desk.is(move || if random.u8(..100) < 5 { Mood::CloseAfter } else { Mood::Answer(200) });
    }
    let length_ms = APART_MS * i64::try_from(calls).unwrap();
    let plan = Plan { seed: seed.0, calls, tenants: TENANTS, begin: now().plus_ms(2_000), length_ms };
    let day = Arc::new(Day::of(plan));
    books.keep(day.clone());
    let (began, met) = (Instant::now(), Met::default());
    live(&server, &businesses, &day, &met).await;
    let lived = began.elapsed();
    let empty = || async {
        for business in &businesses {
            let pending = business.owner.all(&format!("{}/api/v1/inbox?state=pending", server.url)).await;
            if !pending.is_empty() {
                return None;
            }
        }
        Some(())
    };
    until("everything that came is folded", PATIENCE, empty).await;
    books.show_all();
    is_true(&server, &businesses, &day, now()).await;
    let taken_in = began.elapsed();
    // And another pass over the same lists changes nothing.
    let seen = is_true(&server, &businesses, &day, now()).await;
    let again = is_true(&server, &businesses, &day, now()).await;
    let mut told = 0;
    for (n, business) in businesses.iter().enumerate() {
        let revisions = |seen: &Seen| {
            seen.calls
                .iter()
                .map(|c| (c["id"].to_string(), c["revision"].clone()))
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(revisions(&seen[n]), revisions(&again[n]), "day-{n}: a comparison changed what was right");
        told += is_told(&day, n, business, &again[n]);
    }
    let received: usize = businesses.iter().flat_map(|b| &b.desks).map(|desk| desk.received().len()).sum();
    let mut micros = met.micros.into_inner().unwrap();
    micros.sort_unstable();
    let part = |of: usize| Duration::from_micros(micros[(micros.len() - 1) * of / 100]);
    let gaps: usize = (0..TENANTS).flat_map(|n| Provider::ALL.map(|p| day.gaps(n, p))).sum();
    println!(
        "{calls} calls ({} carried) in {lived:.1?}, all true after {taken_in:.1?}: {} requests ({} refused) answered in {:.1?} (p50), {:.1?} (p99); {gaps} gaps found again with {} questions; {told} deliveries in {received} attempts",
        day.calls.iter().filter(|call| call.carried.is_some()).count(),
        met.requests.load(Ordering::Relaxed),
        met.refused.load(Ordering::Relaxed),
        part(50),
        part(99),
        books.asked(),
    );
    assert!(gaps > calls / 10, "next to nothing was lost: this was no such day");
    assert!(received > told || calls < 100, "nothing was ever delivered twice");
    assert_eq!(server.stop().0.code(), Some(0));
    seed.1.store(true, Ordering::Relaxed);
}

#[test]
fn sqlite() {
    runtime().block_on(async { a_day(Home::new(&TestDb::new(Engine::Sqlite).await)).await });
}

#[test]
fn postgres() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let database = TestDb::new(Engine::PostgresRls).await;
        a_day(Home::new(&database)).await;
        database.drop_database().await;
    });
}
