//! Removing everything of a caller: rows go for good. Idempotent: what is gone is not counted.

use crate::privacy::caller::{self, Caller};
use crate::privacy::gone::{self, CALL, CALLER, OPT_OUT, TEXT};
use crate::privacy::providers;
use crate::{House, Result, archive, calls, inbox, outbox, texts};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vestibule_model::{CallId, InboxId, UnixMs};
use vestibule_store::directory::{connections, held};
use vestibule_store::{Row, TenantTx, queue, tsql, vals};

/// How much of each there was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Calls.
    pub calls: u64,
    /// What was said in calls.
    pub transcripts: u64,
    /// Recordings that a provider keeps.
    pub recordings: u64,
    /// What sources stated about calls.
    pub facts: u64,
    /// Received events.
    pub events: u64,
    /// Text messages.
    pub texts: u64,
    /// Threads of texts.
    pub threads: u64,
    /// Deliveries with their frozen bodies, dead letters among them.
    pub deliveries: u64,
    /// Attempts at deliveries with what was answered.
    pub attempts: u64,
    /// Mails.
    pub mails: u64,
    /// Requests that were held at the door.
    pub held: u64,
    /// Contacts.
    pub contacts: u64,
}

impl Counts {
    /// Whether there was nothing at all.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another pass found.
    pub(super) const fn add(&mut self, more: &Self) {
        self.calls += more.calls;
        self.transcripts += more.transcripts;
        self.recordings += more.recordings;
        self.facts += more.facts;
        self.events += more.events;
        self.texts += more.texts;
        self.threads += more.threads;
        self.deliveries += more.deliveries;
        self.attempts += more.attempts;
        self.mails += more.mails;
        self.held += more.held;
        self.contacts += more.contacts;
    }
}

/// What does not hang on a call, looked for before: it is found by opening what is sealed.
#[derive(Debug, Clone, Default)]
pub(super) struct Loose {
    pub events: Vec<InboxId>,
    pub held: Vec<Uuid>,
    pub mails: Vec<Uuid>,
}

/// What was removed.
pub(super) struct Removed {
    pub counts: Counts,
    /// Kind and keyed hash of everything that must not come back.
    pub names: Vec<(&'static str, [u8; 32])>,
}

/// Removes a caller up to an instant, as one part of an erasure.
pub(super) async fn caller(
    house: &House,
    tx: &mut TenantTx<'_>,
    caller: &Caller,
    loose: &Loose,
    (erasure, before): (Uuid, UnixMs),
) -> Result<Removed> {
    let key = gone::key(house, tx).await?;
    let mut counts = Counts::default();
    let mut names = vec![(CALLER, gone::hash(&key, CALLER, caller.phone.as_str(), ""))];
    gone::remember(tx, CALLER, &names[0].1, erasure, before).await?;
    for id in caller::calls(tx, caller, before).await? {
        for (provider, external) in call(house, tx, id, Some(erasure), &mut counts).await? {
            names.push((CALL, gone::hash(&key, CALL, &provider, &external)));
        }
    }
    for (thread, ours, opted) in caller::threads(tx, caller).await? {
        for (provider, external) in self::thread(house, tx, thread, (erasure, before), &mut counts).await? {
            names.push((TEXT, gone::hash(&key, TEXT, &provider, &external)));
        }
        if let Some(since) = opted {
            let hash = gone::hash(&key, OPT_OUT, &ours, caller.phone.as_str());
            gone::remember(tx, OPT_OUT, &hash, erasure, since).await?;
            names.push((OPT_OUT, hash));
        }
    }
    for (kind, hash) in names.iter().filter(|(kind, _)| [CALL, TEXT].contains(kind)) {
        gone::remember(tx, kind, hash, erasure, before).await?;
    }
    for event in &loose.events {
        self::event(tx, *event, &mut counts).await?;
    }
    for id in &loose.held {
        held::drop_one(tx.outer(), *id).await?;
        counts.held += 1;
    }
    for id in &loose.mails {
        queue::finish(tx, crate::mail::QUEUE, *id).await?;
        let sql = tsql!("DELETE FROM mails WHERE tenant_id = $1 AND id = $2");
        counts.mails += tx.exec(sql, vals![*id]).await?;
    }
    contact(tx, caller, before, &mut counts).await?;
    if !counts.is_nothing() {
        // They are in every archive that was made before.
        archive::exports::drop_before(tx, before).await?;
    }
    for room in ["calls", "contacts", "texts", "deliveries", "inbox", "mails"] {
        tx.changed(room, None);
    }
    Ok(Removed { counts, names })
}

/// Removes the contact; somebody who called again since keeps their number and nothing else. A contact that was made since is
/// a new relation.
async fn contact(tx: &mut TenantTx<'_>, caller: &Caller, before: UnixMs, counts: &mut Counts) -> Result<()> {
    let Some(id) = caller.contact else { return Ok(()) };
    let sql = tsql!(
        "DELETE FROM contacts WHERE tenant_id = $1 AND id = $2 AND created_at < $3
         AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.tenant_id = $1 AND c.contact_id = $2)
         AND NOT EXISTS (SELECT 1 FROM text_threads t WHERE t.tenant_id = $1 AND t.contact_id = $2)"
    );
    let removed = tx.exec(sql, vals![id, before]).await?;
    counts.contacts += removed;
    if removed == 0 {
        let sql = tsql!(
            "UPDATE contacts SET name = NULL, name_rank = 0, email = NULL,
               calls_count = (SELECT count(*) FROM calls c WHERE c.tenant_id = $1 AND c.contact_id = $2)
             WHERE tenant_id = $1 AND id = $2 AND created_at < $3"
        );
        tx.exec(sql, vals![id, before]).await?;
    }
    Ok(())
}

