//! The job of a text: it gives the text to the provider once, and looks after it until its end and its price are known.
//! Idempotent: that the text is being sent is committed before it is; whoever finds that said and no answer looks for the text
//! among the provider's own, and never sends it again.

use crate::texts::keep::{self, Told};
use crate::texts::list::{self, TextRow};
use crate::texts::rules::{self, PACE_MS, Sent};
use crate::texts::take;
use crate::{Error, House, Result, connections};
use futures::future::BoxFuture;
use std::sync::Arc;
use vestibule_model::{TextId, TextProblem, TextStatus, UnixMs};
use vestibule_ports::{ProviderFaultKind, TextMessage, TextState, Texts};
use vestibule_store::queue::{Gate, GroupKey, LeaseHandler, LeasedJob, Limits};
use vestibule_store::{StoreError, TenantTx, tsql, vals};
use vestibule_vault::Credentials;

/// The queue of texts; its groups are numbers, its jobs texts.
pub const QUEUE: &str = "texts";
/// How long a lease lasts, in milliseconds: longer than every question to a provider that one job asks.
pub const LEASE_MS: i64 = 90_000;
/// By how much the provider's clock may differ from ours, in milliseconds.
const SLACK_MS: i64 = 60_000;
/// How long a request to send may lie somewhere before it counts, in milliseconds.
const LATE_MS: i64 = 5 * 60_000;

/// The worker that sends texts and looks after them.
pub struct Sender(pub Arc<House>);

/// What a job begins with.
pub struct Due {
    text: TextRow,
    tried_at: UnixMs,
    waits_ms: i64,
    act: Act,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// Give it to the provider.
    Send,
    /// The receiver opted out since it was owed.
    Withhold,
    /// Look whether the provider has it.
    Find,
    /// Ask how it stands.
    Look,
}

/// What a job came to.
enum Done {
    /// How the text stands by now, and when to look at it next.
    Told(Told, Option<UnixMs>),
    /// It was not sent and is to be tried again.
    Again(UnixMs),
}

impl LeaseHandler for Sender {
    /// `None` when there is nothing to do any more.
    type Load = Result<Option<Due>>;

    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn gate<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        group: &'a GroupKey,
        now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Gate, StoreError>> {
        Box::pin(async move {
            if self.0.is_muted() {
                return Ok(Gate::Shut);
            }
            // Locked: a number's pace is one over all nodes.
            let sql = tsql!(
                sqlite: "SELECT paced_until FROM text_numbers WHERE tenant_id = $1 AND id = $2",
                pg: "SELECT paced_until FROM text_numbers WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
            );
            let row = tx.row(sql, vals![group.group]).await?;
            let paced = row.map_or(Ok(UnixMs(0)), |row| row.at("paced_until"))?;
            let (now_may, again_at) = if paced > now { (0, paced) } else { (1, now.plus_ms(PACE_MS)) };
            Ok(Gate::Within(Limits { in_flight: 1, now: now_may, again_at: Some(again_at) }))
        })
    }

    fn load<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        job: &'a LeasedJob,
    ) -> BoxFuture<'a, std::result::Result<Self::Load, StoreError>> {
        Box::pin(async move {
            match self.read(tx, job).await {
                Err(Error::Store(error)) if error.is_passing() => Err(error),
                load => Ok(load),
            }
        })
    }

    fn work(&self, job: LeasedJob, load: Self::Load) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let text = job.key.id;
            if let Err(error) = self.act(job, load).await {
                // The lease ends by itself and the job comes due again.
                tracing::error!(error = %error, text.id = %text, "a text could not be settled");
            }
        })
    }
}

