//! A measurement that is interrupted takes what it started with it: the server, PostgreSQL and the data.

use crate::process;
use crate::say::{Outcome, aside};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// From now on SIGINT and SIGTERM end everything that descends from this process and remove `folder`.
pub fn clean_up(folder: &Path) -> Outcome {
    let folder = folder.to_owned();
    let runtime = crate::postgres::runtime()?;
    let (mut int, mut term) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => {}
            }
        });
        aside("interrupted: stopping what was started");
        end(&folder);
        std::process::exit(130);
    });
    Ok(())
}

fn end(folder: &PathBuf) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        let living = process::descendants(std::process::id());
        if living.is_empty() {
            break;
        }
        for (pid, name) in living {
            // PostgreSQL shuts down fast on SIGINT, and its own processes with it; runuser goes when it does.
            let signal = if name == "postgres" { "-INT" } else { "-KILL" };
            if name != "runuser" {
                // It may have gone by itself meanwhile.
                drop(Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status());
            }
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    drop(std::fs::remove_dir_all(folder));
}
