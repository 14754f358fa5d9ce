//! Vapi at its own address (requirement 1.26): the proof leads to the tenant, the header must agree.

use crate::street::{Answer, Street, owner};
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use vestibule_testkit::{TestTenant, both_databases, call_webhooks};

const PATH: &str = "/webhooks/vapi";
const SECRET: &str = "vapi-secret-0123456789abcdef";
const NUMBER: &str = "+18195550100";

fn sample(name: &str) -> Value {
    let path = format!("{}/../providers/fixtures/vapi/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))).unwrap()
}

/// The sample as an event of another call.
fn event(name: &str, call: &str) -> Value {
    let mut event = sample(name);
    event["message"]["call"]["id"] = json!(call);
    event["message"]["call"]["phoneCallProviderId"] = json!(format!("CA_{call}"));
    event["message"]["call"]["transport"] = Value::Null;
    event
}

async fn connect(street: &Street, tenant: &TestTenant, fields: Value) -> Answer {
    street
        .ask(
            &owner(tenant),
            http::Method::PUT,
            "/api/v1/connections/vapi",
            Some(&json!({ "fields": fields })),
        )
        .await
}

async fn knock(street: &Street, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut request = Request::post(PATH).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    street.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn told(street: &Street, body: &Value) -> Answer {
    knock(street, &[("x-vapi-secret", SECRET)], body).await
}

both_databases! {
    async fn req_1_26_and_1_13_a_proof_leads_to_the_tenant_and_the_header_must_agree(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let made = connect(&street, &own, json!({ "phone_number": NUMBER, "assistant_id": "asst_own" })).await.ok();
        let secret = made["made"]["webhook_secret"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        let other = connect(&street, own.twin(), json!({ "phone_number": NUMBER, "webhook_secret": SECRET })).await;
        other.is_problem(409, "agent_taken");
        let body = event("status-update.ringing", "v-1");
        knock(&street, &[], &body).await.is_problem(401, "signature_missing");
        knock(&street, &[("x-vapi-secret", "guess")], &body).await.is_problem(401, "signature_mismatch");
        let hmac = |at: i64, key: &str| {
            let digest = vestibule_vault::hmac_hex(key.as_bytes(), &[format!("{at}.{body}").as_bytes()]);
            (digest, at.to_string())
        };
        let now = kit.house.world.now().0;
        let (old, at) = hmac(now - 301_000, &secret);
        knock(&street, &[("x-signature", &old), ("x-timestamp", &at)], &body).await.is_problem(401, "signature_stale");
        let tenant = own.id().to_string();
        let (fresh, at) = hmac(now, &secret);
        let proof = [("x-signature", fresh.as_str()), ("x-timestamp", at.as_str())];
        let wrong = [proof[0], proof[1], ("x-tenant-id", "south-shore")];
        knock(&street, &wrong, &body).await.is_problem(400, "tenant_hint_disagrees");
        let right = [proof[0], proof[1], ("x-tenant-id", tenant.as_str())];
        assert_eq!(knock(&street, &right, &body).await.ok(), json!({}));
        let bearer = format!("Bearer {secret}");
        assert_eq!(knock(&street, &[("authorization", &bearer)], &body).await.ok(), json!({}), "the same again");
        kit.fold_all().await;
        let calls = street.get(&owner(&own), "/api/v1/calls").await.items();
        assert_eq!(calls.len(), 1);
        assert_eq!((&calls[0]["provider"], &calls[0]["status"]), (&json!("vapi"), &json!("RINGING")));
        let mut stranger = event("status-update.ringing", "v-2");
        stranger["message"]["phoneNumber"]["number"] = json!("+15145550000");
        stranger["message"]["phoneNumber"]["id"] = json!("nobody's");
        stranger["message"]["call"]["phoneNumberId"] = json!("nobody's");
        knock(&street, &[("x-vapi-secret", &secret)], &stranger).await.is_problem(400, "no_client_for_agent");
    }

    async fn events_in_any_order_are_one_call_and_no_secret_of_theirs_is_kept(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        connect(&street, &own, json!({ "phone_number": NUMBER, "webhook_secret": SECRET })).await.ok();
        for name in ["end-of-call-report", "hang", "status-update.in-progress", "end-of-call-report", "status-update.ended"] {
            assert_eq!(told(&street, &event(name, "v-1")).await.ok(), json!({}), "{name}");
            kit.fold_all().await;
        }
        // What was kept of an event is shorter by the secret that came with it, and is what the provider lets keep.
        let mut talkative = event("status-update.queued", "v-1");
        talkative["message"]["phoneNumber"]["twilioAuthToken"] = json!("s".repeat(4_000));
        told(&street, &talkative).await.ok();
        kit.fold_all().await;
        let body = talkative.to_string();
        let vapi = call_webhooks().into_iter().find(|p| p.name() == "vapi").unwrap();
        let kept = vapi.kept(body.as_bytes()).len();
        assert!(kept + 3_900 < body.len());
        let inbox = street.get(&owner(&own), "/api/v1/inbox").await.items();
        assert_eq!(inbox.len(), 5, "the report came twice: {inbox:?}");
        assert!(inbox.iter().any(|event| event["size_bytes"] == kept), "{kept} {inbox:?}");
        assert!(inbox.iter().all(|event| event["size_bytes"] != body.len()), "{inbox:?}");
        let calls = street.get(&owner(&own), "/api/v1/calls").await.items();
        assert_eq!(calls.len(), 1);
        let whole = street.get(&owner(&own), &format!("/api/v1/calls/{}", calls[0]["id"].as_str().unwrap())).await.ok();
        assert_eq!((&whole["status"], &whole["direction"]), (&json!("COMPLETED"), &json!("INBOUND")), "{whole}");
        assert_eq!(whole["cost_micros"], 29_450, "{whole}");
        let said: Vec<_> = whole["transcript"].as_array().unwrap().iter().map(|t| t["text"].as_str().unwrap()).collect();
        assert!(said.iter().any(|text| text.contains("Trois-Rivières")), "{said:?}");
        assert!(!whole.to_string().contains("REDACT-ME"));
    }

    async fn a_call_is_handed_to_the_assistant_with_what_is_known(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        connect(&street, &own, json!({ "phone_number": NUMBER, "assistant_id": "asst_own", "webhook_secret": SECRET })).await.ok();
        let answer = told(&street, &event("assistant-request", "v-1")).await.ok();
        assert_eq!(answer["assistantId"], "asst_own", "{answer}");
        assert_eq!(answer["assistantOverrides"]["variableValues"]["business_name"], own.record.company_name);
        assert_eq!(answer["assistantOverrides"]["metadata"]["tenant_id"], own.id().to_string());
        kit.fold_all().await;
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.items()[0]["status"], "RINGING");
        knock(&street, &[("x-vapi-secret", "guess")], &event("assistant-request", "v-1")).await.is_problem(401, "signature_mismatch");
    }

    async fn tools_and_transfers_are_answered_in_vapis_words(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        connect(&street, &own, json!({ "phone_number": NUMBER, "webhook_secret": SECRET })).await.ok();
        told(&street, &event("status-update.in-progress", "v-1")).await.ok();
        kit.fold_all().await;
        let mut tools = event("tool-calls", "v-1");
        tools["message"]["toolCallList"] = json!([
            { "id": "t1", "function": { "name": "take_message", "arguments": "{\"message\":\"Rappelez-moi à l’été.\"}" } },
            { "id": "t2", "name": "fly_to_the_moon", "arguments": {} }]);
        for _ in 0..2 {
            let results = told(&street, &tools).await.ok()["results"].clone();
            assert_eq!((&results[0]["toolCallId"], &results[1]["toolCallId"]), (&json!("t1"), &json!("t2")));
            assert!(results[0]["result"].as_str().is_some_and(|said| !said.contains('\n')), "{results}");
            assert!(results[1]["error"].is_string(), "{results}");
        }
        let transfer = event("transfer-destination-request", "v-1");
        assert!(told(&street, &transfer).await.ok()["error"].is_string(), "nobody is set up");
        let operator = street.operator().await;
        let forward = json!({ "forward_to_number": "+18195550177" });
        street.patch(&operator, &format!("/api/admin/tenants/{}", own.id()), &forward).await.ok();
        let answer = told(&street, &transfer).await.ok();
        assert_eq!((&answer["destination"]["type"], &answer["destination"]["number"]), (&json!("number"), &json!("+18195550177")));
        told(&street, &event("end-of-call-report", "v-1")).await.ok();
        kit.fold_all().await;
        let calls = street.get(&owner(&own), "/api/v1/calls").await.items();
        let whole = street.get(&owner(&own), &format!("/api/v1/calls/{}", calls[0]["id"].as_str().unwrap())).await.ok();
        assert_eq!(whole["structured"]["message"], "Rappelez-moi à l’été.", "{whole}");
        // Its beginning, the message once, and the report.
        assert_eq!(whole["facts"].as_array().map(Vec::len), Some(3), "{whole}");
    }
}
