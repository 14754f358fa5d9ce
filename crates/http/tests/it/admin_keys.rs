//! A tenant's API keys (4.28): shown once, narrow when wished, revocable.

use crate::street::{Street, bearer};
use serde_json::{Value, json};
use vestibule_access::Permission;
use vestibule_testkit::both_databases;

both_databases! {
    async fn req_4_28_a_key_is_made_used_and_revoked(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let own = kit.tenant("north-shore").await;
        let list = "/api/admin/tenants/north-shore/api-keys";
        kit.clock.advance_ms(1);
        let answer = street.post(&operator, list, &json!({ "name": " n8n ", "scopes": ["endpoints.read", "inbox.read"] })).await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        let key = made["key"].as_str().unwrap().to_owned();
        assert!(key.starts_with("vst_") && key.starts_with(made["prefix"].as_str().unwrap()));
        assert!(made["prefix"].as_str().unwrap().len() <= 16, "too much is visible: {made}");
        assert_eq!((&made["name"], &made["scopes"], &made["revoked_at"]), (&json!("n8n"), &json!(["inbox.read", "endpoints.read"]), &Value::Null));
        let who = bearer(&key.as_str().into());
        assert_eq!(street.get(&who, "/api/v1/endpoints").await.status, 200);
        street.get(&who, "/api/v1/deliveries").await.is_problem(403, "forbidden");
        // Shown once.
        let page = street.get(&operator, list).await;
        assert!(!page.text.contains(&key), "{page:?}");
        let mut view = made.clone();
        view.as_object_mut().unwrap().remove("key");
        assert_eq!((page.items().len(), &page.items()[0], &page.json()["next_cursor"]), (2, &view, &Value::Null));
        // When nothing is said: nothing about people, keys, the log, privacy or exports.
        let usual = street.post(&operator, list, &json!({ "name": "usual" })).await.ok();
        let scopes: Vec<Permission> = usual["scopes"].as_array().unwrap().iter().map(|s| Permission::parse(s.as_str().unwrap()).unwrap()).collect();
        assert!(scopes.contains(&Permission::ManageEndpoints) && scopes.iter().all(|p| p.is_keys_by_default()), "{scopes:?}");
        // An end, and a rate of its own.
        let end = kit.house.world.now().plus_ms(86_400_000).rfc3339();
        let body = json!({ "name": "short", "scopes": ["endpoints.read"], "expires_at": end, "rate_per_minute": 30 });
        let short = street.post(&operator, list, &body).await.ok();
        assert_eq!((&short["expires_at"], &short["rate_per_minute"], &short["status"]), (&json!(end), &json!(30), &json!("good")));
        // An operator is no member: the tenant's people are not told who it was.
        assert_eq!(short["created_by"], json!({ "kind": "platform", "name": null }));
        for (bad, field) in [(json!({ "name": "" }), "name"), (json!({ "name": "x".repeat(101) }), "name"), (json!({ "name": "x", "scopes": [] }), "scopes"), (json!({ "name": "x", "scopes": ["calls.write"] }), "scopes"), (json!({ "name": "x", "expires_at": "soon" }), "expires_at"), (json!({ "name": "x", "expires_at": "2020-01-01T00:00:00Z" }), "expires_at"), (json!({ "name": "x", "rate_per_minute": 0 }), "rate_per_minute")] {
            let answer = street.post(&operator, list, &bad).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], field);
        }
        // Revoked under its own tenant only, and for good.
        let id = made["id"].as_str().unwrap();
        let elsewhere = format!("/api/admin/tenants/{}/api-keys/{id}", own.twin().id());
        street.delete(&operator, &elsewhere).await.is_problem(404, "not_found");
        assert_eq!(street.get(&who, "/api/v1/endpoints").await.status, 200);
        for _ in 0..2 {
            kit.clock.advance_ms(1000);
            assert_eq!(street.delete(&operator, &format!("{list}/{id}")).await.status, 204);
        }
        street.get(&who, "/api/v1/endpoints").await.is_problem(401, "unauthorized");
        let items = street.get(&operator, list).await.items();
        let revoked = items.iter().find(|k| k["id"] == id).unwrap();
        assert_eq!(revoked["revoked_at"], kit.house.world.now().plus_ms(-1000).rfc3339(), "the first time counts");
        for nothing in ["nonsense", "00000000-0000-7000-8000-000000000000"] {
            street.delete(&operator, &format!("{list}/{nothing}")).await.is_problem(404, "not_found");
        }
        street.get(&operator, "/api/admin/tenants/nowhere/api-keys").await.is_problem(404, "not_found");
    }
}
