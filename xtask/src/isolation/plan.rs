//! Which tests a mutant is shown to, in which order: what noticed others before, what is near, then the rest.

use super::binaries::Binary;
use super::literals::Engine;
use super::mutants::{Mutant, Wall};

/// How many tests run at once before anybody looks whether one failed.
const BATCH: usize = 12;

/// Some tests of one crate.
#[derive(Debug, PartialEq, Eq)]
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

    fn place(&self, binary: usize, test: &str) -> usize {
        self.0.iter().position(|(room, name)| *room == binary && name == test).unwrap_or(usize::MAX)
    }
}

/// All batches for a mutant.
pub fn batches(mutant: &Mutant, binaries: &[Binary], memory: &Memory) -> Vec<Batch> {
    let near = near(&mutant.path);
    let mut chosen: Vec<(u8, usize, bool, usize, &str)> = Vec::new();
    for (index, binary) in binaries.iter().enumerate() {
        for test in &binary.tests {
            let Some(stage) = stage(mutant, &binary.room, test) else { continue };
            let known = memory.place(index, test);
            let is_far = !is_guard(test) && !near.iter().any(|word| test.contains(word));
            // What the doors do is done by the rooms behind them, whose tests are quicker.
            if is_far && binary.room == "http" {
                continue;
            }
            chosen.push((stage, known, is_far, index, test));
        }
    }
    chosen.sort_unstable();
    let mut batches: Vec<Batch> = Vec::new();
    let mut last = None;
    for (stage, known, is_far, binary, test) in chosen {
        let kind = (stage, known != usize::MAX, is_far, binary);
        match batches.last_mut() {
            Some(batch) if last == Some(kind) && batch.tests.len() < BATCH => {
                batch.tests.push(test.to_owned())
            }
            _ => batches.push(Batch { binary, tests: vec![test.to_owned()] }),
        }
        last = Some(kind);
    }
    batches
}

/// The tests that were written to hold the tenancy's walls.
fn is_guard(test: &str) -> bool {
    ["isolation", "foreign", "doubles", "rls"].iter().any(|guard| test.starts_with(guard))
}

/// When a test's turn comes, if it may notice the mutant at all. A statement shows where row-level security does not
/// stand behind it: on SQLite, which is the quickest, and on PostgreSQL without it.
fn stage(mutant: &Mutant, room: &str, test: &str) -> Option<u8> {
    let engine = mutant.swap.as_ref().map_or(Engine::Both, |swap| swap.was.engine);
    let (sqlite, plain, rls) =
        (test.ends_with("::sqlite"), test.ends_with("::postgres_plain"), test.ends_with("::postgres_rls"));
    match mutant.wall {
        Wall::Policy => (room == "store" && is_guard(test)).then_some(0),
        Wall::Role => (room != "store" && !plain && !rls).then_some(u8::from(!sqlite || !is_guard(test))),
        Wall::Statement if sqlite => (engine != Engine::Postgres).then_some(0),
        Wall::Statement if plain => (engine != Engine::Sqlite).then_some(1),
        Wall::Statement if rls => None,
        Wall::Statement => (!is_guard(test)).then_some(2),
    }
}

/// The words of a path by which its tests are likely called.
fn near(path: &str) -> Vec<&str> {
    let words = path.split('/').skip(3).flat_map(|part| part.split(['.', '_']));
    words.filter(|word| word.len() > 2 && *word != "mod").collect()
}

#[cfg(test)]
mod tests {
    use super::{Memory, batches, near};
    use crate::isolation::binaries::Binary;
    use crate::isolation::mutants::of_statements;

    fn names(text: &str, memory: &Memory) -> Vec<Vec<String>> {
        let tests =
            ["calls::b::sqlite", "calls::b::postgres_rls", "calls::b::postgres_plain", "keys::c::sqlite"];
        let binaries = [Binary::listed("domain", &tests), Binary::listed("http", &["isolation::a::sqlite"])];
        let mutants = of_statements("crates/domain/src/calls/detail.rs", text);
        batches(&mutants[0], &binaries, memory).into_iter().map(|batch| batch.tests).collect()
    }

    #[test]
    fn what_is_near_comes_first_and_postgres_last() {
        let text = "fn f() { tsql!(\"SELECT a FROM calls WHERE tenant_id = $1\") }";
        let mut memory = Memory::default();
        let want = [
            ["calls::b::sqlite"],
            ["isolation::a::sqlite"],
            ["keys::c::sqlite"],
            ["calls::b::postgres_plain"],
        ];
        assert_eq!(names(text, &memory), want);
        memory.note(0, "keys::c::sqlite");
        assert_eq!(names(text, &memory)[0], ["keys::c::sqlite"]);
    }

    #[test]
    fn a_statement_of_one_database_is_shown_there_alone() {
        let text = "fn f() { tsql!(sqlite: \"SELECT 1\", pg: \"SELECT a FROM calls WHERE tenant_id = $1\") }";
        assert_eq!(names(text, &Memory::default()), [["calls::b::postgres_plain"]]);
    }

    #[test]
    fn words_of_a_path_are_near() {
        assert_eq!(near("crates/domain/src/outbox/deliver.rs"), ["outbox", "deliver"]);
        assert_eq!(near("crates/domain/src/audit/mod.rs"), ["audit"]);
    }
}
