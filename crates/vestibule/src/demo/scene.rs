//! A script played out: who said what when, and what it led to.

use super::calendar;
use super::callers::{Caller, pick};
use super::cast::{Business, Language};
use super::script::{Line, Script, fill};
use fastrand::Rng;
use jiff::civil::DateTime;
use serde_json::{Value, json};
use vestibule_model::UnixMs;

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The receptionist.
    Agent,
    /// The caller.
    Caller,
}

/// A moment of a call.
#[derive(Debug, Clone)]
pub enum Beat {
    /// Somebody speaks, from and to milliseconds after the beginning.
    Said {
        /// Who.
        who: Who,
        /// What.
        text: String,
        /// From when.
        start_ms: i64,
        /// Until when.
        end_ms: i64,
    },
    /// The receptionist uses a tool.
    Used {
        /// Which.
        tool: &'static str,
        /// With what.
        arguments: Value,
        /// What came back.
        result: Value,
    },
}

/// A call as it went.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The script.
    pub script: Script,
    /// Who rang; nobody we can name when the number is withheld.
    pub caller: Caller,
    /// Whether the number is withheld.
    pub is_anonymous: bool,
    /// Whether it came from a web page.
    pub is_web: bool,
    /// Whether this caller has rung before.
    pub is_known: bool,
    /// The language.
    pub language: Language,
    /// When it began.
    pub at: UnixMs,
    /// How long it lasted.
    pub duration_ms: i64,
    /// What was said and done.
    pub beats: Vec<Beat>,
    /// The summary.
    pub summary: String,
    /// Retell's sentiment.
    pub mood: &'static str,
    /// Retell's disconnection reason.
    pub ended_by: &'static str,
    /// The appointment that was made.
    pub appointment: Option<DateTime>,
    /// What it was about.
    pub topic: Option<String>,
    /// From question to answer, in milliseconds.
    pub latencies: Vec<i64>,
}

impl Scene {
    /// Whether it was ever connected.
    pub fn is_connected(&self) -> bool {
        !matches!(
            self.ended_by,
            "dial_no_answer"
                | "dial_busy"
                | "dial_failed"
                | "user_declined"
                | "invalid_destination"
                | "registered_call_timeout"
        )
    }
}

/// Plays a script.
pub fn play(business: &Business, script: &Script, caller: &Caller, at: UnixMs, rng: &mut Rng) -> Scene {
    // Robots speak English or French, whoever they ring.
    let language = caller.language;
    let when = calendar::appointment(business.trade, at, script.is_soon, rng);
    let words = words(business, script, caller, at, when, rng);
    let mut stage = Stage { clock_ms: rng.i64(300..900), beats: Vec::new(), latencies: Vec::new() };
    if !script.is_outbound {
        stage.say(Who::Agent, greeting(business, language, at, rng), rng);
    }
    for line in &script.lines {
        match *line {
            Line::Agent(text) => stage.say(Who::Agent, fill(text, &words, rng), rng),
            Line::Caller(text) => stage.say(Who::Caller, fill(text, &words, rng), rng),
            Line::Tool(tool) => stage.use_tool(tool, &words, when, rng),
        }
    }
    let topic = script
        .sets
        .iter()
        .find(|(name, _)| matches!(*name, "problem" | "topic" | "grievance" | "ask" | "why"));
    let topic =
        topic.and_then(|(name, _)| words.iter().find(|(word, _)| word == name)).map(|(_, text)| text.clone());
    Scene {
        is_anonymous: false,
        is_web: false,
        is_known: false,
        caller: caller.clone(),
        language,
        at,
        duration_ms: stage.clock_ms + rng.i64(400..2500),
        beats: stage.beats,
        latencies: stage.latencies,
        summary: fill(script.summary, &words, rng),
        mood: pick(rng, &script.moods, "Neutral"),
        ended_by: pick(rng, &script.ends, "user_hangup"),
        appointment: (script.outcome == vestibule_model::Outcome::Booked).then_some(when),
        topic,
        script: script.clone(),
    }
}

