//! The courier against receivers that behave, and against those that do not.

use bytes::Bytes;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use vestibule_model::{DeliveryId, UnixMs};
use vestibule_ports::{Courier, Parcel, Receipt, ReceiptKind};
use vestibule_providers::n8n::{N8nCourier, SsrfGuard};
use vestibule_vault::{EndpointSecret, hmac_hex, standard_webhooks};

const BODY: &str = r#"{"event":"call.completed","name":"Éloïse ☎","n":1.0}"#;
const OLD: &str = "previous-secret-0123456789ABCDEF";
const NEW: &str = "rk7T2vQm9xLpA4cZ8wNf3sYh6uJdE1Bg";

fn courier(allow: &[&str]) -> N8nCourier {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    N8nCourier::new(SsrfGuard::new(allow.iter().map(|net| net.parse().unwrap()).collect())).unwrap()
}

fn parcel(url: &str) -> Parcel {
    let secret = |text: &str| EndpointSecret::from_ascii(text.into()).unwrap();
    Parcel {
        delivery: DeliveryId(uuid::Uuid::from_u128(7)),
        url: url.to_owned(),
        secrets: vec![secret(NEW), secret(OLD)],
        header: Some(("X-N8n-Webhook-Secret".to_owned(), "n8n's own secret".to_owned().into())),
        body: Bytes::from_static(BODY.as_bytes()),
        at: UnixMs(1_795_219_200_999),
        timeout_ms: 5_000,
    }
}

async fn send(url: &str) -> Receipt {
    courier(&["127.0.0.0/8"]).send(parcel(url)).await
}

/// Reads one request to its end: the head as text, and the body.
async fn request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).await.unwrap();
        assert!(n > 0, "the request broke off");
        bytes.extend_from_slice(&buffer[..n]);
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length: usize = header(&head, "content-length").unwrap().parse().unwrap();
            if bytes.len() == end + 4 + length {
                return (head, bytes[end + 4..].to_vec());
            }
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// A receiver that answers one request with these bytes and hands the request back.
async fn receiver(answer: String) -> (String, JoinHandle<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhook/calls?x=1", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = request(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        request
    });
    (url, task)
}

async fn answered(status: &str, headers: &str, body: &str) -> Receipt {
    let length = body.len();
    let (url, task) =
        receiver(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}")).await;
    let receipt = send(&url).await;
    task.await.unwrap();
    receipt
}

#[tokio::test]
async fn a_delivery_is_signed_with_every_secret_and_arrives_byte_for_byte() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"executionId\":\"54\"}";
    let (url, task) = receiver(answer.to_owned()).await;
    let receipt = send(&url).await;
    let (head, body) = task.await.unwrap();
    assert_eq!(receipt.kind, ReceiptKind::Delivered);
    assert_eq!((receipt.http_status, receipt.error), (Some(200), None));
    assert_eq!(receipt.execution_id.as_deref(), Some("54"));
    assert_eq!(receipt.excerpt.as_deref(), Some("{\"executionId\":\"54\"}"));
    assert_eq!(body, BODY.as_bytes());
    assert!(head.starts_with("POST /webhook/calls?x=1 HTTP/1.1\r\n"), "{head}");
    let get = |name: &str| header(&head, name).unwrap();
    assert_eq!(get("content-type"), "application/json");
    assert_eq!(get("user-agent"), concat!("Vestibule/", env!("CARGO_PKG_VERSION")));
    assert_eq!(get("webhook-id"), "00000000-0000-0000-0000-000000000007");
    assert_eq!(get("webhook-timestamp"), "1795219200");
    assert_eq!(get("x-vestibule-signature"), format!("sha256={}", hmac_hex(NEW.as_bytes(), &[&body])));
    assert_eq!(get("x-n8n-webhook-secret"), "n8n's own secret");
    let shown = courier(&[]).shown_headers(&parcel(&url));
    for (name, value) in &shown {
        let sent = get(name);
        assert!(value == sent || value.contains("[redacted]"), "{name}: {value} was {sent}");
    }
    assert_eq!(
        shown.len(),
        head.lines()
            .filter(|l| !l.starts_with("POST ")
                && !["host", "accept", "content-length"]
                    .iter()
                    .any(|n| l.to_ascii_lowercase().starts_with(n)))
            .count(),
        "{head}"
    );
    let all = format!("{shown:?}");
    assert!(!all.contains("n8n's own secret") && !all.contains(get("webhook-signature")), "{all}");
    let signature = get("webhook-signature");
    assert_eq!(signature.split(' ').count(), 2);
    for key in [NEW, OLD] {
        let (id, at) = (get("webhook-id"), get("webhook-timestamp"));
        let found = standard_webhooks::verify(&[key], id, at, signature, &body, 1_795_219_200, 300);
        assert_eq!(found, Ok(()), "{key}");
    }
    assert!(!head.contains(NEW) && !head.contains(OLD));
}

