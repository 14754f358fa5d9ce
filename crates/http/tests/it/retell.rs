//! A tenant's connection to Retell (0.22–0.24, 2.05, 2.16): keys are masked, and an agent is one tenant's.

use crate::street::{Street, another, owner};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};
use vestibule_model::Role;
use vestibule_testkit::{TestTenant, both_databases, sign_retell};

fn path(tenant: &TestTenant) -> String {
    format!("/api/organizations/{}/retell", tenant.id())
}

/// Everything that this process logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn log() -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    let begin = || {
        let log = Log::default();
        let writer = log.clone();
        let filter = tracing_subscriber::EnvFilter::new("trace");
        // Not `init`: another test of this process may have taken the place of the `log` crate's logger.
        let all =
            tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || writer.clone()).finish();
        tracing::subscriber::set_global_default(all).unwrap();
        log
    };
    LOG.get_or_init(begin).clone()
}

both_databases! {
    async fn req_0_22_to_0_24_connected_changed_and_disconnected(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let before = street.get(&who, &path(&own)).await.ok();
        assert_eq!((&before["connected"], &before["agent_id"], &before["agents"]), (&json!(true), &json!(own.agent), &json!([own.agent])));
        assert_eq!(before["hook_url"], format!("http://vestibule.test/hooks/retell/{}", own.hook_token));
        assert_eq!(before["api_key_masked"], "••••6789");
        // By slug as well, and in the sources' spelling.
        kit.clock.advance_ms(1000);
        let change = json!({ "agentId": "agent_new", "apiKey": "key_new_abcd" });
        let after = street.post(&who, "/api/organizations/north-shore/retell", &change).await.ok();
        assert_eq!((&after["agents"], &after["api_key_masked"]), (&json!(["agent_new"]), &json!("••••abcd")));
        assert_eq!((&after["hook_url"], &after["created_at"]), (&before["hook_url"], &before["created_at"]));
        // Both keys open the door while they are exchanged.
        let now = kit.house.world.now();
        for (n, key) in [own.retell_key.as_str(), "key_new_abcd"].into_iter().enumerate() {
            let body = another(&own, "call_ended", &format!("call_{n}")).body();
            let hook = format!("/hooks/retell/{}", own.hook_token);
            assert_eq!(street.knock(&hook, Some(&sign_retell(key, &body, now)), &body).await.status, 204, "{key}");
        }
        // The agent alone may change; the key stays.
        let after = street.post(&who, &path(&own), &json!({ "agent_id": "agent_newer" })).await.ok();
        assert_eq!((&after["agent_id"], &after["api_key_masked"]), (&json!("agent_newer"), &json!("••••abcd")));
        // Disconnected: the hook answers nobody.
        assert_eq!(street.delete(&who, &path(&own)).await.status, 204);
        assert_eq!(street.delete(&who, &path(&own)).await.status, 204);
        let gone = street.get(&who, &path(&own)).await.ok();
        let nothing = json!({ "connected": false, "agent_id": null, "agents": [], "api_key_masked": null, "hook_url": null, "created_at": null });
        assert_eq!(gone, nothing);
        let body = another(&own, "call_ended", "call_late").body();
        assert!(!street.hook(&own, &body).await.status.is_success());
    }

    async fn an_agent_is_one_tenants(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let taken = json!({ "agent_id": own.twin().agent, "api_key": "key_of_mine" });
        let answer = street.post(&owner(&own), &path(&own), &taken).await;
        answer.is_problem(409, "agent_taken");
        assert_eq!(answer.json()["detail"], "This Retell agent is already connected to another account");
        let still = street.get(&owner(&own), &path(&own)).await.ok();
        assert_eq!((&still["agent_id"], &still["api_key_masked"]), (&json!(own.agent), &json!("••••6789")));
        for (bad, field) in [(json!({ "agent_id": " ", "api_key": "k" }), "agent_id"), (json!({ "agent_id": "x".repeat(201) }), "agent_id")] {
            let answer = street.post(&owner(&own), &path(&own), &bad).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], field);
        }
        let operator = street.operator().await;
        let new = json!({ "company_name": "Keyless", "owner_email": "keyless@people.test" });
        let keyless = street.post(&operator, "/api/admin/tenants", &new).await.ok();
        let path = format!("/api/organizations/{}/retell", keyless["tenant"]["id"].as_str().unwrap());
        let answer = street.post(&operator, &path, &json!({ "agent_id": "agent_keyless" })).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.json()["fields"][0]["field"], "api_key");
        assert_eq!(street.get(&operator, &path).await.ok()["connected"], false);
    }

    async fn a_key_is_never_shown(kit: Kit) {
        let log = log();
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let secrets = ["key_canary_first_1111", "key_canary_second_2222", "n8n_canary_key_3333"];
        let retell = json!({ "agent_id": "agent_x", "api_key": secrets[0], "webhook_key": secrets[1] });
        let n8n = json!({ "webhook_url": "https://n8n.test/w", "api_key": secrets[2] });
        let n8n_path = format!("/api/organizations/{}/n8n", own.id());
        let mut answers = vec![street.post(&who, &path(&own), &retell).await, street.post(&who, &n8n_path, &n8n).await];
        // What is wrong is not repeated either.
        answers.push(street.post(&who, &path(&own), &json!({ "agent_id": "", "api_key": secrets[0] })).await);
        answers.push(street.post(&who, &path(&own), &json!({ "agent_id": 7, "api_key": secrets[0] })).await);
        answers.push(street.post(&who, &path(&own), &json!({ "agent_id": own.twin().agent, "api_key": secrets[0] })).await);
        for address in [path(&own), n8n_path, "/api/v1/endpoints".into(), "/api/v1/me".into()] {
            answers.push(street.get(&who, &address).await);
        }
        let body = another(&own, "call_ended", "call_x").agent("agent_x").body();
        let now = kit.house.world.now();
        let hook = format!("/hooks/retell/{}", own.hook_token);
        answers.push(street.knock(&hook, Some(&sign_retell(secrets[1], &body, now)), &body).await);
        assert_eq!(answers.last().unwrap().status, 204, "the second key signs as well");
        answers.push(street.knock(&hook, Some(&sign_retell("wrong", &body, now)), &body).await);
        kit.fold_all().await;
        kit.deliver_all().await;
        let view = vestibule_domain::connections::view(&kit.house, &own.scope, "retell").await.unwrap();
        let shown = format!("{answers:?} {view:?} {:?} {:?}", kit.courier.parcels(), kit.house);
        let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
        assert!(logged.contains("an agent was connected"), "nothing is logged: this looks at nothing");
        for secret in secrets {
            assert!(!shown.contains(secret), "{secret} is shown");
            assert!(!logged.contains(secret), "{secret} is logged");
        }
        for secret in ["correct horse battery", own.hook_token.as_str(), &own.endpoint_secret.ascii()[4..]] {
            assert!(!logged.contains(secret), "{secret} is logged");
        }
        // Who may only look sees the mask.
        let manager = street.member(Some(&own), Role::Manager).await;
        let seen = street.get(&manager, &path(&own)).await.ok();
        assert_eq!(seen["api_key_masked"], json!("••••1111"));
        assert_ne!(seen["connected"], Value::Null);
    }
}
