//! Saying yes to an invitation: signed in with its address, or as somebody new who chooses a name and a password.

use crate::people::links::link_invalid;
use crate::people::sessions::open;
use crate::people::{InvitationRecord, SignedIn, TokenForm, Visit, check_password, clean_name, hashing};
use crate::{House, Kind, Refusal, Result, audit};
use secrecy::SecretString;
use serde_json::json;
use vestibule_access::{Actor, Mint};
use vestibule_model::{TenantId, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::tenants::TenantRecord;
use vestibule_store::directory::{invitations, members, tenants};
use vestibule_vault::token_hash;

/// An invitation as whoever has its link sees it.
pub struct Invited {
    /// The invitation.
    pub invitation: InvitationRecord,
    /// The tenant.
    pub tenant: TenantRecord,
    /// Whether the address can sign in already. Only whoever reads its mail is told.
    pub has_account: bool,
}

async fn find(house: &House, tx: &mut Tx, token: &str) -> Result<InvitationRecord> {
    let found = invitations::find_by_token(tx, token_hash(token), house.world.now()).await?;
    Ok(found.ok_or_else(link_invalid)?)
}

/// Looks at an invitation by its link, without using it.
///
/// # Errors
/// `link_invalid`, or the database's.
pub async fn look(house: &House, token: &str) -> Result<Invited> {
    let mut tx = house.db.read().await?;
    let invitation = find(house, &mut tx, token).await?;
    let tenant = tenants::find(&mut tx, &invitation.tenant.to_string()).await?.ok_or_else(link_invalid)?;
    let user = people::find_by_email(&mut tx, &invitation.email).await?;
    let has_account = user.is_some_and(|u| u.password_phc.is_some());
    Ok(Invited { invitation, tenant, has_account })
}

/// Accepts an invitation as a signed-in person of its address; which tenant that is. Good once.
///
/// # Errors
/// `link_invalid`, `another_address`, or the database's.
pub async fn accept_signed_in(house: &House, mint: &Mint, user: UserId, token: &str) -> Result<TenantId> {
    let mut tx = house.db.write().await?;
    let invitation = find(house, &mut tx, token).await?;
    let user = people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    if user.email != invitation.email {
        return Err(Refusal::new(
            Kind::Forbidden,
            "another_address",
            "This invitation is for another address. Sign in with the address that it was sent to.",
            "Cette invitation est pour une autre adresse. Ouvrez une session avec l’adresse qui l’a reçue.",
        )
        .into());
    }
    join(house, &mut tx, mint, &invitation, user.id, token).await?;
    tx.commit().await?;
    Ok(invitation.tenant)
}

/// Accepts an invitation as somebody new: makes their account, or finishes one that never had a password, and signs in.
/// Good once.
///
/// # Errors
/// `link_invalid`, `account_exists` for whoever can sign in already, a refusal of the password, or the database's.
pub async fn accept_new(
    house: &House,
    mint: &Mint,
    visit: &Visit,
    token: &str,
    name: &str,
    password: &SecretString,
) -> Result<SignedIn> {
    let name = clean_name(name)?;
    // Asked before the slow hash: whoever makes tokens up must not keep the processor busy.
    let mut tx = house.db.read().await?;
    let invitation = find(house, &mut tx, token).await?;
    let tenant = tenants::find(&mut tx, &invitation.tenant.to_string()).await?.ok_or_else(link_invalid)?;
    drop(tx);
    let own = [invitation.email, name.clone(), tenant.company_name.clone(), tenant.slug.clone()];
    check_password(password, &own)?;
    let phc = hashing::hash(house, password.clone()).await?;
    let now = house.world.now();
    let mut tx = house.db.write().await?;
    let invitation = find(house, &mut tx, token).await?;
    let user = match people::find_by_email(&mut tx, &invitation.email).await? {
        Some(user) if user.disabled_at.is_some() => return Err(link_invalid().into()),
        Some(user) if user.password_phc.is_some() => {
            return Err(Refusal::new(
                Kind::Conflict,
                "account_exists",
                "This address has an account. Sign in with it to accept.",
                "Cette adresse a déjà un compte. Ouvrez une session avec elle pour accepter.",
            )
            .into());
        }
        Some(user) => user,
        None => {
            let user = UserRecord {
                id: house.world.new_id(),
                email: invitation.email.clone(),
                name: None,
                locale: "en".into(),
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
    let locale = if invitation.locale.is_empty() { None } else { Some(invitation.locale.as_str()) };
    let locale = locale.unwrap_or(&tenant.locale);
    people::set_profile(&mut tx, user.id, Some(&name), locale, now).await?;
    people::set_password(&mut tx, user.id, &phc, now).await?;
    join(house, &mut tx, mint, &invitation, user.id, token).await?;
    let user = people::find(&mut tx, user.id).await?.ok_or_else(Refusal::not_found)?;
    let signed_in = open(house, &mut tx, user, visit, TokenForm::Opaque, "invitation").await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Uses the invitation up and makes the membership; whoever is a member meanwhile keeps the higher role.
async fn join(
    house: &House,
    tx: &mut Tx,
    mint: &Mint,
    invitation: &InvitationRecord,
    user: UserId,
    token: &str,
) -> Result<()> {
    let inside = mint.tenant(invitation.tenant, Actor::Person(user));
    // Before the invitation's row, as those who invite do: two who wait for each other would both lose.
    members::lock(tx, &inside).await?;
    if !invitations::take(tx, token_hash(token), house.world.now()).await? {
        return Err(link_invalid().into());
    }
    let before = members::find(tx, &inside, user).await?.map(|m| m.role);
    let role = before.map_or(invitation.role, |role| role.max(invitation.role));
    people::join(tx, invitation.tenant, user, role, house.world.now()).await?;
    let mut tenant = tx.tenant(&inside).await?;
    let doc = json!({ "role": role.as_str(), "invitation": invitation.id.to_string() });
    audit::note(&mut tenant, &house.world, "person.joined", "person", &user.to_string(), doc).await?;
    tenant.changed("people", Some(user.0));
    Ok(())
}
