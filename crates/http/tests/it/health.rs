//! Alive, ready, figures: the last for this machine or an operator.

use crate::street::{Person, Street, anon, bearer, owner};
use serde_json::json;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vestibule_testkit::both_databases;

/// Asks over a real socket, from this machine.
async fn over_tcp(address: SocketAddr, path: &str, who: &Person) -> String {
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let headers: String = who.0.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: vestibule.test\r\nconnection: close\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    text
}

both_databases! {
    async fn alive_and_ready(kit: Kit) {
        let street = Street::open(&kit);
        let alive = street.get(&anon(), "/health").await.ok();
        assert_eq!((&alive["status"], &alive["version"]), (&json!("ok"), &json!(env!("CARGO_PKG_VERSION"))));
        let ready = street.get(&anon(), "/ready").await;
        assert_eq!(ready.ok(), json!({ "status": "ready", "database": "ok" }));
        assert_eq!(ready.header("cache-control"), "no-store");
    }

    async fn figures_are_for_this_machine_or_an_operator(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let operator = street.operator().await;
        // Asked from elsewhere: without an address, nobody is local.
        street.get(&anon(), "/metrics").await.is_problem(401, "unauthorized");
        street.get(&owner(&own), "/metrics").await.is_problem(403, "forbidden");
        street.get(&bearer(&own.api_key), "/metrics").await.is_problem(403, "forbidden");
        let figures = street.get(&operator, "/metrics").await;
        assert_eq!((figures.status.as_u16(), figures.header("content-type")), (200, "text/plain; version=0.0.4"));
        assert!(!figures.text.contains("north-shore") && !figures.text.contains(&own.id().to_string()), "{figures:?}");
        // Asked from here, but not through a proxy that stands here.
        let address = street.serve().await;
        assert!(over_tcp(address, "/metrics", &anon()).await.starts_with("HTTP/1.1 200"));
        for header in ["x-forwarded-for", "forwarded"] {
            let through = over_tcp(address, "/metrics", &anon().with(header, "203.0.113.7")).await;
            assert!(through.starts_with("HTTP/1.1 401"), "{header}: {through}");
        }
    }
}
