//! Alive, ready, figures: the last for this machine or an operator.

use crate::street::{Person, Street, anon, bearer, owner};
use futures::future::BoxFuture;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vestibule_ports::Reach;
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

/// Somebody outside who is there or not, and counts how often they are asked.
struct Somebody(&'static str, AtomicBool, AtomicUsize);

impl Reach for Somebody {
    fn name(&self) -> &'static str {
        self.0
    }

    fn is_reached(&self) -> BoxFuture<'_, bool> {
        self.2.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { self.1.load(Ordering::Relaxed) })
    }
}

both_databases! {
    async fn req_0_71_and_1_24_health_tells_how_everybody_is_and_stays_ready(kit: Kit) {
        let retell = Arc::new(Somebody("retell", AtomicBool::new(true), AtomicUsize::new(0)));
        let twilio = Arc::new(Somebody("twilio", AtomicBool::new(true), AtomicUsize::new(0)));
        let kit = kit.with_reach(vec![retell.clone(), twilio.clone()]).await;
        let street = Street::open(&kit);
        for path in ["/api/health", "/health/detailed"] {
            let body = street.get(&anon(), path).await.ok();
            assert_eq!(body["status"], "ok", "{body}");
            assert_eq!((&body["database"], &body["encryption_key"]), (&json!("ok"), &json!("OK")));
            assert_eq!((&body["retell"], &body["twilio"]), (&json!("reachable"), &json!("reachable")));
        }
        // K22: what is found out is told again for a while, and who does not answer makes nothing of ours unready.
        retell.1.store(false, Ordering::Relaxed);
        assert_eq!(street.get(&anon(), "/api/health").await.ok()["retell"], "reachable");
        kit.clock.advance_ms(30_001);
        let nobody = anon();
        let answers = futures::future::join_all((0..8).map(|_| street.get(&nobody, "/api/health"))).await;
        for answer in answers {
            let body = answer.ok();
            assert_eq!((&body["status"], &body["retell"]), (&json!("degraded"), &json!("unreachable")), "{body}");
        }
        assert_eq!((retell.2.load(Ordering::Relaxed), twilio.2.load(Ordering::Relaxed)), (2, 2));
        assert_eq!(street.get(&anon(), "/ready").await.ok()["status"], "ready");
        assert_eq!(street.get(&anon(), "/health").await.ok()["status"], "ok");
    }

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
