//! Erasing a caller. Idempotent: a caller who was erased and of whom nothing came since has the erasure that was.
//!
//! The tombstone is on the disk before the rows go: whatever happens in between, the erasure is finished when the server starts.

use crate::privacy::caller::{self, Named, Reason};
use crate::privacy::gone::{self, CALLER};
use crate::privacy::remove::{self, Counts, Removed};
use crate::privacy::{Erasure, Tombstone, list, preview, providers};
use crate::{Error, FieldFault, House, Kind, Refusal, Result, audit};
use serde_json::json;
use uuid::Uuid;
use vestibule_access::TenantScope;
use vestibule_model::{InboxId, Phone, UnixMs};
use vestibule_store::{TenantTx, Val, tsql, vals};

const NOTHING: Refusal = Refusal::new(
    Kind::NotFound,
    "nothing_to_erase",
    "Nothing is known of this number.",
    "On ne sait rien de ce numéro.",
);

/// Erases a caller: everything of them up to now. `confirm` is their number once more, typed by whoever decides.
///
/// # Errors
/// `not_found`, `nothing_to_erase`, `invalid` when the number was not confirmed, or the database's.
pub async fn erase_caller(
    house: &House,
    scope: &TenantScope,
    named: &Named,
    confirm: &str,
    reason: Reason,
) -> Result<Erasure> {
    let (caller, names) = {
        let mut tx = house.db.read_in(scope).await?;
        let mut inside = tx.tenant(scope).await?;
        let caller = caller::resolve(&mut inside, named).await?;
        let names = preview::names(&mut inside, &caller, house.world.now().plus_ms(1)).await?;
        (caller, names)
    };
    if Phone::parse(confirm.trim()).as_ref() != Some(&caller.phone) {
        return Err(Refusal::invalid(vec![FieldFault {
            field: "confirm",
            code: "not_confirmed",
            en: "Type the number that is to be erased.",
            fr: "Saisissez le numéro à effacer.",
        }])
        .into());
    }
    // What must be opened to be found is looked for outside the transaction, and what came since once more inside it.
    let (mut loose, last) = preview::look_for(house, scope, &caller, &names, InboxId(Uuid::nil())).await?;
    let (late, _) = preview::look_for(house, scope, &caller, &names, last).await?;
    loose.events.extend(late.events);
    let (id, now): (Uuid, UnixMs) = (house.world.new_id(), house.world.now());
    // Whatever began in this very millisecond is of before.
    let before = now.plus_ms(1);
    let mut tx = house.db.write_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    let hash = {
        let key = gone::key(house, &mut inside).await?;
        gone::hash(&key, CALLER, caller.phone.as_str(), "")
    };
    let Removed { counts, names } = remove::caller(house, &mut inside, &caller, &loose, (id, before)).await?;
    if counts.is_nothing() {
        tx.rollback().await?;
        return earlier(house, scope, &hash).await?.ok_or_else(|| NOTHING.into());
    }
    note(&mut inside, id, &hash, (reason.as_str(), &counts), (before, now), None).await?;
    providers::owe_another_look(house, &mut inside, id).await?;
    let doc = json!({ "reason": reason.as_str(), "calls": counts.calls, "texts": counts.texts,
        "caller": hex::encode(hash) });
    audit::note(&mut inside, &house.world, "caller.erased", "erasure", &id.to_string(), doc).await?;
    inside.changed("privacy", Some(id));
    Tombstone::Caller {
        erasure: id,
        tenant: scope.tenant(),
        reason: reason.as_str().to_owned(),
        before,
        caller: hex::encode(hash),
        names: names.iter().map(|(kind, hash)| ((*kind).to_owned(), hex::encode(hash))).collect(),
    }
    .set(house)?;
    tx.commit().await?;
    if let Err(error) = house.db.scrub().await {
        // The other look, in a minute, scrubs again.
        tracing::warn!(error = %error, "what was erased is still in the database's log for a moment");
    }
    find(house, scope, id).await?.ok_or_else(|| Error::fault("an erasure that was not kept"))
}

/// Writes down that something was erased. Idempotent by its id.
pub(super) async fn note(
    tx: &mut TenantTx<'_>,
    id: Uuid,
    subject: &[u8],
    (reason, counts): (&str, &Counts),
    (before, at): (UnixMs, UnixMs),
    reapplied_at: Option<UnixMs>,
) -> Result<()> {
    let kind = if subject.is_empty() { "retention" } else { "caller" };
    let actor = tx.scope().actor().to_string();
    let subject = (!subject.is_empty()).then(|| subject.to_vec());
    let sql = tsql!(
        "INSERT INTO erasures (tenant_id, id, kind, subject_hash, reason, actor, counts, before_at, created_at, reapplied_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, id) DO NOTHING"
    );
    let values: [Val; 9] = [
        id.into(),
        kind.into(),
        subject.into(),
        reason.into(),
        actor.into(),
        Val::json(counts)?,
        before.into(),
        at.into(),
        reapplied_at.into(),
    ];
    tx.exec(sql, &values).await?;
    Ok(())
}

async fn find(house: &House, scope: &TenantScope, id: Uuid) -> Result<Option<Erasure>> {
    let mut tx = house.db.read_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    list::find(&mut inside, id).await
}

/// The newest erasure of a caller.
async fn earlier(house: &House, scope: &TenantScope, hash: &[u8]) -> Result<Option<Erasure>> {
    let id: Option<Uuid> = {
        let mut tx = house.db.read_in(scope).await?;
        let mut inside = tx.tenant(scope).await?;
        let sql = tsql!(
            "SELECT id FROM erasures WHERE tenant_id = $1 AND subject_hash = $2 ORDER BY id DESC LIMIT 1"
        );
        inside.row(sql, vals![hash]).await?.map(|row| row.uuid("id")).transpose()?
    };
    match id {
        Some(id) => find(house, scope, id).await,
        None => Ok(None),
    }
}
