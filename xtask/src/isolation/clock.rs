//! How long the rest will take, by what the mutants took so far.

use std::time::{Duration, Instant};

/// The time that was and that will be.
pub struct Clock {
    beginning: Instant,
    left: usize,
    done: u32,
    took: Duration,
}

impl Clock {
    /// So many are yet to come.
    pub fn new(count: usize) -> Self {
        Self { beginning: Instant::now(), left: count, done: 0, took: Duration::ZERO }
    }

    /// One more is done; what is left, in words.
    pub fn done(&mut self, took: Duration) -> String {
        self.left = self.left.saturating_sub(1);
        self.done += 1;
        self.took += took;
        let each = self.took.as_secs_f64() / f64::from(self.done);
        let rest = (each * self.left as f64 / 60.0).ceil();
        format!("{} left, about {rest} min", self.left)
    }

    /// How long it took until now.
    pub fn minutes(&self) -> f64 {
        self.beginning.elapsed().as_secs_f64() / 60.0
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use std::time::Duration;

    #[test]
    fn the_rest_goes_by_what_was() {
        let mut clock = Clock::new(4);
        assert_eq!(clock.done(Duration::from_secs(15)), "3 left, about 1 min");
        assert_eq!(clock.done(Duration::from_secs(45)), "2 left, about 1 min");
        assert_eq!(clock.done(Duration::from_secs(90)), "1 left, about 1 min");
        assert_eq!(clock.done(Duration::ZERO), "0 left, about 0 min");
    }
}
