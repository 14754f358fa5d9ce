//! A connection that many tenants share: the key opens the lock, the signed agent decides the tenant.

use crate::look::calls;
use vestibule_model::{BindingId, ConnectionId, TenantId, UnixMs};
use vestibule_store::directory::connections::{self, ConnectionRecord, NewBinding};
use vestibule_testkit::{Kit, Sample, TestTenant, both_databases, retell_sample};
use vestibule_vault::{Credentials, Place};

const KEY: &str = "the platform's one key";
const TOKEN: &str = "platform-hook-token";

/// The platform's own connection.
async fn platform(kit: &Kit) -> ConnectionId {
    let mut tx = kit.house.db.write().await.unwrap();
    let sealing = kit.house.seals.key(&mut tx, TenantId::PLATFORM).await.unwrap();
    let id: ConnectionId = kit.house.world.new_id();
    let place = Place { table: "connections", row: id.0, column: "keys_sealed" };
    let now = kit.house.world.now();
    let record = ConnectionRecord {
        id,
        tenant: None,
        owner: TenantId::PLATFORM,
        provider: "retell".into(),
        hook_token: TOKEN.into(),
        keys_sealed: sealing.seal(
            place,
            &Credentials::to_plain(&[Credentials::of("api_key", KEY)]),
            &*kit.house.world.entropy,
        ),
        key_last4: String::new(),
        created_at: now,
        updated_at: now,
    };
    connections::put(&mut tx, &record, now).await.unwrap();
    tx.commit().await.unwrap();
    id
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

async fn unbind(kit: &Kit, tenant: &TestTenant, connection: ConnectionId) {
    let mut tx = kit.house.db.write().await.unwrap();
    let room = NewBinding {
        id: kit.house.world.new_id(),
        tenant: tenant.id(),
        provider: "retell",
        connection,
        kind: "agent",
        resource: "",
    };
    connections::unbind_others(&mut tx, &room, kit.house.world.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn goes_to(kit: &Kit, sample: &Sample) -> Result<TenantId, &'static str> {
    match kit.try_send(TOKEN, KEY, &sample.body()).await {
        Ok((scope, _)) => Ok(scope.tenant()),
        Err(fault) => Err(fault.code()),
    }
}

both_databases! {
    async fn the_signed_agent_decides_the_tenant(kit: Kit) {
        let (one, two) = (kit.tenant("north-shore").await, kit.tenant("south-shore").await);
        let connection = platform(&kit).await;
        let long_ago = UnixMs(1_790_000_000_000);
        bind(&kit, &one, connection, "agent_one", long_ago).await;
        bind(&kit, &two, connection, "agent_two", long_ago).await;
        let sample = |agent: &str| retell_sample("call_started").agent(agent).call(agent);
        assert_eq!(goes_to(&kit, &sample("agent_one")).await, Ok(one.id()));
        assert_eq!(goes_to(&kit, &sample("agent_two")).await, Ok(two.id()));
        assert_eq!(goes_to(&kit, &sample("agent_three")).await, Err("no_client_for_agent"));
        assert_eq!(goes_to(&kit, &sample("x").without("/call/agent_id")).await, Err("no_client_for_agent"));
        // An agent that is bound under another connection is not this one's to speak for.
        assert_eq!(goes_to(&kit, &sample(&one.agent)).await, Err("no_client_for_agent"));
        kit.fold_all().await;
        assert_eq!((calls(&kit, &one).await.len(), calls(&kit, &two).await.len()), (1, 1));
    }

    async fn a_moved_agent_does_not_carry_old_calls_with_it(kit: Kit) {
        let (one, two) = (kit.tenant("north-shore").await, kit.tenant("south-shore").await);
        let connection = platform(&kit).await;
        bind(&kit, &one, connection, "agent_moves", UnixMs(1_790_000_000_000)).await;
        // By one name alone: the samples' other name would make one call of them.
        let sample = |name: &str, call: &str| {
            retell_sample(name).agent("agent_moves").call(call).without("/call/telephony_identifier")
        };
        assert_eq!(goes_to(&kit, &sample("call_started", "old")).await, Ok(one.id()));
        kit.clock.advance_ms(1_000);
        unbind(&kit, &one, connection).await;
        bind(&kit, &two, connection, "agent_moves", kit.house.world.now()).await;
        kit.clock.advance_ms(1_000);
        // By its route, though the event itself does not say when the call began.
        let silent = sample("call_ended", "old").without("/call/start_timestamp");
        assert_eq!(goes_to(&kit, &silent.later(120_000)).await, Ok(one.id()));
        // By the binding at the time when it began: nobody has heard of this call before.
        assert_eq!(goes_to(&kit, &sample("call_ended", "unheard of")).await, Ok(one.id()));
        // A call that began after the move.
        assert_eq!(goes_to(&kit, &sample("call_started", "new").later(62_000)).await, Ok(two.id()));
        kit.fold_all().await;
        assert_eq!((calls(&kit, &one).await.len(), calls(&kit, &two).await.len()), (2, 1));
    }

    async fn an_agent_of_a_deleted_tenant_has_no_client(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let connection = platform(&kit).await;
        bind(&kit, &tenant, connection, "agent_one", UnixMs(1_790_000_000_000)).await;
        vestibule_domain::tenants::delete(&kit.house, &kit.mint, &kit.operator, "north-shore").await.unwrap();
        assert_eq!(goes_to(&kit, &retell_sample("call_started").agent("agent_one")).await, Err("no_client_for_agent"));
    }
}
