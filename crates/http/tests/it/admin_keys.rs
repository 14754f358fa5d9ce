//! A tenant's API keys (4.28): shown once, narrow when wished, revocable.

use crate::street::{Street, bearer};
use serde_json::{Value, json};
use vestibule_access::Permission;
use vestibule_testkit::both_databases;

both_databases! {
    async fn a_key_is_made_used_and_revoked(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let own = kit.tenant("north-shore").await;
        let list = "/api/admin/tenants/north-shore/api-keys";
        kit.clock.advance_ms(1);
        let answer = street.post(&operator, list, &json!({ "name": " n8n ", "scopes": ["calls.read", "contacts.read"] })).await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        let key = made["key"].as_str().unwrap().to_owned();
        assert!(key.starts_with("vst_") && key.starts_with(made["prefix"].as_str().unwrap()));
        assert!(made["prefix"].as_str().unwrap().len() <= 16, "too much is visible: {made}");
        assert_eq!((&made["name"], &made["scopes"], &made["revoked_at"]), (&json!("n8n"), &json!(["calls.read", "contacts.read"]), &Value::Null));
        let who = bearer(&key.as_str().into());
        assert_eq!(street.get(&who, "/api/v1/calls").await.status, 200);
        street.get(&who, "/api/v1/deliveries").await.is_problem(403, "forbidden");
        // Shown once.
        let page = street.get(&operator, list).await;
        assert!(!page.text.contains(&key), "{page:?}");
        let mut view = made.clone();
        view.as_object_mut().unwrap().remove("key");
        assert_eq!((page.items().len(), &page.items()[0], &page.json()["next_cursor"]), (2, &view, &Value::Null));
        // Everything, when nothing is said.
        let all = street.post(&operator, list, &json!({ "name": "all" })).await.ok();
        assert_eq!(all["scopes"].as_array().unwrap().len(), Permission::ALL.len());
        for (bad, field) in [(json!({ "name": "" }), "name"), (json!({ "name": "x".repeat(101) }), "name"), (json!({ "name": "x", "scopes": [] }), "scopes"), (json!({ "name": "x", "scopes": ["calls.write"] }), "scopes")] {
            let answer = street.post(&operator, list, &bad).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], field);
        }
        // Revoked under its own tenant only, and for good.
        let id = made["id"].as_str().unwrap();
        let elsewhere = format!("/api/admin/tenants/{}/api-keys/{id}", own.twin().id());
        street.delete(&operator, &elsewhere).await.is_problem(404, "not_found");
        assert_eq!(street.get(&who, "/api/v1/calls").await.status, 200);
        for _ in 0..2 {
            kit.clock.advance_ms(1000);
            assert_eq!(street.delete(&operator, &format!("{list}/{id}")).await.status, 204);
        }
        street.get(&who, "/api/v1/calls").await.is_problem(401, "unauthorized");
        let items = street.get(&operator, list).await.items();
        let revoked = items.iter().find(|k| k["id"] == id).unwrap();
        assert_eq!(revoked["revoked_at"], kit.house.world.now().plus_ms(-1000).rfc3339(), "the first time counts");
        for nothing in ["nonsense", "00000000-0000-7000-8000-000000000000"] {
            street.delete(&operator, &format!("{list}/{nothing}")).await.is_problem(404, "not_found");
        }
        street.get(&operator, "/api/admin/tenants/nowhere/api-keys").await.is_problem(404, "not_found");
    }
}
