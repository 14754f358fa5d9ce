//! The scratch copy in which mutants live: patched and built once, so that most mutants are only a variable in the
//! environment of its tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::tree::Tree;
use crate::{Outcome, run};

use super::binaries::{self, Binary};
use super::mutants::{Means, Mutant};
use super::{patch, policies};

/// The tests that must notice: of these crates those of the whole, and those of the table of permissions itself.
const TESTS: [&[&str]; 2] = [
    &["--test", "it", "-p", "vestibule-http", "-p", "vestibule-domain", "-p", "vestibule-store"],
    &["--lib", "-p", "vestibule-access"],
];
/// How many programs that is.
const PROGRAMS: usize = 4;

/// A copy of the tree under `target/mutants`, with a build directory of its own.
pub struct Scratch {
    /// The root of the copy.
    pub directory: PathBuf,
    target: PathBuf,
}

impl Scratch {
    /// Copies the files that git knows and the built web UI, which the sources embed. What did not change since the
    /// last time keeps its age, or all would be compiled again.
    pub fn make(tree: &Tree, all: &[&Mutant]) -> Outcome<Self> {
        let (root, mutants) = (run::root(), run::target().join("mutants"));
        let scratch = Self { directory: mutants.join("tree"), target: mutants.join("target") };
        let mut wanted = BTreeSet::new();
        for path in tree.paths() {
            match tree.text(path) {
                Some(text) => scratch.put(path, patch::patched(path, text, all)?.as_bytes())?,
                None => scratch.put(path, &read(&root.join(path))?)?,
            }
            wanted.insert(scratch.directory.join(path));
        }
        let (path, text) = patch::PLANTED;
        scratch.put(path, text.as_bytes())?;
        wanted.insert(scratch.directory.join(path));
        let dist = root.join("web/dist");
        for file in files(&dist) {
            let path = file.strip_prefix(&root).unwrap_or(&file);
            scratch.put(&path.to_string_lossy(), &read(&file)?)?;
            wanted.insert(scratch.directory.join(path));
        }
        for left in files(&scratch.directory).into_iter().filter(|file| !wanted.contains(file)) {
            std::fs::remove_file(&left)
                .map_err(|error| format!("cannot remove {}: {error}", left.display()))?;
        }
        Ok(scratch)
    }

    /// Where the tests of the last run wrote.
    pub fn log(&self) -> PathBuf {
        self.beside("last.log")
    }

    /// What is there once the tests have met the mutant.
    pub fn reached(&self) -> PathBuf {
        self.beside("reached")
    }

    /// Where things are kept between runs.
    pub fn kept(&self) -> PathBuf {
        self.directory.parent().map_or_else(|| self.directory.clone(), Path::to_path_buf)
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.directory.with_file_name(name)
    }

    /// Builds the tests. A copy that does not compile is an error, not a kill.
    pub fn build(&self) -> Outcome<Vec<Binary>> {
        let mut found = Vec::new();
        for tests in TESTS {
            let log = std::fs::File::create(self.log())
                .map_err(|error| format!("cannot write the log: {error}"))?;
            let mut build = run::cargo(&["test", "--no-run", "--message-format", "json-render-diagnostics"]);
            build.args(tests).current_dir(&self.directory).env("CARGO_TARGET_DIR", &self.target);
            let output = build
                .stdin(Stdio::null())
                .stderr(log)
                .output()
                .map_err(|error| format!("cannot start `{}`: {error}", run::shown(&build)))?;
            if !output.status.success() {
                return Err(format!("the copy does not compile: see {}", self.log().display()));
            }
            let messages = String::from_utf8_lossy(&output.stdout);
            found.extend(binaries::of_messages(&messages, &self.directory)?);
        }
        if found.len() != PROGRAMS || found.iter().any(|binary| binary.tests.is_empty()) {
            return Err(format!("{PROGRAMS} programs of tests were looked for, {} found", found.len()));
        }
        Ok(found)
    }

    /// The variables that wake a mutant while the tests run.
    pub fn variables(&self, mutant: &Mutant) -> Outcome<Vec<(String, String)>> {
        let mut set = vec![("REACHED", self.reached().to_string_lossy().into_owned())];
        match &mutant.means {
            Means::Statement(swap) => {
                set.push(("ENGINE", swap.was.engine.as_str().to_owned()));
                set.push(("WAS", swap.was.text.clone()));
                set.push(("BECOMES", swap.becomes.clone()));
            }
            Means::Schema => {
                let step = policies::step(&mutant.path).ok_or("a policy that is not in a migration")?;
                let file = self.beside("schema.sql");
                run::write(&file, &mutant.text)?;
                set.push(("STEP", step.to_owned()));
                set.push(("SCHEMA", file.to_string_lossy().into_owned()));
            }
            Means::Check(name) => set.push(("CHECK", name.clone())),
            Means::Nothing => return Err(format!("nothing wakes {mutant}")),
        }
        Ok(set.into_iter().map(|(name, value)| (format!("VESTIBULE_MUTANT_{name}"), value)).collect())
    }

    fn put(&self, path: &str, bytes: &[u8]) -> Outcome {
        let file = self.directory.join(path);
        if std::fs::read(&file).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        if let Some(directory) = file.parent() {
            std::fs::create_dir_all(directory)
                .map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
        }
        std::fs::write(&file, bytes).map_err(|error| format!("cannot write {}: {error}", file.display()))
    }
}

fn read(file: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// Every file under a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
