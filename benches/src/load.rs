//! The load generator, a process of its own: signs the events, sends them over connections that are kept, and
//! prints what it measured. It runs on one thread, and signing is done before the clock starts.

use crate::prepare::Target;
use crate::process;
use crate::samples::{self, Run, Samples};
use crate::say::{Outcome, say};
use crate::wire::Wire;
use crate::world;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use vestibule_vault::hmac_sha256;

/// What is to be sent, and where.
#[derive(Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The server.
    pub address: SocketAddr,
    /// The tenants, which take turns.
    pub targets: Vec<Target>,
    /// How many calls; each has three events.
    pub calls: usize,
    /// How many connections at once.
    pub connections: usize,
    /// Which events.
    pub run: Run,
}

/// What is printed when the clock starts.
pub const BEGIN: &str = "begin";

/// What was measured.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Load {
    /// From the first byte sent to the last acknowledgement.
    pub elapsed_ms: u64,
    /// How long an acknowledged request took: the half of them took no longer.
    pub p50_us: u64,
    /// Nine of ten.
    pub p90_us: u64,
    /// Ninety-nine of a hundred.
    pub p99_us: u64,
    /// The slowest.
    pub most_us: u64,
    /// Answers that asked to come back later.
    pub busy: u64,
    /// Bytes of bodies.
    pub bytes: u64,
    /// How long signing took beforehand.
    pub signing_ms: u64,
    /// Processor time while sending.
    pub cpu_ms: u64,
}

/// A signature is good for five minutes; long runs sign again in time.
const GOOD_FOR_MS: i64 = 240_000;

struct Sender<'a> {
    plan: &'a Plan,
    samples: Samples,
    signed_at_ms: i64,
    signatures: Vec<[u8; 32]>,
    next: Cell<usize>,
    busy: Cell<u64>,
    began: Instant,
}

/// Does what the plan says.
pub fn run(plan: &Path) -> Outcome {
    let plan: Plan = serde_json::from_slice(&std::fs::read(plan)?)?;
    let began = Instant::now();
    let mut sender = Sender {
        samples: Samples::new(plan.run),
        signed_at_ms: world::real().now().0,
        signatures: Vec::with_capacity(plan.calls * samples::EVENTS),
        next: Cell::new(0),
        busy: Cell::new(0),
        began,
        plan: &plan,
    };
    let bytes = sender.sign_all();
    let signing_ms = millis(began.elapsed());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(sender.send_all(bytes, signing_ms))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Sender<'_> {
    fn events(&self) -> usize {
        self.plan.calls * samples::EVENTS
    }

    fn sign_all(&mut self) -> u64 {
        let (mut body, mut bytes) = (Vec::new(), 0);
        for index in 0..self.events() {
            body.clear();
            let target = self.body(index, &mut body);
            let signature =
                hmac_sha256(target.key.as_bytes(), &[&body, self.signed_at_ms.to_string().as_bytes()]);
            self.signatures.push(signature);
            bytes += body.len() as u64;
        }
        bytes
    }

    /// Appends an event's body; whose it is.
    fn body(&self, index: usize, into: &mut Vec<u8>) -> &Target {
        let event = samples::event(index, self.plan.calls);
        let target = &self.plan.targets[event.call % self.plan.targets.len()];
        self.samples.write(event, &target.agent, into);
        target
    }

    async fn send_all(&mut self, bytes: u64, signing_ms: u64) -> Outcome {
        let mut wires = Vec::with_capacity(self.plan.connections);
        for _ in 0..self.plan.connections {
            wires.push(Wire::connect(self.plan.address).await?);
        }
        say(BEGIN);
        let cpu_before = process::cpu_ms(std::process::id());
        self.began = Instant::now();
        let me = &*self;
        let all = futures::future::try_join_all(wires.into_iter().map(|wire| me.work(wire))).await?;
        let elapsed_ms = millis(self.began.elapsed());
        let cpu_ms = process::cpu_ms(std::process::id()) - cpu_before;
        let mut waits = all.concat();
        waits.sort_unstable();
        let at = |hundredth: usize| waits.get(waits.len() * hundredth / 100).copied().unwrap_or_default();
        let load = Load {
            elapsed_ms,
            p50_us: at(50),
            p90_us: at(90),
            p99_us: at(99),
            most_us: waits.last().copied().unwrap_or_default(),
            busy: self.busy.get(),
            bytes,
            signing_ms,
            cpu_ms,
        };
        say(&serde_json::to_string(&load)?);
        Ok(())
    }

    /// Sends events over one connection until there are none left; how long each took, in microseconds.
    async fn work(&self, mut wire: Wire) -> Outcome<Vec<u64>> {
        let mut waits = Vec::new();
        let (mut request, mut body) = (Vec::new(), Vec::new());
        loop {
            let index = self.next.replace(self.next.get() + 1);
            if index >= self.events() {
                return Ok(waits);
            }
            loop {
                self.request(index, &mut request, &mut body);
                let began = Instant::now();
                let answer = wire.ask(&request).await?;
                match answer.status {
                    204 => {
                        waits.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
                        break;
                    }
                    503 => {
                        self.busy.set(self.busy.get() + 1);
                        let pause = answer.retry_after_s.unwrap_or(1);
                        tokio::time::sleep(Duration::from_secs(pause)).await;
                    }
                    other => {
                        let text = String::from_utf8_lossy(&answer.body).into_owned();
                        return Err(format!("event {index} was answered {other}: {text}").into());
                    }
                }
            }
        }
    }

    fn request(&self, index: usize, request: &mut Vec<u8>, body: &mut Vec<u8>) {
        body.clear();
        let target = self.body(index, body);
        let old = self.began.elapsed().as_millis() > u128::from(GOOD_FOR_MS.unsigned_abs());
        let (at_ms, signature) = if old {
            let now_ms = world::real().now().0;
            (now_ms, hmac_sha256(target.key.as_bytes(), &[body, now_ms.to_string().as_bytes()]))
        } else {
            (self.signed_at_ms, self.signatures[index])
        };
        request.clear();
        let head = format!(
            "POST /hooks/retell/{} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             x-retell-signature: v={at_ms},d={}\r\ncontent-length: {}\r\n\r\n",
            target.token,
            self.plan.address,
            hex::encode(signature),
            body.len()
        );
        request.extend_from_slice(head.as_bytes());
        request.extend_from_slice(body);
    }
}
