//! Processing: opens the raw body, translates it and gives its facts to the calls. Idempotent by the facts'
//! keys: an event that is processed twice changes nothing.

use crate::inbox::pack;
use crate::{Error, House, Result, calls};
use futures::future::BoxFuture;
use std::sync::Arc;
use vestibule_model::{InboxId, UnixMs};
use vestibule_store::queue::{FoldHandler, Job, Verdict};
use vestibule_store::{StoreError, TenantTx, tsql, vals};
use vestibule_vault::Place;

/// The queue of events that are to be processed.
pub const QUEUE: &str = "inbox";

/// How long a failing event waits, in milliseconds, by the number of tries; the last one repeats.
const WAITS_MS: [i64; 6] = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000];

/// The worker of the inbox.
pub struct InboxFolder(pub Arc<House>);

impl FoldHandler for InboxFolder {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn work<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [Job],
        now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Vec<Verdict>, StoreError>> {
        Box::pin(async move {
            for job in jobs {
                process(&self.0, tx, InboxId(job.key.id), now).await.map_err(Error::into_store)?;
            }
            Ok(vec![Verdict::Done; jobs.len()])
        })
    }

    fn failed<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        job: &'a Job,
        _error: &'a StoreError,
        now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Option<UnixMs>, StoreError>> {
        Box::pin(async move {
            // Kept and shown, and tried again for as long as it takes: an event is never given up.
            let sql = tsql!(
                "UPDATE inbox SET state = 'failed', reason = 'processing_failed', attempts = attempts + 1
                 WHERE tenant_id = $1 AND id = $2"
            );
            tx.exec(sql, vals![job.key.id]).await?;
            tx.changed("inbox", Some(job.key.id));
            let step = usize::try_from(job.attempts).unwrap_or(0).min(WAITS_MS.len() - 1);
            Ok(Some(now.plus_ms(WAITS_MS[step])))
        })
    }
}

async fn process(house: &House, tx: &mut TenantTx<'_>, id: InboxId, now: UnixMs) -> Result<()> {
    let sql = tsql!(
        "SELECT i.provider, i.event_key, i.received_at, b.sealed
         FROM inbox i JOIN inbox_bodies b ON b.tenant_id = i.tenant_id AND b.id = i.id
         WHERE i.tenant_id = $1 AND i.id = $2"
    );
    let Some(row) = tx.row(sql, vals![id]).await? else {
        // Erased meanwhile: nothing is owed any more.
        return Ok(());
    };
    let provider = row.text("provider")?;
    let provider =
        house.provider(&provider).ok_or_else(|| Error::fault("an event of an unknown provider"))?;
    let body = open(house, tx, id, &row.bytes("sealed")?).await?;
    match provider.normalize(&body) {
        Ok(events) => {
            let received_at = row.at("received_at")?;
            let key = row.text("event_key")?;
            if events.is_empty() {
                return settle(tx, id, "folded", None, now).await;
            }
            for (index, event) in events.into_iter().enumerate() {
                let fact_key = if index == 0 { key.clone() } else { format!("{key}.{index}") };
                let fact =
                    calls::NewFact { fact_key, source: "webhook", inbox: Some(id), received_at, event };
                calls::ingest(house, tx, fact, now).await?;
            }
            Ok(())
        }
        Err(fault) => {
            tracing::warn!(inbox.id = %id, reason = fault.code, field = %fault.detail, "an event could not be read");
            settle(tx, id, "unprocessable", Some(fault.code), now).await
        }
    }
}

async fn open(house: &House, tx: &mut TenantTx<'_>, id: InboxId, sealed: &[u8]) -> Result<Vec<u8>> {
    let key = match house.seals.at_hand(tx.tenant()) {
        Some(key) => key,
        None => {
            let tenant = tx.tenant();
            house.seals.key(tx.outer(), tenant).await?
        }
    };
    let place = Place { table: "inbox_bodies", row: id.0, column: "sealed" };
    let packed = key.open(place, sealed).map_err(|_| Error::fault("a stored event does not open"))?;
    pack::unpack(&packed)
}

async fn settle(
    tx: &mut TenantTx<'_>,
    id: InboxId,
    state: &str,
    reason: Option<&str>,
    now: UnixMs,
) -> Result<()> {
    let sql =
        tsql!("UPDATE inbox SET state = $3, reason = $4, folded_at = $5 WHERE tenant_id = $1 AND id = $2");
    tx.exec(sql, vals![id, state, reason, now]).await?;
    if state != "folded" {
        tx.changed("inbox", Some(id.0));
    }
    Ok(())
}
