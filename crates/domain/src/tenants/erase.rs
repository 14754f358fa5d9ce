//! The end of a tenant: after its deletion and a time of grace, all its rows go, its data key is destroyed, and a signed
//! receipt says so and names what is still elsewhere.
//!
//! It goes in steps that hold nobody up, and can be broken off anywhere: whoever looks next goes on.

use crate::{Error, House, Kind, Refusal, Result, archive, audit, connections, signing};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vestibule_access::{Actor, Mint, PlatformScope};
use vestibule_model::{TenantId, UnixMs};
use vestibule_store::directory::endings::{self, EndingRecord};
use vestibule_store::directory::{archive as directory, tenants};
use vestibule_store::{Engine, StoreError};
use vestibule_vault::canonical_json;

/// What kind of document a receipt is.
const TYPE: &str = "vestibule.tenant-erasure-receipt/1";
const DAY_MS: i64 = 24 * 3_600_000;
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
    for _ in 0..ROUNDS {
        let mut tx = house.db.read().await?;
        let ending = endings::find(&mut tx, tenant).await?.ok_or_else(Refusal::not_found)?;
        drop(tx);
        if let (true, Some(receipt)) = (ending.is_done, ending.receipt) {
            return Ok(receipt);
        }
        let gone = archive::wipe(house, &scope, progress).await?;
        let mut tx = house.db.write().await?;
        endings::count(&mut tx, tenant, i64::try_from(gone).unwrap_or(i64::MAX)).await?;
        tx.commit().await?;
        match last_step(house, mint, tenant).await {
            // Somebody wrote a row that points here at the last moment: it goes first.
            Err(Error::Store(StoreError::Conflict(_))) => {}
            Err(error) => return Err(error),
            Ok(()) => {}
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

/// The receipt: what is gone, and what is still elsewhere and until when. It names nobody but the tenant, by its id.
async fn receipt(
    house: &House,
    tx: &mut vestibule_store::Tx,
    ending: &EndingRecord,
    people: usize,
    rests: u64,
    now: UnixMs,
) -> Result<Value> {
    let backups = house.settings.backup_days;
    let mut doc = json!({
        "type": TYPE,
        "tenant": ending.tenant,
        "asked_by": ending.asked_by,
        "asked_at": ending.asked_at.rfc3339(),
        "erased_at": now.rfc3339(),
        "removed": { "rows": ending.rows, "people": people },
        "data_key": "destroyed",
        "horizon": {
            "backups_until": now.plus_ms(backups.saturating_mul(DAY_MS)).rfc3339(),
            "sealed_in_backups": "a backup holds the wrapped data key of its time: what was sealed is unreadable once it has expired",
            "database_files": if house.db.engine() == Engine::Sqlite {
                "overwritten as they are freed"
            } else {
                "freed; overwritten as the database server vacuums"
            },
            "nodes": "keys in memory are forgotten within five minutes",
            "numbers_and_agents": format!("{rests} rest for 30 days, without a name"),
            "providers": "what providers hold under the tenant's own accounts is theirs to erase",
            "endpoints": "what was delivered before is with those who received it",
        },
        "issuer": house.settings.public_url,
    });
    doc["kid"] = signing::current(house, tx).await?.name().into();
    let signed = signing::sign(house, tx, &canonical_json(&doc)).await?;
    doc["signature"] = URL_SAFE_NO_PAD.encode(signed.signature).into();
    Ok(doc)
}

/// Whether a receipt of a tenant's end is ours and as it was given.
///
/// # Errors
/// The database's.
pub async fn is_genuine_receipt(house: &House, receipt: &Value) -> Result<bool> {
    let Some(map) = receipt.as_object().filter(|map| map.get("type").and_then(Value::as_str) == Some(TYPE)) else {
        return Ok(false);
    };
    let mut doc = map.clone();
    let signature = doc.remove("signature");
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let (Some(signature), Some(kid)) = (text(signature.as_ref()), text(map.get("kid"))) else {
        return Ok(false);
    };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return Ok(false) };
    signing::is_ours(house, &kid, &canonical_json(&Value::Object(doc)), &signature).await
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
