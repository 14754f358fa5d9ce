//! Taking a fact in: what is known of its call is read and locked, the call is computed anew, and everything that
//! changes is kept together (`keep`), with what is owed, in the transaction of the event. Idempotent by (call, fact
//! key): a fact that is known changes nothing.

use crate::calls::keep::{self, Change, Place, Settle};
use crate::calls::merge;
use crate::calls::rules::{Fact, Projection, fold};
use crate::outbox::{self, Moment};
use crate::{Error, House, Result, contacts, privacy};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use vestibule_model::{CallEvent, CallId, FactKind, InboxId, Phone, UnixMs};
use vestibule_store::{Row, StoreError, TenantTx, tsql, vals};

/// A fact that arrived.
#[derive(Debug, Clone)]
pub struct NewFact {
    /// Unique within the call; the same for every arrival of the same event.
    pub fact_key: String,
    /// Tells the whole of what an earlier fact of its key told: of these the latest alone is kept.
    pub replaces: bool,
    /// How we came to know it: webhook, reconciled, tool, reaper, native, or the name of whoever forwarded it.
    pub source: &'static str,
    /// The received event; its row is marked as folded with its fact.
    pub inbox: Option<InboxId>,
    /// When we heard of it.
    pub received_at: UnixMs,
    /// What it says.
    pub event: CallEvent,
}

/// Takes a fact in and brings its call up to date; `None` when the call was erased: then nothing of it may be kept.
///
/// # Errors
/// [`Error`] as the database says; busy when another node made the same call known at this moment.
pub async fn ingest(
    house: &House,
    tx: &mut TenantTx<'_>,
    mut fact: NewFact,
    now: UnixMs,
) -> Result<Option<CallId>> {
    let known = resolve(house, tx, &fact.event, now).await?;
    if fact.event.occurred_at.0 <= 0 {
        // An event that tells of no instant happened, as far as we know, when it came.
        fact.event.occurred_at = fact.received_at;
    }
    let call = known.call;
    if known.before.as_ref().is_some_and(|before| before.text_gone) {
        // What was said was kept long enough; what comes late is kept without it.
        fact.event.doc = fact.event.doc.without_words();
    }
    if known.before.as_ref().is_some_and(|before| before.recording_gone) {
        fact.event.doc.recording_url = None;
    }
    // Nobody else can see a call that is unheard of before we commit: there is nothing to read.
    let mut facts = if known.is_unheard { Vec::new() } else { facts(tx, call).await? };
    if let Some(index) = facts.iter().position(|f| f.key == fact.fact_key) {
        let ours = &facts[index];
        let is_older = ours.occurred_at > fact.event.occurred_at;
        // Of the same instant and yet other words: a price, for instance, arrives long after the end that it is of.
        let is_same = ours.occurred_at == fact.event.occurred_at && ours.doc == fact.event.doc;
        if !fact.replaces || is_older || is_same {
            keep::inbox_folded(tx, fact.inbox, call, now).await?;
            return Ok(Some(call));
        }
        facts.remove(index);
        keep::drop_fact(tx, call, &fact.fact_key).await?;
    }
    Ok(project(house, tx, &known, facts, Some(&fact), false, now).await?.then_some(call))
}

/// Recomputes a call from its facts; `settled` makes it final if it is over.
pub(super) async fn refold(
    house: &House,
    tx: &mut TenantTx<'_>,
    call: CallId,
    settled: bool,
    now: UnixMs,
) -> Result<()> {
    let Some(before) = lock(tx, call).await? else { return Ok(()) };
    let known = Known { call, is_unheard: false, before: Some(before), unnamed: Vec::new() };
    // Read after the lock: whoever comes second sees the first one's fact.
    let facts = facts(tx, call).await?;
    project(house, tx, &known, facts, None, settled, now).await.map(drop)
}

/// Has a call that lost its words count as unchanged: nobody is told of that.
pub(super) async fn quieten(house: &House, tx: &mut TenantTx<'_>, call: CallId) -> Result<()> {
    let Some(before) = lock(tx, call).await? else { return Ok(()) };
    let profile = house.profiles.of(tx).await?;
    let Some(mut projection) = fold(&facts(tx, call).await?, &profile.fields) else { return Ok(()) };
    if before.text_gone {
        projection.keep_verdict(&before);
    }
    let sql = tsql!("UPDATE calls SET fold_hash = $3 WHERE tenant_id = $1 AND id = $2");
    tx.exec(sql, vals![call, hash_of(&projection)?]).await?;
    Ok(())
}

