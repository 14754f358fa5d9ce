//! Whether bytes mention a caller: their number in any of the spellings that providers use, or the name of one of their calls.

/// What a caller is recognised by.
#[derive(Debug, Clone, Default)]
pub struct Mention {
    digits: Vec<u8>,
    names: Vec<Vec<u8>>,
}

impl Mention {
    /// Of a number, with or without `+`, and of names such as a call's id at its provider.
    #[must_use]
    pub fn of(number: &str, names: &[(String, String)]) -> Self {
        let digits = number.bytes().filter(u8::is_ascii_digit).collect();
        let names =
            names.iter().map(|(_, name)| name.as_bytes().to_vec()).filter(|name| name.len() >= 8).collect();
        Self { digits, names }
    }

    /// Whether these bytes mention the caller. A number that is part of a longer one is another number.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let is_digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
        let has_number = self.digits.len() >= 7
            && positions(bytes, &self.digits).any(|at| {
                // `%2B` is a plus in a form: its digits are not the number's.
                let before = at
                    .checked_sub(1)
                    .filter(|_| !bytes[..at].ends_with(b"%2B") && !bytes[..at].ends_with(b"%2b"));
                !is_digit(before.and_then(|at| bytes.get(at))) && !is_digit(bytes.get(at + self.digits.len()))
            });
        has_number || self.names.iter().any(|name| positions(bytes, name).next().is_some())
    }
}

fn positions<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = wanted.first().copied().unwrap_or_default();
    let starts = bytes.iter().enumerate().filter(move |(_, byte)| **byte == first).map(|(at, _)| at);
    starts.filter(move |at| !wanted.is_empty() && bytes[*at..].starts_with(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_in_every_spelling_and_not_inside_another() {
        let mention = Mention::of("+15125550100", &[("p".into(), "call_0123456789".into())]);
        for there in [
            r#"{"from_number":"+15125550100"}"#,
            "From=%2B15125550100&To=x",
            "15125550100",
            "a call_0123456789 b",
        ] {
            assert!(mention.is_in(there.as_bytes()), "{there}");
        }
        for not in ["915125550100", "151255501001", "5125550100", "", "call_012345678"] {
            assert!(!mention.is_in(not.as_bytes()), "{not}");
        }
        assert!(!Mention::of("+123", &[]).is_in(b"123"), "too short to be anybody's");
    }
}
