//! Executions of workflows, whether a workflow is set up (0.10, 0.25, 0.69), and the example files (0.46).

use crate::street::{Street, anon, owner};
use serde_json::{Value, json};
use vestibule_ports::{EngineFault, ExecutionStatus, ProviderFaultKind};
use vestibule_testkit::{BEGINNING, Kit, TestTenant, both_databases, execution};

const HOOK: &str = "https://n8n.test/webhook/calls";

/// Connects a workflow with a key; its endpoint's id.
async fn connected(street: &Street, own: &TestTenant) -> String {
    let new = json!({ "webhookUrl": HOOK, "instanceUrl": "https://n8n.test", "workflowId": "wf1", "apiKey": "n8n_key_wxyz" });
    let made = street.post(&owner(own), &format!("/api/organizations/{}/n8n", own.id()), &new).await.ok();
    made["endpoint"]["id"].as_str().unwrap().to_owned()
}

fn key_asked_with(kit: &Kit) -> Option<String> {
    let asked = kit.workflows.asked();
    let key = asked.last().and_then(|(_, place)| place.key.clone());
    key.map(|key| secrecy::ExposeSecret::expose_secret(&key).to_owned())
}

both_databases! {
    async fn executions_are_listed_filtered_and_linked(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let endpoint = connected(&street, &own).await;
        street.have_a_call(&own).await;
        for (id, status, minutes) in [("54", ExecutionStatus::Success, 1), ("60", ExecutionStatus::Error, 2), ("61", ExecutionStatus::Error, 3)] {
            kit.workflows.put(HOOK, execution(id, status, BEGINNING.plus_ms(minutes * 60_000)));
        }
        kit.watch_all().await;
        let list = async |query: &str| street.get(&who, &format!("/api/v1/workflow-executions?{query}")).await;
        let of_endpoint = list(&format!("endpoint_id={endpoint}")).await.items();
        let ids: Vec<&str> = of_endpoint.iter().map(|one| one["execution_id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["61", "60", "54"]);
        let delivery = street.get(&who, &format!("/api/v1/deliveries?endpoint_id={endpoint}")).await.items().remove(0);
        let began = BEGINNING.plus_ms(60_000);
        let expected = json!({ "execution_id": "54", "workflow_id": "wf1", "delivery_id": delivery["id"], "status": "SUCCESS", "mode": "webhook",
            "started_at": began.rfc3339(), "stopped_at": began.plus_ms(120).rfc3339(), "url": "https://n8n.test/workflow/wf1/executions/54" });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&of_endpoint[2][key], value, "{key}");
        }
        assert_eq!(of_endpoint[2]["endpoint"]["id"], endpoint.as_str());
        let of_delivery = list(&format!("delivery_id={}", delivery["id"].as_str().unwrap())).await.items();
        assert_eq!((of_delivery.len(), &of_delivery[0]), (1, &of_endpoint[2]));
        // Requirement 0.69: what failed since, page by page.
        let since = crate::street::escaped(&BEGINNING.plus_ms(150_000).rfc3339());
        assert_eq!(list(&format!("status=ERROR&since={since}")).await.items(), [of_endpoint[0].clone()]);
        let first = list("status=ERROR&limit=1").await.ok();
        let next = list(&format!("status=ERROR&limit=1&cursor={}", first["next_cursor"].as_str().unwrap())).await.ok();
        assert_eq!((&next["items"][0], &next["next_cursor"]), (&of_endpoint[1], &Value::Null));
        for (query, field) in [("status=error", "status"), ("since=yesterday", "since"), ("endpoint_id=x", "endpoint_id"), ("delivery_id=x", "delivery_id")] {
            let answer = list(query).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], field, "{query}");
        }
        list("cursor=x").await.is_problem(400, "bad_cursor");
    }

    async fn a_connection_is_tested_and_switched_on_in_the_readers_language(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let ours = format!("/api/organizations/{}/n8n", own.id());
        street.post(&who, &format!("{ours}/test"), &json!({})).await.is_problem(409, "not_connected");
        street.post(&who, &format!("{ours}/activate"), &json!({})).await.is_problem(409, "not_connected");
        let endpoint = connected(&street, &own).await;
        for path in [format!("{ours}/test"), format!("{ours}/activate"), format!("/api/v1/endpoints/{endpoint}/n8n/test"), format!("/api/v1/endpoints/{endpoint}/n8n/activate")] {
            let good = street.post(&who, &path, &json!({})).await.ok();
            let expected = json!({ "ok": true, "code": "ready", "message": "In English.", "workflow_name": "Calls", "addresses": [], "said": null });
            assert_eq!(good, expected, "{path}");
            let fault = EngineFault { said: Some("no credential".into()), ..EngineFault::new(ProviderFaultKind::Rejected, "activation_refused") };
            kit.workflows.fail([fault]);
            let bad = street.post(&who.with("accept-language", "fr-CA"), &path, &json!({})).await.ok();
            assert_eq!((&bad["ok"], &bad["code"], &bad["message"], &bad["said"]), (&json!(false), &json!("activation_refused"), &json!("En français."), &json!("no credential")), "{path}");
        }
        let plain = street.post(&who, "/api/v1/endpoints", &json!({ "url": "https://plain.test/x", "kind": "webhook" })).await.ok();
        let path = format!("/api/v1/endpoints/{}/n8n/test", plain["id"].as_str().unwrap());
        street.post(&who, &path, &json!({})).await.is_problem(409, "no_workflow");
    }

    async fn a_fault_of_the_watch_is_shown_with_the_connection(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let ours = format!("/api/organizations/{}/n8n", own.id());
        connected(&street, &own).await;
        assert_eq!(street.get(&who, &ours).await.ok()["watch"], Value::Null);
        kit.workflows.fail([EngineFault::new(ProviderFaultKind::Unauthorized, "key_refused")]);
        let at = kit.house.world.now().rfc3339();
        kit.watch_all().await;
        let shown = street.get(&who.with("accept-language", "fr"), &ours).await.ok();
        assert_eq!(shown["watch"], json!({ "checked_at": at, "last_error": "key_refused", "message": "En français.", "error_since": at }));
        // Saved anew, it is looked at anew.
        connected(&street, &own).await;
        kit.watch_all().await;
        let shown = street.get(&who, &ours).await.ok();
        assert_eq!(shown["watch"], json!({ "checked_at": at, "last_error": null, "message": null, "error_since": null }));
    }

    async fn a_key_is_not_shown_to_another_place(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let ours = format!("/api/organizations/{}/n8n", own.id());
        connected(&street, &own).await;
        let test = async || {
            kit.workflows.asked();
            street.post(&who, &format!("{ours}/test"), &json!({})).await.ok();
            key_asked_with(&kit)
        };
        assert_eq!(test().await.as_deref(), Some("n8n_key_wxyz"));
        // Another page of the same place is the same place.
        let same = json!({ "webhook_url": HOOK, "instance_url": "https://N8N.test/home" });
        assert_eq!(street.post(&who, &ours, &same).await.ok()["api_key_masked"], "••••wxyz");
        assert_eq!(test().await.as_deref(), Some("n8n_key_wxyz"));
        let moved = json!({ "webhook_url": HOOK, "instance_url": "https://n8n.test.evil.example" });
        assert_eq!(street.post(&who, &ours, &moved).await.ok()["api_key_masked"], Value::Null);
        assert_eq!(test().await, None);
        // Without an instance, the webhook's address is where the key goes.
        let by_hook = json!({ "webhook_url": HOOK, "instance_url": "", "api_key": "another_key_abcd" });
        assert_eq!(street.post(&who, &ours, &by_hook).await.ok()["api_key_masked"], "••••abcd");
        let moved = json!({ "webhook_url": "https://other.test/webhook/calls" });
        assert_eq!(street.post(&who, &ours, &moved).await.ok()["api_key_masked"], Value::Null);
        assert_eq!(test().await, None);
    }

    async fn example_workflows_are_there_for_everybody(kit: Kit) {
        let street = Street::open(&kit);
        for name in ["receptionist.en.json", "receptionist.fr.json", "booking.en.json", "booking.fr.json"] {
            let answer = street.get(&anon(), &format!("/api/v1/examples/n8n/{name}")).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"), "{name}");
            assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"n8n-{name}\""));
            assert!(answer.json()["nodes"].as_array().is_some_and(|nodes| nodes.len() > 10), "{name}");
        }
        for nothing in ["n8n/none.json", "n8n/README.md", "n8n/..%2fn8n%2fbooking.en.json", "..%2fcrates/Cargo.json", "n8n/.json", "none/booking.en.json"] {
            street.get(&anon(), &format!("/api/v1/examples/{nothing}")).await.is_problem(404, "not_found");
        }
    }
}
