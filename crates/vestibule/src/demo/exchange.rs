//! Plays Retell on this machine: keeps sending genuinely signed events to the server's own door, so that the
//! pages live.

use super::DemoError;
use super::event::{Event, signature};
use super::receiver::Receiver;
use super::teller::{Teller, Told};
use fastrand::Rng;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vestibule_model::{Outcome, UnixMs, World};

/// Calls of each tenant that are told at once when the demo begins.
const FRESH: usize = 8;
/// How long before now they were.
pub const FRESH_MS: i64 = 3 * 3_600_000;

/// A tenant's side of the exchange.
pub struct Line {
    /// Invents its calls.
    pub teller: Teller,
    /// Where events go.
    pub hook_url: String,
    /// What signs them.
    pub api_key: String,
}

/// The exchange.
pub struct Exchange {
    /// Time and randomness.
    pub world: World,
    /// The tenants.
    pub lines: Vec<Line>,
    /// Whose deliveries fail when they should.
    pub receiver: Arc<Receiver>,
    /// How many refusals make a dead letter.
    pub stubborn: u32,
}

/// What is told at once when the demo begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Forty calls, whose deliveries arrive, are retried, or die.
    Full,
    /// A call of each tenant; the first tenant's delivery dies when it has no dead letter.
    Short {
        /// Whether it has none.
        wants_dead_letter: bool,
    },
}

/// Whoever sends.
#[derive(Clone)]
struct Sender {
    client: reqwest::Client,
    world: World,
    stop: CancellationToken,
}

impl Exchange {
    /// Sends until told to stop.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn open(self, opening: Opening, stop: CancellationToken) -> Result<(), DemoError> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .user_agent("axios/1.7.9")
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|e| DemoError::Words(format!("the demo's HTTP client cannot be built: {e}")))?;
        let sender = Sender { client, world: self.world.clone(), stop };
        tokio::spawn(self.run(opening, sender));
        Ok(())
    }

    async fn run(mut self, opening: Opening, sender: Sender) {
        let mut rng = Rng::with_seed(u64::from_le_bytes(self.world.random()));
        self.begin(opening, &sender, &mut rng).await;
        while sender.pause(rng.u64(8_000..20_000)).await {
            let index = rng.usize(..self.lines.len().max(1));
            let Some(line) = self.lines.get_mut(index) else { return };
            let (lead_ms, analysis_ms) = (rng.i64(5_000..12_000), rng.i64(2_000..3_000));
            let now = self.world.now();
            let mut told = line.teller.call(now, None);
            if told.scene.is_connected() {
                // The beginning is told late, so that a call of minutes is over within seconds.
                told.scene.duration_ms = told.scene.duration_ms.max(lead_ms);
                told.scene.at = now.plus_ms(lead_ms - told.scene.duration_ms);
            }
            let (hook_url, api_key) = (line.hook_url.clone(), line.api_key.clone());
            tokio::spawn(live(sender.clone(), hook_url, api_key, told, lead_ms, analysis_ms));
        }
    }

    /// Tells of the calls of the last hours. Those whose deliveries die come first.
    async fn begin(&mut self, opening: Opening, sender: &Sender, rng: &mut Rng) {
        let rounds = if opening == Opening::Full { FRESH } else { 1 };
        for round in 0..rounds {
            for (number, line) in self.lines.iter_mut().enumerate() {
                let refusals = match (opening, round, number) {
                    (Opening::Full, 0, _) | (Opening::Full, 3, 0) => self.stubborn,
                    (Opening::Short { wants_dead_letter: true }, _, 0) => self.stubborn,
                    (Opening::Full, 1, _) => 1,
                    (Opening::Full, 2, 1 | 3) => 2,
                    _ => 0,
                };
                let now = self.world.now();
                let at = now.plus_ms(-rng.i64(300_000..FRESH_MS));
                let told = line.teller.call(at, (refusals == self.stubborn).then_some(Outcome::Booked));
                if refusals > 0 {
                    self.receiver.refuse(&told.ids.call, refusals);
                }
                let over = told.ended_at();
                let events: &[(Event, UnixMs)] = if round % 4 == 3 && told.scene.is_connected() {
                    &[
                        (Event::Started, at.plus_ms(35)),
                        (Event::Ended, over.plus_ms(300)),
                        (Event::Analyzed, over.plus_ms(5_000)),
                    ]
                } else {
                    &[(Event::Analyzed, over.plus_ms(5_000))]
                };
                for (event, sent_at) in events {
                    sender.send(&line.hook_url, &line.api_key, told.body(*event, *sent_at, true)).await;
                }
            }
        }
        tracing::info!("the demo's exchange has told of the last hours and goes on live");
    }
}

/// Tells of a call while it goes on.
async fn live(sender: Sender, hook_url: String, api_key: String, told: Told, lead_ms: i64, analysis_ms: i64) {
    let connected = told.scene.is_connected();
    if connected {
        sender.send(&hook_url, &api_key, told.body(Event::Started, sender.world.now(), true)).await;
    }
    let wait = |ms: i64| sender.pause(u64::try_from(ms).unwrap_or(0));
    if !wait(lead_ms).await {
        return;
    }
    sender.send(&hook_url, &api_key, told.body(Event::Ended, sender.world.now(), true)).await;
    if wait(analysis_ms).await {
        sender.send(&hook_url, &api_key, told.body(Event::Analyzed, sender.world.now(), true)).await;
    }
}

impl Sender {
    /// Waits; false when it is time to stop.
    async fn pause(&self, ms: u64) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = tokio::time::sleep(Duration::from_millis(ms)) => true,
        }
    }

    /// Sends an event as Retell does: signed, and again when it was not taken.
    async fn send(&self, hook_url: &str, api_key: &str, body: Vec<u8>) {
        for attempt in 1..=4_u64 {
            let signature = signature(api_key, &body, self.world.now());
            let request = self
                .client
                .post(hook_url)
                .header("content-type", "application/json")
                .header("x-retell-signature", signature)
                .body(body.clone());
            let sent = tokio::select! {
                () = self.stop.cancelled() => return,
                sent = request.send() => sent,
            };
            // A server that is stopping answers nobody; that is no news.
            if self.stop.is_cancelled() {
                return;
            }
            match sent {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => tracing::warn!(
                    http.status = answer.status().as_u16(),
                    attempt,
                    "the door refused an event of the demo"
                ),
                Err(error) => {
                    tracing::warn!(error = %error.without_url(), attempt, "an event of the demo did not arrive")
                }
            }
            if !self.pause(attempt * 500).await {
                return;
            }
        }
    }
}
