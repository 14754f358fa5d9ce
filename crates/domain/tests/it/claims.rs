//! An agent is claimed with the key that opens its account; a provider that is down keeps nobody out.

use crate::look::refused;
use futures::future::BoxFuture;
use secrecy::SecretString;
use std::sync::{Arc, Mutex, OnceLock};
use vestibule_domain::connections::{self, Connected, Filled, Tested};
use vestibule_domain::{Error, House, audit};
use vestibule_model::UnixMs;
use vestibule_ports::{
    AccountInfo, CallAccount, CallListing, ProviderFault, ProviderFaultKind, Resource, ResourceKind,
};
use vestibule_testkit::{Kit, TestTenant, both_databases, inside};
use vestibule_vault::Credentials;

/// A provider with one account, whose key opens it and whose agents are its own.
#[derive(Default)]
struct Account {
    key: String,
    agents: Vec<String>,
    fault: Mutex<Option<ProviderFault>>,
    asked: Mutex<Vec<Resource>>,
    house: OnceLock<Arc<House>>,
}

impl Account {
    /// Answers after somebody else has written to the database: nobody may hold it meanwhile.
    async fn answer(&self, keys: &Credentials) -> Result<(), ProviderFault> {
        let rows = vec![("retell".to_owned(), "signature_mismatch", 1)];
        connections::refuse(self.house.get().unwrap(), rows).await.unwrap();
        match *self.fault.lock().unwrap() {
            Some(fault) => Err(fault),
            None if keys.field("api_key") == Some(&self.key) => Ok(()),
            None => Err(ProviderFault::of(ProviderFaultKind::Unauthorized)),
        }
    }

    fn asked(&self) -> Vec<Resource> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl CallAccount for Account {
    fn name(&self) -> &'static str {
        "retell"
    }

    fn test<'a>(&'a self, keys: &'a Credentials) -> BoxFuture<'a, Result<AccountInfo, ProviderFault>> {
        Box::pin(async {
            self.answer(keys).await?;
            Ok(AccountInfo { id: Some("org_1".into()), label: Some("North Shore".into()) })
        })
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
        keys: &'a Credentials,
        resource: &'a Resource,
    ) -> BoxFuture<'a, Result<bool, ProviderFault>> {
        Box::pin(async {
            self.asked.lock().unwrap().push(resource.clone());
            self.answer(keys).await?;
            Ok(self.agents.contains(&resource.id))
        })
    }
}

const KEY: &str = "key_of_the_account";

async fn house(kit: &Kit) -> (Kit, Arc<Account>) {
    let agents = vec!["agent_own".to_owned(), "agent_second".to_owned()];
    let account = Arc::new(Account { key: KEY.into(), agents, ..Account::default() });
    let kit = kit.with_accounts(vec![account.clone()]).await;
    let _ = account.house.set(kit.house.clone());
    (kit, account)
}

async fn claim(kit: &Kit, tenant: &TestTenant, agent: &str, key: Option<&str>) -> Result<Connected, Error> {
    let mut filled = Filled::from([("agent_id".to_owned(), SecretString::from(agent))]);
    filled.extend(key.map(|key| ("api_key".to_owned(), SecretString::from(key))));
    connections::connect(&kit.house, &tenant.scope, "retell", &filled).await
}

async fn agents(kit: &Kit, tenant: &TestTenant) -> Vec<String> {
    connections::view(&kit.house, &tenant.scope, "retell").await.unwrap().unwrap().agents
}

fn of(kind: ProviderFaultKind) -> ProviderFault {
    ProviderFault { kind, retry_after_ms: Some(1_000) }
}

