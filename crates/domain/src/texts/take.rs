//! Taking in what a provider tells of a text. Idempotent by (provider, the provider's id): a text that came is kept once, and
//! where one that went out stands only goes forward.

use crate::outbox::TextMoment;
use crate::texts::keep::{self, Pair, Told};
use crate::texts::{list, rules};
use crate::{House, Result, privacy};
use vestibule_model::{Keyword, TextCame, TextEvent, TextId, TextStatus, TextTold, UnixMs};
use vestibule_store::{StoreError, TenantTx, Val, tsql, vals};

/// Takes an event in; false when it tells of a text that was erased: then nothing of it may be kept. A text without an
/// instant of its own came when we heard of it.
///
/// # Errors
/// [`crate::Error`] as the database says; busy when another node kept the same text at this moment.
pub async fn take(
    house: &House,
    tx: &mut TenantTx<'_>,
    event: &TextEvent,
    received_at: UnixMs,
    now: UnixMs,
) -> Result<bool> {
    let known = by_name(tx, &event.provider, &event.external_id).await?;
    if known.is_none() && privacy::is_erased_text(house, tx, &event.provider, &event.external_id).await? {
        return Ok(false);
    }
    match (&event.told, known) {
        (TextTold::Came(came), None) => keep_new(house, tx, event, came, received_at, now).await?,
        (TextTold::Came(_), Some(_)) => {}
        (TextTold::Became { status, problem, provider_code }, known) => {
            // What somebody sent by other means is none of ours.
            let Some(id) = known.or(event.text) else { return Ok(true) };
            let told = Told {
                status: Some(*status),
                external_id: Some(event.external_id.clone()),
                problem: *problem,
                provider_code: provider_code.clone(),
                ..Told::default()
            };
            keep::advance(house, tx, id, &told, now).await?;
        }
    }
    Ok(true)
}

/// The text that a provider calls so.
pub(super) async fn by_name(
    tx: &mut TenantTx<'_>,
    provider: &str,
    external_id: &str,
) -> Result<Option<TextId>> {
    let sql = tsql!("SELECT id FROM texts WHERE tenant_id = $1 AND provider = $2 AND external_id = $3");
    Ok(tx.row(sql, vals![provider, external_id]).await?.map(|row| row.id("id")).transpose()?)
}

async fn keep_new(
    house: &House,
    tx: &mut TenantTx<'_>,
    event: &TextEvent,
    came: &TextCame,
    at: UnixMs,
    now: UnixMs,
) -> Result<()> {
    let id: TextId = house.world.new_id();
    let word = rules::meaning(came).map(|word| word.keyword);
    let pair = Pair { ours: &came.to, theirs: &came.from };
    let thread = keep::thread(house, tx, pair, id, at, now).await?;
    let sealed = keep::seal(house, tx, id, &came.body).await?;
    let sql = tsql!(
        "INSERT INTO texts (tenant_id, id, thread_id, direction, status, keyword, body_sealed, segments, media_count, provider,
           external_id, at, revision, created_at, updated_at)
         VALUES ($1, $2, $3, 'INBOUND', $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $12)
         ON CONFLICT (tenant_id, provider, external_id) DO NOTHING"
    );
    let values: [Val; 11] = [
        id.into(),
        thread.into(),
        TextStatus::Received.as_str().into(),
        word.map(|word| word.as_str()).into(),
        sealed.into(),
        came.segments.into(),
        came.media_count.into(),
        event.provider.as_str().into(),
        event.external_id.as_str().into(),
        at.into(),
        now.into(),
    ];
    if tx.exec(sql, &values).await? == 0 {
        // Another node kept it since we looked: the next try sees that.
        return Err(StoreError::Busy.into());
    }
    if let Some(word @ (Keyword::Stop | Keyword::Start)) = word {
        keep::opt(tx, thread, word, at).await?;
    }
    if let Some(kept) = list::find(house, tx, id).await? {
        keep::owe(house, tx, &kept, TextMoment::Received, now).await?;
    }
    tx.changed("texts", Some(id.0));
    Ok(())
}
