//! Making a tenant: the tenant, its data key, its owner and the audit row, in one transaction.

use crate::people::{is_email, make_link};
use crate::{FieldFault, House, Kind, Refusal, Result, audit};
use secrecy::SecretString;
use serde_json::json;
use vestibule_access::{Mint, PlatformScope, Reach};
use vestibule_model::{AgencyId, Phone, Role, Slug, TenantId, UserId};
use vestibule_store::StoreError;
use vestibule_store::directory::agencies;
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::tenants::{self, TenantRecord};

/// A tenant to make (requirement 4.26).
#[derive(Debug, Clone, Default)]
pub struct NewTenant {
    /// The business's name.
    pub company_name: String,
    /// Its name in addresses; made from the company's when nothing is said.
    pub slug: Option<String>,
    /// The owner's name.
    pub owner_name: Option<String>,
    /// The owner's address.
    pub owner_email: String,
    /// The owner's telephone.
    pub owner_phone: Option<String>,
    /// The trade.
    pub industry: Option<String>,
    /// The plan's tier.
    pub plan_tier: Option<String>,
    /// The primary number.
    pub twilio_phone_number: Option<String>,
    /// Where calls are forwarded to.
    pub forward_to_number: Option<String>,
    /// `en` or `fr`.
    pub locale: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
    /// Whether it begins without a trial.
    pub skip_trial: bool,
    /// The id it had in another system.
    pub external_ref: Option<String>,
    /// The agency that holds it; where an agency makes it, always that one.
    pub agency: Option<AgencyId>,
}

/// A tenant that was made.
pub struct Added {
    /// The tenant.
    pub tenant: TenantRecord,
    /// Its owner.
    pub owner: UserId,
    /// The token of the owner's one-time link; none for a person who has a password already.
    pub link: Option<SecretString>,
}

const REQUIRED: FieldFault = FieldFault {
    field: "company_name",
    code: "required",
    en: "Give the company’s name.",
    fr: "Donnez le nom de l’entreprise.",
};
const EMAIL: FieldFault = FieldFault {
    field: "owner_email",
    code: "bad_email",
    en: "Give a complete e-mail address.",
    fr: "Donnez une adresse courriel complète.",
};
const SLUG: FieldFault = FieldFault {
    field: "slug",
    code: "bad_slug",
    en: "2 to 48 lower-case letters, digits and hyphens, beginning with a letter.",
    fr: "De 2 à 48 lettres minuscules, chiffres et traits d’union, en commençant par une lettre.",
};

pub(super) const fn bad_phone(field: &'static str) -> FieldFault {
    FieldFault {
        field,
        code: "bad_phone",
        en: "Give a telephone number, with its area code.",
        fr: "Donnez un numéro de téléphone avec l’indicatif régional.",
    }
}

pub(super) const PLAN: FieldFault = FieldFault {
    field: "plan_tier",
    code: "unknown_plan",
    en: "Choose a plan from the list.",
    fr: "Choisissez un forfait de la liste.",
};
pub(super) const LOCALE: FieldFault = FieldFault {
    field: "locale",
    code: "unknown_locale",
    en: "Choose en or fr.",
    fr: "Choisissez en ou fr.",
};
pub(super) const ZONE: FieldFault = FieldFault {
    field: "timezone",
    code: "unknown_timezone",
    en: "Give a time zone such as America/Toronto.",
    fr: "Donnez un fuseau horaire, par exemple America/Toronto.",
};

pub(super) const AGENCY: FieldFault = FieldFault {
    field: "agency_id",
    code: "unknown_agency",
    en: "There is no agency with this number.",
    fr: "Aucune agence ne porte ce numéro.",
};

/// Whose a new tenant is; `Err` when an agency would make one for another.
fn holder(
    scope: &PlatformScope,
    asked: Option<AgencyId>,
) -> std::result::Result<Option<AgencyId>, FieldFault> {
    match scope.reach() {
        Reach::All => Ok(asked),
        Reach::Agency(own) if asked.is_none_or(|asked| asked == own) => Ok(Some(own)),
        Reach::Agency(_) => Err(AGENCY),
    }
}

/// Reads an optional number; an empty one is none.
pub(super) fn phone(text: Option<&str>, field: &'static str, faults: &mut Vec<FieldFault>) -> Option<String> {
    let text = text.map(str::trim).filter(|t| !t.is_empty())?;
    match Phone::parse(text) {
        Some(phone) => Some(phone.as_str().to_owned()),
        None => {
            faults.push(bad_phone(field));
            None
        }
    }
}

