//! What webhooks lost is found again in the provider's own list.

use crate::look::calls;
use futures::future::BoxFuture;
use std::sync::{Arc, Mutex};
use vestibule_domain::connections;
use vestibule_model::{CallEvent, UnixMs};
use vestibule_ports::{
    AccountInfo, CallAccount, CallListing, ListedCall, ProviderFault, ProviderFaultKind, Resource,
    ResourceKind,
};
use vestibule_testkit::{Kit, TestTenant, both_databases, inside};
use vestibule_vault::Credentials;

/// A provider's own list of calls, three on a page, which can be out of order.
#[derive(Default)]
struct List {
    calls: Mutex<Vec<ListedCall>>,
    fault: Mutex<Option<ProviderFault>>,
    /// The key that opens this account; with any other there is nothing to list.
    key: String,
}

impl CallAccount for List {
    fn name(&self) -> &'static str {
        "retell"
    }

    fn test<'a>(&'a self, _: &'a Credentials) -> BoxFuture<'a, Result<AccountInfo, ProviderFault>> {
        Box::pin(async { Ok(AccountInfo::default()) })
    }

    fn list_calls<'a>(
        &'a self,
        keys: &'a Credentials,
        since: UnixMs,
        until: UnixMs,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<CallListing, ProviderFault>> {
        Box::pin(async move {
            if let Some(fault) = *self.fault.lock().unwrap() {
                return Err(fault);
            }
            if keys.field("api_key") != Some(&self.key) {
                return Ok(CallListing::default());
            }
            let from: usize = cursor.map_or(0, |c| c.parse().unwrap());
            let all = self.calls.lock().unwrap();
            let within: Vec<_> =
                all.iter().filter(|c| (since..until).contains(&c.occurred_at)).cloned().collect();
            let items: Vec<_> = within.iter().skip(from).take(3).cloned().collect();
            let next = (from + 3 < within.len()).then(|| (from + 3).to_string());
            Ok(CallListing { items, next })
        })
    }
}

/// The events of a call, as webhooks would bring them.
fn bodies(tenant: &TestTenant, call: &str, at: i64) -> [Vec<u8>; 3] {
    ["call_started", "call_ended", "call_analyzed"]
        .map(|name| tenant.sample(name).call(call).without("/call/telephony_identifier").later(at).body())
}

fn events(kit: &Kit, body: &[u8]) -> Vec<CallEvent> {
    kit.house.provider("retell").unwrap().normalize(body).unwrap()
}

/// The same call as the provider lists it: whole, as of its analysis.
fn listed(kit: &Kit, tenant: &TestTenant, call: &str, at: i64) -> ListedCall {
    let events = events(kit, &bodies(tenant, call, at)[2]);
    let resources = vec![Resource { kind: ResourceKind::Agent, id: tenant.agent.clone() }];
    ListedCall { external_call_id: call.into(), occurred_at: events[0].occurred_at, events, resources }
}

/// A house whose clock stands after the samples' calls, and its list.
async fn house(kit: &Kit, tenant: &TestTenant) -> (Kit, Arc<List>) {
    let list = Arc::new(List { key: tenant.retell_key.clone(), ..List::default() });
    (kit.with_accounts(vec![list.clone()]).await, list)
}

async fn due(kit: &Kit, tenant: &TestTenant) -> connections::Reconciled {
    let found = connections::reconcile_due(&kit.house, &kit.mint).await.unwrap();
    let own = found.iter().find(|(id, _)| *id == tenant.connection.id);
    own.unwrap_or_else(|| panic!("the connection was not due: {found:?}")).1
}

