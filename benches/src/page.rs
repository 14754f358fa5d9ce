//! `page`: how long a page of calls takes with any one filter, in a tenant with many calls among many tenants,
//! over HTTP and with row-level security.

use crate::ingest::Database;
use crate::interrupt;
use crate::machine::{Machine, ms};
use crate::owner::Owner;
use crate::place::Place;
use crate::postgres::{Postgres, runtime};
use crate::prepare::{self, Wanted};
use crate::report::line;
use crate::say::{Outcome, aside, say};
use crate::seed::{FIRST_PHONE, Seed};
use crate::server::{Data, Server};
use crate::wire::Wire;
use crate::world;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;
use uuid::Uuid;
use vestibule_domain::Cursor;
use vestibule_model::UnixMs;
use vestibule_store::DbConfig;
use vestibule_vault::Kek;

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many calls the tenant has.
    #[arg(long, default_value_t = 1_000_000)]
    calls: i64,
    /// How many tenants there are.
    #[arg(long, default_value_t = 10_000)]
    tenants: usize,
    /// How many calls each of the other tenants has.
    #[arg(long, default_value_t = 50)]
    others: i64,
    /// How many pages are asked for with each filter, and again from a place deep in the list.
    #[arg(long, default_value_t = 300)]
    requests: usize,
    /// The page's size.
    #[arg(long, default_value_t = 50)]
    limit: usize,
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

/// Calls are spread over two years.
const SPAN_MS: i64 = 730 * 24 * 3_600_000;

/// How long pages took.
#[derive(Debug, Clone, Serialize)]
struct Pages {
    database: Database,
    filter: String,
    deep: bool,
    p50_us: u64,
    p99_us: u64,
    most_us: u64,
    /// The rows of a page, on average.
    rows: usize,
}

/// Measures.
pub fn page(options: &Options) -> Outcome {
    let place = Place::make(options.dir.as_deref())?;
    interrupt::clean_up(place.path())?;
    let machine = Machine::look(place.path())?;
    say(&machine.line());
    let mut all = Vec::new();
    for database in &options.database {
        all.extend(measure(options, &place, *database)?);
    }
    if let Some(file) = &options.json {
        let document = serde_json::json!({ "machine": machine, "pages": all });
        std::fs::write(file, serde_json::to_string_pretty(&document)?)?;
    }
    Ok(())
}

fn measure(options: &Options, place: &Place, database: Database) -> Outcome<Vec<Pages>> {
    let dir = place.folder(if database == Database::Sqlite { "sqlite" } else { "with-postgres" })?;
    let postgres = match database {
        Database::Sqlite => None,
        Database::Postgres => Some(Postgres::start(place)?),
    };
    let url = match &postgres {
        Some(server) => {
            server.create("page")?;
            Some(server.app_url("page"))
        }
        None => None,
    };
    let sqlite = dir.join("vestibule.db");
    let data = match url.clone() {
        Some(url) => DbConfig::Postgres { url, connections: 4 },
        None => DbConfig::Sqlite { path: sqlite.clone() },
    };
    let encryption_key = Kek::generate(&*world::real().entropy).to_base64().to_string();
    let wanted = Wanted { data, encryption_key: &encryption_key, tenants: options.tenants, endpoint: None };
    let began = Instant::now();
    let targets = prepare::prepare(&wanted)?;
    let tenant = targets.get(targets.len() / 2).ok_or("no tenants")?.tenant;
    let key = prepare::api_key(&wanted, tenant)?;
    let seed = Seed {
        tenant,
        calls: options.calls,
        contacts: (options.calls / 20).clamp(1, 50_000),
        others: options.others,
        now_ms: world::real().now().0,
        span_ms: SPAN_MS,
    };
    let mut owner = match &postgres {
        Some(server) => Owner::postgres(&server.owner_url("page"))?,
        None => Owner::sqlite(&sqlite)?,
    };
    seed.sow(&mut owner)?;
    let calls = owner.number("SELECT count(*) FROM calls")?;
    drop(owner);
    aside(&format!("{database:?}: made {calls} calls in {:.0} s", began.elapsed().as_secs_f64()));
    let server = Server::start(&Data { dir: &dir, url, encryption_key: &encryption_key })?;
    say(&format!(
        "\n{database:?}: {} calls in one of {} tenants ({calls} in all); pages of {}",
        options.calls, options.tenants, options.limit
    ));
    let reader = Reader { server: &server, key, seed, options, database };
    let pages = runtime()?.block_on(reader.read_all())?;
    drop(server);
    std::fs::remove_dir_all(&dir)?;
    Ok(pages)
}