#[tokio::test]
async fn answers_become_verdicts() {
    let gone = answered("410 Gone", "", "").await;
    assert_eq!((gone.kind, gone.error), (ReceiptKind::Gone, Some("gone")));
    let inactive = r#"{"code":404,"message":"The requested webhook \"POST nope\" is not registered."}"#;
    let inactive = answered("404 Not Found", "content-type: application/json\r\n", inactive).await;
    assert_eq!((inactive.kind, inactive.error), (ReceiptKind::Failed, Some("workflow_not_active")));
    let busy = answered("503 Service Unavailable", "retry-after: 120\r\n", "busy").await;
    assert_eq!((busy.error, busy.retry_after_ms), (Some("http_status"), Some(120_000)));
    let dated = answered("429 Too Many", "retry-after: Sat, 21 Nov 2026 00:01:00 GMT\r\n", "").await;
    assert_eq!(dated.retry_after_ms, Some(59_001));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (inner, never) = receiver("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let redirect = answered("307 Temporary Redirect", &format!("location: {inner}\r\n"), "").await;
    assert_eq!((redirect.kind, redirect.error), (ReceiptKind::Failed, Some("redirect")));
    assert_eq!(redirect.http_status, Some(307));
    assert!(!never.is_finished());
    never.abort();
}

#[tokio::test]
async fn a_receiver_that_hangs_costs_no_more_than_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let begun = Instant::now();
    let receipt = courier(&["127.0.0.1/32"]).send(Parcel { timeout_ms: 150, ..parcel(&url) }).await;
    assert_eq!((receipt.kind, receipt.error), (ReceiptKind::Failed, Some("timeout")));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_body_that_hangs_or_breaks_off_does_not_unmake_a_delivery() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhello";
    let (url, task) = receiver(answer.to_owned()).await;
    let broken = send(&url).await;
    task.await.unwrap();
    assert_eq!((broken.kind, broken.excerpt.as_deref()), (ReceiptKind::Delivered, Some("hello")));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.read(&mut [0; 1]).await
    });
    let hung = courier(&["127.0.0.1/32"]).send(Parcel { timeout_ms: 300, ..parcel(&url) }).await;
    assert_eq!((hung.kind, hung.excerpt.as_deref()), (ReceiptKind::Delivered, Some("hello")));
    let _ = task.await.unwrap();
}

#[tokio::test]
async fn of_ten_megabytes_sixteen_kilobytes_are_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        let head = "HTTP/1.1 500 Oops\r\ncontent-length: 10485760\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut written = 0;
        while stream.write_all(&[b'x'; 65_536]).await.is_ok() {
            written += 65_536;
            if written >= 10_485_760 {
                break;
            }
        }
        written
    });
    let receipt = send(&url).await;
    assert_eq!(receipt.error, Some("http_status"));
    assert!(receipt.excerpt.unwrap().len() <= 2048);
    let written = task.await.unwrap();
    assert!(written < 10_485_760, "the connection was drained");
}

#[tokio::test]
async fn connections_that_fail_say_how() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
    });
    assert_eq!(send(&format!("http://{address}/")).await.error, Some("connection_closed"));
    task.await.unwrap();
    // The listener is gone: nobody answers at that port any more.
    assert_eq!(send(&format!("http://{address}/")).await.error, Some("connection_refused"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let https = format!("https://{}/", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 this is not TLS\r\n\r\n").await.unwrap();
        stream.read(&mut [0; 1024]).await
    });
    assert_eq!(send(&https).await.error, Some("tls_failed"));
    let _ = task.await.unwrap();
}

#[tokio::test]
async fn forbidden_addresses_are_never_contacted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let strict = courier(&[]);
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        format!("https://localhost:{port}/"),
        format!("https://2130706433:{port}/"),
    ] {
        let receipt = strict.send(parcel(&url)).await;
        assert_eq!((receipt.kind, receipt.error), (ReceiptKind::Failed, Some("blocked_address")), "{url}");
    }
    assert_eq!(strict.send(parcel("not a url")).await.error, Some("invalid_url"));
    let unsigned = strict.send(Parcel { secrets: vec![], ..parcel("https://93.184.215.14/") }).await;
    assert_eq!(unsigned.error, Some("no_secret"));
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let shown = format!("{:?} {:?}", parcel("https://example.com/"), courier(&[]));
    assert!(!shown.contains(NEW) && !shown.contains(OLD), "{shown}");
}