both_databases! {
    async fn what_never_came_is_filled_and_both_lists_are_equal(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (kit, list) = house(&kit, &tenant).await;
        let start = kit.house.world.now().0 - 1_795_219_200_000;
        // Twenty calls; of their sixty events about a third never comes, of some calls none at all.
        for n in 0..20_i64 {
            let (call, at) = (format!("call_{n}"), start + n * 60_000);
            list.calls.lock().unwrap().push(listed(&kit, &tenant, &call, at));
            for (k, body) in bodies(&tenant, &call, at).iter().enumerate() {
                if (n * 3 + i64::try_from(k).unwrap()) % 10 >= 3 && n % 7 != 0 {
                    kit.send(&tenant, body).await;
                }
            }
        }
        kit.fold_all().await;
        let before = calls(&kit, &tenant).await.len();
        assert!(before < 20);
        kit.clock.advance_ms(3_600_000);
        let found = due(&kit, &tenant).await;
        assert_eq!(found.listed, 20);
        assert!(found.filled > 0);
        kit.fold_all().await;
        let all = calls(&kit, &tenant).await;
        assert_eq!(all.len(), 20);
        for call in &all {
            let list = list.calls.lock().unwrap();
            let theirs = &list.iter().find(|c| c.external_call_id == call.call.external_id).unwrap().events[0].doc;
            let ours = &call.call;
            assert_eq!((ours.cost_micros, ours.duration_ms, ours.summary.as_ref()), (theirs.cost_micros, theirs.duration_ms, theirs.summary.as_ref()));
            assert!(ours.final_at.is_some(), "an analysed call is final");
        }
        // A second pass over the same list changes nothing, and nothing is counted twice.
        let revisions: Vec<i64> = all.iter().map(|c| c.call.revision).collect();
        kit.clock.advance_ms(16 * 60_000);
        let again = due(&kit, &tenant).await;
        assert_eq!((again.listed, again.filled), (20, 0));
        assert_eq!(calls(&kit, &tenant).await.iter().map(|c| c.call.revision).collect::<Vec<_>>(), revisions);
        let standing = connections::standing(&kit.house, tenant.connection.id).await.unwrap().unwrap();
        assert_eq!((standing.listed_count, standing.filled_count, standing.fault), (40, found.filled, None));
    }

    async fn a_price_that_comes_late_is_taken_in_where_the_end_was_found_here_too(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (kit, list) = house(&kit, &tenant).await;
        let at = kit.house.world.now().0 - 1_795_219_200_000;
        let mut priceless = listed(&kit, &tenant, "call_priced", at);
        priceless.events[0].doc.cost_micros = None;
        let priced = listed(&kit, &tenant, "call_priced", at);
        list.calls.lock().unwrap().push(priceless);
        kit.clock.advance_ms(3_600_000);
        assert_eq!(due(&kit, &tenant).await.filled, 1);
        assert_eq!(calls(&kit, &tenant).await[0].call.cost_micros, None);
        // Of the same instant: a price arrives minutes after the end, and says nothing of when.
        *list.calls.lock().unwrap() = vec![priced.clone()];
        kit.clock.advance_ms(16 * 60_000);
        assert_eq!(due(&kit, &tenant).await.filled, 0, "the end is no gap any more");
        let all = calls(&kit, &tenant).await;
        assert_eq!((all.len(), all[0].call.cost_micros), (1, priced.events[0].doc.cost_micros));
        kit.clock.advance_ms(16 * 60_000);
        due(&kit, &tenant).await;
        assert_eq!(calls(&kit, &tenant).await[0].call.revision, all[0].call.revision, "said again");
    }

    async fn what_is_young_may_still_be_on_its_way(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (kit, list) = house(&kit, &tenant).await;
        let at = kit.house.world.now().0 - 1_795_219_239_420;
        list.calls.lock().unwrap().push(listed(&kit, &tenant, "call_young", at));
        kit.clock.advance_ms(5_000);
        let found = due(&kit, &tenant).await;
        assert_eq!((found.listed, found.filled), (1, 0));
        kit.clock.advance_ms(16 * 60_000);
        assert_eq!(due(&kit, &tenant).await.filled, 1);
    }

    async fn a_fault_is_noted_and_tried_later_and_later(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (kit, list) = house(&kit, &tenant).await;
        let fault = ProviderFault { kind: ProviderFaultKind::RateLimited, retry_after_ms: Some(40 * 60_000) };
        *list.fault.lock().unwrap() = Some(fault);
        assert_eq!(due(&kit, &tenant).await, connections::Reconciled::default());
        let standing = async || connections::standing(&kit.house, tenant.connection.id).await.unwrap().unwrap();
        assert_eq!(standing().await.fault.as_deref(), Some("provider_rate_limited"));
        assert_eq!(standing().await.done_until, tenant.connection.created_at, "nothing was compared");
        // Not before the provider's own time.
        kit.clock.advance_ms(39 * 60_000);
        let early = connections::reconcile_due(&kit.house, &kit.mint).await.unwrap();
        assert!(early.iter().all(|(id, _)| *id != tenant.connection.id));
        kit.clock.advance_ms(2 * 60_000);
        *list.fault.lock().unwrap() = None;
        due(&kit, &tenant).await;
        assert_eq!((standing().await.fault, standing().await.faults_in_row), (None, 0));
    }

    async fn a_call_of_nobodys_agent_is_left_alone(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (kit, list) = house(&kit, &tenant).await;
        let at = kit.house.world.now().0 - 1_795_219_200_000;
        let mut foreign = listed(&kit, &tenant, "call_foreign", at);
        foreign.resources = vec![Resource { kind: ResourceKind::Agent, id: tenant.twin().agent.clone() }];
        list.calls.lock().unwrap().push(foreign);
        kit.clock.advance_ms(3_600_000);
        // A tenant's own connection lists its own calls: whatever agent they name, they are this tenant's, never the twin's.
        due(&kit, &tenant).await;
        let twins = inside!(kit, tenant.twin(), |tx| {
            vestibule_domain::calls::known_of(tx, "retell", "call_foreign").await.unwrap()
        });
        assert!(twins.kinds.is_empty());
    }
}
