//! Leaving nothing of what was deleted in SQLite's files. `secure_delete` overwrites a row where it lies; but a page that was
//! split keeps the bytes of the rows that moved away, in the gap that it does not use. So every gap is overwritten, free pages
//! are given back, and the log, which holds pages as they were, is emptied.
//!
//! A few pages at a time, each step a transaction of its own: whoever accepts events waits for one step at most.

use crate::sqlite::{Sqlite, blocking};
use crate::{Result, StoreError};
use rusqlite::{Connection, params};
use std::time::Duration;

/// How many pages one step looks at: a megabyte.
const STEP: i64 = 256;
/// How often the log is tried to be emptied; each try waits for readers by itself.
const TRIES: usize = 20;

/// Scrubs a database that is in use.
pub(crate) async fn scrub(lite: &Sqlite) -> Result<()> {
    let has_pages = {
        let conn = lite.alone().await;
        let found = conn.prepare("SELECT pgno FROM sqlite_dbpage LIMIT 1").is_ok();
        blocking(|| give_back(&conn))?;
        if !found {
            // A SQLite that was built without this table: everything is written anew.
            blocking(|| conn.execute_batch("VACUUM"))?;
        }
        found
    };
    if has_pages {
        let mut from = 1;
        loop {
            let conn = lite.write(false).await?;
            match blocking(|| gaps(conn.conn()?, from)) {
                Ok(more) => {
                    conn.finish("COMMIT")?;
                    if !more {
                        break;
                    }
                }
                Err(error) => {
                    // The one writer must not be left inside a transaction.
                    drop(conn.finish("ROLLBACK"));
                    return Err(error);
                }
            }
            from += STEP;
        }
    }
    for _ in 0..TRIES {
        let is_busy = {
            let conn = lite.alone().await;
            blocking(|| conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)))?
        };
        if is_busy == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A reader holds an old state: the deleted rows are still in the log.
    Err(StoreError::Busy)
}

/// Gives free pages back to the file system.
fn give_back(conn: &Connection) -> rusqlite::Result<()> {
    let mut statement = conn.prepare("PRAGMA incremental_vacuum")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Overwrites the gaps of one step's pages; whether there are pages after them.
fn gaps(conn: &Connection, from: i64) -> Result<bool> {
    let usable = conn.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0))?;
    let count = conn.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0))?;
    let mut read = conn.prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?;
    let mut write = conn.prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?;
    for number in from..(from + STEP).min(count + 1) {
        if is_map(number, usable) {
            continue;
        }
        let mut page: Vec<u8> = read.query_row(params![number], |row| row.get(0))?;
        if overwrite(&mut page, if number == 1 { 100 } else { 0 }) {
            write.execute(params![number, page])?;
        }
    }
    Ok(from + STEP <= count)
}

/// Whether a page is one of those that say where the others belong.
const fn is_map(number: i64, usable: i64) -> bool {
    number >= 2 && (number - 2) % (usable / 5 + 1) == 0
}

/// Overwrites what a page of a tree does not use; whether anything was there. Whatever is not surely such a page is left alone.
fn overwrite(page: &mut [u8], header: usize) -> bool {
    let two = |page: &[u8], at: usize| {
        page.get(at..at + 2).map(|pair| usize::from(u16::from_be_bytes([pair[0], pair[1]])))
    };
    let pointers = match page.get(header) {
        Some(2 | 5) => header + 12,
        Some(10 | 13) => header + 8,
        _ => return false,
    };
    let (Some(cells), Some(content)) = (two(page, header + 3), two(page, header + 5)) else { return false };
    let content = if content == 0 { 65_536 } else { content };
    let begin = pointers + 2 * cells;
    if begin > content || content > page.len() {
        return false;
    }
    let inside = |at: usize| (content..page.len()).contains(&at);
    if !(0..cells).all(|n| two(page, pointers + 2 * n).is_some_and(inside)) {
        return false;
    }
    let mut found = wipe(&mut page[begin..content]);
    let mut block = two(page, header + 1).unwrap_or(0);
    while block >= content && block + 4 <= page.len() {
        let (next, size) = (two(page, block).unwrap_or(0), two(page, block + 2).unwrap_or(0));
        if size < 4 || block + size > page.len() || (next != 0 && next <= block) {
            break;
        }
        found |= wipe(&mut page[block + 4..block + size]);
        block = next;
    }
    found
}

fn wipe(bytes: &mut [u8]) -> bool {
    let found = bytes.iter().any(|byte| *byte != 0);
    bytes.fill(0);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_overwritten_and_rows_are_not() {
        let mut page = vec![7_u8; 512];
        // A leaf with two cells at 500 and 506, whose content begins at 500.
        page[..12].copy_from_slice(&[13, 0, 0, 0, 2, 0x01, 0xf4, 0, 0x01, 0xf4, 0x01, 0xfa]);
        let rows = page[500..].to_vec();
        assert!(overwrite(&mut page, 0));
        assert!(page[12..500].iter().all(|byte| *byte == 0));
        assert_eq!(page[500..], rows);
        assert!(!overwrite(&mut page, 0), "nothing is left");
        for odd in [0_u8, 1, 3, 255] {
            let mut other = vec![7_u8; 512];
            other[0] = odd;
            assert!(!overwrite(&mut other, 0) && other[1..].iter().all(|byte| *byte == 7));
        }
        let mut broken = vec![13_u8; 512];
        assert!(!overwrite(&mut broken, 0), "cells outside the page");
    }

    #[test]
    fn pages_of_the_map_are_known() {
        assert_eq!((1..2_500).filter(|n| is_map(*n, 4096)).collect::<Vec<_>>(), [2, 822, 1642, 2462]);
    }
}
