//! The watch: a job for each endpoint whose engine has given us a key. A look asks for a few pages of executions and for
//! those that are not over, writes down what it heard, and says when the next one is due. Idempotent: what is heard twice
//! is kept once; whoever lost the lease writes nothing.

use crate::outbox::{self, Endpoint};
use crate::workflows::{keep, rules, setup};
use crate::{Error, House, Result};
use futures::future::BoxFuture;
use std::collections::HashSet;
use std::sync::Arc;
use vestibule_model::{EndpointId, UnixMs};
use vestibule_ports::{EngineFault, Execution, Place};
use vestibule_store::queue::{Gate, GroupKey, LeaseHandler, LeasedJob};
use vestibule_store::{StoreError, TenantTx, tsql, vals};

/// The queue of looks; its groups and its jobs are endpoints.
pub const QUEUE: &str = "watch";

/// The worker that looks.
pub struct Watcher(pub Arc<House>);

/// What a look begins with.
pub struct Look {
    endpoint: EndpointId,
    place: Place,
    seen_until: Option<UnixMs>,
    cursor: Option<String>,
    sweep_until: Option<UnixMs>,
    failures_in_row: i64,
    error_since: Option<UnixMs>,
    /// Executions that are not over, as far as we know.
    open: Vec<String>,
}

/// What a look heard.
#[derive(Default)]
struct Heard {
    executions: Vec<Execution>,
    gone: Vec<String>,
    /// Where the sweep goes on.
    cursor: Option<String>,
    /// Whether the sweep reached its end.
    is_whole: bool,
    fault: Option<EngineFault>,
}

impl LeaseHandler for Watcher {
    /// `None` when there is nothing to look at any more.
    type Load = Result<Option<Look>>;

    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn gate<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        _group: &'a GroupKey,
        _now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Gate, StoreError>> {
        Box::pin(async { Ok(if self.0.is_muted() { Gate::Shut } else { Gate::Open }) })
    }

    fn load<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        job: &'a LeasedJob,
    ) -> BoxFuture<'a, std::result::Result<Self::Load, StoreError>> {
        Box::pin(async move {
            match self.read(tx, EndpointId(job.key.id)).await {
                Err(Error::Store(error)) if error.is_passing() => Err(error),
                load => Ok(load),
            }
        })
    }

    fn work(&self, job: LeasedJob, load: Self::Load) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let endpoint = job.key.id;
            if let Err(error) = self.look(job, load).await {
                // The lease ends by itself and the job comes due again.
                tracing::error!(error = %error, endpoint.id = %endpoint, "a look at a workflow's executions failed");
            }
        })
    }
}

impl Watcher {
    async fn read(&self, tx: &mut TenantTx<'_>, id: EndpointId) -> Result<Option<Look>> {
        let Some(endpoint): Option<Endpoint> = outbox::find(tx, id).await? else { return Ok(None) };
        let Some(key) = outbox::config_secret(&self.0, tx, id).await? else { return Ok(None) };
        let place = setup::place(&endpoint, Some(key));
        if place.workflow.is_none() {
            return Ok(None);
        }
        let sql = tsql!(
            "SELECT seen_until, cursor, sweep_until, failures_in_row, error_since FROM workflow_watches
             WHERE tenant_id = $1 AND endpoint_id = $2"
        );
        let before = tx.row(sql, vals![id]).await?;
        let sql = tsql!(
            "SELECT external_id FROM workflow_executions WHERE tenant_id = $1 AND endpoint_id = $2 AND is_settled = FALSE
             AND started_at > $3 ORDER BY checked_at LIMIT $4"
        );
        let oldest = self.0.world.now().plus_ms(-rules::OPEN_FOR_MS);
        let open = tx.rows(sql, vals![id, oldest, rules::MOST_OPEN]).await?;
        let open = open.iter().map(|row| row.text("external_id")).collect::<std::result::Result<_, _>>()?;
        let mut look = Look {
            endpoint: id,
            place,
            seen_until: None,
            cursor: None,
            sweep_until: None,
            failures_in_row: 0,
            error_since: None,
            open,
        };
        if let Some(row) = before {
            // Nothing heard yet is the beginning of time.
            look.seen_until = Some(row.at("seen_until")?).filter(|seen| seen.0 > 0);
            look.cursor = row.opt_text("cursor")?;
            look.sweep_until = row.opt_at("sweep_until")?;
            look.failures_in_row = row.int("failures_in_row")?;
            look.error_since = row.opt_at("error_since")?;
        }
        Ok(Some(look))
    }