/// Removes a call and everything that hangs on it; its names. With an erasure its providers are asked to do the same.
pub(super) async fn call(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: CallId,
    erasure: Option<Uuid>,
    counts: &mut Counts,
) -> Result<Vec<(String, String)>> {
    // Its row first: whoever folds or delivers of this call holds it, and waits for us or we for them.
    let sql = tsql!(
        sqlite: "SELECT provider, external_id, recording_url FROM calls WHERE tenant_id = $1 AND id = $2",
        pg: "SELECT provider, external_id, recording_url FROM calls WHERE tenant_id = $1 AND id = $2 FOR UPDATE"
    );
    let Some(row) = tx.row(sql, vals![id]).await? else { return Ok(Vec::new()) };
    counts.recordings += u64::from(row.opt_text("recording_url")?.is_some());
    let mut names = vec![(row.text("provider")?, row.text("external_id")?)];
    let sql = tsql!("SELECT provider, external_id FROM call_aliases WHERE tenant_id = $1 AND call_id = $2");
    for row in tx.rows(sql, vals![id]).await? {
        let name = (row.text("provider")?, row.text("external_id")?);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let sql = tsql!("SELECT id FROM inbox WHERE tenant_id = $1 AND call_id = $2");
    for row in tx.rows(sql, vals![id]).await? {
        event(tx, row.id("id")?, counts).await?;
    }
    let sql = tsql!("SELECT id FROM deliveries WHERE tenant_id = $1 AND call_id = $2");
    for row in tx.rows(sql, vals![id]).await? {
        delivery(tx, &row, counts).await?;
    }
    queue::finish(tx, calls::SETTLE_QUEUE, id.0).await?;
    let sql = tsql!("DELETE FROM call_texts WHERE tenant_id = $1 AND call_id = $2");
    counts.transcripts += tx.exec(sql, vals![id]).await?;
    let sql = tsql!("DELETE FROM call_facts WHERE tenant_id = $1 AND call_id = $2");
    counts.facts += tx.exec(sql, vals![id]).await?;
    let sql = tsql!("DELETE FROM call_aliases WHERE tenant_id = $1 AND call_id = $2");
    tx.exec(sql, vals![id]).await?;
    let sql = tsql!("DELETE FROM calls WHERE tenant_id = $1 AND id = $2");
    counts.calls += tx.exec(sql, vals![id]).await?;
    let tenant = tx.tenant();
    for (provider, external) in &names {
        connections::forget_route(tx.outer(), tenant, external).await?;
        if let Some(erasure) = erasure {
            providers::owe(house, tx, erasure, provider, providers::CALL, external).await?;
        }
    }
    tx.changed("calls", Some(id.0));
    Ok(names)
}

/// Removes a thread's texts before an instant, and the thread when it is empty; the texts' names.
async fn thread(
    house: &House,
    tx: &mut TenantTx<'_>,
    thread: Uuid,
    (erasure, before): (Uuid, UnixMs),
    counts: &mut Counts,
) -> Result<Vec<(String, String)>> {
    let mut names = Vec::new();
    let sql = tsql!(
        "SELECT id, provider, external_id FROM texts WHERE tenant_id = $1 AND thread_id = $2 AND at < $3 ORDER BY at, id"
    );
    for row in tx.rows(sql, vals![thread, before]).await? {
        let id = row.uuid("id")?;
        if let Some(external) = row.opt_text("external_id")? {
            let provider = row.text("provider")?;
            providers::owe(house, tx, erasure, &provider, providers::TEXT, &external).await?;
            names.push((provider, external));
        }
        let sql = tsql!(
            "SELECT d.id FROM endpoints e JOIN deliveries d ON d.tenant_id = e.tenant_id AND d.endpoint_id = e.id
             WHERE e.tenant_id = $1 AND d.subject_id = $2"
        );
        for row in tx.rows(sql, vals![id]).await? {
            delivery(tx, &row, counts).await?;
        }
        queue::finish(tx, texts::QUEUE, id).await?;
        let sql = tsql!("DELETE FROM texts WHERE tenant_id = $1 AND id = $2");
        counts.texts += tx.exec(sql, vals![id]).await?;
    }
    let sql = tsql!(
        "DELETE FROM text_threads WHERE tenant_id = $1 AND id = $2
         AND NOT EXISTS (SELECT 1 FROM texts t WHERE t.tenant_id = $1 AND t.thread_id = $2)"
    );
    counts.threads += tx.exec(sql, vals![thread]).await?;
    Ok(names)
}

/// Removes a received event: its body, its row, the key by which a repetition is known.
async fn event(tx: &mut TenantTx<'_>, id: InboxId, counts: &mut Counts) -> Result<()> {
    let sql = tsql!("SELECT event_key FROM inbox WHERE tenant_id = $1 AND id = $2");
    if let Some(row) = tx.row(sql, vals![id]).await? {
        let key = row.text("event_key")?;
        let key: [u8; 32] = Sha256::digest(key.rsplit_once('#').map_or(key.as_str(), |(key, _)| key)).into();
        let sql = tsql!("DELETE FROM inbox_keys WHERE tenant_id = $1 AND key_hash = $2");
        tx.exec(sql, vals![key]).await?;
    }
    queue::finish(tx, inbox::QUEUE, id.0).await?;
    let sql = tsql!("DELETE FROM inbox_bodies WHERE tenant_id = $1 AND id = $2");
    tx.exec(sql, vals![id]).await?;
    let sql = tsql!("DELETE FROM inbox WHERE tenant_id = $1 AND id = $2");
    counts.events += tx.exec(sql, vals![id]).await?;
    Ok(())
}

/// Removes a delivery with what it says and what was answered; which execution it started is forgotten.
async fn delivery(tx: &mut TenantTx<'_>, row: &Row, counts: &mut Counts) -> Result<()> {
    let id = row.uuid("id")?;
    queue::finish(tx, outbox::QUEUE, id).await?;
    let sql = tsql!("DELETE FROM attempts WHERE tenant_id = $1 AND delivery_id = $2");
    counts.attempts += tx.exec(sql, vals![id]).await?;
    let sql = tsql!("DELETE FROM delivery_bodies WHERE tenant_id = $1 AND delivery_id = $2");
    tx.exec(sql, vals![id]).await?;
    let sql =
        tsql!("UPDATE workflow_executions SET delivery_id = NULL WHERE tenant_id = $1 AND delivery_id = $2");
    tx.exec(sql, vals![id]).await?;
    let sql = tsql!("DELETE FROM deliveries WHERE tenant_id = $1 AND id = $2");
    counts.deliveries += tx.exec(sql, vals![id]).await?;
    Ok(())
}

/// Removes a call that turns out to be an erased caller's only now, and remembers its names: what comes of it later may name
/// no number.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub(crate) async fn late_call(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: CallId,
    names: &[(String, String)],
) -> Result<()> {
    let mut counts = Counts::default();
    let mut all = call(house, tx, id, None, &mut counts).await?;
    all.extend_from_slice(names);
    let (key, now) = (gone::key(house, tx).await?, house.world.now());
    for (provider, external) in &all {
        gone::remember(tx, CALL, &gone::hash(&key, CALL, provider, external), Uuid::nil(), now).await?;
    }
    Ok(())
}

/// Removes an event that tells of what was erased.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub(crate) async fn late_event(tx: &mut TenantTx<'_>, id: InboxId) -> Result<()> {
    let mut counts = Counts::default();
    event(tx, id, &mut counts).await?;
    tx.changed("inbox", Some(id.0));
    Ok(())
}