fn hash_of(projection: &Projection) -> Result<[u8; 32]> {
    Ok(Sha256::digest(serde_json::to_vec(projection).map_err(Error::fault)?).into())
}

/// The call that an event tells of.
struct Known {
    call: CallId,
    /// None of its names was heard before.
    is_unheard: bool,
    before: Option<Before>,
    /// Its names that are not known yet: provider and the provider's id.
    unnamed: Vec<(String, String)>,
}

/// What a call was before this change.
struct Before {
    fold_hash: Vec<u8>,
    revision: i64,
    final_at: Option<UnixMs>,
    place: Place,
    was_over: bool,
    /// What was said was kept long enough and is gone.
    text_gone: bool,
    /// The recording is.
    recording_gone: bool,
    customer_name: Option<String>,
    appointment_at: Option<String>,
}

fn before(row: &Row) -> Result<Before> {
    Ok(Before {
        fold_hash: row.bytes("fold_hash")?,
        revision: row.int("revision")?,
        final_at: row.opt_at("final_at")?,
        place: Place {
            contact: row.opt_id("contact_id")?,
            caller: row.opt_text("caller_number")?,
            started_at: row.at("started_at")?,
            status: row.text("status")?,
            outcome: row.opt_text("outcome")?,
            intent: row.opt_text("intent")?,
        },
        was_over: vestibule_model::Status::parse(&row.text("status")?).is_some_and(|s| s.is_over()),
        text_gone: row.opt_at("text_gone_at")?.is_some(),
        recording_gone: row.opt_at("recording_gone_at")?.is_some(),
        customer_name: row.opt_text("customer_name")?,
        appointment_at: row.opt_text("appointment_at")?,
    })
}

/// Locks a call's row; `None` when it has none.
async fn lock(tx: &mut TenantTx<'_>, call: CallId) -> Result<Option<Before>> {
    let sql = tsql!(
        sqlite: "SELECT fold_hash, revision, final_at, contact_id, started_at, status, outcome, intent, caller_number,
                   text_gone_at, recording_gone_at, customer_name, appointment_at
                 FROM calls WHERE tenant_id = $1 AND id = $2",
        pg: "SELECT fold_hash, revision, final_at, contact_id, started_at, status, outcome, intent, caller_number,
               text_gone_at, recording_gone_at, customer_name, appointment_at
             FROM calls WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"
    );
    tx.row(sql, vals![call]).await?.as_ref().map(before).transpose()
}

/// Finds the call that an event tells of by any of its names, and locks its row. Calls that were two until this event
/// named both become one.
async fn resolve(house: &House, tx: &mut TenantTx<'_>, event: &CallEvent, now: UnixMs) -> Result<Known> {
    let names: Vec<(&str, &str)> =
        std::iter::once((event.provider.as_str(), event.external_call_id.as_str()))
            .chain(event.aliases.iter().map(|(p, id)| (p.as_str(), id.as_str())))
            .collect();
    let mut found = Vec::with_capacity(names.len());
    for pair in names.chunks(2) {
        find(tx, pair, &mut found).await?;
    }
    let is_known =
        |name: &(&str, &str)| found.iter().any(|f| (f.provider.as_str(), f.external.as_str()) == *name);
    let unnamed =
        names.iter().filter(|n| !is_known(n)).map(|(p, e)| ((*p).to_owned(), (*e).to_owned())).collect();
    // The event's own name counts most, then its aliases in their order.
    found.sort_by_key(|f| names.iter().position(|n| (f.provider.as_str(), f.external.as_str()) == *n));
    // Ids grow with time: the oldest call stays, whichever event names both.
    let oldest = found.iter().map(|f| f.call).min();
    let others: BTreeSet<CallId> = found.iter().map(|f| f.call).filter(|c| Some(*c) != oldest).collect();
    if let Some(oldest) = oldest.filter(|_| !others.is_empty()) {
        for other in others {
            merge::merge(tx, oldest, other, now).await?;
        }
        let before = lock(tx, oldest).await?;
        return Ok(Known { call: oldest, is_unheard: false, before, unnamed });
    }
    let first = found.into_iter().next();
    let is_unheard = first.is_none();
    let (call, before) = first.map_or_else(|| (house.world.new_id(), None), |f| (f.call, f.before));
    Ok(Known { call, is_unheard, before, unnamed })
}

