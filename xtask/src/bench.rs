//! Measuring and killing: the load generator, the crash rounds, and how tests are run at all.

use std::process::Command;

use crate::say::say;
use crate::{Outcome, run};

/// A command that runs tests: through nextest when it is installed, through `cargo test` when not.
/// `selection` is cargo's (`-p x --test it`), `filter` the names of the tests.
pub fn test_command(selection: &[&str], filter: &[&str]) -> Command {
    if run::has_cargo_command("nextest") {
        let mut command = run::cargo(&["nextest", "run"]);
        command.args(selection).args(filter);
        return command;
    }
    let mut command = run::cargo(&["test", "--quiet"]);
    command.args(selection);
    if selection.contains(&"--workspace") {
        command.args(["--lib", "--bins", "--tests"]);
    }
    command.arg("--").args(filter);
    command
}

/// Builds the optimised server and its load generator, and runs the latter.
pub fn bench(arguments: &[String]) -> Outcome {
    run::run(&mut run::cargo(&[
        "build",
        "--profile",
        "bench-release",
        "-p",
        "vestibule",
        "-p",
        "vestibule-bench",
    ]))?;
    let built = run::target().join("bench-release");
    let mut generator = run::command(built.join("vestibule-bench"));
    generator.args(arguments).env("VESTIBULE_BIN", built.join("vestibule"));
    run::run(&mut generator)
}

/// Runs the crash test with more rounds than the ordinary run has.
pub fn crash(rounds: u32) -> Outcome {
    say(&format!("killing the server {rounds} times"));
    aloud("crash", "VESTIBULE_CRASH_ROUNDS", rounds)
}

/// Runs the day of simulated providers with more calls than the ordinary run has.
pub fn day(calls: u32) -> Outcome {
    say(&format!("a day of {calls} calls, on each database"));
    aloud("day", "VESTIBULE_DAY_CALLS", calls)
}

/// Runs tests of the real program one after another, with all that they print.
fn aloud(filter: &str, variable: &str, size: u32) -> Outcome {
    let mut command = test_command(&["-p", "vestibule", "--test", "it"], &[filter]);
    command.arg(if run::has_cargo_command("nextest") { "--no-capture" } else { "--nocapture" });
    command.env(variable, size.to_string());
    run::run(&mut command)
}
