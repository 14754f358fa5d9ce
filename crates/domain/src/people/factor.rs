//! A person's second factor: codes of an authenticator, and recovery codes for when it is lost. The secret is sealed with the
//! platform's data key; recovery codes are kept as keyed hashes, and each code of either kind works once.

use crate::mail::{self, Addressee, Notice};
use crate::people::{Visit, confirm_password, sign_in, tries, visit};
use crate::{Error, FieldFault, House, Kind, Refusal, Result};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use vestibule_access::Actor;
use vestibule_model::{MailId, TenantId, UnixMs, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::factors;
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_vault::{Place, TotpSecret, plain_recovery_code, recovery_code};

/// How many recovery codes there are.
const CODES: usize = 10;

/// A person's second factor, as they see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorView {
    /// Since when it is asked for.
    pub since: UnixMs,
    /// How many recovery codes are left.
    pub codes_left: i64,
}

/// What an authenticator is told once.
pub struct Enrolment {
    /// The secret, for typing.
    pub secret: SecretString,
    /// The same as an address, for the picture.
    pub address: SecretString,
}

fn place(user: UserId) -> Place<'static> {
    Place { table: "second_factors", row: user.0, column: "sealed" }
}

/// A person's second factor; `None` when none is asked for.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn find_factor(house: &House, user: UserId) -> Result<Option<FactorView>> {
    let mut tx = house.db.read().await?;
    let Some(since) = factors::find(&mut tx, user).await?.and_then(|factor| factor.confirmed_at) else {
        return Ok(None);
    };
    Ok(Some(FactorView { since, codes_left: factors::count_codes(&mut tx, user).await? }))
}

/// Begins a second factor: nothing is asked for until it is confirmed. Not idempotent: each call makes another secret.
///
/// # Errors
/// `wrong_password`, `locked_out`, `factor_on`, or the database's.
pub async fn begin_factor(
    house: &House,
    visit: &Visit,
    user: UserId,
    password: &SecretString,
) -> Result<Enrolment> {
    let user = confirm_password(house, visit, user, password).await?;
    let secret = TotpSecret::generate(&*house.world.entropy);
    let mut tx = house.db.write().await?;
    let key = house.seals.key(&mut tx, TenantId::PLATFORM).await?;
    let sealed = key.seal(place(user.id), secret.bytes(), &*house.world.entropy);
    if !factors::begin(&mut tx, user.id, sealed, house.world.now()).await? {
        return Err(on().into());
    }
    tx.commit().await?;
    let secret = secret.to_base32();
    let label = escape(&format!("Vestibule:{}", user.email));
    let address = format!("otpauth://totp/{label}?secret={}&issuer=Vestibule", secret.expose_secret());
    Ok(Enrolment { secret, address: address.into() })
}

