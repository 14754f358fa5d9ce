//! What every room needs, built once.

use crate::Seals;
use crate::audit::{Anchored, Looks};
use crate::connections::{Full, Locks};
use crate::inbox::AcceptLane;
use crate::instance::Muted;
use crate::keys::Uses;
use crate::lab::Turns;
use crate::people::{Checked, Seen};
use crate::signing::SigningKeys;
use crate::tenants::Profiles;
use std::sync::Arc;
use vestibule_model::World;
use vestibule_ports::{CallAccount, CallWebhooks, Courier, Mailer, Reach, Texts, Tombstones, WorkflowEngine};
use vestibule_store::Db;

/// Settings that rooms read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address under which people and providers reach this server, without a slash at the end.
    pub public_url: String,
    /// How long after its end a call is final when no analysis arrives, in milliseconds.
    pub finalise_after_ms: i64,
    /// How long after its beginning a call without an end is ended by us, in milliseconds.
    pub reap_after_ms: i64,
    /// When attempts at a delivery are made: milliseconds after the one before.
    pub schedule_ms: Vec<i64>,
    /// How long one attempt may take, in milliseconds.
    pub attempt_timeout_ms: u64,
    /// How long an endpoint that is down may hold its deliveries parked, in milliseconds.
    pub park_for_ms: i64,
    /// How often a connection's calls are compared with the provider's own list, in milliseconds.
    pub reconcile_every_ms: i64,
    /// What a provider's list tells and is younger than this may still be on its way to us, in milliseconds.
    pub reconcile_grace_ms: i64,
    /// For how many days raw events are kept, where a tenant says nothing.
    pub raw_events_days: i64,
    /// How long after its deletion a tenant can be erased, in milliseconds.
    pub tenant_grace_ms: i64,
    /// For how many days what was said in calls is kept, where a tenant says nothing; `None`: until it is erased.
    pub transcripts_days: Option<i64>,
    /// For how many days recordings are kept at their providers, where a tenant says nothing; `None`: until they are erased.
    pub recordings_days: Option<i64>,
    /// For how many days backups are kept: what a receipt promises.
    pub backup_days: i64,
    /// How long a session lasts, in milliseconds.
    pub session_ms: i64,
    /// Whether endpoints may be plain http and private addresses, as far as the courier's guard allows them.
    pub allow_plain_http: bool,
    /// Who our mail is from: `name@example.com` or `Name <name@example.com>`.
    pub mail_from: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".into(),
            finalise_after_ms: 10 * 60_000,
            // The longest call a provider allows is two hours.
            reap_after_ms: 150 * 60_000,
            schedule_ms: vec![0, 30_000, 120_000, 600_000, 3_600_000],
            attempt_timeout_ms: 15_000,
            park_for_ms: 72 * 3_600_000,
            reconcile_every_ms: 15 * 60_000,
            reconcile_grace_ms: 2 * 60_000,
            raw_events_days: 90,
            tenant_grace_ms: 30 * 24 * 3_600_000,
            transcripts_days: None,
            recordings_days: None,
            backup_days: 35,
            session_ms: 14 * 24 * 3_600_000,
            allow_plain_http: false,
            mail_from: "Vestibule <vestibule@localhost>".into(),
        }
    }
}

/// Whom the house knows outside.
pub struct Outside {
    /// Providers of calls.
    pub providers: Vec<Arc<dyn CallWebhooks>>,
    /// Providers' own lists of calls.
    pub accounts: Vec<Arc<dyn CallAccount>>,
    /// Who sends texts.
    pub texts: Vec<Arc<dyn Texts>>,
    /// Who carries deliveries.
    pub courier: Arc<dyn Courier>,
    /// Who runs tenants' workflows.
    pub engine: Arc<dyn WorkflowEngine>,
    /// Who carries mail.
    pub mailer: Arc<dyn Mailer>,
    /// Whom we depend on outside, for whoever asks how we are.
    pub reach: Vec<Arc<dyn Reach>>,
    /// Where it is written down what was erased.
    pub tombstones: Arc<dyn Tombstones>,
}

/// The rooms' common ground: the data, the time, the seals, and the outside.
pub struct House {
    /// The data.
    pub db: Db,
    /// Time and randomness.
    pub world: World,
    /// What is sealed, and the keys.
    pub seals: Seals,
    /// The keys that sign what anybody may check.
    pub signing: SigningKeys,
    /// Bearer tokens whose signatures were checked, kept while they are good.
    pub bearers: Checked,
    /// Settings.
    pub settings: Settings,
    /// Providers of calls.
    pub providers: Vec<Arc<dyn CallWebhooks>>,
    /// Providers' own lists of calls.
    pub accounts: Vec<Arc<dyn CallAccount>>,
    /// Who sends texts.
    pub texts: Vec<Arc<dyn Texts>>,
    /// Who carries deliveries.
    pub courier: Arc<dyn Courier>,
    /// Who runs tenants' workflows.
    pub engine: Arc<dyn WorkflowEngine>,
    /// Who carries mail.
    pub mailer: Arc<dyn Mailer>,
    /// Whom we depend on outside, for whoever asks how we are.
    pub reach: Vec<Arc<dyn Reach>>,
    /// Where it is written down what was erased.
    pub tombstones: Arc<dyn Tombstones>,
    /// Whether nothing may be sent, called or mailed now.
    pub muted: Muted,
    /// What folding needs to know of tenants, kept for seconds.
    pub profiles: Profiles,
    /// Locks of hooks, kept for a moment.
    pub locks: Locks,
    /// Connections for which no more refused requests are held at the moment.
    pub held_full: Full,
    /// Who sends from the lab at the moment.
    pub lab_turns: Turns,
    /// Who looked at what within the hour.
    pub looks: Looks,
    /// Which chains of the audit log were anchored where.
    pub anchored: Anchored,
    /// Which sessions were written down as seen lately.
    pub seen: Seen,
    /// When keys were last shown.
    pub key_uses: Uses,
    /// Where events are accepted.
    pub accepting: AcceptLane,
}

impl House {
    /// Builds the house. Call inside a runtime: the accepting lane begins to work.
    #[must_use]
    pub fn build(db: Db, seals: Seals, settings: Settings, outside: Outside) -> Arc<Self> {
        let world = db.world().clone();
        let accepting = crate::inbox::open_lane(db.clone());
        Arc::new(Self {
            world,
            seals,
            signing: SigningKeys::default(),
            bearers: Checked::default(),
            settings,
            providers: outside.providers,
            accounts: outside.accounts,
            texts: outside.texts,
            courier: outside.courier,
            engine: outside.engine,
            mailer: outside.mailer,
            reach: outside.reach,
            tombstones: outside.tombstones,
            muted: Muted::default(),
            profiles: Profiles::default(),
            locks: Locks::default(),
            held_full: Full::default(),
            lab_turns: Turns::default(),
            looks: Looks::default(),
            anchored: Anchored::default(),
            seen: Seen::default(),
            key_uses: Uses::default(),
            accepting,
            db,
        })
    }

    /// Whether nothing may be sent, called or mailed now: this is a copy, or was restored, and nobody has looked yet.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        self.muted.is_on()
    }

    /// A provider by name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&Arc<dyn CallWebhooks>> {
        self.providers.iter().find(|p| p.name() == name)
    }

    /// A provider's accounts by its name, where they can be read.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<&Arc<dyn CallAccount>> {
        self.accounts.iter().find(|account| account.name() == name)
    }
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("House")
    }
}
