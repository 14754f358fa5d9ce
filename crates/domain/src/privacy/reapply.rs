//! Erasing again what a restored backup brought back, before the doors open. Idempotent: what the database has written down
//! as erased is left alone.

use crate::privacy::caller::Caller;
use crate::privacy::gone::{self, CALL, CALLER};
use crate::privacy::remove::{self, Counts, Loose};
use crate::privacy::{Tombstone, erase, preview, providers};
use crate::{House, Result, audit};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;
use vestibule_access::{Actor, Mint, TenantScope};
use vestibule_model::{CallId, InboxId, Phone};
use vestibule_store::directory::tenants;
use vestibule_store::{TenantTx, tsql, vals};

/// How many names are read together.
const PAGE: i64 = 1_000;

/// Applies every tombstone of a caller that the database does not know of; how many. `progress` is told of each: how many are
/// done, of how many.
///
/// # Errors
/// The database's, or that the tombstones cannot be read: then the doors must stay shut.
pub async fn reapply(house: &House, mint: &Mint, progress: &mut dyn FnMut(usize, usize)) -> Result<usize> {
    let mut missing = Vec::new();
    for stone in Tombstone::all(house)? {
        let Tombstone::Caller { erasure, tenant, .. } = &stone else { continue };
        let scope = mint.tenant(*tenant, Actor::System("tombstones"));
        let mut tx = house.db.read_in(&scope).await?;
        if tenants::find_even_deleted(&mut tx, *tenant).await?.is_none() {
            continue;
        }
        let mut inside = tx.tenant(&scope).await?;
        let sql = tsql!("SELECT 1 AS one FROM erasures WHERE tenant_id = $1 AND id = $2");
        if inside.row(sql, vals![*erasure]).await?.is_none() {
            missing.push((scope, stone));
        }
    }
    let all = missing.len();
    for (done, (scope, stone)) in missing.iter().enumerate() {
        progress(done, all);
        caller(house, scope, stone, true).await?;
    }
    if all > 0 {
        house.db.scrub().await?;
        progress(all, all);
    }
    Ok(all)
}

/// Removes what is there of an erased caller, found by hashes alone; `notes` says whether the erasure itself is to be written
/// down, as in a database that does not know of it.
pub(super) async fn caller(house: &House, scope: &TenantScope, stone: &Tombstone, notes: bool) -> Result<()> {
    let Tombstone::Caller { erasure, reason, before, caller: subject, names, .. } = stone else {
        return Ok(());
    };
    let (erasure, before) = (*erasure, *before);
    let subject = hex::decode(subject).unwrap_or_default();
    let wanted: HashSet<Vec<u8>> = names
        .iter()
        .filter(|(kind, _)| kind == CALL)
        .filter_map(|(_, hash)| hex::decode(hash).ok())
        .collect();
    let (known, calls) = {
        let mut tx = house.db.read_in(scope).await?;
        let mut inside = tx.tenant(scope).await?;
        (find(house, &mut inside, &subject).await?, named(house, &mut inside, &wanted).await?)
    };
    let loose = match &known {
        Some(found) => {
            let names = {
                let mut tx = house.db.read_in(scope).await?;
                let mut inside = tx.tenant(scope).await?;
                preview::names(&mut inside, found, before).await?
            };
            preview::look_for(house, scope, found, &names, InboxId(Uuid::nil())).await?.0
        }
        None => Loose::default(),
    };
    let mut tx = house.db.write_in(scope).await?;
    let mut inside = tx.tenant(scope).await?;
    let mut counts = Counts::default();
    for id in calls {
        remove::call(house, &mut inside, id, Some(erasure), &mut counts).await?;
    }
    if let Some(found) = &known {
        // Of what came after the erasure nothing is taken.
        let is_before = |id: Uuid| InboxId(id).made_at() < before;
        let loose = Loose {
            events: loose.events.into_iter().filter(|event| is_before(event.0)).collect(),
            held: loose.held.into_iter().filter(|id| is_before(*id)).collect(),
            mails: loose.mails.into_iter().filter(|id| is_before(*id)).collect(),
        };
        counts.add(&remove::caller(house, &mut inside, found, &loose, (erasure, before)).await?.counts);
    }
    for (kind, hash) in names {
        if let Ok(hash) = hex::decode(hash) {
            gone::remember(&mut inside, kind, &hash, erasure, before).await?;
        }
    }
    if notes {
        let now = house.world.now();
        let about = (reason.as_str(), &counts);
        erase::note(&mut inside, erasure, &subject, about, (before, before.plus_ms(-1)), Some(now)).await?;
        let doc = json!({ "calls": counts.calls, "texts": counts.texts });
        audit::note(&mut inside, &house.world, "caller.erased_again", "erasure", &erasure.to_string(), doc)
            .await?;
        providers::owe_another_look(house, &mut inside, erasure).await?;
    }
    Ok(tx.commit().await?)
}

/// The calls among whose names one of these hashes is.
async fn named(house: &House, tx: &mut TenantTx<'_>, wanted: &HashSet<Vec<u8>>) -> Result<Vec<CallId>> {
    let mut found = Vec::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let key = gone::key(house, tx).await?;
    let mut after = (String::new(), String::new());
    loop {
        let sql = tsql!(
            "SELECT provider, external_id, call_id FROM call_aliases
             WHERE tenant_id = $1 AND (provider, external_id) > ($2, $3) ORDER BY provider, external_id LIMIT $4"
        );
        let rows = tx.rows(sql, vals![after.0.as_str(), after.1.as_str(), PAGE]).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = (last.text("provider")?, last.text("external_id")?);
        for row in &rows {
            let hash = gone::hash(&key, CALL, &row.text("provider")?, &row.text("external_id")?);
            if wanted.contains(hash.as_slice()) {
                found.push(row.id("call_id")?);
            }
        }
    }
}

/// The caller whose number has this hash: among contacts, callers who are no contacts, and threads.
async fn find(house: &House, tx: &mut TenantTx<'_>, subject: &[u8]) -> Result<Option<Caller>> {
    let key = gone::key(house, tx).await?;
    let is_it = |number: &str| gone::hash(&key, CALLER, number, "") == subject;
    let sql = tsql!("SELECT id, phone, name, email FROM contacts WHERE tenant_id = $1 AND phone IS NOT NULL");
    for row in tx.rows(sql, &[]).await? {
        let number = row.text("phone")?;
        if is_it(&number) {
            let words = [row.opt_text("name")?, row.opt_text("email")?];
            let words = words.into_iter().flatten().filter(|word| word.chars().count() >= 4).collect();
            let phone = Phone::parse(&number);
            return Ok(phone.map(|phone| Caller { phone, contact: row.id("id").ok(), words }));
        }
    }
    let callers = tsql!(
        "SELECT DISTINCT caller_number AS number FROM calls WHERE tenant_id = $1 AND caller_number IS NOT NULL"
    );
    let threads = tsql!("SELECT DISTINCT their_number AS number FROM text_threads WHERE tenant_id = $1");
    for sql in [callers, threads] {
        for row in tx.rows(sql, &[]).await? {
            let number = row.text("number")?;
            if is_it(&number) {
                return Ok(Phone::parse(&number).map(|phone| Caller {
                    phone,
                    contact: None,
                    words: Vec::new(),
                }));
            }
        }
    }
    Ok(None)
}
