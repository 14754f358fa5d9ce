//! Conversations as data. A script begins with `= name`; then come headers, one a line, and the turns:
//!
//! ```text
//! outcome BOOKED            what the call leads to
//! intent booking            why the caller rings
//! weight 8/3                how often, when the business is open / closed
//! mood Positive|Neutral     Retell's sentiment, one of these
//! ends agent_hangup         Retell's disconnection reason, one of these
//! slot soon                 the appointment is today or tomorrow
//! urgency high              goes into the analysis
//! direction outbound        the business rings
//! storage basic…            Retell keeps no transcript of it
//! set name: one | another   a word of this call, the same wherever `{name}` stands
//! sum …                     the summary
//! A …   C …   T tool        the agent speaks, the caller speaks, the agent uses a tool
//! ```
//!
//! In texts `{word}` is filled in and `[one|another]` is drawn anew at each place.

use super::cast::{Language, Trade};
use vestibule_model::{Intent, Outcome};

/// One turn of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The agent says.
    Agent(&'static str),
    /// The caller says.
    Caller(&'static str),
    /// The agent uses a tool.
    Tool(&'static str),
}

/// One conversation, before it is filled in.
#[derive(Debug, Clone)]
pub struct Script {
    /// Its name, for tests.
    pub name: &'static str,
    /// What the call leads to.
    pub outcome: Outcome,
    /// Why the caller rings.
    pub intent: Option<Intent>,
    /// How often, when the business is open and when it is closed.
    pub weight: (u32, u32),
    /// Retell's sentiments to draw from.
    pub moods: Vec<&'static str>,
    /// Retell's disconnection reasons to draw from.
    pub ends: Vec<&'static str>,
    /// Whether the business rings.
    pub is_outbound: bool,
    /// Whether the appointment is today or tomorrow.
    pub is_soon: bool,
    /// Whether it cannot wait.
    pub is_urgent: bool,
    /// Whether Retell keeps no transcript.
    pub is_basic: bool,
    /// Words of the call, to draw from.
    pub sets: Vec<(&'static str, Vec<&'static str>)>,
    /// The summary.
    pub summary: &'static str,
    /// The turns.
    pub lines: Vec<Line>,
}

impl Script {
    /// Whether a word is said in any turn.
    pub fn says(&self, word: &str) -> bool {
        let word = format!("{{{word}}}");
        self.lines.iter().any(|line| match line {
            Line::Agent(text) | Line::Caller(text) => text.contains(&word),
            Line::Tool(_) => false,
        })
    }
}

/// The scripts of a trade in a language: its own, and those that every trade has.
///
/// # Errors
/// The line that cannot be read; tests read every file.
pub fn of(trade: Trade, language: Language) -> Result<Vec<Script>, String> {
    let (every, own) = match language {
        Language::English => {
            let own = match trade {
                Trade::Heating => include_str!("scripts/hvac.en.txt"),
                Trade::Plumbing => include_str!("scripts/plumbing.en.txt"),
                Trade::Dental => include_str!("scripts/dental.en.txt"),
                Trade::Hair => include_str!("scripts/salon.en.txt"),
                Trade::Garage => include_str!("scripts/garage.en.txt"),
            };
            (include_str!("scripts/any.en.txt"), own)
        }
        Language::French => {
            let own = match trade {
                Trade::Heating => include_str!("scripts/hvac.fr.txt"),
                Trade::Plumbing => include_str!("scripts/plumbing.fr.txt"),
                Trade::Dental => include_str!("scripts/dental.fr.txt"),
                Trade::Hair => include_str!("scripts/salon.fr.txt"),
                Trade::Garage => include_str!("scripts/garage.fr.txt"),
            };
            (include_str!("scripts/any.fr.txt"), own)
        }
    };
    let mut scripts = parse(own)?;
    scripts.extend(parse(every)?);
    Ok(scripts)
}

fn parse(text: &'static str) -> Result<Vec<Script>, String> {
    let mut scripts: Vec<Script> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
        if head == "=" {
            scripts.push(blank(rest));
            continue;
        }
        let script = scripts.last_mut().ok_or_else(|| format!("before any script: {line}"))?;
        header(script, head, rest).ok_or_else(|| format!("{}: {line}", script.name))?;
    }
    Ok(scripts)
}

const fn blank(name: &'static str) -> Script {
    Script {
        name,
        outcome: Outcome::Other,
        intent: None,
        weight: (1, 1),
        moods: Vec::new(),
        ends: Vec::new(),
        is_outbound: false,
        is_soon: false,
        is_urgent: false,
        is_basic: false,
        sets: Vec::new(),
        summary: "",
        lines: Vec::new(),
    }
}

fn header(script: &mut Script, head: &str, rest: &'static str) -> Option<()> {
    match (head, rest) {
        ("outcome", word) => script.outcome = Outcome::parse(word)?,
        ("intent", word) => script.intent = Some(Intent::parse(word)?),
        ("weight", pair) => {
            let (open, closed) = pair.split_once('/')?;
            script.weight = (open.parse().ok()?, closed.parse().ok()?);
        }
        ("mood", words) => script.moods = words.split('|').collect(),
        ("ends", words) => script.ends = words.split('|').collect(),
        ("slot", "soon") => script.is_soon = true,
        ("urgency", "high") => script.is_urgent = true,
        ("direction", "outbound") => script.is_outbound = true,
        ("storage", "basic_attributes_only") => script.is_basic = true,
        ("set", words) => {
            let (name, choices) = words.split_once(": ")?;
            script.sets.push((name, choices.split(" | ").collect()));
        }
        ("sum", text) => script.summary = text,
        ("A", text) => script.lines.push(Line::Agent(text)),
        ("C", text) => script.lines.push(Line::Caller(text)),
        ("T", tool) => script.lines.push(Line::Tool(tool)),
        _ => return None,
    }
    Some(())
}

/// Draws the bracketed choices and fills in the words; a word that is not known stays as it is.
pub fn fill(text: &str, words: &[(&'static str, String)], rng: &mut fastrand::Rng) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let (choices, after) = after.split_once(']').unwrap_or((after, ""));
        let choices: Vec<&str> = choices.split('|').collect();
        out.push_str(choices.get(rng.usize(..choices.len().max(1))).copied().unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    for (word, value) in words {
        let place = format!("{{{word}}}");
        if out.contains(&place) {
            out = out.replace(&place, value);
        }
    }
    // "at 2 p.m." at the end of a sentence has one full stop.
    sentence_case(&out.replace(".m..", ".m."))
}

/// Capital letters at the beginnings of sentences, as speech recognition writes them.
fn sentence_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins && c.is_alphabetic() {
            out.extend(c.to_uppercase());
            begins = false;
            continue;
        }
        if c == ' ' {
            begins =
                begins || (out.ends_with(['.', '?', '!']) && !out.ends_with(".m.") && !out.ends_with(".."));
        } else {
            begins = false;
        }
        out.push(c);
    }
    out
}
