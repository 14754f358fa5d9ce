//! How many bytes of bodies may be in flight: taken before a body is read, so that a flood of large bodies
//! cannot fill the memory.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The unit of the budget, in bytes.
const UNIT: usize = 1024;
/// The whole budget of a node, in units: 32 MB.
const WHOLE: usize = 32 * 1024;

#[derive(Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(WHOLE)))
    }
}

impl Budget {
    /// Takes room for a body, or `None` when there is none now.
    pub(crate) fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(bytes / UNIT + 1).ok()?;
        self.0.clone().try_acquire_many_owned(units).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_taken_and_given_back() {
        let budget = Budget::default();
        let most: Vec<_> = (0..3).filter_map(|_| budget.take(10 * 1024 * 1024)).collect();
        assert_eq!(most.len(), 3);
        assert!(budget.take(10 * 1024 * 1024).is_none());
        drop(most);
        assert!(budget.take(10 * 1024 * 1024).is_some());
    }
}
