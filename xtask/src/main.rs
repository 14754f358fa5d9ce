//! The project's own tool: builds, checks, measures. `cargo xtask --help` lists what it does; `cargo xtask test`
//! is what the README names and what continuous integration runs.

mod bench;
mod demo;
mod fuzz;
mod generate;
mod house;
mod isolation;
mod licences;
mod run;
mod say;
mod schema;
mod screens;
mod server;
mod setup;
mod suite;
mod tree;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::say::complain;

/// What every task returns: nothing, or a sentence that says what went wrong and what to do.
pub type Outcome<T = ()> = Result<T, String>;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Builds, checks and measures Vestibule.",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every check, in the order of continuous integration.
    Test(suite::Options),
    /// Build the web UI and the server, and serve the demo.
    Demo(demo::Options),
    /// Write the OpenAPI document and the TypeScript types from the Rust code.
    Gen {
        /// Only compare; fail when something is out of date.
        #[arg(long)]
        check: bool,
    },
    /// Check the rules of the house: dependencies, sizes, SQL, tenancy, documents.
    House,
    /// Remove one wall of the tenancy at a time in a scratch copy; each removal must be noticed.
    Isolation(isolation::Options),
    /// Throw bytes at every parser, guided by coverage.
    Fuzz(fuzz::Options),
    /// Measure: builds the optimised server and its load generator, and passes the arguments on.
    Bench {
        /// What to measure, and how (for example `ingest --events 3000`).
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<String>,
    },
    /// Kill the server at random points and check that nothing accepted is lost.
    Crash {
        /// How many times to kill it.
        #[arg(long, default_value_t = 20)]
        rounds: u32,
    },
    /// Run a day of simulated providers through the program, on each database, and compare it with what is true.
    Day {
        /// How many calls the day has.
        #[arg(long, default_value_t = 1_000)]
        calls: u32,
    },
    /// Ask a demo what its OpenAPI document allows and what not; no 5xx, no answer outside the document.
    Schema(schema::Options),
    /// Make the pictures of the README from a running demo.
    Screens,
    /// Install what the tests need (Chromium, PostgreSQL) when it is missing.
    Setup,
}

fn main() -> ExitCode {
    if let Some(code) = fuzz::wrapped() {
        return code;
    }
    let arguments = Arguments::parse();
    match perform(arguments.task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            complain(&format!("error: {reason}"));
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Outcome {
    match task {
        Task::Test(options) => suite::test(&options),
        Task::Demo(options) => demo::demo(&options),
        Task::Gen { check } => generate::generate(check),
        Task::House => house::house(),
        Task::Isolation(options) => isolation::isolation(&options),
        Task::Fuzz(options) => fuzz::fuzz(&options),
        Task::Bench { arguments } => bench::bench(&arguments),
        Task::Crash { rounds } => bench::crash(rounds),
        Task::Day { calls } => bench::day(calls),
        Task::Schema(options) => schema::schema(&options),
        Task::Screens => screens::readme(),
        Task::Setup => setup::setup(setup::Needs::ALL),
    }
}
