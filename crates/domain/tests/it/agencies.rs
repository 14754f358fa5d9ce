//! An agency's connection serves the tenants that it holds, and none that it has handed over.

use crate::look::calls;
use vestibule_domain::{agencies, tenants};
use vestibule_model::{AgencyId, BindingId, ConnectionId, TenantId, UnixMs};
use vestibule_store::directory::connections::{self, ConnectionRecord, NewBinding};
use vestibule_testkit::{Kit, TestTenant, both_databases, inside, retell_sample};
use vestibule_vault::{Credentials, Place};

const KEY: &str = "the agency's one key";
const TOKEN: &str = "agency-hook-token";

/// An agency with a connection that its tenants share.
async fn agency(kit: &Kit) -> (AgencyId, ConnectionId) {
    let agency = agencies::add(&kit.house, &kit.operator, "Boreal").await.unwrap().id;
    let mut tx = kit.house.db.write().await.unwrap();
    let owner = TenantId(agency.0);
    let sealing = kit.house.seals.key(&mut tx, owner).await.unwrap();
    let id: ConnectionId = kit.house.world.new_id();
    let place = Place { table: "connections", row: id.0, column: "keys_sealed" };
    let now = kit.house.world.now();
    let plain = Credentials::to_plain(&[Credentials::of("api_key", KEY)]);
    let record = ConnectionRecord {
        id,
        tenant: None,
        owner,
        provider: "retell".into(),
        hook_token: TOKEN.into(),
        keys_sealed: sealing.seal(place, &plain, &*kit.house.world.entropy),
        key_last4: String::new(),
        created_at: now,
        updated_at: now,
    };
    connections::put(&mut tx, &record, now).await.unwrap();
    tx.commit().await.unwrap();
    (agency, id)
}

async fn bind(kit: &Kit, tenant: &TestTenant, connection: ConnectionId, agent: &str, from: UnixMs) {
    let mut tx = kit.house.db.write().await.unwrap();
    let id: BindingId = kit.house.world.new_id();
    let new = NewBinding {
        id,
        tenant: tenant.id(),
        provider: "retell",
        connection,
        kind: "agent",
        resource: agent,
    };
    connections::bind(&mut tx, &new, from).await.unwrap();
    tx.commit().await.unwrap();
}

async fn give(kit: &Kit, tenant: &TestTenant, to: Option<AgencyId>) -> tenants::HandedOver {
    let name = tenant.id().to_string();
    tenants::hand_over(&kit.house, &kit.mint, &kit.operator, &name, to).await.unwrap()
}

async fn tells(kit: &Kit, agent: &str, call: &str) -> Result<TenantId, &'static str> {
    let body = retell_sample("call_ended").agent(agent).call(call).body();
    let sent = kit.try_send(TOKEN, KEY, &body).await;
    sent.map(|(scope, _)| scope.tenant()).map_err(|fault| fault.code())
}

both_databases! {
    async fn a_handed_over_tenant_is_served_no_longer(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let stays = kit.tenant("south-shore").await;
        let (agency, connection) = agency(&kit).await;
        let long_ago = UnixMs(1);
        bind(&kit, &own, connection, "agent_shared_own", long_ago).await;
        bind(&kit, &stays, connection, "agent_shared_stays", long_ago).await;
        // It holds neither yet: whatever is bound, its key opens nothing.
        assert_eq!(tells(&kit, "agent_shared_own", "call_early").await, Err("no_client_for_agent"));
        give(&kit, &own, Some(agency)).await;
        give(&kit, &stays, Some(agency)).await;
        assert_eq!(tells(&kit, "agent_shared_own", "call_before").await, Ok(own.id()));
        assert_eq!(tells(&kit, "agent_shared_stays", "call_stays").await, Ok(stays.id()));
        let done = give(&kit, &own, None).await;
        assert_eq!((done.bindings_ended, done.from, done.to), (1, Some(agency), None));
        // New calls, calls that began before, and a call that is under way: none of them any more.
        for call in ["call_after", "call_before"] {
            assert_eq!(tells(&kit, "agent_shared_own", call).await, Err("no_client_for_agent"), "{call}");
        }
        assert_eq!(tells(&kit, "agent_shared_stays", "call_stays").await, Ok(stays.id()));
        kit.fold_all().await;
        assert_eq!(calls(&kit, &own).await.len(), 1, "what came before stays");
        // Back with the agency, its agent is bound anew or it is not served.
        give(&kit, &own, Some(agency)).await;
        let again = give(&kit, &own, Some(agency)).await;
        assert_eq!((again.keys_revoked, again.bindings_ended), (0, 0));
    }

    async fn a_hand_over_is_noted_on_both_sides_once(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let (agency, _) = agency(&kit).await;
        for _ in 0..2 {
            give(&kit, &own, Some(agency)).await;
        }
        let rows = inside!(kit, &own, |tx| vestibule_domain::audit::newest(tx, 100).await.unwrap());
        let told: Vec<_> = rows.iter().filter(|r| r.action == "tenant.handed_over").collect();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].doc["to_agency"].as_str(), told[0].doc["from_agency"].as_str()), (Some(agency.to_string().as_str()), None));
        let platform = kit.operator.own_rows();
        let mut tx = kit.house.db.read_in(&platform).await.unwrap();
        let mut tx = tx.tenant(&platform).await.unwrap();
        let rows = vestibule_domain::audit::newest(&mut tx, 100).await.unwrap();
        assert_eq!(rows.iter().filter(|r| r.action == "tenant.handed_over" && r.object_id == own.id().to_string()).count(), 1);
        assert!(rows.iter().any(|r| r.action == "agency.created"), "{rows:?}");
    }

    async fn within_an_agencys_reach_there_is_nothing_else(kit: Kit) {
        let own = kit.tenant("north-shore").await;
        let (agency, _) = agency(&kit).await;
        give(&kit, &own, Some(agency)).await;
        let scope = kit.mint.agency(agency, kit.operator.actor());
        let filter = tenants::TenantFilter { limit: 50, ..Default::default() };
        let listed = tenants::list(&kit.house, &scope, &filter).await.unwrap();
        assert_eq!(listed.items.iter().map(|t| t.id).collect::<Vec<_>>(), [own.id()]);
        assert_eq!(tenants::totals(&kit.house, &scope).await.unwrap(), (1, 0, 1));
        let holder = Some(tenants::Holder::Itself);
        let none = tenants::list(&kit.house, &scope, &tenants::TenantFilter { holder, ..filter }).await.unwrap();
        assert!(none.items.is_empty());
        assert!(tenants::find_within(&kit.house, &scope, "north-shore").await.unwrap().is_some());
        assert!(tenants::find_within(&kit.house, &scope, "north-shore-twin").await.unwrap().is_none());
        assert!(agencies::list(&kit.house, &scope, None, 10).await.is_err());
        assert!(tenants::delete(&kit.house, &kit.mint, &scope, "north-shore-twin").await.is_err());
    }
}
