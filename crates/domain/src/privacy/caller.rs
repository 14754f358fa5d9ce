//! Whom an erasure is of, and why.

use crate::{FieldFault, Refusal, Result};
use vestibule_model::{ContactId, Phone, UnixMs};
use vestibule_store::{TenantTx, tsql, vals};

/// How somebody is named who asks for an erasure.
#[derive(Debug, Clone)]
pub enum Named {
    /// By a number.
    Phone(Phone),
    /// By the contact.
    Contact(ContactId),
}

/// Why a caller is erased. A closed list: words of one's own might hold what is to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// They asked for it.
    Request,
    /// They take their consent back.
    Consent,
    /// It should never have been kept.
    Mistake,
    /// A court or an authority says so.
    Order,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Request, Self::Consent, Self::Mistake, Self::Order];

    /// The stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Consent => "consent_withdrawn",
            Self::Mistake => "mistake",
            Self::Order => "order",
        }
    }

    /// Reads the stable code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// A caller, as far as they are known.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub phone: Phone,
    pub contact: Option<ContactId>,
    /// Their name and address, to find them in mails.
    pub words: Vec<String>,
}

/// Finds a caller; a number of which nothing is known is a caller too, of whom there is nothing.
pub(super) async fn resolve(tx: &mut TenantTx<'_>, named: &Named) -> Result<Caller> {
    let by_phone = tsql!("SELECT id, phone, name, email FROM contacts WHERE tenant_id = $1 AND phone = $2");
    let by_id = tsql!("SELECT id, phone, name, email FROM contacts WHERE tenant_id = $1 AND id = $2");
    let row = match named {
        Named::Phone(phone) => tx.row(by_phone, vals![phone.as_str()]).await?,
        Named::Contact(id) => Some(tx.row(by_id, vals![*id]).await?.ok_or_else(Refusal::not_found)?),
    };
    let Some(row) = row else {
        let Named::Phone(phone) = named else { return Err(Refusal::not_found().into()) };
        return Ok(Caller { phone: phone.clone(), contact: None, words: Vec::new() });
    };
    let phone = row.opt_text("phone")?.as_deref().and_then(Phone::parse);
    let phone = phone.ok_or_else(|| {
        Refusal::invalid(vec![FieldFault {
            field: "contact_id",
            code: "no_number",
            en: "This contact has no number.",
            fr: "Ce contact n’a pas de numéro.",
        }])
    })?;
    let words = [row.opt_text("name")?, row.opt_text("email")?];
    let words = words.into_iter().flatten().filter(|word| word.chars().count() >= 4).collect();
    Ok(Caller { phone, contact: Some(row.id("id")?), words })
}

/// A caller's calls that began before an instant.
pub(super) async fn calls(
    tx: &mut TenantTx<'_>,
    caller: &Caller,
    before: UnixMs,
) -> Result<Vec<vestibule_model::CallId>> {
    let by_number = tsql!(
        "SELECT id FROM calls WHERE tenant_id = $1 AND caller_number = $2 AND started_at < $3 ORDER BY id"
    );
    let by_contact = tsql!(
        "SELECT id FROM calls WHERE tenant_id = $1 AND contact_id = $2 AND started_at < $3 ORDER BY id"
    );
    let mut rows = tx.rows(by_number, vals![caller.phone.as_str(), before]).await?;
    if let Some(contact) = caller.contact {
        rows.extend(tx.rows(by_contact, vals![contact, before]).await?);
    }
    let mut found = rows.iter().map(|row| row.id("id")).collect::<std::result::Result<Vec<_>, _>>()?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// A caller's threads: id, our number, and since when they want no texts from it.
pub(super) async fn threads(
    tx: &mut TenantTx<'_>,
    caller: &Caller,
) -> Result<Vec<(uuid::Uuid, String, Option<UnixMs>)>> {
    let sql = tsql!(
        "SELECT id, our_number, opt_word, opt_at FROM text_threads WHERE tenant_id = $1 AND their_number = $2 ORDER BY id"
    );
    let mut found = Vec::new();
    for row in tx.rows(sql, vals![caller.phone.as_str()]).await? {
        let opted = row.opt_text("opt_word")?.as_deref() == Some("STOP");
        let since = if opted { row.opt_at("opt_at")?.or(Some(UnixMs(0))) } else { None };
        found.push((row.uuid("id")?, row.text("our_number")?, since));
    }
    Ok(found)
}
