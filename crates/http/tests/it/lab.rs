//! The lab: each provider's samples at one's own door and at other addresses, and stored events sent on.

use crate::street::{Person, Street, owner};
use axum::body::Bytes;
use axum::extract::State;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use vestibule_domain::{audit, lab};
use vestibule_model::Role;
use vestibule_ports::Inbound;
use vestibule_testkit::{
    Engine, Kit, KitOptions, TestTenant, both_databases, inside, quick_settings, real_courier, run_with,
};
use vestibule_vault::Credentials;

const THEIRS: &str = "https://theirs.test/hook?x=1";

/// Connects a tenant to every provider; each one's secret, by its name.
async fn connect(street: &Street, own: &TestTenant) -> Vec<(&'static str, Credentials)> {
    let fields = [
        (
            "vapi",
            "webhook_secret",
            json!({ "assistant_id": "asst_1", "webhook_secret": "vapi secret", "auth_mode": "secret" }),
        ),
        (
            "twilio",
            "auth_token",
            json!({ "account_sid": "AC1", "auth_token": "twilio token", "phone_number": "+15145550100" }),
        ),
        (
            "n8n-retell",
            "forward_secret",
            json!({ "agent_id": "agent_forwarded", "forward_secret": "forward secret" }),
        ),
    ];
    let mut all = vec![("retell", Credentials::of("api_key", &own.retell_key))];
    for (provider, secret, fields) in fields {
        let path = format!("/api/v1/connections/{provider}");
        street.ask(&owner(own), Method::PUT, &path, Some(&json!({ "fields": fields }))).await.ok();
        all.push((provider, Credentials::of(secret, fields[secret].as_str().unwrap())));
    }
    all
}

async fn samples(street: &Street, who: &Person) -> Vec<Value> {
    street.get(who, "/api/v1/lab").await.items()
}

async fn acts(kit: &Kit, tenant: &TestTenant, action: &str) -> Vec<Value> {
    let rows = inside!(kit, tenant, |tx| audit::newest(tx, 200).await.unwrap());
    rows.into_iter().filter(|row| row.action == action).map(|row| row.doc).collect()
}

