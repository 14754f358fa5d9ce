//! Making keys, and replacing one by another. Nobody makes a key that may do more than they may themselves.

use crate::{FieldFault, House, Kind, Refusal, Result, audit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_access::{Permission, TenantScope};
use vestibule_model::{KeyId, UnixMs};
use vestibule_store::Tx;
use vestibule_store::directory::keys::{self, KeyRecord};
use vestibule_vault::{Token, token_hash, token_prefix};

/// How long a key may live on beside its successor, in milliseconds.
pub const LONGEST_OVERLAP_MS: i64 = 7 * 24 * 3_600_000;
/// The most requests a minute that a key can be given.
pub const MOST_PER_MINUTE: i64 = 10_000;
/// The most keys of a tenant that are good at a time.
const MOST_KEYS: i64 = 100;

/// A key that was just made: shown once.
pub struct NewKey {
    /// What is kept of it.
    pub record: KeyRecord,
    /// The key.
    pub key: SecretString,
}

/// A key to make.
#[derive(Debug, Clone, Default)]
pub struct KeyOrder {
    /// What people call it.
    pub name: String,
    /// What it may do; what a tenant's automation needs when nothing is said.
    pub scopes: Option<Vec<String>>,
    /// When it ends; never when nothing is said.
    pub expires_at: Option<UnixMs>,
    /// How many requests a minute it may make; the configuration's number when nothing is said.
    pub rate_per_minute: Option<i64>,
}

impl KeyOrder {
    /// A key with a name and nothing else said.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The same with scopes.
    #[must_use]
    pub fn with_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }
}

const NAME: FieldFault = FieldFault {
    field: "name",
    code: "required",
    en: "Give it a name of at most 100 characters.",
    fr: "Donnez-lui un nom d’au plus 100 caractères.",
};
const UNKNOWN_SCOPE: FieldFault = FieldFault {
    field: "scopes",
    code: "unknown_scope",
    en: "Choose scopes from the list.",
    fr: "Choisissez des portées de la liste.",
};
const NOT_YOURS: FieldFault = FieldFault {
    field: "scopes",
    code: "scope_not_yours",
    en: "A key cannot do more than you may yourself.",
    fr: "Une clé ne peut pas faire plus que vous.",
};
const EXPIRY: FieldFault = FieldFault {
    field: "expires_at",
    code: "in_the_past",
    en: "Choose an end that is still to come.",
    fr: "Choisissez une fin à venir.",
};
const RATE: FieldFault = FieldFault {
    field: "rate_per_minute",
    code: "out_of_range",
    en: "Choose between 1 and 10,000 requests a minute.",
    fr: "Choisissez de 1 à 10 000 requêtes par minute.",
};
const OVERLAP: FieldFault = FieldFault {
    field: "overlap_hours",
    code: "out_of_range",
    en: "The old key can live on for at most 7 days (168 hours).",
    fr: "L’ancienne clé peut vivre encore 7 jours (168 heures) au plus.",
};

/// What is wrong with an order, and the scopes that it amounts to.
fn read(
    order: &KeyOrder,
    held: &[Permission],
    now: UnixMs,
) -> std::result::Result<Vec<Permission>, Vec<FieldFault>> {
    let mut faults = Vec::new();
    if order.name.trim().is_empty() || order.name.chars().count() > 100 {
        faults.push(NAME);
    }
    let scopes: Vec<Permission> = match &order.scopes {
        None => held.iter().copied().filter(|p| p.is_keys_by_default()).collect(),
        Some(named) => {
            Permission::ALL.iter().copied().filter(|p| named.iter().any(|n| n == p.as_str())).collect()
        }
    };
    let is_known = |name: &String| Permission::parse(name).is_some();
    if scopes.is_empty() || order.scopes.as_ref().is_some_and(|named| !named.iter().all(is_known)) {
        faults.push(UNKNOWN_SCOPE);
    } else if !scopes.iter().all(|scope| held.contains(scope)) {
        faults.push(NOT_YOURS);
    }
    if order.expires_at.is_some_and(|at| at <= now) {
        faults.push(EXPIRY);
    }
    if order.rate_per_minute.is_some_and(|rate| !(1..=MOST_PER_MINUTE).contains(&rate)) {
        faults.push(RATE);
    }
    if faults.is_empty() { Ok(scopes) } else { Err(faults) }
}

