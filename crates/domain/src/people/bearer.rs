//! Bearer tokens for programs: short, signed, bound to a session's row, and renewed by refresh tokens that are good once.
//! A signature alone lets nobody in: each request looks at the session's row, so ending the session ends the token.

use crate::people::{Session, Visit, sessions, visit};
use crate::{House, Kind, Refusal, Result, signing};
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;
use vestibule_model::{SessionId, UnixMs, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_store::directory::refreshes::{self, Refresh};
use vestibule_store::directory::sessions as directory;
use vestibule_store::directory::sessions::SessionRecord;
use vestibule_vault::{Jwt, Token, sha256, sign_jwt, token_hash};

/// How long a bearer token is good, in milliseconds.
const GOOD_FOR_MS: i64 = 15 * 60_000;
/// How far another node's clock may be ahead, in seconds.
const AHEAD_S: i64 = 60;

/// What a token claims. Instants are seconds since 1970, as the standard wants.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    sub: UserId,
    sid: SessionId,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// Signatures that were checked. Only they are remembered: a session's row is looked at each time.
pub struct Checked(Cache<[u8; 32], (SessionId, UserId, UnixMs)>);

impl Default for Checked {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(20_000).time_to_live(Duration::from_secs(15 * 60)).build())
    }
}

/// A bearer token and what renews it.
pub struct Bearer {
    /// The signed token.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: UnixMs,
    /// What renews it, once.
    pub refresh: SecretString,
    /// When that ends: with the session.
    pub refresh_expires_at: UnixMs,
}

/// A bearer token that was renewed.
pub struct Renewed {
    /// The new one, and what renews that.
    pub bearer: Bearer,
    /// Whose it is.
    pub user: UserRecord,
}

/// Makes a bearer token of a session and a refresh token. Not idempotent: each call makes others.
pub(super) async fn issue(house: &House, tx: &mut Tx, session: &SessionRecord) -> Result<Bearer> {
    let now = house.world.now();
    let expires_at = UnixMs(now.plus_ms(GOOD_FOR_MS).0.min(session.expires_at.0));
    let claims = Claims {
        iss: house.settings.public_url.clone(),
        sub: session.user,
        sid: session.id,
        iat: now.0.div_euclid(1000),
        exp: expires_at.0.div_euclid(1000),
        jti: house.world.new_id(),
    };
    let token = sign_jwt(&*signing::current(house, tx).await?, &claims);
    let refresh = Token::generate("vsr_", &*house.world.entropy);
    let hash = token_hash(refresh.expose_secret());
    refreshes::insert(tx, hash, session.id, now, session.expires_at).await?;
    Ok(Bearer { token: token.into(), expires_at, refresh, refresh_expires_at: session.expires_at })
}

/// Whose bearer token this is; `None` when it is nobody's, or no longer.
pub(super) async fn principal(house: &House, token: &str) -> Result<Option<Session>> {
    let Some((id, user)) = read(house, token).await? else { return Ok(None) };
    let mut tx = house.db.read().await?;
    match directory::find_by_id(&mut tx, id, house.world.now()).await? {
        Some(session) if session.user == user => sessions::enter(house, &mut tx, session).await,
        _ => Ok(None),
    }
}

async fn read(house: &House, token: &str) -> Result<Option<(SessionId, UserId)>> {
    let now = house.world.now();
    let hash = sha256(token.as_bytes());
    if let Some((session, user, expires_at)) = house.bearers.0.get(&hash) {
        return Ok((expires_at > now).then_some((session, user)));
    }
    let Some(jwt) = Jwt::parse(token) else { return Ok(None) };
    let Some(key) = signing::find_public(house, jwt.kid()).await? else { return Ok(None) };
    // What a retired key signed has ended by then; what is signed with it later was signed by somebody else.
    if key.retired_at.is_some_and(|at| now.since(at) > GOOD_FOR_MS + 60_000) {
        return Ok(None);
    }
    let Some(claims) = jwt.claims::<Claims>(&key.bytes) else { return Ok(None) };
    let seconds = now.0.div_euclid(1000);
    let expires_at = UnixMs(claims.exp.saturating_mul(1000));
    let is_ours = claims.iss == house.settings.public_url
        && claims.iat <= seconds + AHEAD_S
        && claims.exp.saturating_sub(claims.iat) <= GOOD_FOR_MS / 1000;
    if !is_ours || expires_at <= now {
        return Ok(None);
    }
    house.bearers.0.insert(hash, (claims.sid, claims.sub, expires_at));
    Ok(Some((claims.sid, claims.sub)))
}

/// Renews a bearer token. Each refresh token is good once: a second use means that somebody has a copy, and ends the whole
/// session, for whoever has it.
///
/// # Errors
/// `refresh_invalid`, the same for every reason; the database's.
pub async fn refresh(house: &House, visit: &Visit, token: &SecretString) -> Result<Renewed> {
    let now = house.world.now();
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    match refreshes::take(&mut tx, token_hash(token.expose_secret()), now).await? {
        Refresh::Taken(id) => {
            let found = directory::find_by_id(&mut tx, id, now).await?;
            let session = found.ok_or_else(spent)?;
            let user = people::find(&mut tx, session.user).await?.ok_or_else(spent)?;
            let bearer = issue(house, &mut tx, &session).await?;
            tx.commit().await?;
            Ok(Renewed { bearer, user })
        }
        Refresh::Spent(id) => {
            if let Some(session) = directory::find_by_id(&mut tx, id, now).await? {
                directory::revoke(&mut tx, id, now).await?;
                let (id, doc) = (id.to_string(), json!({ "person": session.user }));
                let action = "session.refresh_reused";
                visit::note(house, &mut tx, visit, None, action, ("session", &id), doc).await?;
                tracing::warn!(session.id = %id, "a refresh token was used twice: the session was ended");
            }
            tx.commit().await?;
            Err(spent().into())
        }
        Refresh::Unknown => Err(spent().into()),
    }
}

/// One answer for a refresh token that never was, is spent, or is of a session that is over.
const fn spent() -> Refusal {
    Refusal::new(
        Kind::Unauthorized,
        "refresh_invalid",
        "This sign-in cannot be renewed. Sign in again.",
        "Cette session ne peut pas être renouvelée. Ouvrez-en une autre.",
    )
}

/// Forgets refresh tokens of sessions that are over. Idempotent.
pub(super) async fn prune(tx: &mut Tx, now: UnixMs) -> Result<u64> {
    Ok(refreshes::prune(tx, now, 10_000).await?)
}
