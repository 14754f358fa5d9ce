//! Keyset pages: a cursor names the last row of the page before.

use crate::{Kind, Refusal};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}

/// The place after a row: its sort key and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The sort key, milliseconds for instants.
    pub key: i64,
    /// The row.
    pub id: Uuid,
}

impl Cursor {
    /// The cursor as text.
    #[must_use]
    pub fn encode(self) -> String {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.key.to_be_bytes());
        bytes[8..].copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor that we once wrote. It names a place in an order, not a row: every page is filtered by
    /// its tenant all the same.
    ///
    /// # Errors
    /// `bad_cursor` for anything else.
    pub fn decode(text: &str) -> Result<Self, Refusal> {
        let bad = || {
            Refusal::new(
                Kind::BadRequest,
                "bad_cursor",
                "This cursor is not one of ours: begin again without it.",
                "Ce curseur n’est pas des nôtres : recommencez sans lui.",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let (key, id) = bytes.split_at_checked(8).ok_or_else(bad)?;
        let key = i64::from_be_bytes(key.try_into().map_err(|_| bad())?);
        Ok(Self { key, id: Uuid::from_slice(id).map_err(|_| bad())? })
    }
}

/// Cuts a page of `limit` from rows of which one too many was asked for.
pub(crate) fn cut<T>(mut rows: Vec<T>, limit: i64, place: impl Fn(&T) -> Cursor) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(1);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = if more { rows.last().map(place) } else { None };
    Page { items: rows, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let cursor = Cursor { key: -5, id: Uuid::from_bytes([3; 16]) };
        assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        for bad in ["", "AAAA", "not base64!", &cursor.encode()[1..]] {
            assert_eq!(Cursor::decode(bad).map_err(|r| r.code), Err("bad_cursor"));
        }
    }
}
