//! A tenant's keys in the hands of its own people: made, listed, replaced, revoked, by nobody beyond their own rights.

use crate::street::{Person, Street, bearer, owner};
use serde_json::{Value, json};
use vestibule_domain::keys;
use vestibule_model::Role;
use vestibule_testkit::both_databases;

const LIST: &str = "/api/v1/api-keys";

/// Whoever shows a key that was just made.
fn with(made: &Value) -> Person {
    bearer(&made["key"].as_str().unwrap().into())
}

fn names(answer: &[Value]) -> Vec<&str> {
    answer.iter().map(|key| key["name"].as_str().unwrap()).collect()
}

both_databases! {
    async fn people_manage_their_own_tenants_keys(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let me = owner(&own);
        kit.clock.advance_ms(1);
        let end = kit.house.world.now().plus_ms(86_400_000).rfc3339();
        let order = json!({ "name": " n8n ", "scopes": ["contacts.read", "calls.read"], "expires_at": end, "rate_per_minute": 120 });
        let answer = street.post(&me, LIST, &order).await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        assert_eq!((&made["name"], &made["scopes"], &made["expires_at"], &made["rate_per_minute"]), (&json!("n8n"), &json!(["calls.read", "contacts.read"]), &json!(end), &json!(120)));
        assert_eq!((&made["status"], &made["last_used_at"], &made["replaced_by"]), (&json!("good"), &Value::Null, &Value::Null));
        assert_eq!(made["created_by"], json!({ "kind": "person", "name": "Odile Owner" }));
        // Bearer on what it is scoped for, and nowhere else.
        let key = with(&made);
        assert_eq!(street.get(&key, "/api/v1/calls").await.status, 200);
        assert_eq!(street.get(&key, "/api/v1/contacts").await.status, 200);
        for path in ["/api/v1/deliveries", LIST, "/api/v1/inbox"] {
            street.get(&key, path).await.is_problem(403, "forbidden");
        }
        // That it was used shows, to a minute.
        keys::write_uses(&kit.house).await.unwrap();
        let page = street.get(&me, LIST).await;
        assert!(!page.text.contains(made["key"].as_str().unwrap()), "{page:?}");
        assert_eq!(page.items()[0]["last_used_at"], kit.house.world.now().rfc3339());
        assert_eq!(names(&page.items()), ["n8n", "everything"]);
        assert_eq!(names(&street.get(&owner(own.twin()), LIST).await.items()), ["everything"]);
        let id = made["id"].as_str().unwrap();
        for _ in 0..2 {
            assert_eq!(street.delete(&me, &format!("{LIST}/{id}")).await.status, 204);
        }
        street.get(&key, "/api/v1/calls").await.is_problem(401, "unauthorized");
        assert_eq!(street.get(&me, LIST).await.items()[0]["status"], "revoked");
        street.post(&me, &format!("{LIST}/{id}/rotate"), &json!({ "overlap_hours": 0 })).await.is_problem(409, "key_is_over");
        street.delete(&owner(own.twin()), &format!("{LIST}/{id}")).await.is_problem(404, "not_found");
        street.delete(&me, &format!("{LIST}/nonsense")).await.is_problem(404, "not_found");
    }

    async fn a_key_is_replaced_without_a_gap(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let me = owner(&own);
        let old = street.post(&me, LIST, &json!({ "name": "n8n", "scopes": ["calls.read"] })).await.ok();
        let rotate = format!("{LIST}/{}/rotate", old["id"].as_str().unwrap());
        for hours in [-1, 169, i64::MAX] {
            let answer = street.post(&me, &rotate, &json!({ "overlap_hours": hours })).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], "overlap_hours");
        }
        let answer = street.post(&me, &rotate, &json!({ "overlap_hours": 168 })).await;
        assert_eq!(answer.status, 201);
        let new = answer.json();
        for key in [&old, &new] {
            assert_eq!(street.get(&with(key), "/api/v1/calls").await.status, 200);
        }
        let items = street.get(&me, LIST).await.items();
        let shown = items.iter().find(|k| k["id"] == old["id"]).unwrap();
        let ends = kit.house.world.now().plus_ms(168 * 3_600_000);
        assert_eq!((&shown["status"], &shown["replaced_by"], &shown["expires_at"]), (&json!("replaced"), &new["id"], &json!(ends.rfc3339())));
        kit.clock.set(ends);
        street.get(&with(&old), "/api/v1/calls").await.is_problem(401, "unauthorized");
        assert_eq!(street.get(&with(&new), "/api/v1/calls").await.status, 200);
    }

    async fn nobody_makes_a_key_beyond_their_own_rights(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let manager = street.member(Some(&own), Role::Manager).await;
        // Only an owner may take everything out.
        let more = json!({ "name": "more", "scopes": ["calls.read", "data.export"] });
        let answer = street.post(&manager, LIST, &more).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.json()["fields"][0]["code"], "scope_not_yours");
        let strong = street.post(&owner(&own), LIST, &more).await.ok();
        let rotate = format!("{LIST}/{}/rotate", strong["id"].as_str().unwrap());
        street.post(&manager, &rotate, &json!({ "overlap_hours": 1 })).await.is_problem(422, "invalid");
        // A key that makes keys makes none that may do more than itself, and not one like its maker's.
        let maker = street.post(&manager, LIST, &json!({ "name": "maker", "scopes": ["keys.manage", "calls.read"] })).await.ok();
        let maker = with(&maker);
        street.post(&maker, LIST, &json!({ "name": "x", "scopes": ["contacts.read"] })).await.is_problem(422, "invalid");
        let child = street.post(&maker, LIST, &json!({ "name": "child" })).await.ok();
        assert_eq!((&child["scopes"], &child["created_by"]), (&json!(["calls.read"]), &json!({ "kind": "key", "name": null })));
        // Fields that do not fit are named, in the reader's language.
        let french = owner(&own).with("accept-language", "fr-CA");
        let answer = street.post(&french, LIST, &json!({ "name": "", "scopes": ["nothing"], "rate_per_minute": -1 })).await;
        let fields: Vec<String> = answer.json()["fields"].as_array().unwrap().iter().map(|f| f["field"].as_str().unwrap().to_owned()).collect();
        assert_eq!(fields, ["name", "scopes", "rate_per_minute"]);
        assert!(answer.text.contains("Donnez-lui un nom"), "{answer:?}");
    }

    async fn req_1_45_a_key_opens_the_doors_of_automation(kit: Kit) {
        // n8n and the like ask with a key where they would be called with a signature: the events of a tenant, what is
        // owed to its endpoints, and its calls; the key as bearer, in no address.
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        street.have_a_call(&own).await;
        let made = street.post(&owner(&own), LIST, &json!({ "name": "n8n" })).await.ok();
        let (key, text) = (with(&made), made["key"].as_str().unwrap());
        for path in ["/api/v1/calls", "/api/v1/deliveries", "/api/v1/inbox", "/api/v1/endpoints", "/api/v1/events"] {
            assert_eq!(street.get(&key, path).await.status, 200, "{path}");
            let in_address = format!("{path}?api_key={text}&key={text}&token={text}");
            assert_eq!(street.get(&Person::default(), &in_address).await.status, 401, "{path}");
        }
        for path in ["/api/v1/api-keys", "/api/admin/tenants"] {
            street.get(&key, path).await.is_problem(403, "forbidden");
        }
        // It is no signature: a provider's door wants the provider's.
        let body = own.sample("call_ended").body();
        street.knock(&format!("/hooks/retell/{}", own.hook_token), Some(text), &body).await.is_problem(401, "signature_malformed");
    }
}