    async fn look(&self, job: LeasedJob, load: Result<Option<Look>>) -> Result<()> {
        let house = &self.0;
        let Some(look) = load? else {
            let mut tx = house.db.write_in(&job.scope).await?;
            job.finish(&mut tx.tenant(&job.scope).await?).await?;
            return Ok(tx.commit().await?);
        };
        let heard = self.ask(&look).await;
        let result = if heard.fault.is_some() { "failed" } else { "done" };
        metrics::counter!("vestibule_looks_total", "result" => result).increment(1);
        let mut tx = house.db.write_in(&job.scope).await?;
        let mut tenant = tx.tenant(&job.scope).await?;
        if self.write(&mut tenant, &job, &look, &heard).await? {
            tx.commit().await?;
        }
        Ok(())
    }

    /// Asks, until the time is up or the engine fails: what was heard before counts all the same.
    async fn ask(&self, look: &Look) -> Heard {
        let house = &self.0;
        let begun = house.world.now();
        let is_late = || house.world.now().since(begun) >= rules::LOOK_MS;
        let since = rules::since(look.seen_until, begun);
        let mut heard = Heard { cursor: look.cursor.clone(), ..Heard::default() };
        for _ in 0..rules::MOST_PAGES {
            match house.engine.executions(&look.place, since, heard.cursor.as_deref()).await {
                Err(fault) => {
                    heard.fault = Some(fault);
                    return heard;
                }
                Ok(page) => {
                    heard.executions.extend(page.items);
                    heard.is_whole = page.next.is_none();
                    heard.cursor = page.next;
                }
            }
            if heard.is_whole || is_late() {
                break;
            }
        }
        let told: HashSet<&str> = heard.executions.iter().map(|one| one.external_id.as_str()).collect();
        let open: Vec<&String> = look.open.iter().filter(|id| !told.contains(id.as_str())).collect();
        let mut more = Vec::new();
        for id in open {
            if is_late() {
                break;
            }
            match house.engine.execution(&look.place, id).await {
                Ok(Some(execution)) => more.push(execution),
                Ok(None) => heard.gone.push(id.clone()),
                Err(fault) => {
                    heard.fault = Some(fault);
                    break;
                }
            }
        }
        heard.executions.extend(more);
        heard
    }

    /// Writes down what was heard; false when the lease no longer holds.
    async fn write(
        &self,
        tx: &mut TenantTx<'_>,
        job: &LeasedJob,
        look: &Look,
        heard: &Heard,
    ) -> Result<bool> {
        let world = &self.0.world;
        let failures = if heard.fault.is_some() { look.failures_in_row.saturating_add(1) } else { 0 };
        let at = rules::next_look(heard.fault.as_ref(), failures, !heard.is_whole, self.0.db.lease_now());
        let error = heard.fault.as_ref().map(|fault| fault.code);
        if !job.again(tx, at, false, error.unwrap_or("")).await? {
            return Ok(false);
        }
        for execution in &heard.executions {
            keep::keep(world, tx, look.endpoint, execution).await?;
        }
        for id in &heard.gone {
            keep::forget(world, tx, look.endpoint, id).await?;
        }
        let newest = heard.executions.iter().filter_map(|one| one.started_at).max();
        let sweep_until = look.sweep_until.max(newest);
        let (seen_until, sweep_until, cursor) = match &heard.fault {
            _ if heard.is_whole => (look.seen_until.max(sweep_until), None, None),
            // A place in a list that the engine no longer understands is begun again.
            Some(fault) if fault.kind == vestibule_ports::ProviderFaultKind::Rejected => {
                (look.seen_until, None, None)
            }
            _ => (look.seen_until, sweep_until, heard.cursor.clone()),
        };
        let now = world.now();
        let error_since = error.map(|_| look.error_since.unwrap_or(now));
        let sql = tsql!(
            "INSERT INTO workflow_watches (tenant_id, endpoint_id, seen_until, cursor, sweep_until, checked_at, failures_in_row,
               last_error, error_since)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (tenant_id, endpoint_id) DO UPDATE SET seen_until = excluded.seen_until, cursor = excluded.cursor,
               sweep_until = excluded.sweep_until, checked_at = excluded.checked_at,
               failures_in_row = excluded.failures_in_row, last_error = excluded.last_error,
               error_since = excluded.error_since
             WHERE workflow_watches.tenant_id = $1"
        );
        let values = vals![
            look.endpoint,
            seen_until.unwrap_or_default(),
            cursor,
            sweep_until,
            now,
            failures,
            error,
            error_since
        ];
        tx.exec(sql, values).await?;
        if look.error_since.is_some() != error_since.is_some() {
            tx.changed("endpoints", Some(look.endpoint.0));
        }
        Ok(true)
    }
}
