//! Passwords set anew: by a mailed link when forgotten, or by whoever knows the old one. Both end the other sessions and
//! are told by mail.

use crate::mail::{self, Addressee, Notice, SecretLink};
use crate::people::sign_in::{check_password, hash, slow};
use crate::people::{Purpose, link_was_made, make_link_for, use_link};
use crate::{FieldFault, House, Refusal, Result, audit};
use secrecy::SecretString;
use serde_json::json;
use vestibule_access::TenantScope;
use vestibule_model::{SessionId, UserId};
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::{links, seen, sessions};
use vestibule_store::{TenantTx, Tx};

/// Less than this after the last one, another mail with a link is not sent, in milliseconds.
const REST_MS: i64 = 60_000;

pub(super) const WRONG: FieldFault = FieldFault {
    field: "password",
    code: "wrong_password",
    en: "This is not your password.",
    fr: "Ce n’est pas votre mot de passe.",
};

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
    audit::note(&mut own, &house.world, "password.reset_asked", "person", &user.id.to_string(), json!({}))
        .await?;
    Ok(tx.commit().await?)
}

/// Uses a reset link up and sets the password. All sessions end, and nobody is signed in: whoever has a second factor
/// still needs it. Good once.
///
/// # Errors
/// `link_invalid`, a refusal of the password, or the database's.
pub async fn reset(
    house: &House,
    platform: &TenantScope,
    token: &str,
    password: &SecretString,
) -> Result<()> {
    check_password(password)?;
    let mut tx = house.db.read().await?;
    let hash_of = vestibule_vault::token_hash(token);
    // Asked before the slow hash: whoever makes tokens up must not keep the processor busy.
    if links::find(&mut tx, hash_of, Purpose::Reset.as_str(), house.world.now()).await?.is_none() {
        return Err(super::links::link_invalid().into());
    }
    drop(tx);
    let phc = hash(house, password.clone()).await?;
    let now = house.world.now();
    let mut tx = house.db.write_in(platform).await?;
    let used = use_link(house, &mut tx, token, Purpose::Reset).await?;
    let user = people::find(&mut tx, used.user).await?.filter(|u| u.disabled_at.is_none());
    let user = user.ok_or_else(super::links::link_invalid)?;
    people::set_password(&mut tx, user.id, &phc, now).await?;
    sessions::revoke_all(&mut tx, user.id, now).await?;
    was_changed(house, &mut tx, platform, &user, "password.reset").await?;
    Ok(tx.commit().await?)
}

/// Sets a signed-in person's password, who says the old one. Every other session ends. Not idempotent: the old password
/// is wrong the second time.
///
/// # Errors
/// `wrong_password`, a refusal of the new one, or the database's.
pub async fn change_password(
    house: &House,
    platform: &TenantScope,
    (user, session): (UserId, Option<SessionId>),
    password: &SecretString,
    new: &SecretString,
) -> Result<()> {
    check_password(new)?;
    let user = confirm(house, user, password).await?;
    let phc = hash(house, new.clone()).await?;
    let now = house.world.now();
    let mut tx = house.db.write_in(platform).await?;
    people::set_password(&mut tx, user.id, &phc, now).await?;
    match session {
        Some(this) => drop(seen::end_others(&mut tx, user.id, this, now).await?),
        None => sessions::revoke_all(&mut tx, user.id, now).await?,
    }
    was_changed(house, &mut tx, platform, &user, "password.changed").await?;
    Ok(tx.commit().await?)
}

/// Asks a signed-in person for their password; who they are.
pub(super) async fn confirm(house: &House, user: UserId, password: &SecretString) -> Result<UserRecord> {
    let mut tx = house.db.read().await?;
    let user = people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    if !slow(password.clone(), user.password_phc.clone()).await? {
        return Err(Refusal::invalid(vec![WRONG]).into());
    }
    Ok(user)
}

/// What belongs to every new password: what else was under way ends, and the person is told.
async fn was_changed(
    house: &House,
    tx: &mut Tx,
    platform: &TenantScope,
    user: &UserRecord,
    action: &'static str,
) -> Result<()> {
    let now = house.world.now();
    for purpose in [Purpose::Email, Purpose::Reset, Purpose::Welcome] {
        links::end(tx, user.id, purpose.as_str(), now).await?;
    }
    let mut own = tx.tenant(platform).await?;
    tell_changed(house, &mut own, user).await?;
    audit::note(&mut own, &house.world, action, "person", &user.id.to_string(), json!({})).await
}

async fn tell_changed(house: &House, own: &mut TenantTx<'_>, user: &UserRecord) -> Result<()> {
    let at = house.world.now();
    let to = Addressee { person: user.id, address: &user.email, locale: &user.locale };
    let once = format!("password-changed:{}", house.world.new_id::<vestibule_model::MailId>());
    mail::tell_person(house, own, &to, &Notice::PasswordChanged { at }, &once).await.map(drop)
}
