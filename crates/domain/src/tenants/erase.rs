//! The end of a tenant: after its deletion and a time of grace, all its rows go, its data key is destroyed, and a signed
//! receipt says so and names what is still elsewhere.
//!
//! It goes in steps that hold nobody up, and can be broken off anywhere: whoever looks next goes on.

use crate::privacy::Tombstone;
use crate::tenants::receipt::receipt;
use crate::{Error, House, Kind, Refusal, Result, archive, audit, connections};
use serde_json::{Value, json};
use vestibule_access::{Actor, Mint, PlatformScope};
use vestibule_model::TenantId;
use vestibule_store::StoreError;
use vestibule_store::directory::endings::{self, EndingRecord};
use vestibule_store::directory::{archive as directory, tenants};

/// For so long after the end what was begun before it may still write a row, which goes too.
const STRAYS_MS: i64 = 3_600_000;
/// How often a row that appears at the last moment may send us back.
const ROUNDS: usize = 10;

fn not_deleted() -> Refusal {
    Refusal::new(
        Kind::Conflict,
        "not_deleted",
        "Delete this tenant first: what is in use is not erased.",
        "Supprimez d’abord ce client : on n’efface pas ce qui sert.",
    )
}

fn not_confirmed() -> Refusal {
    Refusal::new(
        Kind::Invalid,
        "not_confirmed",
        "Type the tenant’s slug to confirm.",
        "Tapez le nom court du client pour confirmer.",
    )
}

fn in_grace() -> Refusal {
    Refusal::new(
        Kind::Conflict,
        "in_grace",
        "This tenant was deleted a short while ago: it can be erased when its time of grace is over.",
        "Ce client a été supprimé depuis peu : il pourra être effacé à la fin de son délai de grâce.",
    )
}

/// Has a deleted tenant erased whose slug was typed to confirm. Idempotent: while it is being erased, the first stays. It
/// cannot be undone.
///
/// # Errors
/// `not_found`, `not_deleted`, `not_confirmed`, `in_grace`, or the database's.
pub async fn ask_to_erase(
    house: &House,
    scope: &PlatformScope,
    name: &str,
    typed: &str,
) -> Result<EndingRecord> {
    let now = house.world.now();
    let mut tx = house.db.write().await?;
    let record = tenants::find_any(&mut tx, name).await?.ok_or_else(Refusal::not_found)?;
    if directory::is_importing(&mut tx, record.id).await? {
        return Err(Refusal::not_found().into());
    }
    let deleted_at = record.deleted_at.ok_or_else(not_deleted)?;
    if typed.trim() != record.slug {
        return Err(not_confirmed().into());
    }
    if now < deleted_at.plus_ms(house.settings.tenant_grace_ms) {
        return Err(in_grace().into());
    }
    let before = endings::find(&mut tx, record.id).await?;
    if let Some(running) = before.filter(|ending| !ending.is_done) {
        return Ok(running);
    }
    endings::begin(&mut tx, record.id, &scope.actor().to_string(), now).await?;
    directory::shut(&mut tx, record.id, now).await?;
    let rows = scope.own_rows();
    let mut log = tx.tenant(&rows).await?;
    let id = record.id.to_string();
    audit::note(&mut log, &house.world, "tenant.erasure_asked", "tenant", &id, json!({})).await?;
    let begun = endings::find(&mut tx, record.id).await?;
    tx.commit().await?;
    house.locks.forget();
    house.profiles.forget(record.id);
    begun.ok_or_else(|| Error::fault("the erasure was not kept"))
}

/// Erases a tenant for which that was asked, to its end; its receipt. Idempotent, and goes on where it was broken off.
///
/// # Errors
/// `not_found` when nobody asked for it, or the database's; what is gone stays gone.
pub async fn erase(
    house: &House,
    mint: &Mint,
    tenant: TenantId,
    progress: archive::Progress<'_>,
) -> Result<Value> {
    let scope = mint.tenant(tenant, Actor::System("erasure"));
    for round in 0..ROUNDS {
        let mut tx = house.db.read().await?;
        let ending = endings::find(&mut tx, tenant).await?.ok_or_else(Refusal::not_found)?;
        drop(tx);
        if let (true, Some(receipt)) = (ending.is_done, ending.receipt) {
            return Ok(receipt);
        }
        if round == 0 {
            // On the disk before the first row goes: a backup that is restored is erased again.
            let stone = Tombstone::Tenant { tenant, before: ending.asked_at };
            if !Tombstone::all(house)?.contains(&stone) {
                stone.set(house)?;
            }
        }
        let gone = archive::wipe(house, &scope, progress).await?;
        let mut tx = house.db.write().await?;
        endings::count(&mut tx, tenant, i64::try_from(gone).unwrap_or(i64::MAX)).await?;
        tx.commit().await?;
        match last_step(house, mint, tenant).await {
            // Somebody wrote a row that points here at the last moment: it goes first.
            Err(Error::Store(StoreError::Conflict(_))) => {}
            Err(error) => return Err(error),
            Ok(()) => {
                // What was deleted is overwritten already; its traces in gaps and in the log go now or with the next erasure.
                if let Err(error) = house.db.scrub().await {
                    tracing::warn!(error = %error, "the database's files could not be scrubbed; later again");
                }
            }
        }
    }
    Err(Error::fault("a tenant that ends is still written to"))
}

