//! One-time links: found by the hash of their token. A person has at most one for each purpose.

use crate::{Result, Tx, Val};
use serde_json::Value;
use vestibule_model::{UnixMs, UserId};

/// A row of `links`, without what is only asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkRecord {
    /// Whose it is.
    pub user: UserId,
    /// What is to be done when it is used.
    pub doc: Value,
}

/// A link to keep.
#[derive(Debug, Clone)]
pub struct NewLinkRecord<'a> {
    /// The hash of its token.
    pub hash: [u8; 32],
    /// Whose it is.
    pub user: UserId,
    /// What it is good for.
    pub purpose: &'a str,
    /// What is to be done when it is used.
    pub doc: &'a Value,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it ends.
    pub expires_at: UnixMs,
}

/// Keeps a link; the person's older one of the same purpose ends, used or not.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn insert(tx: &mut Tx, link: &NewLinkRecord<'_>) -> Result<()> {
    let sql = "INSERT INTO links (token_hash, user_id, purpose, doc, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (user_id, purpose) DO UPDATE SET token_hash = excluded.token_hash, doc = excluded.doc,
               created_at = excluded.created_at, expires_at = excluded.expires_at, used_at = NULL";
    let values: [Val; 6] = [
        link.hash.into(),
        link.user.into(),
        link.purpose.into(),
        Val::json(link.doc)?,
        link.created_at.into(),
        link.expires_at.into(),
    ];
    tx.exec(sql, None, &values).await.map(drop)
}

/// Finds a link without using it; `None` when it does not exist, is over, was used, or is for something else.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, hash: [u8; 32], purpose: &str, now: UnixMs) -> Result<Option<LinkRecord>> {
    let sql = "SELECT user_id, doc FROM links WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3";
    let row = tx.row(sql, &[hash.into(), purpose.into(), now.into()]).await?;
    row.map(|r| Ok(LinkRecord { user: r.id("user_id")?, doc: r.json("doc")? })).transpose()
}

/// Uses a link up; whose it was, or `None` when it does not exist, is over, was used, or is for something else.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn take(tx: &mut Tx, hash: [u8; 32], purpose: &str, now: UnixMs) -> Result<Option<LinkRecord>> {
    let sql = "UPDATE links SET used_at = $3 WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
               RETURNING user_id, doc";
    let row = tx.row(sql, &[hash.into(), purpose.into(), now.into()]).await?;
    row.map(|r| Ok(LinkRecord { user: r.id("user_id")?, doc: r.json("doc")? })).transpose()
}

/// Ends a person's link for a purpose. Idempotent.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn end(tx: &mut Tx, user: UserId, purpose: &str, now: UnixMs) -> Result<()> {
    let sql = "UPDATE links SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL";
    tx.exec(sql, None, &[user.into(), purpose.into(), now.into()]).await.map(drop)
}

/// Whether a person's link for a purpose was made after an instant and is not used.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn was_made(tx: &mut Tx, user: UserId, purpose: &str, since: UnixMs) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM links WHERE user_id = $1 AND purpose = $2 AND created_at > $3 AND used_at IS NULL";
    Ok(tx.row(sql, &[user.into(), purpose.into(), since.into()]).await?.is_some())
}
