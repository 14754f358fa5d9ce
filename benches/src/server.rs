//! The real server, as a process of its own.

use crate::say::Outcome;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Where the data is.
pub struct Data<'a> {
    /// The data directory.
    pub dir: &'a Path,
    /// The application's address of a PostgreSQL database; without one it is SQLite.
    pub url: Option<String>,
    /// The key-encryption key.
    pub encryption_key: &'a str,
}

/// A server that runs; dropping it ends it at once.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

/// The server's program: `VESTIBULE_BIN`, else the one beside this one.
fn program() -> Outcome<PathBuf> {
    let path = match std::env::var_os("VESTIBULE_BIN") {
        Some(path) => PathBuf::from(path),
        None => std::env::current_exe()?.with_file_name("vestibule"),
    };
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("{} does not exist: run `cargo xtask bench …`, which builds it", path.display()).into())
    }
}

impl Server {
    /// Starts the server with its default configuration and waits until it is ready.
    pub fn start(data: &Data<'_>) -> Outcome<Self> {
        let log = data.dir.join("server.log");
        let mut command = Command::new(program()?);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("VESTIBULE_") || name == "DATABASE_URL" || name.ends_with("WEBHOOK_URL") {
                command.env_remove(&*name);
            }
        }
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data.dir)
            .env("ENCRYPTION_KEY", data.encryption_key)
            .env("VESTIBULE__DELIVERY__ALLOW_CIDRS", r#"["127.0.0.0/8"]"#)
            .env("VESTIBULE__LOG__LEVEL", "warn")
            // What is measured is the server, not its patience.
            .env("VESTIBULE__LIMITS__KEY_PER_MINUTE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?);
        if let Some(url) = &data.url {
            command.env("VESTIBULE__DATABASE__URL", url);
        }
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or("the server has no output")?;
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                drop(send.send(line));
            }
        });
        let ready = receive.recv_timeout(Duration::from_secs(60)).ok();
        let address = ready.as_deref().and_then(|line| line.rsplit_once("http://")?.1.parse().ok());
        match address {
            Some(address) => Ok(Self { child, address }),
            None => {
                drop(child.kill());
                drop(child.wait());
                Err(format!("the server did not start: {}", std::fs::read_to_string(log)?).into())
            }
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data is thrown away: nothing needs to be finished.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
