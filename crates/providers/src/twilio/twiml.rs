//! TwiML: what Twilio is told to do next, as XML (telephony sheet §3).

use std::fmt::Write;
use vestibule_model::Phone;

/// The most that is said at once, in characters: Twilio refuses a `<Say>` of more than 4,096 (§3).
const LONGEST: usize = 3_000;
/// The longest text, in characters (§1.10).
const LONGEST_TEXT: usize = 1_600;
/// How long a person's telephone rings, in seconds, before the caller may leave a message.
const RINGS_S: &str = "20";
/// The longest message, in seconds.
const MESSAGE_S: &str = "120";

/// The languages in which the caller is spoken to, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    En,
    Fr,
    /// Nobody knows which: both.
    Both,
}

impl Tongue {
    /// Reads `fr` or `en`.
    pub(super) fn parse(locale: &str) -> Self {
        match locale.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("fr") => Self::Fr,
            Some("en") => Self::En,
            _ => Self::Both,
        }
    }

    /// The text in which it comes back.
    pub(super) const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::En => Some("en"),
            Self::Fr => Some("fr"),
            Self::Both => None,
        }
    }
}

/// A sentence in both languages.
struct Line {
    en: &'static str,
    fr: &'static str,
}

const NOBODY: Line = Line {
    en: "Sorry, nobody can take your call right now.",
    fr: "Désolé, personne ne peut prendre votre appel en ce moment.",
};
const LEAVE_A_MESSAGE: Line = Line {
    en: "Please leave a message after the tone.",
    fr: "Veuillez laisser un message après le signal sonore.",
};
const THANKS: Line = Line { en: "Thank you. Goodbye.", fr: "Merci. Au revoir." };
const NO_MESSAGE: Line = Line {
    en: "We did not receive a message. Goodbye.",
    fr: "Nous n’avons pas reçu de message. Au revoir.",
};

/// A document that is being written.
struct Document(String);

impl Document {
    fn new() -> Self {
        Self(String::from(r#"<?xml version="1.0" encoding="UTF-8"?><Response>"#))
    }

    fn end(mut self) -> String {
        self.0.push_str("</Response>");
        self.0
    }

    /// An element without content; an attribute without a value is left out.
    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.open(name, attributes);
        self.0.pop();
        self.0.push_str(" />");
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.0, "<{name}");
        for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(self.0, " {name}=\"{}\"", escape(value));
        }
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        let _ = write!(self.0, "</{name}>");
    }

    /// Speaks a text. Only the language is given: the account's own settings at Twilio choose its voice, and no
    /// combination of the two can be refused.
    fn say(&mut self, language: &str, text: &str) {
        let text: String = text.trim().chars().take(LONGEST).collect();
        if !text.is_empty() {
            self.open("Say", &[("language", language)]);
            self.0.push_str(&escape(&text));
            self.close("Say");
        }
    }

    fn given(&mut self, tongue: Tongue, text: &str) {
        self.say(if tongue == Tongue::En { "en-CA" } else { "fr-CA" }, text);
    }

    fn line(&mut self, tongue: Tongue, line: &Line) {
        if tongue != Tongue::En {
            self.say("fr-CA", line.fr);
        }
        if tongue != Tongue::Fr {
            self.say("en-CA", line.en);
        }
    }
}

/// Nothing more: the call goes on as it was told before, or ends.
pub(super) fn nothing() -> String {
    String::from(r#"<?xml version="1.0" encoding="UTF-8"?><Response />"#)
}

/// Answers a text with a text.
pub(super) fn text(say: &str) -> String {
    let say: String = say.trim().chars().take(LONGEST_TEXT).collect();
    if say.is_empty() {
        return nothing();
    }
    let mut document = Document::new();
    document.open("Message", &[]);
    document.0.push_str(&escape(&say));
    document.close("Message");
    document.end()
}

/// The call is not taken; one that is taken already is ended.
pub(super) fn reject(rings: bool) -> String {
    let mut document = Document::new();
    document.empty(if rings { "Reject" } else { "Hangup" }, &[]);
    document.end()
}

/// Puts the caller through; how it went is told to `action`.
pub(super) fn dial(tongue: Tongue, say: &str, number: &Phone, action: &str) -> String {
    let mut document = Document::new();
    document.given(tongue, say);
    let method = if action.is_empty() { "" } else { "POST" };
    let attributes =
        [("action", action), ("answerOnBridge", "true"), ("method", method), ("timeout", RINGS_S)];
    document.open("Dial", &attributes);
    document.open("Number", &[]);
    document.0.push_str(number.as_str());
    document.close("Number");
    document.close("Dial");
    document.end()
}

/// Says why nobody comes, and takes a message; what became of it is told to `action`.
pub(super) fn message(tongue: Tongue, say: &str, action: &str) -> String {
    let mut document = Document::new();
    if say.trim().is_empty() {
        document.line(tongue, &NOBODY);
    } else {
        document.given(tongue, say);
    }
    document.line(tongue, &LEAVE_A_MESSAGE);
    let told = if action.is_empty() { "" } else { "completed absent" };
    document.empty(
        "Record",
        &[
            ("action", action),
            ("finishOnKey", "#"),
            ("maxLength", MESSAGE_S),
            ("method", if action.is_empty() { "" } else { "POST" }),
            ("playBeep", "true"),
            ("recordingStatusCallback", action),
            ("recordingStatusCallbackEvent", told),
            ("timeout", "5"),
            ("trim", "trim-silence"),
        ],
    );
    document.line(tongue, &NO_MESSAGE);
    document.empty("Hangup", &[]);
    document.end()
}

/// Thanks for a message that was left.
pub(super) fn thanks(tongue: Tongue) -> String {
    let mut document = Document::new();
    document.line(tongue, &THANKS);
    document.empty("Hangup", &[]);
    document.end()
}

/// Escapes a text for content and attributes; what XML cannot hold is dropped.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_a_text() {
        let said = "</Say><Dial>+19005550100</Dial> & \"Zoë\" l'été \u{0}\u{b}\u{ffff}\n!";
        let document =
            dial(Tongue::Fr, said, &Phone::parse("+15145550142").unwrap(), "https://a.test/?a=1&b='\"");
        assert!(document.contains(
            "&lt;/Say&gt;&lt;Dial&gt;+19005550100&lt;/Dial&gt; &amp; &quot;Zoë&quot; l&apos;été  !</Say>"
        ));
        assert!(document.contains(r#"action="https://a.test/?a=1&amp;b=&apos;&quot;""#));
        assert_eq!(document.matches("<Dial").count(), 1);
    }

    #[test]
    fn a_long_text_is_cut_and_an_empty_one_is_not_said() {
        let number = Phone::parse("+15145550142").unwrap();
        assert_eq!(dial(Tongue::En, &"é".repeat(9_000), &number, "").matches('é').count(), LONGEST);
        assert!(!dial(Tongue::En, " ", &number, "").contains("Say"));
        assert!(!dial(Tongue::En, "", &number, "").contains("action"));
    }

    #[test]
    fn tongues() {
        assert_eq!(Tongue::parse("fr-CA"), Tongue::Fr);
        assert_eq!(Tongue::parse("EN"), Tongue::En);
        for other in ["", "f", "de", "é"] {
            assert_eq!(Tongue::parse(other), Tongue::Both, "{other}");
        }
    }
}
