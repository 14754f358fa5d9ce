//! One PostgreSQL for all test processes: the first starts it from the installed programs, later ones find it,
//! and a small shell loop stops it when no test has run for a minute. It listens on the loopback only.
//!
//! `VESTIBULE_TEST_PG_URL` names a server to be used instead, as a superuser.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::fs::{self, File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// The application's login: no rights of its own, a member of two roles.
pub(crate) const LOGIN: &str = "vestibule_login";
/// Who owns the tables: not a superuser, as on a managed server.
const OWNER: &str = "vestibule_owner";
const PASSWORD: &str = "for-tests-only";

/// How long the server outlives the last test.
const IDLE_S: u32 = 60;

const WATCHDOG: &str = r#"
base=$1 pid=$2 idle=$3
while sleep 5; do
  exec 9>>"$base/lock"
  flock 9
  if ! kill -0 "$pid" 2>/dev/null; then rm -rf "$base/server"; exit 0; fi
  age=$(( $(date +%s) - $(stat -c %Y "$base/heartbeat" 2>/dev/null || echo 0) ))
  if [ "$age" -gt "$idle" ] && [ "$(head -n 1 "$base/server/data/postmaster.pid" 2>/dev/null)" = "$pid" ]; then
    kill -INT "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
    rm -rf "$base/server"
    exit 0
  fi
  exec 9>&-
done
"#;

/// Where a server is and how to enter it.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    host: String,
    superuser: String,
}

impl Server {
    fn url(&self, login: &str, database: &str) -> String {
        format!("postgres://{login}@{}/{database}", self.host)
    }

    /// The address of a database for whoever may do everything.
    pub(crate) fn super_url(&self, database: &str) -> String {
        self.url(&self.superuser, database)
    }

    /// The address of a database for the owner of its tables.
    pub(crate) fn owner_url(&self, database: &str) -> String {
        self.url(&format!("{OWNER}:{PASSWORD}"), database)
    }

    /// The address of a database for the application.
    pub(crate) fn app_url(&self, database: &str) -> String {
        self.url(&format!("{LOGIN}:{PASSWORD}"), database)
    }
}

/// Whether tests can run on PostgreSQL here; when they must and cannot, this panics.
#[must_use]
pub fn is_available() -> bool {
    let found = std::env::var_os("VESTIBULE_TEST_PG_URL").is_some() || programs().is_some();
    let asked = |name: &str, value: &str| std::env::var(name).is_ok_and(|v| v == value);
    assert!(
        found || !(asked("CI", "true") || asked("VESTIBULE_TEST_POSTGRES", "required")),
        "PostgreSQL is required: install its server programs or set VESTIBULE_TEST_PG_URL"
    );
    found
}

/// Stops the shared server, if one runs. Whoever is still using it loses it.
pub fn stop() {
    let base = base();
    if !base.exists() {
        return;
    }
    let lock = locked(&base);
    if let Some(pid) = running(&base) {
        quiet(Command::new("kill").args(["-INT", &pid.to_string()]));
        while Path::new(&format!("/proc/{pid}")).exists() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    drop(fs::remove_dir_all(base.join("server")));
    drop(lock);
}

/// The server, started when it does not run.
pub(crate) async fn server() -> Server {
    static FOUND: OnceLock<Server> = OnceLock::new();
    if let Some(server) = FOUND.get() {
        return server.clone();
    }
    let server = match std::env::var("VESTIBULE_TEST_PG_URL") {
        Ok(url) => named(&url),
        Err(_) => shared(),
    };
    FOUND.get_or_init(|| server).clone()
}

/// Where the locks of databases are that are used again; it goes with the server that has them.
pub(crate) fn pool() -> PathBuf {
    match std::env::var("VESTIBULE_TEST_PG_URL") {
        Ok(url) => base().join(format!("pool-{:016x}", crate::database::sum(url.bytes()))),
        Err(_) => base().join("server/pool"),
    }
}

/// Makes the roles, once, by one of us.
pub(crate) async fn make_roles(server: &Server) {
    let lock = locked(&base());
    let mut conn = PgConnection::connect(&server.super_url("postgres")).await.expect("PostgreSQL answers");
    for (role, rights) in [(OWNER, "LOGIN CREATEROLE"), (LOGIN, "LOGIN NOINHERIT")] {
        let sql = format!(
            "DO $$ BEGIN CREATE ROLE {role} {rights} PASSWORD '{PASSWORD}';
             EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        );
        conn.execute(AssertSqlSafe(sql)).await.expect("a role is made");
    }
    drop(conn.close().await);
    drop(lock);
}

/// Holds the lock that all test processes share.
pub(crate) fn hold_lock() -> File {
    locked(&base())
}

fn named(url: &str) -> Server {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (superuser, rest) =
        rest.split_once('@').expect("VESTIBULE_TEST_PG_URL is postgres://user:password@host/db");
    let host = rest.split('/').next().unwrap_or(rest);
    Server { host: host.to_owned(), superuser: superuser.to_owned() }
}

/// One folder for each checkout and person.
fn base() -> PathBuf {
    let who = fs::metadata("/proc/self").map_or(0, |m| m.uid());
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in env!("CARGO_MANIFEST_DIR").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let base = std::env::temp_dir().join(format!("vestibule-testpg-{who}-{hash:016x}"));
    fs::create_dir_all(&base).expect("a folder for PostgreSQL");
    assert_eq!(
        fs::metadata(&base).map_or(u32::MAX, |m| m.uid()),
        who,
        "{} is somebody else's",
        base.display()
    );
    base
}

fn locked(base: &Path) -> File {
    let file = OpenOptions::new().create(true).append(true).open(base.join("lock")).expect("the lock file");
    file.lock().expect("the lock");
    file
}

fn beat(base: &Path) {
    drop(fs::write(base.join("heartbeat"), b""));
}

/// One of PostgreSQL's programs, such as `pg_dump`, when it is installed.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    programs().map(|p| p.join(name)).filter(|p| p.exists())
}

fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(dir) =
        std::env::split_paths(&path).find(|d| d.join("initdb").exists() && d.join("postgres").exists())
    {
        return Some(dir);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let newest = versions
        .filter_map(|v| v.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|v| Path::new(&format!("/usr/lib/postgresql/{v}/bin/initdb")).exists())
        .max()?;
    Some(PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin")))
}

/// The postmaster's id, when it runs.
fn running(base: &Path) -> Option<u32> {
    let text = fs::read_to_string(base.join("server/data/postmaster.pid")).ok()?;
    let pid = text.lines().next()?.trim().parse().ok()?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    name.starts_with("postgres").then_some(pid)
}

fn shared() -> Server {
    let base = base();
    let lock = locked(&base);
    beat(&base);
    let port_file = base.join("server/port");
    let known = running(&base).and_then(|_| fs::read_to_string(&port_file).ok());
    let port = match known.and_then(|p| p.trim().parse::<u16>().ok()) {
        Some(port) => port,
        None => start(&base),
    };
    drop(lock);
    // As long as this process lives, the server is in use.
    std::thread::spawn(move || {
        loop {
            beat(&base);
            std::thread::sleep(Duration::from_secs(10));
        }
    });
    Server { host: format!("127.0.0.1:{port}"), superuser: "postgres".into() }
}

fn quiet(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

fn start(base: &Path) -> u16 {
    let programs = programs().expect("PostgreSQL's programs");
    let root = base.join("server");
    drop(fs::remove_dir_all(&root));
    fs::create_dir_all(&root).expect("a folder for the server");
    fs::set_permissions(base, fs::Permissions::from_mode(0o755)).expect("a folder that can be entered");
    let is_root = fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0);
    if is_root {
        // PostgreSQL refuses to run as root.
        assert!(quiet(Command::new("chown").arg("postgres").arg(&root)), "there is no user postgres");
    }
    let program = |name: &str| {
        let path = programs.join(name);
        let mut command = if is_root { Command::new("runuser") } else { Command::new(&path) };
        if is_root {
            command.args(["-u", "postgres", "--"]).arg(&path);
        }
        command.current_dir("/");
        command
    };
    let data = root.join("data");
    let made = quiet(program("initdb").arg("-D").arg(&data).args([
        "--auth=trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
    ]));
    assert!(made, "initdb failed in {}", data.display());
    for _ in 0..5 {
        let port = free_port();
        let settings = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c synchronous_commit=off
             -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB -c wal_level=minimal
             -c max_wal_senders=0 -c autovacuum=off -c jit=off -c timezone=UTC"
        );
        let started = quiet(
            program("pg_ctl")
                .args(["-w", "-t", "60", "-D"])
                .arg(&data)
                .arg("-l")
                .arg(root.join("log"))
                .arg("-o")
                .arg(settings.replace('\n', " "))
                .arg("start"),
        );
        if let (true, Some(pid)) = (started, running(base)) {
            fs::write(root.join("port"), port.to_string()).expect("the port is noted");
            watch(base, pid);
            return port;
        }
    }
    panic!("PostgreSQL did not start: see {}", root.join("log").display());
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a free port").port()
}

/// Starts the loop that stops the server; it outlives this process and ends with the server.
fn watch(base: &Path, pid: u32) {
    let started = Command::new("setsid")
        .args(["sh", "-c", WATCHDOG, "vestibule-testpg"])
        .arg(base)
        .arg(pid.to_string())
        .arg(IDLE_S.to_string())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    assert!(started.is_ok(), "the watchdog did not start");
}
