//! What the tests need from the system, and how to get it.

use std::path::PathBuf;

use crate::say::say;
use crate::{Outcome, run};

/// Which of the system's programs are wanted.
#[derive(Clone, Copy)]
pub struct Needs {
    /// A browser for the end-to-end tests.
    pub chromium: bool,
    /// The server programs of PostgreSQL (`initdb`, `postgres`); the tests start their own.
    pub postgres: bool,
}

impl Needs {
    /// Everything.
    pub const ALL: Self = Self { chromium: true, postgres: true };
}

/// Installs what is missing through apt when that is possible; otherwise says what to install.
pub fn setup(needs: Needs) -> Outcome {
    let mut missing = Vec::new();
    if needs.chromium && chromium().is_none() {
        missing.push("chromium");
    }
    if needs.postgres && !has_postgres() {
        missing.push("postgresql");
    }
    if missing.is_empty() {
        say("everything that the tests need is installed");
        return Ok(());
    }
    if !is_root() || run::find_program("apt-get").is_none() {
        return Err(format!(
            "the tests need {}, which this user cannot install. On Debian or Ubuntu: sudo apt-get install {}. \
             Elsewhere: a Chromium on the PATH (or named by CHROMIUM), and the server programs of PostgreSQL 15 or newer \
             on the PATH or in /usr/lib/postgresql",
            missing.join(" and "),
            missing.join(" ")
        ));
    }
    say(&format!("installing {}", missing.join(" and ")));
    run::run(apt(&["update", "-q"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    let mut install = apt(&["install", "-y", "-q", "--no-install-recommends"]);
    run::run(install.args(&missing).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn apt(arguments: &[&str]) -> std::process::Command {
    let mut command = run::command("apt-get");
    command.args(arguments);
    command
}

/// The browser: the one that CHROMIUM names, or the first on the PATH.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| run::find_program(name))
}

fn has_postgres() -> bool {
    if run::find_program("initdb").is_some() && run::find_program("postgres").is_some() {
        return true;
    }
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else { return false };
    versions.flatten().any(|version| version.path().join("bin/initdb").is_file())
}

fn is_root() -> bool {
    run::output(run::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
