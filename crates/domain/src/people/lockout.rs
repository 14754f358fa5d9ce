//! Word of a lockout: a mail with a link that ends it, in the person's language, once for each lockout. A wrong try owes a
//! job in either case and answers; whether there is anybody to write to is found out afterwards, so that the time of an
//! answer does not tell it.

use crate::mail::{self, Addressee, Notice, SecretLink};
use crate::people::{Purpose, Visit, make_link_for, tries, use_link, visit};
use crate::{House, Refusal, Result};
use futures::future::BoxFuture;
use serde_json::json;
use std::sync::Arc;
use vestibule_model::{TenantId, UnixMs, UserId};
use vestibule_store::directory::{people, tries as directory};
use vestibule_store::queue::{self, FoldHandler, Job, Verdict};
use vestibule_store::{StoreError, TenantTx, Tx};

/// The queue of lockouts to tell of; its one group is the platform.
const QUEUE: &str = "lockouts";

/// Owes word of a lockout to a person, or the same row to nobody. Idempotent by the person.
pub(super) async fn owe_word(house: &House, tx: &mut Tx, visit: &Visit, user: Option<UserId>) -> Result<()> {
    let scope = visit.platform.own_rows();
    let (id, now) = (user.unwrap_or_else(|| house.world.new_id()), house.db.lease_now());
    Ok(queue::owe(&mut tx.tenant(&scope).await?, QUEUE, TenantId::PLATFORM.0, id.0, now, now).await?)
}

/// The worker that tells of lockouts.
pub struct LockoutTeller(pub Arc<House>);

impl FoldHandler for LockoutTeller {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn work<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [Job],
        _now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Vec<Verdict>, StoreError>> {
        Box::pin(async move {
            for job in jobs {
                tell(&self.0, tx, UserId(job.key.id)).await.map_err(crate::Error::into_store)?;
            }
            Ok(vec![Verdict::Done; jobs.len()])
        })
    }

    fn failed<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        _job: &'a Job,
        error: &'a StoreError,
        now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Option<UnixMs>, StoreError>> {
        Box::pin(async move {
            tracing::error!(error = %error, "a lockout could not be told of; in a minute again");
            Ok(Some(now.plus_ms(60_000)))
        })
    }
}

async fn tell(house: &House, tx: &mut TenantTx<'_>, user: UserId) -> Result<()> {
    let Some(user) = people::find(tx.outer(), user).await?.filter(|user| user.disabled_at.is_none()) else {
        return Ok(());
    };
    let key = tries::account_key(house, tx.outer(), &user.email).await?;
    let until = directory::locked_until(tx.outer(), key).await?;
    let Some(until) = until.filter(|until| *until > house.world.now()) else { return Ok(()) };
    let link = make_link_for(house, tx.outer(), user.id, Purpose::Unlock, &json!({})).await?;
    let link = SecretLink::new(link.address(&house.settings.public_url));
    let to = Addressee { person: user.id, address: &user.email, locale: &user.locale };
    mail::tell_person(house, tx, &to, &Notice::Unlock { link, until }, &format!("locked:{}", until.0))
        .await?;
    Ok(())
}

/// Ends a lockout with the link that was mailed. The link works once.
///
/// # Errors
/// `link_invalid`, or the database's.
pub async fn unlock(house: &House, visit: &Visit, token: &str) -> Result<()> {
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    let user = use_link(house, &mut tx, token, Purpose::Unlock).await?.user;
    let user = people::find(&mut tx, user).await?.ok_or_else(Refusal::not_found)?;
    tries::unlock(house, &mut tx, &user.email).await?;
    let id = user.id.to_string();
    visit::note(house, &mut tx, visit, Some(user.id), "person.unlocked", ("person", &id), json!({})).await?;
    Ok(tx.commit().await?)
}

/// Forgets a person's wrong tries: for the command line, when mail does not arrive. Idempotent but for the row that tells of
/// it.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn unlock_by_hand(house: &House, visit: &Visit, email: &str) -> Result<()> {
    let mut tx = house.db.write_in(&visit.platform.own_rows()).await?;
    let user = people::find_by_email(&mut tx, email).await?.ok_or_else(Refusal::not_found)?;
    tries::forgive(house, &mut tx, &user.email).await?;
    let id = user.id.to_string();
    visit::note(house, &mut tx, visit, None, "person.unlocked", ("person", &id), json!({})).await?;
    Ok(tx.commit().await?)
}

/// Forgets tries, challenges and refresh tokens that no longer count; how many rows. Idempotent.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn let_go_of_old(house: &House) -> Result<u64> {
    let now = house.world.now();
    let mut tx = house.db.write().await?;
    let gone = tries::prune(&mut tx, now).await?
        + super::challenge::prune(&mut tx, now).await?
        + super::bearer::prune(&mut tx, now).await?;
    tx.commit().await?;
    Ok(gone)
}
