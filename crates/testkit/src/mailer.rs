//! A mailer that sends nothing.

use futures::future::BoxFuture;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use vestibule_ports::{Mail, MailFault, Mailer, SentMail};

/// Writes mails down and takes them, but for the next ones that it was told not to take.
#[derive(Debug, Default)]
pub struct RecordingMailer {
    mails: Mutex<Vec<Mail>>,
    faults: Mutex<VecDeque<MailFault>>,
}

impl RecordingMailer {
    /// Does not take the next mails, for these reasons.
    pub fn fail(&self, faults: impl IntoIterator<Item = MailFault>) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
    }

    /// Every mail that it was given since the last time, oldest first, whether it took it or not.
    pub fn given(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.mails.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Mailer for RecordingMailer {
    fn name(&self) -> &'static str {
        "recording"
    }

    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, Result<SentMail, MailFault>> {
        Box::pin(async move {
            self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
            let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match fault {
                Some(fault) => Err(fault),
                None => Ok(SentMail { external_id: format!("taken-{}", mail.idempotency_key) }),
            }
        })
    }
}
