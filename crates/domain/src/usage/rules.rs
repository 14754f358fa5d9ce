//! What the time was worth that nobody had to spend at the telephone. An estimate, from assumptions that its owner sets.

use crate::usage::{Figures, Worth};

/// The currency of what providers charge.
pub const COST_CURRENCY: &str = "USD";

/// An estimate, with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// What an hour is worth, and what follows a call.
    pub worth: Worth,
    /// Calls that the receptionist dealt with alone: those that were put through cost a person's time all the same.
    pub calls: i64,
    /// How long those lasted, in milliseconds.
    pub talk_ms: i64,
    /// What would have followed them, in milliseconds.
    pub after_call_ms: i64,
    /// The time saved, in milliseconds.
    pub saved_ms: i64,
    /// What that is worth, in millionths of the tenant's currency.
    pub value_micros: i64,
    /// What providers charged for all calls, in micro-USD.
    pub cost_micros: i64,
    /// Worth less cost; `None` where they are in two currencies.
    pub net_micros: Option<i64>,
    /// Worth ÷ cost; `None` where they are in two currencies, or nothing was charged.
    pub ratio: Option<f64>,
}

/// Estimates from sums over calls. Money and time are integers, rounded towards nought.
#[must_use]
pub fn estimate(figures: &Figures, worth: &Worth) -> Estimate {
    let after_call_ms = figures.alone.saturating_mul(worth.after_call_ms);
    let saved_ms = figures.alone_ms.saturating_add(after_call_ms);
    let value = i128::from(saved_ms) * i128::from(worth.hourly_micros) / 3_600_000;
    let value_micros = i64::try_from(value).unwrap_or(i64::MAX);
    let is_comparable = worth.currency == COST_CURRENCY;
    #[expect(clippy::cast_precision_loss, reason = "a ratio is not exact to the last digit")]
    let ratio =
        (is_comparable && figures.cost_micros > 0).then(|| value_micros as f64 / figures.cost_micros as f64);
    Estimate {
        worth: worth.clone(),
        calls: figures.alone,
        talk_ms: figures.alone_ms,
        after_call_ms,
        saved_ms,
        value_micros,
        cost_micros: figures.cost_micros,
        net_micros: is_comparable.then(|| value_micros.saturating_sub(figures.cost_micros)),
        ratio,
    }
}
