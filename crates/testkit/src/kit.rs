//! A whole house over a test's own database.

use crate::{
    Engine, RecordingCourier, RecordingMailer, ScriptedEngine, ScriptedTexts, TestClock, TestDb, TestEntropy,
    TestTenant, postgres_is_available, sign_retell, tenant,
};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_access::{Actor, Mint, PlatformScope, TenantScope};
use vestibule_domain::calls::CallFilter;
use vestibule_domain::inbox::Accepted;
use vestibule_domain::outbox::DeliveryFilter;
use vestibule_domain::texts::{TextFilter, ThreadFilter};
use vestibule_domain::workflows::ExecutionFilter;
use vestibule_domain::{
    Error, House, Outside, Seals, Settings, calls, connections, contacts, inbox, mail, outbox, texts,
    workflows,
};
use vestibule_model::{UserId, World};
use vestibule_ports::{
    CallAccount, CallWebhooks, Courier, Inbound, Reach, Texts, Tombstones, VerifyFault, WorkflowEngine,
};
use vestibule_providers::file::FileTombstones;
use vestibule_store::Db;
use vestibule_vault::{Credentials, Kek};

/// How a kit is to differ from the usual.
#[derive(Default)]
pub struct KitOptions {
    /// Other settings.
    pub settings: Option<Settings>,
    /// Another courier than the recording one, for instance a real one.
    pub courier: Option<Arc<dyn Courier>>,
    /// Another workflow engine than the scripted one.
    pub engine: Option<Arc<dyn WorkflowEngine>>,
}

/// A house, and everything around it that a test needs. Clones are the same kit.
#[derive(Clone)]
pub struct Kit {
    /// The house.
    pub house: Arc<House>,
    /// Makes scopes.
    pub mint: Mint,
    /// An operator's scope.
    pub operator: PlatformScope,
    /// The house's clock.
    pub clock: Arc<TestClock>,
    /// The house's randomness.
    pub entropy: Arc<TestEntropy>,
    /// On what it runs.
    pub engine: Engine,
    /// The courier, when it is the recording one.
    pub courier: Arc<RecordingCourier>,
    /// The workflow engine, when it is the scripted one.
    pub workflows: Arc<ScriptedEngine>,
    /// The sender of texts, when it is the scripted one.
    pub texts: Arc<ScriptedTexts>,
    /// The mailer.
    pub mailer: Arc<RecordingMailer>,
    /// The database.
    pub database: TestDb,
    world: World,
    settings: Settings,
    outside: Others,
    twins: Arc<Mutex<Vec<(TestTenant, String)>>>,
}

/// Whom the house talks to.
#[derive(Clone)]
struct Others {
    courier: Arc<dyn Courier>,
    engine: Arc<dyn WorkflowEngine>,
    texts: Arc<dyn Texts>,
    mailer: Arc<RecordingMailer>,
    tombstones: Arc<dyn Tombstones>,
}

impl Others {
    fn with(&self, providers: Vec<Arc<dyn CallWebhooks>>, accounts: Vec<Arc<dyn CallAccount>>) -> Outside {
        Outside {
            providers,
            accounts,
            texts: vec![self.texts.clone()],
            courier: self.courier.clone(),
            engine: self.engine.clone(),
            mailer: self.mailer.clone(),
            reach: Vec::new(),
            tombstones: self.tombstones.clone(),
        }
    }
}

/// Why a request did not get in.
#[derive(Debug)]
pub enum SendFault {
    /// Its signature is not genuine.
    Forged(VerifyFault),
    /// The house says no.
    House(Error),
}

impl SendFault {
    /// The refusal's code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forged(fault) => fault.code(),
            Self::House(Error::Refused(refusal)) => refusal.code,
            Self::House(_) => "fault",
        }
    }
}

/// Settings whose waits are short.
#[must_use]
pub fn quick_settings() -> Settings {
    Settings {
        public_url: "http://vestibule.test".into(),
        finalise_after_ms: 60_000,
        reap_after_ms: 600_000,
        schedule_ms: vec![0, 1_000, 2_000, 4_000, 8_000],
        attempt_timeout_ms: 5_000,
        tenant_grace_ms: 3_600_000,
        ..Settings::default()
    }
}

/// The key-encryption key of all tests.
#[must_use]
pub fn kek() -> Kek {
    Kek::generate(&*TestEntropy::seeded(99))
}

