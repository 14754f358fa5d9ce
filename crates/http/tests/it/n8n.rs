//! A tenant's n8n workflow (0.25–0.27): a view of an endpoint.

use crate::street::{Street, owner};
use serde_json::{Value, json};
use vestibule_testkit::both_databases;

both_databases! {
    async fn req_0_25_to_0_27_a_workflow_comes_changes_and_goes(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let path = format!("/api/organizations/{}/n8n", own.id());
        let nothing = json!({ "connected": false, "endpoint": null, "instance_url": null, "workflow_id": null,
            "webhook_url": null, "api_key_masked": null, "is_active": false, "watch": null });
        assert_eq!(street.get(&who, &path).await.ok(), nothing, "an endpoint made elsewhere is not this one");
        let new = json!({ "webhookUrl": "https://n8n.test/w1", "instanceUrl": "https://n8n.test", "workflowId": "wf1", "apiKey": "n8n_key_wxyz" });
        let made = street.post(&who, &path, &new).await.ok();
        assert!(made["secret"].as_str().is_some_and(|s| s.starts_with("whsec_")), "{made}");
        assert!(made["secret_ascii"].is_string());
        let seen = street.get(&who, &path).await.ok();
        assert!(seen.get("secret").is_none() && seen.get("secret_ascii").is_none(), "{seen}");
        let expected = json!({ "connected": true, "instance_url": "https://n8n.test", "workflow_id": "wf1",
            "webhook_url": "https://n8n.test/w1", "api_key_masked": "••••wxyz", "is_active": true });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&seen[key], value, "{key}");
        }
        let endpoint = seen["endpoint"]["id"].as_str().unwrap();
        assert_ne!(endpoint, own.endpoint.id.to_string());
        assert_eq!(street.get(&who, &format!("/api/v1/endpoints/{endpoint}")).await.ok(), seen["endpoint"]);
        // Changed: what is not named stays, and the other endpoint is not touched.
        let after = street.post(&who, &path, &json!({ "webhook_url": "https://n8n.test/w2", "is_active": false })).await.ok();
        assert!(after.get("secret").is_none(), "a change makes no secret");
        assert_eq!((&after["webhook_url"], &after["workflow_id"], &after["api_key_masked"], &after["is_active"]),
            (&json!("https://n8n.test/w2"), &json!("wf1"), &json!("••••wxyz"), &json!(false)));
        assert_eq!(after["endpoint"]["id"], endpoint);
        let other = street.get(&who, &format!("/api/v1/endpoints/{}", own.endpoint.id)).await.ok();
        assert_eq!((&other["url"], &other["is_active"]), (&json!(own.endpoint.url), &json!(true)));
        street.post(&who, &path, &json!({ "webhook_url": "http://n8n.test/w2" })).await.is_problem(422, "invalid");
        street.post(&who, &path, &json!({})).await.is_problem(422, "bad_body");
        // It is told of calls once it is on.
        street.post(&who, &path, &json!({ "webhook_url": "https://n8n.test/w2", "is_active": true })).await.ok();
        street.have_a_call(&own).await;
        assert_eq!(kit.courier.parcels_to("https://n8n.test/w2").len(), 1);
        for _ in 0..2 {
            assert_eq!(street.delete(&who, &path).await.status, 204);
            assert_eq!(street.get(&who, &path).await.ok(), nothing);
        }
        let left: Vec<Value> = street.get(&who, "/api/v1/endpoints").await.items();
        assert_eq!((left.len(), left[0]["id"].as_str()), (1, Some(own.endpoint.id.to_string().as_str())));
    }

    async fn one_that_begins_switched_off(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let path = "/api/organizations/north-shore/n8n";
        let made = street.post(&owner(&own), path, &json!({ "webhook_url": "https://n8n.test/off", "is_active": false })).await.ok();
        assert_eq!((&made["is_active"], &made["connected"]), (&json!(false), &json!(true)));
        street.have_a_call(&own).await;
        assert!(kit.courier.parcels_to("https://n8n.test/off").is_empty());
    }
}
