//! Invents calls for a business. The same seed invents the same calls.

use super::calendar;
use super::callers::{self, Caller};
use super::cast::{Business, Language};
use super::event::{Event, Ids, body};
use super::scene::{Scene, play};
use super::script::{self, Script};
use fastrand::Rng;
use std::collections::HashSet;
use vestibule_model::{Outcome, UnixMs};

/// The seed of everything that is the same in every demo.
const SEED: u64 = 0x5645_5354_4942_554c;

/// Invents calls.
pub struct Teller {
    /// For whom.
    pub business: &'static Business,
    agent: String,
    rng: Rng,
    callers: Vec<Caller>,
    english: Vec<Script>,
    french: Vec<Script>,
    seen: HashSet<String>,
}

/// An invented call.
pub struct Told {
    business: &'static Business,
    /// How it went.
    pub scene: Scene,
    /// Its ids.
    pub ids: Ids,
}

impl Told {
    /// The body of one of its events.
    pub fn body(&self, event: Event, sent_at: UnixMs, every_word: bool) -> Vec<u8> {
        body(self.business, &self.scene, &self.ids, event, sent_at, every_word)
    }

    /// When it was over.
    pub fn ended_at(&self) -> UnixMs {
        self.scene.at.plus_ms(if self.scene.is_connected() { self.scene.duration_ms } else { 25_000 })
    }
}

/// A seed of a business's own.
pub fn seed_of(business: &Business) -> u64 {
    business.slug.bytes().fold(SEED, |seed, byte| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Teller {
    /// A teller for a business and its agent.
    ///
    /// # Errors
    /// A script that cannot be read; tests read them all.
    pub fn new(business: &'static Business, agent: &str, seed: u64) -> Result<Self, String> {
        // The people are always the same: who rang last week may ring today.
        let callers = callers::of(business, &mut Rng::with_seed(seed_of(business)));
        Ok(Self {
            business,
            agent: agent.to_owned(),
            rng: Rng::with_seed(seed),
            callers,
            english: script::of(business.trade, Language::English)?,
            french: script::of(business.trade, Language::French)?,
            seen: HashSet::new(),
        })
    }

    /// A call that begins at an instant; with a wish, one that leads to that outcome.
    pub fn call(&mut self, at: UnixMs, wish: Option<Outcome>) -> Told {
        let french = self.rng.u32(..100) < self.business.french_percent;
        let (scripts, language) =
            if french { (&self.french, Language::French) } else { (&self.english, Language::English) };
        let is_open = calendar::is_open(at);
        let weights = scripts.iter().map(|s| match wish {
            Some(outcome) if outcome != s.outcome => 0,
            _ if is_open => s.weight.0,
            _ => s.weight.1,
        });
        let script = scripts.get(calendar::weighted(&mut self.rng, weights)).unwrap_or(&scripts[0]);
        let caller = choose(&self.callers, language, script.outcome == Outcome::Spam, &mut self.rng);
        let mut scene = play(self.business, script, caller, at, &mut self.rng);
        scene.is_anonymous = !script.is_outbound && self.rng.u32(..100) < 2;
        scene.is_web =
            !script.is_outbound && !scene.is_anonymous && scene.is_connected() && self.rng.u32(..100) < 3;
        scene.is_known = !self.seen.insert(caller.number.clone());
        let ids = Ids::draw(&self.agent, &mut self.rng);
        Told { business: self.business, scene, ids }
    }
}

/// Whoever rings: a third of the calls come from an eighth of the callers, and spam from numbers of its own.
fn choose<'c>(callers: &'c [Caller], language: Language, is_spam: bool, rng: &mut Rng) -> &'c Caller {
    let count = callers.len();
    let (regulars, decent) = ((count / 8).max(1), (count * 19 / 20).max(1));
    let mut caller = &callers[0];
    for _ in 0..60 {
        let index = match (is_spam, rng.u32(..3)) {
            (true, _) => rng.usize(decent.min(count - 1)..count),
            (false, 0) => rng.usize(..regulars),
            (false, _) => rng.usize(..decent),
        };
        caller = callers.get(index).unwrap_or(caller);
        if caller.language == language {
            break;
        }
    }
    caller
}
