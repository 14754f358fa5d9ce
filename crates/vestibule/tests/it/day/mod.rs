//! A day: the providers' simulator has calls made, and loses, repeats, delays and turns round what it tells of them;
//! the real program takes it in, asks the providers for what is missing and tells the endpoints. In the end its calls,
//! costs, contacts, deliveries and gaps are those that the simulator knows of.
//!
//! `VESTIBULE_DAY_CALLS` says how many calls (120), `VESTIBULE_DAY_SEED` repeats a run's choices.
//!
//! A day with crashes is the same day, only that the program is killed with SIGKILL while the providers send, while it
//! asks them for what is missing, and while it delivers. `VESTIBULE_CRASH_ROUNDS` says how often (3), and there are
//! forty calls for each time.

mod business;
mod seen;
mod told;

use crate::program::{Home, Server, now, until};
use crate::receiver::Mood;
use business::{Business, Traffic};
use seen::is_true;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use told::is_told;
use vestibule_testkit::simulator::{Books, Day, Plan, Provider};
use vestibule_testkit::{Engine, TestDb, postgres_is_available, runtime};

const TENANTS: usize = 4;
/// Between two calls' beginnings, in milliseconds.
const APART_MS: i64 = 70;
/// How long the program may need for everything after the last event.
const PATIENCE: Duration = Duration::from_secs(180);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
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

/// A server that can be killed; the one after it takes its place.
struct Running<'a> {
    home: &'a Home,
    server: Server,
}

impl Running<'_> {
    /// Ends it as a crash does, and starts it again on what was left.
    fn crash(&mut self) {
        self.server.kill();
        self.server = self.home.serve();
    }
}

/// Kills the program while the providers send, each time when a number of requests was taken that nobody foresees.
async fn crash_while_they_send(
    running: &mut Running<'_>,
    traffic: &Traffic,
    random: &mut fastrand::Rng,
    times: usize,
) {
    let mut points: Vec<usize> = (0..times).map(|_| random.usize(0..traffic.count())).collect();
    points.sort_unstable();
    for point in points {
        traffic.taken(point).await;
        running.crash();
        traffic.url.lock().unwrap().clone_from(&running.server.url);
    }
}

/// Kills the program after some of the questions that it asks the providers, while it delivers what it learns.
async fn crash_while_it_asks(
    running: &mut Running<'_>,
    books: &Books,
    random: &mut fastrand::Rng,
    times: usize,
) {
    for _ in 0..times {
        let enough = books.asked() + random.usize(1..12);
        until("a provider is asked", PATIENCE, async || (books.asked() >= enough).then_some(())).await;
        running.crash();
    }
}