impl Sender {
    async fn read(&self, tx: &mut TenantTx<'_>, job: &LeasedJob) -> Result<Option<Due>> {
        let (house, id) = (&self.0, TextId(job.key.id));
        let sql = tsql!(
            "SELECT t.tried_at, t.created_at, h.opt_word FROM texts t
             JOIN text_threads h ON h.tenant_id = t.tenant_id AND h.id = t.thread_id
             WHERE t.tenant_id = $1 AND t.id = $2 AND t.direction = 'OUTBOUND'"
        );
        let Some(row) = tx.row(sql, vals![id]).await? else { return Ok(None) };
        let Some(text) = list::find(house, tx, id).await? else { return Ok(None) };
        let now = house.world.now();
        let tried_at = row.opt_at("tried_at")?;
        let act = match (text.status, tried_at) {
            (TextStatus::Queued, None) if row.opt_text("opt_word")?.as_deref() == Some("STOP") => {
                Act::Withhold
            }
            (TextStatus::Queued, None) => Act::Send,
            _ if text.external_id.is_some() => Act::Look,
            (TextStatus::Queued | TextStatus::Unknown, Some(_)) => Act::Find,
            _ => return Ok(None),
        };
        if act == Act::Send {
            let sql = tsql!("UPDATE texts SET tried_at = $3 WHERE tenant_id = $1 AND id = $2");
            tx.exec(sql, vals![id, now]).await?;
            let sql = tsql!("UPDATE text_numbers SET paced_until = $3 WHERE tenant_id = $1 AND id = $2");
            tx.exec(sql, vals![job.key.group.group, house.db.lease_now().plus_ms(PACE_MS)]).await?;
        }
        let waits_ms = now.since(row.at("created_at")?);
        Ok(Some(Due { text, tried_at: tried_at.unwrap_or(now), waits_ms, act }))
    }

    async fn act(&self, job: LeasedJob, load: Result<Option<Due>>) -> Result<()> {
        let (house, scope) = (&self.0, job.scope);
        let Some(due) = load? else {
            let mut tx = house.db.write_in(&scope).await?;
            job.finish(&mut tx.tenant(&scope).await?).await?;
            return Ok(tx.commit().await?);
        };
        let done = self.ask(&job, &due).await?;
        // A database that is busy for a moment must not leave a text that was sent without its name.
        let mut tries = 4;
        loop {
            tries -= 1;
            match self.settle(&job, &due, &done).await {
                Err(Error::Store(StoreError::Busy)) if tries > 0 => {}
                result => return result,
            }
        }
    }

    /// Talks to the provider. No transaction is open meanwhile.
    async fn ask(&self, job: &LeasedJob, due: &Due) -> Result<Done> {
        let house = &self.0;
        let failed = |problem| {
            let status = Some(TextStatus::Failed);
            Done::Told(Told { status, problem: Some(problem), ..Told::default() }, None)
        };
        if due.act == Act::Withhold {
            return Ok(failed(TextProblem::OptedOut));
        }
        let own = connections::sender(house, &job.scope, &due.text.provider).await?;
        let sender = house.texts.iter().find(|sender| sender.name() == due.text.provider);
        let (Some((keys, hook_url)), Some(sender)) = (own, sender) else {
            return Ok(match due.act {
                Act::Send => failed(TextProblem::NotConnected),
                // Whoever sent it is gone, and with them whoever could tell.
                _ => Done::Told(unknown(due), None),
            });
        };
        let message = TextMessage {
            from: due.text.our_number.clone(),
            to: due.text.their_number.clone(),
            body: due.text.body.clone(),
            told_to: told_to(&hook_url, due.text.id),
        };
        match due.act {
            Act::Send => Ok(self.send(due, &**sender, &keys, &message).await),
            Act::Find => self.find(job, due, &**sender, &keys, &message).await,
            Act::Look | Act::Withhold => self.look(due, &**sender, &keys).await,
        }
    }

    async fn send(&self, due: &Due, sender: &dyn Texts, keys: &[Credentials], message: &TextMessage) -> Done {
        let mut sent = Sent::Not(TextProblem::Unauthorized, None);
        for keys in keys {
            // While credentials are exchanged, those before them may be the ones that still open.
            if sent != Sent::Not(TextProblem::Unauthorized, None) {
                break;
            }
            sent = rules::after_send(sender.send(keys, message).await, due.waits_ms);
        }
        let now = self.0.world.now();
        let result = match &sent {
            Sent::Took(_) => "taken",
            Sent::Not(..) => "refused",
            Sent::NotYet => "later",
            Sent::Unknown => "unknown",
        };
        metrics::counter!("vestibule_texts_total", "result" => result).increment(1);
        match sent {
            Sent::Took(state) => Done::Told(told(state), rules::next_look(false, due.tried_at, now)),
            Sent::Not(problem, provider_code) => {
                let status = Some(TextStatus::Failed);
                let problem = Some(problem);
                Done::Told(Told { status, problem, provider_code, ..Told::default() }, None)
            }
            Sent::NotYet => Done::Again(rules::try_again(due.waits_ms, self.0.db.lease_now())),
            Sent::Unknown => Done::Told(unknown(due), rules::next_look(true, due.tried_at, now)),
        }
    }

