//! Archives that owners ask for in their browser: made by a leased job, kept for a day in pieces in the database so that every
//! node gives them out, fetched once. They hold no credentials: whoever wants those has the command line.

use crate::archive::{ArchiveError, export};
use crate::{Error, House, Kind, Refusal, Result, audit};
use futures::future::BoxFuture;
use serde_json::json;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use uuid::Uuid;
use vestibule_access::{Mint, TenantScope};
use vestibule_model::{TenantId, UnixMs};
use vestibule_store::directory::tenants;
use vestibule_store::queue::{self, Gate, GroupKey, LeaseHandler, LeasedJob};
use vestibule_store::{Row, StoreError, TenantTx, tsql, vals};

/// The queue; its groups are tenants.
pub const QUEUE: &str = "export";
/// How long one may take.
pub const LEASE_MS: i64 = 2 * 3_600_000;
/// How long a file is kept.
const KEEP_MS: i64 = 24 * 3_600_000;
/// How long it can still be fetched after it was begun to be: a download may break off.
const GRACE_MS: i64 = 15 * 60_000;
/// How big a piece is.
const PIECE: usize = 1 << 20;
/// How many tries are lost to crashes before it is given up.
const MOST_LOST: i64 = 3;
/// How many are shown.
const SHOWN: i64 = 20;

/// How an archive stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is being made.
    Running,
    /// It can be fetched.
    Ready,
    /// It could not be made.
    Failed,
    /// Its file is gone.
    Expired,
}

impl State {
    /// The text in which it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "running" => Self::Running,
            "ready" => Self::Ready,
            "expired" => Self::Expired,
            _ => Self::Failed,
        }
    }
}

/// An archive that somebody asked for.
#[derive(Debug, Clone)]
pub struct Export {
    /// Its id.
    pub id: Uuid,
    /// How it stands.
    pub state: State,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: UnixMs,
    /// When it was made.
    pub finished_at: Option<UnixMs>,
    /// When it was first fetched.
    pub fetched_at: Option<UnixMs>,
    /// Until when it can be fetched.
    pub expires_at: Option<UnixMs>,
    /// How many rows are in it.
    pub rows: i64,
    /// How big it is.
    pub size_bytes: i64,
    /// The digest of its rows.
    pub digest: Option<String>,
}

fn read(row: &Row, now: UnixMs) -> Result<Export> {
    let mut state = State::parse(&row.text("state")?);
    let expires_at = row.opt_at("expires_at")?;
    if state == State::Ready && expires_at.is_some_and(|at| at <= now) {
        state = State::Expired;
    }
    Ok(Export {
        id: row.uuid("id")?,
        state,
        asked_by: row.text("asked_by")?,
        asked_at: row.at("asked_at")?,
        finished_at: row.opt_at("finished_at")?,
        fetched_at: row.opt_at("fetched_at")?,
        expires_at,
        rows: row.int("rows_count")?,
        size_bytes: row.int("size_bytes")?,
        digest: row.opt_text("digest")?,
    })
}

/// Asks for an archive of everything the tenant has. Idempotent while one is being made: that one is the answer.
///
/// # Errors
/// [`Error`] as the database says.
pub async fn ask(house: &House, scope: &TenantScope) -> Result<Export> {
    let now = house.world.now();
    let mut tx = house.db.write_in(scope).await?;
    let mut tenant = tx.tenant(scope).await?;
    if let Some(running) = newest(&mut tenant, now).await?.into_iter().find(|e| e.state == State::Running) {
        return Ok(running);
    }
    let id: Uuid = house.world.new_id();
    let sql = tsql!(
        "INSERT INTO exports (tenant_id, id, state, asked_by, asked_at, rows_count, size_bytes)
         VALUES ($1, $2, 'running', $3, $4, 0, 0)"
    );
    tenant.exec(sql, vals![id, scope.actor().to_string(), now]).await?;
    queue::owe(&mut tenant, QUEUE, scope.tenant().0, id, now, now).await?;
    audit::note(&mut tenant, &house.world, "data.export_asked", "export", &id.to_string(), json!({})).await?;
    let asked = find(&mut tenant, id, now).await?;
    tenant.changed("exports", Some(id));
    tx.commit().await?;
    asked.ok_or_else(|| Error::fault("the export was not kept"))
}

/// The newest archives that were asked for.
///
/// # Errors
/// [`Error`] as the database says.
pub async fn list(house: &House, scope: &TenantScope) -> Result<Vec<Export>> {
    let mut tx = house.db.read_in(scope).await?;
    newest(&mut tx.tenant(scope).await?, house.world.now()).await
}

async fn newest(tx: &mut TenantTx<'_>, now: UnixMs) -> Result<Vec<Export>> {
    let sql = tsql!(
        "SELECT id, state, asked_by, asked_at, finished_at, fetched_at, expires_at, rows_count, size_bytes, digest
         FROM exports WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2"
    );
    tx.rows(sql, vals![SHOWN]).await?.iter().map(|row| read(row, now)).collect()
}

