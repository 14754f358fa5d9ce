//! Whom a house needs outside of itself while its data is prepared: nobody calls them.

use futures::future::{BoxFuture, ready};
use vestibule_model::UnixMs;
use vestibule_ports::{
    Courier, Diagnosis, EngineFault, Execution, ExecutionPage, Mail, MailFault, MailFaultKind, Mailer,
    Outgoing, Parcel, Place, ProviderFaultKind, Receipt, ReceiptKind, SentMail, Tombstones, WorkflowEngine,
};

/// A courier, a workflow engine and a mailer that nobody calls.
pub struct Nobody;

const NOBODY: EngineFault = EngineFault::new(ProviderFaultKind::Unavailable, "nobody");

impl Courier for Nobody {
    fn shown_headers(&self, _parcel: &Parcel) -> Vec<(String, String)> {
        Vec::new()
    }

    fn send(&self, _parcel: Parcel) -> BoxFuture<'_, Receipt> {
        Box::pin(ready(unsent()))
    }

    fn carry(&self, _request: Outgoing, _timeout_ms: u64) -> BoxFuture<'_, Receipt> {
        Box::pin(ready(unsent()))
    }
}

fn unsent() -> Receipt {
    Receipt {
        kind: ReceiptKind::Failed,
        http_status: None,
        error: Some("nobody"),
        excerpt: None,
        retry_after_ms: None,
        execution_id: None,
    }
}

impl Tombstones for Nobody {
    fn append(&self, _line: &str) -> std::io::Result<()> {
        Ok(())
    }

    fn all(&self) -> std::io::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

impl Mailer for Nobody {
    fn name(&self) -> &'static str {
        "nobody"
    }

    fn send<'a>(&'a self, _mail: &'a Mail) -> BoxFuture<'a, Result<SentMail, MailFault>> {
        Box::pin(ready(Err(MailFault::new(MailFaultKind::Unavailable, "nobody"))))
    }
}

impl WorkflowEngine for Nobody {
    fn diagnose<'a>(&'a self, _place: &'a Place) -> BoxFuture<'a, Diagnosis> {
        Box::pin(ready(self.explain(&NOBODY)))
    }

    fn explain(&self, fault: &EngineFault) -> Diagnosis {
        let (en, fr) = self.words_of(fault.code);
        let code = fault.code;
        Diagnosis { code, is_good: false, en, fr, workflow_name: None, addresses: Vec::new(), said: None }
    }

    fn words_of(&self, _code: &str) -> (&'static str, &'static str) {
        ("Nobody.", "Personne.")
    }

    fn activate<'a>(&'a self, _place: &'a Place) -> BoxFuture<'a, Result<(), EngineFault>> {
        Box::pin(ready(Err(NOBODY)))
    }

    fn executions<'a>(
        &'a self,
        _place: &'a Place,
        _since: UnixMs,
        _cursor: Option<&'a str>,
    ) -> BoxFuture<'a, Result<ExecutionPage, EngineFault>> {
        Box::pin(ready(Err(NOBODY)))
    }

    fn execution<'a>(
        &'a self,
        _place: &'a Place,
        _external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Execution>, EngineFault>> {
        Box::pin(ready(Err(NOBODY)))
    }

    fn page_of(&self, _place: &Place, _external_id: &str) -> Option<String> {
        None
    }
}