/// A runtime like the program's.
#[must_use]
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Runs a test on an engine with the usual kit; see [`crate::both_databases`].
pub fn run<F: Future<Output = ()>>(engine: Engine, body: impl FnOnce(Kit) -> F) {
    run_with(engine, KitOptions::default, body);
}

/// Runs a test on an engine with another kit.
pub fn run_with<F: Future<Output = ()>>(
    engine: Engine,
    options: impl FnOnce() -> KitOptions,
    body: impl FnOnce(Kit) -> F,
) {
    if engine.is_postgres() && !postgres_is_available() {
        skipped();
        return;
    }
    let runtime = runtime();
    let database = runtime.block_on(async {
        let kit = Kit::with(TestDb::new(engine).await, options()).await;
        kit.database.plant_ghosts();
        body(kit.clone()).await;
        kit.check_twins().await;
        kit.database.check_ghosts();
        kit.database.clone()
    });
    // The database is another test's only when nothing of this one can write any more.
    drop(runtime);
    drop(database);
}

/// Runs a test on an engine with nothing but a database.
pub fn run_bare<F: Future<Output = ()>>(engine: Engine, body: impl FnOnce(TestDb) -> F) {
    if engine.is_postgres() && !postgres_is_available() {
        skipped();
        return;
    }
    let runtime = runtime();
    let database = runtime.block_on(async {
        let database = TestDb::new(engine).await;
        body(database.clone()).await;
        database
    });
    drop(runtime);
    drop(database);
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
fn skipped() {
    eprintln!("skipped: the server programs of PostgreSQL are not installed");
}

impl Kit {
    /// The usual kit on an engine. Prefer [`crate::both_databases`], which cleans up.
    pub async fn new(engine: Engine) -> Self {
        Self::with(TestDb::new(engine).await, KitOptions::default()).await
    }

    /// A kit over a database.
    pub async fn with(database: TestDb, options: KitOptions) -> Self {
        let (mut world, clock) = crate::world();
        let entropy = TestEntropy::seeded(7);
        world.entropy = entropy.clone();
        let courier = Arc::new(RecordingCourier::default());
        let workflows = Arc::new(ScriptedEngine::default());
        let mailer = Arc::new(RecordingMailer::default());
        let texts = Arc::new(ScriptedTexts::default());
        let outside = Others {
            courier: options.courier.unwrap_or_else(|| courier.clone()),
            engine: options.engine.unwrap_or_else(|| workflows.clone()),
            mailer: mailer.clone(),
            texts: texts.clone(),
            tombstones: Arc::new(FileTombstones::new(database.tombstones_dir(), "test".into())),
        };
        let settings = options.settings.unwrap_or_else(quick_settings);
        let house = build(&database, &world, &settings, &outside).await;
        let mint = Mint::strike();
        let operator = mint.platform(Actor::Person(world.new_id::<UserId>()));
        let engine = database.engine();
        Self {
            house,
            mint,
            operator,
            clock,
            entropy,
            engine,
            courier,
            workflows,
            texts,
            mailer,
            database,
            world,
            settings,
            outside,
            twins: Arc::default(),
        }
    }

    /// Another house over the same data, as after a restart or on another node: nothing in memory is kept.
    #[must_use]
    pub async fn restarted(&self) -> Self {
        let house = build(&self.database, &self.world, &self.settings, &self.outside).await;
        Self { house, ..self.clone() }
    }

    /// A house over another handle, or with other providers.
    #[must_use]
    pub fn over(&self, db: Db, providers: Vec<Arc<dyn CallWebhooks>>) -> Self {
        let seals = Seals::new(kek(), self.world.clone());
        let outside = self.outside.with(providers, Vec::new());
        let house = House::build(db, seals, self.settings.clone(), outside);
        Self { house, ..self.clone() }
    }

    /// Another house over the same data, which sends its texts through Twilio's interface at an address.
    ///
    /// # Panics
    /// When the HTTP client cannot be built.
    #[must_use]
    pub async fn with_texts_at(&self, url: &str) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let sender = vestibule_providers::twilio::TwilioAccount::new(url).expect("an HTTP client");
        let outside = Others { texts: Arc::new(sender), ..self.outside.clone() };
        let house = build(&self.database, &self.world, &self.settings, &outside).await;
        Self { house, outside, ..self.clone() }
    }

    /// Another house over the same data, which depends on these outside.
    #[must_use]
    pub async fn with_reach(&self, reach: Vec<Arc<dyn Reach>>) -> Self {
        let db = self.database.open(self.world.clone()).await;
        let outside = self.outside.with(vestibule_providers::call_webhooks(), Vec::new());
        let seals = Seals::new(kek(), self.world.clone());
        let house = House::build(db, seals, self.settings.clone(), Outside { reach, ..outside });
        Self { house, ..self.clone() }
    }

    /// Another house over the same data, which can read these lists of calls.
    #[must_use]
    pub async fn with_accounts(&self, accounts: Vec<Arc<dyn CallAccount>>) -> Self {
        let db = self.database.open(self.world.clone()).await;
        let outside = self.outside.with(vestibule_providers::call_webhooks(), accounts);
        let seals = Seals::new(kek(), self.world.clone());
        let house = House::build(db, seals, self.settings.clone(), outside);
        Self { house, ..self.clone() }
    }

    /// Makes a tenant and its twin; the twin has had the sample call already, with the same ids and caller.
    pub async fn tenant(&self, slug: &str) -> TestTenant {
        let mut made = tenant::make(&self.house, &self.mint, &self.operator, slug).await;
        let twin = tenant::make(&self.house, &self.mint, &self.operator, &format!("{slug}-twin")).await;
        for name in ["call_started", "call_ended", "call_analyzed", "call_ended_web"] {
            self.send(&twin, &twin.sample(name).body()).await;
        }
        self.fold_all().await;
        self.clock.advance_ms(self.settings.finalise_after_ms);
        self.fold_all().await;
        self.deliver_all().await;
        self.clock.advance_ms(-self.settings.finalise_after_ms);
        self.courier.clear();
        let picture = self.picture(&twin).await;
        self.twins.lock().unwrap_or_else(PoisonError::into_inner).push((twin.clone(), picture));
        made.twin = Some(Box::new(twin));
        made
    }

    /// Sends a request to a tenant's hook, genuinely signed.
    ///
    /// # Panics
    /// When it does not get in.
    pub async fn send(&self, to: &TestTenant, body: &[u8]) -> Accepted {
        match self.try_send(&to.hook_token, &to.retell_key, body).await {
            Ok((scope, accepted)) => {
                assert_eq!(scope.tenant(), to.id(), "the event went to another tenant");
                accepted
            }
            Err(fault) => panic!("the event did not get in: {fault:?}"),
        }
    }

    /// Sends a request to a hook, signed with a key: the steps of the door.
    ///
    /// # Errors
    /// [`SendFault`]: why it did not get in.
    pub async fn try_send(
        &self,
        token: &str,
        key: &str,
        body: &[u8],
    ) -> Result<(TenantScope, Accepted), SendFault> {
        let signature = sign_retell(key, body, self.world.now());
        self.try_send_signed(token, &signature, body).await
    }

    /// Sends a request to a hook with a signature made elsewhere.
    ///
    /// # Errors
    /// [`SendFault`]: why it did not get in.
    pub async fn try_send_signed(
        &self,
        token: &str,
        signature: &str,
        body: &[u8],
    ) -> Result<(TenantScope, Accepted), SendFault> {
        let house = &self.house;
        let found = connections::find_by_token(house, "retell", token).await.map_err(SendFault::House)?;
        self.enter(found, signature, body).await
    }

    /// Sends a request to the door that all tenants share, signed with a key.
    ///
    /// # Errors
    /// [`SendFault`]: why it did not get in.
    pub async fn try_send_by_agent(
        &self,
        key: &str,
        body: &[u8],
    ) -> Result<(TenantScope, Accepted), SendFault> {
        let house = &self.house;
        let now = house.world.now();
        let provider = house.provider("retell").expect("Retell");
        let address = provider.address(&Inbound::unsigned(body, now));
        let found = connections::find_by_resource(house, &**provider, &address, house.world.now()).await;
        let signature = sign_retell(key, body, self.world.now());
        self.enter(found.map_err(SendFault::House)?, &signature, body).await
    }

    async fn enter(
        &self,
        found: connections::Found,
        signature: &str,
        body: &[u8],
    ) -> Result<(TenantScope, Accepted), SendFault> {
        let house = &self.house;
        let provider = house.provider("retell").expect("Retell").clone();
        let now = house.world.now();
        let address = provider.address(&Inbound::unsigned(body, now));
        let header = |name: &str| (name == "x-retell-signature").then(|| signature.to_owned());
        let request = Inbound { method: "POST", url: "", header: &header, body, now };
        let open = found
            .door
            .open(|keys: &[Credentials]| provider.verify(keys, &request))
            .map_err(SendFault::Forged)?;
        let tenant = connections::decide(house, &open, &found.connection, &address, now)
            .await
            .map_err(SendFault::House)?;
        let connection = open.connection();
        let scope = open.enter(&self.mint, tenant);
        let accepted = inbox::accept(house, scope, connection, &*provider, &address, body, now).await;
        Ok((scope, accepted.map_err(SendFault::House)?))
    }

    /// A scope of the program itself inside a tenant.
    #[must_use]
    pub fn system_scope(&self, tenant: &TestTenant) -> TenantScope {
        self.mint.tenant(tenant.id(), Actor::System("test"))
    }

    /// Says that a test changed a twin on purpose.
    pub async fn twin_changed(&self, twin: &TestTenant) {
        let now = self.picture(twin).await;
        let mut twins = self.twins.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, picture) in twins.iter_mut().filter(|(t, _)| t.id() == twin.id()) {
            picture.clone_from(&now);
        }
    }

    /// Checks that every twin is as it was.
    ///
    /// # Panics
    /// When one is not: something was done without its tenant.
    pub async fn check_twins(&self) {
        let twins = self.twins.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (twin, before) in twins {
            let after = self.picture(&twin).await;
            let changed = before.lines().zip(after.lines()).find(|(before, after)| before != after);
            let lengths = (before.len(), after.len());
            assert!(before == after, "the twin of a tenant was changed: {changed:?} {lengths:?}");
        }
    }

    /// Everything of a tenant as text.
    async fn picture(&self, of: &TestTenant) -> String {
        let mut tx = self.house.db.read_in(&of.scope).await.unwrap();
        let mut tx = tx.tenant(&of.scope).await.unwrap();
        let found =
            calls::search(&mut tx, &CallFilter { limit: 50, ..CallFilter::default() }).await.unwrap().items;
        let mut text = String::new();
        for call in &found {
            text.push_str(&format!("{:#?}\n", calls::detail(&mut tx, call.id).await.unwrap()));
        }
        let people = contacts::list(&mut tx, None, None, 50).await.unwrap().items;
        let events = inbox::list(&mut tx, None, None, 50).await.unwrap().items;
        let owed = DeliveryFilter { limit: 50, ..DeliveryFilter::default() };
        let owed = outbox::list_deliveries(&mut tx, &owed).await.unwrap().items;
        let endpoints = outbox::list_endpoints(&mut tx).await.unwrap();
        assert!(
            !found.is_empty() && !people.is_empty() && !owed.is_empty(),
            "a tenant without calls is no twin"
        );
        let all = ExecutionFilter { limit: 50, ..ExecutionFilter::default() };
        let executions = workflows::list(&self.house, &mut tx, &all).await.unwrap().items;
        for endpoint in &endpoints {
            text.push_str(&format!("{:#?}\n", workflows::watch_of(&mut tx, endpoint).await.unwrap()));
        }
        let threads = ThreadFilter { limit: 50, ..ThreadFilter::default() };
        let threads = texts::list_threads(&self.house, &mut tx, &threads).await.unwrap().items;
        let written = TextFilter { limit: 50, ..TextFilter::default() };
        let written = texts::list(&self.house, &mut tx, &written).await.unwrap().items;
        text.push_str(&format!("{threads:#?}\n{written:#?}\n"));
        let mails = mail::list(&mut tx, None, 50).await.unwrap().items;
        text.push_str(&format!(
            "{people:#?}\n{events:#?}\n{owed:#?}\n{endpoints:#?}\n{executions:#?}\n{mails:#?}"
        ));
        text
    }
}

async fn build(database: &TestDb, world: &World, settings: &Settings, outside: &Others) -> Arc<House> {
    let db = database.open(world.clone()).await;
    let seals = Seals::new(kek(), world.clone());
    House::build(db, seals, settings.clone(), outside.with(vestibule_providers::call_webhooks(), Vec::new()))
}
