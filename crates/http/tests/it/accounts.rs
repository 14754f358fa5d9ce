//! "Test the connection", as a person presses it.

use crate::street::{Person, Street, anon, owner};
use futures::future::BoxFuture;
use http::Method;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use vestibule_model::{Role, UnixMs};
use vestibule_ports::{AccountInfo, CallAccount, CallListing, ProviderFault, ProviderFaultKind, Resource};
use vestibule_testkit::both_databases;
use vestibule_vault::Credentials;

/// An account that answers as it is told to.
struct Account(Mutex<Result<AccountInfo, ProviderFault>>);

impl CallAccount for Account {
    fn name(&self) -> &'static str {
        "retell"
    }

    fn test<'a>(&'a self, _: &'a Credentials) -> BoxFuture<'a, Result<AccountInfo, ProviderFault>> {
        Box::pin(async { self.0.lock().unwrap().clone() })
    }

    fn list_calls<'a>(
        &'a self,
        _: &'a Credentials,
        _: UnixMs,
        _: UnixMs,
        _: Option<String>,
    ) -> BoxFuture<'a, Result<CallListing, ProviderFault>> {
        Box::pin(async { Ok(CallListing::default()) })
    }

    fn owns<'a>(
        &'a self,
        _: &'a Credentials,
        resource: &'a Resource,
    ) -> BoxFuture<'a, Result<bool, ProviderFault>> {
        Box::pin(async { self.0.lock().unwrap().clone().map(|_| resource.id == "agent_own") })
    }
}

const PATH: &str = "/api/v1/connections/retell/test";

both_databases! {
    async fn a_connection_is_tested_and_the_advice_is_in_both_languages(kit: Kit) {
        use ProviderFaultKind::{RateLimited, Rejected, Unauthorized, Unavailable, Unexpected};
        let own = kit.tenant("north-shore").await;
        let info = AccountInfo { id: None, label: Some("North Shore".into()) };
        let account = Arc::new(Account(Mutex::new(Ok(info))));
        let street = Street::open(&kit.with_accounts(vec![account.clone()]).await);
        let who = owner(&own);
        let test = async || street.ask(&who, Method::POST, PATH, None).await.ok();
        let open = test().await;
        assert_eq!(open, json!({ "ok": true, "account_id": null, "account_label": "North Shore", "fault": null,
            "retry_after_ms": null, "advice_en": null, "advice_fr": null }));
        let mut advice = Vec::new();
        for kind in [Unauthorized, RateLimited, Unavailable, Rejected, Unexpected] {
            let fault = ProviderFault { kind, retry_after_ms: Some(7_000) };
            *account.0.lock().unwrap() = Err(fault);
            let found = test().await;
            assert_eq!((&found["ok"], &found["fault"], &found["retry_after_ms"]), (&json!(false), &json!(fault.code()), &json!(7_000)));
            assert!(!found.to_string().contains(&own.retell_key));
            advice.push((found["advice_en"].clone(), found["advice_fr"].clone()));
        }
        assert!(advice.iter().all(|(en, fr)| en.as_str().is_some_and(|t| t.contains("provider")) && fr.as_str().is_some_and(|t| t.contains("fournisseur"))));
        advice.dedup();
        assert_eq!(advice.len(), 5);
        // Where nothing can be asked, it says so.
        let bare = Street::open(&kit).ask(&who, Method::POST, PATH, None).await.ok();
        assert_eq!((&bare["ok"], &bare["fault"]), (&json!(false), &json!("account_unreadable")));
        assert!(bare["advice_fr"].as_str().is_some_and(|t| t.contains("ne peut pas")));
    }

    async fn there_is_nothing_to_test_without_a_connection(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let street = Street::open(&kit);
        let who = owner(&own);
        for path in ["/api/v1/connections/vapi/test", "/api/v1/connections/nobody/test"] {
            street.ask(&who, Method::POST, path, None).await.is_problem(404, "not_found");
        }
        street.ask(&anon(), Method::POST, PATH, None).await.is_problem(401, "unauthorized");
        let viewer = street.member(Some(&own), Role::Viewer).await;
        street.ask(&viewer, Method::POST, PATH, None).await.is_problem(403, "forbidden");
    }

    async fn an_agent_that_is_not_in_the_account_is_refused_at_its_field(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let account = Arc::new(Account(Mutex::new(Ok(AccountInfo::default()))));
        let street = Street::open(&kit.with_accounts(vec![account.clone()]).await);
        let connect = async |who: Person, agent: &str| {
            let body = json!({ "fields": { "agent_id": agent } });
            street.ask(&who, Method::PUT, "/api/v1/connections/retell", Some(&body)).await
        };
        for (language, word) in [("en", "account"), ("fr", "compte")] {
            let who = owner(&own).with("accept-language", language);
            let no = connect(who, "agent_foreign").await;
            no.is_problem(422, "invalid");
            let field = &no.json()["fields"][0];
            assert_eq!((&field["field"], &field["code"]), (&json!("agent_id"), &json!("not_in_account")));
            assert!(field["message"].as_str().unwrap().contains(word), "{field}");
        }
        let who = owner(&own);
        let by_id = street.post(&who, "/api/retell/connect-agent", &json!({ "agentId": "agent_foreign" })).await;
        by_id.is_problem(422, "invalid");
        let made = connect(who.clone(), "agent_own").await.ok();
        assert_eq!((&made["agents"], &made["unproven"]), (&json!(["agent_own"]), &Value::Null));
        *account.0.lock().unwrap() = Err(ProviderFault::of(ProviderFaultKind::Unavailable));
        let made = connect(who, "agent_other").await.ok();
        assert_eq!((&made["agents"], &made["unproven"]), (&json!(["agent_other"]), &json!("provider_unavailable")));
    }
}
