//! The built program in a folder of its own, and people who talk to it over HTTP.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use vestibule_model::UnixMs;
use vestibule_testkit::{Engine, Sample, TestDb, retell_sample, sign_retell};

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The real time, as a provider knows it.
#[expect(clippy::disallowed_methods, reason = "the program under test runs by the real clock")]
pub(crate) fn now() -> UnixMs {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    UnixMs(i64::try_from(since.as_millis()).unwrap())
}

/// Asks again and again until there is an answer.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    patience: Duration,
    ask: impl Fn() -> F,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(began.elapsed() < patience, "{what}: not within {patience:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A data directory and the environment that goes with it.
pub(crate) struct Home {
    pub(crate) dir: tempfile::TempDir,
    env: Vec<(String, String)>,
}

impl Home {
    /// A home on a database of its own; deliveries go to this machine, and are tried again soon.
    pub(crate) fn new(database: &TestDb) -> Self {
        let mut home = Self { dir: tempfile::tempdir().unwrap(), env: Vec::new() };
        home.set("VESTIBULE__DELIVERY__ALLOW_CIDRS", "[\"127.0.0.0/8\"]");
        home.set("VESTIBULE__DELIVERY__SCHEDULE_SECONDS", "[0,0.2,0.2,0.2,0.2,0.2,0.2,0.2]");
        home.set("VESTIBULE__DELIVERY__TIMEOUT_SECONDS", "2");
        // Tests look again and again until something has come.
        for limit in ["PERSON", "PAGES", "KEY"] {
            home.set(&format!("VESTIBULE__LIMITS__{limit}_PER_MINUTE"), "0");
        }
        if database.engine() != Engine::Sqlite {
            home.set("VESTIBULE__DATABASE__URL", &database.app_url());
            home.set("VESTIBULE__DATABASE__ADMIN_URL", &database.owner_url());
            home.set("ENCRYPTION_KEY", &vestibule_testkit::kek().to_base64());
        }
        home
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.env.retain(|(n, _)| n != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command.args(arguments).arg("--data-dir").arg(self.dir.path().join("data"));
        command.env_clear().envs(self.env.iter().cloned()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed; what it prints to programs.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Runs a command that must fail; what it says to people.
    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&done.stdout));
        String::from_utf8(done.stderr).unwrap()
    }

    /// Starts the server on a free port and waits until it is ready.
    pub(crate) fn serve(&self) -> Server {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|l| drop(sender.send(l)))
        });
        let first = lines.recv_timeout(PATIENCE);
        let said = || std::fs::read_to_string(self.log()).unwrap_or_default();
        let first = first.unwrap_or_else(|_| panic!("the server is not ready: {}", said()));
        let url = first.strip_prefix("vestibule is ready at ").unwrap_or_else(|| panic!("{first}"));
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Server { url: url.to_owned(), child, lines }
    }

    /// Where the servers' logs are.
    pub(crate) fn log(&self) -> std::path::PathBuf {
        self.dir.path().join("log")
    }
}

/// A server that runs; killed when it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    child: Child,
    lines: Receiver<String>,
}

impl Server {
    /// Ends it as a crash does: nothing is finished.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and waits; how long it took, and what else it said to programs.
    pub(crate) fn stop(mut self) -> (ExitStatus, Duration, Vec<String>) {
        let began = Instant::now();
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not stop");
            std::thread::sleep(Duration::from_millis(10));
        };
        (status, began.elapsed(), self.lines.iter().collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Somebody at the API.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) http: reqwest::Client,
    token: String,
}

pub(crate) fn http() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap()
}

impl Caller {
    /// Whoever shows this token or key.
    pub(crate) fn with(token: &str) -> Self {
        Self { http: http(), token: token.to_owned() }
    }

