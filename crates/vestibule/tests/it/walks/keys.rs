//! The encryption key is exchanged while the server runs (requirement 0.85).

use crate::program::{Business, Home, PATIENCE, until};
use serde_json::json;
use vestibule_testkit::{Engine, TestDb, runtime};

#[test]
fn req_0_85_the_key_is_exchanged_while_the_server_runs() {
    runtime().block_on(async {
        let home = Home::new(&TestDb::new(Engine::Sqlite).await);
        let server = home.serve();
        let endpoint = json!({ "url": "https://n8n.test/x" });
        let first = Business::open(&home, &server, "north-shore", &endpoint).await;
        let data = home.dir.path().join("data");
        let key = std::fs::read_to_string(data.join("encryption.key")).unwrap();
        // Somebody of whom the server has read nothing yet.
        home.ok(&["tenant", "add", "Unread", "--email", "unread@people.test", "--slug", "unread"]);
        let printed = home.ok(&["keys", "rotate", "--generate"]);
        assert!(printed.contains("all of them are under key"), "{printed}");
        let new = std::fs::read_to_string(data.join("encryption.key")).unwrap();
        assert_ne!(key, new);
        for gone in ["encryption.key.previous", "encryption.key.new", "encryption.key.part"] {
            assert!(!data.join(gone).exists(), "{gone}");
        }
        let status = home.ok(&["keys", "status"]);
        assert!(status.contains("current") && status.lines().count() == 1, "{status}");
        // The server goes on: for whom it knew, for whom it did not, and for somebody new.
        let accepted = first.send(&server.url, &first.event("call_ended", "call_after").body()).await;
        assert_eq!(accepted, Some(204));
        let later = Business::open(&home, &server, "south-shore", &endpoint).await;
        assert_eq!(later.send(&server.url, &later.event("call_ended", "call_new").body()).await, Some(204));
        assert!(home.ok(&["keys", "status"]).lines().count() == 1, "a new tenant's key is under the new one");
        assert_eq!(server.stop().0.code(), Some(0));
        let server = home.serve();
        let calls = until("the calls are there", PATIENCE, || async {
            let calls = first.owner.all(&format!("{}/api/v1/calls", server.url)).await;
            (!calls.is_empty()).then_some(calls)
        })
        .await;
        assert_eq!(calls[0]["external_id"], "retell_call_after");
        assert_eq!(first.send(&server.url, &first.event("call_ended", "call_late").body()).await, Some(204));
        assert_eq!(server.stop().0.code(), Some(0));
        assert!(home.ok(&["doctor"]).contains("all under the current key"));
        // Whoever has only the old key is told so.
        std::fs::write(data.join("encryption.key"), key).unwrap();
        assert!(home.fails(&["keys", "status"]).contains("previous_encryption_keys"));
        assert!(home.run(&["keys", "status"]).stdout.windows(9).any(|text| text == b"NOT GIVEN"));
        assert!(home.fails(&["doctor"]).contains("need mending"));
        // And puts it right by giving both.
        std::fs::write(data.join("encryption.key.previous"), new).unwrap();
        home.ok(&["keys", "rotate", "--generate"]);
        assert!(home.ok(&["keys", "status"]).lines().count() == 1);
    });
}
