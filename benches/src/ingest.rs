//! `ingest`: how many signed events a second the server acknowledges, and how long it takes until they are
//! folded and their deliveries owed.

use crate::ceiling::Ceiling;
use crate::check::{WAITING, check};
use crate::interrupt;
use crate::load::{self, Load, Plan};
use crate::machine::Machine;
use crate::owner::Owner;
use crate::place::Place;
use crate::postgres::Postgres;
use crate::prepare::{self, Target, Wanted};
use crate::process::{self, Watch};
use crate::receiver::Receiver;
use crate::report::{self, Figures};
use crate::samples::{self, Run};
use crate::say::{Fault, Outcome, aside, say};
use crate::sender::Sender;
use crate::server::{Data, Server};
use crate::world;
use clap::ValueEnum;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use vestibule_store::DbConfig;
use vestibule_vault::Kek;

/// On which database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, serde::Serialize)]
pub enum Database {
    /// A file in the data directory.
    #[default]
    Sqlite,
    /// A server of this measurement's own.
    Postgres,
}

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many events; rounded up to whole calls of three.
    #[arg(long, default_value_t = 60_000)]
    events: usize,
    /// How many tenants; one measurement each.
    #[arg(long, value_delimiter = ',', default_value = "1,200,10000")]
    tenants: Vec<usize>,
    /// On which databases.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    database: Vec<Database>,
    /// How many connections send at once.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Keep deliveries parked (every endpoint's circuit is open) instead of delivering them while events arrive.
    #[arg(long)]
    no_receiver: bool,
    /// Write the figures to a file as well, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The folder whose disk is measured; `target/bench-data` without it.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// How long after the last acknowledgement everything must be folded before we give up.
const MOST_WAIT: Duration = Duration::from_secs(600);

struct Bench<'a> {
    options: &'a Options,
    place: Place,
    postgres: Option<Postgres>,
    receiver: Receiver,
    encryption_key: String,
}

/// Measures.
pub fn ingest(options: &Options) -> Outcome {
    let place = Place::make(options.dir.as_deref())?;
    interrupt::clean_up(place.path())?;
    let machine = Machine::look(place.path())?;
    say(&machine.line());
    let wants_postgres = options.database.contains(&Database::Postgres);
    let bench = Bench {
        postgres: if wants_postgres { Some(Postgres::start(&place)?) } else { None },
        receiver: Receiver::start()?,
        encryption_key: Kek::generate(&*world::real().entropy).to_base64().to_string(),
        options,
        place,
    };
    let mut all = Vec::new();
    for database in &options.database {
        for tenants in &options.tenants {
            let figures = bench.measure(*database, *tenants)?;
            figures.lines().iter().for_each(|line| say(line));
            all.push(figures);
        }
    }
    report::table(&all).iter().for_each(|line| say(line));
    if let Some(file) = &options.json {
        let document = serde_json::json!({ "machine": machine, "runs": all });
        std::fs::write(file, serde_json::to_string_pretty(&document)?)?;
    }
    match all.iter().find_map(|figures| figures.fault.clone()) {
        Some(fault) => Err(fault.into()),
        None => Ok(()),
    }
}

/// The data of one measurement.
struct Store {
    name: String,
    dir: PathBuf,
    config: DbConfig,
    url: Option<String>,
}

