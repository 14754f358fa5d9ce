//! Unmuting: somebody who operates the installation says that this is where its data belongs, and what becomes of what was
//! owed before. Idempotent: an installation that is not muted stays so, and nothing is dropped.

use crate::instance::owed::PAGE;
use crate::instance::rules::Fingerprint;
use crate::{House, Result, audit, outbox};
use serde_json::json;
use vestibule_access::{Actor, Mint, PlatformScope, TenantScope};
use vestibule_model::{TenantId, UnixMs};
use vestibule_store::directory::{instances, tenants};
use vestibule_store::{queue, tsql, vals};

/// What becomes of what was owed when the installation was muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It is sent, with the ids under which it may have been sent before.
    Send,
    /// What is older than so many milliseconds is dropped: deliveries become dead letters, which can be tried again by hand.
    /// Nought: everything that was owed before.
    Drop {
        /// How old.
        older_ms: i64,
    },
}

/// How many rows go in one transaction.
const AT_ONCE: i64 = 500;

/// Unmutes; how much was dropped. `from` is remembered as the place where the data belongs from now on: by default where this
/// node serves from.
///
/// # Errors
/// The database's; what was not dropped yet is dropped when it is asked again.
pub async fn unmute(
    house: &House,
    mint: &Mint,
    scope: &PlatformScope,
    choice: Choice,
    from: Option<Fingerprint>,
) -> Result<u64> {
    let mut tx = house.db.read().await?;
    let known = instances::find(&mut tx).await?;
    drop(tx);
    let Some(known) = known.filter(|known| known.muted_at.is_some()) else { return Ok(0) };
    let mut dropped = 0;
    if let Choice::Drop { older_ms } = choice {
        let muted_at = known.muted_at.unwrap_or_else(|| house.world.now());
        let before = muted_at.plus_ms(-older_ms.max(0));
        let mut after = TenantId::PLATFORM;
        loop {
            let mut tx = house.db.read().await?;
            let page = tenants::settings_after(&mut tx, after, PAGE).await?;
            drop(tx);
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (tenant, _) in page {
                let inside = mint.tenant(tenant, Actor::System("instance"));
                dropped += drop_owed(house, &inside, before).await?;
            }
        }
    }
    let now = house.world.now();
    let mut tx = house.db.write().await?;
    let place = instances::place_of(&mut tx).await?;
    // Read again: a start in between counts.
    let mut record = instances::find(&mut tx).await?.unwrap_or(known);
    let own_rows = scope.own_rows();
    let why = record.muted_why.take();
    record.muted_at = None;
    if let Some(from) = from.or_else(|| house.muted.place()) {
        record.place = place.unwrap_or(from.place);
        record.public_url = from.public_url;
        record.starts = record.starts.max(from.starts.unwrap_or(0));
    }
    instances::put(&mut tx, &record, now).await?;
    let mut inside = tx.tenant(&own_rows).await?;
    let doc = json!({ "why": why, "dropped": dropped, "owed": if choice == Choice::Send { "sent" } else { "dropped" } });
    audit::note(
        &mut inside,
        &house.world,
        "instance.unmuted",
        "instance",
        &record.database_id.to_string(),
        doc,
    )
    .await?;
    tx.commit().await?;
    house.muted.set(false);
    Ok(dropped)
}

/// Drops what a tenant owed before an instant; how much.
async fn drop_owed(house: &House, scope: &TenantScope, before: UnixMs) -> Result<u64> {
    let mut dropped = 0;
    loop {
        let mut outer = house.db.write_in(scope).await?;
        let mut tx = outer.tenant(scope).await?;
        let mut count = outbox::drop_owed(&mut tx, before, AT_ONCE).await?;
        let sql = tsql!(
            "SELECT id FROM texts WHERE tenant_id = $1 AND direction = 'OUTBOUND' AND status = 'QUEUED' AND tried_at IS NULL
             AND created_at < $2 ORDER BY id LIMIT $3"
        );
        for row in tx.rows(sql, vals![before, AT_ONCE]).await? {
            let id = row.uuid("id")?;
            let sql = tsql!(
                "UPDATE texts SET status = 'FAILED', provider_code = 'dropped_after_restore', revision = revision + 1,
                   updated_at = $3 WHERE tenant_id = $1 AND id = $2 AND status = 'QUEUED' AND tried_at IS NULL"
            );
            count += tx.exec(sql, vals![id, house.world.now()]).await?;
            queue::finish(&mut tx, crate::texts::QUEUE, id).await?;
            tx.changed("texts", Some(id));
        }
        let sql = tsql!(
            "SELECT id FROM mails WHERE tenant_id = $1 AND state = 'owed' AND created_at < $2 ORDER BY id LIMIT $3"
        );
        for row in tx.rows(sql, vals![before, AT_ONCE]).await? {
            let id = row.uuid("id")?;
            let sql = tsql!(
                "UPDATE mails SET state = 'failed', last_error = 'dropped_after_restore'
                 WHERE tenant_id = $1 AND id = $2 AND state = 'owed'"
            );
            count += tx.exec(sql, vals![id]).await?;
            queue::finish(&mut tx, crate::mail::QUEUE, id).await?;
            tx.changed("mails", Some(id));
        }
        outer.commit().await?;
        // What was changed, not what was found: a row that does not change would be found for ever.
        if count == 0 {
            return Ok(dropped);
        }
        dropped += count;
    }
}
