//! Time and randomness that obey.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_model::{Clock, Entropy, UnixMs, World};

/// When tests begin: a minute after the first event of the samples.
pub const BEGINNING: UnixMs = UnixMs(1_795_219_260_000);

/// A clock that stands still until it is told otherwise.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that shows `at`.
    #[must_use]
    pub fn at(at: UnixMs) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(at.0)))
    }

    /// Shows another instant from now on.
    pub fn set(&self, at: UnixMs) {
        self.0.store(at.0, Ordering::SeqCst);
    }

    /// Moves on, or back.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMs {
        UnixMs(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes from a seed: the same in every run, never the same twice in one unless it is told to begin again.
#[derive(Debug)]
pub struct TestEntropy {
    draws: AtomicU64,
    bytes: Mutex<fastrand::Rng>,
}

impl TestEntropy {
    /// The bytes of a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Arc<Self> {
        Arc::new(Self { draws: AtomicU64::new(0), bytes: Mutex::new(fastrand::Rng::with_seed(seed)) })
    }

    /// Begins again with the bytes of a seed. Whoever does so twice, and turns the clock back too, gets the same
    /// ids twice: for tenants whose rows have the same ids.
    pub fn begin_again(&self, seed: u64) {
        *self.bytes.lock().unwrap_or_else(PoisonError::into_inner) = fastrand::Rng::with_seed(seed);
        self.draws.store(0, Ordering::SeqCst);
    }
}

impl Entropy for TestEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let draw = self.draws.fetch_add(1, Ordering::SeqCst);
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).fill(buffer);
        // Long enough draws end with their number, so that no two are alike. Not begin: ids of one millisecond
        // are in no order, as in life.
        if buffer.len() >= 10 {
            let (number, tail) = (draw.to_be_bytes(), buffer.len() - 4);
            buffer[tail..].copy_from_slice(&number[4..]);
        }
    }
}

/// A world that stands at [`BEGINNING`], and its clock.
#[must_use]
pub fn world() -> (World, Arc<TestClock>) {
    let clock = TestClock::at(BEGINNING);
    (World { clock: clock.clone(), entropy: TestEntropy::seeded(7) }, clock)
}
