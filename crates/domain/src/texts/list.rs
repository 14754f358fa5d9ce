//! Looking at threads and texts: keyset pages, newest first.

use crate::page::cut;
use crate::texts::keep::place;
use crate::{Cursor, Error, House, Page, Result};
use std::sync::Arc;
use vestibule_model::{ContactId, Keyword, TextId, TextProblem, TextStatus, ThreadId, UnixMs};
use vestibule_store::{Row, TenantTx, Val, fragment, tsql, vals};
use vestibule_vault::DataKey;

/// A text.
#[derive(Clone, PartialEq, Eq)]
pub struct TextRow {
    /// Its id.
    pub id: TextId,
    /// In which thread.
    pub thread: ThreadId,
    /// Whether it came in.
    pub is_inbound: bool,
    /// The tenant's number.
    pub our_number: String,
    /// The other number.
    pub their_number: String,
    /// Where it stands.
    pub status: TextStatus,
    /// Which of the agreed words it is.
    pub keyword: Option<Keyword>,
    /// What it says.
    pub body: String,
    /// In how many parts it travelled.
    pub segments: Option<i64>,
    /// How many pictures and the like came with it.
    pub media_count: i64,
    /// What it cost, in millionths of the currency.
    pub price_micros: Option<i64>,
    /// The currency.
    pub currency: Option<String>,
    /// Why it did not arrive.
    pub problem: Option<TextProblem>,
    /// The same as the provider's own code.
    pub provider_code: Option<String>,
    /// By which provider.
    pub provider: String,
    /// The provider's id of it.
    pub external_id: Option<String>,
    /// When it came, or was to be sent.
    pub at: UnixMs,
    /// How often it changed.
    pub revision: i64,
}

impl std::fmt::Debug for TextRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextRow")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("external_id", &self.external_id)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// A thread.
#[derive(Debug, Clone)]
pub struct ThreadRow {
    /// Its id.
    pub id: ThreadId,
    /// The tenant's number.
    pub our_number: String,
    /// The other number.
    pub their_number: String,
    /// Whose number that is.
    pub contact: Option<ContactId>,
    /// What they are called.
    pub contact_name: Option<String>,
    /// Since when the other side wants no texts of this number; nothing when it does.
    pub opted_out_at: Option<UnixMs>,
    /// When the newest text came or was to be sent.
    pub last_at: UnixMs,
    /// The newest text.
    pub last: Option<TextRow>,
}

/// Which texts.
#[derive(Debug, Clone, Default)]
pub struct TextFilter {
    /// Of one thread.
    pub thread: Option<ThreadId>,
    /// The place after the last row of the page before.
    pub after: Option<Cursor>,
    /// How many.
    pub limit: i64,
}

/// Which threads.
#[derive(Debug, Clone, Default)]
pub struct ThreadFilter {
    /// With one contact.
    pub contact: Option<ContactId>,
    /// With one number.
    pub phone: Option<String>,
    /// The place after the last row of the page before.
    pub after: Option<Cursor>,
    /// How many.
    pub limit: i64,
}

/// The tenant's key, where there is anything to open.
async fn key(house: &House, tx: &mut TenantTx<'_>, rows: &[Row]) -> Result<Option<Arc<DataKey>>> {
    if rows.is_empty() {
        return Ok(None);
    }
    let tenant = tx.tenant();
    Ok(Some(match house.seals.at_hand(tenant) {
        Some(key) => key,
        None => house.seals.key(tx.outer(), tenant).await?,
    }))
}

fn read(key: Option<&DataKey>, row: &Row) -> Result<TextRow> {
    let id: TextId = row.id("id")?;
    let key = key.ok_or_else(|| Error::fault("a text without its tenant's key"))?;
    let plain =
        key.open(place(id), &row.bytes("body_sealed")?).map_err(|_| Error::fault("a text does not open"))?;
    let status = TextStatus::parse(&row.text("status")?);
    Ok(TextRow {
        id,
        thread: row.id("thread_id")?,
        is_inbound: row.text("direction")? == "INBOUND",
        our_number: row.text("our_number")?,
        their_number: row.text("their_number")?,
        status: status.ok_or_else(|| Error::fault("a text of an unknown status"))?,
        keyword: row.opt_text("keyword")?.as_deref().and_then(Keyword::parse),
        body: String::from_utf8_lossy(&plain).into_owned(),
        segments: row.opt_int("segments")?,
        media_count: row.int("media_count")?,
        price_micros: row.opt_int("price_micros")?,
        currency: row.opt_text("currency")?,
        problem: row.opt_text("problem")?.as_deref().and_then(TextProblem::parse),
        provider_code: row.opt_text("provider_code")?,
        provider: row.text("provider")?,
        external_id: row.opt_text("external_id")?,
        at: row.at("at")?,
        revision: row.int("revision")?,
    })
}

/// One text; `None` when the tenant has no such one.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn find(house: &House, tx: &mut TenantTx<'_>, id: TextId) -> Result<Option<TextRow>> {
    let sql = tsql!(
        "SELECT t.id, t.thread_id, t.direction, h.our_number, h.their_number, t.status, t.keyword, t.body_sealed, t.segments,
           t.media_count, t.price_micros, t.currency, t.problem, t.provider_code, t.provider, t.external_id, t.at, t.revision
         FROM texts t JOIN text_threads h ON h.tenant_id = t.tenant_id AND h.id = t.thread_id
         WHERE t.tenant_id = $1 AND t.id = $2"
    );
    let rows = tx.rows(sql, vals![id]).await?;
    let key = key(house, tx, &rows).await?;
    rows.first().map(|row| read(key.as_deref(), row)).transpose()
}

