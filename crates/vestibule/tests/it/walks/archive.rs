//! A tenant moves from a server on SQLite to one on PostgreSQL, by command, while the first one runs; and is erased there.

use crate::program::{Business, Home, PATIENCE, until};
use serde_json::{Value, json};
use vestibule_testkit::{Engine, TestDb, postgres_is_available, runtime};

fn digest(printed: &str) -> &str {
    printed.lines().find(|line| line.starts_with("digest")).unwrap_or_else(|| panic!("{printed}"))
}

#[test]
fn req_4_49_a_tenant_moves_to_another_server_and_database() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let there = TestDb::new(Engine::PostgresRls).await;
        let (mut old, new) = (Home::new(&TestDb::new(Engine::Sqlite).await), Home::new(&there));
        old.set("VESTIBULE__RETENTION__TENANT_GRACE_DAYS", "0");
        let server = old.serve();
        let endpoint = json!({ "url": "http://127.0.0.1:9/unreachable" });
        let own = Business::open(&old, &server, "north-shore", &endpoint).await;
        for name in ["call_started", "call_ended", "call_analyzed"] {
            assert_eq!(own.send(&server.url, &own.event(name, "call_moving").body()).await, Some(204));
        }
        until("the call", PATIENCE, || async {
            let calls = own.owner.all(&format!("{}/api/v1/calls", server.url)).await;
            calls.iter().any(|call| call["outcome"].is_string()).then_some(())
        })
        .await;
        // Nothing is taken before somebody says what becomes of credentials, and no file is left.
        let file = old.dir.path().join("moving.zip");
        let file = file.to_str().unwrap();
        assert!(old.fails(&["tenant", "export", "north-shore", file]).contains("--without-secrets"));
        old.set("VESTIBULE_ARCHIVE_PASSPHRASE", "a long passphrase");
        drop(server);
        let made = old.ok(&["tenant", "export", "north-shore", file]);
        assert!(old.fails(&["tenant", "export", "north-shore", file]).contains("exists already"));
        assert_eq!(digest(&old.ok(&["archive", "verify", file])), digest(&made));
        // The other server knows neither the passphrase nor the tenant.
        assert!(new.fails(&["tenant", "import", file]).contains("passphrase"));
        let phrase = new.dir.path().join("phrase");
        std::fs::write(&phrase, "a long passphrase\n").unwrap();
        let phrase = phrase.to_str().unwrap();
        let taken = new.ok(&["tenant", "import", file, "--passphrase-file", phrase]);
        assert_eq!(digest(&taken), digest(&made));
        assert!(new.fails(&["tenant", "import", file, "--passphrase-file", phrase]).contains("already"));
        let again = new.dir.path().join("again.zip");
        let again = new.ok(&[
            "tenant",
            "export",
            "north-shore",
            again.to_str().unwrap(),
            "--passphrase-file",
            phrase,
        ]);
        assert_eq!(digest(&again), digest(&made), "equal wherever it lies");
        // It works there: the same hook, the same key, and a key of the API.
        let server = new.serve();
        assert_eq!(own.send(&server.url, &own.event("call_ended", "call_there").body()).await, Some(204));
        assert!(new.ok(&["tenant", "release", "north-shore"]).contains("go on"));
        drop(server);
        // And ends here.
        let gone = old.fails(&["tenant", "erase", "north-shore", "--confirm", "north-shore"]);
        assert!(gone.contains("Delete this tenant first"), "{gone}");
        let server = old.serve();
        let operator = old.ok(&["operator", "add", "operator@vestibule.test"]);
        let operator = crate::program::Caller::by_link(&server.url, &operator, "operator").await;
        let deleted = operator.http.delete(format!("{}/api/admin/tenants/north-shore", server.url));
        assert_eq!(operator.status_of(deleted).await, 204);
        let receipt = old.ok(&["tenant", "erase", "north-shore", "--confirm", "north-shore"]);
        let receipt: Value = serde_json::from_str(&receipt).unwrap();
        assert_eq!((&receipt["tenant"], &receipt["data_key"]), (&json!(own.id), &json!("destroyed")));
        assert_ne!(own.send(&server.url, &own.event("call_ended", "call_late").body()).await, Some(204));
        there.drop_database().await;
    });
}
