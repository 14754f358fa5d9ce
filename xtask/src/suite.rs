//! `cargo xtask test`: every check of the project, in the order of continuous integration.

use std::time::Instant;

use crate::say::say;
use crate::setup::Needs;
use crate::{Outcome, bench, fuzz, generate, house, licences, run, schema, screens, server, setup, web};

/// What `cargo xtask test` takes.
#[derive(clap::Args)]
pub struct Options {
    /// Run this step alone; `--only list` names the steps.
    #[arg(long)]
    only: Option<String>,
    /// Leave out the steps that drive a browser.
    #[arg(long)]
    fast: bool,
}

struct Step {
    name: &'static str,
    /// Needs a browser, so `--fast` leaves it out.
    slow: bool,
    act: fn() -> Outcome,
}

/// The web UI is built before anything is compiled, since the binary carries it.
const STEPS: &[Step] = &[
    Step { name: "setup", slow: false, act: || setup::setup(Needs { chromium: false, postgres: true }) },
    Step { name: "fmt", slow: false, act: || run::run(&mut run::cargo(&["fmt", "--all", "--check"])) },
    Step { name: "web-install", slow: false, act: web::install },
    Step { name: "web-build", slow: false, act: web::build },
    Step { name: "clippy", slow: false, act: clippy },
    Step { name: "house", slow: false, act: house::house },
    Step { name: "tests", slow: false, act: tests },
    Step { name: "fuzz", slow: false, act: fuzz::shortly },
    Step { name: "deny", slow: false, act: licences::deny },
    Step { name: "gen", slow: false, act: || generate::generate(true) },
    Step { name: "web-check", slow: false, act: web::check },
    Step { name: "web-test", slow: false, act: web::test },
    Step { name: "schema", slow: false, act: schema::shortly },
    Step { name: "browser", slow: true, act: || setup::setup(Needs { chromium: true, postgres: false }) },
    Step { name: "e2e", slow: true, act: server::end_to_end },
    Step { name: "screens", slow: true, act: screens::every_page },
];

/// Runs the steps and stops at the first that fails.
pub fn test(options: &Options) -> Outcome {
    if options.only.as_deref() == Some("list") {
        STEPS.iter().for_each(|step| say(step.name));
        return Ok(());
    }
    let steps = chosen(options)?;
    let beginning = Instant::now();
    let mut times = Vec::new();
    for step in &steps {
        say(&format!("\n── {} ──", step.name));
        let start = Instant::now();
        let outcome = (step.act)();
        let seconds = start.elapsed().as_secs_f64();
        times.push(format!("  {:<12} {seconds:>7.1} s", step.name));
        if let Err(reason) = outcome {
            say(&times.join("\n"));
            return Err(format!(
                "step `{}` failed after {seconds:.1} s: {reason}\nAgain, this step alone: cargo xtask test --only {}",
                step.name, step.name
            ));
        }
    }
    say(&format!("\nAll {} steps passed in {:.0} s:", steps.len(), beginning.elapsed().as_secs_f64()));
    say(&times.join("\n"));
    Ok(())
}

fn chosen(options: &Options) -> Outcome<Vec<&'static Step>> {
    let Some(only) = &options.only else {
        return Ok(STEPS.iter().filter(|step| !(options.fast && step.slow)).collect());
    };
    match STEPS.iter().find(|step| step.name == only) {
        Some(step) => Ok(vec![step]),
        None => {
            let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            Err(format!("no step `{only}`; the steps are: {}", names.join(", ")))
        }
    }
}

fn clippy() -> Outcome {
    run::run(&mut run::cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// All Rust tests. The harness itself runs each room's tests on SQLite, on PostgreSQL with row-level security and on
/// PostgreSQL without; with this variable a missing PostgreSQL is a failure instead of a smaller run.
fn tests() -> Outcome {
    let mut command = bench::test_command(&["--workspace"], &[]);
    command.env("VESTIBULE_TEST_POSTGRES", "required");
    run::run(&mut command)?;
    run::note_built();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Options, STEPS, chosen};

    #[test]
    fn an_unknown_step_is_refused_with_the_list() {
        let refusal =
            chosen(&Options { only: Some("nonsense".into()), fast: false }).err().unwrap_or_default();
        assert!(refusal.contains("clippy"), "{refusal}");
    }

    #[test]
    fn fast_leaves_out_the_browser_and_keeps_the_order() {
        let names: Vec<_> =
            chosen(&Options { only: None, fast: true }).unwrap().iter().map(|step| step.name).collect();
        assert!(!names.contains(&"e2e"));
        assert_eq!(names.len(), STEPS.iter().filter(|step| !step.slow).count());
        let place = |name| names.iter().position(|other| *other == name);
        assert!(place("web-build") < place("clippy"), "the binary carries the web UI");
    }
}
