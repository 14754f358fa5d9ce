//! Which tests meet which mutant: all run once, some at a time, and note each statement that is run and each check that is
//! asked. A mutant is shown to those alone that meet it; it also shows that they pass without any.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::binaries::{Binary, Ended};
use super::literals::Engine;
use super::mutants::{Means, Mutant};
use crate::Outcome;
use crate::say::say;

/// How many tests run in one process.
const TOGETHER: usize = 8;

/// Where a test runs, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// On SQLite, or on no database.
    Lite,
    /// On PostgreSQL without row-level security.
    Plain,
    /// On PostgreSQL as it is in production.
    Walled,
}

impl Place {
    /// The place of a test.
    pub fn of(test: &str) -> Self {
        match test.rsplit("::").next() {
            Some("postgres_plain") => Self::Plain,
            Some("postgres_rls") => Self::Walled,
            _ => Self::Lite,
        }
    }
}

/// Tests that run together, and what they meet.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The crate, by its place in the list of binaries.
    pub binary: usize,
    /// Their names.
    pub tests: Vec<String>,
    met: HashSet<String>,
}

/// What all tests of some places meet.
#[derive(Default, Serialize, Deserialize)]
pub struct Reach {
    /// What the binaries were when it was noted.
    of: String,
    groups: Vec<Group>,
}

impl Reach {
    /// Runs every test of a place once, or reads what was noted when the same binaries were.
    pub fn of(
        place: Place,
        binaries: &[Binary],
        kept: &Path,
        run: impl Fn(usize, &[String], &Path) -> Outcome<Ended>,
    ) -> Outcome<Self> {
        let of = binaries.iter().map(Binary::print).collect::<Outcome<Vec<_>>>()?.join("\n");
        let file = kept.join(format!("reach-{place:?}.json"));
        let known: Option<Self> =
            std::fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        if let Some(known) = known.filter(|known| known.of == of) {
            return Ok(known);
        }
        let mut groups = Vec::new();
        for (binary, tests) in together(place, binaries) {
            let notes = kept.join("met");
            drop(std::fs::remove_file(&notes));
            let ended = run(binary, &tests, &notes)?;
            if ended != Ended::Passed {
                return Err(format!(
                    "the tests do not pass without any mutant: {ended:?}, see {}",
                    kept.join("last.log").display()
                ));
            }
            let met = std::fs::read_to_string(&notes).unwrap_or_default();
            let met = met.split_terminator('\0').map(str::to_owned).collect();
            groups.push(Group { binary, tests, met });
        }
        say(&format!("{} groups of tests pass without any mutant", groups.len()));
        let reach = Self { of, groups };
        let text = serde_json::to_vec(&reach).map_err(|error| error.to_string())?;
        std::fs::write(&file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        Ok(reach)
    }

    /// The groups that meet a mutant.
    pub fn meeting<'r>(&'r self, mutant: &'r Mutant) -> impl Iterator<Item = &'r Group> {
        self.groups.iter().filter(move |group| group.met.iter().any(|met| is(mutant, met)))
    }
}

/// Whether what was met is where a mutant is.
fn is(mutant: &Mutant, met: &str) -> bool {
    let Some((kind, text)) = met.split_once(' ') else { return false };
    match &mutant.means {
        Means::Statement(swap) => {
            let is_there = match swap.was.engine {
                Engine::Both => kind != "check",
                one => kind == one.as_str(),
            };
            is_there && text.starts_with(&swap.was.text)
        }
        Means::Check(name) => kind == "check" && text == name,
        Means::Schema | Means::Nothing => false,
    }
}

fn together(place: Place, binaries: &[Binary]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for (index, binary) in binaries.iter().enumerate() {
        // Those of one file together: they meet the same.
        let mut files: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
        for test in binary.tests.iter().filter(|test| Place::of(test) == place) {
            files.entry(test.split("::").next().unwrap_or_default()).or_default().insert(test);
        }
        for tests in files.into_values() {
            let tests: Vec<String> = tests.into_iter().cloned().collect();
            found.extend(tests.chunks(TOGETHER).map(|some| (index, some.to_vec())));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Place, is, together};
    use crate::isolation::binaries::Binary;
    use crate::isolation::mutants::{Means, Mutant, Wall, of_statements};

    #[test]
    fn tests_of_one_file_and_place_run_together() {
        let names = ["calls::a::sqlite", "calls::a::postgres_plain", "calls::b::sqlite", "keys::c"];
        let found = together(Place::Lite, &[Binary::listed("domain", &names)]);
        let want = [vec!["calls::a::sqlite", "calls::b::sqlite"], vec!["keys::c"]];
        assert_eq!(found.into_iter().map(|(_, tests)| tests).collect::<Vec<_>>(), want);
        assert_eq!(Place::of("calls::a::postgres_rls"), Place::Walled);
    }

    #[test]
    fn a_mutant_is_met_where_its_statement_or_check_is() {
        let source = "fn f() { tsql!(sqlite: \"SELECT a FROM t WHERE tenant_id = $1\", pg: \"SELECT 1\") }";
        let statement = &of_statements("a.rs", source)[0];
        assert!(is(statement, "sqlite SELECT a FROM t WHERE tenant_id = $1 AND b = $2"));
        assert!(!is(statement, "postgres SELECT a FROM t WHERE tenant_id = $1"));
        assert!(!is(statement, "sqlite SELECT a FROM t"));
        let check = Mutant::new(Wall::Role, "a.rs", "abc", 0..1, "x").by(Means::Check("get /c".into()));
        assert!(is(&check, "check get /c") && !is(&check, "check get /cd"));
    }
}