/// Lives a day through, with so many crashes in it, and compares it with what the simulator knows.
async fn a_day(mut home: Home, calls: usize, crashes: usize) {
    static RUN: AtomicU64 = AtomicU64::new(0);
    let usual = u64::from(std::process::id()) ^ RUN.fetch_add(1, Ordering::Relaxed) << 32;
    let seed = Seed(number("VESTIBULE_DAY_SEED", usual), AtomicBool::new(false));
    let books = Books::open(now, TENANTS).await;
    for provider in Provider::ALL {
        home.set(&format!("VESTIBULE__PROVIDERS__{}_URL", provider.name().to_uppercase()), books.url());
    }
    // Two seconds: as often as is possible, and still several passes over a day.
    home.set("VESTIBULE__PROVIDERS__RECONCILE_EVERY_MINUTES", "0.033");
    home.set("VESTIBULE__PROVIDERS__RECONCILE_GRACE_SECONDS", "1");
    home.set("VESTIBULE__CALLS__FINALISE_AFTER_SECONDS", "15");
    home.set("VESTIBULE__LOG__LEVEL", "warn");
    let mut running = Running { home: &home, server: home.serve() };
    let mut businesses = Vec::new();
    for n in 0..TENANTS {
        businesses.push(Business::open(&home, &running.server, n).await);
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
    let traffic = Arc::new(Traffic::new(businesses, day.clone(), running.server.url.clone()));
    let businesses = &traffic.businesses;
    let began = Instant::now();
    let senders = tokio::spawn({
        let traffic = traffic.clone();
        async move { traffic.live().await }
    });
    crash_while_they_send(&mut running, &traffic, &mut random, crashes).await;
    senders.await.unwrap();
    let lived = began.elapsed();
    let empty = async || {
        for business in businesses {
            let url = format!("{}/api/v1/inbox?state=pending", running.server.url);
            if !business.owner.all(&url).await.is_empty() {
                return None;
            }
        }
        Some(())
    };
    until("everything that came is folded", PATIENCE, empty).await;
    books.show_all();
    crash_while_it_asks(&mut running, &books, &mut random, crashes).await;
    let server = running.server;
    is_true(&server, businesses, &day, now()).await;
    let taken_in = began.elapsed();
    // And another pass over the same lists changes nothing.
    let seen = is_true(&server, businesses, &day, now()).await;
    let again = is_true(&server, businesses, &day, now()).await;
    let mut told = 0;
    for (n, business) in businesses.iter().enumerate() {
        assert_eq!(seen[n].revisions(), again[n].revisions(), "day-{n}: a comparison changed what was right");
        // A server that is not there makes an analysis late, so that the end may be told without it.
        told += is_told(&day, n, business, &again[n], crashes == 0);
    }
    let received: usize = businesses.iter().flat_map(|b| &b.desks).map(|desk| desk.received().len()).sum();
    let mut micros = std::mem::take(&mut *traffic.micros.lock().unwrap());
    micros.sort_unstable();
    let part = |of: usize| Duration::from_micros(micros[(micros.len() - 1) * of / 100]);
    let gaps: usize = (0..TENANTS).flat_map(|n| Provider::ALL.map(|p| day.gaps(n, p))).sum();
    let cut_off = traffic.cut_off.load(Ordering::Relaxed);
    println!(
        "{calls} calls ({} carried) in {lived:.1?}, all true after {taken_in:.1?}: {} requests ({} refused, {cut_off} cut off) answered in {:.1?} (p50), {:.1?} (p99); {gaps} gaps found again with {} questions; {told} deliveries in {received} attempts; {} crashes",
        day.calls.iter().filter(|call| call.carried.is_some()).count(),
        traffic.requests.load(Ordering::Relaxed),
        traffic.refused.load(Ordering::Relaxed),
        part(50),
        part(99),
        books.asked(),
        2 * crashes,
    );
    assert!(gaps > calls / 10, "next to nothing was lost: this was no such day");
    assert!(received > told || calls < 100, "nothing was ever delivered twice");
    assert!(crashes < 3 || cut_off > 0, "no provider ever saw a crash");
    assert_eq!(server.stop().0.code(), Some(0));
    seed.1.store(true, Ordering::Relaxed);
}

async fn usual_day(database: &TestDb) {
    let calls = usize::try_from(number("VESTIBULE_DAY_CALLS", 120)).unwrap();
    a_day(Home::new(database), calls, 0).await;
}

async fn day_of_crashes(database: &TestDb) {
    let crashes = usize::try_from(number("VESTIBULE_CRASH_ROUNDS", 3)).unwrap();
    let mut home = Home::new(database);
    // What a crash cut off is attempted again when its lease has run out: this and half a minute later.
    home.set("VESTIBULE__DELIVERY__TIMEOUT_SECONDS", "1");
    a_day(home, crashes * 40, crashes).await;
}

#[test]
fn sqlite() {
    runtime().block_on(async { usual_day(&TestDb::new(Engine::Sqlite).await).await });
}

#[test]
fn postgres() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let database = TestDb::new(Engine::PostgresRls).await;
        usual_day(&database).await;
        database.drop_database().await;
    });
}

#[test]
fn with_crashes_on_sqlite() {
    runtime().block_on(async { day_of_crashes(&TestDb::new(Engine::Sqlite).await).await });
}

#[test]
fn with_crashes_on_postgres() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let database = TestDb::new(Engine::PostgresRls).await;
        day_of_crashes(&database).await;
        database.drop_database().await;
    });
}