/// Makes a key for somebody who may do `held` themselves. Without scopes it may do of that what a tenant's automation
/// needs: nothing about people, keys, the log or whole exports. Not idempotent: each time is another key.
///
/// # Errors
/// A refusal about its fields, `too_many_keys`, or the database's.
pub async fn create(
    house: &House,
    scope: &TenantScope,
    held: &[Permission],
    order: &KeyOrder,
) -> Result<NewKey> {
    let now = house.world.now();
    let scopes = read(order, held, now).map_err(Refusal::invalid)?;
    let mut tx = house.db.write_in(scope).await?;
    let made = insert(house, &mut tx, scope, order, &scopes).await?;
    let mut tenant = tx.tenant(scope).await?;
    let record = &made.record;
    let doc = json!({ "scopes": record.scopes, "expires_at": record.expires_at.map(UnixMs::rfc3339), "rate_per_minute": record.rate_per_minute });
    audit::note(&mut tenant, &house.world, "key.created", "key", &record.id.to_string(), doc).await?;
    tx.commit().await?;
    Ok(made)
}

/// Replaces a key by a new one with the same name, scopes and rate, that lasts as long as the old one did; the old one
/// lives on for `overlap_ms`, or until its own end. Idempotent in that a key has one successor at most.
///
/// # Errors
/// `not_found`; `key_is_over` for one that is no longer good or was replaced already; a refusal about scopes that the
/// replacer does not hold; the database's.
pub async fn rotate(
    house: &House,
    scope: &TenantScope,
    held: &[Permission],
    id: KeyId,
    overlap_ms: i64,
) -> Result<NewKey> {
    if !(0..=LONGEST_OVERLAP_MS).contains(&overlap_ms) {
        return Err(Refusal::invalid(vec![OVERLAP]).into());
    }
    let now = house.world.now();
    let mut tx = house.db.write_in(scope).await?;
    let old = keys::find_in(&mut tx, scope, id).await?.ok_or_else(Refusal::not_found)?;
    let order = KeyOrder {
        name: old.name.clone(),
        scopes: Some(old.scopes.clone()),
        expires_at: old.expires_at.map(|end| now.plus_ms(end.since(old.created_at))),
        rate_per_minute: old.rate_per_minute,
    };
    let scopes = read(&order, held, now).map_err(Refusal::invalid)?;
    let made = insert(house, &mut tx, scope, &order, &scopes).await?;
    let ends_at = now.plus_ms(overlap_ms);
    if !keys::replace(&mut tx, scope, id, made.record.id, ends_at, now).await? {
        return Err(Refusal::new(
            Kind::Conflict,
            "key_is_over",
            "This key is no longer good, or was replaced already. Make a new one.",
            "Cette clé n’est plus valable, ou a déjà été remplacée. Créez-en une autre.",
        )
        .into());
    }
    let mut tenant = tx.tenant(scope).await?;
    let doc = json!({ "by": made.record.id, "ends_at": ends_at.rfc3339() });
    audit::note(&mut tenant, &house.world, "key.replaced", "key", &id.to_string(), doc).await?;
    tx.commit().await?;
    Ok(made)
}

async fn insert(
    house: &House,
    tx: &mut Tx,
    scope: &TenantScope,
    order: &KeyOrder,
    scopes: &[Permission],
) -> Result<NewKey> {
    let now = house.world.now();
    if keys::count_good(tx, scope, now).await? >= MOST_KEYS {
        return Err(Refusal::new(
            Kind::Conflict,
            "too_many_keys",
            "There are 100 keys already. Revoke one first.",
            "Il y a déjà 100 clés. Révoquez-en une d’abord.",
        )
        .into());
    }
    let key = Token::generate("vst_", &*house.world.entropy);
    let record = KeyRecord {
        tenant: scope.tenant(),
        id: house.world.new_id(),
        name: order.name.trim().to_owned(),
        prefix: token_prefix(key.expose_secret()),
        scopes: scopes.iter().map(|p| p.as_str().to_owned()).collect(),
        created_at: now,
        expires_at: order.expires_at,
        revoked_at: None,
        created_by: Some(scope.actor().to_string()),
        rate_per_minute: order.rate_per_minute,
        last_used_at: None,
        replaced_by: None,
    };
    keys::insert(tx, scope, &record, token_hash(key.expose_secret())).await?;
    Ok(NewKey { record, key })
}
