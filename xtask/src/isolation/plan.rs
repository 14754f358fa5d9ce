//! Which tests a mutant is shown to, in which order: what noticed others before, what is near, then the rest.

use super::binaries::Binary;
use super::mutants::{Mutant, Wall};
use super::reach::{Place, Reach};

/// How many tests run at once before anybody looks whether one failed.
const BATCH: usize = 12;

/// Some tests of one crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Batch {
    /// The crate, by its place in the list of binaries.
    pub binary: usize,
    /// The names.
    pub tests: Vec<String>,
}

/// The tests that noticed mutants, the last one first.
#[derive(Default)]
pub struct Memory(Vec<(usize, String)>);

impl Memory {
    /// Remembers who noticed.
    pub fn note(&mut self, binary: usize, test: &str) {
        self.0.retain(|(room, name)| *room != binary || name != test);
        self.0.insert(0, (binary, test.to_owned()));
    }

    /// Those of a group that noticed something before.
    fn known(&self, batch: &Batch) -> Option<Batch> {
        let is_known =
            |test: &&String| self.0.iter().any(|(room, name)| *room == batch.binary && name == *test);
        let tests: Vec<String> = batch.tests.iter().filter(is_known).cloned().collect();
        (!tests.is_empty()).then_some(Batch { binary: batch.binary, tests })
    }
}

/// All batches for a mutant of a statement or a role: those that meet it.
pub fn meeting(mutant: &Mutant, binaries: &[Binary], reach: &[&Reach], memory: &Memory) -> Vec<Batch> {
    let near = near(&mutant.path);
    let groups = reach.iter().flat_map(|reach| reach.meeting(mutant));
    let mut all: Vec<(bool, bool, Batch)> = groups
        .filter_map(|group| {
            let is_any = |is: &dyn Fn(&str) -> bool| group.tests.iter().any(|test| is(test));
            let is_near = is_any(&|test| is_guard(test) || near.iter().any(|word| test.contains(word)));
            // What the doors do with rows is done by the rooms behind them, whose tests are quicker.
            let is_outside = mutant.wall == Wall::Statement && binaries[group.binary].room == "http";
            let batch = Batch { binary: group.binary, tests: group.tests.clone() };
            (is_near || !is_outside).then_some((is_outside, !is_near, batch))
        })
        .collect();
    all.sort();
    let known: Vec<Batch> = all.iter().filter_map(|(_, _, batch)| memory.known(batch)).collect();
    known.into_iter().chain(all.into_iter().map(|(_, _, batch)| batch)).collect()
}

/// All batches for a policy: only the store's own tests ask without any filter.
pub fn guarding(binaries: &[Binary]) -> Vec<Batch> {
    let stores = binaries.iter().enumerate().filter(|(_, binary)| binary.room == "store");
    let mut batches = Vec::new();
    for (index, binary) in stores {
        let tests: Vec<String> = binary.tests.iter().filter(|test| is_guard(test)).cloned().collect();
        batches.extend(tests.chunks(BATCH).map(|some| Batch { binary: index, tests: some.to_vec() }));
    }
    batches
}

/// The places where a mutant may be noticed. Row-level security stands behind a statement, so it is shown where there is
/// none; what runs on either database is shown on the quicker one.
pub fn places(mutant: &Mutant) -> &'static [Place] {
    match mutant.wall {
        Wall::Policy => &[],
        Wall::Role => &[Place::Lite],
        Wall::Statement if mutant.is_for_postgres() => &[Place::Plain],
        Wall::Statement => &[Place::Lite],
    }
}

/// The tests that were written to hold the tenancy's walls.
fn is_guard(test: &str) -> bool {
    ["isolation", "foreign", "doubles", "rls"].iter().any(|guard| test.starts_with(guard))
}

/// The words of a path by which its tests are likely called.
fn near(path: &str) -> Vec<&str> {
    let words = path.split('/').skip(3).flat_map(|part| part.split(['.', '_']));
    words.filter(|word| word.len() > 2 && *word != "mod").collect()
}

#[cfg(test)]
mod tests {
    use super::{Batch, Memory, guarding, near};
    use crate::isolation::binaries::Binary;

    #[test]
    fn whoever_noticed_before_is_asked_first() {
        let group = Batch { binary: 0, tests: vec!["calls::a::sqlite".into(), "calls::b::sqlite".into()] };
        let mut memory = Memory::default();
        assert_eq!(memory.known(&group), None);
        memory.note(0, "calls::b::sqlite");
        memory.note(1, "calls::a::sqlite");
        assert_eq!(memory.known(&group).unwrap().tests, ["calls::b::sqlite"]);
    }

    #[test]
    fn a_policy_is_shown_to_the_guards_of_the_store() {
        let domain = Binary::listed("domain", &["doubles::a"]);
        let store = Binary::listed("store", &["rls::a", "queue::b", "isolation::c"]);
        let found = guarding(&[domain, store]);
        assert_eq!(found, [Batch { binary: 1, tests: vec!["rls::a".into(), "isolation::c".into()] }]);
    }

    #[test]
    fn words_of_a_path_are_near() {
        assert_eq!(near("crates/domain/src/outbox/deliver.rs"), ["outbox", "deliver"]);
        assert_eq!(near("crates/domain/src/audit/mod.rs"), ["audit"]);
    }
}
