//! Contacts: the callers we know, by their number.

use crate::page::cut;
use crate::{Cursor, House, Page, Result};
use vestibule_model::{ContactId, Phone, UnixMs};
use vestibule_store::{Row, TenantTx, Val, fragment, tsql, vals};

/// A caller that a call made known.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Their number.
    pub phone: &'a Phone,
    /// Their name, where the call gave one.
    pub name: Option<&'a str>,
    /// Their address, where the call gave one.
    pub email: Option<&'a str>,
    /// When the call began.
    pub call_at: UnixMs,
    /// Whether this call was not counted yet.
    pub is_new_call: bool,
}

/// Makes a caller known. Idempotent by (tenant, number); a call counts once because its row remembers its
/// contact in the same transaction. The newest call's name is kept, whatever the order of arrival.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn see(house: &House, tx: &mut TenantTx<'_>, seen: &Seen<'_>, now: UnixMs) -> Result<ContactId> {
    let sql = tsql!(
        "INSERT INTO contacts (tenant_id, id, phone, name, name_rank, email, calls_count, first_call_at, last_call_at,
           created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $9)
         ON CONFLICT (tenant_id, phone) DO UPDATE SET
           name = CASE WHEN excluded.name IS NOT NULL AND excluded.name_rank >= contacts.name_rank
             THEN excluded.name ELSE contacts.name END,
           name_rank = CASE WHEN excluded.name IS NOT NULL AND excluded.name_rank >= contacts.name_rank
             THEN excluded.name_rank ELSE contacts.name_rank END,
           email = coalesce(excluded.email, contacts.email),
           calls_count = contacts.calls_count + excluded.calls_count,
           first_call_at = CASE WHEN excluded.first_call_at < contacts.first_call_at OR contacts.calls_count = 0
             THEN excluded.first_call_at ELSE contacts.first_call_at END,
           last_call_at = CASE WHEN excluded.last_call_at > contacts.last_call_at
             THEN excluded.last_call_at ELSE contacts.last_call_at END,
           updated_at = excluded.updated_at
         WHERE contacts.tenant_id = $1
         RETURNING id"
    );
    let id: ContactId = house.world.new_id();
    let rank = if seen.name.is_some() { seen.call_at.0 } else { 0 };
    let values: [Val; 8] = [
        id.into(),
        seen.phone.as_str().into(),
        seen.name.into(),
        rank.into(),
        seen.email.into(),
        i64::from(seen.is_new_call).into(),
        seen.call_at.into(),
        now.into(),
    ];
    let row = tx.row(sql, &values).await?;
    let id = row.map_or(Ok(id), |r| r.id("id"))?;
    tx.changed("contacts", Some(id.0));
    Ok(id)
}

/// Makes somebody known who writes and may never have called. Idempotent by (tenant, number): whoever is known stays as they
/// are.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn see_writing(
    house: &House,
    tx: &mut TenantTx<'_>,
    phone: &Phone,
    at: UnixMs,
    now: UnixMs,
) -> Result<ContactId> {
    let sql = tsql!(
        "INSERT INTO contacts (tenant_id, id, phone, name_rank, calls_count, first_call_at, last_call_at, created_at, updated_at)
         VALUES ($1, $2, $3, 0, 0, $4, $4, $5, $5)
         ON CONFLICT (tenant_id, phone) DO NOTHING"
    );
    let id: ContactId = house.world.new_id();
    if tx.exec(sql, vals![id, phone.as_str(), at, now]).await? > 0 {
        tx.changed("contacts", Some(id.0));
        return Ok(id);
    }
    let sql = tsql!("SELECT id FROM contacts WHERE tenant_id = $1 AND phone = $2");
    let row = tx.row(sql, vals![phone.as_str()]).await?;
    Ok(row.map_or(Ok(id), |row| row.id("id"))?)
}

/// A caller we know.
#[derive(Debug, Clone)]
pub struct ContactRow {
    /// Their id.
    pub id: ContactId,
    /// Their number.
    pub phone: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// How often they rang, or were rung.
    pub calls_count: i64,
    /// When first; of somebody who has only written: when they first wrote.
    pub first_call_at: UnixMs,
    /// When last; the same.
    pub last_call_at: UnixMs,
}

fn read(row: &Row) -> Result<ContactRow> {
    Ok(ContactRow {
        id: row.id("id")?,
        phone: row.opt_text("phone")?,
        name: row.opt_text("name")?,
        email: row.opt_text("email")?,
        calls_count: row.int("calls_count")?,
        first_call_at: row.at("first_call_at")?,
        last_call_at: row.at("last_call_at")?,
    })
}

/// A page of contacts, the latest caller first.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list(
    tx: &mut TenantTx<'_>,
    phone: Option<&Phone>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Page<ContactRow>> {
    let mut sql = tsql!(
        "SELECT p.id, p.phone, p.name, p.email, p.calls_count, p.first_call_at, p.last_call_at
         FROM contacts p WHERE p.tenant_id = $1"
    );
    let mut values: Vec<Val> = Vec::new();
    if let Some(phone) = phone {
        values.push(phone.as_str().into());
        sql = sql.and(fragment!(" AND p.phone = ?"), values.len() + 1);
    }
    if let Some(after) = after {
        values.push(after.key.into());
        values.push(after.id.into());
        sql = sql.and(fragment!(" AND (p.last_call_at, p.id) < (?, ?)"), values.len());
    }
    values.push((limit + 1).into());
    let sql = sql.tail(" ORDER BY p.last_call_at DESC, p.id DESC LIMIT ?", values.len() + 1);
    let rows = tx.rows(sql, &values).await?.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(cut(rows, limit, |c| Cursor { key: c.last_call_at.0, id: c.id.0 }))
}
