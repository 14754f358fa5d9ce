//! The example workflows: well-formed always; imported, activated and run where there is an n8n.
//!
//! `VESTIBULE_TEST_N8N` names one as `http://127.0.0.1:5678#KEY`: its address, `#`, and an API key that may do everything
//! with workflows, executions and credentials. What the test makes there, it deletes.

use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use vestibule_model::{DeliveryId, UnixMs};
use vestibule_ports::{Courier, ExecutionStatus, Parcel, Place, Receipt, ReceiptKind, WorkflowEngine};
use vestibule_providers::n8n::{N8nClient, N8nCourier, SsrfGuard};
use vestibule_vault::EndpointSecret;

/// The highest version of each node that n8n 1.x imports as well; `crypto` 2 keeps the secret in a credential.
const NODES: &[(&str, f64)] = &[
    ("webhook", 2.0),
    ("respondToWebhook", 1.1),
    ("code", 2.0),
    ("crypto", 2.0),
    ("if", 2.2),
    ("switch", 3.2),
    ("googleCalendar", 1.3),
    ("emailSend", 2.1),
    ("slack", 2.3),
    ("noOp", 1.0),
    ("stickyNote", 1.0),
];
/// What needs an account elsewhere: shipped switched off, since n8n activates no node without its credential.
const ELSEWHERE: [&str; 3] = ["googleCalendar", "emailSend", "slack"];

fn examples() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/n8n");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name, serde_json::from_str(&text).unwrap()));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is missing in {value}"))
}

#[test]
fn each_is_there_in_both_languages() {
    let names: Vec<String> = examples().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["booking.en.json", "booking.fr.json", "receptionist.en.json", "receptionist.fr.json"]);
    for pair in examples().chunks(2) {
        let shape = |workflow: &Value| {
            let mut types: Vec<String> =
                workflow["nodes"].as_array().unwrap().iter().map(|n| text(n, "type").to_owned()).collect();
            types.sort();
            types
        };
        assert_eq!(shape(&pair[0].1), shape(&pair[1].1), "the languages differ in more than words");
        let notes = |workflow: &Value| workflow["nodes"].to_string();
        assert_ne!(notes(&pair[0].1), notes(&pair[1].1));
    }
}

#[test]
fn each_is_well_formed_and_holds_nothing_of_anybody() {
    let mut hooks = BTreeSet::new();
    for (file, workflow) in examples() {
        let keys: Vec<&String> = workflow.as_object().unwrap().keys().collect();
        assert!(
            keys.iter().all(|key| ["name", "nodes", "connections", "settings", "pinData", "tags", "meta"]
                .contains(&key.as_str())),
            "{file}: {keys:?}"
        );
        assert!(text(&workflow, "name").starts_with("Vestibule"), "{file}");
        assert_eq!((&workflow["pinData"], &workflow["tags"]), (&json!({}), &json!([])), "{file}");
        let nodes = workflow["nodes"].as_array().unwrap();
        let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
        for node in nodes {
            let name = text(node, "name");
            assert!(names.insert(name) && ids.insert(text(node, "id")), "{file}: {name} is there twice");
            assert!(node.get("credentials").is_none(), "{file}: {name} has credentials");
            assert_eq!(node["position"].as_array().map(Vec::len), Some(2), "{file}: {name}");
            assert!(node["parameters"].is_object(), "{file}: {name}");
            let kind = text(node, "type")
                .strip_prefix("n8n-nodes-base.")
                .unwrap_or_else(|| panic!("{file}: {name}"));
            let (_, most) = NODES
                .iter()
                .find(|(known, _)| *known == kind)
                .unwrap_or_else(|| panic!("{file}: {kind} is not known"));
            assert!(
                node["typeVersion"].as_f64().is_some_and(|version| version <= *most),
                "{file}: {name} is too new"
            );
            assert_eq!(node["disabled"] == json!(true), ELSEWHERE.contains(&kind), "{file}: {name}");
        }
        let mut led_to: BTreeSet<&str> = BTreeSet::new();
        for (from, outputs) in workflow["connections"].as_object().unwrap() {
            assert!(names.contains(from.as_str()), "{file}: {from} is no node");
            for target in
                outputs["main"].as_array().unwrap().iter().flat_map(|targets| targets.as_array().unwrap())
            {
                let to = text(target, "node");
                assert!(
                    names.contains(to) && text(target, "type") == "main" && target["index"] == 0,
                    "{file}: {from} leads to {to}"
                );
                led_to.insert(to);
            }
        }
        for node in nodes {
            let (name, kind) = (text(node, "name"), text(node, "type"));
            let stands_alone = kind.ends_with(".stickyNote") || kind.ends_with(".webhook");
            assert_eq!(
                led_to.contains(name),
                !stands_alone,
                "{file}: nothing leads to {name}, or something does"
            );
            // What an expression names exists.
            let parameters = node["parameters"].to_string();
            for named in parameters.split("$('").skip(1).map(|rest| rest.split("')").next().unwrap()) {
                assert!(names.contains(named), "{file}: {name} names {named}");
            }
        }
        let hook = nodes.iter().find(|node| text(node, "type").ends_with(".webhook")).unwrap();
        let parameters = &hook["parameters"];
        assert_eq!(
            (&parameters["httpMethod"], &parameters["responseMode"], &parameters["options"]["rawBody"]),
            (&json!("POST"), &json!("responseNode"), &json!(true)),
            "{file}"
        );
        assert!(hooks.insert(text(hook, "webhookId").to_owned()), "{file}: n8n takes each webhook once");
        let whole = workflow.to_string();
        for secret in ["whsec_c", "REPLACE", "Bearer ", "api_key", "password"] {
            assert!(!whole.contains(secret), "{file}: {secret}");
        }
        assert!(
            nodes.iter().filter(|node| text(node, "type").ends_with(".stickyNote")).count() >= 3,
            "{file}: too little is explained"
        );
    }
}

