//! How fast an endpoint is delivered to: a token bucket that is kept as one instant. Pure.

use vestibule_model::UnixMs;

/// An endpoint's pace: one delivery each `interval_us`, a tenth of a second's worth at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Microseconds from one delivery to the next.
    pub interval_us: i64,
    slack_us: i64,
}

impl Pace {
    /// The pace of `rate_milli` deliveries in 1,000 seconds.
    #[must_use]
    pub fn of(rate_milli: i64) -> Self {
        let rate = rate_milli.max(1);
        let interval_us = (1_000_000_000 + rate - 1) / rate;
        let at_once = (rate / 10_000).max(1);
        Self { interval_us, slack_us: (at_once - 1) * interval_us }
    }

    /// How many deliveries may begin now, and when one more may after those. `used_until_us` is the instant up to
    /// which the pace is used up.
    #[must_use]
    pub fn allows(self, used_until_us: Option<i64>, now: UnixMs) -> (usize, UnixMs) {
        let now_us = now.0.saturating_mul(1000);
        let used = used_until_us.unwrap_or(now_us).max(now_us);
        let room = now_us + self.slack_us - used;
        let count = if room < 0 { 0 } else { room / self.interval_us + 1 };
        let again_us = used + count * self.interval_us - self.slack_us;
        (usize::try_from(count).unwrap_or(0), UnixMs((again_us + 999).div_euclid(1000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: UnixMs = UnixMs(1_795_219_260_000);

    #[test]
    fn a_slow_pace_lets_one_go_at_a_time() {
        let pace = Pace::of(7_000);
        assert_eq!(pace.interval_us, 142_858);
        assert_eq!(pace.allows(None, NOW), (1, NOW.plus_ms(143)));
        let used = NOW.0 * 1000 + pace.interval_us;
        assert_eq!(pace.allows(Some(used), NOW), (0, NOW.plus_ms(143)));
        assert_eq!(pace.allows(Some(used), NOW.plus_ms(142)).0, 0);
        assert_eq!(pace.allows(Some(used), NOW.plus_ms(143)).0, 1);
        assert_eq!(pace.allows(Some(used), NOW.plus_ms(60_000)).0, 1, "what was not used is not saved up");
    }

    #[test]
    fn a_fast_pace_lets_a_tenth_of_a_second_go_at_once() {
        assert_eq!(Pace::of(50_000).allows(None, NOW), (5, NOW.plus_ms(20)));
        assert_eq!(Pace::of(10).allows(None, NOW), (1, NOW.plus_ms(100_000)));
    }

    proptest! {
        #[test]
        fn no_second_has_more_than_the_rate_and_a_tenth(rate_milli in 10_i64..=1_000_000, steps in prop::collection::vec(0_i64..400, 1..200)) {
            let pace = Pace::of(rate_milli);
            let (mut now, mut used, mut sent) = (NOW, None, Vec::new());
            for step in steps {
                now = now.plus_ms(step);
                let (count, again) = pace.allows(used, now);
                prop_assert!(again > now);
                for _ in 0..count {
                    used = Some(used.unwrap_or(0).max(now.0 * 1000) + pace.interval_us);
                    sent.push(now);
                }
                prop_assert_eq!(pace.allows(used, now).0, 0);
                prop_assert_eq!(pace.allows(used, again).0 > 0, true);
            }
            let most = usize::try_from(rate_milli / 1000 + rate_milli / 10_000 + 2).unwrap();
            for (n, at) in sent.iter().enumerate() {
                let within = sent[n..].iter().take_while(|other| other.since(*at) < 1000).count();
                prop_assert!(within <= most, "{} in a second at {} milli", within, rate_milli);
            }
        }
    }
}
