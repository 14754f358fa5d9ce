//! Owing mail: in the transaction of what it tells of, with the text as it is then. Idempotent by the dedupe key.

use crate::mail::render::Reader;
use crate::mail::send::QUEUE;
use crate::mail::{Language, Notice, render, seal};
use crate::{Error, House, Result};
use uuid::Uuid;
use vestibule_model::{MailId, Role, TenantId, UserId};
use vestibule_ports::Mail;
use vestibule_store::directory::{people, tenants};
use vestibule_store::{TenantTx, queue, tsql, vals};

/// Owes a notice to each owner and manager of the tenant, in their own language; how many are owed it now. Idempotent by
/// `once`, the name of what happened: each of them is told of it once.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn tell_managers(
    house: &House,
    tx: &mut TenantTx<'_>,
    notice: &Notice,
    once: &str,
) -> Result<usize> {
    let tenant = tx.tenant();
    let record = tenants::find_even_deleted(tx.outer(), tenant).await?;
    let record = record.ok_or_else(|| Error::fault("a notice of a tenant that does not exist"))?;
    let mut owed = 0;
    for (person, role) in people::members(tx.outer(), tenant).await? {
        if role < Role::Manager {
            continue;
        }
        let language = Language::of(&[&person.locale, &record.locale]);
        let reader = Reader {
            language,
            company: &record.company_name,
            zone: &record.timezone,
            public_url: &house.settings.public_url,
        };
        let key = format!("{once}:{}", person.id);
        // One group a tenant.
        owed += usize::from(owe(house, tx, notice, &person.email, &reader, &key, tenant.0).await?);
    }
    Ok(owed)
}

/// To whom a mail of the platform's own goes.
#[derive(Debug, Clone, Copy)]
pub struct Addressee<'a> {
    /// The person: their mails go one after the other.
    pub person: UserId,
    /// The address, which need not be the one they sign in with.
    pub address: &'a str,
    /// Their language.
    pub locale: &'a str,
}

/// Owes a notice to one person, on the platform's own rows; false when it was owed before. Idempotent by `once`, the name
/// of what happened.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn tell_person(
    house: &House,
    tx: &mut TenantTx<'_>,
    to: &Addressee<'_>,
    notice: &Notice,
    once: &str,
) -> Result<bool> {
    if tx.tenant() != TenantId::PLATFORM {
        return Err(Error::fault("mail to a person is the platform's own, not a tenant's"));
    }
    // People say the time as it is where they work.
    let zone = match people::memberships(tx.outer(), to.person).await?.first() {
        Some(first) => tenants::find_even_deleted(tx.outer(), first.tenant).await?.map(|t| t.timezone),
        None => None,
    };
    let reader = Reader {
        language: Language::of(&[to.locale]),
        company: "",
        zone: zone.as_deref().unwrap_or("UTC"),
        public_url: &house.settings.public_url,
    };
    let key = format!("{once}:{}", to.person);
    owe(house, tx, notice, to.address, &reader, &key, to.person.0).await
}

/// Owes a notice of a tenant's to an address, whose reader need not be a member; false when it was owed before. Idempotent
/// by `once`, the name of what happened.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn tell_address(
    house: &House,
    tx: &mut TenantTx<'_>,
    address: &str,
    locale: &str,
    notice: &Notice,
    once: &str,
) -> Result<bool> {
    let tenant = tx.tenant();
    let record = tenants::find_even_deleted(tx.outer(), tenant).await?;
    let record = record.ok_or_else(|| Error::fault("a notice of a tenant that does not exist"))?;
    let reader = Reader {
        language: Language::of(&[locale, &record.locale]),
        company: &record.company_name,
        zone: &record.timezone,
        public_url: &house.settings.public_url,
    };
    owe(house, tx, notice, address, &reader, once, tenant.0).await
}

/// Owes one mail; false when it was owed before. Mails of one group go one after the other.
async fn owe(
    house: &House,
    tx: &mut TenantTx<'_>,
    notice: &Notice,
    to: &str,
    reader: &Reader<'_>,
    dedupe_key: &str,
    group: Uuid,
) -> Result<bool> {
    let rendered = render(notice, reader);
    let id: MailId = house.world.new_id();
    let doc = seal::pack(house, tx, id, &rendered, notice.is_secret()).await?;
    let sql = tsql!(
        "INSERT INTO mails (tenant_id, id, kind, to_address, locale, subject, doc, state, attempts_count, dedupe_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'owed', 0, $8, $9) ON CONFLICT (tenant_id, dedupe_key) DO NOTHING"
    );
    let (kind, language) = (notice.kind(), reader.language.as_str());
    let at = house.world.now();
    let values = vals![id, kind, to, language, rendered.subject.as_str(), doc, dedupe_key, at];
    if tx.exec(sql, values).await? == 0 {
        return Ok(false);
    }
    let now = house.db.lease_now();
    queue::owe(tx, QUEUE, group, id.0, now, now).await?;
    tx.changed("mails", Some(id.0));
    Ok(true)
}

/// A mail that says nothing but that mail arrives.
#[must_use]
pub fn test_mail(from: &str, to: &str, language: Language, public_url: &str, key: MailId) -> Mail {
    let reader = Reader { language, company: "", zone: "UTC", public_url };
    let rendered = render(&Notice::Test, &reader);
    Mail {
        from: from.to_owned(),
        to: to.to_owned(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        idempotency_key: key.to_string(),
    }
}
