//! What calls amount to: sums of groups of calls, in all, by day, and by what tells them apart.

use crate::Result;
use crate::calls::{self, Group};
use crate::usage::Days;
use std::collections::BTreeMap;
use vestibule_model::{Direction, Outcome, Status};
use vestibule_store::TenantTx;

/// Sums over calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// How many.
    pub calls: i64,
    /// From callers to the business.
    pub inbound: i64,
    /// From the business.
    pub outbound: i64,
    /// That are over.
    pub ended: i64,
    /// That the receptionist dealt with: booked, message taken, transferred or answered.
    pub answered: i64,
    /// That led to an appointment.
    pub booked: i64,
    /// In which a message was taken.
    pub messages: i64,
    /// That were put through to a person.
    pub transferred: i64,
    /// That never connected.
    pub missed: i64,
    /// That a fault ended or prevented.
    pub failed: i64,
    /// How long they lasted, in milliseconds.
    pub duration_ms: i64,
    /// How many of those that are over have a price.
    pub priced: i64,
    /// What providers charge, in micro-USD.
    pub cost_micros: i64,
    /// That the receptionist dealt with alone: booked, message taken or answered.
    pub alone: i64,
    /// How long those lasted, in milliseconds.
    pub alone_ms: i64,
}

/// Sums of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFigures {
    /// `YYYY-MM-DD`.
    pub day: String,
    /// Its sums.
    pub figures: Figures,
}

/// Calls that are alike in one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// In what; `None` where nothing is known of it.
    pub name: Option<String>,
    /// How many.
    pub calls: i64,
    /// How long they lasted, in milliseconds.
    pub duration_ms: i64,
    /// What providers charge, in micro-USD.
    pub cost_micros: i64,
}

/// Everything that is counted of the calls of some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFigures {
    /// In all.
    pub total: Figures,
    /// Of each day, also of those without calls, the first one first.
    pub days: Vec<DayFigures>,
    /// By where they stand.
    pub by_status: Vec<Part>,
    /// By what they led to.
    pub by_outcome: Vec<Part>,
    /// By who called whom.
    pub by_direction: Vec<Part>,
    /// By who told of them.
    pub by_provider: Vec<Part>,
}

impl Figures {
    fn add(&mut self, group: &Group) {
        let n = group.calls;
        let counted = |is_so: bool| if is_so { n } else { 0 };
        let is = |outcome: Outcome| counted(group.outcome == Some(outcome));
        self.calls += n;
        self.inbound += counted(group.direction == Some(Direction::Inbound));
        self.outbound += counted(group.direction == Some(Direction::Outbound));
        self.ended += counted(group.status.is_over());
        self.booked += is(Outcome::Booked);
        self.messages += is(Outcome::MessageTaken);
        self.transferred += is(Outcome::Transferred);
        self.missed += is(Outcome::Missed);
        self.failed += is(Outcome::Failed);
        self.duration_ms += group.duration_ms;
        self.priced += group.priced;
        self.cost_micros += group.cost_micros;
        let alone = is(Outcome::Booked) + is(Outcome::MessageTaken) + is(Outcome::Answered);
        self.answered += alone + is(Outcome::Transferred);
        self.alone += alone;
        if alone > 0 {
            self.alone_ms += group.duration_ms;
        }
    }

    /// The part of the calls that are over that the receptionist dealt with; `None` when none is over.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a share is not exact to the last digit")]
        (self.ended > 0).then(|| self.answered as f64 / self.ended as f64)
    }
}

fn parts<K: Ord>(
    groups: &[Group],
    key: impl Fn(&Group) -> Option<K>,
    name: impl Fn(&K) -> String,
) -> Vec<Part> {
    let mut found: BTreeMap<Option<K>, Part> = BTreeMap::new();
    for group in groups {
        let key = key(group);
        let empty = Part { name: key.as_ref().map(&name), calls: 0, duration_ms: 0, cost_micros: 0 };
        let part = found.entry(key).or_insert(empty);
        part.calls += group.calls;
        part.duration_ms += group.duration_ms;
        part.cost_micros += group.cost_micros;
    }
    found.into_values().collect()
}

/// Adds groups up. Groups of other days are not among them.
pub(super) fn add_up(days: &Days, groups: &[Group]) -> CallFigures {
    let mut total = Figures::default();
    let mut each: BTreeMap<&str, Figures> = BTreeMap::new();
    for group in groups {
        total.add(group);
        each.entry(&group.day).or_default().add(group);
    }
    let of = |day: String| DayFigures { figures: each.get(day.as_str()).copied().unwrap_or_default(), day };
    CallFigures {
        total,
        days: days.each().map(of).collect(),
        by_status: parts(groups, |g| Some(g.status), |s: &Status| s.to_string()),
        by_outcome: parts(groups, |g| g.outcome, Outcome::to_string),
        by_direction: parts(groups, |g| g.direction, Direction::to_string),
        by_provider: parts(groups, |g| Some(g.provider.clone()), Clone::clone),
    }
}

/// What the calls of some days amount to.
///
/// # Errors
/// [`crate::Error`] as the database says.
pub async fn figures(tx: &mut TenantTx<'_>, days: &Days) -> Result<CallFigures> {
    Ok(add_up(days, &calls::groups(tx, &days.since(), &days.until()).await?))
}
