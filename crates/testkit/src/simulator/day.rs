//! A day: its calls, and what the providers send of them. Times are real, only closer together than on other days: a
//! connection is compared from the moment it was made on, so its calls happen after it, and last seconds.

use super::{Accounts, Call, End, Person, Provider, Told, people, retell, twilio, vapi};
use vestibule_model::UnixMs;

/// Events of an agent's provider that never arrive, of a hundred.
const LOST: u8 = 30;
/// Twilio's status callbacks that never arrive, of a hundred.
const LOST_BY_TWILIO: u8 = 10;
/// The longest that an event is on its way, in milliseconds.
const LATEST_MS: i64 = 1_500;

/// What kind of a day it is.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Decides everything that is left open.
    pub seed: u64,
    /// How many calls.
    pub calls: usize,
    /// How many tenants.
    pub tenants: usize,
    /// When the first call begins. A second or more after the connections were made: Twilio counts in seconds.
    pub begin: UnixMs,
    /// How long after it the last one begins, in milliseconds.
    pub length_ms: i64,
}

/// A day.
#[derive(Debug)]
pub struct Day {
    /// The tenants' accounts.
    pub accounts: Vec<Accounts>,
    /// Its calls.
    pub calls: Vec<Call>,
    /// What is sent, the earliest first.
    pub events: Vec<Event>,
    /// How many events that the list has to make up for are lost, for each call; by the provider that lost it.
    lost: Vec<(usize, Provider)>,
}

/// A request on its way to us.
#[derive(Debug, Clone)]
pub struct Event {
    /// When it arrives.
    pub due: UnixMs,
    /// Whose it is.
    pub tenant: usize,
    /// Who sends it.
    pub provider: Provider,
    /// What it is.
    pub name: &'static str,
    /// Its body.
    pub body: Vec<u8>,
    /// How often it is sent.
    pub times: usize,
}

impl Day {
    /// Makes a day up. The same plan makes the same day.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        let mut random = fastrand::Rng::with_seed(plan.seed);
        let accounts: Vec<Accounts> = (0..plan.tenants).map(Accounts::of).collect();
        // Few enough that they call again, and several of the businesses.
        let callers = people::people((plan.calls / 4).max(3));
        let calls: Vec<Call> = (0..plan.calls).map(|n| call(&mut random, plan, &callers, n)).collect();
        let mut day = Self { accounts, calls, events: Vec::new(), lost: Vec::new() };
        for n in 0..day.calls.len() {
            let call = &day.calls[n];
            let own = &day.accounts[call.tenant];
            let mut tellers = vec![call.teller];
            tellers.extend(call.carried.as_ref().map(|_| Provider::Twilio));
            for provider in tellers {
                let told = match provider {
                    Provider::Retell => retell::told(call, own),
                    Provider::Vapi => vapi::told(call, own),
                    Provider::Twilio => twilio::told(call, own),
                };
                let tenant = call.tenant;
                let (events, is_telling_lost) = on_their_way(&mut random, tenant, provider, told);
                day.events.extend(events);
                day.lost.extend(is_telling_lost.then_some((n, provider)));
            }
        }
        day.events.sort_by_key(|event| event.due);
        day
    }

    /// How many events of a tenant's connection must be found again in the provider's list: one for each call of which
    /// the last event was lost. What an event before it said, the last one says too.
    #[must_use]
    pub fn gaps(&self, tenant: usize, provider: Provider) -> usize {
        let is_such = |(n, of): &&(usize, Provider)| self.calls[*n].tenant == tenant && *of == provider;
        self.lost.iter().filter(is_such).count()
    }

    /// Whether the last event of a call's teller, or of who carried it, was lost.
    #[must_use]
    pub fn has_gap(&self, call: usize) -> bool {
        self.lost.iter().any(|(n, _)| *n == call)
    }

    /// When the last of it arrives.
    #[must_use]
    pub fn end(&self) -> UnixMs {
        self.events.last().map_or(UnixMs(0), |event| event.due)
    }
}

