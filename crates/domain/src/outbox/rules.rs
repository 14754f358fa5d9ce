//! What follows an attempt: pure.
//!
//! An endpoint that is *down* (no connection, no answer, its proxy says so, or its workflow is switched off)
//! opens a circuit: its deliveries are parked without using up their attempts, and one of them is tried now
//! and then. An endpoint that *answers* with an error uses up attempts, and at the end the delivery is a dead
//! letter.

use vestibule_model::UnixMs;
use vestibule_ports::{Receipt, ReceiptKind};
use vestibule_store::queue::{Gate, Limits};

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It arrived.
    Delivered,
    /// It is tried again.
    Retry(UnixMs),
    /// It waits for its endpoint to come back; the attempt does not count.
    Parked(UnixMs),
    /// It is not tried again by itself.
    DeadLetter,
}

/// What is known of an endpoint's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Circuit {
    /// How often in a row it was down.
    pub failures_in_row: i64,
    /// Since when its deliveries are parked.
    pub open_since: Option<UnixMs>,
    /// When one of them may be tried.
    pub probe_at: Option<UnixMs>,
}

/// An endpoint's health: its circuit, and how long it has only failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// Its circuit.
    pub circuit: Circuit,
    /// Since when every attempt failed.
    pub failing_since: Option<UnixMs>,
    /// When one failed last, to the hour.
    pub last_failure_at: Option<UnixMs>,
}

/// An endpoint that only fails for so long is switched off.
const HOPELESS_AFTER_MS: i64 = 120 * 3_600_000;
/// Failures further apart than this do not make a row: nobody knows how the endpoint was in between.
const FAILURES_APART_MS: i64 = 24 * 3_600_000;
/// How often failing is written down.
const FAILURE_NOTED_MS: i64 = 3_600_000;
/// After this many failures in a row the circuit opens.
const OPENS_AT: i64 = 5;
/// A crash that takes an attempt with it does not count, but this many do.
pub const MOST_LOST: i64 = 10;

/// Whether a failure says that the endpoint is down, rather than that it did not like this delivery.
#[must_use]
pub fn is_down(receipt: &Receipt) -> bool {
    match receipt.error {
        Some(
            "timeout"
            | "connection_refused"
            | "connection_closed"
            | "dns_failed"
            | "tls_failed"
            | "workflow_not_active",
        ) => true,
        Some("http_status") => matches!(receipt.http_status, Some(429 | 502..=504)),
        _ => false,
    }
}

/// How long between two tries of an endpoint that is down: a minute, or less where its schedule is shorter.
fn probe_every(schedule_ms: &[i64]) -> i64 {
    schedule_ms.iter().copied().max().unwrap_or(60_000).clamp(1_000, 60_000)
}

/// The endpoint's health after an attempt.
#[must_use]
pub fn circuit_after(before: Circuit, receipt: &Receipt, schedule_ms: &[i64], now: UnixMs) -> Circuit {
    if !is_down(receipt) {
        return Circuit::default();
    }
    let failures_in_row = before.failures_in_row + 1;
    if before.open_since.is_some() || failures_in_row >= OPENS_AT {
        let open_since = before.open_since.or(Some(now));
        return Circuit {
            failures_in_row,
            open_since,
            probe_at: Some(now.plus_ms(probe_every(schedule_ms))),
        };
    }
    Circuit { failures_in_row, ..Circuit::default() }
}

/// What is known of a delivery when an attempt has come to its end.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// How many attempts counted before this one.
    pub before: i64,
    /// When attempts are made: milliseconds after the one before.
    pub schedule_ms: &'a [i64],
    /// When it was owed, the last time.
    pub owed_at: UnixMs,
    /// How long it may be parked, in milliseconds.
    pub park_for_ms: i64,
    /// By how many thousandths the wait is stretched or shortened: -100 to 100.
    pub jitter: i64,
}

/// What becomes of a delivery. `circuit` is the endpoint's health after this attempt.
#[must_use]
pub fn after_attempt(receipt: &Receipt, circuit: Circuit, tried: Tried<'_>, now: UnixMs) -> After {
    match receipt.kind {
        ReceiptKind::Delivered => return After::Delivered,
        ReceiptKind::Gone => return After::DeadLetter,
        ReceiptKind::Failed => {}
    }
    if circuit.open_since.is_some() && is_down(receipt) {
        return if now.since(tried.owed_at) >= tried.park_for_ms {
            After::DeadLetter
        } else {
            After::Parked(circuit.probe_at.unwrap_or(now))
        };
    }
    let next = usize::try_from(tried.before + 1).unwrap_or(usize::MAX);
    match tried.schedule_ms.get(next) {
        None => After::DeadLetter,
        Some(wait) => {
            let wait = wait + wait * tried.jitter / 1000;
            // A receiver that names a time knows better, within a day.
            let asked = receipt.retry_after_ms.unwrap_or(0).min(24 * 3_600_000);
            After::Retry(now.plus_ms(wait.max(asked)))
        }
    }
}

/// Whether an endpoint's deliveries may be claimed.
#[must_use]
pub fn gate(is_active: bool, circuit: Circuit, now: UnixMs) -> Gate {
    match (is_active, circuit.open_since, circuit.probe_at) {
        (false, ..) => Gate::Shut,
        (true, None, _) => Gate::Open,
        (true, Some(_), Some(at)) if at > now => Gate::Shut,
        (true, Some(_), _) => Gate::Probe,
    }
}

/// A gate under the endpoint's own limits: how many may be under way, and what its pace allows now and when it allows
/// more.
#[must_use]
pub fn within(gate: Gate, in_flight: usize, paced: Option<(usize, UnixMs)>) -> Gate {
    let (now, again_at) = paced.map_or((usize::MAX, None), |(count, at)| (count, Some(at)));
    match gate {
        Gate::Open => Gate::Within(Limits { in_flight, now, again_at }),
        Gate::Probe if now == 0 => Gate::Within(Limits { in_flight, now, again_at }),
        other => other,
    }
}

/// The endpoint's health after an attempt.
#[must_use]
pub fn health_after(before: Health, receipt: &Receipt, schedule_ms: &[i64], now: UnixMs) -> Health {
    let circuit = circuit_after(before.circuit, receipt, schedule_ms, now);
    if receipt.kind == ReceiptKind::Delivered {
        return Health { circuit, ..Health::default() };
    }
    match before.last_failure_at.map(|at| now.since(at)) {
        Some(ago) if ago < FAILURE_NOTED_MS => Health { circuit, ..before },
        Some(ago) if ago <= FAILURES_APART_MS => {
            Health { circuit, failing_since: before.failing_since.or(Some(now)), last_failure_at: Some(now) }
        }
        _ => Health { circuit, failing_since: Some(now), last_failure_at: Some(now) },
    }
}

/// Whether an endpoint has only failed for five days.
#[must_use]
pub fn is_hopeless(health: Health, now: UnixMs) -> bool {
    health.failing_since.is_some_and(|since| now.since(since) >= HOPELESS_AFTER_MS)
}
