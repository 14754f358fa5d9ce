//! Preparing: tenants with a connection, an agent and an endpoint, several hundred in one transaction, through
//! the same functions that the program uses.

use crate::nobody::Nobody;
use crate::say::Outcome;
use crate::world;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;
use vestibule_access::{Actor, Mint, Permission};
use vestibule_domain::keys::{self, KeyOrder};
use vestibule_domain::outbox::{self, NewEndpoint};
use vestibule_domain::{House, Outside, Seals, Settings};
use vestibule_model::{TenantId, UnixMs};
use vestibule_store::directory::connections::{self, ConnectionRecord, NewBinding};
use vestibule_store::directory::tenants::{self, TenantRecord};
use vestibule_store::{Db, DbConfig, Tx};
use vestibule_vault::{Credentials, Kek, Place, Token, last4};

/// A tenant's way in, as its provider knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Target {
    /// The tenant.
    pub tenant: Uuid,
    /// Its connection.
    pub connection: Uuid,
    /// The end of its hook's address.
    pub token: String,
    /// The key that signs.
    pub key: String,
    /// The agent, as long as those of the samples.
    pub agent: String,
}

/// What is prepared.
pub struct Wanted<'a> {
    /// The database.
    pub data: DbConfig,
    /// The key-encryption key.
    pub encryption_key: &'a str,
    /// How many tenants.
    pub tenants: usize,
    /// Where deliveries go; without it there are neither connections nor endpoints.
    pub endpoint: Option<String>,
}

/// The most tenants in one commit.
const TOGETHER: usize = 400;

/// Runs an act over the data as the program would open it, and closes the data again.
pub fn in_house<T>(wanted: &Wanted<'_>, act: impl AsyncFnOnce(Arc<House>, Mint) -> Outcome<T>) -> Outcome<T> {
    // Dropped at the end, and with it all that House started.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let world = world::real();
        let db = Db::open(&wanted.data, world.clone()).await?;
        let seals = Seals::new(Kek::from_base64(wanted.encryption_key)?, world);
        let settings = Settings { allow_plain_http: true, ..Settings::default() };
        let outside = Outside {
            providers: Vec::new(),
            accounts: Vec::new(),
            texts: Vec::new(),
            courier: Arc::new(Nobody),
            engine: Arc::new(Nobody),
            mailer: Arc::new(Nobody),
            reach: Vec::new(),
            tombstones: Arc::new(Nobody),
        };
        let house = House::build(db, seals, settings, outside);
        act(house, Mint::strike()).await
    })
}

/// Makes the tenants.
pub fn prepare(wanted: &Wanted<'_>) -> Outcome<Vec<Target>> {
    in_house(wanted, async |house, mint| {
        let mut targets = Vec::with_capacity(wanted.tenants);
        for first in (0..wanted.tenants).step_by(TOGETHER) {
            let mut tx = house.db.write().await?;
            for number in first..wanted.tenants.min(first + TOGETHER) {
                targets.push(tenant(&house, &mint, &mut tx, number, wanted.endpoint.as_deref()).await?);
            }
            tx.commit().await?;
        }
        Ok(targets)
    })
}

/// Makes an API key that may do everything in a tenant.
pub fn api_key(wanted: &Wanted<'_>, tenant: Uuid) -> Outcome<String> {
    in_house(wanted, async |house, mint| {
        let scope = mint.tenant(TenantId(tenant), Actor::System("bench"));
        let made = keys::create(&house, &scope, Permission::ALL, &KeyOrder::named("bench")).await?;
        Ok(secrecy::ExposeSecret::expose_secret(&made.key).to_owned())
    })
}

fn record(id: TenantId, number: usize, now: UnixMs) -> TenantRecord {
    TenantRecord {
        id,
        public_no: 0,
        slug: format!("bench-{number}"),
        external_ref: None,
        agency_id: None,
        company_name: format!("Bench {number}"),
        owner_name: None,
        owner_email: None,
        owner_phone: None,
        industry: None,
        plan_tier: "starter".into(),
        subscription_status: "active".into(),
        provisioning_status: "live".into(),
        twilio_phone_number: None,
        forward_to_number: None,
        timezone: "America/Toronto".into(),
        locale: "en".into(),
        skip_trial: true,
        settings: json!({}),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

async fn tenant(
    house: &House,
    mint: &Mint,
    tx: &mut Tx,
    number: usize,
    endpoint: Option<&str>,
) -> Outcome<Target> {
    let world = &house.world;
    let now = world.now();
    let tenant: TenantId = world.new_id();
    tenants::insert(tx, &record(tenant, number, now)).await?;
    let sealing = house.seals.key(tx, tenant).await?;
    let target = Target {
        tenant: tenant.0,
        connection: world.new_id(),
        token: secrecy::ExposeSecret::expose_secret(&Token::generate("", &*world.entropy)).to_owned(),
        key: format!("key_{}", hex::encode(world.random::<16>())),
        agent: format!("agent_{:026x}", u128::from_be_bytes(world.random::<16>()) >> 24),
    };
    let Some(endpoint) = endpoint else { return Ok(target) };
    let place = Place { table: "connections", row: target.connection, column: "keys_sealed" };
    let connection = ConnectionRecord {
        id: target.connection.into(),
        tenant: Some(tenant),
        owner: tenant,
        provider: "retell".into(),
        hook_token: target.token.clone(),
        keys_sealed: sealing.seal(
            place,
            &Credentials::to_plain(&[Credentials::of("api_key", &target.key)]),
            &*world.entropy,
        ),
        key_last4: last4(&target.key),
        created_at: now,
        updated_at: now,
    };
    connections::put(tx, &connection, now).await?;
    let binding = NewBinding {
        id: world.new_id(),
        tenant,
        provider: "retell",
        connection: connection.id,
        kind: "agent",
        resource: &target.agent,
    };
    connections::bind(tx, &binding, now).await?;
    let scope = mint.tenant(tenant, Actor::System("bench"));
    let mut inside = tx.tenant(&scope).await?;
    outbox::create(house, &mut inside, NewEndpoint { url: endpoint.to_owned(), ..Default::default() })
        .await?;
    Ok(target)
}
