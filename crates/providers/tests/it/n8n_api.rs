//! n8n's API, answered by a server of our own with what n8n 2.41.1 really said, and with what it should never say.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use vestibule_model::UnixMs;
use vestibule_ports::{Diagnosis, EngineFault, ExecutionStatus, Place, ProviderFaultKind, WorkflowEngine};
use vestibule_providers::n8n::{N8nClient, SsrfGuard};

const KEY: &str = "eyJhbGciOiJIUzI1NiJ9.a-key-of-n8n";
const WORKFLOW: &str = "0SBF57y8QvY4O1sS";

fn client(allow: &[&str]) -> N8nClient {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    N8nClient::new(SsrfGuard::new(allow.iter().map(|net| net.parse().unwrap()).collect())).unwrap()
}

fn place(base: &str) -> Place {
    Place {
        instance_url: Some(base.to_owned()),
        webhook_url: format!("{base}/webhook/c4"),
        workflow: Some(WORKFLOW.to_owned()),
        key: Some(KEY.into()),
        timeout_ms: 5_000,
    }
}

/// Answers each request with the next of these, byte for byte, and keeps the requests' heads. `None` never answers.
async fn n8n(answers: Vec<Option<String>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = heads.clone();
    tokio::spawn(async move {
        let mut open = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                let mut buffer = [0; 2048];
                let n = stream.read(&mut buffer).await.unwrap();
                assert!(n > 0, "the request broke off");
                head.extend_from_slice(&buffer[..n]);
            }
            kept.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
            match answer {
                // The reader may have gone in the middle of it.
                Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
                None => open.push(stream),
            }
        }
        std::future::pending::<()>().await;
    });
    (base, heads)
}

fn answer(status: &str, headers: &str, body: &str) -> Option<String> {
    Some(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    ))
}

fn ok(body: &Value) -> Option<String> {
    answer("200 OK", "content-type: application/json\r\n", &body.to_string())
}

