//! The privacy walk: a caller is erased by API, and is then in no file of the server, in no log, in no fresh backup; a backup of
//! before does not bring them back; and a restored server sends nothing before it is told that it may.

use crate::program::{Business, Home, PATIENCE, Server, until};
use crate::receiver::{Desk, Mood};
use serde_json::{Value, json};
use std::path::Path;
use vestibule_testkit::{Engine, Sample, TestDb, runtime};

const NUMBER: &str = "+14385550177";
const NAME: &str = "Zéphyrine Quatrebarbes";

fn theirs(own: &Business, name: &str, call: &str) -> Sample {
    let event = own.event(name, call).from(NUMBER);
    if name != "call_analyzed" {
        return event;
    }
    event
        .with("/call/transcript_object", json!([{ "role": "user", "content": format!("Ici {NAME}.") }]))
        .with("/call/call_analysis/custom_analysis_data", json!({ "caller_name": NAME }))
}

/// Every file under a directory that names them.
fn named_in(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(named_in(&path));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for needle in [&NUMBER.as_bytes()[1..], "Zéphyrine".as_bytes(), b"Quatrebarbes"] {
            if bytes.windows(needle.len()).any(|window| window == needle) {
                found.push(format!("{}: {}", path.display(), String::from_utf8_lossy(needle)));
            }
        }
    }
    found
}

async fn calls(own: &Business, server: &Server) -> Vec<Value> {
    own.owner.all(&format!("{}/api/v1/calls", server.url)).await
}

async fn have_calls(own: &Business, server: &Server, call: &str) {
    for name in ["call_started", "call_ended", "call_analyzed"] {
        assert_eq!(own.send(&server.url, &theirs(own, name, call).body()).await, Some(204));
    }
}

