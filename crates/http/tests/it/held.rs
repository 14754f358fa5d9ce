//! Requests that are held at the door: why, in words; and let in once their connection is right.

use crate::street::{Street, another, owner};
use serde_json::json;
use vestibule_testkit::{TestTenant, both_databases, sign_retell};

fn hook(tenant: &TestTenant) -> String {
    format!("/hooks/retell/{}", tenant.hook_token)
}

both_databases! {
    async fn an_exchanged_key_lets_in_what_was_held(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let (who, now) = (owner(&own), kit.house.world.now());
        // The provider's key was exchanged; nobody told us.
        for n in 0..3 {
            let body = another(&own, "call_analyzed", &format!("call_{n}")).body();
            let signature = sign_retell("key_new_0123456789", &body, now);
            street.knock(&hook(&own), Some(&signature), &body).await.is_problem(401, "signature_mismatch");
        }
        let nobodys = another(&own, "call_ended", "call_forged").body();
        let signature = sign_retell("a key of nobody's", &nobodys, now);
        street.knock(&hook(&own), Some(&signature), &nobodys).await.is_problem(401, "signature_mismatch");
        let held = street.get(&who, "/api/v1/held-requests").await.items();
        assert_eq!(held.len(), 4);
        assert!(held.iter().all(|h| h["reason"] == "signature_mismatch" && h["advice_fr"].as_str().unwrap().contains("clé")), "{held:?}");
        assert!(street.get(&owner(own.twin()), "/api/v1/held-requests").await.items().is_empty());
        assert!(street.get(&who, "/api/v1/calls").await.items().is_empty());
        // An hour later the key is corrected: what it signed is let in as of its arrival, what it did not stays out.
        kit.clock.advance_ms(3_600_000);
        let change = json!({ "fields": { "agent_id": own.agent, "api_key": "key_new_0123456789" } });
        let changed = street.ask(&who, http::Method::PUT, "/api/v1/connections/retell", Some(&change)).await.ok();
        assert_eq!(changed["let_in"], 3, "{changed}");
        kit.fold_all().await;
        assert_eq!(street.get(&who, "/api/v1/calls").await.items().len(), 3);
        assert_eq!(street.get(&who, "/api/v1/held-requests").await.items().len(), 1);
        let events = street.get(&who, "/api/v1/inbox").await.items();
        assert!(events.iter().all(|e| e["received_at"] == now.rfc3339()), "{events:?}");
        // Once in, never again.
        let again = street.ask(&who, http::Method::PUT, "/api/v1/connections/retell", Some(&change)).await.ok();
        assert_eq!(again["let_in"], 0);
    }

    async fn the_reason_is_found_out(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let (who, now) = (owner(&own), kit.house.world.now());
        let body = another(&own, "call_ended", "call_a").body();
        let pretty = serde_json::to_vec_pretty(&serde_json::from_slice::<serde_json::Value>(&body).unwrap()).unwrap();
        for (body, signature) in [
            (&pretty, sign_retell(&own.retell_key, &body, now)),
            (&body, sign_retell(&own.retell_key, &body, now.plus_ms(-6 * 60_000))),
            (&body, sign_retell(&own.retell_key, &body, now.plus_ms(9 * 60_000))),
            (&body, "nonsense".to_owned()),
        ] {
            assert_eq!(street.knock(&hook(&own), Some(&signature), body).await.status, 401);
            kit.clock.advance_ms(1);
        }
        // Without any signature there is nothing to hold.
        street.knock(&hook(&own), None, &body).await.is_problem(401, "signature_missing");
        let held = street.get(&who, "/api/v1/held-requests").await.items();
        let mut told: Vec<_> = held.iter().map(|h| (h["reason"].as_str().unwrap(), h["hint"].as_str())).collect();
        told.reverse();
        let want = [
            ("signature_mismatch", Some("body_reserialised")),
            ("signature_stale", Some("clock_behind_or_late")),
            ("signature_stale", Some("clock_ahead")),
            ("signature_malformed", None),
        ];
        assert_eq!(told, want);
        assert!(held[2]["advice_en"].as_str().unwrap().contains("6 minutes old"), "{}", held[2]);
        // Page by page.
        let page = street.get(&who, "/api/v1/held-requests?limit=3").await.ok();
        let cursor = page["next_cursor"].as_str().unwrap();
        let rest = street.get(&who, &format!("/api/v1/held-requests?limit=3&cursor={cursor}")).await.items();
        assert_eq!((page["items"].as_array().unwrap().len(), rest.len()), (3, 1));
    }

    async fn a_flood_is_held_to_a_few_and_for_three_days(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        for n in 0..210 {
            let body = format!(r#"{{"event":"call_ended","n":{n},"call":{{"call_id":"c","agent_id":"{}"}}}}"#, own.agent);
            street.knock(&hook(&own), Some("nonsense"), body.as_bytes()).await;
        }
        let held = async || street.get(&owner(&own), "/api/v1/held-requests?limit=200").await.ok();
        let page = held().await;
        assert_eq!((page["items"].as_array().unwrap().len(), &page["next_cursor"]), (200, &serde_json::Value::Null));
        kit.clock.advance_ms(72 * 3_600_000 + 1);
        assert_eq!(vestibule_domain::connections::let_go_of_old(&kit.house).await.unwrap(), 200);
        assert!(held().await["items"].as_array().unwrap().is_empty());
    }
}
