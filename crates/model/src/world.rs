//! What a program takes from outside itself besides data: the time and randomness. Both are passed in.

use crate::{UnixMs, ids::uuid_v7};
use std::sync::Arc;
use uuid::Uuid;

/// A source of the present instant.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> UnixMs;
}

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// Time and randomness together, cheap to clone.
#[derive(Clone)]
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl World {
    /// The present instant.
    #[must_use]
    pub fn now(&self) -> UnixMs {
        self.clock.now()
    }

    /// A new id of any kind: UUIDv7 of the present instant.
    #[must_use]
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        T::from(uuid_v7(self.now(), &self.random()))
    }

    /// `N` random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}
