//! Twilio's requests as fields by name: a form in the body, a query, or a JSON object (telephony sheet §1.1).
//! Fields come and go; unknown ones are kept for the signature and read by nobody.

use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};
use url::form_urlencoded;
use vestibule_model::{Direction, Phone, UnixMs};
use vestibule_ports::Inbound;

/// More fields than any request of Twilio has: what follows is not read.
const MOST_FIELDS: usize = 500;
/// Longer values are no ids; they would only bloat indexes.
const LONGEST_ID: usize = 256;

/// What a withheld number shows as: the words on a keypad, and the words themselves (§1.2).
const WITHHELD: [&str; 8] = [
    "+266696687",
    "+86282452253",
    "+7378742883",
    "+2562533",
    "anonymous",
    "unavailable",
    "restricted",
    "unknown",
];

/// A request's fields; of a name that comes twice the first value counts.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Fields<'a> {
    /// Reads a request: its body, or, where there is none, its query. `None` when it is neither a form with an
    /// id of Twilio's nor a JSON object.
    pub(super) fn of(request: &Inbound<'a>) -> Option<Self> {
        if request.body.is_empty() {
            return Self::form(query(request.url).as_bytes());
        }
        Self::read(request.body)
    }

    /// Reads a body.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => Self::json(body),
            _ => Self::form(body),
        }
    }

    /// Fields under these names.
    pub(super) fn of_pairs(pairs: impl Iterator<Item = (&'a str, String)>) -> Self {
        Self(pairs.map(|(name, value)| (Cow::Borrowed(name), Cow::Owned(value))).collect())
    }

    fn form(text: &'a [u8]) -> Option<Self> {
        let mut fields = Self::default();
        for (name, value) in form_urlencoded::parse(text).take(MOST_FIELDS) {
            fields.0.entry(name).or_insert(value);
        }
        let has_id = ["CallSid", "MessageSid", "SmsSid", "AccountSid", "Sid"];
        has_id.iter().any(|name| fields.0.get(*name).is_some_and(|id| !id.is_empty())).then_some(fields)
    }

    fn json(text: &'a [u8]) -> Option<Self> {
        let Value::Object(map) = serde_json::from_slice(text).ok()? else { return None };
        let scalar = |value: Value| match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        };
        let read = |(name, value)| Some((Cow::Owned(name), Cow::Owned(scalar(value)?)));
        Some(Self(map.into_iter().take(MOST_FIELDS).filter_map(read).collect()))
    }

    /// The text of a field, unless it is empty: what Twilio does not know arrives as an empty text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The text of a field as it came, spaces and all.
    pub(super) fn whole(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(AsRef::as_ref)
    }

    /// True when the field is there, empty or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// An identifier: short, printable text.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        let fits = |id: &&str| id.len() <= LONGEST_ID && !id.chars().any(char::is_control);
        self.text(name).filter(fits).map(str::to_owned)
    }

    /// A count of seconds, in milliseconds.
    pub(super) fn seconds_ms(&self, name: &str) -> Option<i64> {
        let seconds: i64 = self.text(name)?.parse().ok()?;
        (0..=31_536_000).contains(&seconds).then_some(seconds * 1000)
    }

    /// When it happened: RFC 2822 in callbacks of calls, RFC 3339 in those of streams.
    pub(super) fn timestamp(&self) -> Option<UnixMs> {
        instant(self.text("Timestamp")?)
    }

    /// Who called whom. A leg of a `<Dial>` goes out as well.
    pub(super) fn direction(&self) -> Option<Direction> {
        match self.text("Direction")? {
            "inbound" => Some(Direction::Inbound),
            direction if direction.starts_with("outbound") => Some(Direction::Outbound),
            _ => None,
        }
    }

    /// A party as it is kept: E.164 where it is a number, nothing where it is withheld, else as it was written.
    pub(super) fn party(&self, name: &str) -> Option<String> {
        let text = self.id(name).filter(|text| !is_withheld(text))?;
        Some(Phone::parse(&text).map_or(text, |phone| phone.as_str().to_owned()))
    }

    /// A party's number in E.164: also the one inside a SIP address.
    pub(super) fn number(&self, name: &str) -> Option<String> {
        let text = self.text(name).filter(|text| !is_withheld(text))?;
        let inner = text.strip_prefix("sips:").or_else(|| text.strip_prefix("sip:"));
        let text = match inner {
            Some(address) => address.split(['@', ';']).next().filter(|user| user.starts_with('+'))?,
            None => text,
        };
        Phone::parse(text).map(|phone| phone.as_str().to_owned())
    }
}

/// The query of an address, undecoded and without its question mark.
pub(super) fn query(url: &str) -> &str {
    url.split_once('?').map_or("", |(_, query)| query)
}

/// An instant in RFC 2822 or RFC 3339.
pub(super) fn instant(text: &str) -> Option<UnixMs> {
    let rfc_2822 = jiff::fmt::rfc2822::parse(text).ok().map(|at| UnixMs(at.timestamp().as_millisecond()));
    rfc_2822.or_else(|| UnixMs::parse_rfc3339(text)).filter(|at| at.0 >= 0)
}

fn is_withheld(party: &str) -> bool {
    WITHHELD.iter().any(|word| party.eq_ignore_ascii_case(word))
}
