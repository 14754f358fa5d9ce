//! The stream of changes, on a real socket: nobody sees another tenant's, nobody sees more than their role, and
//! it ends when whoever reads may no longer.

use crate::street::{Person, Street, another, bearer, owner};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use vestibule_access::Permission;
use vestibule_domain::keys::{self, KeyOrder};
use vestibule_model::Role;
use vestibule_testkit::{TestTenant, both_databases};

const PATIENCE: Duration = Duration::from_secs(20);

/// A reader of the stream.
struct Reader {
    lines: BufReader<TcpStream>,
    /// Everything so far.
    text: String,
}

impl Reader {
    async fn open(address: SocketAddr, who: &Person, query: &str) -> Self {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let mut request = format!("GET /api/v1/events{query} HTTP/1.1\r\nhost: vestibule.test\r\n");
        for (name, value) in &who.0 {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        socket.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
        let mut reader = Self { lines: BufReader::new(socket), text: String::new() };
        reader.until("event: hello").await;
        reader.until("id: ").await;
        assert!(reader.text.starts_with("HTTP/1.1 200"), "{}", reader.text);
        reader
    }

    /// Reads until something stands in a line; returns that line.
    async fn until(&mut self, what: &str) -> String {
        let found = timeout(PATIENCE, async {
            loop {
                let mut line = String::new();
                assert_ne!(self.lines.read_line(&mut line).await.unwrap(), 0, "it ended: {}", self.text);
                self.text.push_str(&line);
                if line.contains(what) {
                    return line;
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("{what} never came"))
    }

    /// Reads to the end of the stream.
    async fn ends(mut self) -> String {
        let ended = timeout(PATIENCE, async {
            let mut line = String::new();
            // The last chunk is empty; a connection that is cut is an end as well.
            while self.lines.read_line(&mut line).await.is_ok_and(|n| n > 0) && line != "0\r\n" {
                self.text.push_str(&line);
                line.clear();
            }
        });
        ended.await.expect("the stream goes on");
        self.text
    }

    fn last_id(&self) -> String {
        self.text.lines().rev().find_map(|l| l.strip_prefix("id: ")).unwrap().trim().to_owned()
    }
}

/// Lets a call come and be folded; the id of the call.
async fn call(street: &Street, tenant: &TestTenant, name: &str) -> String {
    let body = another(tenant, "call_ended", name).later(60_000).body();
    assert_eq!(street.hook(tenant, &body).await.status, 204);
    street.kit.fold_all().await;
    let calls = street.get(&owner(tenant), "/api/v1/calls?limit=200").await.items();
    let external = format!("retell_{name}");
    calls.iter().find(|c| c["external_id"] == external).unwrap()["id"].as_str().unwrap().to_owned()
}

both_databases! {
    async fn another_tenants_changes_are_never_seen(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let victim = own.twin().clone();
        let operator = street.operator().await;
        street.look(&operator, &own, Role::Viewer).await;
        let address = street.serve().await;
        let by_name = format!("?tenant={}", own.record.slug);
        let mut readers = vec![
            Reader::open(address, &owner(&own), "").await,
            Reader::open(address, &bearer(&own.api_key), "").await,
            Reader::open(address, &operator, &by_name).await,
        ];
        let before = readers[0].last_id();
        let foreign = call(&street, &victim, "call_foreign").await;
        let mine = call(&street, &own, "call_mine").await;
        for reader in &mut readers {
            let line = reader.until(&mine).await;
            assert!(line.contains("\"room\":\"calls\""), "{line}");
            assert!(!reader.text.contains(&foreign) && !reader.text.contains(victim.id().to_string().as_str()));
        }
        // Who comes back is told what was missed, and again only of their own.
        let late = owner(&own).with("last-event-id", &before);
        let mut reader = Reader::open(address, &late, "").await;
        if !reader.text.contains(&mine) {
            reader.until(&mine).await;
        }
        assert!(!reader.text.contains(&foreign) && !reader.text.contains("resync"), "{}", reader.text);
        let elsewhere = owner(&own).with("last-event-id", "0123456789ab-3");
        let mut reader = Reader::open(address, &elsewhere, "").await;
        if !reader.text.contains("event: resync") {
            reader.until("event: resync").await;
        }
        kit.twin_changed(&victim).await;
    }

    async fn a_role_sees_its_rooms_only(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let viewer = street.member(Some(&own), Role::Viewer).await;
        let address = street.serve().await;
        let mut reads = Reader::open(address, &viewer, "").await;
        let mut all = Reader::open(address, &owner(&own), "").await;
        street.have_a_call(&own).await;
        let last = call(&street, &own, "call_last").await;
        for reader in [&mut reads, &mut all] {
            reader.until(&last).await;
        }
        assert!(all.text.contains("\"deliveries\"") && all.text.contains("\"contacts\""), "{}", all.text);
        assert!(reads.text.contains("\"contacts\""), "{}", reads.text);
        for room in ["\"deliveries\"", "\"inbox\"", "\"endpoints\""] {
            assert!(!reads.text.contains(room), "{}", reads.text);
        }
    }

    async fn it_ends_with_the_right_to_read(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let key = keys::create(&kit.house, &own.scope, Permission::ALL, &KeyOrder::named("stream").with_scopes(["events.read"])).await.unwrap();
        let (leaver, stays) = (street.member(Some(&own), Role::Viewer).await, street.member(Some(&own), Role::Viewer).await);
        let address = street.serve().await;
        let by_session = Reader::open(address, &leaver, "").await;
        let by_key = Reader::open(address, &bearer(&key.key), "").await;
        let mut other = Reader::open(address, &stays, "").await;
        let answer = street.ask(&leaver, http::Method::POST, "/auth/logout", None).await;
        assert_eq!(answer.status, 204);
        by_session.ends().await;
        keys::revoke(&kit.house, &own.scope, key.record.id).await.unwrap();
        by_key.ends().await;
        // Whoever still may, reads on.
        let last = call(&street, &own, "call_last").await;
        other.until(&last).await;
        let operator = street.operator().await;
        assert_eq!(street.delete(&operator, &format!("/api/admin/tenants/{}", own.id())).await.status, 204);
        other.ends().await;
    }

    async fn it_ends_with_the_look_from_outside(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let (agency, admin) = street.agency("Boreal").await;
        street.give(&own, Some(agency)).await;
        let address = street.serve().await;
        let by_name = format!("?tenant={}", own.record.slug);
        // By hand, by the time, by the hand-over.
        for how in ["by hand", "by the time", "by the hand-over"] {
            street.look(&admin, &own, Role::Staff).await;
            let mut reader = Reader::open(address, &admin, &by_name).await;
            let seen = call(&street, &own, &format!("call_{}", how.replace(' ', "_"))).await;
            reader.until(&seen).await;
            match how {
                "by hand" => drop(street.delete(&admin, "/api/admin/viewing").await.ok()),
                "by the time" => kit.clock.advance_ms(vestibule_domain::viewings::LASTS_MS),
                _ => street.give(&own, None).await,
            }
            reader.ends().await;
        }
    }

    async fn it_ends_for_whoever_is_let_go(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let (leaver, stays) = (street.member(Some(&own), Role::Staff).await, street.member(Some(&own), Role::Staff).await);
        let person = street.get(&leaver, "/api/v1/me").await.ok()["user"]["id"].as_str().unwrap().to_owned();
        let address = street.serve().await;
        let gone = Reader::open(address, &leaver, "").await;
        let mut other = Reader::open(address, &stays, "").await;
        let mut owners = Reader::open(address, &owner(&own), "").await;
        assert_eq!(street.delete(&owner(&own), &format!("/api/v1/people/{person}")).await.status, 204);
        gone.ends().await;
        let line = owners.until(&person).await;
        assert!(line.contains("\"room\":\"people\""), "{line}");
        let last = call(&street, &own, "call_last").await;
        other.until(&last).await;
        assert!(!other.text.contains("\"people\""), "staff see who comes and goes: {}", other.text);
    }

    async fn it_ends_when_the_doors_close(kit: Kit) {
        let closing = CancellationToken::new();
        let street = Street::with_closing(&kit, closing.clone());
        let own = kit.tenant("north-shore").await;
        let address = street.serve().await;
        let reader = Reader::open(address, &owner(&own), "").await;
        closing.cancel();
        reader.ends().await;
    }
}
