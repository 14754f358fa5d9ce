//! The ceiling: the rows that accepting an event writes, in bulk, by one process without HTTP, signatures,
//! compression or sealing, as durable as the program writes them and on the same disk. Nothing that keeps
//! events in these tables can be faster.

use crate::postgres::runtime;
use crate::prepare::Target;
use crate::samples::{self, Run, Samples};
use crate::say::Outcome;
use crate::world;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;
use uuid::Uuid;
use vestibule_store::MIGRATIONS;

/// The events of one commit.
const BATCH: usize = 256;
/// The connections that write to PostgreSQL side by side.
const WRITERS: usize = 8;
/// What sealing adds to a compressed body: version, key id, nonce and tag.
const SEAL_BYTES: usize = 1 + 4 + 12 + 16;

/// What is written.
pub struct Ceiling<'a> {
    /// The tenants, which take turns.
    pub targets: &'a [Target],
    /// How many calls; each has three events.
    pub calls: usize,
    /// Which events.
    pub run: Run,
}

/// The columns of a batch.
#[derive(Default)]
struct Columns {
    tenant: Vec<Uuid>,
    id: Vec<Uuid>,
    connection: Vec<Uuid>,
    key_hash: Vec<Vec<u8>>,
    body_hash: Vec<Vec<u8>>,
    event_name: Vec<String>,
    event_key: Vec<String>,
    call: Vec<String>,
    size: Vec<i64>,
    at: Vec<i64>,
    sealed: Vec<Vec<u8>>,
}

/// Makes batches: random bytes of the sizes that the program stores.
struct Maker<'a> {
    ceiling: &'a Ceiling<'a>,
    samples: Samples,
    sealed_sizes: [usize; samples::EVENTS],
    random: fastrand::Rng,
}

impl<'a> Maker<'a> {
    fn new(ceiling: &'a Ceiling<'a>, seed: u64) -> Outcome<Self> {
        let samples = Samples::new(ceiling.run);
        let mut sealed_sizes = [0; samples::EVENTS];
        for (kind, size) in sealed_sizes.iter_mut().enumerate() {
            *size = zstd::bulk::compress(samples.text(kind), 1)?.len() + SEAL_BYTES;
        }
        Ok(Self { ceiling, samples, sealed_sizes, random: fastrand::Rng::with_seed(seed) })
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.random.fill(&mut bytes);
        bytes
    }

    fn batch(&mut self, range: Range<usize>) -> Columns {
        let world = world::real();
        let mut columns = Columns::default();
        for index in range {
            let event = samples::event(index, self.ceiling.calls);
            let target = &self.ceiling.targets[event.call % self.ceiling.targets.len()];
            let (call, name) = (self.samples.call_id(event.call), samples::NAMES[event.kind]);
            columns.tenant.push(target.tenant);
            columns.id.push(world.new_id());
            columns.connection.push(target.connection);
            columns.key_hash.push(self.bytes(32));
            let body_hash = self.bytes(32);
            columns.event_name.push(name.to_owned());
            columns.event_key.push(format!("retell:{name}:{call}#{}", hex::encode(&body_hash[..6])));
            columns.body_hash.push(body_hash);
            columns.call.push(call);
            columns.size.push(i64::try_from(self.samples.size(event.kind)).unwrap_or_default());
            columns.at.push(world.now().0);
            columns.sealed.push(self.bytes(self.sealed_sizes[event.kind]));
        }
        columns
    }
}

