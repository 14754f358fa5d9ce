//! Looking at mail.

use crate::page::cut;
use crate::{Cursor, Page, Result};
use vestibule_model::{MailId, UnixMs};
use vestibule_store::{Row, TenantTx, Val, fragment, tsql, vals};

/// A mail, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    /// Its id.
    pub id: MailId,
    /// What it tells of.
    pub kind: String,
    /// To whom it goes.
    pub to: String,
    /// In which language it is.
    pub locale: String,
    /// What it is about.
    pub subject: String,
    /// `owed`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts_count: i64,
    /// What went wrong the last time, as a stable code.
    pub last_error: Option<String>,
    /// Its id with whoever took it.
    pub external_id: Option<String>,
    /// When it was owed.
    pub created_at: UnixMs,
    /// When it was taken.
    pub sent_at: Option<UnixMs>,
}

fn read(row: &Row) -> Result<MailRow> {
    Ok(MailRow {
        id: row.id("id")?,
        kind: row.text("kind")?,
        to: row.text("to_address")?,
        locale: row.text("locale")?,
        subject: row.text("subject")?,
        state: row.text("state")?,
        attempts_count: row.int("attempts_count")?,
        last_error: row.opt_text("last_error")?,
        external_id: row.opt_text("external_id")?,
        created_at: row.at("created_at")?,
        sent_at: row.opt_at("sent_at")?,
    })
}

/// A page of mails, newest first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(tx: &mut TenantTx<'_>, after: Option<Cursor>, limit: i64) -> Result<Page<MailRow>> {
    let mut sql = tsql!(
        "SELECT id, kind, to_address, locale, subject, state, attempts_count, last_error, external_id, created_at, sent_at
         FROM mails WHERE tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    if let Some(after) = after {
        values.push(after.key.into());
        values.push(after.id.into());
        sql = sql.and(fragment!(" AND (created_at, id) < (?, ?)"), values.len());
    }
    values.push((limit + 1).into());
    let sql = sql.tail(" ORDER BY created_at DESC, id DESC LIMIT ?", values.len() + 1);
    let rows = tx.rows(sql, &values).await?.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(cut(rows, limit, |mail| Cursor { key: mail.created_at.0, id: mail.id.0 }))
}

/// The mails of which `is_in` says so: asked about each one's subject and text.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub(crate) async fn mentioning(
    tx: &mut TenantTx<'_>,
    is_in: impl Fn(&str) -> bool,
) -> Result<Vec<uuid::Uuid>> {
    let (mut found, mut after) = (Vec::new(), uuid::Uuid::nil());
    loop {
        let sql = tsql!(
            "SELECT id, subject, doc FROM mails WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT 200"
        );
        let rows = tx.rows(sql, vals![after]).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.uuid("id")?;
        for row in &rows {
            let doc: serde_json::Value = row.json("doc")?;
            let text = doc.get("text").and_then(serde_json::Value::as_str).unwrap_or_default();
            if is_in(&row.text("subject")?) || is_in(text) {
                found.push(row.uuid("id")?);
            }
        }
    }
}