/// What the directory has of the tenant, its key among it, and the receipt: one transaction.
async fn last_step(house: &House, mint: &Mint, tenant: TenantId) -> Result<()> {
    let now = house.world.now();
    let platform = mint.platform(Actor::System("erasure"));
    let mut tx = house.db.write().await?;
    let rests = directory::rest(&mut tx, tenant, now, connections::REST_MS).await?;
    let people = directory::remove(&mut tx, tenant).await?;
    let Some(ending) = endings::find(&mut tx, tenant).await? else { return Ok(()) };
    let receipt = receipt(house, &mut tx, &ending, people.len(), rests, now).await?;
    if !endings::finish(&mut tx, tenant, &receipt, now).await? {
        return Ok(());
    }
    let rows = platform.own_rows();
    let mut log = tx.tenant(&rows).await?;
    let doc = json!({ "rows": ending.rows, "people": people.len() });
    audit::note(&mut log, &house.world, "tenant.erased", "tenant", &tenant.to_string(), doc).await?;
    tx.commit().await?;
    house.seals.forget(tenant);
    house.profiles.forget(tenant);
    house.locks.forget();
    Ok(())
}

/// Goes on with every tenant that is being erased, and deletes what was still written to those that are gone; how many were
/// finished. Idempotent.
///
/// # Errors
/// The database's; what was not reached goes the next time.
pub async fn erase_due(house: &House, mint: &Mint) -> Result<usize> {
    let now = house.world.now();
    let mut tx = house.db.read().await?;
    let open = endings::list_open(&mut tx, now.plus_ms(-STRAYS_MS)).await?;
    drop(tx);
    let mut finished = 0;
    for ending in open {
        if ending.is_done {
            let scope = mint.tenant(ending.tenant, Actor::System("erasure"));
            let mut tx = house.db.read().await?;
            // A tenant that came again with an archive is another one.
            let is_back = tenants::find_even_deleted(&mut tx, ending.tenant).await?.is_some();
            let is_coming = directory::is_importing(&mut tx, ending.tenant).await?;
            drop(tx);
            if !is_back && !is_coming {
                archive::wipe(house, &scope, &|_, _| {}).await?;
            }
        } else {
            erase(house, mint, ending.tenant, &|_, _| {}).await?;
            finished += 1;
        }
    }
    Ok(finished)
}

/// Erases tenants again that a restored backup brought back; how many. Idempotent: what the database has written down as
/// erased is left alone. Call before the doors open.
///
/// # Errors
/// The database's, or that the tombstones cannot be read: then the doors must stay shut.
pub async fn reapply_erasures(house: &House, mint: &Mint) -> Result<usize> {
    let mut again = 0;
    for stone in Tombstone::all(house)? {
        let Tombstone::Tenant { tenant, .. } = stone else { continue };
        let now = house.world.now();
        let mut tx = house.db.write().await?;
        let is_known = endings::find(&mut tx, tenant).await?.is_some();
        let Some(mut record) = tenants::find_even_deleted(&mut tx, tenant).await? else { continue };
        if is_known {
            continue;
        }
        if record.deleted_at.is_none() {
            record.deleted_at = Some(now);
            record.updated_at = now;
            tenants::update(&mut tx, &record).await?;
        }
        endings::begin(&mut tx, tenant, &Actor::System("tombstones").to_string(), now).await?;
        directory::shut(&mut tx, tenant, now).await?;
        tx.commit().await?;
        erase(house, mint, tenant, &|_, _| {}).await?;
        again += 1;
    }
    Ok(again)
}

/// Lets numbers and agents of tenants that are gone be bound again whose rest is over; how many. Idempotent.
///
/// # Errors
/// The database's.
pub async fn end_rests(house: &House) -> Result<u64> {
    let mut tx = house.db.write().await?;
    let ended = directory::end_rests(&mut tx, house.world.now()).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Tenants that are being erased or were, the newest first.
///
/// # Errors
/// The database's.
pub async fn list_erasures(house: &House, _: &PlatformScope, limit: i64) -> Result<Vec<EndingRecord>> {
    let mut tx = house.db.read().await?;
    Ok(endings::list(&mut tx, limit).await?)
}