/// A real n8n.
struct Real {
    base: String,
    key: String,
    http: reqwest::Client,
}

impl Real {
    fn named() -> Option<Self> {
        let given = std::env::var("VESTIBULE_TEST_N8N").ok().filter(|given| !given.is_empty())?;
        let (base, key) = given.split_once('#').expect("VESTIBULE_TEST_N8N is http://127.0.0.1:5678#KEY");
        let _ = rustls::crypto::ring::default_provider().install_default();
        Some(Self {
            base: base.trim_end_matches('/').to_owned(),
            key: key.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        })
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = self
            .http
            .request(method, format!("{}/api/v1/{path}", self.base))
            .header("x-n8n-api-key", &self.key);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    async fn make(&self, path: &str, body: &Value) -> Value {
        let (status, made) = self.ask(reqwest::Method::POST, path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {made}");
        made
    }

    /// n8n unpublishes a while after it has said so.
    async fn delete(&self, path: &str) {
        for _ in 0..20 {
            let (status, _) = self.ask(reqwest::Method::DELETE, path, None).await;
            if status != 409 {
                assert!((200..300).contains(&status), "{path}: {status}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        panic!("{path} cannot be deleted");
    }
}

#[expect(clippy::disallowed_methods, reason = "n8n goes by its own clock")]
fn now() -> UnixMs {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    UnixMs(i64::try_from(since.as_millis()).unwrap())
}

const BODY: &str = r#"{"eventType":"call.call-ended","data":{"from":"+14505550188","outcome":"BOOKED","intent":"booking","retell":{"summary":"Éloïse wants a cut ☎","structuredData":{"customerName":"Éloïse","appointmentDate":"2026-12-01T15:00:00-05:00","price":1.0}}}}"#;

async fn send(
    courier: &N8nCourier,
    url: &str,
    secret: &EndpointSecret,
    delivery: u128,
    at: UnixMs,
) -> Receipt {
    let parcel = Parcel {
        delivery: DeliveryId(uuid::Uuid::from_u128(delivery)),
        url: url.to_owned(),
        secrets: vec![secret.clone()],
        header: None,
        body: Bytes::from_static(BODY.as_bytes()),
        at,
        timeout_ms: 15_000,
    };
    // A workflow listens a moment after it has been activated.
    for _ in 0..40 {
        let receipt = courier.send(parcel.clone()).await;
        if receipt.http_status != Some(404) {
            return receipt;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("{url} never listened");
}

fn said(receipt: &Receipt) -> Value {
    serde_json::from_str(receipt.excerpt.as_deref().unwrap_or("null")).unwrap_or_default()
}

#[tokio::test]
async fn each_runs_in_a_real_n8n() {
    let Some(real) = Real::named() else { return };
    let guard = SsrfGuard::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let (courier, client) = (N8nCourier::new(guard.clone()).unwrap(), N8nClient::new(guard).unwrap());
    let secret = EndpointSecret::from_ascii("rk7T2vQm9xLpA4cZ8wNf3sYh6uJdE1Bg".into()).unwrap();
    let other = EndpointSecret::from_ascii("another-secret-0123456789ABCDEFG".into()).unwrap();
    let credential = real
        .make(
            "credentials",
            &json!({ "name": "Vestibule test", "type": "crypto", "data": { "hmacSecret": secret.ascii() } }),
        )
        .await;
    for (file, mut workflow) in examples() {
        // An n8n that is in use may listen at the example's own path already.
        for node in workflow["nodes"].as_array_mut().unwrap() {
            if text(node, "type").ends_with(".webhook") && !text(&node["parameters"], "path").contains(':') {
                let path = format!("vestibule-test-{}", text(&node["parameters"], "path"));
                node["parameters"]["path"] = path.into();
            }
        }
        let unset = json!({ "name": text(&workflow, "name"), "nodes": workflow["nodes"], "connections": workflow["connections"], "settings": workflow["settings"] });
        let made = real.make("workflows", &unset).await;
        let id = text(&made, "id").to_owned();
        let hook = made["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|n| text(n, "type").ends_with(".webhook"))
            .unwrap()
            .clone();
        let path = match text(&hook["parameters"], "path") {
            plain if !plain.contains(':') => plain.to_owned(),
            _ => format!("{}/retell/north-shore", text(&hook, "webhookId")),
        };
        let place = Place {
            instance_url: Some(real.base.clone()),
            webhook_url: format!("{}/webhook/{path}", real.base),
            workflow: Some(id.clone()),
            key: Some(real.key.clone().into()),
            timeout_ms: 10_000,
        };
        // As it is downloaded it lacks the secret, and n8n says so.
        assert_eq!(client.diagnose(&place).await.code, "workflow_inactive", "{file}");
        let refused = client.activate(&place).await.unwrap_err();
        assert_eq!(refused.code, "activation_refused", "{file}: {refused:?}");
        assert!(refused.said.as_deref().is_some_and(|said| said.contains("HMAC")), "{file}: {refused:?}");
        for node in workflow["nodes"].as_array_mut().unwrap() {
            if text(node, "type").ends_with(".crypto") {
                node["credentials"] =
                    json!({ "crypto": { "id": credential["id"], "name": credential["name"] } });
            }
        }
        let set = json!({ "name": text(&workflow, "name"), "nodes": workflow["nodes"], "connections": workflow["connections"], "settings": workflow["settings"] });
        let (status, answer) = real.ask(reqwest::Method::PUT, &format!("workflows/{id}"), Some(&set)).await;
        assert_eq!(status, 200, "{file}: {answer}");
        client.activate(&place).await.unwrap();
        let found = client.diagnose(&place).await;
        assert_eq!(
            (found.code, found.workflow_name.as_deref()),
            ("ready", workflow["name"].as_str()),
            "{file}"
        );
        let elsewhere = Place { webhook_url: format!("{}/webhook/elsewhere", real.base), ..place.clone() };
        assert_eq!(client.diagnose(&elsewhere).await.code, "wrong_path", "{file}");

        let begun = now();
        let good = send(&courier, &place.webhook_url, &secret, 1, begun).await;
        assert_eq!((good.kind, good.http_status), (ReceiptKind::Delivered, Some(200)), "{file}: {good:?}");
        assert_eq!(said(&good)["ok"], true, "{file}: {good:?}");
        let execution =
            good.execution_id.clone().unwrap_or_else(|| panic!("{file}: no execution id in {good:?}"));
        // The answer comes before the end, and what is remembered is kept at the end.
        let mut seen = None;
        for _ in 0..40 {
            seen = client.execution(&place, &execution).await.unwrap();
            if seen.as_ref().is_some_and(|one| one.status.is_settled()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let seen = seen.unwrap();
        assert_eq!((seen.status, seen.workflow.as_str()), (ExecutionStatus::Success, id.as_str()), "{file}");
        let listed = client.executions(&place, begun.plus_ms(-60_000), None).await.unwrap();
        assert!(listed.items.iter().any(|one| one.external_id == execution), "{file}: {listed:?}");

        let again = send(&courier, &place.webhook_url, &secret, 1, now()).await;
        assert_eq!(
            (again.kind, &said(&again)["duplicate"]),
            (ReceiptKind::Delivered, &json!(true)),
            "{file}: {again:?}"
        );
        let next = send(&courier, &place.webhook_url, &secret, 2, now()).await;
        assert_eq!(
            (next.kind, said(&next).get("duplicate")),
            (ReceiptKind::Delivered, None),
            "{file}: {next:?}"
        );
        let forged = send(&courier, &place.webhook_url, &other, 3, now()).await;
        assert_eq!(forged.http_status, Some(401), "{file}: {forged:?}");
        let stale = send(&courier, &place.webhook_url, &secret, 4, now().plus_ms(-600_000)).await;
        assert_eq!(stale.http_status, Some(401), "{file}: {stale:?}");

        real.make(&format!("workflows/{id}/deactivate"), &json!({})).await;
        assert_eq!(client.diagnose(&place).await.code, "workflow_inactive", "{file}");
        real.delete(&format!("workflows/{id}")).await;
        assert_eq!(client.diagnose(&place).await.code, "workflow_missing", "{file}");
    }
    real.delete(&format!("credentials/{}", text(&credential, "id"))).await;
    let wrong = Place {
        instance_url: Some(real.base.clone()),
        webhook_url: format!("{}/webhook/x", real.base),
        workflow: Some("x".into()),
        key: Some("not a key".into()),
        timeout_ms: 10_000,
    };
    assert_eq!(client.diagnose(&wrong).await.code, "key_refused");
    assert_eq!(client.diagnose(&Place { key: None, ..wrong }).await.code, "key_missing");
}
