//! `neighbours`: how long one tenant's deliveries take alone, and beside a tenant that owes very many deliveries to a
//! dead endpoint and one whose receiver hangs. Both in one run, over the same data and the same server.

use crate::backlog::Backlog;
use crate::ingest::Database;
use crate::interrupt;
use crate::machine::{Machine, ms};
use crate::place::Place;
use crate::prober::{self, Delays};
use crate::receiver::Receiver;
use crate::report::line;
use crate::say::{Outcome, say};
use crate::stand::Stand;
use crate::world;
use serde::Serialize;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many deliveries are owed to the dead endpoint.
    #[arg(long, default_value_t = 100_000)]
    dead: i64,
    /// How many deliveries are owed to the endpoint whose receiver hangs.
    #[arg(long, default_value_t = 1_000)]
    hanging: i64,
    /// How many deliveries of the quiet tenant are measured, alone and beside the others.
    #[arg(long, default_value_t = 400)]
    probes: usize,
    /// How many of them a second.
    #[arg(long, default_value_t = 20)]
    rate: usize,
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
    alone: Delays,
    beside: Delays,
    p50_ratio: f64,
    p99_ratio: f64,
}

/// Measures.
pub fn neighbours(options: &Options) -> Outcome {
    let place = Place::make(options.dir.as_deref())?;
    interrupt::clean_up(place.path())?;
    let machine = Machine::look(place.path())?;
    say(&machine.line());
    let mut all = Vec::new();
    for database in &options.database {
        let figures = measure(options, &place, *database)?;
        figures.lines().iter().for_each(|line| say(line));
        all.push(figures);
    }
    if let Some(file) = &options.json {
        let document = serde_json::json!({ "machine": machine, "runs": all });
        std::fs::write(file, serde_json::to_string_pretty(&document)?)?;
    }
    Ok(())
}

/// Takes connections and never answers.
fn hanging() -> Outcome<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            held.push(stream);
        }
    });
    Ok(format!("http://{address}/hook"))
}

/// Nobody listens there.
fn dead() -> Outcome<String> {
    let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    Ok(format!("http://{address}/hook"))
}

fn measure(options: &Options, place: &Place, database: Database) -> Outcome<Figures> {
    let receiver = Receiver::start()?;
    let mut stand = Stand::make(place, database, "neighbours", 3, receiver.url())?;
    let now_ms = world::real().now().0;
    for (number, url, each) in [(1, dead()?, options.dead), (2, hanging()?, options.hanging)] {
        let tenant = stand.tenant_sql(number)?;
        stand.owner.batch(&format!(
            "UPDATE endpoints SET url = '{url}', is_active = FALSE WHERE tenant_id = {tenant}"
        ))?;
        Backlog { each, of: &format!("e.tenant_id = {tenant}"), now_ms }.sow(&mut stand.owner)?;
    }
    let server = stand.serve()?;
    std::thread::sleep(Duration::from_secs(2));
    let probe = || prober::probe(server.address(), &stand.key, &receiver, options.probes, options.rate);
    // The first ones open connections and fill caches.
    prober::probe(server.address(), &stand.key, &receiver, options.rate * 2, options.rate)?;
    let alone = probe()?;
    stand.owner.batch("UPDATE endpoints SET is_active = TRUE")?;
    std::thread::sleep(Duration::from_secs(3));
    let beside = prober::probe(server.address(), &stand.key, &receiver, options.probes, options.rate)?;
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let ratio = |alone: u64, beside: u64| beside as f64 / alone.max(1) as f64;
    Ok(Figures {
        database,
        alone,
        beside,
        p50_ratio: ratio(alone.p50_us, beside.p50_us),
        p99_ratio: ratio(alone.p99_us, beside.p99_us),
    })
}

impl Figures {
    fn lines(&self) -> Vec<String> {
        let said = |delays: Delays| {
            format!(
                "p50 {:.1} · p99 {:.1} · slowest {:.0} ms, {} missing",
                ms(delays.p50_us),
                ms(delays.p99_us),
                ms(delays.most_us),
                delays.missing
            )
        };
        vec![
            String::new(),
            format!("{:?}: from the request that owes a delivery to its arrival", self.database),
            line("alone", &said(self.alone), None),
            line("beside the others", &said(self.beside), None),
            line(
                "ratio at the median",
                &format!("{:.2}", self.p50_ratio),
                Some(("< 1.5", self.p50_ratio < 1.5)),
            ),
            line(
                "ratio at the p99",
                &format!("{:.2}", self.p99_ratio),
                Some(("< 1.5", self.p99_ratio < 1.5)),
            ),
        ]
    }
}
