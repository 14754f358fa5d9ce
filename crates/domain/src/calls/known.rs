//! What is known of a call that a provider names: which moments, and its price.

use crate::Result;
use vestibule_model::FactKind;
use vestibule_store::{TenantTx, tsql, vals};

/// What is known of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The moments that the provider's own facts tell of.
    pub kinds: Vec<FactKind>,
    /// What it cost, in micro-USD.
    pub cost_micros: Option<i64>,
}

/// What is known of a call by the provider's name for it; nothing when it was never heard of.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn known_of(tx: &mut TenantTx<'_>, provider: &str, external_call_id: &str) -> Result<Known> {
    let sql = tsql!(
        "SELECT f.fact_key, f.kind, c.cost_micros FROM call_aliases a
         JOIN calls c ON c.tenant_id = a.tenant_id AND c.id = a.call_id
         JOIN call_facts f ON f.tenant_id = a.tenant_id AND f.call_id = a.call_id
         WHERE a.tenant_id = $1 AND a.provider = $2 AND a.external_id = $3"
    );
    let (mut known, own) = (Known::default(), format!("{provider}:"));
    for row in tx.rows(sql, vals![provider, external_call_id]).await? {
        // Another source of the same call may know moments that this provider never told of.
        if row.text("fact_key")?.starts_with(&own) {
            known.kinds.extend(FactKind::parse(&row.text("kind")?));
        }
        known.cost_micros = row.opt_int("cost_micros")?;
    }
    Ok(known)
}
