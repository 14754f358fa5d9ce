//! What take and sender have in common: threads, and where a text stands. Idempotent: a text never goes back, and what is
//! told twice changes nothing.

use crate::outbox::{self, ToldText};
use crate::texts::list::{self, TextRow};
use crate::{House, Result, contacts, privacy};
use vestibule_model::{ContactId, Keyword, Phone, TextId, TextProblem, TextStatus, ThreadId, UnixMs};
use vestibule_store::{TenantTx, Val, tsql, vals};
use vestibule_vault::Place;

/// A pair of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub ours: &'a str,
    pub theirs: &'a str,
}

/// What is told of a text that went out.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub status: Option<TextStatus>,
    pub external_id: Option<String>,
    pub segments: Option<i64>,
    pub price: Option<(i64, String)>,
    pub problem: Option<TextProblem>,
    pub provider_code: Option<String>,
}

/// The thread of a pair with a new text in it, made when there is none. Its row is locked.
pub(super) async fn thread(
    house: &House,
    tx: &mut TenantTx<'_>,
    pair: Pair<'_>,
    text: TextId,
    at: UnixMs,
    now: UnixMs,
) -> Result<ThreadId> {
    let contact: Option<ContactId> = match Phone::parse(pair.theirs) {
        Some(phone) => Some(contacts::see_writing(house, tx, &phone, at, now).await?),
        None => None,
    };
    let sql = tsql!(
        "INSERT INTO text_threads (tenant_id, id, our_number, their_number, contact_id, last_at, last_text_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (tenant_id, their_number, our_number) DO UPDATE SET
           contact_id = coalesce(excluded.contact_id, text_threads.contact_id),
           last_text_id = CASE WHEN excluded.last_at >= text_threads.last_at
             THEN excluded.last_text_id ELSE text_threads.last_text_id END,
           last_at = CASE WHEN excluded.last_at >= text_threads.last_at
             THEN excluded.last_at ELSE text_threads.last_at END
         WHERE text_threads.tenant_id = $1
         RETURNING id"
    );
    let id: ThreadId = house.world.new_id();
    let row = tx.row(sql, vals![id, pair.ours, pair.theirs, contact, at, text, now]).await?;
    let kept: ThreadId = row.map_or(Ok(id), |row| row.id("id"))?;
    // Whoever wanted no texts and was erased since still wants none.
    if kept == id
        && let Some(since) = privacy::opted_out(house, tx, pair.ours, pair.theirs).await?
    {
        opt(tx, kept, Keyword::Stop, since).await?;
    }
    Ok(kept)
}

/// Somebody wants no more texts, or wants them again; the newest word counts, whatever the order of arrival.
pub(super) async fn opt(tx: &mut TenantTx<'_>, thread: ThreadId, word: Keyword, at: UnixMs) -> Result<()> {
    let sql = tsql!(
        "UPDATE text_threads SET opt_word = $3, opt_at = $4
         WHERE tenant_id = $1 AND id = $2 AND (opt_at IS NULL OR opt_at <= $4)"
    );
    tx.exec(sql, vals![thread, word.as_str(), at]).await?;
    Ok(())
}

/// Seals what a text says.
pub(super) async fn seal(house: &House, tx: &mut TenantTx<'_>, id: TextId, body: &str) -> Result<Vec<u8>> {
    let tenant = tx.tenant();
    let key = house.seals.key(tx.outer(), tenant).await?;
    Ok(key.seal(place(id), body.as_bytes(), &*house.world.entropy))
}

/// Where what a text says is sealed.
pub(super) const fn place(id: TextId) -> Place<'static> {
    Place { table: "texts", row: id.0, column: "body_sealed" }
}

/// Locks a text that went out; `None` when there is none.
pub(super) async fn lock(tx: &mut TenantTx<'_>, id: TextId) -> Result<bool> {
    let sql = tsql!(
        sqlite: "SELECT id FROM texts WHERE tenant_id = $1 AND id = $2 AND direction = 'OUTBOUND'",
        pg: "SELECT id FROM texts WHERE tenant_id = $1 AND id = $2 AND direction = 'OUTBOUND' FOR NO KEY UPDATE"
    );
    Ok(tx.row(sql, vals![id]).await?.is_some())
}

/// Brings a text that went out up to date with what is told of it.
pub(super) async fn advance(
    house: &House,
    tx: &mut TenantTx<'_>,
    id: TextId,
    told: &Told,
    now: UnixMs,
) -> Result<()> {
    if !lock(tx, id).await? {
        return Ok(());
    }
    let Some(before) = list::find(house, tx, id).await? else { return Ok(()) };
    let is_another = |known: &String| told.external_id.as_ref().is_some_and(|told| told != known);
    if before.external_id.as_ref().is_some_and(is_another) {
        // Whoever tells this means another text.
        return Ok(());
    }
    let mut after = before.clone();
    after.status = told.status.map_or(before.status, |told| before.status.after(told));
    after.external_id = before.external_id.clone().or_else(|| told.external_id.clone());
    after.segments = told.segments.or(before.segments);
    if let Some((micros, currency)) = &told.price {
        (after.price_micros, after.currency) = (Some(*micros), Some(currency.clone()));
    }
    if after.status == told.status.unwrap_or(before.status) && told.problem.is_some() {
        (after.problem, after.provider_code) = (told.problem, told.provider_code.clone());
    }
    if after == before {
        return Ok(());
    }
    after.revision += 1;
    let sql = tsql!(
        "UPDATE texts SET status = $3, external_id = $4, segments = $5, price_micros = $6, currency = $7, problem = $8,
           provider_code = $9, revision = $10, updated_at = $11
         WHERE tenant_id = $1 AND id = $2"
    );
    let values: [Val; 10] = [
        id.into(),
        after.status.as_str().into(),
        after.external_id.clone().into(),
        after.segments.into(),
        after.price_micros.into(),
        after.currency.clone().into(),
        after.problem.map(|problem| problem.as_str()).into(),
        after.provider_code.clone().into(),
        after.revision.into(),
        now.into(),
    ];
    tx.exec(sql, &values).await?;
    if after.problem == Some(TextProblem::OptedOut) && before.problem != after.problem {
        opt(tx, after.thread, Keyword::Stop, now).await?;
    }
    if after.status.is_over() && !before.status.is_over() {
        owe(house, tx, &after, outbox::TextMoment::Updated, now).await?;
    }
    tx.changed("texts", Some(id.0));
    Ok(())
}

/// Owes a moment of a text to the endpoints that asked for it.
pub(super) async fn owe(
    house: &House,
    tx: &mut TenantTx<'_>,
    text: &TextRow,
    moment: outbox::TextMoment,
    now: UnixMs,
) -> Result<()> {
    let (from, to) = if text.is_inbound {
        (&text.their_number, &text.our_number)
    } else {
        (&text.our_number, &text.their_number)
    };
    let told = ToldText {
        id: text.id,
        thread: text.thread,
        is_inbound: text.is_inbound,
        from,
        to,
        body: &text.body,
        status: text.status,
        keyword: text.keyword,
        segments: text.segments,
        media_count: text.media_count,
        problem: text.problem,
        provider_code: text.provider_code.as_deref(),
        provider: &text.provider,
        external_id: text.external_id.as_deref(),
        text_at: text.at,
        revision: text.revision,
    };
    outbox::owe_text(house, tx, moment, &told, now).await
}
