//! A workflow in front of the provider (2.05–2.09, 2.14, 2.18; K7): a shared secret, the provider's whole payload, and
//! no echo.

use crate::street::{Answer, Street, another, owner};
use axum::body::Body;
use http::Request;
use serde_json::json;
use vestibule_testkit::{Kit, TestTenant, both_databases};

const PATH: &str = "/api/n8n/retell-webhook";

async fn forward(street: &Street, secret: Option<&str>, body: &[u8]) -> Answer {
    let mut request = Request::post(PATH).header("content-type", "application/json");
    if let Some(secret) = secret {
        request = request.header("x-n8n-webhook-secret", secret);
    }
    street.send(request.body(Body::from(body.to_vec())).unwrap()).await
}

/// A tenant without any connection.
async fn bare(kit: &Kit, street: &Street, slug: &str) -> TestTenant {
    let tenant = kit.tenant(slug).await;
    street.delete(&owner(&tenant), "/api/v1/connections/retell").await;
    tenant
}

async fn connect(street: &Street, tenant: &TestTenant, agent: &str) -> Answer {
    street.post(&owner(tenant), "/api/retell/connect-agent", &json!({ "agentId": agent })).await
}

async fn secret(street: &Street, tenant: &TestTenant, agent: &str) -> String {
    let answer = connect(street, tenant, agent).await.ok();
    answer["data"]["forwardSecret"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

both_databases! {
    async fn req_2_05_to_2_07_an_agent_is_connected_by_its_id_alone(kit: Kit) {
        let street = Street::open(&kit);
        let own = bare(&kit, &street, "north-shore").await;
        let who = owner(&own);
        let status = async || street.get(&who, "/api/retell/agent-status").await.ok();
        assert_eq!(status().await, json!({ "success": true, "data": { "isConnected": false, "agentId": null } }));
        let made = connect(&street, &own, "agent_of_mine").await.ok();
        assert_eq!((&made["data"]["isConnected"], &made["data"]["agentId"]), (&json!(true), &json!("agent_of_mine")));
        assert!(made["data"]["forwardSecret"].as_str().is_some_and(|s| s.len() >= 32), "{made}");
        assert_eq!(status().await["data"], json!({ "isConnected": true, "agentId": "agent_of_mine" }));
        // Again: nothing new, and the secret is never shown again.
        let again = connect(&street, &own, "agent_of_mine").await.ok();
        assert!(again["data"].get("forwardSecret").is_none(), "{again}");
        connect(&street, &own, " ").await.is_problem(422, "invalid");
        let answer = street.post(&who, "/api/nobody/connect-agent", &json!({ "agentId": "a" })).await;
        answer.is_problem(404, "not_found");
        let gone = street.delete(&who, "/api/retell/disconnect-agent").await.ok();
        assert_eq!(gone["data"], json!({ "isConnected": false, "agentId": null }));
        assert_eq!(status().await["data"]["isConnected"], false);
    }

    async fn req_2_16_an_agent_that_is_somebody_elses_is_not_connected(kit: Kit) {
        let street = Street::open(&kit);
        let own = bare(&kit, &street, "north-shore").await;
        let taken = connect(&street, &own, &own.twin().agent).await;
        taken.is_problem(409, "agent_taken");
        assert_eq!(taken.json()["detail"], "This Retell agent is already connected to another account");
    }

    async fn req_2_08_and_2_09_a_workflow_forwards_the_whole_payload(kit: Kit) {
        let street = Street::open(&kit);
        let own = bare(&kit, &street, "north-shore").await;
        let other = bare(&kit, &street, "south-shore").await;
        let (mine, theirs) = (secret(&street, &own, &own.agent).await, secret(&street, &other, &other.agent).await);
        let body = another(&own, "call_analyzed", "call_forwarded").body();
        forward(&street, None, &body).await.is_problem(401, "signature_missing");
        forward(&street, Some("aivors-secret"), &body).await.is_problem(401, "signature_mismatch");
        // Another tenant's secret opens that tenant's door, not this one's.
        forward(&street, Some(&theirs), &body).await.is_problem(401, "signature_mismatch");
        let unknown = another(&own, "call_ended", "x").agent("agent_nobody").body();
        let refused = forward(&street, Some(&mine), &unknown).await;
        refused.is_problem(400, "no_client_for_agent");
        assert_eq!(refused.json()["detail"], "No client found for this agent");
        // 2.14: nothing is used up where no plan has prepaid minutes.
        let kept = json!({ "success": true, "shouldDisableWorkflow": false });
        assert_eq!(forward(&street, Some(&mine), &body).await.ok(), kept);
        assert_eq!(forward(&street, Some(&mine), &body).await.ok(), kept, "a repeated event is answered alike");
        kit.fold_all().await;
        let calls = street.get(&owner(&own), "/api/v1/calls").await.items();
        assert_eq!(calls.len(), 1);
        assert_eq!((&calls[0]["provider"], &calls[0]["status"]), (&json!("retell"), &json!("COMPLETED")));
        assert!(street.get(&owner(&other), "/api/v1/calls").await.items().is_empty());
    }

    async fn what_a_workflow_forwarded_is_not_told_to_it_again(kit: Kit) {
        let street = Street::open(&kit);
        let own = bare(&kit, &street, "north-shore").await;
        let mine = secret(&street, &own, &own.agent).await;
        // Beside the workflow stands an endpoint that is none.
        let webhook = json!({ "url": "https://crm.test/calls", "kind": "webhook" });
        let crm = street.post(&owner(&own), "/api/v1/endpoints", &webhook).await.ok();
        forward(&street, Some(&mine), &another(&own, "call_analyzed", "call_a").body()).await.ok();
        kit.fold_all().await;
        let owed = street.get(&owner(&own), "/api/v1/deliveries").await.items();
        let to: Vec<_> = owed.iter().map(|d| d["endpoint_id"].clone()).collect();
        assert_eq!(to, [crm["endpoint"]["id"].clone()], "{owed:?}");
        // A call that the provider told of itself is told to both.
        street.post(&owner(&own), "/api/organizations/north-shore/retell", &json!({ "agent_id": own.agent, "api_key": own.retell_key })).await.ok();
        let body = another(&own, "call_analyzed", "call_b").body();
        let signature = vestibule_testkit::sign_retell(&own.retell_key, &body, kit.house.world.now());
        assert_eq!(street.knock("/api/webhooks/retell", Some(&signature), &body).await.status, 204);
        kit.fold_all().await;
        assert_eq!(street.get(&owner(&own), "/api/v1/deliveries").await.items().len(), 3);
        // Both ways stay open: the same event by both is one call.
        forward(&street, Some(&mine), &body).await.ok();
        kit.fold_all().await;
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.items().len(), 2);
    }
}
