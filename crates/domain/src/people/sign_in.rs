//! Signing in. The same words and, as far as can be, the same time whether or not the account exists.

use crate::people::sessions::open;
use crate::people::{EMAIL, Purpose, SignedIn, is_email, use_link};
use crate::{Error, Kind, Refusal, Result};
use crate::{FieldFault, House};
use secrecy::{ExposeSecret, SecretString};
use vestibule_model::{PlatformRole, UserId};
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::sessions;
use vestibule_vault::{hash_password, verify_nobody, verify_password};

/// Wrong passwords in a row before an account rests.
const MOST_TRIES: i64 = 5;
/// How long it rests, in milliseconds.
const REST_MS: i64 = 15 * 60_000;
/// The shortest password.
const SHORTEST: usize = 10;

const fn wrong() -> Refusal {
    Refusal::new(
        Kind::Unauthorized,
        "wrong_credentials",
        "The address or the password is not right.",
        "L’adresse ou le mot de passe n’est pas le bon.",
    )
}

/// Signs a person in.
///
/// # Errors
/// `wrong_credentials`, `locked_out`, or the database's.
pub async fn sign_in(house: &House, email: &str, password: &SecretString) -> Result<SignedIn> {
    let mut tx = house.db.read().await?;
    let user = people::find_by_email(&mut tx, email).await?;
    drop(tx);
    let now = house.world.now();
    let Some(user) = user.filter(|u| u.disabled_at.is_none()) else {
        slow(password.clone(), None).await?;
        return Err(wrong().into());
    };
    if let Some(until) = user.locked_until.filter(|until| *until > now) {
        let seconds = u32::try_from(until.since(now) / 1000 + 1).unwrap_or(900);
        return Err(Refusal::new(
            Kind::TooMany,
            "locked_out",
            "Too many wrong passwords. Wait a quarter of an hour.",
            "Trop de mots de passe erronés. Attendez un quart d’heure.",
        )
        .after(seconds)
        .into());
    }
    let right = slow(password.clone(), user.password_phc.clone()).await?;
    let mut tx = house.db.write().await?;
    if !right {
        // Counted by the database: whoever tries many at once gets no more tries than others.
        if people::count_wrong(&mut tx, user.id).await? >= MOST_TRIES {
            people::note_try(&mut tx, user.id, 0, Some(now.plus_ms(REST_MS))).await?;
        }
        tx.commit().await?;
        return Err(wrong().into());
    }
    if user.failed_count > 0 || user.locked_until.is_some() {
        people::note_try(&mut tx, user.id, 0, None).await?;
    }
    let signed_in = open(house, &mut tx, user).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Argon2id takes tens of milliseconds: off the runtime's threads.
pub(super) async fn slow(password: SecretString, phc: Option<String>) -> Result<bool> {
    tokio::task::spawn_blocking(move || match phc {
        Some(phc) => verify_password(&password, &phc),
        None => verify_nobody(&password),
    })
    .await
    .map_err(Error::fault)
}

pub(super) fn check_password(password: &SecretString) -> Result<()> {
    let length = password.expose_secret().chars().count();
    if !(SHORTEST..=256).contains(&length) {
        return Err(Refusal {
            code: "password_too_short",
            ..Refusal::invalid(vec![FieldFault {
                field: "password",
                code: "password_too_short",
                en: "Use 10 to 256 characters.",
                fr: "Utilisez de 10 à 256 caractères.",
            }])
        }
        .into());
    }
    Ok(())
}

/// Uses a one-time link up: sets the password and signs in.
///
/// # Errors
/// `link_invalid`, `password_too_short`, or the database's.
pub async fn redeem(house: &House, token: &str, password: &SecretString) -> Result<SignedIn> {
    check_password(password)?;
    let phc = hash(house, password.clone()).await?;
    let now = house.world.now();
    let mut tx = house.db.write().await?;
    let user = use_link(house, &mut tx, token, Purpose::Welcome).await?.user;
    people::set_password(&mut tx, user, &phc, now).await?;
    // Whoever knew the password before must not stay.
    sessions::revoke_all(&mut tx, user, now).await?;
    let user = people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    let signed_in = open(house, &mut tx, user).await?;
    tx.commit().await?;
    Ok(signed_in)
}

pub(super) async fn hash(house: &House, password: SecretString) -> Result<String> {
    let entropy = house.world.entropy.clone();
    tokio::task::spawn_blocking(move || hash_password(&password, &*entropy))
        .await
        .map_err(Error::fault)?
        .map_err(|_| Error::fault("a password could not be hashed"))
}

/// Sets a person's password and ends their sessions: for the command line and the demo.
///
/// # Errors
/// `password_too_short`, or the database's.
pub async fn set_password(house: &House, user: UserId, password: &SecretString) -> Result<()> {
    check_password(password)?;
    let phc = hash(house, password.clone()).await?;
    let mut tx = house.db.write().await?;
    let now = house.world.now();
    people::set_password(&mut tx, user, &phc, now).await?;
    sessions::revoke_all(&mut tx, user, now).await?;
    Ok(tx.commit().await?)
}

/// Makes an operator; whoever has this address already becomes one. Idempotent by address.
///
/// # Errors
/// [`Refusal`] for what is no address; the database's.
pub async fn add_operator(house: &House, email: &str) -> Result<UserId> {
    let email = email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(Refusal::invalid(vec![EMAIL]).into());
    }
    let email = email.as_str();
    let mut tx = house.db.write().await?;
    if let Some(user) = people::find_by_email(&mut tx, email).await? {
        if user.platform_role != Some(PlatformRole::Operator) {
            people::set_platform_role(&mut tx, user.id, PlatformRole::Operator, house.world.now()).await?;
            tx.commit().await?;
        }
        return Ok(user.id);
    }
    let user = UserRecord {
        id: house.world.new_id(),
        email: email.to_owned(),
        name: None,
        locale: "en".into(),
        password_phc: None,
        platform_role: Some(PlatformRole::Operator),
        failed_count: 0,
        locked_until: None,
        disabled_at: None,
    };
    people::insert(&mut tx, &user, house.world.now()).await?;
    tx.commit().await?;
    Ok(user.id)
}
