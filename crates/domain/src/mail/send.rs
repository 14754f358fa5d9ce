//! Sending what is owed: a leased job for each mail. Idempotent for us by the lease number; for whoever carries it by the
//! mail's id, which is the same on every try.

use crate::mail::rules::{self, MOST_LOST};
use crate::mail::seal;
use crate::{Error, House, Result};
use futures::future::BoxFuture;
use std::sync::Arc;
use vestibule_model::MailId;
use vestibule_ports::{Mail, MailFault, MailFaultKind, SentMail};
use vestibule_store::queue::{Gate, GroupKey, LeaseHandler, LeasedJob};
use vestibule_store::{StoreError, TenantTx, Val, tsql, vals};

/// The queue of mail; its groups are tenants, and the persons to whom the platform writes.
pub const QUEUE: &str = "mail";

/// The worker that sends.
pub struct Postman(pub Arc<House>);

/// A mail to send.
pub struct Letter {
    mail: Mail,
    /// Whether its text is kept sealed, and only until it is sent.
    is_sealed: bool,
}

impl LeaseHandler for Postman {
    /// `None` when there is nothing to send any more.
    type Load = Result<Option<Letter>>;

    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn gate<'a>(
        &'a self,
        _tx: &'a mut TenantTx<'_>,
        _group: &'a GroupKey,
        _now: vestibule_model::UnixMs,
    ) -> BoxFuture<'a, std::result::Result<Gate, StoreError>> {
        Box::pin(async { Ok(if self.0.is_muted() { Gate::Shut } else { Gate::Open }) })
    }

    fn load<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        job: &'a LeasedJob,
    ) -> BoxFuture<'a, std::result::Result<Self::Load, StoreError>> {
        Box::pin(async move {
            match self.read(tx, MailId(job.key.id)).await {
                Err(Error::Store(error)) if error.is_passing() => Err(error),
                load => Ok(load),
            }
        })
    }

    fn work(&self, job: LeasedJob, load: Self::Load) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let mail = job.key.id;
            if let Err(error) = self.attempt(job, load).await {
                // The lease ends by itself and the job comes due again.
                tracing::error!(error = %error, mail.id = %mail, "a try at a mail could not be written down");
            }
        })
    }
}

impl Postman {
    async fn read(&self, tx: &mut TenantTx<'_>, id: MailId) -> Result<Option<Letter>> {
        let sql = tsql!(
            "SELECT to_address, subject, doc FROM mails WHERE tenant_id = $1 AND id = $2 AND state = 'owed'"
        );
        let Some(row) = tx.row(sql, vals![id]).await? else { return Ok(None) };
        let (content, is_sealed) = seal::unpack(&self.0, tx, id, &row).await?;
        let mail = Mail {
            from: self.0.settings.mail_from.clone(),
            to: row.text("to_address")?,
            subject: row.text("subject")?,
            text: content.text,
            html: content.html,
            idempotency_key: id.to_string(),
        };
        Ok(Some(Letter { mail, is_sealed }))
    }

    async fn attempt(&self, job: LeasedJob, load: Result<Option<Letter>>) -> Result<()> {
        let house = &self.0;
        let Some(Letter { mail, is_sealed }) = load? else {
            let mut tx = house.db.write_in(&job.scope).await?;
            job.finish(&mut tx.tenant(&job.scope).await?).await?;
            return Ok(tx.commit().await?);
        };
        let result = if job.lost >= MOST_LOST {
            Err(MailFault::new(MailFaultKind::Rejected, "crashed"))
        } else {
            house.mailer.send(&mail).await
        };
        let word = if result.is_ok() { "sent" } else { "failed" };
        metrics::counter!("vestibule_mails_total", "result" => word).increment(1);
        // Whoever took it must not be given it again because a database is busy for a moment.
        let mut tries = 4;
        loop {
            tries -= 1;
            match self.settle(&job, &result, is_sealed).await {
                Err(Error::Store(StoreError::Busy)) if tries > 0 => {}
                done => return done,
            }
        }
    }

    /// Writes down what came of a try; nothing when the lease no longer holds.
    async fn settle(
        &self,
        job: &LeasedJob,
        result: &std::result::Result<SentMail, MailFault>,
        is_sealed: bool,
    ) -> Result<()> {
        let house = &self.0;
        let mut outer = house.db.write_in(&job.scope).await?;
        let mut tx = outer.tenant(&job.scope).await?;
        let id = MailId(job.key.id);
        let (holds, state, error, external_id, sent_at) = match result {
            Ok(sent) => {
                let at = house.world.now();
                (job.finish(&mut tx).await?, "sent", None, Some(sent.external_id.as_str()), Some(at))
            }
            Err(fault) => match rules::next_try(fault, job.attempts, house.db.lease_now()) {
                Some(at) => {
                    (job.again(&mut tx, at, true, fault.code).await?, "owed", Some(fault.code), None, None)
                }
                None => (job.finish(&mut tx).await?, "failed", Some(fault.code), None, None),
            },
        };
        if !holds {
            return Ok(());
        }
        let sql = tsql!(
            "UPDATE mails SET state = $3, attempts_count = attempts_count + 1, last_error = $4, external_id = $5, sent_at = $6
             WHERE tenant_id = $1 AND id = $2"
        );
        tx.exec(sql, vals![id, state, error, external_id, sent_at]).await?;
        if is_sealed && state != "owed" {
            let sql = tsql!("UPDATE mails SET doc = $3 WHERE tenant_id = $1 AND id = $2");
            tx.exec(sql, &[id.into(), Val::json(&serde_json::json!({}))?]).await?;
        }
        tx.changed("mails", Some(id.0));
        outer.commit().await?;
        if let Some(error) = error {
            tracing::warn!(mail.id = %id, error, state, "a mail was not taken");
        }
        Ok(())
    }
}
