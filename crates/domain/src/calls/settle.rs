//! Settling: a call becomes final when nothing more is to be expected of it, and a call whose end never
//! arrived is ended. One job a call, due at its reaping time and pulled forward when it ends.

use crate::calls::ingest::{self, NewFact};
use crate::{Error, House};
use futures::future::BoxFuture;
use std::sync::Arc;
use vestibule_model::{CallEvent, CallId, FactDoc, FactKind, Status, UnixMs};
use vestibule_store::queue::{FoldHandler, Job, Verdict};
use vestibule_store::{StoreError, TenantTx, tsql, vals};

/// The queue of calls that are to be settled.
pub const QUEUE: &str = "settle";

/// The worker that settles calls. Idempotent: final is final, and a reaped end has one key.
pub struct Settler(pub Arc<House>);

impl FoldHandler for Settler {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn work<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [Job],
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Vec<Verdict>, StoreError>> {
        Box::pin(async move {
            for job in jobs {
                settle(&self.0, tx, CallId(job.key.id), now).await.map_err(Error::into_store)?;
            }
            Ok(vec![Verdict::Done; jobs.len()])
        })
    }

    fn failed<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        job: &'a Job,
        _error: &'a StoreError,
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Option<UnixMs>, StoreError>> {
        let wait = 60_000 * (job.attempts + 1).min(60);
        Box::pin(async move { Ok(Some(now.plus_ms(wait))) })
    }
}

async fn settle(house: &House, tx: &mut TenantTx<'_>, id: CallId, now: UnixMs) -> crate::Result<()> {
    let sql =
        tsql!("SELECT provider, external_id, status, final_at FROM calls WHERE tenant_id = $1 AND id = $2");
    let Some(row) = tx.row(sql, vals![id]).await? else { return Ok(()) };
    if row.opt_at("final_at")?.is_some() {
        return Ok(());
    }
    let is_over = Status::parse(&row.text("status")?).is_some_and(Status::is_over);
    if is_over {
        return ingest::refold(house, tx, id, true, now).await;
    }
    // The end never came. Ours says only that it is over; the provider's, should it come, outweighs it.
    let doc = FactDoc {
        status: Some(Status::Completed),
        disconnection_reason: Some("no_end_received".into()),
        ..FactDoc::default()
    };
    let event = CallEvent {
        provider: row.text("provider")?,
        external_call_id: row.text("external_id")?,
        aliases: Vec::new(),
        kind: FactKind::Reaped,
        occurred_at: now,
        doc,
    };
    let fact = NewFact {
        fact_key: "reaped".into(),
        replaces: false,
        source: "reaper",
        inbox: None,
        received_at: now,
        event,
    };
    ingest::ingest(house, tx, fact, now).await?;
    ingest::refold(house, tx, id, true, now).await
}
