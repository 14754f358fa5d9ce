//! What other parts of the program are told after a commit: that work is due, and that something changed.
//! Hints may be lost (a crash, another node): the sweep and the page's own refetch are the guarantee.

use crate::queue::{GroupKey, ReadySet};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;
use uuid::Uuid;
use vestibule_model::TenantId;

/// Something to tell after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A group of a queue has work that is due now.
    Due(GroupKey),
    /// A row of a room changed.
    Changed {
        /// Whose row.
        tenant: TenantId,
        /// The room's name.
        room: &'static str,
        /// The row, where it is one.
        id: Option<Uuid>,
    },
}

/// Something that changed, as sent to those who look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Grows by one with every change on this node.
    pub number: u64,
    /// Whose row.
    pub tenant: TenantId,
    /// The room's name.
    pub room: &'static str,
    /// The row, where it is one.
    pub id: Option<Uuid>,
}

/// Where hints go.
pub struct Hub {
    ready: Mutex<HashMap<&'static str, Arc<ReadySet>>>,
    changes: broadcast::Sender<Change>,
    recent: Mutex<std::collections::VecDeque<Change>>,
    number: AtomicU64,
}

/// How many changes are kept for readers that come back.
const KEPT: usize = 4096;

impl Hub {
    pub(crate) fn new() -> Self {
        Self {
            ready: Mutex::default(),
            changes: broadcast::channel(1024).0,
            recent: Mutex::default(),
            number: AtomicU64::new(0),
        }
    }

    /// The set of groups of a queue that have due work.
    #[must_use]
    pub fn ready(&self, queue: &'static str) -> Arc<ReadySet> {
        let mut all = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(queue).or_default().clone()
    }

    /// The set of groups of a queue that somebody on this node works at.
    pub(crate) fn known(&self, queue: &str) -> Option<Arc<ReadySet>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).get(queue).cloned()
    }

    /// Follows changes from now on.
    #[must_use]
    pub fn follow(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// The changes after `number` that are still kept, or `None` when some are gone.
    #[must_use]
    pub fn since(&self, number: u64) -> Option<Vec<Change>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if number > self.number.load(Ordering::Acquire) {
            return None;
        }
        match recent.front() {
            Some(first) if first.number > number + 1 => None,
            _ => Some(recent.iter().filter(|c| c.number > number).cloned().collect()),
        }
    }

    /// The number of the newest change.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    pub(crate) fn tell(&self, hints: Vec<Hint>) {
        for hint in hints {
            match hint {
                Hint::Due(key) => {
                    if let Some(set) = self.known(key.queue.as_ref()) {
                        set.push(key);
                    }
                }
                Hint::Changed { tenant, room, id } => {
                    let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
                    let number = self.number.fetch_add(1, Ordering::AcqRel) + 1;
                    let change = Change { number, tenant, room, id };
                    recent.push_back(change.clone());
                    if recent.len() > KEPT {
                        recent.pop_front();
                    }
                    drop(recent);
                    // Nobody looking is not an error.
                    drop(self.changes.send(change));
                }
            }
        }
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub")
    }
}
