//! The durable queue: jobs are the truth, "due" is a hint.
//!
//! A job belongs to a tenant, a queue and a group (an endpoint, say). Workers claim inside one group at a
//! time, so no tenant and no endpoint can hold up another. There are two kinds of queue: *folding* queues
//! claim, work and delete within one transaction (`fold`); *leased* queues claim, work outside, and finish
//! under the lease number they were given (`lease`).

mod flying;
mod fold;
mod jobs;
mod lease;
mod ready;
mod sweep;

pub use fold::{FoldHandler, Folder, Verdict};
pub use jobs::{HELD, Job, JobKey, NEVER, finish, later, owe, release, release_held};
pub use lease::{Gate, LeaseHandler, LeasedJob, Leaser, Limits};
pub use ready::{GroupKey, ReadySet};
pub use sweep::{Sweeper, end_stale_leases, sweep_once};
