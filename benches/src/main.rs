//! Measures the server: what it acknowledges, folds and owes, and how quickly it shows a page of calls.
//! `docs/ops/performance.md` says what is measured and how to read it. Run it by `cargo xtask bench`.

mod auth;
mod backlog;
mod ceiling;
mod check;
mod delivery;
mod ingest;
mod interrupt;
mod load;
mod machine;
mod neighbours;
mod nobody;
mod owner;
mod page;
mod place;
mod postgres;
mod prepare;
mod prober;
mod process;
mod receiver;
mod report;
mod samples;
mod say;
mod seed;
mod sender;
mod server;
mod stand;
mod wire;
mod world;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures the server.
#[derive(Parser)]
#[command(name = "vestibule-bench", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Signed webhooks over loopback: acknowledged, folded and owed.
    Ingest(ingest::Options),
    /// A page of calls with any one filter, in a tenant with many calls among many tenants.
    Page(page::Options),
    /// Deliveries to a fast receiver: a second, how soon they begin, and the memory that a large backlog takes.
    Delivery(delivery::Options),
    /// Who asks and may they: what a request costs in the processor besides the look-ups, for each kind of a person's token.
    Auth(auth::Options),
    /// How much one tenant's deliveries wait for others whose receivers are dead or hang.
    Neighbours(neighbours::Options),
    /// The load generator, which `ingest` starts.
    #[command(hide = true)]
    Load {
        /// What to send.
        plan: PathBuf,
    },
}

fn main() -> ExitCode {
    let outcome = match &Cli::parse().command {
        Command::Ingest(options) => ingest::ingest(options),
        Command::Page(options) => page::page(options),
        Command::Delivery(options) => delivery::delivery(options),
        Command::Auth(options) => auth::auth(options),
        Command::Neighbours(options) => neighbours::neighbours(options),
        Command::Load { plan } => load::run(plan),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say::aside(&format!("vestibule-bench: {fault}"));
            ExitCode::FAILURE
        }
    }
}