/// A name that is known, and its call.
struct Found {
    provider: String,
    external: String,
    call: CallId,
    before: Option<Before>,
}

/// Looks for calls by one or two names.
async fn find(tx: &mut TenantTx<'_>, names: &[(&str, &str)], found: &mut Vec<Found>) -> Result<()> {
    let (Some(one), Some(two)) = (names.first(), names.last()) else { return Ok(()) };
    let sql = tsql!(
        sqlite: "SELECT a.provider, a.external_id, a.call_id, c.fold_hash, c.revision, c.final_at, c.contact_id,
                   c.started_at, c.status, c.outcome, c.intent, c.caller_number, c.text_gone_at, c.recording_gone_at,
                   c.customer_name, c.appointment_at
                 FROM call_aliases a LEFT JOIN calls c ON c.tenant_id = a.tenant_id AND c.id = a.call_id
                 WHERE a.tenant_id = $1
                 AND ((a.provider = $2 AND a.external_id = $3) OR (a.provider = $4 AND a.external_id = $5))",
        pg: "SELECT a.provider, a.external_id, a.call_id, c.fold_hash, c.revision, c.final_at, c.contact_id, c.started_at,
               c.status, c.outcome, c.intent, c.caller_number, c.text_gone_at, c.recording_gone_at, c.customer_name,
               c.appointment_at
             FROM call_aliases a LEFT JOIN LATERAL (
               SELECT r.fold_hash, r.revision, r.final_at, r.contact_id, r.started_at, r.status,
                 r.outcome, r.intent, r.caller_number, r.text_gone_at, r.recording_gone_at, r.customer_name,
                 r.appointment_at FROM calls r
               WHERE r.tenant_id = $1 AND r.id = a.call_id FOR NO KEY UPDATE) c ON TRUE
             WHERE a.tenant_id = $1
             AND ((a.provider = $2 AND a.external_id = $3) OR (a.provider = $4 AND a.external_id = $5))"
    );
    for row in tx.rows(sql, vals![one.0, one.1, two.0, two.1]).await? {
        let before = if row.opt_bytes("fold_hash")?.is_some() { Some(before(&row)?) } else { None };
        let (provider, external) = (row.text("provider")?, row.text("external_id")?);
        found.push(Found { provider, external, call: row.id("call_id")?, before });
    }
    Ok(())
}

/// The caller's number of a call that a provider names, where it is known.
///
/// # Errors
/// [`Error`] as the database says.
pub async fn caller_of(
    tx: &mut TenantTx<'_>,
    provider: &str,
    external_call_id: &str,
) -> Result<Option<Phone>> {
    let sql = tsql!(
        "SELECT c.caller_number FROM call_aliases a JOIN calls c ON c.tenant_id = a.tenant_id AND c.id = a.call_id
         WHERE a.tenant_id = $1 AND a.provider = $2 AND a.external_id = $3"
    );
    let row = tx.row(sql, vals![provider, external_call_id]).await?;
    Ok(row.map(|row| row.opt_text("caller_number")).transpose()?.flatten().as_deref().and_then(Phone::parse))
}

async fn facts(tx: &mut TenantTx<'_>, call: CallId) -> Result<Vec<Fact>> {
    let sql = tsql!(
        "SELECT fact_key, kind, occurred_at, doc FROM call_facts WHERE tenant_id = $1 AND call_id = $2"
    );
    let read = |row: &Row| {
        let kind =
            FactKind::parse(&row.text("kind")?).ok_or_else(|| Error::fault("a fact of an unknown kind"))?;
        Ok(Fact {
            key: row.text("fact_key")?,
            kind,
            occurred_at: row.at("occurred_at")?,
            doc: row.json("doc")?,
        })
    };
    tx.rows(sql, vals![call]).await?.iter().map(read).collect()
}