/// Text as it stands in an address.
fn escape(text: &str) -> String {
    let byte = |b: u8| match b {
        b'-' | b'_' | b'.' | b'~' | b':' => char::from(b).to_string(),
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Confirms a second factor with a code of it; the recovery codes, shown once. A second time there is nothing to confirm.
///
/// # Errors
/// `factor_not_begun`, `wrong_code`, or the database's.
pub async fn confirm_factor(
    house: &House,
    visit: &Visit,
    user: UserId,
    code: &str,
) -> Result<Vec<SecretString>> {
    let now = house.world.now();
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    let begun = factors::find(&mut tx, user).await?.filter(|factor| factor.confirmed_at.is_none());
    let sealed = begun.ok_or_else(not_begun)?.sealed;
    if !take_step(house, &mut tx, user, &sealed, code).await? {
        return Err(wrong_code().into());
    }
    if !factors::confirm(&mut tx, user, now).await? {
        return Err(not_begun().into());
    }
    let codes = make_codes(house, &mut tx, user).await?;
    note(house, &mut tx, visit, user, "factor.turned_on").await?;
    tx.commit().await?;
    Ok(codes)
}

/// Makes new recovery codes in place of the old ones, which work no more. Not idempotent: each call makes others.
///
/// # Errors
/// `wrong_code`, `locked_out`, or the database's.
pub async fn renew_codes(
    house: &House,
    visit: &Visit,
    user: UserId,
    code: &str,
) -> Result<Vec<SecretString>> {
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    tx = prove(house, tx, visit, user, code).await?;
    let codes = make_codes(house, &mut tx, user).await?;
    note(house, &mut tx, visit, user, "factor.codes_renewed").await?;
    tx.commit().await?;
    Ok(codes)
}

/// Turns a second factor off, with the password and a code of either kind. A second time there is none.
///
/// # Errors
/// `wrong_password`, `wrong_code`, `locked_out`, or the database's.
pub async fn turn_off_factor(
    house: &House,
    visit: &Visit,
    user: UserId,
    password: &SecretString,
    code: &str,
) -> Result<()> {
    let person = confirm_password(house, visit, user, password).await?;
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    tx = prove(house, tx, visit, user, code).await?;
    factors::remove(&mut tx, user).await?;
    note(house, &mut tx, visit, user, "factor.turned_off").await?;
    tell_off(house, &mut tx, visit, &person).await?;
    Ok(tx.commit().await?)
}

/// Takes a person's second factor away without a code: for the command line, when everything was lost. Idempotent.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn remove_factor(house: &House, visit: &Visit, email: &str) -> Result<bool> {
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    let user = people::find_by_email(&mut tx, email).await?.ok_or_else(Refusal::not_found)?;
    let removed = factors::remove(&mut tx, user.id).await?;
    tries::forgive(house, &mut tx, &user.email).await?;
    let (id, doc) = (user.id.to_string(), json!({ "removed": removed }));
    visit::note(house, &mut tx, visit, None, "factor.removed", ("person", &id), doc).await?;
    if removed {
        tell_off(house, &mut tx, visit, &user).await?;
    }
    tx.commit().await?;
    Ok(removed)
}

/// Owes the person word that no second factor is asked for any more. Not idempotent: each call owes one.
async fn tell_off(house: &House, tx: &mut Tx, visit: &Visit, user: &UserRecord) -> Result<()> {
    let scope = visit.platform.by(Actor::Person(user.id)).own_rows();
    let to = Addressee { person: user.id, address: &user.email, locale: &user.locale };
    let once = format!("factor-off:{}", house.world.new_id::<MailId>());
    let notice = Notice::FactorOff { at: house.world.now() };
    mail::tell_person(house, &mut tx.tenant(&scope).await?, &to, &notice, &once).await.map(drop)
}

/// Has a signed-in person prove their second factor, counting the try; gives the transaction back.
async fn prove(house: &House, mut tx: Tx, visit: &Visit, user: UserId, code: &str) -> Result<Tx> {
    let user = people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    let counted = tries::begin(house, &mut tx, &user.email, visit).await?;
    if take(house, &mut tx, user.id, code).await?.is_some() {
        tries::take_back(&mut tx, &counted).await?;
        return Ok(tx);
    }
    sign_in::was_wrong(house, &mut tx, visit, &counted, Some(user.id), "code").await?;
    tx.commit().await?;
    Err(wrong_code().into())
}

/// Uses a code up, of the authenticator or for recovery; which it was, or `None` when it is neither, or no longer.
pub(super) async fn take(
    house: &House,
    tx: &mut Tx,
    user: UserId,
    code: &str,
) -> Result<Option<&'static str>> {
    let Some(factor) = factors::find(tx, user).await?.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(None);
    };
    if take_step(house, tx, user, &factor.sealed, code).await? {
        return Ok(Some("code"));
    }
    let hash = code_hash(house, tx, user, code).await?;
    let is_taken = factors::take_code(tx, user, hash, house.world.now()).await?;
    Ok(is_taken.then_some("recovery_code"))
}

async fn take_step(house: &House, tx: &mut Tx, user: UserId, sealed: &[u8], code: &str) -> Result<bool> {
    let key = house.seals.key(tx, TenantId::PLATFORM).await?;
    let secret = key.open(place(user), sealed).map_err(Error::fault)?;
    let secret =
        TotpSecret::from_bytes(&secret).ok_or_else(|| Error::fault("a second factor of another form"))?;
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    match secret.step_of(&digits, house.world.now()) {
        Some(step) => Ok(factors::take_step(tx, user, step).await?),
        None => Ok(false),
    }
}

async fn code_hash(house: &House, tx: &mut Tx, user: UserId, code: &str) -> Result<[u8; 32]> {
    let key = house.seals.key(tx, TenantId::PLATFORM).await?;
    let value = format!("{user}:{}", plain_recovery_code(code));
    Ok(key.keyed_hash("recovery code", value.as_bytes()))
}

async fn make_codes(house: &House, tx: &mut Tx, user: UserId) -> Result<Vec<SecretString>> {
    let codes: Vec<SecretString> = (0..CODES).map(|_| recovery_code(&*house.world.entropy)).collect();
    let mut hashes = Vec::with_capacity(CODES);
    for code in &codes {
        hashes.push(code_hash(house, tx, user, code.expose_secret()).await?);
    }
    factors::set_codes(tx, user, &hashes, house.world.now()).await?;
    Ok(codes)
}

async fn note(house: &House, tx: &mut Tx, visit: &Visit, user: UserId, action: &'static str) -> Result<()> {
    let id = user.to_string();
    visit::note(house, tx, visit, Some(user), action, ("person", &id), Value::Object(Default::default()))
        .await
}

fn wrong_code() -> Refusal {
    let fault = FieldFault {
        field: "code",
        code: "wrong_code",
        en: "This code is not right. Each code works once: wait for the next one.",
        fr: "Ce code n’est pas le bon. Chaque code ne sert qu’une fois : attendez le suivant.",
    };
    Refusal { code: "wrong_code", ..Refusal::invalid(vec![fault]) }
}

const fn on() -> Refusal {
    Refusal::new(
        Kind::Conflict,
        "factor_on",
        "A second factor is on already: turn it off first.",
        "Un second facteur est déjà actif : désactivez-le d’abord.",
    )
}

const fn not_begun() -> Refusal {
    Refusal::new(
        Kind::Conflict,
        "factor_not_begun",
        "There is nothing to confirm: begin again.",
        "Il n’y a rien à confirmer : recommencez.",
    )
}
