//! Sessions: opaque, revocable, kept as hashes.

use crate::people::{Bearer, Visit, bearer, visit};
use crate::{House, Refusal, Result};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_access::{Membership, Principal};
use vestibule_model::{Role, SessionId, UnixMs, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::sessions::{self, SessionRecord};
use vestibule_store::directory::tenants::{self, TenantRecord};
use vestibule_store::directory::{agencies, viewings};
use vestibule_vault::{Token, token_hash};

/// What a program is given to prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenForm {
    /// The session's own token, good as long as the session.
    #[default]
    Opaque,
    /// A signed one for a quarter of an hour, and what renews it.
    Jwt,
}

/// A person who has just signed in.
pub struct SignedIn {
    /// What proves it from now on: a cookie, or a bearer token.
    pub token: SecretString,
    /// A signed bearer token of the same session, where one was asked for.
    pub bearer: Option<Bearer>,
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

/// Opens a session for a person, inside a transaction, and writes that down. Not idempotent: each call opens another.
pub(super) async fn open(
    house: &House,
    tx: &mut Tx,
    user: UserRecord,
    visit: &Visit,
    form: TokenForm,
    by: &'static str,
) -> Result<SignedIn> {
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
    let bearer = match form {
        TokenForm::Opaque => None,
        TokenForm::Jwt => Some(bearer::issue(house, tx, &record).await?),
    };
    let (id, doc) = (user.id.to_string(), json!({ "by": by, "session": record.id }));
    visit::note(house, tx, visit, Some(user.id), "person.signed_in", ("person", &id), doc).await?;
    Ok(SignedIn { token, bearer, csrf, expires_at, user })
}

/// Who shows this token, the session's own or a signed one; `None` when nobody we know, or no longer.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn principal(house: &House, token: &str) -> Result<Option<Session>> {
    // A signed token has dots, the session's own has none.
    if token.contains('.') {
        return bearer::principal(house, token).await;
    }
    let mut tx = house.db.read().await?;
    match sessions::find(&mut tx, token_hash(token), house.world.now()).await? {
        Some(session) => enter(house, &mut tx, session).await,
        None => Ok(None),
    }
}

/// The person of a session and where they may go.
pub(super) async fn enter(house: &House, tx: &mut Tx, session: SessionRecord) -> Result<Option<Session>> {
    let Some(user) = people::find(tx, session.user).await? else { return Ok(None) };
    let memberships = people::memberships(tx, user.id).await?;
    // Only people of the platform have an agency or look in from outside.
    let (agency, viewing) = match user.platform_role {
        None => (None, None),
        Some(_) => (
            agencies::of_admin(tx, user.id).await?,
            viewings::live_of(tx, session.id, house.world.now()).await?,
        ),
    };
    let principal = Principal::Person {
        user: user.id,
        session: session.id,
        platform_role: user.platform_role,
        agency,
        viewing,
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