#[test]
fn req_4_49_an_erased_caller_is_nowhere_and_a_restored_server_is_silent() {
    runtime().block_on(async {
        let mut home = Home::new(&TestDb::new(Engine::Sqlite).await);
        // What is refused stays owed for a while.
        home.set("VESTIBULE__DELIVERY__SCHEDULE_SECONDS", "[0,20,20,20]");
        let server = home.serve();
        let desk = Desk::open().await;
        let own = Business::open(&home, &server, "north-shore", &json!({ "url": desk.url() })).await;
        have_calls(&own, &server, "theirs").await;
        assert_eq!(own.send(&server.url, &own.event("call_analyzed", "others").body()).await, Some(204));
        until("both calls are delivered", PATIENCE, || async {
            let rows = own.owner.all(&format!("{}/api/v1/deliveries", server.url)).await;
            (rows.iter().filter(|d| d["state"] == "delivered").count() == 2).then_some(())
        })
        .await;
        // Owed when the backup is made, and delivered after it.
        desk.is(|| Mood::Answer(500));
        assert_eq!(own.send(&server.url, &own.event("call_analyzed", "owed").body()).await, Some(204));
        until("the third call is owed", PATIENCE, || async {
            let rows = own.owner.all(&format!("{}/api/v1/deliveries", server.url)).await;
            (rows.len() == 3).then_some(())
        })
        .await;
        let backup = home.dir.path().join("before.db");
        home.ok(&["backup", backup.to_str().unwrap()]);
        desk.is(|| Mood::Answer(200));
        assert!(!named_in(home.dir.path()).is_empty(), "they were not planted");

        // Looked at, erased, and a receipt given.
        let at = |path: &str| format!("{}/api/v1/erasures{path}", server.url);
        let (status, seen) = own.owner.post(&at("/preview"), &json!({ "phone": NUMBER })).await;
        assert_eq!(
            (status, &seen["counts"]["calls"], &seen["name"]),
            (200, &json!(1), &json!(NAME)),
            "{seen}"
        );
        let wrong = json!({ "phone": NUMBER, "confirm": "+14385550178", "reason": "request" });
        assert_eq!(own.owner.post(&at(""), &wrong).await.0, 422);
        let right = json!({ "phone": NUMBER, "confirm": NUMBER, "reason": "request" });
        let (status, erased) = own.owner.post(&at(""), &right).await;
        assert_eq!((status, &erased["counts"]["calls"]), (200, &json!(1)), "{erased}");
        let id = erased["id"].as_str().unwrap();
        let (_, receipt) = own.owner.get(&at(&format!("/{id}/receipt"))).await;
        let file = home.dir.path().join("receipt.json");
        std::fs::write(&file, receipt.to_string()).unwrap();
        assert!(home.ok(&["privacy", "verify-receipt", file.to_str().unwrap()]).contains(id));
        std::fs::write(&file, receipt.to_string().replace("\"calls\":1", "\"calls\":2")).unwrap();
        assert!(home.fails(&["privacy", "verify-receipt", file.to_str().unwrap()]).contains("not ours"));

        // Not in the data, not in the log, not in a fresh backup.
        home.ok(&["backup", home.dir.path().join("after.db").to_str().unwrap()]);
        let old = home.dir.path().join("elsewhere");
        std::fs::create_dir(&old).unwrap();
        let kept = tempfile::tempdir().unwrap();
        let old_backup = kept.path().join("before.db");
        std::fs::copy(&backup, &old_backup).unwrap();
        std::fs::remove_file(&backup).unwrap();
        let left = named_in(home.dir.path());
        assert!(left.is_empty(), "{left:?}");
        let others = calls(&own, &server).await;
        assert_eq!(others.len(), 2);

        // The backup of before: looked at, refused while the server runs, put in place.
        let path = old_backup.to_str().unwrap();
        let looked = home.ok(&["restore", path, "--verify"]);
        assert!(looked.contains("calls     3") && looked.contains("all open"), "{looked}");
        assert!(home.fails(&["restore", path]).contains("stop it first"));
        assert_eq!(server.stop().0.code(), Some(0));
        let done = home.ok(&["restore", path]);
        assert!(done.contains("erased    1 callers") && done.contains("before-restore-"), "{done}");
        for entry in std::fs::read_dir(home.dir.path().join("data")).unwrap() {
            let path = entry.unwrap().path();
            if !path.file_name().unwrap().to_string_lossy().starts_with("before-restore") && path.is_file() {
                let bytes = std::fs::read(&path).unwrap();
                assert!(!bytes.windows(11).any(|w| w == &NUMBER.as_bytes()[1..]), "{}", path.display());
            }
        }

        // It takes in and shows, and sends nothing.
        let received = desk.received().len();
        let server = home.serve();
        assert_eq!(calls(&own, &server).await.len(), 2, "the caller came back");
        assert!(std::fs::read_to_string(home.log()).unwrap().contains("MUTED"));
        assert_eq!(own.send(&server.url, &own.event("call_analyzed", "after").body()).await, Some(204));
        until("what came after is owed", PATIENCE, || async {
            let rows = own.owner.all(&format!("{}/api/v1/deliveries", server.url)).await;
            (rows.iter().filter(|d| d["state"] != "delivered").count() == 2).then_some(())
        })
        .await;
        let said = home.ok(&["unmute"]);
        assert!(said.contains("2 deliveries") && said.contains("1 of them from before"), "{said}");
        assert_eq!(desk.received().len(), received, "a restored server sent something");
        assert!(home.ok(&["unmute", "--owed", "drop"]).contains("Dropped: 1"));
        until("it sends again", PATIENCE, || async { (desk.received().len() > received).then_some(()) })
            .await;
        let rows = own.owner.all(&format!("{}/api/v1/deliveries", server.url)).await;
        assert_eq!(rows.iter().filter(|d| d["state"] == "dead").count(), 1, "{rows:?}");
        assert_eq!(desk.received().len(), received + 1, "what was owed before was sent");
        assert!(home.ok(&["unmute"]).contains("not muted"));
        assert_eq!(server.stop().0.code(), Some(0));
        // And from now on this is its place.
        let server = home.serve();
        assert!(home.ok(&["unmute"]).contains("not muted"));
        drop(server);
    });
}

#[test]
fn a_copy_that_is_damaged_foreign_or_of_another_key_is_not_restored() {
    runtime().block_on(async {
        let home = Home::new(&TestDb::new(Engine::Sqlite).await);
        home.ok(&["tenant", "add", "First", "--email", "first@people.test", "--slug", "first"]);
        let copy = home.dir.path().join("copy.db");
        home.ok(&["backup", copy.to_str().unwrap()]);
        let before = std::fs::read(home.dir.path().join("data/vestibule.db")).unwrap();
        let bytes = std::fs::read(&copy).unwrap();
        let bad = home.dir.path().join("bad.db");
        let fails = |content: &[u8], words: &str| {
            std::fs::write(&bad, content).unwrap();
            let said = home.fails(&["restore", bad.to_str().unwrap()]);
            assert!(said.contains(words), "{said}");
        };
        fails(b"not a database at all, but long enough to be looked at twice", "not a");
        fails(&bytes[..bytes.len() / 2], "");
        assert!(home.fails(&["restore", "/nowhere/x.db"]).contains("there is no file"));
        // Another installation's copy is sealed with another key.
        let other = Home::new(&TestDb::new(Engine::Sqlite).await);
        other.ok(&["tenant", "add", "Other", "--email", "other@people.test"]);
        assert!(other.fails(&["restore", copy.to_str().unwrap()]).contains("the encryption key opens 0"));
        assert_eq!(
            std::fs::read(home.dir.path().join("data/vestibule.db")).unwrap(),
            before,
            "something was changed"
        );
    });
}
