//! What was erased and must not come back: keyed hashes of the names of calls and texts, and of callers' numbers.

use crate::{House, Result};
use std::sync::Arc;
use uuid::Uuid;
use vestibule_model::{Phone, UnixMs};
use vestibule_store::{TenantTx, tsql, vals};
use vestibule_vault::DataKey;

/// What a hash is of.
pub(super) const CALL: &str = "call";
pub(super) const TEXT: &str = "text";
pub(super) const CALLER: &str = "caller";
pub(super) const OPT_OUT: &str = "opt_out";

/// The keyed hash of a name: of a call or text at its provider, of a caller's number, of a pair of numbers.
pub(super) fn hash(key: &DataKey, kind: &str, first: &str, second: &str) -> [u8; 32] {
    let value = [first.as_bytes(), &[0], second.as_bytes()].concat();
    key.keyed_hash(&format!("erased {kind}"), &value)
}

/// The tenant's key.
pub(super) async fn key(house: &House, tx: &mut TenantTx<'_>) -> Result<Arc<DataKey>> {
    match house.seals.at_hand(tx.tenant()) {
        Some(key) => Ok(key),
        None => {
            let tenant = tx.tenant();
            house.seals.key(tx.outer(), tenant).await
        }
    }
}

/// Whether a call was erased: by one of its names, or because its caller was and it began before that.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub(crate) async fn is_erased_call(
    house: &House,
    tx: &mut TenantTx<'_>,
    names: &[(String, String)],
    caller: Option<&Phone>,
    started_at: UnixMs,
) -> Result<bool> {
    let key = key(house, tx).await?;
    let mut hashes: Vec<[u8; 32]> = names.iter().map(|(p, e)| hash(&key, CALL, p, e)).collect();
    hashes.extend(caller.map(|phone| hash(&key, CALLER, phone.as_str(), "")));
    for four in hashes.chunks(4) {
        let sql = tsql!(
            "SELECT kind, before_at FROM erased_names WHERE tenant_id = $1 AND name_hash IN ($2, $3, $4, $5)"
        );
        // Fewer than four are said more than once.
        let nth = |n: usize| four.get(n).copied().unwrap_or(four[0]);
        for row in tx.rows(sql, vals![nth(0), nth(1), nth(2), nth(3)]).await? {
            if row.text("kind")? == CALL || row.at("before_at")? > started_at {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a text was erased.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub(crate) async fn is_erased_text(
    house: &House,
    tx: &mut TenantTx<'_>,
    provider: &str,
    external_id: &str,
) -> Result<bool> {
    let key = key(house, tx).await?;
    let sql = tsql!("SELECT before_at FROM erased_names WHERE tenant_id = $1 AND name_hash = $2");
    Ok(tx.row(sql, vals![hash(&key, TEXT, provider, external_id)]).await?.is_some())
}

/// Since when somebody who was erased since wants no texts from a number: that alone is remembered of them, for their sake.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub(crate) async fn opted_out(
    house: &House,
    tx: &mut TenantTx<'_>,
    ours: &str,
    theirs: &str,
) -> Result<Option<UnixMs>> {
    let key = key(house, tx).await?;
    let sql = tsql!("SELECT before_at FROM erased_names WHERE tenant_id = $1 AND name_hash = $2");
    let row = tx.row(sql, vals![hash(&key, OPT_OUT, ours, theirs)]).await?;
    Ok(row.map(|row| row.at("before_at")).transpose()?)
}

/// Remembers a hash. Idempotent; a caller who is erased again is so up to the later instant.
pub(super) async fn remember(
    tx: &mut TenantTx<'_>,
    kind: &str,
    hash: &[u8],
    erasure: Uuid,
    before: UnixMs,
) -> Result<()> {
    let sql = tsql!(
        "INSERT INTO erased_names (tenant_id, name_hash, kind, erasure_id, before_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, name_hash) DO UPDATE SET before_at = excluded.before_at
         WHERE erased_names.tenant_id = $1 AND erased_names.before_at < excluded.before_at"
    );
    tx.exec(sql, vals![hash, kind, erasure, before]).await?;
    Ok(())
}
