//! A mutant before the tests of the scratch copy.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Outcome;
use crate::tree::Tree;

use super::binaries::{Binary, Ended};
use super::mutants::{Mutant, Wall};
use super::plan::{self, Batch, Memory};
use super::reach::{Place, Reach};
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
    /// What the tests of a place meet, once it was asked for.
    reach: BTreeMap<Place, Reach>,
}

/// After this long, a batch of tests is ended: a mutant may make one wait for ever.
const PATIENCE: Duration = Duration::from_secs(120);

impl Trial {
    /// Builds the copy, which carries all mutants, asleep.
    pub fn open(tree: &Tree, all: &[&Mutant]) -> Outcome<Self> {
        let scratch = Scratch::make(tree, all)?;
        let binaries = scratch.build()?;
        Ok(Self { scratch, binaries, memory: Memory::default(), reach: BTreeMap::new() })
    }

    /// Shows a mutant to the tests.
    pub fn try_mutant(&mut self, mutant: &Mutant) -> Outcome<Found> {
        drop(std::fs::remove_file(self.scratch.reached()));
        let variables = self.scratch.variables(mutant)?;
        let mut late = Vec::new();
        for batch in self.batches(mutant)? {
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
        Ok(if !late.is_empty() {
            Found::TooLong(late)
        } else if !self.scratch.reached().exists() {
            Found::NeverReached
        } else {
            Found::Survived
        })
    }

    fn batches(&mut self, mutant: &Mutant) -> Outcome<Vec<Batch>> {
        if mutant.wall == Wall::Policy {
            return Ok(plan::guarding(&self.binaries));
        }
        let places = plan::places(mutant);
        for place in places {
            if !self.reach.contains_key(place) {
                let found = self.learn(*place)?;
                self.reach.insert(*place, found);
            }
        }
        let reach: Vec<&Reach> = places.iter().filter_map(|place| self.reach.get(place)).collect();
        Ok(plan::meeting(mutant, &self.binaries, &reach, &self.memory))
    }

    /// Has every test of a place run once, without any mutant.
    fn learn(&self, place: Place) -> Outcome<Reach> {
        Reach::of(place, &self.binaries, &self.scratch.kept(), |binary, tests, notes| {
            let variables = [("VESTIBULE_MUTANT_MET".to_owned(), notes.to_string_lossy().into_owned())];
            self.run(&Batch { binary, tests: tests.to_vec() }, &variables)
        })
    }

    fn run(&self, batch: &Batch, variables: &[(String, String)]) -> Outcome<Ended> {
        let binary = &self.binaries[batch.binary];
        binary.run(&self.scratch.directory, &batch.tests, variables, &self.scratch.log(), PATIENCE)
    }

    fn broken(&self, mutant: &Mutant, how: &str) -> String {
        let log = self.scratch.log();
        format!("the tests neither passed nor failed ({how}) with {mutant}: see {}", log.display())
    }
}
