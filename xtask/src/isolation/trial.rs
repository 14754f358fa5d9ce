//! A mutant before the tests of the scratch copy.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::tree::Tree;

use super::binaries::{Binary, Ended};
use super::mutants::{Mutant, Wall};
use super::plan::{self, Batch, Memory};
use super::scratch::Scratch;

/// What the tests made of a mutant.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// A test fails, and fails again.
    Killed(String),
    /// All tests pass.
    Survived,
    /// All tests pass, and none ran what was changed.
    NeverReached,
    /// No test failed, but these did not end in time: that is not noticing.
    TooLong(Vec<String>),
}

/// The copy with its built tests, and what was learnt so far.
pub struct Trial {
    scratch: Scratch,
    binaries: Vec<Binary>,
    memory: Memory,
    /// After this long, tests are ended.
    longest: Duration,
}

/// Never less than this: a machine may be busy.
const SHORTEST_PATIENCE: Duration = Duration::from_secs(180);
/// Never more: a mutant may make the tests wait for ever.
const LONGEST_PATIENCE: Duration = Duration::from_secs(600);

impl Trial {
    /// Builds the copy and wants the tests to pass in it without any mutant.
    pub fn open(tree: &Tree, sample: &[&Mutant]) -> Outcome<Self> {
        let scratch = Scratch::make(tree)?;
        let binaries = scratch.build()?;
        let mut trial = Self { scratch, binaries, memory: Memory::default(), longest: LONGEST_PATIENCE };
        let mut slowest = Duration::ZERO;
        let mut done: Vec<Batch> = Vec::new();
        for mutant in sample {
            for mut batch in plan::batches(mutant, &trial.binaries, &trial.memory) {
                batch.tests.retain(|test| {
                    !done.iter().any(|other| other.binary == batch.binary && other.tests.contains(test))
                });
                if batch.tests.is_empty() {
                    continue;
                }
                let beginning = Instant::now();
                let ended = trial.run(&batch, &[])?;
                if ended != Ended::Passed {
                    let log = trial.scratch.log();
                    return Err(format!(
                        "the tests do not pass without any mutant: {ended:?}, see {}",
                        log.display()
                    ));
                }
                slowest = slowest.max(beginning.elapsed());
                done.push(batch);
            }
        }
        trial.longest = (slowest * 20).clamp(SHORTEST_PATIENCE, LONGEST_PATIENCE);
        Ok(trial)
    }

    /// How long a batch of tests may take.
    pub const fn patience(&self) -> Duration {
        self.longest
    }

    /// Shows a mutant to the tests.
    pub fn try_mutant(&mut self, tree: &Tree, mutant: &Mutant) -> Outcome<Found> {
        if !mutant.is_compiled() {
            return self.judge(mutant);
        }
        self.scratch.put_text(&mutant.path, &mutant.text)?;
        let found = self.scratch.build().and_then(|binaries| {
            self.binaries = binaries;
            self.judge(mutant)
        });
        self.scratch.put_text(&mutant.path, tree.text(&mutant.path).unwrap_or_default())?;
        found
    }

    fn judge(&mut self, mutant: &Mutant) -> Outcome<Found> {
        drop(std::fs::remove_file(self.scratch.reached()));
        let variables = self.scratch.variables(mutant)?;
        let mut late = Vec::new();
        for batch in plan::batches(mutant, &self.binaries, &self.memory) {
            let failed = match self.run(&batch, &variables)? {
                Ended::Passed => continue,
                Ended::Failed(failed) => failed,
                Ended::Late { failed, running } => {
                    late.extend(running);
                    failed
                }
                Ended::Broken(how) => return Err(self.broken(mutant, &how)),
            };
            // Once more: a test that fails now and then must not count as noticing.
            for test in failed {
                let alone = Batch { binary: batch.binary, tests: vec![test.clone()] };
                match self.run(&alone, &variables)? {
                    Ended::Failed(_) => {
                        self.memory.note(batch.binary, &test);
                        return Ok(Found::Killed(format!("{} {test}", self.binaries[batch.binary].room)));
                    }
                    Ended::Passed => {}
                    Ended::Late { .. } => late.push(test),
                    Ended::Broken(how) => return Err(self.broken(mutant, &how)),
                }
            }
        }
        let is_watched = mutant.wall == Wall::Policy || mutant.swap.is_some();
        Ok(if !late.is_empty() {
            Found::TooLong(late)
        } else if is_watched && !self.scratch.reached().exists() {
            Found::NeverReached
        } else {
            Found::Survived
        })
    }

    fn run(&self, batch: &Batch, variables: &[(String, String)]) -> Outcome<Ended> {
        let binary = &self.binaries[batch.binary];
        binary.run(&self.scratch.directory, &batch.tests, variables, &self.scratch.log(), self.longest)
    }

    fn broken(&self, mutant: &Mutant, how: &str) -> String {
        let log = self.scratch.log();
        format!("the tests neither passed nor failed ({how}) with {mutant}: see {}", log.display())
    }
}
