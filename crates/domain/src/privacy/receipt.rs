//! The receipt of an erasure: what was removed, what providers answered so far, and what still is elsewhere and until when.
//! Signed: whoever has it can check it against the keys that this server publishes. It names nobody.

use crate::privacy::list;
use crate::{House, Refusal, Result, signing};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule_access::TenantScope;
use vestibule_vault::canonical_json;

/// What kind of document it is.
const TYPE: &str = "vestibule.erasure-receipt/1";
const DAY_MS: i64 = 24 * 3_600_000;

/// The receipt of an erasure as it stands now.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn receipt(house: &House, scope: &TenantScope, id: Uuid) -> Result<Value> {
    let found = {
        let mut tx = house.db.read_in(scope).await?;
        let mut inside = tx.tenant(scope).await?;
        list::find(&mut inside, id).await?.ok_or_else(Refusal::not_found)?
    };
    let providers: Vec<Value> = found
        .providers
        .iter()
        .map(|p| json!({ "provider": p.provider, "what": p.what, "count": p.count, "answer": answer(&p.state) }))
        .collect();
    let backups = house.settings.backup_days;
    let since = found.reapplied_at.unwrap_or(found.at);
    let doc = json!({
        "type": TYPE,
        "id": found.id,
        "tenant": scope.tenant(),
        "kind": found.kind,
        "caller": found.subject_hash.as_deref().map(|hash| format!("hmac-sha256:{}", hex::encode(hash))),
        "reason": found.reason,
        "by": found.actor,
        "erased_at": found.at.rfc3339(),
        "everything_before": found.before.rfc3339(),
        "applied_again_at": found.reapplied_at.map(vestibule_model::UnixMs::rfc3339),
        "removed": found.counts,
        "providers": providers,
        "horizon": {
            "backups_until": found.at.plus_ms(backups.saturating_mul(DAY_MS)).rfc3339(),
            "database_files": if house.db.engine() == vestibule_store::Engine::Sqlite {
                "overwritten"
            } else {
                "freed; overwritten as the database server vacuums"
            },
            "endpoints": "what was delivered before is with those who received it",
            "tombstones": "a backup that is restored is erased again before it is served",
        },
        "issuer": house.settings.public_url,
        "issued_at": house.world.now().max(since).rfc3339(),
    });
    sign(house, doc).await
}

/// What a provider's answer is called in a receipt.
fn answer(state: &str) -> &str {
    match state {
        "owed" => "requested",
        "gone" => "confirmed_nothing_there",
        other => other,
    }
}

async fn sign(house: &House, mut doc: Value) -> Result<Value> {
    let mut tx = house.db.write().await?;
    let key = signing::current(house, &mut tx).await?;
    doc["kid"] = key.name().into();
    let signed = signing::sign(house, &mut tx, &canonical_json(&doc)).await?;
    tx.commit().await?;
    doc["signature"] = URL_SAFE_NO_PAD.encode(signed.signature).into();
    Ok(doc)
}

/// Whether a receipt is ours and as it was given.
///
/// # Errors
/// The database's.
pub async fn is_genuine(house: &House, receipt: &Value) -> Result<bool> {
    let Some(map) = receipt.as_object() else { return Ok(false) };
    let mut doc = map.clone();
    let (Some(signature), Some(kid)) = (doc.remove("signature"), map.get("kid").and_then(Value::as_str))
    else {
        return Ok(false);
    };
    let Some(Ok(signature)) = signature.as_str().map(|text| URL_SAFE_NO_PAD.decode(text)) else {
        return Ok(false);
    };
    if map.get("type").and_then(Value::as_str) != Some(TYPE) {
        return Ok(false);
    }
    let message = canonical_json(&Value::Object(doc));
    signing::is_ours(house, kid, &message, &signature).await
}
