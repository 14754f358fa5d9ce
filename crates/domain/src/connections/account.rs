//! A provider's account, asked with a connection's own keys: whether they open it, and whether what is claimed is
//! theirs. No transaction is open while a provider is asked: it may take its time.

use super::edit::{self, Filled, given};
use crate::{FieldFault, House, Refusal, Result};
use vestibule_access::TenantScope;
use vestibule_ports::spec::ProviderSpec;
use vestibule_ports::{AccountInfo, ProviderFault, Resource};
use vestibule_store::directory::connections;

/// What came of asking for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tested {
    /// The keys open it.
    Open(AccountInfo),
    /// They do not, or nobody can tell at the moment.
    Fault(ProviderFault),
    /// This provider's accounts cannot be asked for.
    Unreadable,
}

/// Asks the provider whether the tenant's current keys open its account. Changes nothing.
///
/// # Errors
/// `not_found` when there is no such provider or connection, or the database's.
pub async fn test(house: &House, scope: &TenantScope, provider: &str) -> Result<Tested> {
    edit::spec_of(house, provider)?;
    let mut tx = house.db.read_in(scope).await?;
    let found = connections::of_tenant(&mut tx, scope.tenant(), provider).await?.into_iter().next();
    let found = found.ok_or_else(Refusal::not_found)?;
    let keys = edit::sets(house, &mut tx, &found).await?.into_iter().next().unwrap_or_default();
    drop(tx);
    let Some(account) = house.account(provider) else { return Ok(Tested::Unreadable) };
    Ok(match account.test(&keys).await {
        Ok(info) => Tested::Open(info),
        Err(fault) => {
            tracing::info!(connection.id = %found.id, reason = fault.code(), "a connection's keys did not open its account");
            Tested::Fault(fault)
        }
    })
}

/// Proves that what is filled in is the account's own, by asking for it with the key that is filled in, or else the
/// connection's. Says why it could not be proved, where it could not: a provider that is down keeps nobody out.
///
/// # Errors
/// A refusal about its fields, also when the provider knows of no such thing under the key; or the database's.
pub(super) async fn prove(
    house: &House,
    scope: &TenantScope,
    spec: &ProviderSpec,
    filled: &Filled,
) -> Result<Option<&'static str>> {
    let Some(account) = house.account(spec.name) else { return Ok(None) };
    let mut tx = house.db.read_in(scope).await?;
    let existing = connections::of_tenant(&mut tx, scope.tenant(), spec.name).await?.into_iter().next();
    edit::check(spec, filled, existing.is_some())?;
    let mut keys = match &existing {
        Some(existing) => edit::sets(house, &mut tx, existing).await?.into_iter().next().unwrap_or_default(),
        None => Default::default(),
    };
    drop(tx);
    for field in spec.fields.iter().filter(|field| field.role.resource().is_none()) {
        if let Some(value) = given(filled, field) {
            keys = keys.with(field.key, value);
        }
    }
    let (mut foreign, mut unproven) = (Vec::new(), None);
    for field in spec.fields {
        let Some((kind, id)) = field.role.resource().zip(given(filled, field)) else { continue };
        match account.owns(&keys, &Resource { kind, id: edit::written(kind, id) }).await {
            Ok(true) => {}
            Ok(false) => foreign.push(FieldFault {
                field: field.key,
                code: "not_in_account",
                en: "The account that the key opens does not have it. Check it, and that the key is of the same account.",
                fr: "Le compte que la clé ouvre ne le contient pas. Vérifiez-le, et que la clé est du même compte.",
            }),
            Err(fault) => {
                let (code, tenant) = (fault.code(), scope.tenant());
                tracing::warn!(tenant.id = %tenant, provider = spec.name, reason = code, "a claim could not be proved");
                unproven = Some(code);
            }
        }
    }
    if foreign.is_empty() { Ok(unproven) } else { Err(Refusal::invalid(foreign).into()) }
}
