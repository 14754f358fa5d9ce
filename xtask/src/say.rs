//! Lines for the person at the terminal.

use std::io::Write;

/// Writes one line to the standard output. A closed pipe is nobody's loss.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Writes one line to the standard error.
pub fn complain(line: &str) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
