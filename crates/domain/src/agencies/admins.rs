//! Who administers an agency.

use super::edit::note;
use super::whole;
use crate::people::{UserRecord, is_email, make_link};
use crate::viewings;
use crate::{FieldFault, House, Kind, Refusal, Result};
use secrecy::SecretString;
use serde_json::json;
use vestibule_access::{Mint, PlatformScope};
use vestibule_model::{AgencyId, PlatformRole, UserId};
use vestibule_store::directory::{agencies, people};

/// An administrator who was appointed.
pub struct Appointed {
    /// Who.
    pub user: UserRecord,
    /// The token of their one-time link; none for a person who has a password already.
    pub link: Option<SecretString>,
}

const EMAIL: FieldFault = FieldFault {
    field: "email",
    code: "bad_email",
    en: "Give a complete e-mail address.",
    fr: "Donnez une adresse courriel complète.",
};
const LOCALE: FieldFault = FieldFault {
    field: "locale",
    code: "unknown_locale",
    en: "Choose en or fr.",
    fr: "Choisissez en ou fr.",
};

const fn elsewhere() -> Refusal {
    Refusal::new(
        Kind::Conflict,
        "administers_elsewhere",
        "This person runs the platform or administers another agency.",
        "Cette personne exploite la plateforme ou administre une autre agence.",
    )
}

/// Makes a person an agency's administrator. Idempotent by address; each time a person without a password gets a link.
///
/// # Errors
/// A refusal about its fields, `administers_elsewhere`, `not_found`, or the database's.
pub async fn appoint(
    house: &House,
    scope: &PlatformScope,
    agency: AgencyId,
    (email, name, locale): (&str, Option<&str>, Option<&str>),
) -> Result<Appointed> {
    whole(scope)?;
    let email = email.trim().to_lowercase();
    let locale = locale.unwrap_or("en");
    let mut faults = Vec::new();
    if !is_email(&email) {
        faults.push(EMAIL);
    }
    if locale != "en" && locale != "fr" {
        faults.push(LOCALE);
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults).into());
    }
    let now = house.world.now();
    let mut tx = house.db.write().await?;
    if !agencies::hold(&mut tx, agency).await? {
        return Err(Refusal::not_found().into());
    }
    let user = match people::find_by_email(&mut tx, &email).await? {
        Some(user) => {
            let of = agencies::of_admin(&mut tx, user.id).await?;
            if user.platform_role == Some(PlatformRole::Operator) || of.is_some_and(|of| of != agency) {
                return Err(elsewhere().into());
            }
            user
        }
        None => {
            let user = UserRecord {
                id: house.world.new_id(),
                email,
                name: name.map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned),
                locale: locale.to_owned(),
                password_phc: None,
                platform_role: None,
                failed_count: 0,
                locked_until: None,
                disabled_at: None,
            };
            people::insert(&mut tx, &user, now).await?;
            user
        }
    };
    agencies::appoint(&mut tx, user.id, agency, now).await?;
    let link =
        if user.password_phc.is_none() { Some(make_link(house, &mut tx, user.id).await?) } else { None };
    let doc = json!({ "person": user.id.to_string() });
    note(house, &mut tx, scope, "agency.admin_added", (agency, doc)).await?;
    tx.commit().await?;
    Ok(Appointed { user: UserRecord { platform_role: Some(PlatformRole::AgencyAdmin), ..user }, link })
}

/// Lets an administrator go: what they look at ends. Idempotent in its effect; the second time there is no such one.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn dismiss(
    house: &House,
    mint: &Mint,
    scope: &PlatformScope,
    agency: AgencyId,
    user: UserId,
) -> Result<()> {
    whole(scope)?;
    let mut tx = house.db.write().await?;
    if !agencies::dismiss(&mut tx, user, agency, house.world.now()).await? {
        return Err(Refusal::not_found().into());
    }
    viewings::end_of_person(house, mint, &mut tx, scope.actor(), user).await?;
    let doc = json!({ "person": user.to_string() });
    note(house, &mut tx, scope, "agency.admin_removed", (agency, doc)).await?;
    Ok(tx.commit().await?)
}
