//! `cargo xtask fuzz`: every parser under libFuzzer, guided by coverage, on the stable compiler. Only the crates of the
//! workspace are instrumented: this tool stands between cargo and their compiler, so that what they depend on is
//! shared with the ordinary build.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::say::say;
use crate::{Outcome, run};

/// What `cargo xtask fuzz` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Only this target; `--target list` names them.
    #[arg(long)]
    target: Option<String>,
    /// How long each target is tried.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Present when cargo starts this tool in the place of the compiler.
const WRAPS: &str = "VESTIBULE_FUZZ_WRAPS";
/// How long each target is tried in continuous integration.
const SHORT: u32 = 1;
/// What makes the compiler count which branches run, and what values they compare.
const INSTRUMENTS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "-Cdebug-assertions=on",
    "-Coverflow-checks=on",
    "--cfg=fuzzing",
];

/// Runs the compiler with the instruments, when that is what this process was started for.
pub fn wrapped() -> Option<ExitCode> {
    std::env::var_os(WRAPS)?;
    let mut arguments = std::env::args_os().skip(1);
    let mut compiler = Command::new(arguments.next()?);
    compiler.args(arguments).args(INSTRUMENTS);
    let code = compiler.status().ok().and_then(|status| status.code()).unwrap_or(1);
    Some(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// The step of continuous integration: every target for a moment.
pub fn shortly() -> Outcome {
    fuzz(&Options { target: None, seconds: SHORT })
}

/// Builds the fuzzer and runs its targets.
pub fn fuzz(options: &Options) -> Outcome {
    let names = targets()?;
    if options.target.as_deref() == Some("list") {
        names.iter().for_each(|name| say(name));
        return Ok(());
    }
    let chosen: Vec<&String> =
        names.iter().filter(|name| options.target.as_ref().is_none_or(|only| only == *name)).collect();
    if chosen.is_empty() {
        return Err(format!("there is no such target; the targets are: {}", names.join(", ")));
    }
    let program = build()?;
    let left = Mutex::new(chosen.into_iter());
    let broken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(|| {
                while let Some(name) = lock(&left).next() {
                    if let Err(reason) = one(&program, name, options.seconds) {
                        say(&reason);
                        lock(&broken).push(name.as_str());
                    }
                }
            });
        }
    });
    let broken = lock(&broken);
    if broken.is_empty() {
        return Ok(());
    }
    Err(format!("these targets broke: {}; put each input under fuzz/regressions/TARGET/", broken.join(", ")))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names that `fuzz/src/lib.rs` lists.
fn targets() -> Outcome<Vec<String>> {
    let source = run::read(&run::root().join("fuzz/src/lib.rs"))?;
    let (_, list) = source.split_once("pub const TARGETS").ok_or("fuzz/src/lib.rs has no TARGETS")?;
    let names = list.split("name: \"").skip(1).filter_map(|rest| rest.split('"').next());
    Ok(names.map(str::to_owned).collect())
}

fn build() -> Outcome<PathBuf> {
    let this = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let mut build = run::cargo(&["build", "-p", "vestibule-fuzz", "--features", "libfuzzer"]);
    // A directory of its own for what is linked: the ordinary build's is left as it is.
    build.env("RUSTC_WORKSPACE_WRAPPER", this).env(WRAPS, "1");
    run::run(&mut build)?;
    Ok(run::target().join("debug/vestibule-fuzz"))
}

/// One target: its own seeds and what earlier runs found, for some seconds.
fn one(program: &Path, name: &str, seconds: u32) -> Outcome {
    let home = run::target().join("fuzz").join(name);
    let (seeds, corpus, found) = (home.join("seeds"), home.join("corpus"), home.join("found/"));
    drop(std::fs::remove_dir_all(&seeds));
    for directory in [&seeds, &corpus, &found] {
        std::fs::create_dir_all(directory)
            .map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
    }
    let command = || {
        let mut command = run::command(program);
        command.env("VESTIBULE_FUZZ_TARGET", name).stdin(Stdio::null());
        command
    };
    run::run(command().env("VESTIBULE_FUZZ_SEEDS", &seeds).stderr(Stdio::null()))?;
    let began = Instant::now();
    let mut fuzzer = command();
    fuzzer
        .arg(&corpus)
        .arg(&seeds)
        .arg(format!("-artifact_prefix={}/", found.display().to_string().trim_end_matches('/')))
        .args([&format!("-max_total_time={seconds}"), "-max_len=65536", "-timeout=10", "-rss_limit_mb=2048"])
        .args(["-print_final_stats=1", "-verbosity=1"]);
    let output =
        fuzzer.output().map_err(|error| format!("cannot start `{}`: {error}", run::shown(&fuzzer)))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let told = |what: &str| {
        log.lines().rev().find_map(|line| line.split_once(what).map(|(_, rest)| rest.trim().to_owned()))
    };
    if !output.status.success() {
        let lines: Vec<&str> = log.lines().collect();
        return Err(format!("{name}:\n{}", lines[lines.len().saturating_sub(60)..].join("\n")));
    }
    let branches = told(" cov: ").and_then(|rest| rest.split_whitespace().next().map(str::to_owned));
    say(&format!(
        "{name:<12} {:>9} inputs, {:>6} branches, {:>5.1} s",
        told("stat::number_of_executed_units:").unwrap_or_default(),
        branches.unwrap_or_default(),
        began.elapsed().as_secs_f64()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::targets;

    #[test]
    fn the_targets_are_found_in_their_list() {
        let names = targets().unwrap();
        assert!(names.len() >= 13 && names.iter().any(|name| name == "twilio"), "{names:?}");
    }
}
