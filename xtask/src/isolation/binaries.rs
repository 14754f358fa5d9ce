//! The compiled tests of the scratch copy, run without cargo: some of them by name, for a bounded time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::{Outcome, run};

/// A crate's integration tests.
pub struct Binary {
    /// The folder of the crate under `crates/`.
    pub room: String,
    program: PathBuf,
    /// The names of its tests.
    pub tests: Vec<String>,
}

/// How a run of some tests ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// All passed.
    Passed,
    /// These failed.
    Failed(Vec<String>),
    /// Not in time.
    Late {
        /// Those that had failed by then.
        failed: Vec<String>,
        /// Those that had not ended.
        running: Vec<String>,
    },
    /// Not by passing or failing: it did not start, or fell over.
    Broken(String),
}

/// The binaries of tests that cargo's messages name.
pub fn of_messages(messages: &str, directory: &Path) -> Outcome<Vec<Binary>> {
    let mut found = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let (Some(program), Some(true), Some(manifest)) = (
            message["executable"].as_str(),
            message["profile"]["test"].as_bool(),
            message["manifest_path"].as_str(),
        ) else {
            continue;
        };
        let room = Path::new(manifest).parent().and_then(Path::file_name).unwrap_or_default();
        let mut binary =
            Binary { room: room.to_string_lossy().into_owned(), program: program.into(), tests: Vec::new() };
        let listed = run::output(binary.command(directory).args(["--list", "--format", "terse"]))?;
        let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
        binary.tests = names.map(str::to_owned).collect();
        found.push(binary);
    }
    Ok(found)
}

impl Binary {
    /// A binary that is only a list of names.
    #[cfg(test)]
    pub fn listed(room: &str, tests: &[&str]) -> Self {
        let tests = tests.iter().map(|test| (*test).to_owned()).collect();
        Self { room: room.into(), program: PathBuf::new(), tests }
    }

    fn command(&self, directory: &Path) -> Command {
        let mut command = run::command(&self.program);
        command.current_dir(directory.join("crates").join(&self.room));
        command.env("VESTIBULE_TEST_POSTGRES", "required").stdin(Stdio::null());
        command
    }

    /// What tells this binary from another build of it.
    pub fn print(&self) -> Outcome<String> {
        let read = || -> std::io::Result<String> {
            let meta = std::fs::metadata(&self.program)?;
            Ok(format!("{} {} {:?}", self.program.display(), meta.len(), meta.modified()?))
        };
        read().map_err(|error| format!("cannot look at {}: {error}", self.program.display()))
    }

    /// Runs the tests of these names; what they write goes to the log.
    pub fn run(
        &self,
        directory: &Path,
        tests: &[String],
        mutant: &[(String, String)],
        log: &Path,
        longest: Duration,
    ) -> Outcome<Ended> {
        let cannot = |what: &str, error: std::io::Error| format!("cannot {what}: {error}");
        let file = File::create(log).map_err(|error| cannot("write the log", error))?;
        let errors = file.try_clone().map_err(|error| cannot("write the log", error))?;
        let mut command = self.command(directory);
        command.arg("--exact").args(tests).stdout(file).stderr(errors);
        command.envs(mutant.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().map_err(|error| cannot("start the tests", error))?;
        let beginning = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(|error| cannot("wait for the tests", error))? {
                break Some(status);
            }
            if beginning.elapsed() > longest {
                child.kill().map_err(|error| cannot("end the tests", error))?;
                child.wait().map_err(|error| cannot("wait for the tests", error))?;
                break None;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let said = std::fs::read(log).map_err(|error| cannot("read the log", error))?;
        Ok(ended(status, &String::from_utf8_lossy(&said), tests))
    }
}

/// What an exit and the lines before it mean.
fn ended(status: Option<ExitStatus>, said: &str, tests: &[String]) -> Ended {
    let so = |how: &str| -> Vec<String> {
        let name = |line: &str| Some(line.strip_prefix("test ")?.strip_suffix(how)?.to_owned());
        said.lines().filter_map(name).collect()
    };
    let failed = so(" ... FAILED");
    match status {
        None => {
            let over = [so(" ... ok"), failed.clone()].concat();
            let running = tests.iter().filter(|test| !over.contains(test)).cloned().collect();
            Ended::Late { failed, running }
        }
        Some(status) if status.success() => Ended::Passed,
        // What Rust's tests say when one failed.
        Some(status) if status.code() == Some(101) && !failed.is_empty() => Ended::Failed(failed),
        Some(status) => Ended::Broken(status.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Ended, ended};
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn exit(code: i32) -> Option<ExitStatus> {
        Some(ExitStatus::from_raw(code << 8))
    }

    #[test]
    fn only_a_failed_test_is_a_failure() {
        let said = "running 2 tests\ntest a::sqlite ... ok\ntest b::sqlite ... FAILED\n\nfailures:\n";
        let tests = ["a::sqlite", "b::sqlite", "c::sqlite"].map(str::to_owned);
        let end = |status, said| ended(status, said, &tests);
        assert_eq!(end(exit(0), ""), Ended::Passed);
        assert_eq!(end(exit(101), said), Ended::Failed(vec!["b::sqlite".into()]));
        assert!(matches!(end(exit(101), "running 0 tests"), Ended::Broken(_)), "it did not start");
        assert!(matches!(end(exit(1), said), Ended::Broken(_)));
        assert!(matches!(end(Some(ExitStatus::from_raw(9)), said), Ended::Broken(_)), "it was killed");
        let late = Ended::Late { failed: vec!["b::sqlite".into()], running: vec!["c::sqlite".into()] };
        assert_eq!(end(None, said), late);
    }
}