impl Ceiling<'_> {
    fn events(&self) -> usize {
        self.calls * samples::EVENTS
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    fn per_second(&self, seconds: f64) -> f64 {
        self.events() as f64 / seconds.max(0.001)
    }

    /// Events a second into a new SQLite file, set up as the program sets it up.
    pub fn sqlite(&self, path: &Path) -> Outcome<f64> {
        let conn = rusqlite::Connection::open(path)?;
        conn.execute_batch(
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384; PRAGMA secure_delete = ON;
             PRAGMA wal_autocheckpoint = 2000; PRAGMA temp_store = MEMORY;",
        )?;
        conn.set_prepared_statement_cache_capacity(64);
        for step in MIGRATIONS {
            conn.execute_batch(step.sqlite)?;
        }
        let mut maker = Maker::new(self, 0)?;
        let mut seconds = 0.0;
        for first in (0..self.events()).step_by(BATCH) {
            let columns = maker.batch(first..self.events().min(first + BATCH));
            let began = Instant::now();
            conn.execute_batch("BEGIN IMMEDIATE")?;
            sqlite_batch(&conn, &columns)?;
            conn.execute_batch("COMMIT")?;
            seconds += began.elapsed().as_secs_f64();
        }
        Ok(self.per_second(seconds))
    }

    /// Events a second into an empty PostgreSQL database with the program's schema, as its owner.
    pub fn postgres(&self, url: &str) -> Outcome<f64> {
        runtime()?.block_on(async {
            let mut all = Vec::with_capacity(WRITERS);
            let ranges: Vec<_> = (0..self.events())
                .step_by(BATCH)
                .map(|first| first..self.events().min(first + BATCH))
                .collect();
            for writer in 0..WRITERS {
                let mine = ranges.iter().skip(writer).step_by(WRITERS).cloned().collect::<Vec<_>>();
                let conn = <sqlx::PgConnection as sqlx::Connection>::connect(url).await?;
                all.push((conn, Maker::new(self, writer as u64)?, mine));
            }
            // Making the random rows is a small part of this: they are not made beforehand, for their size.
            let began = Instant::now();
            let writers = all.into_iter().map(|(conn, maker, ranges)| write(conn, maker, ranges));
            futures::future::try_join_all(writers).await?;
            Ok(self.per_second(began.elapsed().as_secs_f64()))
        })
    }
}

fn sqlite_batch(conn: &rusqlite::Connection, c: &Columns) -> rusqlite::Result<()> {
    let mut keys = conn.prepare_cached(
        "INSERT INTO inbox_keys (tenant_id, key_hash, body_hash, inbox_id) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut inbox = conn.prepare_cached(
        "INSERT INTO inbox (tenant_id, id, connection_id, provider, event_name, event_key, version, revision,
           external_call_id, state, attempts, size_bytes, received_at)
         VALUES (?1, ?2, ?3, 'retell', ?4, ?5, 0, 0, ?6, 'pending', 0, ?7, ?8)",
    )?;
    let mut bodies =
        conn.prepare_cached("INSERT INTO inbox_bodies (tenant_id, id, sealed) VALUES (?1, ?2, ?3)")?;
    let mut jobs = conn.prepare_cached(
        "INSERT INTO jobs (tenant_id, queue, id, group_id, next_at, lease_no, attempts, lost, leased, created_at)
         VALUES (?1, 'inbox', ?2, ?3, ?4, 0, 0, 0, 0, ?4)",
    )?;
    let none = Uuid::nil();
    for i in 0..c.id.len() {
        let (tenant, id) = (c.tenant[i].as_bytes(), c.id[i].as_bytes());
        keys.execute((tenant, &c.key_hash[i], &c.body_hash[i], id))?;
        let connection = c.connection[i].as_bytes();
        inbox.execute((
            tenant,
            id,
            connection,
            &c.event_name[i],
            &c.event_key[i],
            &c.call[i],
            c.size[i],
            c.at[i],
        ))?;
        bodies.execute((tenant, id, &c.sealed[i]))?;
        jobs.execute((tenant, id, none.as_bytes(), c.at[i]))?;
    }
    Ok(())
}

async fn write(mut conn: sqlx::PgConnection, mut maker: Maker<'_>, ranges: Vec<Range<usize>>) -> Outcome {
    for range in ranges {
        let c = maker.batch(range);
        let mut tx = sqlx::Connection::begin(&mut conn).await?;
        sqlx::query(
            "INSERT INTO inbox_keys (tenant_id, key_hash, body_hash, inbox_id)
             SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::uuid[])",
        )
        .bind(&c.tenant)
        .bind(&c.key_hash)
        .bind(&c.body_hash)
        .bind(&c.id)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO inbox (tenant_id, id, connection_id, event_name, event_key, external_call_id, size_bytes,
               received_at, provider, version, revision, state, attempts)
             SELECT r.*, 'retell', 0, 0, 'pending', 0
             FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[],
               $8::bigint[]) r",
        )
        .bind(&c.tenant)
        .bind(&c.id)
        .bind(&c.connection)
        .bind(&c.event_name)
        .bind(&c.event_key)
        .bind(&c.call)
        .bind(&c.size)
        .bind(&c.at)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO inbox_bodies (tenant_id, id, sealed)
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[])",
        )
        .bind(&c.tenant)
        .bind(&c.id)
        .bind(&c.sealed)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO jobs (tenant_id, id, next_at, created_at, queue, group_id, lease_no, attempts, lost, leased)
             SELECT r.*, 'inbox', $4::uuid, 0, 0, 0, FALSE
             FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $3::bigint[]) r",
        )
        .bind(&c.tenant)
        .bind(&c.id)
        .bind(&c.at)
        .bind(Uuid::nil())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
    }
    Ok(())
}
