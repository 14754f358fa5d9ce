//! Letting go of what was kept long enough: what was said, recordings at their providers, raw events; and saying beforehand
//! what would go. Each pass that lets go of anything leaves a row, of which a signed receipt is given. Idempotent: a mark says
//! how far each kind was gone through.

use crate::calls::{self, Goes, OldCall};
use crate::privacy::remove::Counts;
use crate::privacy::settings::{self, Kept};
use crate::privacy::{erase, providers};
use crate::{House, Result, audit, inbox};
use serde_json::json;
use uuid::Uuid;
use vestibule_access::{Actor, Mint, TenantScope};
use vestibule_model::{CallId, TenantId, UnixMs};
use vestibule_store::directory::tenants;
use vestibule_store::{TenantTx, tsql, vals};

const DAY_MS: i64 = 24 * 3_600_000;
/// Calls that go in one transaction: it holds up nobody for long.
const AT_ONCE: i64 = 50;
/// Tenants that are looked at together.
const PAGE: i64 = 200;

/// What would go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Going {
    /// How many.
    pub count: u64,
    /// When the oldest of them began, or came.
    pub oldest_at: Option<UnixMs>,
}

/// What would go if a tenant kept things for so long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DryRun {
    /// Calls whose words would go.
    pub transcripts: Going,
    /// Recordings.
    pub recordings: Going,
    /// Raw events.
    pub raw_events: Going,
}

const fn mark_of(goes: Goes) -> &'static str {
    match goes {
        Goes::Words => "transcripts",
        Goes::Recording => "recordings",
    }
}

/// Says what would go if a tenant kept things for so long. Changes nothing.
///
/// # Errors
/// The database's.
pub async fn dry_run(house: &House, scope: &TenantScope, wanted: Kept) -> Result<DryRun> {
    let now = house.world.now();
    let mut found = DryRun::default();
    for (goes, days) in [(Goes::Words, wanted.transcripts_days), (Goes::Recording, wanted.recordings_days)] {
        let Some(days) = days else { continue };
        let before = now.plus_ms(-days.saturating_mul(DAY_MS));
        let mut after = CallId(Uuid::nil());
        loop {
            let mut tx = house.db.read_in(scope).await?;
            let mut inside = tx.tenant(scope).await?;
            let page = calls::old_calls(&mut inside, after, before, 500).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            let going = if goes == Goes::Words { &mut found.transcripts } else { &mut found.recordings };
            for call in page.iter().filter(|call| call.is_settled && has(call, goes)) {
                going.count += 1;
                let at = call.started_at;
                going.oldest_at = Some(going.oldest_at.map_or(at, |oldest| oldest.min(at)));
            }
        }
    }
    let before = now.plus_ms(-wanted.raw_events_days.saturating_mul(DAY_MS));
    let (count, oldest_at) = inbox::old_bodies(house, scope, before).await?;
    found.raw_events = Going { count, oldest_at };
    Ok(found)
}

const fn has(call: &OldCall, goes: Goes) -> bool {
    match goes {
        Goes::Words => call.has_words,
        Goes::Recording => call.has_recording,
    }
}

/// Lets go of what was kept long enough, of all tenants; how much of each.
///
/// # Errors
/// The database's; what was not reached goes the next time.
pub async fn let_go_of_old(house: &House, mint: &Mint) -> Result<Counts> {
    let (mut after, mut all) = (TenantId::PLATFORM, Counts::default());
    loop {
        let mut tx = house.db.read().await?;
        let page = tenants::settings_after(&mut tx, after, PAGE).await?;
        drop(tx);
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (tenant, settings) in page {
            let scope = mint.tenant(tenant, Actor::System("retention"));
            all.add(&let_go(house, &scope, settings::read(house, &settings)).await?);
        }
    }
    if !all.is_nothing() {
        house.db.scrub().await?;
    }
    Ok(all)
}

async fn let_go(
    house: &House,
    scope: &TenantScope,
    (transcripts, recordings): (Option<i64>, Option<i64>),
) -> Result<Counts> {
    let (now, id): (UnixMs, Uuid) = (house.world.now(), house.world.new_id());
    let mut counts = Counts::default();
    let mut oldest = now;
    for (goes, days) in [(Goes::Words, transcripts), (Goes::Recording, recordings)] {
        let Some(days) = days else { continue };
        let before = now.plus_ms(-days.saturating_mul(DAY_MS));
        oldest = oldest.min(before);
        let gone = pass(house, scope, id, goes, before).await?;
        match goes {
            Goes::Words => counts.transcripts += gone,
            Goes::Recording => counts.recordings += gone,
        }
    }
    let kept = inbox::retention(house, scope).await?;
    counts.events = inbox::let_go_of_bodies(house, scope, kept).await?;
    if counts.is_nothing() {
        return Ok(counts);
    }
    let mut tx = house.db.write_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    erase::note(&mut inside, id, &[], ("kept_long_enough", &counts), (oldest, now), None).await?;
    let doc = json!({ "transcripts": counts.transcripts, "recordings": counts.recordings, "raw_events": counts.events });
    audit::note(&mut inside, &house.world, "privacy.let_go", "erasure", &id.to_string(), doc).await?;
    inside.changed("privacy", Some(id));
    tx.commit().await?;
    Ok(counts)
}

/// Goes through a tenant's old calls from where the last pass ended; how many let go of something.
async fn pass(house: &House, scope: &TenantScope, erasure: Uuid, goes: Goes, before: UnixMs) -> Result<u64> {
    let mut gone = 0;
    let mut tx = house.db.read_in(scope).await?;
    let mut after = mark(&mut tx.tenant(scope).await?, goes).await?;
    drop(tx);
    // The mark stops before the first call that something is still owed of: the next pass begins with it.
    let mut is_whole = true;
    loop {
        let now = house.world.now();
        let mut tx = house.db.write_in(scope).await?;
        let mut inside = tx.tenant(scope).await?;
        let page = calls::old_calls(&mut inside, after, before, AT_ONCE).await?;
        let Some(last) = page.last().map(|call| call.id) else { return Ok(gone) };
        for call in &page {
            if !call.is_settled {
                if is_whole {
                    set_mark(&mut inside, goes, after, now).await?;
                }
                is_whole = false;
                continue;
            }
            if has(call, goes) {
                calls::let_go(house, &mut inside, call.id, goes, now).await?;
                gone += 1;
                if goes == Goes::Recording {
                    let (provider, name) = (&call.provider, &call.external_id);
                    providers::owe(house, &mut inside, erasure, provider, providers::RECORDING, name).await?;
                }
            }
            after = call.id;
        }
        after = last;
        if is_whole {
            set_mark(&mut inside, goes, after, now).await?;
        }
        tx.commit().await?;
    }
}

async fn mark(tx: &mut TenantTx<'_>, goes: Goes) -> Result<CallId> {
    let sql = tsql!("SELECT done_until FROM retention_marks WHERE tenant_id = $1 AND kind = $2");
    let row = tx.row(sql, vals![mark_of(goes)]).await?;
    Ok(row.map_or(Ok(CallId(Uuid::nil())), |row| row.id("done_until"))?)
}

async fn set_mark(tx: &mut TenantTx<'_>, goes: Goes, until: CallId, now: UnixMs) -> Result<()> {
    let sql = tsql!(
        "INSERT INTO retention_marks (tenant_id, kind, done_until, ran_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, kind) DO UPDATE SET done_until = excluded.done_until, ran_at = excluded.ran_at
         WHERE retention_marks.tenant_id = $1"
    );
    tx.exec(sql, vals![mark_of(goes), until, now]).await?;
    Ok(())
}
