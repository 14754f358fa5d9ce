//! Invitations: an address is asked to join a tenant as something, by a mailed link that is good for a week. What the
//! inviter is told is the same whether or not the address has an account elsewhere.

use crate::mail::{self, Notice, SecretLink};
use crate::people::members::above_role;
use crate::people::{EMAIL, is_email};
use crate::{FieldFault, House, Kind, Refusal, Result, audit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_access::{Actor, TenantScope};
use vestibule_model::{InvitationId, Role, UserId};
use vestibule_store::Tx;
pub use vestibule_store::directory::invitations::InvitationRecord;
use vestibule_store::directory::{invitations, members, people};
use vestibule_vault::{Token, token_hash};

/// How long an invitation is good, in milliseconds.
pub const INVITATION_MS: i64 = 7 * 24 * 3_600_000;
/// Less than this after the last one, another mail is not sent, in milliseconds.
const REST_MS: i64 = 60_000;
/// The most invitations that a tenant can have open.
const MOST: usize = 100;

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// The address.
    pub email: String,
    /// As what.
    pub role: Role,
    /// In which language to write; the tenant's where nothing is said.
    pub locale: Option<String>,
}

const MEMBER: FieldFault = FieldFault {
    field: "email",
    code: "already_member",
    en: "This person is a member already.",
    fr: "Cette personne est déjà membre.",
};

/// Invites an address, as somebody who is `own` in the tenant themselves, and owes it a mail. Idempotent by (tenant,
/// address): the same invitation again within a minute sends nothing; another role takes the place of the first.
///
/// # Errors
/// A refusal about its fields, `above_own_role`, `too_many_invitations`, or the database's.
pub async fn invite(
    house: &House,
    scope: &TenantScope,
    own: Role,
    new: &NewInvitation,
) -> Result<InvitationRecord> {
    let email = new.email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(Refusal::invalid(vec![EMAIL]).into());
    }
    if new.role > own {
        return Err(above_role().into());
    }
    let now = house.world.now();
    let mut tx = house.db.write_in(scope).await?;
    members::lock(&mut tx, scope).await?;
    if members::find_by_email(&mut tx, scope, &email).await?.is_some() {
        return Err(Refusal::invalid(vec![MEMBER]).into());
    }
    let before = invitations::find_by_email(&mut tx, scope, &email).await?;
    if let Some(before) = &before {
        if before.role > own {
            return Err(above_role().into());
        }
        if before.role == new.role && now.since(before.sent_at) < REST_MS {
            return Ok(before.clone());
        }
    } else if invitations::list(&mut tx, scope).await?.len() >= MOST {
        return Err(Refusal::new(
            Kind::Conflict,
            "too_many_invitations",
            "A hundred invitations are open. Withdraw those that nobody answers.",
            "Cent invitations sont ouvertes. Retirez celles auxquelles personne ne répond.",
        )
        .into());
    }
    let locale = new.locale.clone().filter(|l| l == "en" || l == "fr");
    let invitation = InvitationRecord {
        tenant: scope.tenant(),
        id: before.as_ref().map_or_else(|| house.world.new_id(), |b| b.id),
        email,
        role: new.role,
        locale: locale.unwrap_or_default(),
        invited_by: inviter(scope),
        created_at: before.as_ref().map_or(now, |b| b.created_at),
        sent_at: now,
        expires_at: now.plus_ms(INVITATION_MS),
    };
    send(house, &mut tx, scope, &invitation, "person.invited").await?;
    tx.commit().await?;
    Ok(invitation)
}

fn inviter(scope: &TenantScope) -> Option<UserId> {
    match scope.actor() {
        Actor::Person(user) => Some(user),
        _ => None,
    }
}

/// Keeps an invitation under a new token, and owes its mail.
async fn send(
    house: &House,
    tx: &mut Tx,
    scope: &TenantScope,
    invitation: &InvitationRecord,
    action: &'static str,
) -> Result<()> {
    let token = Token::generate("vsi_", &*house.world.entropy);
    invitations::put(tx, scope, invitation, token_hash(token.expose_secret())).await?;
    let by = match invitation.invited_by {
        Some(user) => people::find(tx, user).await?.and_then(|u| u.name).unwrap_or_default(),
        None => String::new(),
    };
    let address = format!("{}/invited#{}", house.settings.public_url, token.expose_secret());
    let notice = Notice::Invite {
        by,
        role: invitation.role,
        link: SecretLink::new(SecretString::from(address)),
        until: invitation.expires_at,
    };
    let mut tenant = tx.tenant(scope).await?;
    let once = format!("invite:{}:{}:{}", invitation.id, invitation.sent_at.0, invitation.role.as_str());
    mail::tell_address(house, &mut tenant, &invitation.email, &invitation.locale, &notice, &once).await?;
    let (id, doc) = (invitation.id.to_string(), json!({ "role": invitation.role.as_str() }));
    audit::note(&mut tenant, &house.world, action, "invitation", &id, doc).await?;
    tenant.changed("people", Some(invitation.id.0));
    Ok(())
}

/// The invitations of a tenant that nobody has accepted, newest first; those that ended too.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn list_invitations(house: &House, scope: &TenantScope) -> Result<Vec<InvitationRecord>> {
    let mut tx = house.db.read_in(scope).await?;
    Ok(invitations::list(&mut tx, scope).await?)
}

/// Sends an invitation's mail again with a new link, good for another week; the older link ends. Idempotent within a
/// minute: then nothing is sent.
///
/// # Errors
/// `not_found`, `above_own_role`, or the database's.
pub async fn invite_again(
    house: &House,
    scope: &TenantScope,
    own: Role,
    id: InvitationId,
) -> Result<InvitationRecord> {
    let now = house.world.now();
    let mut tx = house.db.write_in(scope).await?;
    members::lock(&mut tx, scope).await?;
    let found = invitations::find(&mut tx, scope, id).await?.ok_or_else(Refusal::not_found)?;
    if found.role > own {
        return Err(above_role().into());
    }
    if now.since(found.sent_at) < REST_MS {
        return Ok(found);
    }
    let invitation = InvitationRecord { sent_at: now, expires_at: now.plus_ms(INVITATION_MS), ..found };
    send(house, &mut tx, scope, &invitation, "person.invited_again").await?;
    tx.commit().await?;
    Ok(invitation)
}

/// Withdraws an invitation: its link leads nowhere. Idempotent in effect; one that is gone is not found.
///
/// # Errors
/// `not_found`, `above_own_role`, or the database's.
pub async fn withdraw(house: &House, scope: &TenantScope, own: Role, id: InvitationId) -> Result<()> {
    let mut tx = house.db.write_in(scope).await?;
    members::lock(&mut tx, scope).await?;
    let found = invitations::find(&mut tx, scope, id).await?.ok_or_else(Refusal::not_found)?;
    if found.role > own {
        return Err(above_role().into());
    }
    invitations::delete(&mut tx, scope, id).await?;
    let mut tenant = tx.tenant(scope).await?;
    let doc = json!({ "role": found.role.as_str() });
    audit::note(&mut tenant, &house.world, "person.invitation_withdrawn", "invitation", &id.to_string(), doc)
        .await?;
    tenant.changed("people", Some(id.0));
    Ok(tx.commit().await?)
}
