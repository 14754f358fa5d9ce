//! Telephone numbers in E.164.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A telephone number in E.164: `+` and 3 to 15 digits. Personal data: its Debug hides all but the last two.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads a number as people and providers write it. Ten digits, or eleven that begin with 1, are
    /// taken for North America; anything else must carry its `+` or `00` prefix. Words such as
    /// `anonymous`, and addresses such as `sip:…`, are not numbers.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("tel:").unwrap_or(text);
        if text.chars().any(|c| !(c.is_ascii_digit() || "+-.() \u{a0}\u{202f}".contains(c))) {
            return None;
        }
        let international = text.starts_with('+') || text.starts_with("00");
        let mut digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if text.starts_with("00") {
            digits.drain(..2);
        }
        let digits = match (international, digits.len()) {
            (true, 3..=15) => digits,
            (false, 10) if !digits.starts_with(['0', '1']) => format!("1{digits}"),
            (false, 11) if digits.starts_with('1') => digits,
            _ => return None,
        };
        Some(Self(format!("+{digits}")))
    }

    /// The number as `+` and digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone(…{})", &self.0[self.0.len().saturating_sub(2)..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, want) in [
            ("+15145550142", Some("+15145550142")),
            ("(514) 555-0142", Some("+15145550142")),
            ("1 514 555 0142", Some("+15145550142")),
            ("0033 1 99 00 12 34", Some("+33199001234")),
            ("anonymous", None),
            ("sip:alice@example.com", None),
            ("", None),
            ("12", None),
        ] {
            assert_eq!(Phone::parse(text).as_ref().map(Phone::as_str), want, "{text}");
        }
    }

    #[test]
    fn debug_hides_the_number() {
        assert_eq!(format!("{:?}", Phone::parse("+15145550142").unwrap()), "Phone(…42)");
    }
}
