//! Signing in. The same words and the same work whether or not the account exists: a try is counted by a keyed hash of the
//! address, the password is hashed for nobody as for somebody, what came of it is written down in a row of the same form,
//! and whoever must be told is told by a job that is owed either way.

use crate::people::sessions::open;
use crate::people::tries::{self, Try};
use crate::people::{
    Challenge, EMAIL, Purpose, SignedIn, TokenForm, Visit, challenge, check_password, hashing, is_email,
    links, lockout, strength, use_link, visit,
};
use crate::{FieldFault, House, Kind, Refusal, Result};
use secrecy::SecretString;
use serde_json::json;
use vestibule_model::{PlatformRole, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::{challenges, factors, links as directory, sessions};
use vestibule_vault::token_hash;

/// What came of a right password.
pub enum Entered {
    /// The person is in.
    In(Box<SignedIn>),
    /// A second factor is asked for first.
    Challenged(Challenge),
}

impl Entered {
    /// The session of whoever is in; `None` while a second factor is asked for.
    #[must_use]
    pub fn signed_in(self) -> Option<SignedIn> {
        match self {
            Self::In(signed_in) => Some(*signed_in),
            Self::Challenged(_) => None,
        }
    }
}

const fn wrong() -> Refusal {
    Refusal::new(
        Kind::Unauthorized,
        "wrong_credentials",
        "The address or the password is not right.",
        "L’adresse ou le mot de passe n’est pas le bon.",
    )
}

/// Signs a person in, or asks for their second factor. Not idempotent: each call is a try.
///
/// # Errors
/// `wrong_credentials`, `locked_out`, or the database's.
pub async fn sign_in(
    house: &House,
    visit: &Visit,
    email: &str,
    password: &SecretString,
    form: TokenForm,
) -> Result<Entered> {
    let mut tx = house.db.write().await?;
    let user = people::find_by_email(&mut tx, email).await?.filter(|user| user.disabled_at.is_none());
    // Committed before the password is looked at: a try that was not counted is none.
    let counted = tries::begin(house, &mut tx, email, visit).await?;
    tx.commit().await?;
    let phc = user.as_ref().and_then(|user| user.password_phc.clone());
    let is_right = hashing::is_right(password.clone(), phc).await?;
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    let Some(user) = user.as_ref().filter(|_| is_right) else {
        was_wrong(house, &mut tx, visit, &counted, user.map(|user| user.id), "password").await?;
        tx.commit().await?;
        return Err(wrong().into());
    };
    let entered = if is_factor_asked(&mut tx, user.id).await? {
        tries::take_back(&mut tx, &counted).await?;
        Entered::Challenged(challenge::ask(house, &mut tx, user.id).await?)
    } else {
        tries::was_right(&mut tx, &counted).await?;
        let signed_in = open(house, &mut tx, user.clone(), visit, form, "password").await?;
        Entered::In(Box::new(signed_in))
    };
    tx.commit().await?;
    Ok(entered)
}

async fn is_factor_asked(tx: &mut Tx, user: UserId) -> Result<bool> {
    Ok(factors::find(tx, user).await?.is_some_and(|factor| factor.confirmed_at.is_some()))
}

/// Writes down that a try was wrong, and owes word of it where it locks the account. Somebody and nobody make the same rows.
pub(super) async fn was_wrong(
    house: &House,
    tx: &mut Tx,
    visit: &Visit,
    counted: &Try,
    user: Option<UserId>,
    what: &'static str,
) -> Result<()> {
    let (account, network) = (counted.account_name(), counted.network_name());
    let object = ("address", account.as_str());
    let doc = json!({ "what": what, "person": user, "network": network });
    visit::note(house, tx, visit, None, "person.sign_in_refused", object, doc).await?;
    if let Some(until) = counted.locks_until {
        let doc = json!({ "person": user, "until": until.rfc3339() });
        visit::note(house, tx, visit, None, "person.locked_out", object, doc).await?;
        lockout::owe_word(house, tx, visit, user).await?;
    }
    Ok(())
}

/// Makes sure that whoever uses a session knows the password too. Not idempotent: each call is a try.
///
/// # Errors
/// `wrong_password`, `locked_out`, or the database's.
pub async fn confirm_password(
    house: &House,
    visit: &Visit,
    user: UserId,
    password: &SecretString,
) -> Result<UserRecord> {
    let mut tx = house.db.write().await?;
    let user = people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    let counted = tries::begin(house, &mut tx, &user.email, visit).await?;
    tx.commit().await?;
    let is_right = hashing::is_right(password.clone(), user.password_phc.clone()).await?;
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    if is_right {
        tries::take_back(&mut tx, &counted).await?;
        tx.commit().await?;
        return Ok(user);
    }
    was_wrong(house, &mut tx, visit, &counted, Some(user.id), "password").await?;
    tx.commit().await?;
    let fault = FieldFault {
        field: "password",
        code: "wrong_password",
        en: "This is not your password.",
        fr: "Ce n’est pas votre mot de passe.",
    };
    Err(Refusal { code: "wrong_password", ..Refusal::invalid(vec![fault]) }.into())
}

/// Uses a one-time link up: sets the password and signs in, or asks for the second factor, which a link does not stand in
/// for. The link works once.
///
/// # Errors
/// `link_invalid`, `password_too_short`, `password_weak`, or the database's.
pub async fn redeem(house: &House, visit: &Visit, token: &str, password: &SecretString) -> Result<Entered> {
    let mut tx = house.db.read().await?;
    let found =
        directory::find(&mut tx, token_hash(token), Purpose::Welcome.as_str(), house.world.now()).await?;
    let user = people::find(&mut tx, found.ok_or_else(links::link_invalid)?.user).await?;
    let user = user.filter(|user| user.disabled_at.is_none()).ok_or_else(links::link_invalid)?;
    check_password(password, &strength::own_words(&mut tx, &user).await?)?;
    drop(tx);
    let phc = hashing::hash(house, password.clone()).await?;
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    use_link(house, &mut tx, token, Purpose::Welcome).await?;
    choose(house, &mut tx, visit, &user, &phc, "link").await?;
    let entered = if is_factor_asked(&mut tx, user.id).await? {
        Entered::Challenged(challenge::ask(house, &mut tx, user.id).await?)
    } else {
        Entered::In(Box::new(open(house, &mut tx, user, visit, TokenForm::Opaque, "link").await?))
    };
    tx.commit().await?;
    Ok(entered)
}

/// Sets a password that was checked and hashed, ends every session and what was begun with the old one, and forgives wrong
/// tries: whoever knew the password before must not stay. Idempotent but for the row that tells of it.
pub(super) async fn choose(
    house: &House,
    tx: &mut Tx,
    visit: &Visit,
    user: &UserRecord,
    phc: &str,
    by: &'static str,
) -> Result<()> {
    let now = house.world.now();
    people::set_password(tx, user.id, phc, now).await?;
    sessions::revoke_all(tx, user.id, now).await?;
    challenges::end_all(tx, user.id).await?;
    tries::forgive(house, tx, &user.email).await?;
    let id = user.id.to_string();
    visit::note(house, tx, visit, Some(user.id), "person.password_set", ("person", &id), json!({ "by": by }))
        .await
}

/// Sets a person's password and ends their sessions: for the command line and the demo. Idempotent but for the row that
/// tells of it.
///
/// # Errors
/// `password_too_short`, `password_weak`, or the database's.
pub async fn set_password(house: &House, visit: &Visit, user: UserId, password: &SecretString) -> Result<()> {
    let mut tx = house.db.read().await?;
    let user = people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    check_password(password, &strength::own_words(&mut tx, &user).await?)?;
    drop(tx);
    let phc = hashing::hash(house, password.clone()).await?;
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    choose(house, &mut tx, visit, &user, &phc, "installation").await?;
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