both_databases! {
    async fn req_4_48_every_sample_is_let_in_at_ones_own_door_and_is_seen_to_be_a_test(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        connect(&street, &own).await;
        let shelves = samples(&street, &who).await;
        assert_eq!(shelves.len(), 4);
        let mut sent = 0;
        for shelf in &shelves {
            assert_eq!(shelf["is_connected"], true, "{shelf}");
            let (provider, mut call) = (shelf["provider"].as_str().unwrap(), Value::Null);
            for sample in shelf["samples"].as_array().unwrap() {
                kit.clock.advance_ms(10);
                let name = sample["name"].as_str().unwrap();
                let input = json!({ "call": call });
                let came = street.post(&who, &format!("/api/v1/lab/{provider}/{name}"), &input).await.ok();
                assert_eq!((&came["ok"], &came["error"]), (&json!(true), &Value::Null), "{provider}/{name}: {came}");
                // A question is answered as the provider would be.
                assert!(sample["is_question"] == false || came["answer"].as_str().is_some_and(|a| a.len() > 2), "{came}");
                call = came["call"].clone();
                sent += 1;
            }
        }
        kit.fold_all().await;
        let calls = street.get(&who, "/api/v1/calls").await.items();
        // Each provider's story is of one call; what Retell tells twice is twice, under the marks of two stories.
        assert_eq!(calls.len(), 4, "{calls:?}");
        assert!(calls.iter().all(|call| call["is_test"] == true), "{calls:?}");
        assert!(street.get(&who, "/api/v1/contacts").await.items().is_empty(), "nobody was met");
        assert_eq!(kit.deliver_all().await, 0, "and nobody was told");
        let events = street.get(&who, "/api/v1/inbox").await.items();
        assert!(events.len() >= 14 && events.iter().all(|e| e["state"] == "folded" || e["state"] == "ignored"), "{events:?}");
        let noted = acts(&kit, &own, "lab.sample_sent").await;
        assert!(noted.len() == sent && noted.iter().all(|doc| doc["to"] == "door"), "{noted:?}");
        assert!(street.get(&owner(own.twin()), "/api/v1/inbox").await.items().iter().all(|e| e["provider"] == "retell"));
    }

    async fn req_4_48_a_sample_goes_to_an_address_of_theirs_signed_with_their_key(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let keys = connect(&street, &own).await;
        for shelf in samples(&street, &who).await {
            let provider = shelf["provider"].as_str().unwrap();
            let name = shelf["samples"][1]["name"].as_str().unwrap();
            let path = format!("/api/v1/lab/{provider}/{name}");
            let shown = street.get(&who, &path).await.ok();
            let came = street.post(&who, &path, &json!({ "url": THEIRS, "call": shown["call"] })).await.ok();
            assert_eq!((&came["ok"], &came["status"], &came["answer"]), (&json!(true), &json!(200), &json!("ok")));
            let sent = kit.courier.carried().pop().unwrap();
            assert_eq!((sent.url.as_str(), String::from_utf8_lossy(&sent.body).as_ref()), (THEIRS, shown["body"].as_str().unwrap()));
            let set = &keys.iter().find(|(name, _)| *name == provider).unwrap().1;
            let known = kit.house.provider(provider).unwrap();
            let (header, now) = (|name: &str| sent.header(name), kit.house.world.now());
            let inbound = Inbound { method: "POST", url: THEIRS, header: &header, body: &sent.body, now };
            assert_eq!(known.verify(std::slice::from_ref(set), &inbound), Ok(()), "{provider}");
            // Nothing that is shown, written down or logged holds the secret.
            let secret = set.names().find_map(|name| set.field(name)).unwrap();
            let told = format!("{shown} {came} {sent:?} {:?}", acts(&kit, &own, "lab.sample_sent").await);
            assert!(!told.contains(secret), "{told}");
        }
        let noted = acts(&kit, &own, "lab.sample_sent").await;
        assert!(noted.len() == 4 && noted.iter().all(|doc| doc["to"] == "theirs.test"), "{noted:?}");
        kit.courier.always("https://theirs.test/down", Some(vestibule_testkit::down("dns_failed")));
        let came = street.post(&who, "/api/v1/lab/retell/call_ended", &json!({ "url": "https://theirs.test/down" })).await.ok();
        assert_eq!((&came["ok"], &came["status"], &came["error"]), (&json!(false), &Value::Null, &json!("dns_failed")));
    }

    async fn what_cannot_be_sent_says_why(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let nothing = json!({});
        for path in ["/api/v1/lab/retell/no_such", "/api/v1/lab/nobody/call_ended"] {
            street.get(&who, path).await.is_problem(404, "not_found");
            street.post(&who, path, &nothing).await.is_problem(404, "not_found");
        }
        street.get(&who, "/api/v1/lab/vapi/ended").await.is_problem(409, "not_connected");
        street.post(&who, "/api/v1/lab/vapi/ended", &nothing).await.is_problem(409, "not_connected");
        let path = "/api/v1/lab/retell/call_ended";
        street.get(&who, &format!("{path}?call=x")).await.is_problem(422, "invalid");
        for bad in ["http://theirs.test/", "https://", "theirs", "https://a:b@theirs.test/"] {
            street.post(&who, path, &json!({ "url": bad })).await.is_problem(422, "invalid");
        }
        // One at a time for each tenant.
        let turn = lab::turn(&kit.house, &own.scope).unwrap();
        let busy = street.post(&who, path, &nothing).await;
        busy.is_problem(429, "lab_busy");
        assert_eq!(busy.header("retry-after"), "2");
        drop(turn);
        street.post(&who, path, &nothing).await.ok();
        let viewer = street.member(Some(&own), Role::Staff).await;
        street.post(&viewer, path, &nothing).await.is_problem(403, "forbidden");
        let theirs = street.post(&who, &format!("{path}?tenant={}", own.twin().id()), &nothing).await;
        theirs.is_problem(404, "not_found");
        assert!(kit.courier.carried().is_empty());
    }

    async fn a_door_that_refuses_says_why_in_the_readers_language(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        // A signature that does not cover the body proves nothing: the door takes none such.
        let fields = json!({ "assistant_id": "asst_1", "webhook_secret": "vapi secret", "auth_mode": "hmac", "payload_format": "{timestamp}" });
        let who = owner(&own);
        street.ask(&who, Method::PUT, "/api/v1/connections/vapi", Some(&json!({ "fields": fields }))).await.ok();
        for (language, word) in [("en", "does not match"), ("fr", "ne correspond pas")] {
            let came = street.post(&who.with("accept-language", language), "/api/v1/lab/vapi/ended", &json!({})).await.ok();
            assert_eq!((&came["ok"], &came["status"], &came["error"]), (&json!(false), &json!(401), &json!("signature_mismatch")));
            assert!(came["answer"].as_str().is_some_and(|said| said.contains(word)), "{came}");
        }
        let came = street.post(&who, "/api/v1/lab/retell/call_ended", &json!({})).await.ok();
        assert_eq!((&came["ok"], &came["status"], &came["answer"]), (&json!(true), &json!(204), &Value::Null));
    }

    async fn a_stored_event_is_sent_on_and_processed_again_by_a_manager(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let body = own.sample("call_ended").body();
        street.hook(&own, &body).await;
        kit.fold_all().await;
        let event = street.get(&who, "/api/v1/inbox").await.items().remove(0);
        assert!(event["kept_until"].is_string(), "{event}");
        let path = format!("/api/v1/inbox/{}", event["id"].as_str().unwrap());
        kit.clock.advance_ms(3_600_000);
        let came = street.post(&who, &format!("{path}/send"), &json!({ "url": THEIRS })).await.ok();
        assert_eq!((&came["ok"], &came["call"]), (&json!(true), &Value::Null), "{came}");
        let sent = kit.courier.carried().pop().unwrap();
        assert_eq!(sent.body, body);
        // Signed anew: the first signature is an hour old.
        let retell = kit.house.provider("retell").unwrap();
        let (header, now) = (|name: &str| sent.header(name), kit.house.world.now());
        let inbound = Inbound { method: "POST", url: THEIRS, header: &header, body: &sent.body, now };
        assert_eq!(retell.verify(&[Credentials::of("api_key", &own.retell_key)], &inbound), Ok(()));
        assert_eq!(acts(&kit, &own, "inbox.sent_on").await, [json!({ "event": "call_ended", "to": "theirs.test" })]);
        let again = street.ask(&who, Method::POST, &format!("{path}/again"), None).await.ok();
        assert_eq!((&again["state"], &again["id"]), (&json!("pending"), &event["id"]));
        kit.fold_all().await;
        assert_eq!(street.get(&who, "/api/v1/calls").await.items().len(), 1);
        // Not by others, and not once its body is gone.
        let staff = street.member(Some(&own), Role::Staff).await;
        let stranger = owner(own.twin());
        for (person, status, code) in [(&staff, 403, "forbidden"), (&stranger, 404, "not_found")] {
            street.post(person, &format!("{path}/send"), &json!({ "url": THEIRS })).await.is_problem(status, code);
            street.ask(person, Method::POST, &format!("{path}/again"), None).await.is_problem(status, code);
        }
        let kept = street.ask(&who, Method::PUT, "/api/v1/inbox/retention", Some(&json!({ "days": 1 }))).await.ok();
        assert_eq!(kept, json!({ "days": 1, "standard_days": 90, "is_own": true }));
        assert_eq!(street.get(&who, "/api/v1/inbox/retention").await.ok(), kept);
        let bad = street.ask(&who, Method::PUT, "/api/v1/inbox/retention", Some(&json!({ "days": 0 }))).await;
        bad.is_problem(422, "invalid");
        kit.clock.advance_ms(24 * 3_600_000);
        assert_eq!(vestibule_domain::inbox::let_go_of_old_bodies(&kit.house, &kit.mint).await.unwrap(), 1);
        let event = street.get(&who, "/api/v1/inbox").await.items().remove(0);
        assert_eq!(event["kept_until"], Value::Null);
        street.post(&who, &format!("{path}/send"), &json!({ "url": THEIRS })).await.is_problem(409, "body_not_kept");
        street.ask(&who, Method::POST, &format!("{path}/again"), None).await.is_problem(409, "body_not_kept");
        assert_eq!(kit.courier.carried().len(), 1);
    }
}

