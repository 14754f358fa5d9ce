//! `cargo xtask schema`: Schemathesis makes requests from the OpenAPI document, good ones and bad ones, and wants that
//! the demo answers none with a 5xx and none outside of what the document says.

use std::path::PathBuf;

use crate::say::say;
use crate::server::Demo;
use crate::{Outcome, run};

/// What `cargo xtask schema` takes.
#[derive(clap::Args)]
pub struct Options {
    /// How long each of the two people asks, in minutes.
    #[arg(long, default_value_t = 5)]
    minutes: u32,
    /// Another seed makes other requests.
    #[arg(long, default_value_t = SEED)]
    seed: u32,
}

const SEED: u32 = 4;
const FOLDER: &str = "e2e/schema";
const LEFT_OUT: &str = "e2e/schema/left_out.txt";
/// What each answer is held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance";

/// Thousands of requests a minute are what this is for.
const UNLIMITED: &[(&str, &str)] = &[
    ("VESTIBULE__LIMITS__PERSON_PER_MINUTE", "0"),
    ("VESTIBULE__LIMITS__PAGES_PER_MINUTE", "0"),
    ("VESTIBULE__LIMITS__KEY_PER_MINUTE", "0"),
    ("VESTIBULE__LIMITS__ADDRESS_PER_MINUTE", "0"),
    ("VESTIBULE__LIMITS__CONNECTION_PER_MINUTE", "0"),
];

/// The step of continuous integration: a bounded number of requests, the same each time.
pub fn shortly() -> Outcome {
    ask(SEED, &["--phases", "coverage,fuzzing", "--max-examples", "3", "--generation-deterministic"])
}

/// As many requests as fit into the minutes.
pub fn schema(options: &Options) -> Outcome {
    let seconds = (options.minutes * 60).to_string();
    ask(options.seed, &["--phases", "coverage,fuzzing,stateful", "--max-time", &seconds])
}

fn ask(seed: u32, how: &[&str]) -> Outcome {
    let program = installed()?;
    let left_out = left_out(&run::read(&run::root().join(LEFT_OUT))?)?;
    let demo = Demo::start_with("schema", UNLIMITED)?;
    for (who, paths) in [("owner", "^/"), ("operator", "^/api/admin/")] {
        say(&format!("asking as {who}"));
        let mut command = run::command(&program);
        command.arg("run").arg(format!("{}/api/openapi.json", demo.url())).args(["--checks", CHECKS]);
        command.args(["--include-path-regex", paths, "--seed", &seed.to_string(), "--workers", "2"]);
        command.args(["--continue-on-failure", "--suppress-health-check", "all", "--no-color"]);
        command.args(["--request-timeout", "20", "--warnings", "off", "--no-shrink"]).args(how);
        for operation in &left_out {
            command.args(["--exclude-operation-id", operation]);
        }
        command
            .current_dir(run::target().join("schema"))
            .env("SCHEMATHESIS_HOOKS", run::root().join(FOLDER).join("hooks.py"))
            .env("PYTHONPATH", run::root().join(FOLDER))
            .env("VESTIBULE_DEMO_JSON", demo.note())
            .env("VESTIBULE_URL", demo.url())
            .env("VESTIBULE_WHO", who);
        run::run(&mut command)?;
    }
    Ok(())
}

/// The operations that are not asked.
fn left_out(text: &str) -> Outcome<Vec<String>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once('|') {
            Some((operation, reason)) if !reason.trim().is_empty() => Ok(operation.trim().to_owned()),
            _ => Err(format!("{LEFT_OUT}: `{line}` has no reason")),
        })
        .collect()
}

/// Schemathesis, in a directory of its own under `target/`.
fn installed() -> Outcome<PathBuf> {
    let home = run::target().join("schema");
    let program = home.join("venv/bin/schemathesis");
    let wanted = run::read(&run::root().join(FOLDER).join("requirements.txt"))?;
    let note = home.join("installed.txt");
    if program.is_file() && std::fs::read_to_string(&note).is_ok_and(|there| there == wanted) {
        return Ok(program);
    }
    let python = run::find_program("python3")
        .ok_or("python3 is needed, with its venv module (apt-get install python3-venv)")?;
    let venv = home.join("venv");
    run::run(run::command(python).args(["-m", "venv", "--clear"]).arg(&venv))?;
    let mut pip = run::command(venv.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"]);
    run::run(pip.arg(run::root().join(FOLDER).join("requirements.txt")))?;
    run::write(&note, &wanted)?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::left_out;

    #[test]
    fn nothing_is_left_out_without_a_reason() {
        assert_eq!(left_out("# x\n\nget_a | a stream\n").unwrap(), ["get_a"]);
        assert!(left_out("get_a |").is_err() && left_out("get_a").is_err());
    }
}
