//! The log as JSON lines, each with its hashes, so that a third party can check it without asking us.

use super::anchor::sign_head;
use super::chain::{Entry, Link};
use super::note::note_once;
use crate::{Error, House, Result};
use futures::stream::{self, BoxStream, StreamExt};
use std::sync::Arc;
use vestibule_access::TenantScope;
use vestibule_model::{AuditId, TenantId, UnixMs};
use vestibule_store::{tsql, vals};

const AT_ONCE: i64 = 500;
const HOUR_MS: i64 = 3_600_000;

/// Lines of an export, each with its line feed.
pub type Exported = BoxStream<'static, Result<String>>;

/// Where an export is.
struct Going {
    house: Arc<House>,
    scope: TenantScope,
    step: Step,
    until: i64,
    last: Option<String>,
}

enum Step {
    /// Among the rows from before the chain.
    Loose(AuditId),
    /// In the chain, after this row.
    Chain(i64),
    Done,
}

/// A tenant's log (or the platform's own), oldest first: rows from before the chain, the chain, and at last where it ended,
/// signed. `after` begins behind a row of the chain. That it was exported is written down first, once an hour for whoever
/// does it.
///
/// # Errors
/// [`crate::Error`] as the database says; later ones come in the stream.
pub async fn export(house: &Arc<House>, scope: &TenantScope, after: i64) -> Result<Exported> {
    let hour = house.world.now().0.div_euclid(HOUR_MS) * HOUR_MS;
    note_once(house, scope, "audit.exported", "tenant", &scope.tenant().to_string(), UnixMs(hour)).await?;
    let head = sign_head(house, scope).await?;
    let going = Going {
        house: house.clone(),
        scope: *scope,
        step: if after > 0 { Step::Chain(after) } else { Step::Loose(AuditId(TenantId::PLATFORM.0)) },
        until: head.as_ref().map_or(0, |head| head.seq),
        last: head.map(|head| head.line() + "\n"),
    };
    let pages = stream::unfold(going, |mut going| async move {
        match going.page().await {
            Ok(Some(lines)) => Some((Ok(lines), going)),
            Ok(None) => None,
            Err(error) => {
                going.step = Step::Done;
                Some((Err(error), going))
            }
        }
    });
    Ok(pages.fuse().boxed())
}

impl Going {
    /// The next lines; none after the last.
    async fn page(&mut self) -> Result<Option<String>> {
        loop {
            match self.step {
                Step::Loose(after) => {
                    let (lines, last) = self.loose(after).await?;
                    self.step = last.map_or(Step::Chain(0), Step::Loose);
                    if !lines.is_empty() {
                        return Ok(Some(lines));
                    }
                }
                Step::Chain(after) => {
                    let (lines, last) = self.chain(after).await?;
                    if let Some(last) = last {
                        self.step = Step::Chain(last);
                        return Ok(Some(lines));
                    }
                    self.step = Step::Done;
                    return Ok(self.last.take());
                }
                Step::Done => return Ok(None),
            }
        }
    }

    async fn loose(&self, after: AuditId) -> Result<(String, Option<AuditId>)> {
        let mut tx = self.house.db.read_in(&self.scope).await?;
        let sql = tsql!(
            "SELECT id, at, actor, action, object_kind, object_id, doc FROM audit
             WHERE tenant_id = $1 AND seq IS NULL AND id > $2 ORDER BY id LIMIT $3"
        );
        let rows = tx.tenant(&self.scope).await?.rows(sql, vals![after, AT_ONCE]).await?;
        let mut lines = String::new();
        for row in &rows {
            let entry = Entry::read(row, self.scope.tenant())
                .ok_or_else(|| Error::fault("a row of the audit log cannot be read"))?;
            lines.push_str(&entry.loose().to_string());
            lines.push('\n');
        }
        Ok((lines, rows.last().map(|row| row.id("id")).transpose()?))
    }

    async fn chain(&self, after: i64) -> Result<(String, Option<i64>)> {
        let mut tx = self.house.db.read_in(&self.scope).await?;
        let sql = tsql!(
            "SELECT id, at, actor, action, object_kind, object_id, doc, seq, prev_hash, hash FROM audit
             WHERE tenant_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4"
        );
        let rows = tx.tenant(&self.scope).await?.rows(sql, vals![after, self.until, AT_ONCE]).await?;
        let mut lines = String::new();
        for row in &rows {
            let link = Link::read(row, self.scope.tenant())
                .ok_or_else(|| Error::fault("a row of the audit log cannot be read"))?;
            lines.push_str(&link.line().to_string());
            lines.push('\n');
        }
        Ok((lines, rows.last().map(|row| row.int("seq")).transpose()?))
    }
}