type Heard = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

async fn hear(State(heard): State<Heard>, headers: HeaderMap, body: Bytes) -> String {
    heard.lock().unwrap().push((headers.clone(), body));
    let secret = headers.get("x-vapi-secret").and_then(|value| value.to_str().ok()).unwrap_or_default();
    format!("heard {secret} {}", "x".repeat(5_000))
}

/// With the program's own courier: to an address that is allowed it goes, to a private one it does not.
#[test]
fn nothing_goes_to_a_private_address_unless_the_operator_allows_it() {
    for (allow, is_let) in [(&["127.0.0.0/8"][..], true), (&["10.9.9.9/32"], false)] {
        let options = || KitOptions {
            settings: Some(vestibule_domain::Settings { allow_plain_http: true, ..quick_settings() }),
            courier: Some(real_courier(allow)),
            ..KitOptions::default()
        };
        run_with(Engine::Sqlite, options, |kit| async move {
            let heard = Heard::default();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/hook", listener.local_addr().unwrap());
            let receiver =
                axum::Router::new().route("/hook", axum::routing::post(hear)).with_state(heard.clone());
            tokio::spawn(async move { axum::serve(listener, receiver).await });
            let street = Street::open(&kit);
            let own = kit.tenant("north-shore").await;
            connect(&street, &own).await;
            let who = owner(&own);
            let came = street.post(&who, "/api/v1/lab/vapi/ended", &json!({ "url": url })).await.ok();
            if !is_let {
                assert_eq!(
                    (&came["ok"], &came["error"]),
                    (&json!(false), &json!("blocked_address")),
                    "{came}"
                );
                assert!(heard.lock().unwrap().is_empty());
                return;
            }
            assert_eq!((&came["ok"], &came["status"]), (&json!(true), &json!(200)), "{came}");
            let said = came["answer"].as_str().unwrap();
            assert!(said.starts_with("heard [redacted] x") && said.len() <= 1_024, "{said}");
            let (headers, body) = heard.lock().unwrap().pop().unwrap();
            assert_eq!(headers["x-vapi-secret"], "vapi secret");
            assert_eq!(headers["content-type"], "application/json");
            assert!(String::from_utf8_lossy(&body).contains("lab-"));
        });
    }
}
