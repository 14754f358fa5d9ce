//! What else the program can be asked: to look at itself, at its configuration, at signatures, and to copy its data.

use crate::program::{Business, Caller, Home, PATIENCE, until};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use vestibule_testkit::{Engine, TestDb, postgres_is_available, runtime};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../providers/fixtures")
}

async fn home() -> Home {
    Home::new(&TestDb::new(Engine::Sqlite).await)
}

#[test]
fn lab_judges_every_vector() {
    runtime().block_on(async {
        let home = home().await;
        let file = fixtures().join("vectors.json");
        let vectors: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        for (provider, section) in [("retell", "retell"), ("standard-webhooks", "standard_webhooks")] {
            let printed = home.ok(&["lab", "verify", provider, file.to_str().unwrap()]);
            let lines: Vec<Value> = printed.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
            let expected = vectors[section].as_array().unwrap();
            assert!(expected.len() >= 5 && lines.len() == expected.len(), "{provider}: {printed}");
            for (line, vector) in lines.iter().zip(expected) {
                assert_eq!((&line["name"], &line["valid"]), (&vector["name"], &vector["expect"]), "{line}");
                assert_eq!(line["reason"].is_null(), line["valid"] == true, "{line}");
                assert_eq!(line.as_object().unwrap().len(), 3);
            }
        }
        assert!(
            home.fails(&["lab", "verify", "nobody", file.to_str().unwrap()])
                .contains("there is no provider nobody")
        );
        assert!(home.fails(&["lab", "verify", "retell", "/nowhere.json"]).contains("/nowhere.json"));
        let sample = fixtures().join("retell/call_ended.json");
        let facts: Value =
            serde_json::from_str(&home.ok(&["lab", "normalize", "retell", sample.to_str().unwrap()]))
                .unwrap();
        assert_eq!(facts["identity"]["event_name"], "call_ended");
        assert!(!home.dir.path().join("data").exists(), "the laboratory needs no data");
    });
}

#[test]
fn lab_sends_samples_that_a_server_lets_in() {
    runtime().block_on(async {
        let mut home = home().await;
        for provider in ["retell", "vapi", "twilio", "n8n-retell"] {
            let printed = home.ok(&["lab", "samples", provider]);
            let lines: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert!(lines.len() >= 4 && lines.iter().all(|line| line["fr"].is_string()), "{printed}");
        }
        assert!(home.ok(&["lab", "send", "--help"]).contains("--secret-file"));
        let mut server = home.serve();
        let own =
            Business::open(&home, &server, "north-shore", &json!({ "url": "https://n8n.test/x" })).await;
        let hook = format!("{}{}", server.url, own.hook);
        let file = home.dir.path().join("key.txt");
        std::fs::write(&file, format!("{}\n", own.key)).unwrap();
        let (file, call) = (file.to_str().unwrap(), "ab".repeat(16));
        let send = |sample: &'static str, file: &str| {
            home.run(&[
                "lab",
                "send",
                "retell",
                sample,
                "--to",
                &hook,
                "--secret-file",
                file,
                "--call",
                &call,
            ])
        };
        for sample in ["call_started", "call_analyzed"] {
            let sent = send(sample, file);
            assert!(sent.status.success(), "{sent:?}");
            let said: Value = serde_json::from_slice(&sent.stdout).unwrap();
            assert_eq!((&said["status"], &said["call"]), (&json!(204), &json!(call)), "{said}");
        }
        let calls = until("the call is there", PATIENCE, || async {
            let calls = own.owner.all(&format!("{}/api/v1/calls", server.url)).await;
            (calls.first().is_some_and(|call| call["outcome"] == "BOOKED")).then_some(calls)
        })
        .await;
        assert_eq!((calls.len(), &calls[0]["is_test"]), (1, &json!(true)), "{calls:?}");
        // Another key's signature is refused, and the command says so.
        let other = home.dir.path().join("other.txt");
        std::fs::write(&other, "another key").unwrap();
        let refused = send("call_ended", other.to_str().unwrap());
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("the answer was 401"), "{refused:?}");
        let bare = ["lab", "send", "retell", "call_ended", "--to", "http://127.0.0.1:1/"];
        assert!(home.fails(&bare).contains("--secret-file"));
        home.set("VESTIBULE_LAB_SECRET", "a key");
        assert!(home.fails(&bare).contains("connection_refused"));
        server.kill();
    });
}