struct Reader<'a> {
    server: &'a Server,
    key: String,
    seed: Seed,
    options: &'a Options,
    database: Database,
}

impl Reader<'_> {
    /// Every filter that the API has, with frequent, rare and absent values: what it is called, and the query.
    fn filters(&self) -> Vec<(String, String)> {
        let mut filters = vec![("no filter".to_owned(), String::new())];
        let words = [
            ("status", ["COMPLETED", "NO_ANSWER", "IN_PROGRESS", "RINGING"]),
            ("outcome", ["ANSWERED", "BOOKED", "SPAM", "VOICEMAIL"]),
            ("intent", ["booking", "emergency", "complaint", "sales"]),
        ];
        for (name, values) in words {
            filters.extend(values.map(|value| (format!("{name} {value}"), format!("{name}={value}"))));
        }
        for (what, phone) in
            [("frequent", FIRST_PHONE), ("usual", FIRST_PHONE + 7), ("unknown", FIRST_PHONE + 9_999_999)]
        {
            filters.push((format!("phone, {what}"), format!("phone=%2B1{phone}")));
        }
        let at = |share: i64| UnixMs(self.seed.now_ms - SPAN_MS / 100 * share).rfc3339();
        filters.push(("from".into(), format!("from={}", at(50))));
        filters.push(("to".into(), format!("to={}", at(50))));
        filters.push(("from and to, a week".into(), format!("from={}&to={}", at(60), at(59))));
        filters
    }

    /// A place anywhere in the list, also where no row is.
    fn place(&self, random: &mut fastrand::Rng) -> String {
        let key = self.seed.now_ms - random.i64(SPAN_MS / 4..SPAN_MS);
        Cursor { key, id: Uuid::from_u128(random.u128(..)) }.encode()
    }

    async fn read_all(&self) -> Outcome<Vec<Pages>> {
        let mut wire = Wire::connect(self.server.address()).await?;
        let mut random = fastrand::Rng::with_seed(11);
        let mut all = Vec::new();
        for (name, filter) in self.filters() {
            for deep in [false, true] {
                let pages = self.read(&mut wire, &filter, deep, &mut random).await?;
                let what = format!("{name}{}", if deep { ", deep" } else { "" });
                let figures = format!(
                    "p50 {:.1} · p99 {:.1} · slowest {:.1} ms · {} rows",
                    ms(pages.p50_us),
                    ms(pages.p99_us),
                    ms(pages.most_us),
                    pages.rows
                );
                let target = Some(("p99 < 20 ms", pages.p99_us < 20_000));
                say(&line(&format!("{what:<30}"), &format!("{figures:<54}"), target));
                all.push(Pages { filter: name.clone(), ..pages });
            }
        }
        Ok(all)
    }

    async fn read(
        &self,
        wire: &mut Wire,
        filter: &str,
        deep: bool,
        random: &mut fastrand::Rng,
    ) -> Outcome<Pages> {
        let mut waits = Vec::with_capacity(self.options.requests);
        let mut rows = 0;
        for _ in 0..self.options.requests {
            let cursor = if deep { format!("&cursor={}", self.place(random)) } else { String::new() };
            let request = format!(
                "GET /api/v1/calls?limit={}&{filter}{cursor} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
                self.options.limit,
                self.server.address(),
                self.key
            );
            let began = Instant::now();
            let answer = wire.ask(request.as_bytes()).await?;
            waits.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
            let body = String::from_utf8_lossy(&answer.body);
            if answer.status != 200 {
                return Err(format!("`{filter}` was answered {}: {body}", answer.status).into());
            }
            rows += body.matches("\"revision\":").count();
        }
        waits.sort_unstable();
        let at = |hundredth: usize| waits.get(waits.len() * hundredth / 100).copied().unwrap_or_default();
        Ok(Pages {
            database: self.database,
            filter: String::new(),
            deep,
            p50_us: at(50),
            p99_us: at(99),
            most_us: waits.last().copied().unwrap_or_default(),
            rows: rows / self.options.requests.max(1),
        })
    }
}
