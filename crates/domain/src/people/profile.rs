//! What a person says of themselves: name, language, address. A new address counts once it was confirmed there.

use crate::mail::{self, Addressee, Notice, SecretLink};
use crate::people::links::link_invalid;
use crate::people::{EMAIL, Purpose, Visit, confirm_password, is_email, make_link_for, use_link};
use crate::{FieldFault, House, Refusal, Result, audit};
use secrecy::SecretString;
use serde_json::json;
use vestibule_access::{Actor, TenantScope};
use vestibule_model::UserId;
use vestibule_store::StoreError;
use vestibule_store::directory::people::{self, UserRecord};

/// What a person changes of themselves; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// The name.
    pub name: Option<String>,
    /// `en` or `fr`.
    pub locale: Option<String>,
}

const NAME: FieldFault = FieldFault {
    field: "name",
    code: "required",
    en: "Give a name of at most 100 characters.",
    fr: "Donnez un nom d’au plus 100 caractères.",
};
const LOCALE: FieldFault = FieldFault {
    field: "locale",
    code: "unknown_locale",
    en: "Choose en or fr.",
    fr: "Choisissez en ou fr.",
};
const SAME: FieldFault = FieldFault {
    field: "email",
    code: "same_email",
    en: "This is your address already.",
    fr: "C’est déjà votre adresse.",
};

/// A name that can be kept: on one line, and not too long.
pub(super) fn clean_name(name: &str) -> Result<String> {
    let words: Vec<&str> =
        name.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let name = words.join(" ");
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Refusal::invalid(vec![NAME]).into());
    }
    Ok(name)
}

/// Changes a person's name and language. Idempotent.
///
/// # Errors
/// A refusal about its fields, `not_found`, or the database's.
pub async fn change_profile(house: &House, user: UserId, change: &ProfileChange) -> Result<UserRecord> {
    let name = change.name.as_deref().map(clean_name).transpose()?;
    if change.locale.as_deref().is_some_and(|l| l != "en" && l != "fr") {
        return Err(Refusal::invalid(vec![LOCALE]).into());
    }
    let mut tx = house.db.write().await?;
    let mut user = people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    user.name = name.or(user.name);
    user.locale = change.locale.clone().unwrap_or(user.locale);
    people::set_profile(&mut tx, user.id, user.name.as_deref(), &user.locale, house.world.now()).await?;
    tx.commit().await?;
    Ok(user)
}

/// Asks for another address: a link is mailed there, and a warning to the old one. The answer is the same when the new
/// address has an account already, and then nothing is mailed to it. Not idempotent: each call sends a new link and ends
/// the older one.
///
/// # Errors
/// A refusal about its fields, `wrong_password`, `locked_out`, or the database's.
pub async fn ask_email(
    house: &House,
    visit: &Visit,
    user: UserId,
    password: &SecretString,
    email: &str,
) -> Result<()> {
    let email = email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(Refusal::invalid(vec![EMAIL]).into());
    }
    let user = confirm_password(house, visit, user, password).await?;
    if user.email == email {
        return Err(Refusal::invalid(vec![SAME]).into());
    }
    let platform = visit.platform.by(Actor::Person(user.id)).own_rows();
    let mut tx = house.db.write_in(&platform).await?;
    let is_free = people::find_by_email(&mut tx, &email).await?.is_none();
    let link = make_link_for(house, &mut tx, user.id, Purpose::Email, &json!({ "email": email })).await?;
    let link = SecretLink::new(link.address(&house.settings.public_url));
    let mut own = tx.tenant(&platform).await?;
    let once = format!("email:{}", house.world.new_id::<vestibule_model::MailId>());
    let to = |address| Addressee { person: user.id, address, locale: &user.locale };
    if is_free {
        let notice = Notice::ConfirmEmail { link };
        mail::tell_person(house, &mut own, &to(&email), &notice, &format!("{once}:new")).await?;
    }
    let notice = Notice::EmailChanging { new_email: email.clone() };
    mail::tell_person(house, &mut own, &to(&user.email), &notice, &format!("{once}:old")).await?;
    audit::note(&mut own, &house.world, "person.email_asked", "person", &user.id.to_string(), json!({}))
        .await?;
    Ok(tx.commit().await?)
}

/// Confirms a new address by its link: from now on it is the one to sign in with. Good once.
///
/// # Errors
/// `link_invalid`, also when somebody else took the address meanwhile; the database's.
pub async fn confirm_email(house: &House, platform: &TenantScope, token: &str) -> Result<()> {
    let mut tx = house.db.write_in(platform).await?;
    let used = use_link(house, &mut tx, token, Purpose::Email).await?;
    let email = used.doc["email"].as_str().ok_or_else(link_invalid)?;
    match people::set_email(&mut tx, used.user, email, house.world.now()).await {
        Err(StoreError::Conflict(_)) => return Err(link_invalid().into()),
        done => done?,
    }
    let mut own = tx.tenant(platform).await?;
    audit::note(&mut own, &house.world, "person.email_changed", "person", &used.user.to_string(), json!({}))
        .await?;
    Ok(tx.commit().await?)
}
