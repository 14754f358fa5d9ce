//! Vapi's REST interface as a double plays it: well behaved, then in every other way.

use super::cases::sample;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use vestibule_model::{FactKind, UnixMs};
use vestibule_ports::{
    AccountInfo, CallAccount, CallWebhooks, ProviderFault, ProviderFaultKind, ResourceKind,
};
use vestibule_providers::vapi::{Vapi, VapiAccount};
use vestibule_vault::Credentials;

const KEY: &str = "private-key-0123456789";
const LONGEST: usize = 64 * 1024;

type Answers = Arc<dyn Fn(&Asked) -> Option<String> + Send + Sync>;

/// A request as the double saw it.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    query: Vec<(String, String)>,
    key: String,
}

impl Asked {
    fn of(&self, name: &str) -> &str {
        self.query.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
}

/// An interface that answers what the function says, and hangs where it says nothing.
struct Double {
    base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Double {
    async fn new(answers: impl Fn(&Asked) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (asked, answers): (Arc<Mutex<Vec<Asked>>>, Answers) = (Arc::default(), Arc::new(answers));
        let seen = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, seen.clone(), answers.clone()));
            }
        });
        Self { base, asked }
    }

    fn account(&self) -> VapiAccount {
        // Fails when another test was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        VapiAccount::at(&self.base, Duration::from_secs(5), LONGEST).unwrap()
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<Asked>>>, answers: Answers) {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        let Ok(n @ 1..) = stream.read(&mut buffer).await else { return };
        bytes.extend_from_slice(&buffer[..n]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let target = head.split(' ').nth(1).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let key = head.lines().find_map(|line| line.strip_prefix("authorization: Bearer ")).unwrap_or_default();
    let asked = Asked { path: path.to_owned(), query, key: key.to_owned() };
    seen.lock().unwrap().push(asked.clone());
    match answers(&asked) {
        // It may have been read only in part: then the other side is gone.
        Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
        None => drop(stream.read(&mut [0; 1]).await),
    }
}

fn ok(body: &Value) -> Option<String> {
    answer("200 OK", "", &body.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "what a double answers, of which silence is one kind")]
fn answer(status: &str, headers: &str, body: &str) -> Option<String> {
    Some(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    ))
}

fn keys() -> Credentials {
    Credentials::of("private_key", KEY).with("webhook_secret", "never-sent-anywhere")
}

fn fault(kind: ProviderFaultKind) -> ProviderFault {
    ProviderFault::of(kind)
}

const SINCE: UnixMs = UnixMs(1_795_219_200_000);
const UNTIL: UnixMs = UnixMs(1_795_305_600_000);

fn call(id: usize, created_at: UnixMs) -> Value {
    json!({"id": format!("c-{id}"), "orgId": "o", "type": "inboundPhoneCall", "status": "ended",
        "createdAt": created_at.rfc3339(), "updatedAt": created_at.plus_ms(60_000).rfc3339(),
        "assistantId": "a", "phoneNumberId": "p", "endedReason": "customer-ended-call"})
}

/// Answers as Vapi does: newest first, `limit`, `createdAtGe` and `createdAtLt`.
fn listing(all: &[(usize, UnixMs)], asked: &Asked) -> Option<String> {
    let at = |name: &str| UnixMs::parse_rfc3339(asked.of(name)).unwrap();
    let limit: usize = asked.of("limit").parse().unwrap();
    let mut found: Vec<_> =
        all.iter().filter(|(_, t)| *t >= at("createdAtGe") && *t < at("createdAtLt")).collect();
    found.sort_by_key(|(_, t)| std::cmp::Reverse(*t));
    ok(&found.into_iter().take(limit).map(|(id, t)| call(*id, *t)).collect())
}

/// Walks every page and says how often each call was on one.
async fn walk(double: &Double) -> Vec<String> {
    let (account, keys) = (double.account(), keys());
    let (mut ids, mut cursor) = (Vec::new(), None);
    for _ in 0..100 {
        let page = account.list_calls(&keys, SINCE, UNTIL, cursor).await.unwrap();
        ids.extend(page.items.into_iter().map(|call| call.external_call_id));
        cursor = page.next;
        if cursor.is_none() {
            ids.sort();
            ids.dedup();
            return ids;
        }
    }
    panic!("the pages have no end");
}