impl Bench<'_> {
    fn postgres(&self) -> Outcome<&Postgres> {
        self.postgres.as_ref().ok_or_else(|| Fault::from("PostgreSQL does not run"))
    }

    fn store(&self, database: Database, tenants: usize) -> Outcome<Store> {
        let name = format!("{}_{tenants}", if database == Database::Sqlite { "sqlite" } else { "postgres" });
        let dir = self.place.folder(&name)?;
        let (config, url) = match database {
            Database::Sqlite => (DbConfig::Sqlite { path: dir.join("vestibule.db") }, None),
            Database::Postgres => {
                self.postgres()?.create(&name)?;
                let url = self.postgres()?.app_url(&name);
                (DbConfig::Postgres { url: url.clone(), connections: 4 }, Some(url))
            }
        };
        Ok(Store { name, dir, config, url })
    }

    fn owner(&self, store: &Store) -> Outcome<Owner> {
        match &store.config {
            DbConfig::Sqlite { path } => Owner::sqlite(path),
            DbConfig::Postgres { .. } => Owner::postgres(&self.postgres()?.owner_url(&store.name)),
        }
    }

    fn measure(&self, database: Database, tenants: usize) -> Outcome<Figures> {
        let calls = self.options.events.div_ceil(samples::EVENTS);
        let store = self.store(database, tenants)?;
        let began = Instant::now();
        let targets = prepare::prepare(&Wanted {
            data: store.config.clone(),
            encryption_key: &self.encryption_key,
            tenants,
            endpoint: Some(self.receiver.url()),
        })?;
        let prepared_ms = millis(began.elapsed());
        aside(&format!("{}: prepared {tenants} tenants in {prepared_ms} ms", store.name));
        let mut owner = self.owner(&store)?;
        if self.options.no_receiver {
            // Five failures, and the next probe in a year.
            let now = world::real().now().0;
            owner.batch(&format!(
                "UPDATE endpoints SET failures_in_row = 5, circuit_open_since = {now}, probe_at = {}",
                now + 31_536_000_000
            ))?;
        }
        if owner.is_postgres() {
            // As autovacuum would have, long before. Not the tables that are still empty: PostgreSQL plans for
            // some pages of a table that it never looked at, but for none of one that it found empty.
            owner.batch("ANALYZE tenants, data_keys, connections, bindings, endpoints")?;
        }
        let run = Run {
            seed: u32::from_be_bytes(world::real().random::<4>()),
            began_ms: world::real().now().0 - 60_000,
        };
        let mut figures = Figures {
            database,
            tenants,
            events: calls * samples::EVENTS,
            connections: self.options.connections,
            delivers: !self.options.no_receiver,
            prepared_ms,
            ..Figures::default()
        };
        self.under_load(&store, &mut owner, &targets, run, calls, &mut figures)?;
        figures.fault = check(&mut owner, calls, &store.name)?;
        drop(owner);
        aside(&format!("{}: measuring the ceiling", store.name));
        figures.raw_per_s = self.ceiling(&store, &Ceiling { targets: &targets, calls, run })?;
        std::fs::remove_dir_all(&store.dir)?;
        Ok(figures)
    }

    fn under_load(
        &self,
        store: &Store,
        owner: &mut Owner,
        targets: &[Target],
        run: Run,
        calls: usize,
        figures: &mut Figures,
    ) -> Outcome {
        let server = Server::start(&Data {
            dir: &store.dir,
            url: store.url.clone(),
            encryption_key: &self.encryption_key,
        })?;
        std::thread::sleep(Duration::from_secs(2));
        figures.idle_kb = process::resident_kb(server.pid()).unwrap_or_default();
        let plan = Plan {
            address: server.address(),
            targets: targets.to_vec(),
            calls,
            connections: self.options.connections,
            run,
        };
        let file = store.dir.join("plan.json");
        std::fs::write(&file, serde_json::to_vec(&plan)?)?;
        let received_before = self.receiver.received();
        let mut sender = Sender::start(&file)?;
        sender.line(load::BEGIN)?;
        let began = Instant::now();
        let watch = Watch::start(server.pid());
        let (server_cpu, database_cpu) = (process::cpu_ms(server.pid()), self.database_cpu(store));
        let load: Load = serde_json::from_str(&sender.last_line()?)?;
        let sent = Instant::now();
        aside(&format!("{}: sent in {} ms; waiting until all is folded", store.name, load.elapsed_ms));
        figures.waiting_at_the_end = owner.number(WAITING)?;
        while owner.number(WAITING)? > 0 {
            if sent.elapsed() > MOST_WAIT {
                return Err(format!("{}: not folded after {MOST_WAIT:?}", store.name).into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        figures.caught_up_ms = millis(sent.elapsed());
        figures.folded_ms = millis(began.elapsed());
        figures.most_kb = watch.most_kb();
        figures.server_cpu_ms = process::cpu_ms(server.pid()) - server_cpu;
        figures.database_cpu_ms = self.database_cpu(store).saturating_sub(database_cpu);
        figures.delivered = self.receiver.received() - received_before;
        figures.load = Some(load);
        Ok(())
    }

    fn database_cpu(&self, store: &Store) -> u64 {
        let pid = self.postgres.as_ref().filter(|_| store.url.is_some()).and_then(Postgres::pid);
        pid.map_or(0, process::family_cpu_ms)
    }

    fn ceiling(&self, store: &Store, ceiling: &Ceiling<'_>) -> Outcome<f64> {
        if store.url.is_none() {
            return ceiling.sqlite(&store.dir.join("ceiling.db"));
        }
        let postgres = self.postgres()?;
        postgres.discard(&store.name)?;
        let name = format!("{}_ceiling", store.name);
        postgres.create(&name)?;
        let raw = ceiling.postgres(&postgres.owner_url(&name))?;
        postgres.discard(&name)?;
        Ok(raw)
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