    /// Uses a one-time link up, as printed by a command after a word.
    pub(crate) async fn by_link(url: &str, printed: &str, word: &str) -> Self {
        let line = printed.lines().find(|l| l.starts_with(word)).unwrap_or_else(|| panic!("{printed}"));
        let (page, token) = line.split_once('#').unwrap();
        assert!(page.ends_with("/welcome"), "{page}");
        let body = json!({ "token": token, "password": "correct horse battery" });
        let answer = Self::with("").send(http().post(format!("{url}/auth/links/redeem")), Some(&body)).await;
        assert_eq!(answer.0, 200, "{answer:?}");
        Self::with(answer.1["token"].as_str().unwrap())
    }

    async fn send(&self, request: reqwest::RequestBuilder, body: Option<&Value>) -> (u16, Value) {
        let request = if self.token.is_empty() { request } else { request.bearer_auth(&self.token) };
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// Sends a request of any other kind; the status.
    pub(crate) async fn status_of(&self, request: reqwest::RequestBuilder) -> u16 {
        self.send(request, None).await.0
    }

    pub(crate) async fn get(&self, url: &str) -> (u16, Value) {
        self.send(self.http.get(url), None).await
    }

    pub(crate) async fn post(&self, url: &str, body: &Value) -> (u16, Value) {
        self.send(self.http.post(url), Some(body)).await
    }

    pub(crate) async fn put(&self, url: &str, body: &Value) -> (u16, Value) {
        self.send(self.http.put(url), Some(body)).await
    }

    /// Every row of a list, page by page.
    pub(crate) async fn all(&self, url: &str) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        let and = if url.contains('?') { '&' } else { '?' };
        loop {
            let (status, page) = self.get(&format!("{url}{and}limit=200&cursor={cursor}")).await;
            assert_eq!(status, 200, "{url}: {page}");
            found.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return found,
            }
        }
    }
}

/// A tenant with an agent at Retell and an endpoint.
pub(crate) struct Business {
    pub(crate) owner: Caller,
    pub(crate) id: String,
    /// The hook's address without the server's.
    pub(crate) hook: String,
    pub(crate) agent: String,
    pub(crate) key: String,
    pub(crate) secret_ascii: String,
    pub(crate) secret: String,
}

impl Business {
    /// Makes it as people would: by command, by link, by API.
    pub(crate) async fn open(home: &Home, server: &Server, slug: &str, endpoint: &Value) -> Self {
        let printed = home.ok(&[
            "tenant",
            "add",
            "North Shore Heating",
            "--email",
            &format!("owner@{slug}.test"),
            "--slug",
            slug,
        ]);
        let id = printed.lines().next().unwrap().split(['(', ')']).nth(1).unwrap().to_owned();
        let owner = Caller::by_link(&server.url, &printed, "owner").await;
        let (agent, key) = (format!("agent_{slug}"), format!("key_{slug}_0123456789"));
        let retell = json!({ "agent_id": agent, "api_key": key });
        let (status, view) =
            owner.post(&format!("{}/api/organizations/{slug}/retell", server.url), &retell).await;
        assert_eq!(status, 200, "{view}");
        let hook = view["hook_url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
        let (status, made) = owner.post(&format!("{}/api/v1/endpoints", server.url), endpoint).await;
        assert_eq!(status, 201, "{made}");
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        Self { owner, id, hook, agent, key, secret: text("secret"), secret_ascii: text("secret_ascii") }
    }

    /// An event of a call that goes on now.
    pub(crate) fn event(&self, name: &str, call: &str) -> Sample {
        let sample = retell_sample(name).agent(&self.agent).call(call).later(now().0 - 1_795_219_300_000);
        if sample.0.pointer("/call/telephony_identifier").is_some() {
            return sample.with("/call/telephony_identifier/twilio_call_sid", json!(format!("CA_{call}")));
        }
        sample
    }

    /// Sends an event, signed; the status, or none when there was no answer.
    pub(crate) async fn send(&self, url: &str, body: &[u8]) -> Option<u16> {
        let signature = sign_retell(&self.key, body, now());
        let request = self.owner.http.post(format!("{url}{}", self.hook));
        let request =
            request.header("x-retell-signature", signature).header("content-type", "application/json");
        request.body(body.to_vec()).send().await.ok().map(|a| a.status().as_u16())
    }
}
