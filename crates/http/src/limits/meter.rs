//! How much everybody has left: one bucket for each, that refills evenly. In memory, bounded, and by the clock that is
//! passed in, so that tests are exact.

use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vestibule_model::{Clock, ConnectionId, KeyId, UserId};

/// A bucket holds a minute, in microseconds, and gets back a microsecond each microsecond. A request costs its share of
/// the minute: so buckets of every rate are of one kind.
const MINUTE_US: u32 = 60_000_000;
/// How often buckets that are full again are thrown away, in nanoseconds.
const SWEEP_NS: u64 = 60_000_000_000;

/// Whose bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    /// A person's requests.
    Person(UserId),
    /// What a person's browser reads.
    Pages(UserId),
    /// A key's requests.
    Key(KeyId),
    /// What does not verify from a network address, at the API.
    Stranger(IpAddr),
    /// What does not verify from a network address, at a provider's door.
    Knocker(IpAddr),
    /// Wrong sign-ins from a network address.
    Guesser(IpAddr),
    /// What does not verify at a connection.
    Connection(ConnectionId),
    /// Network addresses for which there is no room.
    Crowd,
}

impl Slot {
    /// Whether anybody can make as many of these as they like.
    const fn is_of_an_address(self) -> bool {
        matches!(self, Self::Stranger(_) | Self::Knocker(_) | Self::Guesser(_))
    }
}

/// What somebody has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// The limit's name.
    pub policy: &'static str,
    /// How many requests a minute.
    pub per_minute: u32,
    /// How many more at once.
    pub left: u32,
    /// In how many seconds all are there again; of one that is used up, the next.
    pub in_s: u32,
}

/// A question to the meter: whether to take or only to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Ask {
    slot: Slot,
    takes: bool,
}

/// The buckets that are not full: when each will be.
#[derive(Clone, Default)]
struct Buckets(Arc<Mutex<HashMap<Slot, Nanos>>>);

impl Buckets {
    fn open(&self) -> MutexGuard<'_, HashMap<Slot, Nanos>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for Buckets {
    type Key = Ask;

    fn measure_and_replace<T, F, E>(&self, ask: &Ask, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut buckets = self.open();
        let (told, full_at) = f(buckets.get(&ask.slot).copied())?;
        if ask.takes {
            buckets.insert(ask.slot, full_at);
        }
        Ok(told)
    }
}

impl ShrinkableKeyedStateStore<Ask> for Buckets {
    fn retain_recent(&self, drop_below: Nanos) {
        self.open().retain(|_, full_at| *full_at > drop_below);
    }

    fn shrink_to_fit(&self) {
        self.open().shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.open().len()
    }

    fn is_empty(&self) -> bool {
        self.open().is_empty()
    }
}

/// The time that has passed. A clock that is set back stands still meanwhile: nobody waits for an hour that comes twice.
struct Passing {
    clock: Arc<dyn Clock>,
    seen: Mutex<(i64, u64)>,
}

impl governor::clock::Clock for Passing {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let at = self.clock.now().0;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let passed_ms = u64::try_from(at.saturating_sub(seen.0)).unwrap_or(0);
        *seen = (at, seen.1.saturating_add(passed_ms.saturating_mul(1_000_000)));
        Nanos::new(seen.1)
    }
}

/// The meter of a node.
pub(crate) struct Meter {
    limiter: RateLimiter<Ask, Buckets, Passing, StateInformationMiddleware>,
    buckets: Buckets,
    /// When it was last swept, in nanoseconds.
    swept: AtomicU64,
    /// How many buckets there may be before addresses share one.
    most: usize,
}

