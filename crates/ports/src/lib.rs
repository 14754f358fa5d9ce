//! The outside as traits. Providers implement these; the rooms and doors use them without knowing whom they
//! talk to.

pub mod accounts;
pub mod asks;
pub mod courier;
pub mod gallery;
pub mod mailer;
pub mod reach;
pub mod recordings;
pub mod spec;
pub mod texts;
pub mod tombstones;
pub mod webhooks;
pub mod workflows;

pub use accounts::{
    AccountInfo, CallAccount, CallListing, Erased, ListedCall, ProviderFault, ProviderFaultKind,
};
pub use asks::{Answer, Ask, Incoming, Reply, ToolResult, ToolUse};
pub use courier::{Courier, Parcel, Receipt, ReceiptKind};
pub use gallery::{Filling, Gallery, Outgoing, OutgoingHeader, Sample, Unsigned};
pub use mailer::{Mail, MailFault, MailFaultKind, Mailer, SentMail};
pub use reach::Reach;
pub use recordings::{Extent, RecordingStream, RecordingWanted, Recordings};
pub use texts::{TextFault, TextMessage, TextState, Texts};
pub use tombstones::Tombstones;
pub use webhooks::{
    Address, CallWebhooks, Disposition, EventKey, Identity, Inbound, NormalizeFault, Resource, ResourceKind,
    VerifyFault,
};
pub use workflows::{
    Diagnosis, EngineFault, Execution, ExecutionPage, ExecutionStatus, Place, WorkflowEngine,
};