#[test]
fn the_configuration_is_checked() {
    runtime().block_on(async {
        let mut home = home().await;
        assert_eq!(home.ok(&["config", "check"]).trim(), "The configuration is good.");
        // The printed defaults are a good file.
        let file = home.dir.path().join("vestibule.toml");
        std::fs::write(&file, home.ok(&["config", "defaults"])).unwrap();
        let path = file.to_str().unwrap().to_owned();
        home.ok(&["config", "check", "--config", &path]);
        std::fs::write(&file, "[server]\nlisten = \"127.0.0.1:0\"\nport = 80\n").unwrap();
        for command in [vec!["config", "check"], vec!["serve"], vec!["doctor"]] {
            let said = home.fails(&[command, vec!["--config", &path]].concat());
            assert!(said.contains("port"), "{said}");
        }
        std::fs::write(&file, "[delivery]\nschedule_seconds = \"soon\"\n").unwrap();
        assert!(home.fails(&["config", "check", "--config", &path]).contains("schedule_seconds"));
        home.set("VESTIBULE__SERVER__PORT", "80");
        for command in [["config", "check"], ["serve", "--demo"]] {
            assert!(home.fails(&command).contains("VESTIBULE__SERVER__PORT"));
        }
        assert!(!home.dir.path().join("data").exists(), "a server that does not start leaves nothing");
    });
}

#[test]
fn a_secret_from_a_document_is_refused() {
    runtime().block_on(async {
        let mut home = home().await;
        home.set("ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        assert!(home.fails(&["serve", "--listen", "127.0.0.1:0"]).contains("openssl rand -base64 32"));
        home.set("ENCRYPTION_KEY", vestibule_vault::PRINTED_SECRETS[0]);
        assert!(home.fails(&["serve", "--listen", "127.0.0.1:0"]).contains("public document"));
        home.set("ENCRYPTION_KEY", "");
        home.set("VESTIBULE__DATABASE__URL", "postgres://nobody@127.0.0.1:9/none");
        assert!(
            home.fails(&["serve", "--listen", "127.0.0.1:0"]).contains("an encryption key must be given")
        );
    });
}

#[test]
fn a_copy_made_while_it_runs_is_whole() {
    runtime().block_on(async {
        let home = home().await;
        let server = home.serve();
        let own =
            Business::open(&home, &server, "north-shore", &json!({ "url": "http://127.0.0.1:9/" })).await;
        let key = Caller::with(home.ok(&["key", "add", "north-shore"]).trim());
        assert_eq!(own.send(&server.url, &own.event("call_ended", "call_copied").body()).await, Some(204));
        let copy = home.dir.path().join("copy.db");
        let path = copy.to_str().unwrap();
        let printed = home.ok(&["backup", path, "--with-keys"]);
        assert!(printed.contains("copy.db") && printed.contains("copy.key"), "{printed}");
        assert!(home.fails(&["backup", path, "--with-keys"]).contains("exists already"));
        let bare = home.dir.path().join("bare.db");
        home.ok(&["backup", bare.to_str().unwrap(), "--without-keys"]);
        assert!(!home.dir.path().join("bare.key").exists());
        use std::os::unix::fs::PermissionsExt;
        let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&home.dir.path().join("copy.key")), 0o600, "others can read the key");
        assert_eq!(mode(&home.dir.path().join("data")), 0o700, "others can enter the data");
        // After the copy.
        assert_eq!(own.send(&server.url, &own.event("call_ended", "call_later").body()).await, Some(204));
        assert!(home.ok(&["doctor"]).lines().all(|l| l.starts_with("ok ")), "{}", home.ok(&["doctor"]));
        assert_eq!(server.stop().0.code(), Some(0));
        // The copy is a home: keys, sealed values, what was accepted and not yet folded.
        let other = home_of(&copy, &home.dir.path().join("copy.key")).await;
        let server = other.serve();
        let found = crate::program::until("the call is folded", crate::program::PATIENCE, || async {
            let calls = key.all(&format!("{}/api/v1/calls", server.url)).await;
            (!calls.is_empty()).then_some(calls)
        })
        .await;
        assert_eq!((found.len(), &found[0]["external_id"]), (1, &json!("retell_call_copied")));
        assert_eq!(
            own.send(&server.url, &own.event("call_ended", "call_new").body()).await,
            Some(204),
            "the sealed key opens"
        );
        assert_eq!(server.stop().0.code(), Some(0));
        // Without its key it says so, and invents none.
        let locked = home_of(&bare, Path::new("/nowhere")).await;
        assert!(locked.fails(&["serve", "--listen", "127.0.0.1:0"]).contains("encryption.key is missing"));
        assert!(locked.fails(&["doctor"]).contains("need mending"));
    });
}