    /// Looks for a text that nobody knows of among those that the provider sent.
    async fn find(
        &self,
        job: &LeasedJob,
        due: &Due,
        sender: &dyn Texts,
        keys: &[Credentials],
        message: &TextMessage,
    ) -> Result<Done> {
        let house = &self.0;
        let (since, until) = (due.tried_at.plus_ms(-SLACK_MS), due.tried_at.plus_ms(LATE_MS));
        let mut found = Vec::new();
        for keys in keys {
            match sender.find(keys, message, since, until).await {
                Err(fault) if fault.kind == ProviderFaultKind::Unauthorized => {}
                answer => {
                    found = answer.unwrap_or_default();
                    break;
                }
            }
        }
        let mut ours = None;
        let mut tx = house.db.read_in(&job.scope).await?;
        let mut inside = tx.tenant(&job.scope).await?;
        for state in found {
            // The same words may have been sent twice: each of them is one text.
            if take::by_name(&mut inside, &due.text.provider, &state.external_id).await?.is_none() {
                ours = Some(state);
                break;
            }
        }
        let now = house.world.now();
        Ok(match ours {
            Some(state) => Done::Told(told(state), rules::next_look(false, due.tried_at, now)),
            None => Done::Told(unknown(due), rules::next_look(true, due.tried_at, now)),
        })
    }

    /// Asks how a text stands, and what it cost.
    async fn look(&self, due: &Due, sender: &dyn Texts, keys: &[Credentials]) -> Result<Done> {
        let external_id = due.text.external_id.as_deref().unwrap_or_default();
        let next = rules::next_look(false, due.tried_at, self.0.world.now());
        if due.text.status.is_over() && due.text.price_micros.is_some() {
            return Ok(Done::Told(Told::default(), None));
        }
        for keys in keys {
            match sender.look(keys, external_id).await {
                Ok(Some(state)) => {
                    let is_all = state.status.is_over() && state.price_micros.is_some();
                    return Ok(Done::Told(told(state), next.filter(|_| !is_all)));
                }
                Err(fault) if fault.kind == ProviderFaultKind::Unauthorized => {}
                Ok(None) | Err(_) => break,
            }
        }
        Ok(Done::Told(Told::default(), next))
    }

    async fn settle(&self, job: &LeasedJob, due: &Due, done: &Done) -> Result<()> {
        let house = &self.0;
        let mut tx = house.db.write_in(&job.scope).await?;
        let mut inside = tx.tenant(&job.scope).await?;
        let id = due.text.id;
        match done {
            Done::Told(told, next) => {
                // Told even by whoever lost the lease: it is true, and a text only goes forward.
                keep::advance(house, &mut inside, id, told, house.world.now()).await?;
                match next {
                    Some(at) => drop(job.again(&mut inside, *at, false, "").await?),
                    None => drop(job.finish(&mut inside).await?),
                }
            }
            Done::Again(at) => {
                if job.again(&mut inside, *at, true, "not_sent").await? {
                    let sql = tsql!("UPDATE texts SET tried_at = NULL WHERE tenant_id = $1 AND id = $2");
                    inside.exec(sql, vals![id]).await?;
                }
            }
        }
        Ok(tx.commit().await?)
    }
}

/// Nobody knows of it, unless somebody told meanwhile.
fn unknown(due: &Due) -> Told {
    let status = (due.text.status == TextStatus::Queued).then_some(TextStatus::Unknown);
    Told { status, ..Told::default() }
}

fn told(state: TextState) -> Told {
    Told {
        status: Some(state.status),
        external_id: Some(state.external_id),
        segments: state.segments,
        price: state.price_micros.zip(state.currency),
        problem: state.problem,
        provider_code: state.provider_code,
    }
}

/// Where the provider tells what becomes of a text. It cannot reach this machine by a name that only this machine has, and
/// would refuse the text for it.
fn told_to(hook_url: &str, id: TextId) -> Option<String> {
    let host = hook_url.split("://").nth(1)?.split(['/', ':']).next()?;
    let is_here = host == "localhost" || host.starts_with("127.") || host.starts_with('[');
    (!is_here).then(|| format!("{hook_url}?text={id}"))
}