both_databases! {
    async fn an_agent_of_another_account_is_refused(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (kit, account) = house(&kit).await;
        let no = claim(&kit, &tenant, "agent_of_another", Some(KEY)).await;
        let Err(Error::Refused(refusal)) = &no else { panic!("it was done") };
        assert_eq!(refusal.code, "invalid");
        let [fault] = &refusal.fields[..] else { panic!("one field") };
        assert_eq!((fault.field, fault.code), ("agent_id", "not_in_account"));
        assert!(fault.en.contains("account") && fault.fr.contains("compte"));
        assert_eq!(account.asked(), [Resource { kind: ResourceKind::Agent, id: "agent_of_another".into() }]);
        // Nothing changed: neither the agent nor the key.
        assert_eq!(agents(&kit, &tenant).await, std::slice::from_ref(&tenant.agent));
        assert_eq!(connections::test(&kit.house, &tenant.scope, "retell").await.unwrap(), Tested::Fault(ProviderFault::of(ProviderFaultKind::Unauthorized)));
        // Nor does it show whether somebody else here has it.
        assert_eq!(refused(claim(&kit, &tenant, &tenant.twin().agent, Some(KEY)).await), "invalid");
    }

    async fn an_agent_of_the_account_is_proved_by_the_key_at_hand(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (kit, account) = house(&kit).await;
        assert_eq!(claim(&kit, &tenant, "agent_own", Some(KEY)).await.unwrap().unproven, None);
        assert_eq!(agents(&kit, &tenant).await, ["agent_own"]);
        // Without a key in hand the connection's own is asked with.
        assert_eq!(claim(&kit, &tenant, "agent_second", None).await.unwrap().unproven, None);
        assert_eq!(refused(claim(&kit, &tenant, "agent_third", None).await), "invalid");
        let by_id = connections::connect_agent(&kit.house, &tenant.scope, "retell", "agent_third").await;
        assert_eq!(refused(by_id), "invalid");
        assert_eq!(agents(&kit, &tenant).await, ["agent_second"]);
        assert_eq!(account.asked().len(), 4);
        // What has not even the form of it is not asked for.
        assert_eq!(refused(claim(&kit, &tenant, "", Some(KEY)).await), "invalid");
        assert_eq!(refused(claim(&kit, &tenant, &"x".repeat(201), Some(KEY)).await), "invalid");
        assert_eq!(account.asked(), []);
        // The proof opens no agent that somebody else has here.
        assert_eq!(refused(claim(&kit, tenant.twin(), "agent_second", Some(KEY)).await), "agent_taken");
    }

    async fn a_provider_that_is_down_keeps_nobody_out(kit: Kit) {
        use ProviderFaultKind::{RateLimited, Rejected, Unauthorized, Unavailable, Unexpected};
        let tenant = kit.tenant("north-shore").await;
        let (kit, account) = house(&kit).await;
        for (n, kind) in [Unauthorized, RateLimited, Unavailable, Rejected, Unexpected].into_iter().enumerate() {
            *account.fault.lock().unwrap() = Some(of(kind));
            kit.clock.advance_ms(1);
            let agent = format!("agent_{n}");
            let made = claim(&kit, &tenant, &agent, Some(KEY)).await.unwrap();
            assert_eq!(made.unproven, Some(of(kind).code()));
            assert_eq!(agents(&kit, &tenant).await, [agent]);
            let noted = inside!(kit, tenant, |tx| audit::newest(tx, 1).await.unwrap()).remove(0);
            assert_eq!((noted.action.as_str(), &noted.doc["unproven"]), ("connection.changed", &serde_json::json!(of(kind).code())));
        }
        *account.fault.lock().unwrap() = None;
        kit.clock.advance_ms(1);
        claim(&kit, &tenant, "agent_own", Some(KEY)).await.unwrap();
        let noted = inside!(kit, tenant, |tx| audit::newest(tx, 1).await.unwrap()).remove(0);
        assert!(noted.doc.get("unproven").is_none(), "{:?}", noted.doc);
    }

    async fn a_connection_is_tested_with_its_current_key(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (bare, (kit, account)) = (kit.clone(), house(&kit).await);
        let test = async |kit: &Kit, tenant: &TestTenant, provider: &str| connections::test(&kit.house, &tenant.scope, provider).await;
        claim(&kit, &tenant, "agent_own", Some(KEY)).await.unwrap();
        let open = Tested::Open(AccountInfo { id: Some("org_1".into()), label: Some("North Shore".into()) });
        assert_eq!(test(&kit, &tenant, "retell").await.unwrap(), open);
        assert_eq!(test(&kit, tenant.twin(), "retell").await.unwrap(), Tested::Fault(ProviderFault::of(ProviderFaultKind::Unauthorized)));
        // The former key is still accepted at the door, but it is not what is asked with.
        *account.fault.lock().unwrap() = Some(of(ProviderFaultKind::Unavailable));
        claim(&kit, &tenant, "agent_own", Some("another key")).await.unwrap();
        assert_eq!(test(&kit, &tenant, "retell").await.unwrap(), Tested::Fault(of(ProviderFaultKind::Unavailable)));
        *account.fault.lock().unwrap() = None;
        assert_eq!(test(&kit, &tenant, "retell").await.unwrap(), Tested::Fault(ProviderFault::of(ProviderFaultKind::Unauthorized)));
        assert_eq!(test(&bare, &tenant, "retell").await.unwrap(), Tested::Unreadable);
        assert_eq!(refused(test(&kit, &tenant, "vapi").await), "not_found", "no connection");
        assert_eq!(refused(test(&kit, &tenant, "nobody").await), "not_found", "no provider");
        connections::disconnect(&kit.house, &tenant.scope, "retell").await.unwrap();
        assert_eq!(refused(test(&kit, &tenant, "retell").await), "not_found");
    }
}