#[tokio::test]
async fn every_call_is_on_some_page_even_of_the_same_millisecond() {
    // All but the newest share their instant with another, so that a page of a hundred ends inside a pair; some lie
    // outside.
    let mut all: Vec<(usize, UnixMs)> =
        (0..251).map(|i| (i, SINCE.plus_ms(i64::try_from(i / 2).unwrap() * 1000))).collect();
    all.push((1000, SINCE.plus_ms(-1)));
    all.push((1001, UNTIL));
    let double = Double::new(move |asked| listing(&all, asked)).await;
    let ids = walk(&double).await;
    assert_eq!(ids.len(), 251);
    let asked = double.asked();
    assert!((3..=5).contains(&asked.len()), "{} pages", asked.len());
    assert!(
        asked.iter().all(|a| a.path == "/call" && a.key == KEY && a.of("createdAtGe") == SINCE.rfc3339())
    );
    assert!(!format!("{asked:?}").contains("never-sent"));
}

#[tokio::test]
async fn a_page_of_one_instant_does_not_come_again_for_ever() {
    let all: Vec<(usize, UnixMs)> = (0..150).map(|i| (i, SINCE.plus_ms(5))).chain([(500, SINCE)]).collect();
    let double = Double::new(move |asked| listing(&all, asked)).await;
    // More calls in one millisecond than a page holds: those beyond it are out of reach, the older ones are not.
    let ids = walk(&double).await;
    assert!(ids.contains(&String::from("c-500")), "{}", ids.len());
    assert_eq!(ids.len(), 101);
}

#[tokio::test]
async fn a_listed_call_says_what_its_report_said() {
    let report = Vapi.normalize(&sample("vapi", "end-of-call-report.json")).unwrap();
    let listed = String::from_utf8(sample("vapi", "rest/list_calls.json")).unwrap();
    let double = Double::new(move |_| answer("200 OK", "", &listed)).await;
    let page = double.account().list_calls(&keys(), SINCE, UNTIL, None).await.unwrap();
    assert_eq!(page.next, None);
    let [call] = &page.items[..] else { panic!("one call") };
    let [event] = &call.events[..] else { panic!("one fact") };
    assert_eq!((event.kind, &event.aliases), (FactKind::Analyzed, &report[0].aliases));
    assert_eq!(call.external_call_id, event.external_call_id);
    let ours: Vec<_> = call.resources.iter().map(|r| (r.kind, r.id.as_str())).collect();
    let want = [
        (ResourceKind::Agent, "f4ff7f14-a8a8-445e-8906-c370b5671768"),
        (ResourceKind::Number, "4a5a04dc-dcbe-45b1-8f64-fd32a253d136"),
    ];
    assert_eq!(ours, want);
    // The list names the number only by its id, the report the assistant only by its name.
    let mut doc = event.doc.clone();
    assert_eq!(doc.agent_ref.take().as_deref(), Some(want[0].1));
    (doc.to, doc.agent_name) = (report[0].doc.to.clone(), report[0].doc.agent_name.clone());
    assert_eq!(doc, report[0].doc);
}

#[tokio::test]
async fn calls_that_go_on_and_odd_ones() {
    let double = Double::new(|_| {
        ok(&json!([7, {"status": "ended"}, {"id": "s", "status": "scheduled"},
            {"id": "r", "status": "ringing", "createdAt": 5}, {"id": "i", "status": "in-progress", "startedAt": 9}]))
    })
    .await;
    let page = double.account().list_calls(&keys(), SINCE, UNTIL, None).await.unwrap();
    let found: Vec<_> =
        page.items.iter().map(|c| (c.external_call_id.as_str(), c.events.first().map(|e| e.kind))).collect();
    assert_eq!(found, [("s", None), ("r", Some(FactKind::Started)), ("i", Some(FactKind::Progress))]);
}

#[tokio::test]
async fn a_key_is_tested_by_something_small() {
    let double = Double::new(|_| ok(&json!([{"id": "a", "orgId": "o", "name": "North Shore"}]))).await;
    let info = double.account().test(&keys()).await.unwrap();
    assert_eq!(info, AccountInfo { id: Some("o".into()), label: Some("North Shore".into()) });
    let [asked] = &double.asked()[..] else { panic!("one request") };
    assert_eq!((asked.path.as_str(), asked.of("limit"), asked.key.as_str()), ("/assistant", "1", KEY));
    let empty = Double::new(|_| ok(&json!([]))).await;
    assert_eq!(empty.account().test(&keys()).await, Ok(AccountInfo::default()));
    // Without a key nothing is asked.
    let without = Credentials::of("webhook_secret", "x");
    assert_eq!(empty.account().test(&without).await, Err(fault(ProviderFaultKind::Unauthorized)));
    assert_eq!(empty.asked().len(), 1);
}

