//! `vestibule prove isolation` against the running program, as an agency would run it: on each database, with every
//! operation of our own document asked and nothing found. And against a server that does leak.

use crate::program::{Caller, Home, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use vestibule_testkit::{Engine, TestDb, both_databases};

/// A server, and a file with its operator's token.
async fn open(database: &TestDb) -> (Home, Server, PathBuf) {
    let mut home = Home::new(database);
    if database.engine() != Engine::Sqlite {
        home.ok(&["migrate"]);
    }
    // The throw-away endpoints lead nowhere; nothing is tried twice while the test looks on.
    home.set("VESTIBULE__DELIVERY__SCHEDULE_SECONDS", "[0]");
    for limit in LIMITS.iter().filter(|name| DEFAULTS.contains(**name)) {
        home.set(&format!("VESTIBULE__LIMITS__{}", limit.to_uppercase()), "0");
    }
    let server = home.serve();
    let printed = home.ok(&["operator", "add", "operator@vestibule.test"]);
    let operator = Caller::by_link(&server.url, &printed, "operator").await;
    let file = home.dir.path().join("token");
    std::fs::write(&file, operator.token()).unwrap();
    (home, server, file)
}

const DEFAULTS: &str = include_str!("../../config.default.toml");
const LIMITS: &[&str] = &[
    "person_per_minute",
    "pages_per_minute",
    "key_per_minute",
    "address_per_minute",
    "connection_per_minute",
];

fn prove(home: &Home, url: &str, token: &std::path::Path, more: &[&str]) -> (bool, String, String) {
    let mut arguments =
        vec!["prove", "isolation", "--url", url, "--operator-token-file", token.to_str().unwrap()];
    arguments.extend(more);
    let done = home.run(&arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.success(), text(&done.stdout), text(&done.stderr))
}

both_databases! {
    async fn our_own_server_leaks_nothing_and_every_operation_is_asked(database: TestDb) {
        let (home, server, token) = open(&database).await;
        let (passed, report, said) = prove(&home, &server.url, &token, &["--format", "json", "--strict"]);
        assert!(passed, "{said}\n{report}");
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!((&report["leaks"], &report["not_asked"]), (&json!(0), &json!([])), "{said}");
        let document = serde_json::to_value(vestibule_http::openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap().iter();
        let every: BTreeSet<String> = paths
            .flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, one)| (path, method, one)))
            .filter(|(_, _, one)| !one["responses"].is_null())
            .map(|(path, method, _)| format!("{} {path}", method.to_uppercase()))
            .collect();
        let checks = report["checks"].as_array().unwrap();
        let asked: BTreeSet<String> = checks.iter().map(|c| c["operation"].as_str().unwrap().to_owned()).collect();
        assert_eq!(every.difference(&asked).collect::<Vec<_>>(), Vec::<&String>::new());
        assert!(checks.len() > every.len() * 10, "{}", checks.len());
        for what in ["anonymous", "revoked session", "revoked key", "key without the scope", "names a foreign thing",
            "takes a foreign cursor", "filters by a foreign thing", "a foreign change arrives", "ends with its session"] {
            assert!(checks.iter().any(|check| check["check"] == what), "nobody checked: {what}");
        }
        // The throw-away tenants are gone.
        let operator = Caller::with(&std::fs::read_to_string(&token).unwrap());
        let (status, tenants) = operator.get(&format!("{}/api/admin/tenants?search=prove", server.url)).await;
        assert_eq!((status, &tenants["items"]), (200, &json!([])));
    }
}

/// Passes everything on, and answers the attacker's list of calls with the victim's: what a missing filter would do.
async fn leaky(to: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let to = to.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        let seen = Arc::new(Mutex::new(Vec::new()));
        while let Ok((from, _)) = listener.accept().await {
            tokio::spawn(pass_on(from, to.clone(), seen.clone()));
        }
    });
    url
}

async fn pass_on(mut from: TcpStream, to: String, seen: Arc<Mutex<Vec<u8>>>) {
    let (head, body) = request(&mut from).await;
    let head = head.replacen("HTTP/1.1\r\n", "HTTP/1.1\r\nconnection: close\r\n", 1);
    let Ok(mut there) = TcpStream::connect(&to).await else { return };
    drop(there.write_all(head.as_bytes()).await);
    drop(there.write_all(&body).await);
    if head.starts_with("GET /api/v1/events") {
        // A stream has no end of its own.
        drop(tokio::io::copy_bidirectional(&mut there, &mut from).await);
        return;
    }
    let mut answer = Vec::new();
    drop(there.read_to_end(&mut answer).await);
    let text = String::from_utf8_lossy(&answer).into_owned();
    if head.starts_with("GET /api/v1/calls?") && text.starts_with("HTTP/1.1 200") {
        let mut seen = seen.lock().unwrap();
        if head.contains("tenant=prove-victim") {
            seen.clone_from(&answer);
        } else if head.contains("tenant=prove-own") && !seen.is_empty() {
            answer.clone_from(&seen);
        }
    }
    drop(from.write_all(&answer).await);
    drop(from.shutdown().await);
}

async fn request(from: &mut TcpStream) -> (String, Vec<u8>) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16_384]);
    loop {
        let count = from.read(&mut buffer).await.unwrap_or(0);
        bytes.extend_from_slice(&buffer[..count]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) else {
            assert!(count > 0, "half a request");
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.lines().next()?.parse().ok());
        if bytes.len() >= end + length.unwrap_or(0) {
            return (head, bytes[end..].to_vec());
        }
    }
}

#[test]
fn a_server_that_leaks_is_found_out_and_nothing_is_left_on_it() {
    vestibule_testkit::runtime().block_on(async {
        let (home, server, token) = open(&TestDb::new(Engine::Sqlite).await).await;
        let url = leaky(&server.url).await;
        let wrong = home.dir.path().join("wrong");
        std::fs::write(&wrong, "vss_of_nobody").unwrap();
        let operator = Caller::with(&std::fs::read_to_string(&token).unwrap());
        let shown = url.clone();
        let runs = tokio::task::spawn_blocking(move || {
            let proved = prove(&home, &url, &token, &["--format", "html", "--language", "fr"]);
            (proved, prove(&home, &url, &wrong, &[]))
        });
        let ((passed, report, said), refused) = runs.await.unwrap();
        assert!(!passed && said.contains("found a leak"), "{said}");
        assert!(report.contains("<dt>GET /api/v1/calls</dt>"), "{report}");
        assert!(report.contains("shows a foreign row: shows"), "{report}");
        assert!(report.contains("Isolation des entreprises") && report.contains(&shown), "{report}");
        let (_, tenants) = operator.get(&format!("{}/api/admin/tenants?search=prove", server.url)).await;
        assert_eq!(tenants["items"], json!([]));
        assert!(!refused.0 && refused.2.contains("is the token an operator's?"), "{refused:?}");
    });
}
