//! What a text means, in how many parts it travels, and when to look after one that was sent: pure.

use vestibule_model::{Keyword, TextCame, TextProblem, UnixMs};
use vestibule_ports::{ProviderFaultKind, TextFault, TextState};

/// The longest text, in characters.
pub const LONGEST: usize = 1_600;
/// How many texts one receiver is sent in [`CAP_MS`].
pub(super) const CAP: i64 = 5;
/// Within which time, in milliseconds.
pub(super) const CAP_MS: i64 = 10 * 60_000;
/// From one text of a number to its next: carriers take one a second.
pub(super) const PACE_MS: i64 = 1_000;
/// How long a provider that cannot be reached is tried.
const TRIED_FOR_MS: i64 = 30 * 60_000;

/// A word's language, where it has one: English words are written by everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// What it means.
    pub keyword: Keyword,
    /// Whether only those who write French write it.
    pub is_french: bool,
}

const STOP: &[&str] = &["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"];
const STOP_FR: &[&str] = &[
    "arret",
    "arreter",
    "arretez",
    "desabonner",
    "desabonnement",
    "medesabonner",
    "desinscrire",
    "desinscription",
    "stoptout",
];
const START: &[&str] = &["start", "unstop", "yes", "optin", "subscribe"];
const START_FR: &[&str] = &["reprendre", "reprise", "demarrer", "reabonner", "abonner"];
const HELP: &[&str] = &["help", "info"];
const HELP_FR: &[&str] = &["aide"];

/// What a whole message means, if it is nothing but one of the agreed words: letter case, accents, spaces and whatever is
/// no letter do not matter.
#[must_use]
pub fn keyword_of(text: &str) -> Option<Word> {
    // Nobody needs more for a word.
    if text.len() > 200 {
        return None;
    }
    let plain: String = text.chars().flat_map(char::to_lowercase).filter_map(plain).collect();
    let all = [
        (STOP, Keyword::Stop, false),
        (STOP_FR, Keyword::Stop, true),
        (START, Keyword::Start, false),
        (START_FR, Keyword::Start, true),
        (HELP, Keyword::Help, false),
        (HELP_FR, Keyword::Help, true),
    ];
    let found = all.into_iter().find(|(words, ..)| words.contains(&plain.as_str()))?;
    Some(Word { keyword: found.1, is_french: found.2 })
}

/// A letter without its accent; nothing for what is no letter. Other alphabets' letters stay: a message of theirs is none of
/// our words.
const fn plain(c: char) -> Option<char> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        // Accents that stand for themselves.
        '\u{300}'..='\u{36f}' => return None,
        c if c.is_ascii_alphanumeric() => c,
        c if c.is_ascii() => return None,
        // Punctuation, spaces and pictures outside of ASCII.
        '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{2bff}' | '\u{3000}'..='\u{303f}' | '\u{fe00}'..='\u{fe0f}' => {
            return None;
        }
        '\u{1f000}'..='\u{1faff}' => return None,
        c => c,
    })
}

/// What a text that came in means: the provider's word counts more than ours.
pub(super) fn meaning(came: &TextCame) -> Option<Word> {
    let own = keyword_of(&came.body);
    match came.keyword {
        Some(keyword) => Some(Word { keyword, is_french: own.is_some_and(|word| word.is_french) }),
        None => own,
    }
}

/// The characters of the short alphabet of texts that count once, without the ASCII letters and digits.
const SHORT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Those that count twice.
const SHORT_TWICE: &str = "^{}\\[~]|€\u{c}";

/// In how many parts a text travels: 160 characters of the short alphabet, else 70 of any; a little less in each of
/// several.
#[must_use]
pub fn parts(text: &str) -> i64 {
    let mut short = Some(0_usize);
    for c in text.chars() {
        let units = match c {
            c if c.is_ascii_alphanumeric() || SHORT.contains(c) => Some(1),
            c if SHORT_TWICE.contains(c) => Some(2),
            _ => None,
        };
        short = short.zip(units).map(|(sum, units)| sum + units);
    }
    let (units, whole, part) = match short {
        Some(units) => (units, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    i64::try_from(if units <= whole { 1 } else { units.div_ceil(part) }).unwrap_or(i64::MAX)
}

/// What came of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// The provider took it.
    Took(TextState),
    /// It was not sent, for good.
    Not(TextProblem, Option<String>),
    /// It was not sent; later may be better.
    NotYet,
    /// Nobody knows.
    Unknown,
}

/// What came of sending, from the provider's answer.
pub(super) fn after_send(answer: Result<TextState, TextFault>, waits_ms: i64) -> Sent {
    let not_yet = || {
        if waits_ms < TRIED_FOR_MS { Sent::NotYet } else { Sent::Not(TextProblem::Unreachable, None) }
    };
    match answer {
        Ok(state) => Sent::Took(state),
        Err(TextFault::Refused { problem, code }) => Sent::Not(problem, code.map(|code| code.to_string())),
        Err(TextFault::Unreached) => not_yet(),
        Err(TextFault::Provider(fault)) => match fault.kind {
            ProviderFaultKind::RateLimited => not_yet(),
            ProviderFaultKind::Unauthorized => Sent::Not(TextProblem::Unauthorized, None),
            ProviderFaultKind::Rejected => Sent::Not(TextProblem::Rejected, None),
            // The answer was lost, not the message: sent again it might arrive twice.
            ProviderFaultKind::Unavailable | ProviderFaultKind::Unexpected => Sent::Unknown,
        },
    }
}

/// When a text that could not be sent is tried again.
pub(super) fn try_again(waits_ms: i64, now: UnixMs) -> UnixMs {
    now.plus_ms(waits_ms.clamp(5_000, 5 * 60_000))
}

/// When to look after a text next; `None` when it was looked after long enough.
pub(super) fn next_look(is_unknown: bool, tried_at: UnixMs, now: UnixMs) -> Option<UnixMs> {
    const MINUTE: i64 = 60_000;
    // One that nobody knows of is looked for soon; the others tell by themselves, and their price comes late.
    let after: [i64; 4] = if is_unknown {
        [MINUTE / 2, 2 * MINUTE, 10 * MINUTE, 60 * MINUTE]
    } else {
        [5 * MINUTE, 60 * MINUTE, 6 * 60 * MINUTE, 24 * 60 * MINUTE]
    };
    after.into_iter().map(|ms| tried_at.plus_ms(ms)).find(|at| *at > now)
}
