//! How long the rest will take: by what mutants that are compiled and those that are not took so far.

use std::time::{Duration, Instant};

use super::mutants::Mutant;

/// Mutants of one kind.
#[derive(Default)]
struct Kind {
    left: u32,
    done: u32,
    took: Duration,
}

/// The time that was and that will be.
pub struct Clock {
    beginning: Instant,
    kinds: [Kind; 2],
}

impl Clock {
    /// All are yet to come.
    pub fn new(chosen: &[(usize, &Mutant)]) -> Self {
        let mut kinds = [Kind::default(), Kind::default()];
        for (_, mutant) in chosen {
            kinds[usize::from(mutant.is_compiled())].left += 1;
        }
        Self { beginning: Instant::now(), kinds }
    }

    /// One more is done; what is left, in words.
    pub fn done(&mut self, mutant: &Mutant, took: Duration) -> String {
        let kind = &mut self.kinds[usize::from(mutant.is_compiled())];
        kind.left = kind.left.saturating_sub(1);
        kind.done += 1;
        kind.took += took;
        let left: u32 = self.kinds.iter().map(|kind| kind.left).sum();
        let rest: Duration = self.kinds.iter().map(Kind::rest).sum();
        format!("{left} left, about {} min", rest.as_secs().div_ceil(60))
    }

    /// How long it took until now.
    pub fn minutes(&self) -> f64 {
        self.beginning.elapsed().as_secs_f64() / 60.0
    }
}

/// What a mutant that is compiled takes, until one was.
const GUESS: Duration = Duration::from_secs(90);

impl Kind {
    fn rest(&self) -> Duration {
        self.took.checked_div(self.done).unwrap_or(GUESS) * self.left
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, GUESS};
    use crate::isolation::mutants::{Mutant, Wall};
    use std::time::Duration;

    #[test]
    fn the_rest_goes_by_what_was() {
        let of = |wall| Mutant::new(wall, "a.rs", "abc", 0..1, "x");
        let (policy, role) = (of(Wall::Policy), of(Wall::Role));
        let mut clock = Clock::new(&[(0, &policy), (1, &policy), (2, &policy), (3, &role)]);
        assert_eq!(GUESS.as_secs(), 90);
        assert_eq!(clock.done(&policy, Duration::from_secs(15)), "3 left, about 2 min");
        assert_eq!(clock.done(&policy, Duration::from_secs(45)), "2 left, about 2 min");
        assert_eq!(clock.done(&policy, Duration::ZERO), "1 left, about 2 min");
        assert_eq!(clock.done(&role, Duration::from_secs(10)), "0 left, about 0 min");
    }
}
