//! What a text that came in is answered with. Changes nothing: the word itself is kept with the text.

use crate::texts::{rules, words};
use crate::{House, Result};
use vestibule_access::TenantScope;
use vestibule_model::{TextCame, UnixMs};
use vestibule_store::directory::tenants;
use vestibule_store::{tsql, vals};

/// The answer to one of the agreed words; nothing to anything else, to a word that the provider answers by itself, and to
/// somebody who writes such words again and again: it may be a machine.
///
/// # Errors
/// The database's.
pub async fn answer(
    house: &House,
    scope: &TenantScope,
    came: &TextCame,
    now: UnixMs,
) -> Result<Option<String>> {
    let Some(word) = rules::meaning(came).filter(|_| !came.is_answered) else { return Ok(None) };
    let mut tx = house.db.read_in(scope).await?;
    let Some(tenant) = tenants::find_even_deleted(&mut tx, scope.tenant()).await? else { return Ok(None) };
    let mut inside = tx.tenant(scope).await?;
    let sql = tsql!(
        "SELECT count(*) AS said FROM texts t JOIN text_threads h ON h.tenant_id = t.tenant_id AND h.id = t.thread_id
         WHERE t.tenant_id = $1 AND h.their_number = $2 AND h.our_number = $3 AND t.keyword IS NOT NULL AND t.at > $4"
    );
    let since = now.plus_ms(-rules::CAP_MS);
    let row = inside.row(sql, vals![came.from.as_str(), came.to.as_str(), since]).await?;
    if row.map_or(Ok(0), |row| row.int("said"))? > rules::CAP {
        return Ok(None);
    }
    let french = word.is_french || tenant.locale.starts_with("fr");
    Ok(Some(words::answer(word.keyword, french, &tenant.company_name)))
}
