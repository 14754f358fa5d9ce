//! The audit log is checked from outside, as an operator or a third party would.

use crate::program::{Business, Home};
use serde_json::{Value, json};
use vestibule_testkit::{Engine, TestDb, runtime};

#[test]
fn req_3_27_a_changed_log_is_found_by_the_command() {
    runtime().block_on(async {
        let home = Home::new(&TestDb::new(Engine::Sqlite).await);
        let server = home.serve();
        let own =
            Business::open(&home, &server, "north-shore", &json!({ "url": "https://n8n.test/x" })).await;
        // While it runs, nothing is wrong.
        let said = home.ok(&["audit", "verify"]);
        assert!(said.contains(&format!("ok    tenant {}", own.id)) && !said.contains("BAD"), "{said}");
        let jwks = own.owner.get(&format!("{}/.well-known/jwks.json", server.url)).await.1;
        // At its end it anchors what there is, in its data directory and in its log.
        assert_eq!(server.stop().0.code(), Some(0));
        let data = home.dir.path().join("data");
        let folder = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path());
        let of_anchors = |path: &std::path::PathBuf| {
            path.file_name().unwrap().to_str().unwrap().starts_with("audit-anchors-")
        };
        let anchors_file = folder.into_iter().find(of_anchors).unwrap();
        let anchors = std::fs::read_to_string(&anchors_file).unwrap();
        assert!(anchors.contains(&own.id));
        assert!(std::fs::read_to_string(home.log()).unwrap().contains("audit.anchor"));
        let said = home.ok(&["audit", "verify", "--tenant", "north-shore"]);
        assert!(said.contains("1 anchors"), "{said}");
        // An export is checked with nothing but the published keys.
        let at = |name: &str| home.dir.path().join(name).to_str().unwrap().to_owned();
        let (file, keys) = (at("log.jsonl"), at("keys.json"));
        std::fs::write(&keys, jwks.to_string()).unwrap();
        home.ok(&["audit", "export", &file, "--tenant", "north-shore"]);
        let check = ["audit", "verify", "--file", &file, "--jwks", &keys];
        assert!(home.ok(&check).contains("its end is signed"));
        let text = std::fs::read_to_string(&file).unwrap();
        let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!((&first["seq"], &first["action"]), (&json!(1), &json!("tenant.created")));
        std::fs::write(&file, text.replacen("endpoint.created", "endpoint.deleted", 1)).unwrap();
        assert!(home.fails(&check).contains("the row was altered"));
        let cut: Vec<&str> = text.lines().take(2).collect();
        std::fs::write(&file, cut.join("\n")).unwrap();
        assert!(home.fails(&check).contains("may be cut off"));
        assert!(home.fails(&["audit", "export", &file, "--tenant", "north-shore"]).contains("cannot make"));
        // Somebody changes one letter in the database.
        let change = |sql: &str| {
            let conn = rusqlite::Connection::open(data.join("vestibule.db")).unwrap();
            assert_eq!(conn.execute(sql, []).unwrap(), 1, "{sql}");
        };
        change("UPDATE audit SET actor = 'system:commandline' WHERE action = 'tenant.created'");
        let done = home.run(&["audit", "verify"]);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert_eq!(done.status.code(), Some(1), "{said}");
        let row = format!("BAD   tenant {}: row 1 ({})", own.id, first["id"].as_str().unwrap());
        assert!(said.contains(&row) && said.contains("the row was altered"), "{said}");
        change("UPDATE audit SET actor = 'system:command line' WHERE action = 'tenant.created'");
        home.ok(&["audit", "verify"]);
        // A restored copy is older than the anchors: they go aside with what was there.
        let copy = at("copy.db");
        home.ok(&["backup", &copy]);
        home.ok(&["tenant", "add", "Later", "--email", "later@people.test", "--slug", "later"]);
        home.ok(&["restore", &copy]);
        assert!(!anchors_file.exists());
        home.ok(&["audit", "verify"]);
        // And the anchors themselves: a line that nobody signed.
        std::fs::write(&anchors_file, anchors.replacen("\"seq\":", "\"seq\":9", 1)).unwrap();
        assert_eq!(home.run(&["audit", "verify"]).status.code(), Some(1));
        assert!(
            home.fails(&["audit", "verify", "--tenant", "nowhere"]).contains("there is no tenant nowhere")
        );
    });
}
