//! What every handler has at hand.

use crate::doors::Budget;
use crate::health::Found;
use crate::limits::{LimitSettings, Limits, Proxies};
use metrics_exporter_prometheus::PrometheusHandle;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;
use vestibule_access::Mint;
use vestibule_domain::{House, connections};
use vestibule_ports::Recordings;

/// The prometheus figures, where they are recorded.
pub type Figures = Option<PrometheusHandle>;

/// What every handler has at hand: cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The rooms.
    pub house: Arc<House>,
    /// The right to make scopes.
    pub(crate) mint: Mint,
    /// Names this run of the program in event ids.
    pub(crate) epoch: Arc<str>,
    pub(crate) figures: Figures,
    pub(crate) budget: Budget,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) recordings: Arc<dyn Recordings>,
    pub(crate) found: Arc<Found>,
    pub(crate) secure_cookies: bool,
    pub(crate) limits: Arc<Limits>,
    pub(crate) proxies: Arc<Proxies>,
    /// Cancelled when the doors close: event streams end, so that nobody waits for them.
    pub(crate) closing: CancellationToken,
}

impl App {
    /// The street's state.
    #[must_use]
    pub fn new(
        house: Arc<House>,
        mint: Mint,
        figures: Figures,
        recordings: Arc<dyn Recordings>,
        closing: CancellationToken,
    ) -> Self {
        let epoch = hex::encode(house.world.random::<6>()).into();
        let secure_cookies = house.settings.public_url.starts_with("https://");
        let limits = Arc::new(Limits::new(LimitSettings::default(), house.world.clock.clone()));
        Self {
            house,
            mint,
            epoch,
            figures,
            budget: Budget::default(),
            refusals: Arc::default(),
            recordings,
            found: Arc::default(),
            secure_cookies,
            limits,
            proxies: Arc::default(),
            closing,
        }
    }

    /// The same with limits, and with proxies that are believed. Without this there are neither.
    #[must_use]
    pub fn limited(mut self, settings: LimitSettings, proxies: Proxies) -> Self {
        self.limits = Arc::new(Limits::new(settings, self.house.world.clock.clone()));
        self.proxies = Arc::new(proxies);
        self
    }
}

/// Refused requests, counted in memory and written down every few seconds.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<(String, &'static str), i64>>);

/// The most doors and reasons counted between two writes: a flood of invented paths counts as one.
const MOST: usize = 1000;

impl Refusals {
    pub(crate) fn count(&self, door: &str, reason: &'static str) {
        metrics::counter!("vestibule_refused_total", "reason" => reason).increment(1);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = if counts.len() < MOST { door.to_owned() } else { "other".to_owned() };
        *counts.entry((key, reason)).or_default() += 1;
    }

    pub(crate) async fn flush(&self, house: &House) -> vestibule_domain::Result<()> {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if counts.is_empty() {
            return Ok(());
        }
        let rows = counts.iter().map(|((door, reason), n)| (door.clone(), *reason, *n)).collect();
        let written = connections::refuse(house, rows).await;
        if written.is_err() {
            let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, n) in counts {
                *now.entry(key).or_default() += n;
            }
        }
        written
    }
}
