//! The figures of a measurement, with the targets beside them. Targets are shown, never asserted: this machine
//! may be another one, or busy.

use crate::ingest::Database;
use crate::load::Load;
use crate::machine::ms;
use serde::Serialize;

/// What was measured on one database with one number of tenants.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Figures {
    /// The database.
    pub database: Database,
    /// How many tenants.
    pub tenants: usize,
    /// How many events.
    pub events: usize,
    /// How many connections sent them.
    pub connections: usize,
    /// Whether deliveries were made meanwhile.
    pub delivers: bool,
    /// How long preparing took.
    pub prepared_ms: u64,
    /// What the load generator measured.
    pub load: Option<Load>,
    /// Events that were not folded when the last one was acknowledged.
    pub waiting_at_the_end: i64,
    /// From the last acknowledgement until everything was folded and owed.
    pub caught_up_ms: u64,
    /// From the first event until everything was folded and owed.
    pub folded_ms: u64,
    /// Deliveries that the receiver had by then.
    pub delivered: u64,
    /// The server's resident memory before, in kB.
    pub idle_kb: u64,
    /// The most it had until everything was folded, in kB.
    pub most_kb: u64,
    /// The server's processor time from the first event until everything was folded.
    pub server_cpu_ms: u64,
    /// PostgreSQL's.
    pub database_cpu_ms: u64,
    /// The ceiling: events a second by raw inserts.
    pub raw_per_s: f64,
    /// What was not where it should be at the end.
    pub fault: Option<String>,
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn rate(count: usize, in_ms: u64) -> f64 {
    count as f64 * 1000.0 / in_ms.max(1) as f64
}

/// A line of a report: what, how much, and what it should be.
pub fn line(what: &str, value: &str, target: Option<(&str, bool)>) -> String {
    match target {
        Some((target, good)) => {
            format!("  {what:<28}{value:<34}target {target}  {}", if good { "✓" } else { "✗" })
        }
        None => format!("  {what:<28}{value}"),
    }
}

impl Figures {
    fn acknowledged_per_s(&self) -> f64 {
        self.load.as_ref().map_or(0.0, |load| rate(self.events, load.elapsed_ms))
    }

    fn folded_per_s(&self) -> f64 {
        rate(self.events, self.folded_ms)
    }

    fn ratio(&self) -> f64 {
        self.acknowledged_per_s() / self.raw_per_s.max(1.0)
    }

    /// The measurement as a person reads it.
    pub fn lines(&self) -> Vec<String> {
        let sqlite = self.database == Database::Sqlite;
        let load = self.load.clone().unwrap_or_default();
        let (acknowledged, folded) = (self.acknowledged_per_s(), self.folded_per_s());
        let (idle_mb, most_mb) = (self.idle_kb / 1024, self.most_kb / 1024);
        let floor = if sqlite { ("≥ 5,000/s", 5000.0) } else { ("≥ 3,000/s", 3000.0) };
        let deliveries = if self.delivers {
            format!("{} of {} by then", self.delivered, self.events / 3)
        } else {
            "parked (--no-receiver)".into()
        };
        let mut lines = vec![
            String::new(),
            format!(
                "{:?}, {} tenants: {} events ({} MB) over {} connections",
                self.database,
                self.tenants,
                self.events,
                load.bytes / 1_000_000,
                self.connections
            ),
            line("acknowledged", &format!("{acknowledged:.0}/s"), Some((floor.0, acknowledged >= floor.1))),
            line(
                "  p50 · p90 · p99 · slowest",
                &format!(
                    "{:.1} · {:.1} · {:.1} · {:.0} ms",
                    ms(load.p50_us),
                    ms(load.p90_us),
                    ms(load.p99_us),
                    ms(load.most_us)
                ),
                sqlite.then_some(("p99 < 30 ms", load.p99_us < 30_000)),
            ),
            line("  told to come back (503)", &load.busy.to_string(), None),
            line("folded and owed", &format!("{folded:.0}/s"), Some(("≥ 3,000/s", folded >= 3000.0))),
            line(
                "  caught up after",
                &format!("{:.1} s ({} were waiting)", ms(self.caught_up_ms), self.waiting_at_the_end),
                sqlite.then_some(("≤ 10 s", self.caught_up_ms <= 10_000)),
            ),
            line("  deliveries made", &deliveries, None),
            line("resident, idle", &format!("{idle_mb} MB"), Some(("< 60 MB", idle_mb < 60))),
            line("resident, most", &format!("{most_mb} MB"), Some(("< 150 MB", most_mb < 150))),
            line(
                "raw inserts (the ceiling)",
                &format!("{:.0}/s; acknowledged is {:.2} of it", self.raw_per_s, self.ratio()),
                None,
            ),
            line(
                "processor time",
                &format!(
                    "server {:.1} s, database {:.1} s, load {:.1} s (and {:.1} s signing beforehand)",
                    ms(self.server_cpu_ms),
                    ms(self.database_cpu_ms),
                    ms(load.cpu_ms),
                    ms(load.signing_ms)
                ),
                None,
            ),
        ];
        if let Some(fault) = &self.fault {
            lines.push(format!("  WRONG: {fault}"));
        }
        lines
    }

    fn row(&self, against: Option<&Self>) -> String {
        let near = |mine: f64, other: f64| (mine / other.max(0.1) - 1.0) * 100.0;
        let beside = match against.filter(|other| other.tenants != self.tenants) {
            Some(other) => format!(
                "{:+.0} % · {:+.0} %",
                near(self.acknowledged_per_s(), other.acknowledged_per_s()),
                near(self.folded_per_s(), other.folded_per_s())
            ),
            None => "–".into(),
        };
        let load = self.load.as_ref();
        format!(
            "| {:?} | {} | {:.0} | {:.1} | {:.1} | {:.0} | {:.1} | {} | {} | {:.0} | {:.2} | {beside} |",
            self.database,
            self.tenants,
            self.acknowledged_per_s(),
            load.map_or(0.0, |l| ms(l.p50_us)),
            load.map_or(0.0, |l| ms(l.p99_us)),
            self.folded_per_s(),
            ms(self.caught_up_ms),
            self.idle_kb / 1024,
            self.most_kb / 1024,
            self.raw_per_s,
            self.ratio(),
        )
    }
}

/// All measurements side by side, ready to be put into a document.
pub fn table(all: &[Figures]) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "| database | tenants | acks/s | p50 ms | p99 ms | folded/s | caught up s | idle MB | most MB | raw/s | ratio | beside 200 tenants: acks · folded (target ±20 %) |".to_owned(),
        "|---|---|---|---|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    let usual = |database| all.iter().find(|figures| figures.database == database && figures.tenants == 200);
    lines.extend(all.iter().map(|figures| figures.row(usual(figures.database))));
    lines
}
