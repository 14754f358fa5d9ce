//! Values bound to statements and rows read from them, alike on both databases.

use crate::{Result, StoreError};
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use std::sync::Arc;
use uuid::Uuid;

/// A value to bind. `None` binds a NULL of the type.
#[derive(Debug, Clone, PartialEq)]
pub enum Val {
    /// An integer.
    Int(Option<i64>),
    /// A truth value.
    Bool(Option<bool>),
    /// Text; NUL characters, which PostgreSQL refuses, become U+FFFD.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
    /// An id.
    Id(Option<Uuid>),
    /// JSON, already serialised.
    Json(Option<String>),
}

impl Val {
    /// Serialises a value as JSON.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn json(value: &impl serde::Serialize) -> Result<Self> {
        let text = serde_json::to_string(value).map_err(|e| StoreError::Broken(e.to_string()))?;
        Ok(Self::Json(Some(text)))
    }

    pub(crate) fn cleaned(&self) -> std::borrow::Cow<'_, Self> {
        match self {
            Self::Text(Some(text)) if text.contains('\0') => {
                std::borrow::Cow::Owned(Self::Text(Some(text.replace('\0', "\u{fffd}"))))
            }
            Self::Json(Some(text)) if text.contains("\\u0000") => {
                std::borrow::Cow::Owned(Self::Json(Some(without_nul(text))))
            }
            _ => std::borrow::Cow::Borrowed(self),
        }
    }
}

/// Replaces escaped NUL characters in a JSON text; an escaped backslash before `u0000` escapes nothing else.
fn without_nul(json: &str) -> String {
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        clean.push_str(before);
        if let Some(after) = escape.strip_prefix("\\u0000") {
            clean.push_str("\\ufffd");
            rest = after;
        } else {
            // What a backslash escapes is one ASCII character.
            let (pair, after) = escape.split_at_checked(2).unwrap_or((escape, ""));
            clean.push_str(pair);
            rest = after;
        }
    }
    clean.push_str(rest);
    clean
}

macro_rules! val_from {
    ($($from:ty => $variant:ident($map:expr)),+ $(,)?) => {$(
        impl From<$from> for Val { fn from(v: $from) -> Self { let f: fn($from) -> _ = $map; Self::$variant(Some(f(v))) } }
        impl From<Option<$from>> for Val { fn from(v: Option<$from>) -> Self { let f: fn($from) -> _ = $map; Self::$variant(v.map(f)) } }
    )+};
}

val_from! {
    i64 => Int(|v| v),
    vestibule_model::UnixMs => Int(|v| v.0),
    bool => Bool(|v| v),
    String => Text(|v| v),
    &str => Text(str::to_owned),
    Vec<u8> => Bytes(|v| v),
    &[u8] => Bytes(<[u8]>::to_vec),
    [u8; 32] => Bytes(|v| v.to_vec()),
    Uuid => Id(|v| v),
    vestibule_model::TenantId => Id(|v| v.0),
    vestibule_model::AgencyId => Id(|v| v.0),
    vestibule_model::UserId => Id(|v| v.0),
    vestibule_model::SessionId => Id(|v| v.0),
    vestibule_model::KeyId => Id(|v| v.0),
    vestibule_model::ConnectionId => Id(|v| v.0),
    vestibule_model::BindingId => Id(|v| v.0),
    vestibule_model::InboxId => Id(|v| v.0),
    vestibule_model::CallId => Id(|v| v.0),
    vestibule_model::ContactId => Id(|v| v.0),
    vestibule_model::EndpointId => Id(|v| v.0),
    vestibule_model::DeliveryId => Id(|v| v.0),
    vestibule_model::AttemptId => Id(|v| v.0),
    vestibule_model::ExecutionId => Id(|v| v.0),
    vestibule_model::TextId => Id(|v| v.0),
    vestibule_model::ThreadId => Id(|v| v.0),
    vestibule_model::MailId => Id(|v| v.0),
    vestibule_model::AuditId => Id(|v| v.0),
    vestibule_model::ViewingId => Id(|v| v.0),
}

/// A row that was read.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Lite {
        /// The columns' names.
        names: Arc<[String]>,
        /// Their values.
        values: Vec<rusqlite::types::Value>,
    },
    /// From PostgreSQL.
    Pg(sqlx::postgres::PgRow),
}