/// Computes a call from its facts, the new one among them, and keeps what changed; false when the call was erased.
async fn project(
    house: &House,
    tx: &mut TenantTx<'_>,
    known: &Known,
    mut facts: Vec<Fact>,
    new: Option<&NewFact>,
    settled: bool,
    now: UnixMs,
) -> Result<bool> {
    let (call, before) = (known.call, known.before.as_ref());
    if let Some(new) = new {
        let NewFact { fact_key, event, .. } = new;
        let (kind, occurred_at) = (event.kind, event.occurred_at);
        facts.push(Fact { key: fact_key.clone(), kind, occurred_at, doc: event.doc.clone() });
    }
    let profile = house.profiles.of(tx).await?;
    let Some(mut projection) = fold(&facts, &profile.fields) else { return Ok(true) };
    if let Some(before) = before.filter(|before| before.text_gone) {
        projection.keep_verdict(before);
    }
    let is_caller_new =
        before.is_none_or(|before| before.place.caller.is_none()) && projection.caller.is_some();
    if (known.is_unheard || is_caller_new) && new.is_some() {
        let (caller, at) = (projection.caller.as_ref(), projection.started_at);
        if privacy::is_erased_call(house, tx, &known.unnamed, caller, at).await? {
            privacy::late_call(house, tx, call, &known.unnamed).await?;
            return Ok(false);
        }
    }
    let hash = hash_of(&projection)?;
    let is_over = projection.status.is_over();
    let is_final = is_over && (projection.is_analyzed || settled);
    let was_final = before.is_some_and(|b| b.final_at.is_some());
    let unchanged = before.is_some_and(|b| b.fold_hash == hash);
    if unchanged && (was_final || !is_final) {
        return keep::fact_alone(tx, call, &known.unnamed, new, now).await.map(|()| true);
    }
    let final_at = before.and_then(|b| b.final_at).or(is_final.then_some(now));
    let settle = if final_at.is_some() {
        if before.is_some() && !was_final { Settle::Never } else { Settle::AsItWas }
    } else if is_over && !before.is_some_and(|b| b.was_over) {
        Settle::At(now.plus_ms(house.settings.finalise_after_ms))
    } else if before.is_none() {
        let from = projection.started_at.max(now.plus_ms(-house.settings.reap_after_ms));
        Settle::At(from.plus_ms(house.settings.reap_after_ms))
    } else {
        Settle::AsItWas
    };
    let change = Change {
        call,
        is_unheard: known.is_unheard,
        is_new: before.is_none(),
        names: &known.unnamed,
        fact: new,
        seen: seen(before, &projection),
        place: before.map(|b| &b.place),
        final_at,
        revision: before.map_or(0, |b| b.revision + 1),
        hash,
        local_day: projection.started_at.local_day(&profile.timezone),
        settle,
    };
    if !keep::keep(house, tx, &change, &projection, now).await? {
        // Another node made this call known since we looked: the next try sees it.
        return Err(StoreError::Busy.into());
    }
    if !projection.is_test {
        let moment = match (before.is_none() && !is_over, was_final, final_at.is_some()) {
            (true, _, false) => Some(Moment::Started),
            (_, false, true) => Some(Moment::Ended),
            (_, true, _) => Some(Moment::Updated { revision: change.revision }),
            _ => None,
        };
        if let Some(moment) = moment {
            outbox::owe_call(house, tx, call, moment, &projection, now).await?;
        }
    }
    tx.changed("calls", Some(call.0));
    Ok(true)
}

impl Projection {
    /// Keeps what was concluded from words that are gone.
    fn keep_verdict(&mut self, before: &Before) {
        let parsed = |text: &Option<String>| text.as_deref().and_then(vestibule_model::Outcome::parse);
        self.outcome = parsed(&before.place.outcome).or(self.outcome);
        self.intent = before.place.intent.as_deref().and_then(vestibule_model::Intent::parse).or(self.intent);
        self.customer_name = before.customer_name.clone();
        self.appointment_at = before.appointment_at.clone();
        self.email = None;
        (self.summary, self.structured, self.transcript) = (None, None, Vec::new());
    }
}

/// The caller, unless this change says nothing new of them.
fn seen<'a>(before: Option<&Before>, projection: &'a Projection) -> Option<contacts::Seen<'a>> {
    let phone = projection.caller.as_ref().filter(|_| !projection.is_test)?;
    let known = before.and_then(|b| b.place.contact);
    let says_nothing_new = projection.customer_name.is_none() && projection.email.is_none();
    if says_nothing_new
        && known.is_some()
        && before.is_some_and(|b| b.place.started_at == projection.started_at)
    {
        return None;
    }
    Some(contacts::Seen {
        phone,
        name: projection.customer_name.as_deref(),
        email: projection.email.as_deref(),
        call_at: projection.started_at,
        is_new_call: known.is_none(),
    })
}
