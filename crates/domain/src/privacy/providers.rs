//! What a provider is asked to erase: a leased job for each thing, tried again for as long as the provider cannot be reached.
//! Idempotent: what is gone there is gone. A job of the erasure itself looks once more for what arrived while it was done.

use crate::privacy::{Tombstone, reapply};
use crate::{Error, House, Result, connections, mail};
use futures::future::BoxFuture;
use std::sync::Arc;
use uuid::Uuid;
use vestibule_model::UnixMs;
use vestibule_ports::{Erased, ProviderFault, ProviderFaultKind};
use vestibule_store::queue::{Gate, GroupKey, LeaseHandler, LeasedJob};
use vestibule_store::{StoreError, TenantTx, queue, tsql, vals};

/// The queue; its groups are tenants.
pub const QUEUE: &str = "privacy";
/// How long a lease lasts, in milliseconds: longer than every question to a provider that one job asks.
pub const LEASE_MS: i64 = 120_000;
/// How long an erasure waits to look once more, in milliseconds.
const ONCE_MORE_MS: i64 = 60_000;
/// How often a provider that cannot be reached is asked; at the end once in six hours.
const TRIES: i64 = 60;

/// What is erased.
pub(super) const CALL: &str = "call";
pub(super) const RECORDING: &str = "recording";
pub(super) const TEXT: &str = "text";

/// Owes a question to a provider. Whoever cannot be asked is noted so at once.
pub(super) async fn owe(
    house: &House,
    tx: &mut TenantTx<'_>,
    erasure: Uuid,
    provider: &str,
    what: &str,
    external_id: &str,
) -> Result<()> {
    let is_known = if what == TEXT {
        house.texts.iter().any(|texts| texts.name() == provider)
    } else {
        house.account(provider).is_some()
    };
    let id: Uuid = house.world.new_id();
    let now = house.world.now();
    let (state, name, settled) =
        if is_known { ("owed", Some(external_id), None) } else { ("unsupported", None, Some(now)) };
    let sql = tsql!(
        "INSERT INTO provider_erasures (tenant_id, id, erasure_id, provider, what, external_id, state, attempts_count,
           created_at, settled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)"
    );
    tx.exec(sql, vals![id, erasure, provider, what, name, state, now, settled]).await?;
    if is_known {
        let (due, group) = (house.db.lease_now(), tx.tenant().0);
        queue::owe(tx, QUEUE, group, id, due, due).await?;
    }
    Ok(())
}

/// Owes another look for what arrived while an erasure was done.
pub(super) async fn owe_another_look(house: &House, tx: &mut TenantTx<'_>, erasure: Uuid) -> Result<()> {
    let (now, group) = (house.db.lease_now(), tx.tenant().0);
    queue::owe(tx, QUEUE, group, erasure, now.plus_ms(ONCE_MORE_MS), now).await.map_err(Error::from)
}

/// The worker that asks providers.
pub struct Eraser(pub Arc<House>);

/// What a job is about.
pub enum Due {
    /// A thing at a provider.
    Provider {
        /// The provider's name.
        provider: String,
        /// A call, its recordings, or a text.
        what: String,
        /// The provider's id of it.
        external_id: String,
    },
    /// The erasure itself.
    Again,
}

impl LeaseHandler for Eraser {
    type Load = Due;

    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn gate<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        _group: &'a GroupKey,
        _now: UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Gate, StoreError>> {
        Box::pin(async { Ok(if self.0.is_muted() { Gate::Shut } else { Gate::Open }) })
    }

    fn load<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        job: &'a LeasedJob,
    ) -> BoxFuture<'a, std::result::Result<Due, StoreError>> {
        Box::pin(async move {
            let sql = tsql!(
                "SELECT provider, what, external_id FROM provider_erasures WHERE tenant_id = $1 AND id = $2 AND state = 'owed'"
            );
            let Some(row) = tx.row(sql, vals![job.key.id]).await? else { return Ok(Due::Again) };
            let (provider, what) = (row.text("provider")?, row.text("what")?);
            Ok(Due::Provider {
                provider,
                what,
                external_id: row.opt_text("external_id")?.unwrap_or_default(),
            })
        })
    }

    fn work(&self, job: LeasedJob, due: Due) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let id = job.key.id;
            if let Err(error) = self.attempt(&job, due).await {
                // The lease ends by itself and the job comes due again.
                tracing::warn!(error = %error, erasure.id = %id, "a part of an erasure could not be done; later again");
            }
        })
    }
}

