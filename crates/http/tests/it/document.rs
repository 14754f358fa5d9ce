//! The document of the API, its page, the page of the UI, and the form of every no.

use crate::street::{Street, anon, owner};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vestibule_testkit::both_databases;

both_databases! {
    async fn the_document_is_served_and_has_a_page(kit: Kit) {
        let street = Street::open(&kit);
        let served = street.get(&anon(), "/api/openapi.json").await.ok();
        assert_eq!(served, serde_json::to_value(vestibule_http::openapi()).unwrap());
        assert!(served["openapi"].as_str().is_some_and(|v| v.starts_with("3.1")));
        assert_eq!(served["info"]["version"], env!("CARGO_PKG_VERSION"));
        let page = street.get(&anon(), "/api/docs").await;
        let page = match page.status.as_u16() {
            200 => page,
            _ => street.get(&anon(), page.header("location")).await,
        };
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
        // Whatever the page needs comes from here.
        let script = street.get(&anon(), "/api/docs/swagger-ui-bundle.js").await;
        assert!(script.status == 200 && script.text.len() > 100_000);
        assert!(!page.text.contains("https://") && !page.text.contains("//cdn"), "{}", page.text);
    }

    async fn a_no_is_a_problem_in_the_readers_language(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let nothing = "/api/v1/calls/00000000-0000-7000-8000-000000000000";
        for (languages, detail) in [
            ("fr", "Il n’y a rien ici."),
            ("fr-CA,fr;q=0.9,en;q=0.8", "Il n’y a rien ici."),
            ("de,FR;q=0.5", "Il n’y a rien ici."),
            ("en-CA,fr;q=0.5", "There is nothing here."),
            ("de", "There is nothing here."),
            ("", "There is nothing here."),
        ] {
            let answer = street.get(&who.with("accept-language", languages), nothing).await;
            answer.is_problem(404, "not_found");
            let expected = json!({ "type": "about:blank", "title": "Not Found", "status": 404, "detail": detail, "code": "not_found",
                "request_id": answer.header("x-request-id") });
            assert_eq!(answer.json(), expected, "{languages}");
            assert_eq!(answer.header("vary"), "accept-language");
        }
        let french = who.with("accept-language", "fr");
        let answer = street.post(&french, "/api/v1/endpoints", &json!({ "url": "x" })).await;
        answer.is_problem(422, "invalid");
        let problem = answer.json();
        assert_eq!(problem["detail"], "Certains champs sont à revoir.");
        assert_eq!(problem["fields"][0]["message"], "Donnez une adresse complète qui commence par https://.");
        for path in ["/api/nowhere", "/api/v1/nowhere", "/auth/nowhere", "/hooks/nowhere"] {
            street.get(&french, path).await.is_problem(404, "not_found");
        }
        let ids: BTreeSet<String> = {
            let mut ids = BTreeSet::new();
            for _ in 0..8 {
                ids.insert(street.get(&anon(), nothing).await.json()["request_id"].as_str().unwrap().to_owned());
            }
            ids
        };
        assert_eq!(ids.len(), 8, "requests share an id");
    }

    async fn every_answer_is_guarded(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        for path in ["/", "/calls/some/page", "/health", "/api/v1/calls", "/api/v1/nowhere", "/api/openapi.json", "/nothing.js"] {
            let answer = street.get(&owner(&own), path).await;
            for (header, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "same-origin")] {
                assert_eq!(answer.header(header), value, "{path}");
            }
            assert!(!answer.header("cache-control").is_empty() && !answer.header("x-request-id").is_empty(), "{path}");
            if path.starts_with("/api/v1") {
                assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            }
        }
    }

    async fn the_page_has_a_policy_with_a_nonce_of_its_own(kit: Kit) {
        let street = Street::open(&kit);
        let mut nonces = BTreeSet::new();
        for path in ["/", "/calls", "/welcome"] {
            let page = street.get(&anon(), path).await;
            assert_eq!((page.status.as_u16(), page.header("content-type"), page.header("cache-control")), (200, "text/html; charset=utf-8", "no-store"));
            let policy = page.header("content-security-policy");
            assert!(policy.contains("default-src") && !policy.contains("unsafe-eval"), "{policy}");
            // Without the built UI there is a page that says how to build it; it has no scripts at all.
            if page.text.contains("npm run build") {
                assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
                continue;
            }
            assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"), "{policy}");
            let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
            assert!(nonce.len() >= 22 && page.text.contains(&nonce) && !page.text.contains("__CSP_NONCE__"), "{nonce}");
            assert!(nonces.insert(nonce), "a nonce was used twice");
        }
        for missing in ["/assets/none.js", "/favicon-none.ico", "/../Cargo.toml", "/assets/..%2f..%2fCargo.toml"] {
            assert_eq!(street.get(&anon(), missing).await.status, 404, "{missing}");
        }
        for method in [Method::POST, Method::DELETE, Method::PUT] {
            assert_eq!(street.ask(&anon(), method, "/calls", None).await.status, 405);
        }
        assert_eq!(street.ask(&anon(), Method::GET, "/hooks/retell/token", None).await.status, 405);
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_may_answer() {
    let document = serde_json::to_value(vestibule_http::openapi()).unwrap();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(names.insert(operation["operationId"].to_string()), "{method} {path}: its name is taken");
            let answers: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
            assert!(answers.iter().any(|a| a.starts_with('2')), "{method} {path}");
            let is_public = operation["security"] == json!([]);
            assert!(is_public || answers.iter().any(|a| *a == "401"), "{method} {path} does not say 401");
            assert_ne!(operation["summary"], Value::Null, "{method} {path} has no summary");
        }
    }
}
