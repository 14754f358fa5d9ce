//! Endpoints: where deliveries go. A secret is shown when it is made, and never again.

use crate::street::{Street, owner};
use http::Method;
use serde_json::{Value, json};
use vestibule_testkit::{both_databases, failed};

const LIST: &str = "/api/v1/endpoints";

both_databases! {
    async fn an_endpoint_comes_changes_and_goes(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let new = json!({ "url": "https://hooks.test/in", "description": "ours", "kind": "webhook",
            "event_types": ["call.call-started", "call.call-updated"], "schedule_seconds": [0, 1.5, 60] });
        let answer = street.post(&who, LIST, &new).await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        for (key, value) in new.as_object().unwrap() {
            let same = &made[key] == value || key == "schedule_seconds" && made[key] == json!([0.0, 1.5, 60.0]);
            assert!(same, "{key}: {made}");
        }
        let (secret, ascii) = (made["secret"].as_str().unwrap(), made["secret_ascii"].as_str().unwrap());
        assert!(secret.starts_with("whsec_") && ascii.len() >= 32, "{made}");
        assert_eq!(made["secret_last4"].as_str().unwrap(), &ascii[ascii.len() - 4..]);
        assert_eq!((&made["is_active"], &made["circuit"], &made["disabled_reason"]), (&json!(true), &json!("closed"), &Value::Null));
        // Shown once.
        let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
        for address in [LIST, &path] {
            let answer = street.get(&who, address).await;
            assert!(!answer.text.contains(secret) && !answer.text.contains(ascii) && !answer.text.contains("whsec_"), "{answer:?}");
        }
        let mut view = made.clone();
        view.as_object_mut().unwrap().retain(|k, _| !k.starts_with("secret") || k == "secret_last4");
        assert_eq!(street.get(&who, &path).await.ok(), view);
        let all = street.get(&who, LIST).await;
        assert_eq!((all.items().len(), &all.json()["next_cursor"]), (2, &Value::Null));
        assert!(all.items().contains(&view));
        // Only what is named changes.
        kit.clock.advance_ms(1000);
        let changed = street.patch(&who, &path, &json!({ "description": "theirs" })).await.ok();
        assert_eq!((&changed["description"], &changed["url"], &changed["event_types"]), (&json!("theirs"), &view["url"], &view["event_types"]));
        assert_ne!(changed["updated_at"], view["updated_at"]);
        let off = street.patch(&who, &path, &json!({ "is_active": false })).await.ok();
        assert_eq!((&off["is_active"], &off["disabled_reason"]), (&json!(false), &json!("by_hand")));
        let on = street.patch(&who, &path, &json!({ "is_active": true })).await.ok();
        assert_eq!((&on["is_active"], &on["disabled_reason"]), (&json!(true), &Value::Null));
        // Another secret.
        let rotated = street.ask(&who, Method::POST, &format!("{path}/rotate-secret"), None).await.ok();
        assert!(rotated["secret"].as_str().is_some_and(|s| s.starts_with("whsec_") && s != secret));
        assert_eq!(rotated["previous_valid_until"], kit.house.world.now().plus_ms(86_400_000).rfc3339());
        assert_ne!(street.get(&who, &path).await.ok()["secret_last4"], Value::Null);
        // And gone.
        assert_eq!(street.delete(&who, &path).await.status, 204);
        for method in [Method::GET, Method::DELETE] {
            street.ask(&who, method, &path, None).await.is_problem(404, "not_found");
        }
        street.patch(&who, &path, &json!({ "description": "x" })).await.is_problem(404, "not_found");
        street.ask(&who, Method::POST, &format!("{path}/rotate-secret"), None).await.is_problem(404, "not_found");
        assert_eq!(street.get(&who, LIST).await.items().len(), 1);
    }

    async fn limits_and_a_header_come_change_and_go(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let new = json!({ "url": "https://hooks.test/in", "max_in_flight": 2, "rate_per_second": 7.5,
            "header": { "name": "x-n8n-webhook-secret", "value": "open sesame" } });
        let answer = street.post(&who, LIST, &new).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let made = answer.json();
        assert_eq!((&made["max_in_flight"], &made["rate_per_second"], &made["header_name"]), (&json!(2), &json!(7.5), &json!("x-n8n-webhook-secret")));
        assert!(!answer.text.contains("open sesame"), "{answer:?}");
        let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
        let same = street.patch(&who, &path, &json!({ "max_in_flight": 32 })).await.ok();
        assert_eq!((&same["max_in_flight"], &same["rate_per_second"], &same["header_name"]), (&json!(32), &json!(7.5), &json!("x-n8n-webhook-secret")));
        let free = street.patch(&who, &path, &json!({ "rate_per_second": null, "header": null })).await.ok();
        assert_eq!((&free["rate_per_second"], &free["header_name"], &free["max_in_flight"]), (&Value::Null, &Value::Null, &json!(32)));
        let usual = street.get(&who, &format!("{LIST}/{}", own.endpoint.id)).await.ok();
        assert_eq!((&usual["max_in_flight"], &usual["rate_per_second"], &usual["header_name"], &usual["failing_since"]), (&json!(8), &Value::Null, &Value::Null, &Value::Null));
        for (field, named, bad) in [
            ("max_in_flight", "max_in_flight", json!(0)),
            ("max_in_flight", "max_in_flight", json!(33)),
            ("rate_per_second", "rate_per_second", json!(0)),
            ("rate_per_second", "rate_per_second", json!(1e300)),
            ("header", "header.name", json!({ "name": "host", "value": "x" })),
            ("header", "header.value", json!({ "name": "x-good", "value": "a\nb" })),
        ] {
            for answer in [street.patch(&who, &path, &json!({ field: bad })).await, street.post(&who, LIST, &json!({ "url": "https://hooks.test/in", field: bad })).await] {
                answer.is_problem(422, "invalid");
                assert_eq!(answer.json()["fields"][0]["field"], named, "{bad}");
            }
        }
        street.patch(&who, &path, &json!({ "max_in_flight": 1.5 })).await.is_problem(422, "bad_body");
    }

    async fn what_cannot_be_an_endpoint(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let path = format!("{LIST}/{}", own.endpoint.id);
        let long = format!("https://hooks.test/{}", "x".repeat(2048));
        for bad in ["http://hooks.test/in", "ftp://hooks.test", "hooks.test", "", "https://", "https://user:pass@hooks.test/", "https://a b", &long] {
            for answer in [street.post(&who, LIST, &json!({ "url": bad })).await, street.patch(&who, &path, &json!({ "url": bad })).await] {
                answer.is_problem(422, "invalid");
                let field = &answer.json()["fields"][0];
                assert_eq!((&field["field"], &field["code"]), (&json!("url"), &json!("bad_url")), "{bad}");
            }
        }
        let good = "https://hooks.test/in";
        for (field, bad) in [("event_types", json!([])), ("event_types", json!(["call.dreamt"])), ("schedule_seconds", json!([])), ("schedule_seconds", json!([-1])), ("schedule_seconds", json!([999_999]))] {
            let answer = street.post(&who, LIST, &json!({ "url": good, field: bad })).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], field);
        }
        street.post(&who, LIST, &json!({})).await.is_problem(422, "bad_body");
        street.post(&who, LIST, &json!({ "url": 7 })).await.is_problem(422, "bad_body");
        let plain = who.with("content-type", "text/plain");
        street.ask(&plain, Method::POST, LIST, None).await.is_problem(400, "not_json");
        assert_eq!(street.get(&who, LIST).await.items().len(), 1);
        for n in 1..50 {
            assert_eq!(street.post(&who, LIST, &json!({ "url": good })).await.status, 201, "{n}");
        }
        street.post(&who, LIST, &json!({ "url": good })).await.is_problem(409, "too_many_endpoints");
    }

    async fn what_a_deleted_endpoint_was_owed_is_dead(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        kit.courier.script(&own.endpoint.url, [failed(500)]);
        street.have_a_call(&own).await;
        assert_eq!(street.delete(&who, &format!("{LIST}/{}", own.endpoint.id)).await.status, 204);
        let row = street.get(&who, "/api/v1/deliveries").await.items().remove(0);
        assert_eq!((&row["state"], &row["last_error"]), (&json!("dead"), &json!("endpoint_disabled")));
        let retry = format!("/api/v1/deliveries/{}/retry", row["id"].as_str().unwrap());
        street.ask(&who, Method::POST, &retry, None).await.is_problem(409, "endpoint_gone");
        kit.clock.advance_ms(3_600_000);
        kit.deliver_all().await;
        assert_eq!(kit.courier.parcels_to(&own.endpoint.url).len(), 1);
    }
}
