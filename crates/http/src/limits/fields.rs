//! What a reader is told of the limits: the fields `RateLimit-Policy` and `RateLimit` of
//! draft-ietf-httpapi-ratelimit-headers-10 (2025-09), lists of structured fields.

use super::meter::Allowance;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// What is to be told with a request's answer: made with the request, written on by whoever counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slip(Arc<Mutex<Vec<Allowance>>>);

impl Slip {
    /// The slip of a request; one for nobody where there is none.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Notes what is left of a limit. The newest of each limit stays.
    pub(super) fn note(&self, allowance: Allowance) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.retain(|known| known.policy != allowance.policy);
        notes.push(allowance);
    }

    /// Writes the fields, where there is something to tell.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut policies, mut left) = (String::new(), String::new());
        for note in notes.iter() {
            let comma = if policies.is_empty() { "" } else { ", " };
            // Writing to a string does not fail.
            let _ = write!(policies, "{comma}\"{}\";q={};w=60", note.policy, note.per_minute);
            let _ = write!(left, "{comma}\"{}\";r={};t={}", note.policy, note.left, note.in_s);
        }
        for (name, text) in [(POLICY, policies), (LEFT, left)] {
            if let Ok(value) = HeaderValue::from_str(&text)
                && !text.is_empty()
            {
                headers.insert(name, value);
            }
        }
    }
}

/// Keeps the fields of an answer that is written anew.
pub(crate) fn keep(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [POLICY, LEFT] {
        if let Some(value) = from.get(&name) {
            to.insert(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_as_the_draft_writes_them() {
        let slip = Slip::default();
        let mut headers = HeaderMap::new();
        slip.write(&mut headers);
        assert!(headers.is_empty());
        let allowance = |policy, left, in_s| Allowance { policy, per_minute: 10, left, in_s };
        slip.note(allowance("connection", 9, 6));
        slip.note(allowance("address", 7, 18));
        slip.note(allowance("address", 0, 6));
        slip.write(&mut headers);
        assert_eq!(headers["ratelimit-policy"], r#""connection";q=10;w=60, "address";q=10;w=60"#);
        assert_eq!(headers["ratelimit"], r#""connection";r=9;t=6, "address";r=0;t=6"#);
    }
}
