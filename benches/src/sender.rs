//! Starting the load generator and listening to it.

use crate::say::Outcome;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The load generator's process.
pub struct Sender {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Sender {
    /// Starts it with a plan.
    pub fn start(plan: &Path) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("load")
            .arg(plan)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the load generator has no output")?;
        Ok(Self { child, lines: BufReader::new(stdout).lines() })
    }

    fn next(&mut self) -> Outcome<String> {
        Ok(self.lines.next().ok_or("the load generator failed")??)
    }

    /// Waits for a line that must be this one.
    pub fn line(&mut self, want: &str) -> Outcome {
        let line = self.next()?;
        if line == want { Ok(()) } else { Err(format!("the load generator says {line}").into()) }
    }

    /// Waits for its last line and its end.
    pub fn last_line(&mut self) -> Outcome<String> {
        let line = self.next()?;
        if self.child.wait()?.success() { Ok(line) } else { Err("the load generator failed".into()) }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
