//! Passwords set anew: by a mailed link when forgotten, or by whoever knows the old one. Both end the other sessions and
//! are told by mail.

use crate::mail::{self, Addressee, Notice, SecretLink};
use crate::people::links::link_invalid;
use crate::people::sign_in::{choose, confirm_password};
use crate::people::{
    Purpose, Visit, check_password, hashing, link_was_made, make_link_for, strength, tries, use_link, visit,
};
use crate::{Error, House, Result, audit};
use secrecy::SecretString;
use serde_json::json;
use vestibule_access::{Actor, TenantScope};
use vestibule_model::{SessionId, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::{challenges, links, seen, sessions};
use vestibule_vault::token_hash;

/// Less than this after the last one, another mail with a link is not sent, in milliseconds.
const REST_MS: i64 = 60_000;

/// Mails a link with which a forgotten password is set anew, if the address has an account; says nothing of whether it
/// has. `platform` is a scope of the platform's own rows. Idempotent within a minute: one mail.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn ask_reset(house: &House, platform: &TenantScope, email: &str) -> Result<()> {
    let mut tx = house.db.read().await?;
    let user = people::find_by_email(&mut tx, email).await?.filter(|u| u.disabled_at.is_none());
    drop(tx);
    let Some(user) = user else { return Ok(()) };
    let now = house.world.now();
    let mut tx = house.db.write_in(platform).await?;
    if link_was_made(&mut tx, user.id, Purpose::Reset, now.plus_ms(-REST_MS)).await? {
        return Ok(());
    }
    let link = make_link_for(house, &mut tx, user.id, Purpose::Reset, &json!({})).await?;
    let link = SecretLink::new(link.address(&house.settings.public_url));
    let mut own = tx.tenant(platform).await?;
    let to = Addressee { person: user.id, address: &user.email, locale: &user.locale };
    mail::tell_person(house, &mut own, &to, &Notice::Reset { link }, &format!("reset:{}", now.0)).await?;
    audit::note(&mut own, &house.world, "person.reset_asked", "person", &user.id.to_string(), json!({}))
        .await?;
    Ok(tx.commit().await?)
}

/// Uses a reset link up and sets the password. All sessions end, and nobody is signed in: whoever has a second factor
/// still needs it. Good once.
///
/// # Errors
/// `link_invalid`, a refusal of the password, or the database's.
pub async fn reset(house: &House, visit: &Visit, token: &str, password: &SecretString) -> Result<()> {
    let mut tx = house.db.read().await?;
    // Asked before the slow hash: whoever makes tokens up must not keep the processor busy.
    let found = links::find(&mut tx, token_hash(token), Purpose::Reset.as_str(), house.world.now()).await?;
    let user = people::find(&mut tx, found.ok_or_else(link_invalid)?.user).await?;
    let user = user.filter(|u| u.disabled_at.is_none()).ok_or_else(link_invalid)?;
    check_password(password, &strength::own_words(&mut tx, &user).await?)?;
    drop(tx);
    let phc = hashing::hash(house, password.clone()).await?;
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    use_link(house, &mut tx, token, Purpose::Reset).await?;
    choose(house, &mut tx, visit, &user, &phc, "reset").await?;
    was_changed(house, &mut tx, visit, &user).await?;
    Ok(tx.commit().await?)
}

/// Sets a signed-in person's password, who says the old one. Every other session ends. Not idempotent: the old password
/// is wrong the second time.
///
/// # Errors
/// `wrong_password`, `locked_out`, a refusal of the new one, or the database's.
pub async fn change_password(
    house: &House,
    visit: &Visit,
    (user, session): (UserId, Option<SessionId>),
    password: &SecretString,
    new: &SecretString,
) -> Result<()> {
    let user = confirm_password(house, visit, user, password).await?;
    let mut tx = house.db.read().await?;
    let own = strength::own_words(&mut tx, &user).await?;
    drop(tx);
    check_password(new, &own).map_err(of_the_new_one)?;
    let phc = hashing::hash(house, new.clone()).await?;
    let now = house.world.now();
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    people::set_password(&mut tx, user.id, &phc, now).await?;
    match session {
        Some(this) => drop(seen::end_others(&mut tx, user.id, this, now).await?),
        None => sessions::revoke_all(&mut tx, user.id, now).await?,
    }
    challenges::end_all(&mut tx, user.id).await?;
    tries::forgive(house, &mut tx, &user.email).await?;
    let (id, doc) = (user.id.to_string(), json!({ "by": "password" }));
    visit::note(house, &mut tx, visit, Some(user.id), "person.password_set", ("person", &id), doc).await?;
    was_changed(house, &mut tx, visit, &user).await?;
    Ok(tx.commit().await?)
}

/// A refusal of a password, about the field in which the new one was given.
fn of_the_new_one(error: Error) -> Error {
    match error {
        Error::Refused(mut refusal) => {
            refusal.fields.iter_mut().for_each(|fault| fault.field = "new_password");
            Error::Refused(refusal)
        }
        other => other,
    }
}

/// What belongs to every new password: links that were under way end, and the person is told.
async fn was_changed(house: &House, tx: &mut Tx, visit: &Visit, user: &UserRecord) -> Result<()> {
    let at = house.world.now();
    for purpose in [Purpose::Email, Purpose::Reset, Purpose::Welcome] {
        links::end(tx, user.id, purpose.as_str(), at).await?;
    }
    let scope = visit.platform.by(Actor::Person(user.id)).own_rows();
    let to = Addressee { person: user.id, address: &user.email, locale: &user.locale };
    let once = format!("password-changed:{}", house.world.new_id::<vestibule_model::MailId>());
    let notice = Notice::PasswordChanged { at };
    mail::tell_person(house, &mut tx.tenant(&scope).await?, &to, &notice, &once).await.map(drop)
}