fn fixture(name: &str) -> Value {
    let path = format!("{}/fixtures/n8n/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The workflow of the sample list, which listens for POSTs at `c4` and is active.
fn workflow() -> Value {
    fixture("api-workflows-list")["data"][0].clone()
}

async fn fault(first: Option<String>) -> EngineFault {
    let (base, _) = n8n(vec![first]).await;
    client(&["127.0.0.0/8"]).execution(&place(&base), "51").await.unwrap_err()
}

#[tokio::test]
async fn executions_come_page_by_page_and_end_at_since() {
    let mut list = fixture("api-executions-list");
    for item in list["data"].as_array_mut().unwrap() {
        item["workflowId"] = json!(WORKFLOW);
    }
    let mut strange = list.clone();
    strange["data"][0]["workflowId"] = json!("another");
    let (base, heads) = n8n(vec![ok(&list), ok(&list), ok(&strange), ok(&json!({ "data": [] }))]).await;
    let (client, place) = (client(&["127.0.0.0/8"]), place(&base));
    let page = client.executions(&place, UnixMs(0), None).await.unwrap();
    assert_eq!(page.items.iter().map(|one| one.external_id.as_str()).collect::<Vec<_>>(), ["33", "32"]);
    assert_eq!(page.items[0].status, ExecutionStatus::Error);
    let next = page.next.unwrap();
    // Between the two: the older one and every page behind it are not wanted.
    let since = UnixMs::parse_rfc3339("2026-11-21T03:39:16.050Z").unwrap();
    let page = client.executions(&place, since, Some(&next)).await.unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
    let page = client.executions(&place, UnixMs(0), None).await.unwrap();
    assert_eq!(page.items.len(), 1, "of another workflow nothing is taken");
    assert_eq!(
        client.executions(&place, UnixMs(0), None).await.unwrap(),
        vestibule_ports::ExecutionPage::default()
    );
    let heads = heads.lock().unwrap();
    let first = heads[0].lines().next().unwrap();
    assert_eq!(first, format!("GET /api/v1/executions?workflowId={WORKFLOW}&limit=100 HTTP/1.1"));
    assert!(heads[1].contains("&cursor=eyJsYXN0SWQiOiIzMiIsImxpbWl0IjoyfQ%3D%3D "), "{}", heads[1]);
    assert!(heads[0].contains(&format!("x-n8n-api-key: {KEY}\r\n")) && !first.contains(KEY), "{}", heads[0]);
}

#[tokio::test]
async fn one_execution_is_found_missing_or_not_what_was_asked_for() {
    let missing = answer("404 Not Found", "", r#"{"message":"Not Found"}"#);
    let (base, heads) =
        n8n(vec![ok(&fixture("api-execution")), missing, ok(&fixture("api-execution"))]).await;
    let (client, place) = (client(&["127.0.0.0/8"]), place(&base));
    let found = client.execution(&place, "51").await.unwrap().unwrap();
    assert_eq!((found.status, found.mode.as_deref()), (ExecutionStatus::Success, Some("webhook")));
    assert_eq!(found.stopped_at, UnixMs::parse_rfc3339("2026-11-21T03:41:30.860Z"));
    assert_eq!(client.execution(&place, "51").await, Ok(None));
    let other = client.execution(&place, "52").await.unwrap_err();
    assert_eq!(
        (other.kind, other.code),
        (ProviderFaultKind::Unexpected, "unreadable"),
        "an answer about another execution"
    );
    // What is no id is not asked for.
    assert_eq!(client.execution(&place, "../workflows").await, Ok(None));
    assert_eq!(heads.lock().unwrap().len(), 3);
    assert!(client.page_of(&place, "51").unwrap().ends_with(&format!("/workflow/{WORKFLOW}/executions/51")));
}

#[tokio::test]
async fn every_no_has_a_kind_and_a_code() {
    for (status, body, kind, code) in [
        ("401 Unauthorized", r#"{"message":"Unauthorized"}"#, ProviderFaultKind::Unauthorized, "key_refused"),
        ("403 Forbidden", r#"{"message":"Forbidden"}"#, ProviderFaultKind::Unauthorized, "key_scope"),
        (
            "404 Not Found",
            "<!DOCTYPE html><pre>Cannot GET /api/v1/executions/51</pre>",
            ProviderFaultKind::Unavailable,
            "no_api",
        ),
        (
            "400 Bad Request",
            r#"{"message":"request/params must be integer"}"#,
            ProviderFaultKind::Rejected,
            "rejected",
        ),
        ("302 Found", "", ProviderFaultKind::Rejected, "redirect"),
        ("500 Internal Server Error", "{}", ProviderFaultKind::Unavailable, "http_status"),
        ("503 Service Unavailable", "busy", ProviderFaultKind::Unavailable, "http_status"),
        ("200 OK", "<html>not n8n</html>", ProviderFaultKind::Unexpected, "unreadable"),
        ("200 OK", "[]", ProviderFaultKind::Unexpected, "unreadable"),
        ("200 OK", "", ProviderFaultKind::Unexpected, "unreadable"),
    ] {
        let found = fault(answer(status, "location: http://127.0.0.1:1/\r\n", body)).await;
        assert_eq!((found.kind, found.code), (kind, code), "{status} {body}");
        assert!(!format!("{found:?}").contains(KEY));
    }
    let said = fault(answer(
        "400 Bad Request",
        "",
        r#"{"message":"the key eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 is bad"}"#,
    ))
    .await;
    assert_eq!(said.said.as_deref(), Some("the key [redacted] is bad"));
    let echoed =
        fault(answer("400 Bad Request", "", &json!({ "message": format!("no {KEY}!") }).to_string())).await;
    assert_eq!(echoed.said.as_deref(), Some("no [redacted]!"));
}

#[tokio::test]
async fn a_wish_to_wait_is_heard() {
    let wish = |headers: &str| answer("429 Too Many Requests", headers, "{}");
    let found = fault(wish("retry-after: 120\r\n")).await;
    assert_eq!((found.kind, found.retry_after_ms), (ProviderFaultKind::RateLimited, Some(120_000)));
    let dated = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:50:37 GMT\r\n";
    assert_eq!(fault(wish(dated)).await.retry_after_ms, Some(60_000), "by their own clock");
    assert_eq!(fault(wish("retry-after: 99999999999\r\n")).await.retry_after_ms, Some(86_400_000));
    assert_eq!(fault(wish("retry-after: soon\r\n")).await.retry_after_ms, None);
    assert_eq!(fault(wish("")).await.retry_after_ms, None);
}

#[tokio::test]
async fn whoever_hangs_or_talks_without_end_is_left() {
    for first in [None, Some("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"id\":".to_owned())] {
        let (base, _) = n8n(vec![first.clone(), None]).await;
        let place = Place { timeout_ms: 200, ..place(&base) };
        let begun = Instant::now();
        let found = client(&["127.0.0.0/8"]).execution(&place, "51").await.unwrap_err();
        // Cut off in the middle or silent, both end in time.
        assert!(matches!(found.code, "timeout" | "connection_closed"), "{found:?}");
        assert_eq!(found.kind, ProviderFaultKind::Unavailable);
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{{\"id\":\"{}", "x".repeat(5 * 1024 * 1024));
    let found = fault(Some(endless)).await;
    assert_eq!((found.kind, found.code), (ProviderFaultKind::Unexpected, "too_large"));
}

#[tokio::test]
async fn nobody_there_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let ask =
        async |allow: &[&str], base: &str| client(allow).execution(&place(base), "51").await.unwrap_err();
    // Speaks no TLS.
    let speaker = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
    });
    let all = ["127.0.0.0/8"];
    assert_eq!(ask(&all, &format!("https://127.0.0.1:{port}")).await.code, "tls_failed");
    speaker.await.unwrap();
    assert_eq!(ask(&all, &format!("http://127.0.0.1:{port}")).await.code, "connection_refused");
    assert_eq!(ask(&all, "https://no-such-host.invalid").await.code, "dns_failed");
    let blocked = ask(&[], &format!("https://127.0.0.1:{port}")).await;
    assert_eq!((blocked.kind, blocked.code), (ProviderFaultKind::Rejected, "blocked_address"));
    assert_eq!(ask(&[], "https://localhost").await.code, "blocked_address");
    assert_eq!(ask(&[], "http://n8n.example.com").await.code, "blocked_address");
    assert_eq!(ask(&all, "ftp://n8n.example.com").await.code, "invalid_url");
}

async fn diagnosed(
    answers: Vec<Option<String>>,
    change: impl FnOnce(&mut Place),
) -> (Diagnosis, Vec<String>) {
    let (base, heads) = n8n(answers).await;
    let mut place = place(&base);
    change(&mut place);
    let found = client(&["127.0.0.0/8"]).diagnose(&place).await;
    let heads = heads.lock().unwrap().clone();
    (found, heads)
}

#[tokio::test]
async fn a_diagnosis_names_the_first_thing_to_mend() {
    let with = |path: &str, value: Value| {
        let mut workflow = workflow();
        *workflow.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        workflow
    };
    let node = "/activeVersion/nodes/0/parameters";
    for (name, workflow, want) in [
        ("as it is", workflow(), "ready"),
        ("not active", with("/active", json!(false)), "workflow_inactive"),
        ("archived", with("/isArchived", json!(true)), "workflow_archived"),
        ("another path", with(&format!("{node}/path"), json!("elsewhere")), "wrong_path"),
        ("the default method", with(&format!("{node}/httpMethod"), json!("GET")), "wrong_method"),
        (
            "another node",
            with("/activeVersion/nodes/0/type", json!("n8n-nodes-base.scheduleTrigger")),
            "no_webhook",
        ),
    ] {
        let (found, heads) = diagnosed(vec![ok(&workflow)], |_| ()).await;
        assert_eq!((found.code, found.is_good), (want, want == "ready"), "{name}");
        assert_eq!(found.workflow_name.as_deref(), Some("crypto-sw"));
        assert!(
            heads[0].starts_with(&format!("GET /api/v1/workflows/{WORKFLOW} HTTP/1.1\r\n")),
            "{}",
            heads[0]
        );
        if want == "wrong_path" {
            assert!(found.addresses[0].ends_with("/webhook/elsewhere"), "{:?}", found.addresses);
        }
    }
}

#[tokio::test]
async fn a_diagnosis_of_what_is_not_even_asked_or_not_found() {
    let refused = || answer("401 Unauthorized", "", r#"{"message":"Unauthorized"}"#);
    let list = || ok(&fixture("api-workflows-list"));
    let (found, heads) = diagnosed(vec![], |place| {
        place.webhook_url = place.webhook_url.replace("/webhook/", "/webhook-test/")
    })
    .await;
    assert_eq!((found.code, heads.len()), ("test_url", 0));
    assert!(found.addresses[0].contains("/webhook/c4"));
    let (found, _) = diagnosed(vec![], |place| {
        place.instance_url = None;
        place.webhook_url = "https://example.com/calls".into();
    })
    .await;
    assert_eq!(found.code, "instance_unknown");
    let (found, heads) = diagnosed(vec![refused()], |place| place.key = None).await;
    assert_eq!(found.code, "key_missing");
    assert!(!heads[0].contains("x-n8n-api-key"), "{}", heads[0]);
    let html = answer("404 Not Found", "", "<html>nginx</html>");
    assert_eq!(diagnosed(vec![html], |place| place.key = None).await.0.code, "no_api");
    assert_eq!(diagnosed(vec![refused()], |_| ()).await.0.code, "key_refused");
    assert_eq!(
        diagnosed(vec![], |place| place.key = Some("a\nb".into())).await.0.code,
        "key_refused",
        "no header can hold it"
    );
    assert_eq!(diagnosed(vec![list()], |place| place.workflow = None).await.0.code, "workflow_unknown");
    assert_eq!(
        diagnosed(vec![list()], |place| place.workflow = Some("../x".into())).await.0.code,
        "workflow_missing"
    );
    let missing = answer("404 Not Found", "", r#"{"message":"Not Found"}"#);
    assert_eq!(diagnosed(vec![missing], |_| ()).await.0.code, "workflow_missing");
    let (found, _) =
        diagnosed(vec![answer("500 Internal Server Error", "", r#"{"message":"boom"}"#)], |_| ()).await;
    assert_eq!((found.code, found.said.as_deref()), ("http_status", Some("boom")));
    // An address of the webhook that is on another host, and a workflow's address instead of its id.
    let (found, _) = diagnosed(vec![ok(&workflow())], |place| {
        place.webhook_url = "https://hooks.example.com/webhook/c4".into();
        place.workflow = Some(format!("{}/workflow/{WORKFLOW}", place.instance_url.as_deref().unwrap()));
    })
    .await;
    assert_eq!(found.code, "ready");
}

#[tokio::test]
async fn a_workflow_is_activated_or_n8n_says_why_not() {
    let no = |status: &str, message: &str| answer(status, "", &json!({ "message": message }).to_string());
    let missing = "Cannot publish workflow: 1 nodes have configuration issues:\n\nNode \"HMAC\":\n  - Missing required credential: crypto";
    let (base, heads) = n8n(vec![
        ok(&workflow()),
        no("400 Bad Request", missing),
        no("409 Conflict", "There is a conflict with one of the webhooks."),
        no("404 Not Found", "Not Found"),
    ])
    .await;
    let (client, place) = (client(&["127.0.0.0/8"]), place(&base));
    assert_eq!(client.activate(&place).await, Ok(()));
    let found = client.activate(&place).await.unwrap_err();
    assert_eq!(
        (found.kind, found.code, found.said.as_deref()),
        (ProviderFaultKind::Rejected, "activation_refused", Some(missing))
    );
    let words = client.explain(&found);
    assert_eq!((words.code, words.said.as_deref()), ("activation_refused", Some(missing)));
    assert_eq!(client.activate(&place).await.unwrap_err().code, "webhook_conflict");
    assert_eq!(client.activate(&place).await.unwrap_err().code, "workflow_missing");
    let nowhere = Place { workflow: None, ..place };
    assert_eq!(client.activate(&nowhere).await.unwrap_err().code, "workflow_missing");
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 4);
    assert!(
        heads[0].starts_with(&format!("POST /api/v1/workflows/{WORKFLOW}/activate HTTP/1.1\r\n")),
        "{}",
        heads[0]
    );
}