async fn find(tx: &mut TenantTx<'_>, id: Uuid, now: UnixMs) -> Result<Option<Export>> {
    let sql = tsql!(
        "SELECT id, state, asked_by, asked_at, finished_at, fetched_at, expires_at, rows_count, size_bytes, digest
         FROM exports WHERE tenant_id = $1 AND id = $2"
    );
    tx.row(sql, vals![id]).await?.map(|row| read(&row, now)).transpose()
}

/// Begins to fetch an archive: whoever may still take the data out, once, and for a quarter of an hour after they began.
/// Written into the audit log. Not idempotent: it ends the time in which it can be fetched.
///
/// # Errors
/// `not_found`, `export_not_ready`, `export_over`, or the database's.
pub async fn begin_fetch(house: &House, scope: &TenantScope, id: Uuid) -> Result<Export> {
    let now = house.world.now();
    let mut tx = house.db.write_in(scope).await?;
    let mut tenant = tx.tenant(scope).await?;
    let found = find(&mut tenant, id, now).await?.ok_or_else(Refusal::not_found)?;
    match found.state {
        State::Ready => {}
        State::Running => {
            return Err(Refusal::new(
                Kind::Conflict,
                "export_not_ready",
                "This archive is still being made.",
                "Cette archive est en préparation.",
            )
            .after(5)
            .into());
        }
        State::Failed | State::Expired => {
            return Err(Refusal::new(
                Kind::Conflict,
                "export_over",
                "This archive’s file is gone: ask for a new one.",
                "Le fichier de cette archive n’existe plus : demandez-en une nouvelle.",
            )
            .into());
        }
    }
    if found.fetched_at.is_none() {
        let sql = tsql!(
            "UPDATE exports SET fetched_at = $3, expires_at = $4 WHERE tenant_id = $1 AND id = $2 AND fetched_at IS NULL"
        );
        tenant.exec(sql, vals![id, now, now.plus_ms(GRACE_MS)]).await?;
    }
    let doc = json!({ "rows": found.rows, "digest": found.digest });
    audit::note(&mut tenant, &house.world, "data.exported", "export", &id.to_string(), doc).await?;
    tenant.changed("exports", Some(id));
    tx.commit().await?;
    Ok(found)
}

/// A piece of an archive's file; `None` after the last.
///
/// # Errors
/// [`Error`] as the database says.
pub async fn piece(house: &House, scope: &TenantScope, id: Uuid, number: i64) -> Result<Option<Vec<u8>>> {
    let mut tx = house.db.read_in(scope).await?;
    let sql = tsql!("SELECT bytes FROM export_parts WHERE tenant_id = $1 AND export_id = $2 AND number = $3");
    let row = tx.tenant(scope).await?.row(sql, vals![id, number]).await?;
    Ok(row.map(|row| row.bytes("bytes")).transpose()?)
}

/// The worker that makes archives.
pub struct Exporter(pub Arc<House>);

impl LeaseHandler for Exporter {
    type Load = ();

    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn gate<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        _group: &'a GroupKey,
        _now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Gate, StoreError>> {
        Box::pin(async { Ok(Gate::Open) })
    }

    fn load<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        _job: &'a LeasedJob,
    ) -> BoxFuture<'a, std::result::Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn work(&self, job: LeasedJob, (): ()) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let id = job.key.id;
            if let Err(error) = self.make(job).await {
                tracing::error!(error = %error, export.id = %id, "an archive could not be made");
            }
        })
    }
}

impl Exporter {
    async fn make(&self, job: LeasedJob) -> Result<()> {
        let (house, scope, id) = (&self.0, job.scope, job.key.id);
        let made = if job.lost >= MOST_LOST {
            Err(ArchiveError::House(Error::fault("lost too often")))
        } else {
            self.write(&job).await
        };
        let now = house.world.now();
        let mut tx = house.db.write_in(&scope).await?;
        let mut tenant = tx.tenant(&scope).await?;
        if !job.finish(&mut tenant).await? {
            return Ok(());
        }
        match &made {
            Ok((rows, size, digest)) => {
                let sql = tsql!(
                    "UPDATE exports SET state = 'ready', finished_at = $3, expires_at = $4, rows_count = $5, size_bytes = $6,
                     digest = $7 WHERE tenant_id = $1 AND id = $2 AND state = 'running'"
                );
                let values = vals![id, now, now.plus_ms(KEEP_MS), *rows, *size, digest.as_str()];
                if tenant.exec(sql, values).await? == 0 {
                    // Meanwhile somebody who is in it was erased.
                    drop_parts(&mut tenant, id).await?;
                }
            }
            Err(_) => {
                let sql = tsql!(
                    "UPDATE exports SET state = 'failed', finished_at = $3 WHERE tenant_id = $1 AND id = $2"
                );
                tenant.exec(sql, vals![id, now]).await?;
            }
        }
        tenant.changed("exports", Some(id));
        tx.commit().await?;
        made.map(drop).map_err(Error::from)
    }

