//! Sessions: opaque, revocable, kept as hashes.

use crate::{House, Refusal, Result};
use secrecy::{ExposeSecret, SecretString};
use vestibule_access::{Membership, Principal};
use vestibule_model::{Role, SessionId, UnixMs, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::sessions::{self, SessionRecord};
use vestibule_store::directory::tenants::{self, TenantRecord};
use vestibule_vault::{Token, token_hash};

/// A person who has just signed in.
pub struct SignedIn {
    /// What proves it from now on: a cookie, or a bearer token.
    pub token: SecretString,
    /// What a browser must show besides its cookie to change something.
    pub csrf: SecretString,
    /// When it ends.
    pub expires_at: UnixMs,
    /// Who it is.
    pub user: UserRecord,
}

/// A session that was shown.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who shows it.
    pub principal: Principal,
    /// Its id.
    pub id: SessionId,
    /// The hash of what a browser must show besides.
    pub csrf_hash: Vec<u8>,
}

/// Opens a session for a person, inside a transaction.
pub(super) async fn open(house: &House, tx: &mut Tx, user: UserRecord) -> Result<SignedIn> {
    let now = house.world.now();
    let token = Token::generate("vss_", &*house.world.entropy);
    let csrf = Token::generate("", &*house.world.entropy);
    let expires_at = now.plus_ms(house.settings.session_ms);
    let record = SessionRecord {
        id: house.world.new_id(),
        user: user.id,
        csrf_hash: token_hash(csrf.expose_secret()).to_vec(),
        expires_at,
    };
    sessions::insert(tx, &record, token_hash(token.expose_secret()), now).await?;
    Ok(SignedIn { token, csrf, expires_at, user })
}

/// Who shows this token; `None` when nobody we know, or no longer.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn principal(house: &House, token: &str) -> Result<Option<Session>> {
    let mut tx = house.db.read().await?;
    let Some(session) = sessions::find(&mut tx, token_hash(token), house.world.now()).await? else {
        return Ok(None);
    };
    let Some(user) = people::find(&mut tx, session.user).await? else { return Ok(None) };
    let memberships = people::memberships(&mut tx, user.id).await?;
    let principal = Principal::Person {
        user: user.id,
        session: session.id,
        platform_role: user.platform_role,
        memberships: memberships.iter().map(|m| Membership { tenant: m.tenant, role: m.role }).collect(),
    };
    Ok(Some(Session { principal, id: session.id, csrf_hash: session.csrf_hash }))
}

/// Whether a session is still good: open event streams ask this.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn is_live(house: &House, id: SessionId) -> Result<bool> {
    let mut tx = house.db.read().await?;
    Ok(sessions::is_live(&mut tx, id, house.world.now()).await?)
}

/// Ends a session. Idempotent.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn forget(house: &House, id: SessionId) -> Result<()> {
    let mut tx = house.db.write().await?;
    sessions::revoke(&mut tx, id, house.world.now()).await?;
    Ok(tx.commit().await?)
}

/// A person and where they are members.
pub struct Me {
    /// Who.
    pub user: UserRecord,
    /// Where, and as what.
    pub memberships: Vec<(TenantRecord, Role)>,
}

/// A person and where they are members.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn me(house: &House, user: UserId) -> Result<Me> {
    let mut tx = house.db.read().await?;
    let user = people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    let mut found = Vec::new();
    for membership in people::memberships(&mut tx, user.id).await? {
        if let Some(tenant) = tenants::find(&mut tx, &membership.tenant.to_string()).await? {
            found.push((tenant, membership.role));
        }
    }
    Ok(Me { user, memberships: found })
}

/// Finds a person by address, and where they are members: for operators.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn find_person(house: &House, email: &str) -> Result<Option<Me>> {
    let mut tx = house.db.read().await?;
    let found = people::find_by_email(&mut tx, email).await?;
    drop(tx);
    match found {
        Some(user) => Ok(Some(me(house, user.id).await?)),
        None => Ok(None),
    }
}
