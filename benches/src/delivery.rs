//! `delivery`: signed deliveries a second to a receiver that answers at once, how soon a delivery begins after its
//! commit, and how much memory a large backlog takes.

use crate::backlog::Backlog;
use crate::ingest::Database;
use crate::interrupt;
use crate::machine::{Machine, ms};
use crate::place::Place;
use crate::prober::{self, Delays};
use crate::process::{self, Watch};
use crate::receiver::Receiver;
use crate::report::line;
use crate::say::{Outcome, aside, say};
use crate::stand::Stand;
use crate::world;
use serde::Serialize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many deliveries are owed when the server starts.
    #[arg(long, default_value_t = 1_000_000)]
    backlog: i64,
    /// To how many tenants, each with one endpoint.
    #[arg(long, default_value_t = 200)]
    tenants: usize,
    /// How long they are delivered, in seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// How many deliveries a second are owed while the delay is measured.
    #[arg(long, default_value_t = 200)]
    rate: usize,
    /// How many deliveries the delay is measured with.
    #[arg(long, default_value_t = 3_000)]
    probes: usize,
    /// On which databases.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    database: Vec<Database>,
    /// Write the figures to a file as well, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The folder whose disk is measured; `target/bench-data` without it.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// What was measured on one database.
#[derive(Debug, Clone, Serialize)]
struct Figures {
    database: Database,
    backlog: i64,
    tenants: usize,
    delivered: u64,
    elapsed_ms: u64,
    idle_kb: u64,
    most_kb: u64,
    server_cpu_ms: u64,
    delays: Delays,
}

/// Measures.
pub fn delivery(options: &Options) -> Outcome {
    let place = Place::make(options.dir.as_deref())?;
    interrupt::clean_up(place.path())?;
    let machine = Machine::look(place.path())?;
    say(&machine.line());
    let mut all = Vec::new();
    for database in &options.database {
        let figures = measure(options, &place, *database)?;
        figures.lines(options).iter().for_each(|line| say(line));
        all.push(figures);
    }
    if let Some(file) = &options.json {
        let document = serde_json::json!({ "machine": machine, "runs": all });
        std::fs::write(file, serde_json::to_string_pretty(&document)?)?;
    }
    Ok(())
}

fn measure(options: &Options, place: &Place, database: Database) -> Outcome<Figures> {
    let receiver = Receiver::start()?;
    let mut stand = Stand::make(place, database, "delivery", options.tenants, receiver.url())?;
    // First an idle server: what is owed goes out as it is owed.
    let server = stand.serve()?;
    std::thread::sleep(Duration::from_secs(2));
    let idle_kb = process::resident_kb(server.pid()).unwrap_or_default();
    let delays = prober::probe(server.address(), &stand.key, &receiver, options.probes, options.rate)?;
    drop(server);
    aside(&format!("{database:?}: making {} deliveries", options.backlog));
    let each = options.backlog / i64::try_from(options.tenants)?.max(1);
    let backlog = Backlog { each, of: "e.deleted_at IS NULL", now_ms: world::real().now().0 };
    backlog.sow(&mut stand.owner)?;
    let server = stand.serve()?;
    let watch = Watch::start(server.pid());
    let wanted = u64::try_from(each)? * u64::try_from(options.tenants)?;
    let before = receiver.received();
    let waits = Instant::now();
    while receiver.received() == before {
        if waits.elapsed() > Duration::from_secs(60) {
            return Err("nothing was delivered within a minute".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let (began, first) = (Instant::now(), receiver.received());
    let cpu = process::cpu_ms(server.pid());
    while began.elapsed() < Duration::from_secs(options.seconds) && receiver.received() - before < wanted {
        std::thread::sleep(Duration::from_millis(5));
    }
    let delivered = receiver.received() - first;
    Ok(Figures {
        database,
        backlog: options.backlog,
        tenants: options.tenants,
        delivered,
        elapsed_ms: u64::try_from(began.elapsed().as_millis())?,
        idle_kb,
        most_kb: watch.most_kb(),
        server_cpu_ms: process::cpu_ms(server.pid()) - cpu,
        delays,
    })
}

impl Figures {
    fn lines(&self, options: &Options) -> Vec<String> {
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let rate = self.delivered as f64 * 1000.0 / self.elapsed_ms.max(1) as f64;
        let floor = if self.database == Database::Sqlite { 3000.0 } else { 2000.0 };
        let Delays { sent, missing, p50_us, p99_us, most_us, after_commit_p99_us } = self.delays;
        let most_mb = self.most_kb / 1024;
        vec![
            String::new(),
            format!("{:?}, {} tenants, {} deliveries owed", self.database, self.tenants, self.backlog),
            line("delivered", &format!("{rate:.0}/s"), Some((&format!("≥ {floor:.0}/s"), rate >= floor))),
            line("  in all", &format!("{} in {:.1} s", self.delivered, ms(self.elapsed_ms)), None),
            line("resident, most", &format!("{most_mb} MB"), Some(("< 200 MB", most_mb < 200))),
            line("resident, idle", &format!("{} MB", self.idle_kb / 1024), None),
            line("processor time", &format!("server {:.1} s", ms(self.server_cpu_ms)), None),
            line(
                &format!("commit to arrival at {}/s", options.rate),
                &format!("p99 {:.1} ms", ms(after_commit_p99_us)),
                Some(("p99 < 50 ms", after_commit_p99_us < 50_000 && missing == 0)),
            ),
            line(
                "  with the request itself",
                &format!("p50 {:.1} · p99 {:.1} · slowest {:.0} ms", ms(p50_us), ms(p99_us), ms(most_us)),
                None,
            ),
            line("  sent, missing", &format!("{sent}, {missing}"), None),
        ]
    }
}
