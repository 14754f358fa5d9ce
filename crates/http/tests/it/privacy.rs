//! Privacy by API: how long things are kept, erasing a caller with a receipt, and an installation that is muted.

use crate::street::{Street, another, owner};
use http::Method;
use serde_json::json;
use vestibule_domain::instance::{self, Fingerprint};
use vestibule_model::Role;
use vestibule_testkit::{both_databases, delivered};

const NUMBER: &str = "+14385550177";

both_databases! {
    async fn req_k19_an_owner_erases_a_caller_and_has_a_receipt(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        for call in ["one", "two"] {
            street.hook(&own, &another(&own, "call_analyzed", call).from(NUMBER).body()).await.ok();
        }
        kit.fold_all().await;
        kit.deliver_all().await;
        let seen = street.post(&who, "/api/v1/erasures/preview", &json!({ "phone": NUMBER })).await.ok();
        assert_eq!((&seen["phone"], &seen["counts"]["calls"], &seen["endpoints"]), (&json!(NUMBER), &json!(2), &json!(1)), "{seen}");
        let contact = street.get(&who, "/api/v1/contacts").await.items().remove(0)["id"].clone();
        let by_contact = street.post(&who, "/api/v1/erasures/preview", &json!({ "contact_id": contact })).await.ok();
        assert_eq!(by_contact, seen);
        for (bad, status, code) in [
            (json!({ "phone": "anonymous" }), 422, "invalid"),
            (json!({}), 422, "invalid"),
            (json!({ "contact_id": "x" }), 404, "not_found"),
        ] {
            street.post(&who, "/api/v1/erasures/preview", &bad).await.is_problem(status, code);
        }
        let asked = |confirm: &str, reason: &str| json!({ "phone": NUMBER, "confirm": confirm, "reason": reason });
        street.post(&who, "/api/v1/erasures", &asked("", "request")).await.is_problem(422, "invalid");
        street.post(&who, "/api/v1/erasures", &asked(NUMBER, "because")).await.is_problem(422, "invalid");
        // Whoever manages sees what was erased, and erases nobody.
        let manager = street.member(Some(&own), Role::Manager).await;
        assert_eq!(street.post(&manager, "/api/v1/erasures", &asked(NUMBER, "request")).await.status, 403);
        assert_eq!(street.get(&street.member(Some(&own), Role::Staff).await, "/api/v1/erasures").await.status, 403);
        let done = street.post(&who, "/api/v1/erasures", &asked(NUMBER, "request")).await.ok();
        assert_eq!((&done["kind"], &done["counts"]["calls"], &done["counts"]["contacts"]), (&json!("caller"), &json!(2), &json!(1)));
        assert_eq!(street.post(&who, "/api/v1/erasures", &asked(NUMBER, "request")).await.ok()["id"], done["id"], "once is enough");
        assert!(street.get(&who, "/api/v1/calls").await.items().is_empty());
        let listed = street.get(&manager, "/api/v1/erasures").await;
        assert_eq!(listed.items(), std::slice::from_ref(&done));
        let receipt = street.get(&manager, &format!("/api/v1/erasures/{}/receipt", done["id"].as_str().unwrap())).await;
        let given = receipt.ok();
        assert!(!receipt.text.contains(&NUMBER[1..]) && !listed.text.contains(&NUMBER[1..]), "{receipt:?}");
        // It can be checked by the published keys alone.
        let keys = street.get(&crate::street::anon(), "/.well-known/jwks.json").await.ok();
        assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == given["kid"]), "{keys}");
        kit.courier.always(&own.endpoint.url, Some(delivered()));
    }

    async fn what_would_go_is_said_before_it_goes(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        street.have_a_call(&own).await;
        let path = "/api/v1/retention";
        assert_eq!(street.get(&who, path).await.ok(), json!({ "transcripts_days": null, "recordings_days": null, "raw_events_days": 90 }));
        kit.clock.advance_ms(3 * 24 * 3_600_000);
        let wanted = json!({ "transcripts_days": 2, "recordings_days": 2, "raw_events_days": 2 });
        let dry = street.post(&who, &format!("{path}/dry-run"), &wanted).await.ok();
        assert_eq!((&dry["transcripts"]["count"], &dry["recordings"]["count"], &dry["raw_events"]["count"]), (&json!(1), &json!(1), &json!(3)), "{dry}");
        assert!(dry["transcripts"]["oldest_at"].as_str().unwrap().starts_with("2026-11-2"), "{dry}");
        assert_eq!(street.ask(&who, Method::PUT, path, Some(&wanted)).await.ok(), wanted);
        assert_eq!(street.get(&who, path).await.ok(), wanted);
        let bad = json!({ "transcripts_days": 0, "recordings_days": null, "raw_events_days": 4000 });
        let refused = street.ask(&who, Method::PUT, path, Some(&bad)).await;
        refused.is_problem(422, "invalid");
        let fields: Vec<_> = refused.json()["fields"].as_array().unwrap().iter().map(|f| f["field"].clone()).collect();
        assert_eq!(fields, ["transcripts_days", "raw_events_days"]);
        let manager = street.member(Some(&own), Role::Manager).await;
        assert_eq!(street.ask(&manager, Method::PUT, path, Some(&wanted)).await.status, 403);
    }

    async fn an_operator_lets_a_muted_installation_send_again(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let operator = street.operator().await;
        let from = |url: &str| Fingerprint { place: "here".into(), public_url: url.into(), starts: Some(0) };
        instance::begin(&kit.house, from("https://a.test"), false).await.unwrap();
        let path = "/api/admin/instance";
        assert_eq!(street.get(&operator, path).await.ok()["muted"], false);
        street.have_a_call(&own).await;
        kit.courier.clear();
        instance::begin(&kit.house, from("https://b.test"), false).await.unwrap();
        street.hook(&own, &another(&own, "call_analyzed", "since").body()).await.ok();
        kit.fold_all().await;
        assert_eq!(kit.deliver_all().await, 0);
        let seen = street.get(&operator, path).await.ok();
        assert_eq!((&seen["muted"], &seen["why"], &seen["deliveries"]), (&json!(true), &json!("other_address"), &json!(1)), "{seen}");
        for bad in [json!({ "owed": "keep" }), json!({ "owed": "drop", "older_than_hours": -1 })] {
            street.post(&operator, &format!("{path}/unmute"), &bad).await.is_problem(422, "invalid");
        }
        assert_eq!(street.post(&owner(&own), &format!("{path}/unmute"), &json!({ "owed": "send" })).await.status, 403);
        let seen = street.post(&operator, &format!("{path}/unmute"), &json!({ "owed": "send" })).await.ok();
        assert_eq!(seen["muted"], false);
        assert_eq!(kit.deliver_all().await, 1);
    }
}
