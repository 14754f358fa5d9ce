//! What is printed, and how a measurement fails.

use std::io::Write;

/// Why a measurement could not be made.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What became of a step.
pub type Outcome<T = ()> = Result<T, Fault>;

/// Prints a line. A reader that has gone away is not an error.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// Prints a line to the person who waits, not to who reads the result.
pub fn aside(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}