impl Eraser {
    async fn attempt(&self, job: &LeasedJob, due: Due) -> Result<()> {
        let house = &self.0;
        let Due::Provider { provider, what, external_id } = due else {
            self.look_again(job).await?;
            let mut tx = house.db.write_in(&job.scope).await?;
            job.finish(&mut tx.tenant(&job.scope).await?).await?;
            return Ok(tx.commit().await?);
        };
        let asked = self.ask(job, &provider, &what, &external_id).await?;
        let (state, error, again) = match asked {
            Ok(Erased::Confirmed) => ("confirmed", None, None),
            Ok(Erased::Gone) => ("gone", None, None),
            Ok(Erased::Unsupported) => ("unsupported", None, None),
            Err(fault) if fault.kind == ProviderFaultKind::Rejected || job.attempts >= TRIES => {
                ("refused", Some(fault.code()), None)
            }
            Err(fault) => ("owed", Some(fault.code()), Some(wait_ms(job.attempts, fault))),
        };
        let now = house.world.now();
        let mut outer = house.db.write_in(&job.scope).await?;
        let mut tx = outer.tenant(&job.scope).await?;
        let holds = match again {
            None => job.finish(&mut tx).await?,
            Some(wait) => {
                let at = house.db.lease_now().plus_ms(wait);
                job.again(&mut tx, at, true, error.unwrap_or_default()).await?
            }
        };
        if holds {
            let sql = tsql!(
                "UPDATE provider_erasures SET state = $3, last_error = $4, attempts_count = attempts_count + 1,
                   settled_at = $5, external_id = CASE WHEN $3 = 'owed' THEN external_id ELSE NULL END
                 WHERE tenant_id = $1 AND id = $2"
            );
            let settled = again.is_none().then_some(now);
            tx.exec(sql, vals![job.key.id, state, error, settled]).await?;
            tx.changed("privacy", None);
        }
        outer.commit().await?;
        if again.is_none() {
            // The provider's id of what is gone is not left lying about either.
            house.db.scrub().await?;
        }
        Ok(())
    }

    async fn ask(
        &self,
        job: &LeasedJob,
        provider: &str,
        what: &str,
        external_id: &str,
    ) -> Result<std::result::Result<Erased, ProviderFault>> {
        let house = &self.0;
        let mut answer = Err(ProviderFault::of(ProviderFaultKind::Unauthorized));
        for keys in connections::credentials(house, &job.scope, provider).await? {
            answer = match (what, house.account(provider)) {
                (TEXT, _) => match house.texts.iter().find(|texts| texts.name() == provider) {
                    Some(texts) => texts.erase(&keys, external_id).await,
                    None => Ok(Erased::Unsupported),
                },
                (RECORDING, Some(account)) => account.erase_recordings(&keys, external_id).await,
                (_, Some(account)) => account.erase_call(&keys, external_id).await,
                (_, None) => Ok(Erased::Unsupported),
            };
            // While credentials are exchanged, those before them may be the ones that still open.
            if !matches!(&answer, Err(fault) if fault.kind == ProviderFaultKind::Unauthorized) {
                break;
            }
        }
        Ok(answer)
    }

    /// Erases what arrived while the erasure was done.
    async fn look_again(&self, job: &LeasedJob) -> Result<()> {
        let house = &self.0;
        for stone in Tombstone::all(house)? {
            if matches!(&stone, Tombstone::Caller { erasure, .. } if *erasure == job.key.id) {
                reapply::caller(house, &job.scope, &stone, false).await?;
            }
        }
        house.db.scrub().await?;
        Ok(())
    }
}

/// How long to wait for the next try: longer each time, and at least as long as the provider wishes.
fn wait_ms(attempts: i64, fault: ProviderFault) -> i64 {
    let grows = 30_000_i64.saturating_mul(1 << attempts.clamp(0, 10));
    grows.min(6 * 3_600_000).max(fault.retry_after_ms.unwrap_or(0))
}

/// Mails that name a caller.
pub(super) async fn mails(tx: &mut TenantTx<'_>, words: &[String], digits: &str) -> Result<Vec<Uuid>> {
    let mention = super::Mention::of(digits, &[]);
    let is_in =
        |text: &str| mention.is_in(text.as_bytes()) || words.iter().any(|word| text.contains(word.as_str()));
    mail::mentioning(tx, is_in).await
}
