//! Processing: opens the raw body, translates it and gives what it tells to the calls and the texts. Idempotent by the
//! facts' keys and the texts' names: an event that is processed twice changes nothing.

use crate::inbox::again;
use crate::{Error, House, Result, calls, privacy, texts};
use futures::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vestibule_model::{CallEvent, InboxId, TextEvent, UnixMs};
use vestibule_ports::NormalizeFault;
use vestibule_store::queue::{FoldHandler, GroupKey, Job, Verdict};
use vestibule_store::{Row, StoreError, TenantTx, tsql, vals};

/// The queue of events that are to be processed.
pub const QUEUE: &str = "inbox";

/// How long a failing event waits, in milliseconds, by the number of tries; the last one repeats.
const WAITS_MS: [i64; 6] = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000];

/// The worker of the inbox.
pub struct InboxFolder {
    house: Arc<House>,
    /// What was read ahead.
    ahead: Mutex<HashMap<InboxId, Opened>>,
}

/// The most events that are read ahead and not taken; what a batch had no time for is read again.
const MOST_AHEAD: usize = 2_048;

/// A received event, opened and translated.
struct Opened {
    key: String,
    /// Above nought where of several events of one key the latest counts.
    version: i64,
    via: Option<&'static str>,
    received_at: UnixMs,
    events: std::result::Result<(Vec<CallEvent>, Vec<TextEvent>), NormalizeFault>,
}

impl InboxFolder {
    /// A worker of this house.
    #[must_use]
    pub fn new(house: Arc<House>) -> Self {
        Self { house, ahead: Mutex::default() }
    }

    fn ahead(&self) -> MutexGuard<'_, HashMap<InboxId, Opened>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FoldHandler for InboxFolder {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn looks_ahead(&self) -> bool {
        true
    }

    fn ahead<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        group: &'a GroupKey,
        now: UnixMs,
        most: usize,
    ) -> BoxFuture<'a, std::result::Result<(), StoreError>> {
        Box::pin(async move {
            let sql = tsql!(
                "SELECT i.id, i.provider, i.event_key, i.version, i.received_at, b.sealed
                 FROM jobs j JOIN inbox i ON i.tenant_id = j.tenant_id AND i.id = j.id
                 JOIN inbox_bodies b ON b.tenant_id = j.tenant_id AND b.id = j.id
                 WHERE j.tenant_id = $1 AND j.queue = $2 AND j.group_id = $3 AND j.next_at <= $4
                 ORDER BY j.next_at, j.id LIMIT $5"
            );
            let most = i64::try_from(most).unwrap_or(1);
            for row in tx.rows(sql, vals![QUEUE, group.group, now, most]).await? {
                let id: InboxId = row.id("id")?;
                // What cannot be opened says so when it is worked at.
                if let Ok(opened) = open(&self.house, tx, id, &row).await {
                    let mut ahead = self.ahead();
                    if ahead.len() >= MOST_AHEAD {
                        ahead.clear();
                    }
                    ahead.insert(id, opened);
                }
            }
            Ok(())
        })
    }

    fn work<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [Job],
        now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Vec<Verdict>, StoreError>> {
        Box::pin(async move {
            for job in jobs {
                let id = InboxId(job.key.id);
                let ahead = self.ahead().remove(&id);
                process(&self.house, tx, id, ahead, now).await.map_err(Error::into_store)?;
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

async fn process(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: InboxId,
    ahead: Option<Opened>,
    now: UnixMs,
) -> Result<()> {
    let opened = match ahead {
        Some(opened) => opened,
        None => {
            let sql = tsql!(
                "SELECT i.provider, i.event_key, i.version, i.received_at, b.sealed
                 FROM inbox i JOIN inbox_bodies b ON b.tenant_id = i.tenant_id AND b.id = i.id
                 WHERE i.tenant_id = $1 AND i.id = $2"
            );
            let Some(row) = tx.row(sql, vals![id]).await? else {
                // Let go of meanwhile, or erased: nothing is owed any more.
                return settle(tx, id, "unprocessable", Some("body_not_kept"), now).await;
            };
            open(house, tx, id, &row).await?
        }
    };
    let Opened { key, version, via, received_at, events } = opened;
    // The hash at the end tells bodies of one key apart; the latest of them takes the place of the others.
    let key = if version > 0 { key.split('#').next().unwrap_or_default().to_owned() } else { key };
    let source = via.unwrap_or("webhook");
    match events {
        Ok((events, told)) => {
            let mut is_erased = false;
            for text in &told {
                is_erased |= !texts::take(house, tx, text, received_at, now).await?;
            }
            if is_erased {
                return privacy::late_event(tx, id).await;
            }
            if events.is_empty() {
                return settle(tx, id, "folded", None, now).await;
            }
            for (index, event) in events.into_iter().enumerate() {
                let fact_key = if index == 0 { key.clone() } else { format!("{key}.{index}") };
                let replaces = version > 0;
                let fact = calls::NewFact { fact_key, replaces, source, inbox: Some(id), received_at, event };
                is_erased |= calls::ingest(house, tx, fact, now).await?.is_none();
            }
            if is_erased {
                privacy::late_event(tx, id).await?;
            }
            Ok(())
        }
        Err(fault) => {
            tracing::warn!(inbox.id = %id, reason = fault.code, field = %fault.detail, "an event could not be read");
            settle(tx, id, "unprocessable", Some(fault.code), now).await
        }
    }
}

/// Opens the raw body of a received event and translates it.
async fn open(house: &House, tx: &mut TenantTx<'_>, id: InboxId, row: &Row) -> Result<Opened> {
    let provider = row.text("provider")?;
    let provider =
        house.provider(&provider).ok_or_else(|| Error::fault("an event of an unknown provider"))?;
    let key = match house.seals.at_hand(tx.tenant()) {
        Some(key) => key,
        None => {
            let tenant = tx.tenant();
            house.seals.key(tx.outer(), tenant).await?
        }
    };
    let body = again::open(&key, id, row)?;
    Ok(Opened {
        key: row.text("event_key")?,
        version: row.int("version")?,
        via: provider.via(),
        received_at: row.at("received_at")?,
        events: provider.normalize(&body).and_then(|events| Ok((events, provider.texts(&body)?))),
    })
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