macro_rules! reader {
    ($(#[$doc:meta])* $name:ident, $opt:ident, $ty:ty, $pg:ty, |$v:ident| $lite:expr, |$p:ident| $from_pg:expr) => {
        $(#[$doc])*
        /// # Errors
        /// When the column is missing, NULL, or of another type.
        pub fn $name(&self, column: &str) -> Result<$ty> {
            self.$opt(column)?.ok_or_else(|| StoreError::Broken(format!("column {column} is NULL")))
        }

        $(#[$doc])*
        /// `None` when the column is NULL.
        /// # Errors
        /// When the column is missing or of another type.
        pub fn $opt(&self, column: &str) -> Result<Option<$ty>> {
            match self {
                Self::Lite { .. } => match self.lite(column)? {
                    rusqlite::types::Value::Null => Ok(None),
                    $v => { let got: Option<$ty> = $lite; got.map(Some).ok_or_else(|| wrong(column)) }
                },
                Self::Pg(row) => {
                    let $p: Option<$pg> = row.try_get(column)?;
                    Ok($p.map(|$p| $from_pg))
                }
            }
        }
    };
}

fn wrong(column: &str) -> StoreError {
    StoreError::Broken(format!("column {column} has another type"))
}

impl Row {
    fn lite(&self, column: &str) -> Result<&rusqlite::types::Value> {
        let Self::Lite { names, values } = self else { return Err(wrong(column)) };
        names
            .iter()
            .position(|n| n == column)
            .and_then(|i| values.get(i))
            .ok_or_else(|| StoreError::Broken(format!("no column {column}")))
    }

    reader! {
        /// Reads an integer.
        int, opt_int, i64, i64,
        |v| if let rusqlite::types::Value::Integer(i) = v { Some(*i) } else { None }, |p| p
    }
    reader! {
        /// Reads a truth value.
        bool, opt_bool, bool, bool,
        |v| if let rusqlite::types::Value::Integer(i) = v { Some(*i != 0) } else { None }, |p| p
    }
    reader! {
        /// Reads text.
        text, opt_text, String, String,
        |v| if let rusqlite::types::Value::Text(t) = v { Some(t.clone()) } else { None }, |p| p
    }
    reader! {
        /// Reads bytes.
        bytes, opt_bytes, Vec<u8>, Vec<u8>,
        |v| if let rusqlite::types::Value::Blob(b) = v { Some(b.clone()) } else { None }, |p| p
    }
    reader! {
        /// Reads an id.
        uuid, opt_uuid, Uuid, Uuid,
        |v| if let rusqlite::types::Value::Blob(b) = v { Uuid::from_slice(b).ok() } else { None }, |p| p
    }

    /// Reads an id of a kind.
    ///
    /// # Errors
    /// When the column is missing, NULL, or not an id.
    pub fn id<T: From<Uuid>>(&self, column: &str) -> Result<T> {
        self.uuid(column).map(T::from)
    }

    /// Reads an id of a kind, or NULL.
    ///
    /// # Errors
    /// When the column is missing or not an id.
    pub fn opt_id<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>> {
        Ok(self.opt_uuid(column)?.map(T::from))
    }

    /// Reads an instant.
    ///
    /// # Errors
    /// When the column is missing, NULL, or not an integer.
    pub fn at(&self, column: &str) -> Result<vestibule_model::UnixMs> {
        self.int(column).map(vestibule_model::UnixMs)
    }

    /// Reads an instant, or NULL.
    ///
    /// # Errors
    /// When the column is missing or not an integer.
    pub fn opt_at(&self, column: &str) -> Result<Option<vestibule_model::UnixMs>> {
        Ok(self.opt_int(column)?.map(vestibule_model::UnixMs))
    }

    /// Reads a JSON column.
    ///
    /// # Errors
    /// When the column is missing, NULL, or does not hold a `T`.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        self.opt_json(column)?.ok_or_else(|| StoreError::Broken(format!("column {column} is NULL")))
    }

    /// Reads a JSON column, or NULL.
    ///
    /// # Errors
    /// When the column is missing or does not hold a `T`.
    pub fn opt_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>> {
        let broken = |e: serde_json::Error| StoreError::Broken(format!("column {column}: {e}"));
        match self {
            Self::Lite { .. } => match self.lite(column)? {
                rusqlite::types::Value::Null => Ok(None),
                rusqlite::types::Value::Text(text) => serde_json::from_str(text).map(Some).map_err(broken),
                _ => Err(wrong(column)),
            },
            Self::Pg(row) => {
                let raw: Option<sqlx::types::Json<Box<serde_json::value::RawValue>>> = row.try_get(column)?;
                raw.map(|raw| serde_json::from_str(raw.0.get()).map_err(broken)).transpose()
            }
        }
    }
}
