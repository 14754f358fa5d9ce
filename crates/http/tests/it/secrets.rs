//! Secrets go in and never come out (requirements K23, 0.12, 0.48): every answer of the API is looked through for those that
//! were planted, and those that are printed in public documents are not taken at all.

use crate::operations::{Wall, every};
use crate::street::{Street, bearer, owner};
use http::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vestibule_testkit::{PASSWORD, TestTenant, both_databases};

const RETELL: &str = "key_planted_retell_55aa";
const VAPI: &str = "planted-vapi-secret-66bb";
const TWILIO: &str = "planted-twilio-token-77cc";
const N8N: &str = "planted-n8n-key-88dd";
const HEADER: &str = "planted-header-value-99ee";

/// Gives every secret that the API takes, and lists them all, with those that were made.
async fn planted(street: &Street, tenant: &TestTenant) -> Vec<(&'static str, String)> {
    let who = owner(tenant);
    let put = async |provider: &str, fields: Value| {
        let path = format!("/api/v1/connections/{provider}");
        street.ask(&who, Method::PUT, &path, Some(&json!({ "fields": fields }))).await.ok()
    };
    put("retell", json!({ "agent_id": "agent_planted", "api_key": RETELL })).await;
    put("vapi", json!({ "assistant_id": "asst_planted", "webhook_secret": VAPI })).await;
    put("twilio", json!({ "account_sid": format!("AC{}", "5".repeat(32)), "auth_token": TWILIO, "phone_number": "+15145550133" })).await;
    let forwarded = put("n8n-retell", json!({ "agent_id": "agent_forwarded" })).await;
    let header = json!({ "url": "https://n8n.test/planted", "header": { "name": "x-webhook-secret", "value": HEADER } });
    let made = street.post(&who, "/api/v1/endpoints", &header).await.ok();
    let n8n = json!({ "webhook_url": "https://n8n.test/webhook/planted", "instance_url": "https://n8n.test", "api_key": N8N });
    street.post(&who, &format!("/api/organizations/{}/n8n", tenant.id()), &n8n).await.ok();
    let text =
        |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text: {made} {forwarded}")).to_owned();
    let ascii = text(&made["secret_ascii"]);
    let whsec = text(&made["secret"]);
    let found: Vec<(&str, String)> = vec![
        ("Retell's key", RETELL.to_owned()),
        ("Vapi's secret", VAPI.to_owned()),
        ("Twilio's token", TWILIO.to_owned()),
        ("n8n's key", N8N.to_owned()),
        ("a header", HEADER.to_owned()),
        ("an endpoint's secret", ascii),
        ("an endpoint's secret, spelled", whsec.trim_start_matches("whsec_").to_owned()),
        ("a secret made here", text(&forwarded["made"]["forward_secret"])),
        ("the first endpoint's secret", tenant.endpoint_secret.ascii().to_owned()),
        ("an API key", tenant.api_key.expose_secret().to_owned()),
        ("a session", tenant.session.expose_secret().to_owned()),
        ("a password", PASSWORD.to_owned()),
    ];
    assert!(found.iter().all(|(_, secret)| secret.len() >= 12), "too short to be looked for");
    found
}

both_databases! {
    async fn req_k23_no_answer_holds_a_secret(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let secrets = planted(&street, &own).await;
        street.have_a_call(&own).await;
        let operator = street.operator().await;
        let (mut things, _) = crate::isolation::things_of(&street, &own).await;
        things.agency = street.agency("Boreal").await.0.to_string();
        let mut asked = 0;
        for operation in every() {
            if operation.method != Method::GET {
                continue;
            }
            for who in [owner(&own), bearer(&own.api_key), operator.clone()] {
                let providers: &[&str] =
                    if operation.path.contains("{provider}") { &["retell", "vapi", "twilio"] } else { &[""] };
                for provider in providers {
                    let mut operation = operation.clone();
                    operation.path = operation.path.replace("{provider}", provider);
                    let path = match operation.wall {
                        Wall::Tenant(_) => operation.address_in(&things.tenant, &things),
                        _ => operation.address(&things),
                    };
                    let answer = street.get(&who, &path).await;
                    asked += usize::from(answer.status.is_success());
                    let all = format!("{:?} {}", answer.headers, answer.text);
                    for (what, secret) in &secrets {
                        assert!(!all.contains(secret.as_str()), "{path} shows {what}");
                    }
                }
            }
        }
        assert!(asked > 60, "only {asked} answers were looked through");
        // What was given is there all the same, by its last four characters.
        let connections = street.get(&owner(&own), "/api/v1/connections").await.text;
        let endpoints = street.get(&owner(&own), "/api/v1/endpoints").await.items();
        assert!(connections.contains(&RETELL[RETELL.len() - 4..]), "{connections}");
        assert!(endpoints.iter().all(|e| e["secret_last4"].as_str().is_some_and(|last| last.len() == 4)), "{endpoints:?}");
        // Nor does the log of the audit tell one.
        let audit = street.get(&owner(&own), "/api/v1/audit.jsonl").await.text;
        assert!(audit.contains("connection.changed") && secrets.iter().all(|(_, secret)| !audit.contains(secret)));
    }

    async fn req_k23_printed_secrets_are_not_taken(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let refused = async |method: Method, path: &str, body: Value, field: &str| {
            let answer = street.ask(&who, method, path, Some(&body)).await;
            answer.is_problem(422, "invalid");
            let fault = &answer.json()["fields"][0];
            assert_eq!((&fault["field"], &fault["code"]), (&json!(field), &json!("printed_secret")), "{answer:?}");
            let french = street.ask(&who.with("accept-language", "fr"), Method::PUT, path, Some(&body)).await;
            assert!(!answer.text.contains("aivors") && !french.text.contains("aivors"), "it is not said again");
        };
        for printed in ["aivors-secret", " Demo123 ", "changeme"] {
            let fields = json!({ "fields": { "agent_id": "agent_x", "api_key": printed } });
            refused(Method::PUT, "/api/v1/connections/retell", fields, "api_key").await;
            let header = json!({ "url": "https://n8n.test/x", "header": { "name": "x-webhook-secret", "value": printed.trim() } });
            refused(Method::POST, "/api/v1/endpoints", header, "header.value").await;
        }
        let header = json!({ "url": "https://n8n.test/x", "header": { "name": "authorization", "value": "Bearer aivors-secret" } });
        refused(Method::POST, "/api/v1/endpoints", header, "header.value").await;
        let n8n = json!({ "webhook_url": "https://n8n.test/webhook/x", "instance_url": "https://n8n.test", "api_key": "aivors-secret" });
        refused(Method::POST, &format!("/api/organizations/{}/n8n", own.id()), n8n, "api_key").await;
        let made = street.get(&who, "/api/v1/endpoints").await.items();
        assert_eq!(made.len(), 1, "nothing was kept");
    }
}
