//! Keys that sign: the public half as it is, the private half sealed. One of them is current.

use crate::{Result, Row, Tx, Val};
use uuid::Uuid;
use vestibule_model::UnixMs;

/// A row of `signing_keys`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// Its id: the row under which the private half is sealed.
    pub id: Uuid,
    /// The name that everything signed with it carries.
    pub kid: String,
    /// The public half.
    pub public_key: Vec<u8>,
    /// The private half, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: UnixMs,
    /// Since when it signs no more.
    pub retired_at: Option<UnixMs>,
}

const COLUMNS: &str = "id, kid, public_key, sealed, created_at, retired_at";

fn read(row: &Row) -> Result<SigningKeyRecord> {
    Ok(SigningKeyRecord {
        id: row.id("id")?,
        kid: row.text("kid")?,
        public_key: row.bytes("public_key")?,
        sealed: row.bytes("sealed")?,
        created_at: row.at("created_at")?,
        retired_at: row.opt_at("retired_at")?,
    })
}

/// The key that signs now.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find_current(tx: &mut Tx) -> Result<Option<SigningKeyRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM signing_keys WHERE is_current = 1");
    tx.row(&sql, &[]).await?.as_ref().map(read).transpose()
}

/// A key by its name, also a retired one.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn find(tx: &mut Tx, kid: &str) -> Result<Option<SigningKeyRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM signing_keys WHERE kid = $1");
    tx.row(&sql, &[kid.into()]).await?.as_ref().map(read).transpose()
}

/// Every key there ever was, the newest first.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn list(tx: &mut Tx) -> Result<Vec<SigningKeyRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM signing_keys ORDER BY created_at DESC, id DESC");
    tx.rows(&sql, None, &[]).await?.iter().map(read).collect()
}

/// Keeps a key as the current one. Idempotent: where there is a current one already, that one stays.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn insert_current(tx: &mut Tx, key: &SigningKeyRecord) -> Result<bool> {
    let sql = "INSERT INTO signing_keys (id, kid, public_key, sealed, is_current, created_at) VALUES ($1, $2, $3, $4, 1, $5)
               ON CONFLICT (is_current) DO NOTHING";
    let values: [Val; 5] = [
        key.id.into(),
        key.kid.clone().into(),
        key.public_key.clone().into(),
        key.sealed.clone().into(),
        key.created_at.into(),
    ];
    Ok(tx.exec(sql, None, &values).await? > 0)
}

/// Retires the current key. Idempotent: without one nothing happens.
///
/// # Errors
/// [`crate::StoreError`] as the database says.
pub async fn retire_current(tx: &mut Tx, now: UnixMs) -> Result<()> {
    let sql = "UPDATE signing_keys SET is_current = NULL, retired_at = $1 WHERE is_current = 1";
    tx.exec(sql, None, &[now.into()]).await.map(drop)
}