/// A page of texts, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(house: &House, tx: &mut TenantTx<'_>, filter: &TextFilter) -> Result<Page<TextRow>> {
    let mut sql = tsql!(
        "SELECT t.id, t.thread_id, t.direction, h.our_number, h.their_number, t.status, t.keyword, t.body_sealed, t.segments,
           t.media_count, t.price_micros, t.currency, t.problem, t.provider_code, t.provider, t.external_id, t.at, t.revision
         FROM texts t JOIN text_threads h ON h.tenant_id = t.tenant_id AND h.id = t.thread_id
         WHERE t.tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    if let Some(thread) = filter.thread {
        values.push(thread.into());
        sql = sql.and(fragment!(" AND t.thread_id = ?"), values.len() + 1);
    }
    if let Some(after) = filter.after {
        values.push(after.key.into());
        values.push(after.id.into());
        sql = sql.and(fragment!(" AND (t.at, t.id) < (?, ?)"), values.len());
    }
    values.push((filter.limit + 1).into());
    let sql = sql.tail(" ORDER BY t.at DESC, t.id DESC LIMIT ?", values.len() + 1);
    let rows = tx.rows(sql, &values).await?;
    let key = key(house, tx, &rows).await?;
    let rows = rows.iter().map(|row| read(key.as_deref(), row)).collect::<Result<Vec<_>>>()?;
    Ok(cut(rows, filter.limit, |t| Cursor { key: t.at.0, id: t.id.0 }))
}

fn read_thread(key: Option<&DataKey>, row: &Row) -> Result<ThreadRow> {
    let thread: ThreadId = row.id("thread_id")?;
    let opted_out = row.opt_text("opt_word")?.as_deref().and_then(Keyword::parse) == Some(Keyword::Stop);
    Ok(ThreadRow {
        id: thread,
        our_number: row.text("our_number")?,
        their_number: row.text("their_number")?,
        contact: row.opt_id("contact_id")?,
        contact_name: row.opt_text("contact_name")?,
        opted_out_at: if opted_out { row.opt_at("opt_at")? } else { None },
        last_at: row.at("last_at")?,
        last: Some(read(key, row)?),
    })
}

/// One thread; `None` when the tenant has no such one.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn find_thread(house: &House, tx: &mut TenantTx<'_>, id: ThreadId) -> Result<Option<ThreadRow>> {
    let sql = tsql!(
        "SELECT h.contact_id, h.opt_word, h.opt_at, h.last_at, p.name AS contact_name, t.id, t.thread_id, t.direction,
           h.our_number, h.their_number, t.status, t.keyword, t.body_sealed, t.segments, t.media_count, t.price_micros,
           t.currency, t.problem, t.provider_code, t.provider, t.external_id, t.at, t.revision
         FROM text_threads h JOIN texts t ON t.tenant_id = h.tenant_id AND t.id = h.last_text_id
         LEFT JOIN contacts p ON p.tenant_id = h.tenant_id AND p.id = h.contact_id
         WHERE h.tenant_id = $1 AND h.id = $2"
    );
    let rows = tx.rows(sql, vals![id]).await?;
    let key = key(house, tx, &rows).await?;
    rows.first().map(|row| read_thread(key.as_deref(), row)).transpose()
}

/// A page of threads, the latest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list_threads(
    house: &House,
    tx: &mut TenantTx<'_>,
    filter: &ThreadFilter,
) -> Result<Page<ThreadRow>> {
    let mut sql = tsql!(
        "SELECT h.contact_id, h.opt_word, h.opt_at, h.last_at, p.name AS contact_name, t.id, t.thread_id, t.direction,
           h.our_number, h.their_number, t.status, t.keyword, t.body_sealed, t.segments, t.media_count, t.price_micros,
           t.currency, t.problem, t.provider_code, t.provider, t.external_id, t.at, t.revision
         FROM text_threads h JOIN texts t ON t.tenant_id = h.tenant_id AND t.id = h.last_text_id
         LEFT JOIN contacts p ON p.tenant_id = h.tenant_id AND p.id = h.contact_id
         WHERE h.tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    if let Some(contact) = filter.contact {
        values.push(contact.into());
        sql = sql.and(fragment!(" AND h.contact_id = ?"), values.len() + 1);
    }
    if let Some(phone) = &filter.phone {
        values.push(phone.as_str().into());
        sql = sql.and(fragment!(" AND h.their_number = ?"), values.len() + 1);
    }
    if let Some(after) = filter.after {
        values.push(after.key.into());
        values.push(after.id.into());
        sql = sql.and(fragment!(" AND (h.last_at, h.id) < (?, ?)"), values.len());
    }
    values.push((filter.limit + 1).into());
    let sql = sql.tail(" ORDER BY h.last_at DESC, h.id DESC LIMIT ?", values.len() + 1);
    let rows = tx.rows(sql, &values).await?;
    let key = key(house, tx, &rows).await?;
    let rows = rows.iter().map(|row| read_thread(key.as_deref(), row)).collect::<Result<Vec<_>>>()?;
    Ok(cut(rows, filter.limit, |h| Cursor { key: h.last_at.0, id: h.id.0 }))
}
