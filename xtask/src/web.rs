//! The web UI: installing its packages, building it, checking it.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use crate::say::say;
use crate::{Outcome, run};

/// An npm command in `web/`.
pub fn npm(arguments: &[&str]) -> Command {
    let mut command = run::command("npm");
    command.current_dir(run::root().join("web")).args(arguments);
    command
        .env("npm_config_fund", "false")
        .env("npm_config_audit", "false")
        .env("npm_config_update_notifier", "false");
    command
}

/// True when Node is there and new enough.
pub fn has_node() -> bool {
    node_major().is_some_and(|major| major >= 20) && run::find_program("npm").is_some()
}

fn node_major() -> Option<u32> {
    run::find_program("node")?;
    parse_major(&run::output(run::command("node").arg("--version")).ok()?)
}

fn parse_major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs the packages that the lock file names, unless that was done since the lock file last changed.
pub fn install() -> Outcome {
    if !has_node() {
        return Err("Node 20 or newer with npm is needed: https://nodejs.org/en/download".into());
    }
    let web = run::root().join("web");
    let lock = modified(&web.join("package-lock.json"));
    let done = modified(&web.join("node_modules/.package-lock.json"));
    if done.is_some() && done >= lock {
        say("the packages are up to date");
        return Ok(());
    }
    run::run(&mut npm(&["ci"]))
}

/// Builds `web/dist`, which the binary carries.
pub fn build() -> Outcome {
    run::run(&mut npm(&["run", "build"]))
}

/// Types, lints, the two languages, file sizes.
pub fn check() -> Outcome {
    run::run(&mut npm(&["run", "check"]))
}

/// The unit tests of the UI.
pub fn test() -> Outcome {
    run::run(&mut npm(&["test"]))
}

/// Builds only when a source is newer than the build.
pub fn build_if_stale() -> Outcome {
    let web = run::root().join("web");
    let built = modified(&web.join("dist/index.html"));
    let sources =
        ["src", "public", "scripts", "index.html", "package-lock.json", "package.json", "vite.config.ts"];
    let newest = sources.iter().filter_map(|name| newest_in(&web.join(name))).max();
    if built.is_some() && built >= newest {
        say("the web UI is up to date");
        return Ok(());
    }
    build()
}

/// The binary can be built without the UI; the directory that it embeds must exist all the same.
pub fn ensure_directory() -> Outcome {
    let dist = run::root().join("web/dist");
    std::fs::create_dir_all(&dist).map_err(|error| format!("cannot make {}: {error}", dist.display()))
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn newest_in(path: &Path) -> Option<SystemTime> {
    let own = modified(path);
    let Ok(entries) = std::fs::read_dir(path) else { return own };
    entries.flatten().filter_map(|entry| newest_in(&entry.path())).chain(own).max()
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(parse_major("v20.20.2\n"), Some(20));
        assert_eq!(parse_major("twenty"), None);
    }
}
