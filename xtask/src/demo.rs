//! `cargo xtask demo`: from a clean clone to a running demo.

use std::os::unix::process::CommandExt;

use crate::say::say;
use crate::{Outcome, run, web};

/// What `cargo xtask demo` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The address to listen on; the server's default when absent.
    #[arg(long)]
    listen: Option<String>,
}

/// Builds the UI and the server and becomes the server.
pub fn demo(options: &Options) -> Outcome {
    if web::has_node() {
        web::install()?;
        web::build_if_stale()?;
    } else {
        say(
            "warning: without Node 20 the web UI is not built; everything else works (https://nodejs.org/en/download)",
        );
        web::ensure_directory()?;
    }
    let mut server = run::cargo(&["run", "-p", "vestibule", "--", "serve", "--demo"]);
    if let Some(listen) = &options.listen {
        server.args(["--listen", listen]);
    }
    // Replaces this process, so that Ctrl-C reaches the server alone.
    let error = server.exec();
    Err(format!("cannot start `{}`: {error}", run::shown(&server)))
}