fn words(
    business: &Business,
    script: &Script,
    caller: &Caller,
    at: UnixMs,
    when: DateTime,
    rng: &mut Rng,
) -> Vec<(&'static str, String)> {
    let language = caller.language;
    let (daypart, hello) = calendar::daypart(at, language);
    let (shop, hours) = match language {
        Language::English => (business.shop.0, business.hours.0),
        Language::French => (business.shop.1, business.hours.1),
    };
    // Drawn words come first: they may hold others.
    let drawn = script.sets.iter().map(|(name, choices)| (*name, pick(rng, choices, "").to_owned()));
    let mut words: Vec<(&'static str, String)> = drawn.collect();
    words.extend([
        ("name", caller.name.clone()),
        ("dear", caller.dear.clone()),
        ("phone", caller.spoken_number()),
        ("address", caller.address.clone()),
        ("email", format!("{}.", caller.email)),
        ("day", calendar::spoken_day(when, language)),
        ("time", calendar::spoken_time(when, language)),
        ("company", business.company.to_owned()),
        ("agent", business.agent.to_owned()),
        ("boss", business.boss.to_owned()),
        ("shop", shop.to_owned()),
        ("hours", hours.to_owned()),
        ("daypart", daypart.to_owned()),
        ("hello", hello.to_owned()),
    ]);
    words
}

fn greeting(business: &Business, language: Language, at: UnixMs, rng: &mut Rng) -> String {
    let words = [
        ("company", business.company.to_owned()),
        ("agent", business.agent.to_owned()),
        ("hello", calendar::daypart(at, language).1.to_owned()),
    ];
    let text = match (language, calendar::is_open(at)) {
        (Language::English, true) => {
            "Thank you for calling {company}, this is {agent}, the virtual assistant. How can I help you[ today|]?"
        }
        (Language::English, false) => {
            "Thank you for calling {company}. We're closed at the moment, but I'm {agent}, the virtual assistant, and I can help you right away. What can I do for you?"
        }
        (Language::French, true) => {
            "{company}, {hello}! [Ici {agent}, l'assistante virtuelle.|Vous parlez à {agent}, l'assistante virtuelle.] Comment puis-je vous aider?"
        }
        (Language::French, false) => {
            "{company}, {hello}! Nous sommes fermés en ce moment, mais je suis {agent}, l'assistante virtuelle, et je peux m'occuper de vous. Que puis-je faire pour vous?"
        }
    };
    fill(text, &words, rng)
}

struct Stage {
    clock_ms: i64,
    beats: Vec<Beat>,
    latencies: Vec<i64>,
}

impl Stage {
    fn say(&mut self, who: Who, text: String, rng: &mut Rng) {
        let pause = match who {
            Who::Agent if self.beats.is_empty() => 0,
            Who::Agent => {
                let slow = if rng.u32(..30) == 0 { 1400 } else { 0 };
                let latency = rng.i64(620..1450) + slow;
                self.latencies.push(latency);
                latency
            }
            Who::Caller => rng.i64(250..1100),
        };
        let spoken = i64::try_from(text.split_whitespace().count()).unwrap_or(0) * rng.i64(300..370);
        let start_ms = self.clock_ms + pause;
        let end_ms = start_ms + spoken.max(400);
        self.clock_ms = end_ms;
        self.beats.push(Beat::Said { who, text, start_ms, end_ms });
    }

    fn use_tool(
        &mut self,
        tool: &'static str,
        words: &[(&'static str, String)],
        when: DateTime,
        rng: &mut Rng,
    ) {
        let word =
            |name: &str| words.iter().find(|(w, _)| *w == name).map(|(_, v)| v.clone()).unwrap_or_default();
        let (date, time) = (when.date().to_string(), when.strftime("%H:%M").to_string());
        let about = ["problem", "topic", "grievance"].iter().map(|w| word(w)).find(|t| !t.is_empty());
        let (arguments, result) = match tool {
            "check_availability" => (json!({ "date": date }), json!({ "ok": true, "slots": [time] })),
            "take_message" => (
                json!({ "name": word("name"), "phone": word("phone"), "message": about }),
                json!({ "ok": true }),
            ),
            "transfer_call" => (json!({ "to": word("boss") }), json!({ "ok": true })),
            _ => (
                json!({ "date": date, "time": time, "name": word("name"), "service": about }),
                json!({ "ok": true, "appointment_id": format!("apt_{:06}", rng.u32(..1_000_000)) }),
            ),
        };
        self.clock_ms += rng.i64(500..1500);
        self.beats.push(Beat::Used { tool, arguments, result });
    }
}