#[tokio::test]
async fn refusals_become_kinds() {
    use ProviderFaultKind::{RateLimited, Rejected, Unauthorized, Unavailable, Unexpected};
    let invalid = r#"{"message":"Invalid Key. Hot tip, …","error":"Unauthorized","statusCode":401}"#;
    let dated = "retry-after: Sat, 21 Nov 2026 00:01:00 GMT\r\ndate: Sat, 21 Nov 2026 00:00:00 GMT\r\n";
    for (status, headers, body, kind, wait) in [
        ("401 Unauthorized", "", invalid, Unauthorized, None),
        ("403 Forbidden", "", "", Unauthorized, None),
        ("429 Too Many Requests", "retry-after: 7\r\n", "", RateLimited, Some(7_000)),
        ("429 Too Many Requests", dated, "", RateLimited, Some(60_000)),
        ("429 Too Many Requests", "retry-after: soon\r\n", "", RateLimited, None),
        ("500 Internal Server Error", "", "oops", Unavailable, None),
        ("503 Service Unavailable", "retry-after: 1\r\n", "", Unavailable, Some(1_000)),
        ("400 Bad Request", "", r#"{"message":["limit must not be greater"]}"#, Rejected, None),
        ("404 Not Found", "", "", Rejected, None),
        ("302 Found", "location: http://127.0.0.1:9/\r\n", "", Unexpected, None),
        ("200 OK", "", "<html>", Unexpected, None),
        ("200 OK", "", r#"{"results":[]}"#, Unexpected, None),
        ("200 OK", "", "", Unexpected, None),
    ] {
        let double = Double::new(move |_| answer(status, headers, body)).await;
        let want = ProviderFault { kind, retry_after_ms: wait };
        assert_eq!(double.account().test(&keys()).await, Err(want), "{status} {body}");
        assert_eq!(
            double.account().list_calls(&keys(), SINCE, UNTIL, None).await,
            Err(want),
            "{status} {body}"
        );
        assert_eq!(want.is_passing(), matches!(kind, RateLimited | Unavailable));
    }
}

#[tokio::test]
async fn slow_broken_and_absent_answers_cost_no_more_than_the_limit() {
    let double = Double::new(|_| None).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let hasty = VapiAccount::at(&double.base, Duration::from_millis(150), LONGEST).unwrap();
    let begun = Instant::now();
    assert_eq!(hasty.test(&keys()).await, Err(fault(ProviderFaultKind::Unavailable)));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let broken = Double::new(|_| Some("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{".to_owned())).await;
    assert_eq!(broken.account().test(&keys()).await, Err(fault(ProviderFaultKind::Unavailable)));
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let absent = VapiAccount::at(&format!("http://{gone}"), Duration::from_secs(5), LONGEST).unwrap();
    assert_eq!(absent.test(&keys()).await, Err(fault(ProviderFaultKind::Unavailable)));
}

#[tokio::test]
async fn a_page_that_is_too_long_is_asked_for_in_smaller_ones() {
    // Ten of these calls are longer than is read, one is not.
    let all: Vec<(usize, UnixMs)> =
        (0..4).map(|i| (i, SINCE.plus_ms(i64::try_from(i).unwrap() * 1000))).collect();
    let double = Double::new(move |asked| {
        let body = listing(&all, asked)?;
        let calls = body.matches("\"id\"").count();
        if calls > 1 { ok(&json!(["x".repeat(LONGEST)])) } else { Some(body) }
    })
    .await;
    assert_eq!(walk(&double).await, ["c-0", "c-1", "c-2", "c-3"]);
    let endless = Double::new(|_| ok(&json!(["x".repeat(LONGEST)]))).await;
    let found = endless.account().list_calls(&keys(), SINCE, UNTIL, None).await;
    assert_eq!(found, Err(fault(ProviderFaultKind::Unexpected)));
    assert_eq!(endless.asked().iter().map(|a| a.of("limit")).collect::<Vec<_>>(), ["100", "10", "1"]);
}

#[tokio::test]
async fn a_foreign_cursor_is_refused_and_nothing_shows_the_key() {
    let double = Double::new(|_| ok(&json!([]))).await;
    for cursor in ["", "next", "-1", "1795219199999", "1795305600001", "99999999999999999999"] {
        let found = double.account().list_calls(&keys(), SINCE, UNTIL, Some(cursor.to_owned())).await;
        assert_eq!(found, Err(fault(ProviderFaultKind::Rejected)), "{cursor}");
    }
    assert!(double.asked().is_empty());
    assert!(!format!("{:?} {:?}", double.account(), keys()).contains(KEY));
}