impl Meter {
    /// A meter by a clock, with room for so many buckets.
    pub(crate) fn new(clock: Arc<dyn Clock>, most: usize) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(MINUTE_US).unwrap_or(NonZeroU32::MAX));
        let passing = Passing { seen: Mutex::new((clock.now().0, 0)), clock };
        let buckets = Buckets::default();
        let limiter = RateLimiter::new(quota, buckets.clone(), passing);
        Self { limiter, buckets, swept: AtomicU64::new(0), most }
    }

    /// Takes a request out of a bucket. The error is an allowance that is used up: nothing was taken.
    pub(crate) fn take(
        &self,
        slot: Slot,
        policy: &'static str,
        per_minute: NonZeroU32,
    ) -> Result<Allowance, Allowance> {
        self.sweep();
        let slot = if slot.is_of_an_address() { self.room_for(slot) } else { slot };
        self.ask(Ask { slot, takes: true }, policy, per_minute)
    }

    /// Whether a request could be taken out of a bucket.
    pub(crate) fn look(
        &self,
        slot: Slot,
        policy: &'static str,
        per_minute: NonZeroU32,
    ) -> Result<Allowance, Allowance> {
        self.ask(Ask { slot, takes: false }, policy, per_minute)
    }

    fn ask(&self, ask: Ask, policy: &'static str, per_minute: NonZeroU32) -> Result<Allowance, Allowance> {
        let allowance = |left, in_s| Allowance { policy, per_minute: per_minute.get(), left, in_s };
        let price = NonZeroU32::new(MINUTE_US / per_minute.get().min(MINUTE_US)).unwrap_or(NonZeroU32::MIN);
        match self.limiter.check_key_n(&ask, price) {
            Ok(Ok(state)) => {
                let full = state.remaining_burst_capacity();
                let in_s = MINUTE_US.saturating_sub(full).div_ceil(1_000_000);
                Ok(allowance(full / price, in_s))
            }
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(self.limiter.clock().now());
                let in_s = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(60);
                Err(allowance(0, in_s.max(1)))
            }
            // A price is at most a whole bucket.
            Err(_) => Ok(allowance(0, 60)),
        }
    }

    /// The bucket of an address, or everybody's where there is no room for another one.
    fn room_for(&self, slot: Slot) -> Slot {
        let buckets = self.buckets.open();
        if buckets.len() < self.most || buckets.contains_key(&slot) { slot } else { Slot::Crowd }
    }

    /// Throws away what is full again, now and then.
    fn sweep(&self) {
        let now = self.limiter.clock().now().as_u64();
        let last = self.swept.load(Ordering::Relaxed);
        let is_mine = now.saturating_sub(last) >= SWEEP_NS
            && self.swept.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_mine {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_testkit::TestClock;

    const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();

    fn meter(most: usize) -> (Meter, Arc<TestClock>) {
        let (world, clock) = vestibule_testkit::world();
        (Meter::new(world.clock, most), clock)
    }

    fn address(n: u8) -> Slot {
        Slot::Stranger(IpAddr::from([203, 0, 113, n]))
    }

    /// How many are let through at once.
    fn burst(meter: &Meter, slot: Slot, rate: NonZeroU32) -> usize {
        (0..20_000).take_while(|_| meter.take(slot, "test", rate).is_ok()).count()
    }

    #[test]
    fn a_bucket_of_any_rate_holds_a_minute_and_refills_evenly() {
        let (meter, clock) = meter(100);
        for (n, rate) in [1, 7, 10, 100, 600, 997, 10_000].into_iter().enumerate() {
            let (slot, per_minute) = (address(u8::try_from(n).unwrap()), NonZeroU32::new(rate).unwrap());
            assert_eq!(burst(&meter, slot, per_minute), usize::try_from(rate).unwrap(), "{rate} a minute");
            clock.advance_ms(30_000);
            let half = burst(&meter, slot, per_minute);
            assert!(
                half.abs_diff(usize::try_from(rate / 2).unwrap()) <= 1,
                "{rate} a minute: {half} in half of one"
            );
            clock.advance_ms(60_000);
            assert_eq!(
                burst(&meter, slot, per_minute),
                usize::try_from(rate).unwrap(),
                "never more than a minute's"
            );
        }
    }

    #[test]
    fn it_says_what_is_left_and_when_to_come_again() {
        let (meter, clock) = meter(100);
        let left = |taken: Result<Allowance, Allowance>| {
            taken.map(|a| (a.left, a.in_s)).map_err(|a| (a.left, a.in_s))
        };
        assert_eq!(left(meter.look(address(1), "test", TEN)), Ok((9, 6)));
        assert_eq!(left(meter.take(address(1), "test", TEN)), Ok((9, 6)));
        for n in (0..9).rev() {
            assert_eq!(left(meter.take(address(1), "test", TEN)), Ok((n, 6 * (10 - n))));
        }
        for _ in 0..3 {
            assert_eq!(left(meter.look(address(1), "test", TEN)), Err((0, 6)));
            assert_eq!(left(meter.take(address(1), "test", TEN)), Err((0, 6)), "a refusal costs nothing");
        }
        clock.advance_ms(5_999);
        assert_eq!(left(meter.take(address(1), "test", TEN)), Err((0, 1)));
        clock.advance_ms(1);
        assert_eq!(left(meter.take(address(1), "test", TEN)), Ok((0, 60)));
        assert!(meter.take(address(2), "test", TEN).is_ok(), "each has their own");
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait() {
        let (meter, clock) = meter(100);
        assert_eq!(burst(&meter, address(1), TEN), 10);
        clock.advance_ms(-3_600_000);
        assert_eq!(meter.take(address(1), "test", TEN).unwrap_err().in_s, 6);
        clock.advance_ms(6_000);
        assert!(meter.take(address(1), "test", TEN).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_swept() {
        let (meter, clock) = meter(20);
        for n in 0..200 {
            let _ = meter.take(address(n), "test", TEN);
        }
        // Twenty of their own, and one for all others together, which is used up by now.
        assert_eq!(meter.buckets.open().len(), 21);
        assert!(meter.take(address(3), "test", TEN).is_ok());
        assert!(meter.take(address(199), "test", TEN).is_err());
        // Whoever has proved who they are needs no room.
        let person = Slot::Person(UserId(uuid::Uuid::from_u128(1)));
        assert!(meter.take(person, "test", TEN).is_ok());
        // A minute later everybody's is full again, and nothing is kept of it.
        clock.advance_ms(61_000);
        assert!(meter.take(address(199), "test", TEN).is_ok());
        assert_eq!(meter.buckets.open().len(), 1);
    }
}
