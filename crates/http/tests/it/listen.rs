//! Who holds a connection for nothing is let go, and others do not notice.

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use vestibule_http::listen::{Terms, serve};

/// More than a socket's buffers hold.
const LARGE: usize = 64 << 20;

async fn open(terms: Terms) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
    let router = Router::new()
        .route("/peer", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()))
        .route("/large", get(async || vec![b'x'; LARGE]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let closing = CancellationToken::new();
    let served = tokio::spawn(serve(listener, router, None, terms, closing.clone()));
    (address, closing, served)
}

/// All that comes until the other side closes.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    drop(socket.read_to_end(&mut bytes).await);
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn ask(address: SocketAddr, head: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    drop(socket.write_all(head.as_bytes()).await);
    rest(&mut socket).await
}

const PEER: &str = "GET /peer HTTP/1.1\r\nhost: vestibule.test\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn who_is_slow_at_a_head_is_let_go_and_makes_room() {
    let brief = Duration::from_millis(200);
    let (address, ..) = open(Terms { head_timeout: brief, connections: 1, ..Terms::default() }).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /peer HTTP/1.1\r\nhost: vestib").await.unwrap();
    // The only place is taken, so this waits until the slow one is let go.
    let answer = ask(address, PEER).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("127.0.0.1:"), "{answer}");
    assert!(!rest(&mut slow).await.contains("200 OK"));
}

#[tokio::test]
async fn who_does_not_read_is_let_go_and_makes_room() {
    let brief = Duration::from_millis(200);
    let (address, ..) = open(Terms { write_timeout: brief, connections: 1, ..Terms::default() }).await;
    let mut deaf = TcpStream::connect(address).await.unwrap();
    deaf.write_all(b"GET /large HTTP/1.1\r\nhost: vestibule.test\r\n\r\n").await.unwrap();
    assert!(ask(address, PEER).await.starts_with("HTTP/1.1 200"));
    let mut came = Vec::new();
    drop(deaf.read_to_end(&mut came).await);
    assert!(came.len() < LARGE, "it was sent whole");
}

#[tokio::test]
async fn a_head_has_a_largest_size() {
    let (address, ..) = open(Terms::default()).await;
    let fits =
        format!("GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {}\r\n\r\n", "y".repeat(30_000));
    assert!(ask(address, &fits).await.starts_with("HTTP/1.1 200"));
    let large =
        format!("GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    assert!(ask(address, &large).await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn closing_takes_no_more_and_ends() {
    let (address, closing, served) = open(Terms::default()).await;
    // One that is kept open, as browsers do.
    let mut kept = TcpStream::connect(address).await.unwrap();
    kept.write_all(b"GET /peer HTTP/1.1\r\nhost: vestibule.test\r\n\r\n").await.unwrap();
    let mut beginning = [0; 12];
    kept.read_exact(&mut beginning).await.unwrap();
    assert_eq!(&beginning, b"HTTP/1.1 200");
    closing.cancel();
    tokio::time::timeout(Duration::from_secs(10), served).await.expect("it did not end").unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
