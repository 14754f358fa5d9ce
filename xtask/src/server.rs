//! A demo server for the tests that drive a browser: started on a free port with a data directory of its own, and
//! ended by its process id.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::say::{complain, say};
use crate::{Outcome, run, setup, web};

const READY: &str = "vestibule is ready at ";
const PATIENCE: Duration = Duration::from_secs(90);

/// A running demo. Dropping it ends the server.
pub struct Demo {
    child: Child,
    url: String,
    directory: PathBuf,
}

impl Demo {
    /// Builds the server, starts it and waits until it says that it is ready.
    pub fn start(name: &str) -> Outcome<Self> {
        Self::start_with(name, &[])
    }

    /// The same, with variables of the environment besides.
    pub fn start_with(name: &str, variables: &[(&str, &str)]) -> Outcome<Self> {
        let server = run::server()?;
        let directory = run::target().join("xtask").join(name);
        if directory.exists() {
            std::fs::remove_dir_all(&directory)
                .map_err(|error| format!("cannot empty {}: {error}", directory.display()))?;
        }
        let data = directory.join("data");
        std::fs::create_dir_all(&data).map_err(|error| format!("cannot make {}: {error}", data.display()))?;
        let log = directory.join("server.log");
        let errors = append_to(&log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let mut command = run::command(server);
        command.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data);
        if name == "screens" {
            // Looks at more pages in a minute than people do.
            command
                .env("VESTIBULE__LIMITS__PERSON_PER_MINUTE", "0")
                .env("VESTIBULE__LIMITS__PAGES_PER_MINUTE", "0");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).envs(variables.iter().copied());
        let mut child =
            command.spawn().map_err(|error| format!("cannot start `{}`: {error}", run::shown(&command)))?;
        let lines = child.stdout.take().map(|stdout| follow(stdout, &log));
        let mut demo = Self { child, url: String::new(), directory };
        demo.url = lines.and_then(|lines| lines.recv_timeout(PATIENCE).ok()).ok_or_else(|| {
            format!("the server did not say `{READY}…`; see {}\n{}", log.display(), tail(&log))
        })?;
        say(&format!("the demo runs at {}", demo.url));
        Ok(demo)
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it says about itself: who can sign in.
    pub fn note(&self) -> PathBuf {
        self.directory.join("data/demo.json")
    }

    /// Runs one of the scripts of `web/package.json` against the demo.
    pub fn script(&self, name: &str, variables: &[(&str, &str)]) -> Outcome {
        let mut command = web::npm(&["run", name]);
        command.env("VESTIBULE_DEMO_JSON", self.note()).env("VESTIBULE_URL", &self.url);
        if let Some(browser) = setup::chromium() {
            command.env("CHROMIUM", browser);
        }
        for (variable, value) in variables {
            command.env(variable, value);
        }
        run::run(&mut command).map_err(|error| {
            let log = self.directory.join("server.log");
            format!("{error}; the server's log is {}\n{}", log.display(), tail(&log))
        })
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let _ = run::command("kill").args(["-TERM", &id]).stderr(Stdio::null()).status();
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        complain("warning: the demo server did not stop within ten seconds and was killed");
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the server's output to its end, into its log, and sends the address once it appears.
fn follow(stdout: std::process::ChildStdout, log: &Path) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let log = log.to_path_buf();
    std::thread::spawn(move || {
        let mut log = append_to(&log).ok();
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(log) = &mut log {
                let _ = writeln!(log, "{line}");
            }
            if let Some(url) = address_in(&line) {
                let _ = sender.send(url);
            }
        }
    });
    receiver
}

fn append_to(log: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().create(true).append(true).open(log)
}

fn address_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(READY)?;
    rest.split_whitespace().next().map(|url| url.trim_end_matches('/').to_owned())
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(25)..].join("\n")
}

/// The step `e2e`: the story of the product, in a browser, against the real binary.
pub fn end_to_end() -> Outcome {
    Demo::start("e2e")?.script("e2e", &[])
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_read_from_the_ready_line() {
        let line = "vestibule is ready at http://127.0.0.1:40123/ (demo)";
        assert_eq!(address_in(line).as_deref(), Some("http://127.0.0.1:40123"));
        assert_eq!(address_in("starting"), None);
    }
}
