//! The receipt of a tenant's end: signed, so that whoever has it can check it against the keys that this server publishes.

use crate::{House, Result, signing};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vestibule_model::UnixMs;
use vestibule_store::Engine;
use vestibule_store::directory::endings::EndingRecord;
use vestibule_vault::canonical_json;

/// What kind of document a receipt is.
const TYPE: &str = "vestibule.tenant-erasure-receipt/1";
const DAY_MS: i64 = 24 * 3_600_000;

/// The receipt: what is gone, and what is still elsewhere and until when. It names nobody but the tenant, by its id.
pub(super) async fn receipt(
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
    let Some(map) = receipt.as_object().filter(|map| map.get("type").and_then(Value::as_str) == Some(TYPE))
    else {
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
