//! The audit log over HTTP: who reads it, what is in it, and that nothing is shown which cannot be noted.

use crate::street::{Street, anon, bearer, owner};
use http::Method;
use serde_json::{Value, json};
use vestibule_domain::audit;
use vestibule_model::Role;
use vestibule_testkit::{Kit, TestTenant, both_databases};

const LIST: &str = "/api/v1/audit";
const LINES: &str = "/api/v1/audit.jsonl";

/// The tenant's sample call.
async fn call(street: &Street, tenant: &TestTenant) -> String {
    street.have_a_call(tenant).await;
    let items = street.get(&owner(tenant), "/api/v1/calls").await.items();
    items[0]["id"].as_str().unwrap().to_owned()
}

/// Has every row of the audit log refused by the database, as a full disk would, or no longer.
async fn refuse_rows(kit: &Kit, refuse: bool) {
    let sql = match (kit.engine.is_postgres(), refuse) {
        (true, true) => "REVOKE INSERT ON audit FROM vestibule_app",
        (true, false) => "GRANT INSERT ON audit TO vestibule_app",
        (false, true) => "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END",
        (false, false) => "DROP TRIGGER full",
    };
    kit.database.tamper(sql).await;
}

both_databases! {
    async fn req_3_27_managers_read_who_did_what(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let manager = street.member(Some(&own), Role::Manager).await;
        kit.clock.advance_ms(1);
        let made = street.post(&manager, "/api/v1/endpoints", &json!({ "url": "https://n8n.test/made" })).await.ok();
        let newest = street.get(&manager, &format!("{LIST}?limit=1")).await.ok();
        let row = &newest["items"][0];
        assert_eq!((&row["action"], &row["object"]), (&json!("endpoint.created"), &json!({ "kind": "endpoint", "id": made["id"] })));
        assert_eq!(row["details"], json!({ "url": "https://n8n.test/made" }));
        let name = row["actor"]["name"].as_str().unwrap();
        assert!(row["actor"]["kind"] == "person" && name.starts_with("manager-"), "{row}");
        assert!(row["seq"].as_i64().unwrap() > 1 && row["hash"].as_str().unwrap().len() == 64, "{row}");
        // Whoever may not manage does not see it, nor does anybody elsewhere.
        for role in [Role::Staff, Role::Viewer] {
            let who = street.member(Some(&own), role).await;
            for path in [LIST, LINES] {
                street.get(&who, path).await.is_problem(403, "forbidden");
            }
        }
        let all = street.get(&manager, &format!("{LIST}?limit=200")).await;
        assert!(!all.text.contains(&own.twin().id().to_string()));
        let theirs = street.get(&owner(own.twin()), &format!("{LIST}?limit=200")).await;
        assert!(!theirs.text.contains("n8n.test/made") && !theirs.items().is_empty());
        // Narrowed, page by page.
        let actor = format!("person:{}", row["actor"]["id"].as_str().unwrap());
        for (query, expected) in [
            (format!("actor={actor}"), 1),
            (format!("actor={actor}&action=endpoint.changed"), 0),
            ("action=endpoint.created&object=endpoint".to_owned(), 2),
            (format!("object=endpoint:{}", made["id"].as_str().unwrap()), 1),
            ("from=2026-11-22".to_owned(), 0),
            // The days are the tenant’s: in Toronto it is still the 20th.
            ("to=2026-11-19".to_owned(), 0),
        ] {
            let found = street.get(&manager, &format!("{LIST}?{query}")).await.items();
            assert_eq!(found.len(), expected, "{query}: {found:?}");
        }
        let mut path = format!("{LIST}?limit=2&cursor=");
        let mut seen = Vec::new();
        loop {
            let page = street.get(&manager, &path).await.ok();
            seen.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            path = format!("{LIST}?limit=2&cursor={next}");
        }
        assert_eq!(seen, all.items());
        for bad in ["from=yesterday", &format!("action={}", "x".repeat(201))] {
            street.get(&manager, &format!("{LIST}?{bad}")).await.is_problem(422, "invalid");
        }
    }

    async fn who_sees_a_transcript_is_noted_once_an_hour(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let call = call(&street, &own).await;
        let (viewer, staff) = (street.member(Some(&own), Role::Viewer).await, street.member(Some(&own), Role::Staff).await);
        let looks = async || street.get(&owner(&own), &format!("/api/v1/calls/{call}/looks")).await.items();
        assert!(looks().await.is_empty(), "a list shows no transcript");
        for path in [format!("/api/v1/calls/{call}"), format!("/dashboard/calls/{call}")] {
            for _ in 0..3 {
                street.get(&viewer, &path).await.ok();
            }
        }
        let seen = looks().await;
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!((&seen[0]["what"], &seen[0]["actor"]["kind"]), (&json!("transcript"), &json!("person")));
        assert!(seen[0]["actor"]["name"].as_str().unwrap().starts_with("viewer-"));
        // The body of a delivery holds the same words.
        let deliveries = street.get(&staff, "/api/v1/deliveries").await.items();
        let ended = deliveries.iter().find(|d| d["event_type"] == "call.call-ended").unwrap_or(&deliveries[0]);
        street.get(&staff, &format!("/api/v1/deliveries/{}", ended["id"].as_str().unwrap())).await.ok();
        assert_eq!(looks().await.len(), 2);
        // A key is somebody too.
        street.get(&bearer(&own.api_key), &format!("/api/v1/calls/{call}")).await.ok();
        let seen = looks().await;
        assert!(seen.len() == 3 && seen.iter().any(|look| look["actor"]["kind"] == "key"), "{seen:?}");
        kit.clock.advance_ms(3_600_000);
        street.get(&viewer, &format!("/api/v1/calls/{call}")).await.ok();
        assert_eq!(looks().await.len(), 4);
        // For managers' eyes, and of one's own calls.
        let path = format!("/api/v1/calls/{call}/looks");
        street.get(&viewer, &path).await.is_problem(403, "forbidden");
        street.get(&owner(own.twin()), &path).await.is_problem(404, "not_found");
        street.get(&anon(), &path).await.is_problem(401, "unauthorized");
    }

    async fn what_cannot_be_noted_is_not_shown(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let call = call(&street, &own).await;
        let path = format!("/api/v1/calls/{call}");
        refuse_rows(&kit, true).await;
        let answer = street.get(&owner(&own), &path).await;
        answer.is_problem(503, "audit_unavailable");
        assert!(answer.text.len() < 600 && answer.header("retry-after") == "5", "{answer:?}");
        let french = owner(&own).with("accept-language", "fr");
        assert!(street.get(&french, &path).await.text.contains("noter"));
        let recording = street.get(&owner(&own), &format!("{path}/recording")).await;
        recording.is_problem(503, "audit_unavailable");
        let delivery = street.get(&owner(&own), "/api/v1/deliveries").await.items()[0]["id"].as_str().unwrap().to_owned();
        street.get(&owner(&own), &format!("/api/v1/deliveries/{delivery}")).await.is_problem(503, "audit_unavailable");
        // Lists go on, and all of it when rows can be written again.
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.items().len(), 1);
        refuse_rows(&kit, false).await;
        assert!(!street.get(&owner(&own), &path).await.ok()["transcript"].as_array().unwrap().is_empty());
    }

    async fn a_log_is_taken_out_and_checked_elsewhere(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let out = street.get(&owner(&own), LINES).await;
        let lines = out.ok_text();
        assert_eq!(out.header("content-type"), "application/jsonl");
        assert!(out.header("content-disposition").contains("audit-north-shore.jsonl"));
        let found = audit::verify_lines(lines.lines());
        assert!(found.fault.is_none() && found.head.is_some() && found.rows > 3, "{found:?}");
        assert!(lines.contains("audit.exported") && !lines.contains(&own.twin().id().to_string()));
        assert!(audit::verify_lines(lines.replacen("created", "Created", 1).lines()).fault.is_some());
        let part = street.get(&owner(&own), &format!("{LINES}?after={}", found.rows - 1)).await;
        assert_eq!(part.ok_text().lines().count(), 2);
        // Each line by itself says whose it is; a third party needs nothing else but the published key.
        let jwks = street.get(&anon(), "/.well-known/jwks.json").await.ok();
        assert_eq!(jwks["keys"][0]["kid"], found.head.unwrap().kid.as_str());
    }

    async fn operators_read_the_platforms_own_log(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let operator = street.operator().await;
        audit::note_alone(&kit.house, &kit.operator.own_rows(), "test.done", "tenant", "one").await.unwrap();
        let rows = street.get(&operator, "/api/admin/audit").await;
        assert!(rows.items().iter().any(|row| row["action"] == "test.done"));
        assert!(!rows.text.contains("endpoint.created"), "tenants' rows are theirs");
        let lines = street.get(&operator, "/api/admin/audit.jsonl").await;
        assert!(audit::verify_lines(lines.ok_text().lines()).fault.is_none());
        for path in ["/api/admin/audit", "/api/admin/audit.jsonl"] {
            street.get(&owner(&own), path).await.is_problem(403, "forbidden");
        }
        assert_eq!(street.ask(&operator, Method::DELETE, "/api/admin/audit", None).await.status, 405);
        let none: Value = street.get(&operator, "/api/admin/audit?action=endpoint.created").await.ok();
        assert_eq!(none["items"], json!([]));
    }
}