/// A home in which a copy lies where the data is.
async fn home_of(copy: &Path, key: &Path) -> Home {
    let home = home().await;
    let data = home.dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(copy, data.join("vestibule.db")).unwrap();
    if key.exists() {
        std::fs::copy(key, data.join("encryption.key")).unwrap();
    }
    home
}

#[test]
fn postgres_is_copied_by_its_own_tools() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        let database = TestDb::new(Engine::PostgresRls).await;
        let mut home = Home::new(&database);
        let file = home.dir.path().join("copy.db");
        assert!(home.fails(&["backup", file.to_str().unwrap()]).contains("pg_dump"));
        assert!(home.ok(&["doctor"]).contains("Postgres"));
        // Another key than the one with which the data was sealed is noticed.
        home.ok(&["tenant", "add", "Sealed", "--email", "sealed@people.test"]);
        home.set("ENCRYPTION_KEY", "b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3Q=");
        assert!(!home.run(&["doctor"]).status.success(), "a wrong key was not noticed");
        database.drop_database().await;
    });
}

#[test]
fn commands_say_what_is_wrong() {
    runtime().block_on(async {
        let home = home().await;
        home.ok(&["tenant", "add", "First", "--email", "first@people.test", "--slug", "first"]);
        assert!(
            home.fails(&["tenant", "add", "Again", "--email", "again@people.test", "--slug", "first"])
                .contains("This name is taken.")
        );
        assert!(home.fails(&["tenant", "add", "Bad", "--email", "nobody"]).contains("owner_email"));
        assert!(home.fails(&["key", "add", "nowhere"]).contains("there is no tenant nowhere"));
        assert!(home.fails(&["key", "add", "first", "--scopes", "calls.write"]).contains("scopes"));
        assert!(home.fails(&["operator", "add", "nobody"]).contains("e-mail address"));
        // An owner who is asked to run the server becomes an operator; nobody is only told so.
        home.ok(&["operator", "add", "First@People.test"]);
        let server = home.serve();
        let printed = home.ok(&["operator", "add", "first@people.test"]);
        let operator = Caller::by_link(&server.url, &printed, "operator").await;
        assert_eq!(operator.get(&format!("{}/api/admin/tenants", server.url)).await.0, 200);
        // An agency and its administrator, who sees no tenant of anybody else.
        assert!(home.fails(&["agency", "add", " "]).contains("name"));
        let printed = home.ok(&["agency", "add", "Boreal", "--admin", "ada@people.test", "--locale", "fr"]);
        let admin = Caller::by_link(&server.url, &printed, "admin").await;
        let (status, seen) = admin.get(&format!("{}/api/admin/tenants", server.url)).await;
        assert_eq!((status, seen["items"].as_array().map(Vec::len)), (200, Some(0)));
    });
}

#[test]
fn somebody_who_lost_everything_is_let_in_again() {
    runtime().block_on(async {
        let home = home().await;
        home.ok(&["operator", "add", "op@vestibule.test"]);
        assert!(home.ok(&["person", "unlock", "Op@Vestibule.test"]).contains("may sign in again"));
        home.ok(&["person", "unlock", "op@vestibule.test", "--turn-off-second-factor"]);
        assert!(
            home.fails(&["person", "unlock", "nobody@vestibule.test"]).contains("nobody has the address")
        );
    });
}
