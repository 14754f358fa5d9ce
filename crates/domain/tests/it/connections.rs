//! Connections of a tenant's own.

use crate::look::{audited, calls, events, refused};
use secrecy::SecretString;
use serde_json::json;
use vestibule_domain::connections::{self, ConnectionView, Filled};
use vestibule_domain::{Error, Kind};
use vestibule_testkit::{Kit, TestTenant, both_databases, retell_sample};

const DAY: i64 = 86_400_000;

async fn connect(
    kit: &Kit,
    tenant: &TestTenant,
    agent: &str,
    key: Option<&str>,
) -> Result<ConnectionView, Error> {
    let mut filled = Filled::from([("agent_id".to_owned(), SecretString::from(agent))]);
    filled.extend(key.map(|key| ("api_key".to_owned(), SecretString::from(key))));
    Ok(connections::connect(&kit.house, &tenant.scope, "retell", &filled).await?.view)
}

async fn enters(kit: &Kit, tenant: &TestTenant, key: &str, call: &str) -> bool {
    kit.try_send(&tenant.hook_token, key, &tenant.sample("call_started").call(call).body()).await.is_ok()
}

both_databases! {
    async fn req_2_16_an_agent_is_connected_to_one_account_only(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let taken = connect(&kit, &tenant, &tenant.twin().agent, None).await;
        let Err(Error::Refused(refusal)) = &taken else { panic!("{taken:?}") };
        assert_eq!((refusal.kind, refusal.code), (Kind::Conflict, "agent_taken"));
        assert_eq!(refusal.en, "This Retell agent is already connected to another account");
        let view = connections::view(&kit.house, &tenant.scope, "retell").await.unwrap().unwrap();
        assert_eq!(view.agents, std::slice::from_ref(&tenant.agent), "a refused change changed something");
    }

    async fn a_released_agent_rests_for_thirty_days(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let twin = tenant.twin();
        connections::disconnect(&kit.house, &twin.scope, "retell").await.unwrap();
        kit.clock.advance_ms(30 * DAY - 1);
        assert_eq!(refused(connect(&kit, &tenant, &twin.agent, None).await), "agent_taken");
        // Whoever had it may have it back at any time.
        connect(&kit, twin, &twin.agent, Some("a key of the twin's own")).await.unwrap();
        connections::disconnect(&kit.house, &twin.scope, "retell").await.unwrap();
        kit.clock.advance_ms(30 * DAY);
        let view = connect(&kit, &tenant, &twin.agent, None).await.unwrap();
        assert_eq!(view.agents, std::slice::from_ref(&twin.agent));
    }

    async fn while_keys_are_exchanged_both_are_accepted(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let first = tenant.retell_key.as_str();
        let view = connect(&kit, &tenant, &tenant.agent, Some("second_key_0123456789")).await.unwrap();
        assert_eq!((view.id, view.hook_url.as_str(), view.key_last4.as_str()), (tenant.connection.id, tenant.connection.hook_url.as_str(), "6789"));
        assert!(enters(&kit, &tenant, first, "a").await && enters(&kit, &tenant, "second_key_0123456789", "b").await);
        assert!(!enters(&kit, &tenant, "third_key_0123456789", "c").await);
        // A change without a key keeps the keys.
        connect(&kit, &tenant, &tenant.agent, None).await.unwrap();
        assert!(enters(&kit, &tenant, first, "d").await && enters(&kit, &tenant, "second_key_0123456789", "e").await);
        for n in 3..6 {
            connect(&kit, &tenant, &tenant.agent, Some(&format!("key_number_{n}"))).await.unwrap();
        }
        assert!(!enters(&kit, &tenant, first, "f").await, "a key of long ago still opens the door");
        assert!(enters(&kit, &tenant, "key_number_5", "g").await && enters(&kit, &tenant, "key_number_4", "h").await);
    }

    async fn req_2_06_a_disconnected_hook_answers_no_more(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        connections::disconnect(&kit.house, &tenant.scope, "retell").await.unwrap();
        connections::disconnect(&kit.house, &tenant.scope, "retell").await.unwrap();
        assert!(connections::view(&kit.house, &tenant.scope, "retell").await.unwrap().is_none());
        let body = tenant.sample("call_started").body();
        let no = kit.try_send(&tenant.hook_token, &tenant.retell_key, &body).await.unwrap_err();
        assert_eq!(no.code(), "not_found");
        assert_eq!(kit.try_send_by_agent(&tenant.retell_key, &body).await.unwrap_err().code(), "no_client_for_agent");
        let log = audited(&kit, &tenant).await;
        assert!(log.contains(&("connection.ended".into(), format!("person:{}", tenant.owner))), "{log:?}");
        assert!(log.contains(&("connection.changed".into(), format!("person:{}", tenant.owner))), "{log:?}");
    }

    async fn fields_are_checked(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for agent in ["", "  ", &"x".repeat(201)] {
            assert_eq!(refused(connect(&kit, &tenant, agent, Some("key")).await), "invalid");
        }
        connections::disconnect(&kit.house, &tenant.scope, "retell").await.unwrap();
        assert_eq!(refused(connect(&kit, &tenant, "agent_new", None).await), "invalid", "a first connection needs a key");
        assert_eq!(refused(connect(&kit, &tenant, "agent_new", Some("  ")).await), "invalid");
    }

    async fn no_view_and_no_debug_shows_a_key(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let found = connections::find_by_token(&kit.house, "retell", &tenant.hook_token).await.unwrap();
        let shown = format!("{:?} {:?}", tenant.connection, found.connection);
        assert!(!shown.contains(&tenant.retell_key), "{shown}");
        assert!(!found.connection.keys_sealed.windows(8).any(|w| tenant.retell_key.as_bytes().windows(8).any(|k| k == w)));
    }

    async fn req_2_03_the_agent_is_read_from_both_places_by_the_shared_door(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let inner = tenant.sample("call_started").call("inner");
        let outer = tenant.sample("call_started").call("outer").without("/call/agent_id").with("/agent_id", json!(tenant.agent));
        for sample in [inner, outer] {
            let (scope, _) = kit.try_send_by_agent(&tenant.retell_key, &sample.body()).await.unwrap();
            assert_eq!(scope.tenant(), tenant.id(), "req 2.04: the call is its agent's owner's");
        }
        kit.fold_all().await;
        assert_eq!(calls(&kit, &tenant).await.len(), 2);
    }

    async fn req_2_18_an_unknown_agent_has_no_client(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for body in [
            tenant.sample("call_started").agent("agent_nobody_knows").body(),
            tenant.sample("call_started").without("/call/agent_id").body(),
            b"not json".to_vec(),
        ] {
            let no = kit.try_send_by_agent(&tenant.retell_key, &body).await.unwrap_err();
            assert_eq!(no.code(), "no_client_for_agent");
        }
        // Somebody else's agent does not open my door, nor my key theirs.
        let theirs = retell_sample("call_started").agent(&tenant.twin().agent).body();
        assert_eq!(kit.try_send_by_agent(&tenant.retell_key, &theirs).await.unwrap_err().code(), "signature_mismatch");
        assert!(events(&kit, &tenant).await.is_empty());
    }

    async fn a_tenants_own_hook_takes_its_test_event(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &retell_sample("call_started_dashboard_test").body()).await;
        kit.fold_all().await;
        assert!(calls(&kit, &tenant).await[0].call.is_test);
    }

    async fn a_deleted_tenants_door_is_shut(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        vestibule_domain::tenants::delete(&kit.house, &kit.mint, &kit.operator, "north-shore").await.unwrap();
        let body = tenant.sample("call_started").body();
        assert_eq!(kit.try_send(&tenant.hook_token, &tenant.retell_key, &body).await.unwrap_err().code(), "not_found");
        assert_eq!(kit.try_send_by_agent(&tenant.retell_key, &body).await.unwrap_err().code(), "no_client_for_agent");
    }

    async fn refused_requests_are_counted_by_the_minute(kit: Kit) {
        let count = |n| vec![("retell".to_owned(), "signature_mismatch", n)];
        connections::refuse(&kit.house, count(2)).await.unwrap();
        kit.clock.advance_ms(59_999);
        connections::refuse(&kit.house, count(3)).await.unwrap();
        kit.clock.advance_ms(1);
        connections::refuse(&kit.house, count(1)).await.unwrap();
        let mut tx = kit.house.db.read().await.unwrap();
        let before = kit.house.world.now().plus_ms(1);
        let found = vestibule_store::directory::refusals::list(&mut tx, before, 9).await.unwrap();
        assert_eq!(found.iter().map(|r| (r.reason.as_str(), r.count)).collect::<Vec<_>>(), [("signature_mismatch", 1), ("signature_mismatch", 5)]);
    }
}
