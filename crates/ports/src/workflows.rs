//! A workflow engine as seen from us: somebody else's program that runs a tenant's workflow whenever a delivery
//! arrives. It can be asked whether all is set up, be told to activate the workflow, and tells of its executions.

use crate::ProviderFaultKind;
use futures::future::BoxFuture;
use secrecy::SecretString;
use vestibule_model::UnixMs;

/// Where a tenant's workflow is, and what opens it. Its `Debug` shows no key.
#[derive(Debug, Clone)]
pub struct Place {
    /// The instance's address; when nothing is said, it is taken from the webhook's.
    pub instance_url: Option<String>,
    /// Where deliveries go.
    pub webhook_url: String,
    /// The engine's id of the workflow.
    pub workflow: Option<String>,
    /// The key to the engine's API.
    pub key: Option<SecretString>,
    /// How long one question may take, in milliseconds.
    pub timeout_ms: u64,
}

/// Why an engine did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineFault {
    /// What to do about it.
    pub kind: ProviderFaultKind,
    /// A stable code, safe to show and to store.
    pub code: &'static str,
    /// The engine's wish, in milliseconds from now.
    pub retry_after_ms: Option<i64>,
    /// The engine's own words: text, capped, token-like runs blacked out.
    pub said: Option<String>,
}

impl EngineFault {
    /// A fault without a wish and without words.
    #[must_use]
    pub const fn new(kind: ProviderFaultKind, code: &'static str) -> Self {
        Self { kind, code, retry_after_ms: None, said: None }
    }
}

/// How an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExecutionStatus {
    /// It began.
    Running,
    /// It waits for something, and will go on.
    Waiting,
    /// It went through.
    Success,
    /// It failed, or the engine died under it.
    Error,
    /// Somebody stopped it.
    Canceled,
    /// It exists; nobody has said more yet.
    Unknown,
}

impl ExecutionStatus {
    /// Every status.
    pub const ALL: &'static [Self] =
        &[Self::Running, Self::Waiting, Self::Success, Self::Error, Self::Canceled, Self::Unknown];

    /// The text in which it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Waiting => "WAITING",
            Self::Success => "SUCCESS",
            Self::Error => "ERROR",
            Self::Canceled => "CANCELED",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Reads the text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.as_str() == text)
    }

    /// Whether it stays as it is.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Success | Self::Error | Self::Canceled)
    }
}

/// One execution of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// The engine's id of it.
    pub external_id: String,
    /// The engine's id of the workflow.
    pub workflow: String,
    /// How it stands.
    pub status: ExecutionStatus,
    /// What set it off, in the engine's word.
    pub mode: Option<String>,
    /// When it began, by the engine's clock.
    pub started_at: Option<UnixMs>,
    /// When it ended, by the engine's clock.
    pub stopped_at: Option<UnixMs>,
}

/// A page of executions, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecutionPage {
    /// The executions.
    pub items: Vec<Execution>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// What a look at the set-up found, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// A stable code; `ready` when nothing is wrong.
    pub code: &'static str,
    /// Whether deliveries will start the workflow.
    pub is_good: bool,
    /// English.
    pub en: &'static str,
    /// French.
    pub fr: &'static str,
    /// What the engine calls the workflow.
    pub workflow_name: Option<String>,
    /// The addresses under which the workflow can be reached, where they are known.
    pub addresses: Vec<String>,
    /// The engine's own words, where it refused.
    pub said: Option<String>,
}

/// A workflow engine. Nothing here panics, follows a redirect, or outlives the place's `timeout_ms` per question.
pub trait WorkflowEngine: Send + Sync {
    /// Looks whether a delivery to this place would start the workflow, and says what is wrong.
    fn diagnose<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Diagnosis>;

    /// Puts a fault into words.
    fn explain(&self, fault: &EngineFault) -> Diagnosis;

    /// The words of a fault's code that was kept, English and French.
    fn words_of(&self, code: &str) -> (&'static str, &'static str);

    /// Activates the workflow. Idempotent: an active one stays active.
    fn activate<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<(), EngineFault>>;

    /// The workflow's executions that began at `since` or later, newest first, a page at a time. The last page has no
    /// `next`.
    fn executions<'a>(
        &'a self,
        place: &'a Place,
        since: UnixMs,
        cursor: Option<&'a str>,
    ) -> BoxFuture<'a, Result<ExecutionPage, EngineFault>>;

    /// One execution; `None` when the engine has none of that id, or no longer.
    fn execution<'a>(
        &'a self,
        place: &'a Place,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Execution>, EngineFault>>;

    /// Where a person can look at an execution.
    fn page_of(&self, place: &Place, external_id: &str) -> Option<String>;
}
