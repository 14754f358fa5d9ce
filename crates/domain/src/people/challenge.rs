//! The second step of signing in: the password was right, a code is asked for.

use crate::people::sessions::open;
use crate::people::{SignedIn, TokenForm, Visit, factor, sign_in, tries};
use crate::{House, Kind, Refusal, Result};
use secrecy::{ExposeSecret, SecretString};
use vestibule_model::{UnixMs, UserId};
use vestibule_store::Tx;
use vestibule_store::directory::{challenges, people};
use vestibule_vault::{Token, token_hash};

/// How long one may look for the telephone, in milliseconds.
const GOOD_FOR_MS: i64 = 10 * 60_000;
/// How many codes one challenge takes. The account's own limit counts them as well.
const MOST_CODES: i64 = 5;

/// What stands between a right password and a session.
pub struct Challenge {
    /// What proves that the password was right.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: UnixMs,
}

/// Makes a challenge. Not idempotent: each call makes another.
pub(super) async fn ask(house: &House, tx: &mut Tx, user: UserId) -> Result<Challenge> {
    let now = house.world.now();
    let token = Token::generate("vsf_", &*house.world.entropy);
    let expires_at = now.plus_ms(GOOD_FOR_MS);
    challenges::insert(tx, token_hash(token.expose_secret()), user, now, expires_at).await?;
    Ok(Challenge { token, expires_at })
}

/// Answers a challenge with a code of the second factor or a recovery code, and signs in. Good once.
///
/// # Errors
/// `challenge_over`, `wrong_code`, `locked_out`, or the database's.
pub async fn answer(
    house: &House,
    visit: &Visit,
    token: &SecretString,
    code: &str,
    form: TokenForm,
) -> Result<SignedIn> {
    let now = house.world.now();
    let hash = token_hash(token.expose_secret());
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    let user = challenges::take_try(&mut tx, hash, MOST_CODES, now).await?.ok_or_else(over)?;
    let user =
        people::find(&mut tx, user).await?.filter(|user| user.disabled_at.is_none()).ok_or_else(over)?;
    let counted = tries::begin(house, &mut tx, &user.email, visit).await?;
    let Some(by) = factor::take(house, &mut tx, user.id, code).await? else {
        sign_in::was_wrong(house, &mut tx, visit, &counted, Some(user.id), "code").await?;
        tx.commit().await?;
        return Err(wrong_code().into());
    };
    challenges::meet(&mut tx, hash, now).await?;
    tries::was_right(&mut tx, &counted).await?;
    let signed_in = open(house, &mut tx, user, visit, form, by).await?;
    tx.commit().await?;
    Ok(signed_in)
}

const fn over() -> Refusal {
    Refusal::new(
        Kind::Unauthorized,
        "challenge_over",
        "This took too long, or too many codes. Sign in again.",
        "Trop de temps ou trop de codes. Reconnectez-vous.",
    )
}

const fn wrong_code() -> Refusal {
    Refusal::new(
        Kind::Unauthorized,
        "wrong_code",
        "This code is not right. Each code works once: wait for the next one.",
        "Ce code n’est pas le bon. Chaque code ne sert qu’une fois : attendez le suivant.",
    )
}

/// Forgets challenges that are over. Idempotent.
pub(super) async fn prune(tx: &mut Tx, now: UnixMs) -> Result<u64> {
    Ok(challenges::prune(tx, now, 10_000).await?)
}
