//! A PostgreSQL of this measurement's own, as durable as in production: `fsync` and `synchronous_commit` are on.

use crate::place::Place;
use crate::say::Outcome;
use crate::world;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const OWNER: &str = "vestibule_owner";
const LOGIN: &str = "vestibule_login";

/// What differs from PostgreSQL's defaults, and is printed.
pub const SETTINGS: [&str; 3] = ["shared_buffers=256MB", "max_wal_size=2GB", "jit=off"];

/// A server that runs; dropping it ends it.
pub struct Postgres {
    child: Child,
    data: PathBuf,
    port: u16,
}

fn programs() -> Outcome<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has = |dir: &PathBuf| dir.join("initdb").exists() && dir.join("postgres").exists();
    if let Some(dir) = std::env::split_paths(&path).find(has) {
        return Ok(dir);
    }
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = installed.filter_map(|v| v.ok()?.file_name().to_str()?.parse::<u32>().ok()).max();
    let dir = PathBuf::from(format!("/usr/lib/postgresql/{}/bin", newest.unwrap_or_default()));
    if has(&dir) { Ok(dir) } else { Err("the server programs of PostgreSQL are not installed".into()) }
}

/// A command of PostgreSQL's, as a user that it accepts: it refuses to run as root.
fn command(program: &Path, is_root: bool) -> Command {
    let mut command = Command::new(if is_root { Path::new("runuser") } else { program });
    if is_root {
        command.args(["-u", "postgres", "--"]).arg(program);
    }
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn well(command: &mut Command) -> Outcome {
    let output = command.stderr(Stdio::piped()).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{:?} failed: {}", command.get_program(), String::from_utf8_lossy(&output.stderr)).into())
}

impl Postgres {
    /// Starts a new server on the loopback.
    pub fn start(place: &Place) -> Outcome<Self> {
        let programs = programs()?;
        let is_root = fs::metadata("/proc/self")?.uid() == 0;
        let root = place.folder("postgres")?;
        if is_root {
            well(Command::new("chown").arg("postgres").arg(&root))?;
        }
        let data = root.join("data");
        let options =
            ["--auth=trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"];
        well(command(&programs.join("initdb"), is_root).arg("-D").arg(&data).args(options))?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut start = command(&programs.join("postgres"), is_root);
        start.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k", "", "-h", "127.0.0.1"]);
        for setting in SETTINGS {
            start.args(["-c", setting]);
        }
        let log = place.path().join("postgres.log");
        let child = start.stderr(File::create(&log)?).spawn()?;
        let mut server = Self { child, data, port };
        server.wait_until_ready(&log)?;
        runtime()?
            .block_on(async {
                let mut conn = PgConnection::connect(&server.url("postgres", "postgres")).await?;
                let sql =
                    format!("CREATE ROLE {OWNER} LOGIN CREATEROLE; CREATE ROLE {LOGIN} LOGIN NOINHERIT");
                conn.execute(AssertSqlSafe(sql)).await?;
                Ok(conn.close().await?)
            })
            .map(|()| server)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Outcome {
        let began = Instant::now();
        let runtime = runtime()?;
        let url = self.url("postgres", "postgres");
        while began.elapsed() < Duration::from_secs(60) {
            if let Ok(conn) = runtime.block_on(PgConnection::connect(&url)) {
                return Ok(runtime.block_on(conn.close())?);
            }
            if self.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(format!("PostgreSQL did not start: {}", fs::read_to_string(log)?).into())
    }

    fn url(&self, login: &str, database: &str) -> String {
        format!("postgres://{login}@127.0.0.1:{}/{database}", self.port)
    }

    /// The address of a database for the owner of its tables.
    pub fn owner_url(&self, database: &str) -> String {
        self.url(OWNER, database)
    }

    /// The address of a database for the application.
    pub fn app_url(&self, database: &str) -> String {
        self.url(LOGIN, database)
    }

    /// Makes a database with the newest schema.
    pub fn create(&self, database: &str) -> Outcome {
        runtime()?.block_on(async {
            let mut conn = PgConnection::connect(&self.url("postgres", "postgres")).await?;
            let sql = format!("CREATE DATABASE {database} TEMPLATE template0 OWNER {OWNER}");
            conn.execute(AssertSqlSafe(sql)).await?;
            conn.close().await?;
            let now = world::real().now().0;
            vestibule_store::migrate_postgres(&self.owner_url(database), LOGIN, now).await?;
            Ok(())
        })
    }

    /// Drops a database and writes everything to the disk, so that the next measurement begins as this one did.
    pub fn discard(&self, database: &str) -> Outcome {
        runtime()?.block_on(async {
            let mut conn = PgConnection::connect(&self.url("postgres", "postgres")).await?;
            conn.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))).await?;
            conn.execute("CHECKPOINT").await?;
            Ok(conn.close().await?)
        })
    }

    /// The postmaster's process.
    pub fn pid(&self) -> Option<u32> {
        fs::read_to_string(self.data.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(pid) = self.pid() {
            // SIGINT: a fast shutdown.
            drop(Command::new("kill").args(["-INT", &pid.to_string()]).status());
        }
        drop(self.child.wait());
    }
}

/// A small runtime for work on a database.
pub fn runtime() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
