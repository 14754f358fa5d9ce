//! A workflow engine that runs nothing.

use futures::future::BoxFuture;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use vestibule_model::UnixMs;
use vestibule_ports::{
    Diagnosis, EngineFault, Execution, ExecutionPage, ExecutionStatus, Place, WorkflowEngine,
};

/// How many executions a page of [`ScriptedEngine`] holds.
pub const ENGINE_PAGE: usize = 3;

/// Holds executions by the webhook's address and answers as an engine does: newest first, page by page. Faults are given
/// to the next questions before that.
#[derive(Debug, Default)]
pub struct ScriptedEngine {
    executions: Mutex<BTreeMap<String, Vec<Execution>>>,
    faults: Mutex<VecDeque<EngineFault>>,
    asked: Mutex<Vec<(String, Place)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An execution as an engine tells of it.
#[must_use]
pub fn execution(id: &str, status: ExecutionStatus, started_at: UnixMs) -> Execution {
    Execution {
        external_id: id.to_owned(),
        workflow: "wf1".to_owned(),
        status,
        mode: Some("webhook".to_owned()),
        started_at: Some(started_at),
        stopped_at: status.is_settled().then(|| started_at.plus_ms(120)),
    }
}

impl ScriptedEngine {
    /// Puts an execution behind a webhook's address, or changes it; the last one put is the newest.
    pub fn put(&self, webhook_url: &str, execution: Execution) {
        let mut all = lock(&self.executions);
        let here = all.entry(webhook_url.to_owned()).or_default();
        match here.iter_mut().find(|one| one.external_id == execution.external_id) {
            Some(known) => *known = execution,
            None => here.push(execution),
        }
    }

    /// Forgets an execution, as an engine does after a while.
    pub fn prune(&self, webhook_url: &str, id: &str) {
        lock(&self.executions).entry(webhook_url.to_owned()).or_default().retain(|one| one.external_id != id);
    }

    /// Gives these faults to the next questions.
    pub fn fail(&self, faults: impl IntoIterator<Item = EngineFault>) {
        lock(&self.faults).extend(faults);
    }

    /// What was asked since the last time, and of which place.
    pub fn asked(&self) -> Vec<(String, Place)> {
        std::mem::take(&mut *lock(&self.asked))
    }

    fn note(&self, what: String, place: &Place) -> Result<(), EngineFault> {
        lock(&self.asked).push((what, place.clone()));
        lock(&self.faults).pop_front().map_or(Ok(()), Err)
    }

    fn behind(&self, place: &Place) -> Vec<Execution> {
        let mut all = lock(&self.executions).get(&place.webhook_url).cloned().unwrap_or_default();
        all.reverse();
        all
    }

    fn page(&self, place: &Place, since: UnixMs, cursor: Option<&str>) -> ExecutionPage {
        let mut all = self.behind(place);
        if let Some(last) = cursor {
            let at = all.iter().position(|one| one.external_id == last);
            drop(all.drain(..=at.unwrap_or_default()));
        }
        let more = all.len() > ENGINE_PAGE;
        all.truncate(ENGINE_PAGE);
        let next = all.last().filter(|_| more).map(|one| one.external_id.clone());
        let count = all.len();
        all.retain(|one| one.started_at.is_none_or(|at| at >= since));
        let next = next.filter(|_| all.len() == count);
        ExecutionPage { items: all, next }
    }
}

fn words(code: &'static str, said: Option<String>) -> Diagnosis {
    Diagnosis {
        code,
        is_good: code == "ready",
        en: "In English.",
        fr: "En français.",
        workflow_name: Some("Calls".into()),
        addresses: Vec::new(),
        said,
    }
}

impl WorkflowEngine for ScriptedEngine {
    fn diagnose<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Diagnosis> {
        let noted = self.note("diagnose".into(), place);
        Box::pin(async move { noted.map_or_else(|fault| self.explain(&fault), |()| words("ready", None)) })
    }

    fn explain(&self, fault: &EngineFault) -> Diagnosis {
        words(fault.code, fault.said.clone())
    }

    fn words_of(&self, _code: &str) -> (&'static str, &'static str) {
        ("In English.", "En français.")
    }

    fn activate<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<(), EngineFault>> {
        let noted = self.note("activate".into(), place);
        Box::pin(async move { noted })
    }

    fn executions<'a>(
        &'a self,
        place: &'a Place,
        since: UnixMs,
        cursor: Option<&'a str>,
    ) -> BoxFuture<'a, Result<ExecutionPage, EngineFault>> {
        let noted = self.note(format!("executions {}", cursor.unwrap_or("-")), place);
        Box::pin(async move { noted.map(|()| self.page(place, since, cursor)) })
    }

    fn execution<'a>(
        &'a self,
        place: &'a Place,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Execution>, EngineFault>> {
        let noted = self.note(format!("execution {external_id}"), place);
        let found = self.behind(place).into_iter().find(|one| one.external_id == external_id);
        Box::pin(async move { noted.map(|()| found) })
    }

    fn page_of(&self, place: &Place, external_id: &str) -> Option<String> {
        let (instance, workflow) = (place.instance_url.as_deref()?, place.workflow.as_deref()?);
        Some(format!("{instance}/workflow/{workflow}/executions/{external_id}"))
    }
}