fn given(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// Makes a tenant and its owner. Not idempotent by itself; the slug is unique, so a repetition says
/// `slug_taken` when a slug was given.
///
/// # Errors
/// A refusal about its fields, `slug_taken`, `number_taken`, or the database's.
pub async fn add(house: &House, mint: &Mint, scope: &PlatformScope, new: &NewTenant) -> Result<Added> {
    let mut faults = Vec::new();
    let company = new.company_name.trim();
    if company.is_empty() || company.chars().count() > 200 {
        faults.push(REQUIRED);
    }
    let email = new.owner_email.trim().to_lowercase();
    if !is_email(&email) {
        faults.push(EMAIL);
    }
    let asked = given(new.slug.as_deref());
    let slug = match asked.as_deref() {
        Some(text) => Slug::parse(text),
        None => Some(Slug::from_name(company)),
    };
    if slug.is_none() {
        faults.push(SLUG);
    }
    let plan_tier = given(new.plan_tier.as_deref()).unwrap_or_else(|| "starter".into());
    if !super::PLANS.contains(&plan_tier.as_str()) {
        faults.push(PLAN);
    }
    let locale = given(new.locale.as_deref()).unwrap_or_else(|| "en".into());
    if locale != "en" && locale != "fr" {
        faults.push(LOCALE);
    }
    let timezone = given(new.timezone.as_deref()).unwrap_or_else(|| "America/Toronto".into());
    if jiff::tz::TimeZone::get(&timezone).is_err() {
        faults.push(ZONE);
    }
    let owner_phone = phone(new.owner_phone.as_deref(), "owner_phone", &mut faults);
    let number = phone(new.twilio_phone_number.as_deref(), "twilio_phone_number", &mut faults);
    let forward = phone(new.forward_to_number.as_deref(), "forward_to_number", &mut faults);
    let agency_id = holder(scope, new.agency).unwrap_or_else(|fault| {
        faults.push(fault);
        None
    });
    let (Some(slug), true) = (slug, faults.is_empty()) else { return Err(Refusal::invalid(faults).into()) };

    let now = house.world.now();
    let mut record = TenantRecord {
        id: house.world.new_id::<TenantId>(),
        public_no: 0,
        slug: slug.as_str().to_owned(),
        external_ref: given(new.external_ref.as_deref()),
        agency_id,
        company_name: company.to_owned(),
        owner_name: given(new.owner_name.as_deref()),
        owner_email: Some(email.clone()),
        owner_phone,
        industry: given(new.industry.as_deref()),
        plan_tier,
        subscription_status: if new.skip_trial { "active".into() } else { "trial".into() },
        provisioning_status: "pending".into(),
        twilio_phone_number: number,
        forward_to_number: forward,
        timezone,
        locale: locale.clone(),
        skip_trial: new.skip_trial,
        settings: json!({}),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let mut tx = house.db.write().await?;
    if let Some(agency) = agency_id
        && !agencies::hold(&mut tx, agency).await?
    {
        return Err(Refusal::invalid(vec![AGENCY]).into());
    }
    if asked.is_none() {
        record.slug = free_slug(&mut tx, &record.slug).await?;
    }
    record.public_no = tenants::insert(&mut tx, &record).await.map_err(taken)?;
    house.seals.key(&mut tx, record.id).await?;
    let (owner, link) = match people::find_by_email(&mut tx, &email).await? {
        Some(user) => {
            // A link lets its holder choose the password. An agency gets none for somebody whom others know already: with
            // it, it would be them in the others' tenants as well.
            let is_theirs = scope.reach() == Reach::All
                || (user.platform_role.is_none() && people::memberships(&mut tx, user.id).await?.is_empty());
            let link = if user.password_phc.is_none() && is_theirs {
                Some(make_link(house, &mut tx, user.id).await?)
            } else {
                None
            };
            (user.id, link)
        }
        None => {
            let user = UserRecord {
                id: house.world.new_id(),
                email,
                name: record.owner_name.clone(),
                locale,
                password_phc: None,
                platform_role: None,
                failed_count: 0,
                locked_until: None,
                disabled_at: None,
            };
            people::insert(&mut tx, &user, now).await?;
            (user.id, Some(make_link(house, &mut tx, user.id).await?))
        }
    };
    people::join(&mut tx, record.id, owner, Role::Owner, now).await?;
    let inside = mint.within(scope, record.holding()).ok_or_else(Refusal::not_found)?;
    let mut tenant = tx.tenant(&inside).await?;
    audit::note(
        &mut tenant,
        &house.world,
        "tenant.created",
        "tenant",
        &record.id.to_string(),
        json!({ "slug": record.slug }),
    )
    .await?;
    tx.commit().await?;
    Ok(Added { tenant: record, owner, link })
}

/// The slug itself, or with the first free number behind it.
async fn free_slug(tx: &mut vestibule_store::Tx, slug: &str) -> Result<String> {
    let mut free = slug.to_owned();
    for number in 2..1000 {
        if tenants::find(tx, &free).await?.is_none() {
            break;
        }
        free = format!("{slug}-{number}");
    }
    Ok(free)
}

pub(super) fn taken(error: StoreError) -> crate::Error {
    match error {
        StoreError::Conflict(what) if what.contains("slug") => {
            Refusal::new(Kind::Conflict, "slug_taken", "This name is taken.", "Ce nom est déjà pris.").into()
        }
        StoreError::Conflict(what) if what.contains("twilio_phone_number") => Refusal::new(
            Kind::Conflict,
            "number_taken",
            "This number belongs to another tenant.",
            "Ce numéro appartient à un autre client.",
        )
        .into(),
        StoreError::Conflict(what) if what.contains("external_ref") => Refusal::new(
            Kind::Conflict,
            "ref_taken",
            "This reference is taken.",
            "Cette référence est déjà prise.",
        )
        .into(),
        other => other.into(),
    }
}
