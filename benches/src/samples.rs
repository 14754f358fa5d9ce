//! The samples' mix: the three events of a telephone call, byte for byte as in the provider's fixtures but for
//! the ids, the caller and the instants.

use serde::{Deserialize, Serialize};

const STARTED: &[u8] = include_bytes!("../../crates/providers/fixtures/retell/call_started.json");
const ENDED: &[u8] = include_bytes!("../../crates/providers/fixtures/retell/call_ended.json");
const ANALYZED: &[u8] = include_bytes!("../../crates/providers/fixtures/retell/call_analyzed.json");

const CALL: &str = "call_5b7c1e9d2f3a4b6c8d0e1f2a3b4";
const AGENT: &str = "agent_4f2d9a1b7c3e5d6f8a9b0c1d2e";
const CALLER: &str = "+18195550142";
const SID: &str = "CA5d0d0d8047bf685c3f0ff980fe62c123";
/// The instant at which the samples' call began, and the digits with which all its instants begin.
const BEGAN_MS: i64 = 1_795_219_200_000;
const BEGAN: &[u8] = b"17952192";

/// How many events a call has.
pub const EVENTS: usize = 3;
/// The events' names, in order.
pub const NAMES: [&str; EVENTS] = ["call_started", "call_ended", "call_analyzed"];

#[derive(Clone, Copy)]
enum Slot {
    Call,
    Agent,
    Caller,
    Sid,
    /// An instant, so many milliseconds after the call began.
    At(i64),
}

struct Sample {
    text: &'static [u8],
    slots: Vec<(usize, Slot)>,
}

impl Sample {
    fn new(text: &'static [u8]) -> Self {
        let mut slots = Vec::new();
        for (needle, slot) in
            [(CALL, Slot::Call), (AGENT, Slot::Agent), (CALLER, Slot::Caller), (SID, Slot::Sid)]
        {
            slots.extend(places(text, needle.as_bytes()).map(|at| (at, slot)));
        }
        for at in places(text, BEGAN) {
            let digits = text.get(at..at + 13).and_then(|d| std::str::from_utf8(d).ok());
            if let Some(instant) = digits.and_then(|d| d.parse::<i64>().ok()) {
                slots.push((at, Slot::At(instant - BEGAN_MS)));
            }
        }
        Self { text, slots }
    }
}

fn places<'a>(text: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    text.windows(needle.len()).enumerate().filter(move |(_, part)| *part == needle).map(|(at, _)| at)
}

/// Which event: its call, and which of the call's three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The call's number.
    pub call: usize,
    /// 0, 1 or 2.
    pub kind: usize,
}

/// How many calls are under way at the same time.
const WINDOW: usize = 256;

/// The order in which events are sent: of a window of calls first all beginnings, then all ends, then all
/// analyses. So the events of one call come in order but never side by side.
pub fn event(index: usize, calls: usize) -> Event {
    let first = index / (WINDOW * EVENTS) * WINDOW;
    let width = WINDOW.min(calls.saturating_sub(first)).max(1);
    let inside = index - first * EVENTS;
    Event { call: first + inside % width, kind: inside / width }
}

/// What makes the events of one run differ from those of another.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Run {
    /// Stands in every id.
    pub seed: u32,
    /// When the first call began.
    pub began_ms: i64,
}

/// Writes bodies.
pub struct Samples {
    all: [Sample; EVENTS],
    run: Run,
}

impl Samples {
    /// The samples for a run.
    pub fn new(run: Run) -> Self {
        Self { all: [STARTED, ENDED, ANALYZED].map(Sample::new), run }
    }

    /// Appends an event's body.
    pub fn write(&self, event: Event, agent: &str, into: &mut Vec<u8>) {
        let sample = &self.all[event.kind];
        let start = into.len();
        into.extend_from_slice(sample.text);
        let call = self.call_id(event.call);
        let caller = format!("+1819{:07}", 5_550_000 + event.call * 7919 % 10_000);
        let sid = format!("CA{:016x}{:016x}", self.run.seed, event.call);
        let began_ms = self.run.began_ms + i64::try_from(event.call).unwrap_or_default();
        for (at, slot) in &sample.slots {
            let mut put = |text: &str| into[start + at..][..text.len()].copy_from_slice(text.as_bytes());
            match slot {
                Slot::Call => put(&call),
                Slot::Agent => put(agent),
                Slot::Caller => put(&caller),
                Slot::Sid => put(&sid),
                Slot::At(after) => put(&(began_ms + after).to_string()),
            }
        }
    }

    /// The provider's id of a call.
    pub fn call_id(&self, call: usize) -> String {
        format!("call_{:08x}{call:019x}", self.run.seed)
    }

    /// A body's bytes.
    pub fn size(&self, kind: usize) -> usize {
        self.all[kind].text.len()
    }

    /// A sample as it is in the fixtures.
    pub fn text(&self, kind: usize) -> &'static [u8] {
        self.all[kind].text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_event_comes_once_and_in_its_calls_order() {
        for calls in [1, 5, WINDOW, WINDOW + 1, 3 * WINDOW + 17] {
            let all: Vec<_> = (0..calls * EVENTS).map(|i| event(i, calls)).collect();
            let distinct: HashSet<_> = all.iter().map(|e| (e.call, e.kind)).collect();
            assert_eq!(distinct.len(), calls * EVENTS, "{calls} calls");
            assert!(all.iter().all(|e| e.call < calls && e.kind < EVENTS));
            for call in [0, calls - 1] {
                let kinds: Vec<_> = all.iter().filter(|e| e.call == call).map(|e| e.kind).collect();
                assert_eq!(kinds, [0, 1, 2]);
            }
        }
    }

    #[test]
    fn bodies_differ_only_in_their_slots_and_are_json() {
        let samples = Samples::new(Run { seed: 7, began_ms: 1_795_300_000_000 });
        let agent = "agent_0123456789abcdef0123456789";
        for (kind, name) in NAMES.into_iter().enumerate() {
            let mut body = Vec::new();
            samples.write(Event { call: 12, kind }, agent, &mut body);
            assert_eq!(body.len(), samples.size(kind));
            let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(value["event"], name);
            assert_eq!(value["call"]["call_id"], samples.call_id(12));
            assert_eq!(value["call"]["agent_id"], agent);
            assert_eq!(value["call"]["start_timestamp"], 1_795_300_000_012_i64);
            let text = String::from_utf8(body).unwrap();
            assert!(![CALL, AGENT, CALLER, SID].iter().any(|old| text.contains(old)));
        }
    }
}