fn call(random: &mut fastrand::Rng, plan: Plan, callers: &[Person], n: usize) -> Call {
    let count = i64::try_from(plan.calls.max(1)).unwrap_or(1);
    let at = plan.begin.plus_ms(plan.length_ms * i64::try_from(n).unwrap_or(0) / count + random.i64(0..50));
    let is_carried = n.is_multiple_of(10);
    let teller = match random.u8(..10) {
        0..4 => Provider::Retell,
        4..8 => Provider::Vapi,
        _ if is_carried => Provider::Retell,
        _ => Provider::Twilio,
    };
    let end = match (teller, random.u8(..20)) {
        (Provider::Twilio, 0..8) => End::Answered,
        (_, 0..6) => End::Booked,
        (_, 6..10) => End::Answered,
        (Provider::Twilio, 10..12) => End::Transferred,
        (_, 10..12) => End::Message,
        (_, 12..14) => End::Transferred,
        // Whoever carries it answered it.
        _ if is_carried => End::Booked,
        (_, 14..16) => End::Voicemail,
        (_, 16) => End::Busy,
        (_, 17..19) => End::NoAnswer,
        _ => End::Failed,
    };
    let goes_out = end.goes_out() || (teller == Provider::Twilio && end == End::Failed);
    let is_outbound = goes_out || (!is_carried && random.u8(..10) == 0);
    let is_withheld = !is_outbound && random.u8(..20) == 0;
    let person = (!is_withheld).then(|| callers[random.usize(..callers.len())].clone());
    let is_said = matches!(end, End::Booked | End::Answered | End::Message) && teller != Provider::Twilio;
    // Twilio counts in seconds.
    let step = if teller == Provider::Twilio { 1_000 } else { 1 };
    let started_at = UnixMs(at.0 / step * step);
    let lasts_ms = random.i64(800..4_000).max(step) / step * step;
    let mut call = Call {
        tenant: random.usize(..plan.tenants),
        teller,
        id: match teller {
            Provider::Retell => format!("call_{:024x}{n:04x}", random.u64(..)),
            Provider::Vapi => format!("{:08x}-0000-4000-8000-{n:012x}", random.u32(..)),
            Provider::Twilio => sid(random),
        },
        carried: is_carried.then(|| sid(random)),
        person,
        is_named: is_said && !is_withheld && random.u8(..10) < 7,
        is_outbound,
        end,
        started_at,
        ended_at: started_at.plus_ms(lasts_ms),
        cost_micros: Some(random.i64(8_000..400_000)),
    };
    if !call.is_connected() {
        call.cost_micros = (teller != Provider::Twilio).then_some(0);
    }
    call
}

fn sid(random: &mut fastrand::Rng) -> String {
    format!("CA{:032x}", random.u128(..))
}

/// What becomes of a provider's events of one call; and whether the one that matters most is lost.
fn on_their_way(
    random: &mut fastrand::Rng,
    tenant: usize,
    provider: Provider,
    told: Vec<Told>,
) -> (Vec<Event>, bool) {
    let (mut events, mut is_telling_lost) = (Vec::new(), false);
    let odds = if provider == Provider::Twilio { LOST_BY_TWILIO } else { LOST };
    let last = told.iter().map(|told| told.at).max();
    let is_turned_round = random.u8(..100) < 12;
    let count = i64::try_from(told.len()).unwrap_or(0);
    for (told, n) in told.into_iter().zip(0_i64..) {
        if told.is_lossy && random.u8(..100) < odds {
            is_telling_lost |= told.is_telling;
            continue;
        }
        let due = match last.filter(|_| is_turned_round) {
            Some(last) => last.plus_ms((count - n) * 60),
            None if random.u8(..10) < 3 => told.at.plus_ms(random.i64(200..LATEST_MS)),
            None => told.at.plus_ms(random.i64(5..200)),
        };
        let times = match random.u8(..100) {
            0..15 => 2,
            15..20 => 3,
            _ => 1,
        };
        events.push(Event { due, tenant, provider, name: told.name, body: told.body, times });
    }
    (events, is_telling_lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan =
        Plan { seed: 7, calls: 400, tenants: 4, begin: UnixMs(1_795_219_200_000), length_ms: 28_000 };

    #[test]
    fn a_seed_makes_one_day() {
        let (one, same) = (Day::of(PLAN), Day::of(PLAN));
        let bodies = |day: &Day| day.events.iter().map(|e| (e.due, e.body.clone())).collect::<Vec<_>>();
        assert_eq!(bodies(&one), bodies(&same));
        assert_ne!(bodies(&one), bodies(&Day::of(Plan { seed: 8, ..PLAN })));
    }

    #[test]
    fn a_day_has_everything_in_it() {
        let day = Day::of(PLAN);
        let some = |is: &dyn Fn(&Call) -> bool| day.calls.iter().filter(|call| is(call)).count();
        assert_eq!(some(&|call| call.carried.is_some()), 40);
        for provider in Provider::ALL {
            assert!(some(&|call| call.teller == provider) > 20, "{provider:?}");
            assert!((0..4).any(|tenant| day.gaps(tenant, provider) > 0), "{provider:?}");
        }
        for status in ["COMPLETED", "BUSY", "NO_ANSWER", "FAILED"] {
            assert!(some(&|call| call.status() == status) > 0, "{status}");
        }
        assert!(some(&|call| call.person.is_none()) > 0);
        assert!(day.events.iter().any(|event| event.times == 3));
        let of = |n: usize| {
            let numbers = day.calls.iter().filter(move |call| call.tenant == n);
            numbers
                .filter_map(|call| call.person.as_ref())
                .map(|p| &p.number)
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert!(of(0).intersection(&of(1)).count() > 0, "nobody calls two businesses");
    }
}
