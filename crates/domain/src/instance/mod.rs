//! This installation: whether it is where its data was last served. A restored backup and a copy begin muted: they take in and
//! answer, but nothing is sent, called or mailed until somebody who operates it has looked. So no copy ever repeats what the
//! original did, and a restored server never sends again what it had sent after the backup.

mod begin;
mod owed;
mod rules;
mod unmute;

pub use begin::{Begun, begin, refresh};
pub use owed::{Owed, owed};
pub use rules::{Fingerprint, Why, why};
pub use unmute::{Choice, unmute};

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Whether nothing may be sent now, read by every worker before it sends; and from where this node serves.
#[derive(Debug, Default)]
pub struct Muted {
    on: AtomicBool,
    place: Mutex<Option<Fingerprint>>,
}

impl Muted {
    /// Whether it is so.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    /// Says whether it is so.
    pub fn set(&self, on: bool) {
        self.on.store(on, Ordering::Release);
    }

    /// From where this node serves; `None` before it began.
    #[must_use]
    pub fn place(&self) -> Option<Fingerprint> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn serve_from(&self, place: Fingerprint) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }
}
