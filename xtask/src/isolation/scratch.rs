//! The scratch copy in which a mutant lives, and the tests that are run against it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::tree::Tree;
use crate::{Outcome, bench, run};

use super::mutants::{Mutant, Wall};

/// A copy of the tree under `target/mutants`, with a build directory that all mutants share.
pub struct Scratch {
    directory: PathBuf,
    target: PathBuf,
}

/// The tests that must notice: which crates' integration tests, and which of them.
const TENANT_TESTS: [(&str, &[&str]); 2] = [("vestibule-http", &["isolation"]), ("vestibule-domain", &[])];
const POLICY_TESTS: [(&str, &[&str]); 1] = [("vestibule-store", &["rls"])];

impl Scratch {
    /// Copies the files that git knows and the built web UI, which the sources embed.
    pub fn make(tree: &Tree) -> Outcome<Self> {
        let (root, mutants) = (run::root(), run::target().join("mutants"));
        let scratch = Self { directory: mutants.join("tree"), target: mutants.join("target") };
        if scratch.directory.exists() {
            std::fs::remove_dir_all(&scratch.directory)
                .map_err(|error| format!("cannot empty {}: {error}", scratch.directory.display()))?;
        }
        for path in tree.paths() {
            copy(&root.join(path), &scratch.directory.join(path))?;
        }
        let dist = scratch.directory.join("web/dist");
        std::fs::create_dir_all(&dist).map_err(|error| format!("cannot make {}: {error}", dist.display()))?;
        copy_all(&root.join("web/dist"), &dist)?;
        Ok(scratch)
    }

    /// Where the tests of the last run wrote.
    pub fn log(&self) -> PathBuf {
        self.directory.with_file_name("last.log")
    }

    /// Puts the mutant in, runs the tests, takes it out again. True when they noticed.
    pub fn try_mutant(&self, mutant: &Mutant) -> Outcome<bool> {
        let path = self.directory.join(&mutant.path);
        let before = run::read(&path)?;
        run::write(&path, &mutant.text)?;
        let noticed = self.notices(mutant.wall);
        run::write(&path, &before)?;
        noticed
    }

    /// Runs the tests that guard a wall. True when one failed. A copy that does not compile is an error, not a kill.
    pub fn notices(&self, wall: Wall) -> Outcome<bool> {
        let tests: &[(&str, &[&str])] = match wall {
            Wall::Statement | Wall::Role => &TENANT_TESTS,
            Wall::Policy => &POLICY_TESTS,
        };
        for (package, filter) in tests {
            let selection = ["-p", package, "--test", "it"];
            let mut build = run::cargo(&["test", "--no-run"]);
            build.args(selection);
            if !self.succeeds(&mut build)? {
                return Err(format!("the copy does not compile: see {}", self.log().display()));
            }
            if !self.succeeds(&mut bench::test_command(&selection, filter))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn succeeds(&self, command: &mut std::process::Command) -> Outcome<bool> {
        let log =
            std::fs::File::create(self.log()).map_err(|error| format!("cannot write the log: {error}"))?;
        let errors = log.try_clone().map_err(|error| format!("cannot write the log: {error}"))?;
        command
            .current_dir(&self.directory)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("VESTIBULE_TEST_POSTGRES", "required")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors);
        let status =
            command.status().map_err(|error| format!("cannot start `{}`: {error}", run::shown(command)))?;
        Ok(status.success())
    }
}

fn copy(from: &Path, to: &Path) -> Outcome {
    if let Some(directory) = to.parent() {
        std::fs::create_dir_all(directory)
            .map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
    }
    std::fs::copy(from, to).map(drop).map_err(|error| format!("cannot copy {}: {error}", from.display()))
}

fn copy_all(from: &Path, to: &Path) -> Outcome {
    let Ok(entries) = std::fs::read_dir(from) else { return Ok(()) };
    for entry in entries.flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy_all(&from, &to)? } else { copy(&from, &to)? }
    }
    Ok(())
}