    /// Makes the file, in a place that has no name and goes with us, and puts it into the database piece by piece.
    async fn write(&self, job: &LeasedJob) -> std::result::Result<(i64, i64, String), ArchiveError> {
        let (house, scope, id) = (&self.0, job.scope, job.key.id);
        let file = tempfile::tempfile().map_err(Error::fault)?;
        let mut kept = file.try_clone().map_err(Error::fault)?;
        let manifest = export(house, &scope, file, None, &|_, _| {}).await?;
        // What a try that was lost has left.
        forget_parts(house, &scope, id).await?;
        kept.seek(SeekFrom::Start(0)).map_err(Error::fault)?;
        let (mut number, mut size) = (0_i64, 0_i64);
        loop {
            let mut bytes = vec![0; PIECE];
            let count = fill(&mut kept, &mut bytes).map_err(Error::fault)?;
            if count == 0 {
                break;
            }
            bytes.truncate(count);
            let mut tx = house.db.write_in(&scope).await?;
            let sql = tsql!(
                "INSERT INTO export_parts (tenant_id, export_id, number, bytes) VALUES ($1, $2, $3, $4)"
            );
            tx.tenant(&scope).await?.exec(sql, vals![id, number, bytes]).await?;
            tx.commit().await?;
            number += 1;
            size += i64::try_from(count).unwrap_or(0);
        }
        Ok((i64::try_from(manifest.rows()).unwrap_or(i64::MAX), size, manifest.digest))
    }
}

/// Fills a buffer as far as the file reaches.
fn fill(file: &mut std::fs::File, bytes: &mut [u8]) -> std::io::Result<usize> {
    let mut count = 0;
    while count < bytes.len() {
        match file.read(&mut bytes[count..])? {
            0 => break,
            more => count += more,
        }
    }
    Ok(count)
}

async fn forget_parts(house: &House, scope: &TenantScope, id: Uuid) -> Result<()> {
    let mut tx = house.db.write_in(scope).await?;
    drop_parts(&mut tx.tenant(scope).await?, id).await?;
    Ok(tx.commit().await?)
}

async fn drop_parts(tx: &mut TenantTx<'_>, id: Uuid) -> Result<()> {
    let sql = tsql!("DELETE FROM export_parts WHERE tenant_id = $1 AND export_id = $2");
    Ok(tx.exec(sql, vals![id]).await.map(drop)?)
}

/// Lets go of files whose time is over, of all tenants; how many archives that were. Idempotent.
///
/// # Errors
/// The database's; what was not reached goes the next time.
pub async fn let_go_of_old(house: &House, mint: &Mint) -> Result<u64> {
    let (mut after, mut gone, now) = (TenantId::PLATFORM, 0, house.world.now());
    loop {
        let mut tx = house.db.read().await?;
        let page = tenants::settings_after(&mut tx, after, 200).await?;
        drop(tx);
        let Some((last, _)) = page.last() else { return Ok(gone) };
        after = *last;
        for (tenant, _) in page {
            let scope = mint.tenant(tenant, vestibule_access::Actor::System("exports"));
            let mut tx = house.db.read_in(&scope).await?;
            let sql = tsql!(
                "SELECT id FROM exports WHERE tenant_id = $1 AND state = 'ready' AND expires_at <= $2 LIMIT 1"
            );
            if tx.tenant(&scope).await?.row(sql, vals![now]).await?.is_none() {
                continue;
            }
            drop(tx);
            let mut tx = house.db.write_in(&scope).await?;
            let mut inside = tx.tenant(&scope).await?;
            let sql = tsql!(
                "DELETE FROM export_parts WHERE tenant_id = $1 AND export_id IN (
                   SELECT e.id FROM exports e WHERE e.tenant_id = $1 AND e.state = 'ready' AND e.expires_at <= $2)"
            );
            inside.exec(sql, vals![now]).await?;
            let sql = tsql!(
                "UPDATE exports SET state = 'expired' WHERE tenant_id = $1 AND state = 'ready' AND expires_at <= $2"
            );
            gone += inside.exec(sql, vals![now]).await?;
            tx.commit().await?;
        }
    }
}

/// Lets go of every file that was asked for before an instant, also of one that is being made: somebody who is in it was
/// erased. Idempotent.
///
/// # Errors
/// [`Error`] as the database says.
pub async fn drop_before(tx: &mut TenantTx<'_>, before: UnixMs) -> Result<u64> {
    let sql = tsql!(
        "DELETE FROM export_parts WHERE tenant_id = $1 AND export_id IN (
           SELECT e.id FROM exports e WHERE e.tenant_id = $1 AND e.state = 'ready' AND e.asked_at < $2)"
    );
    tx.exec(sql, vals![before]).await?;
    let sql = tsql!(
        "UPDATE exports SET state = 'failed' WHERE tenant_id = $1 AND state = 'running' AND asked_at < $2"
    );
    tx.exec(sql, vals![before]).await?;
    let sql = tsql!(
        "UPDATE exports SET state = 'expired' WHERE tenant_id = $1 AND state = 'ready' AND asked_at < $2"
    );
    Ok(tx.exec(sql, vals![before]).await?)
}
