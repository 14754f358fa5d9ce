//! JSON of others, read leniently: numbers as numbers or text, anything of a wrong type taken for absent.

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use std::{borrow::Cow, fmt, marker::PhantomData};
use vestibule_model::UnixMs;

// Longer ids are no ids; they would only bloat indexes.
const MAX_ID: usize = 256;
// 10000-01-01: later instants have no RFC 3339 text.
const MAX_MS: f64 = 253_402_300_800_000.0;

/// A scalar of whatever type, or nothing. Borrows from the body where it can.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Loose<'a> {
    /// Null, a list, an object, or no field at all.
    #[default]
    Absent,
    /// Text.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// A truth value.
    Bool(bool),
}

impl Loose<'_> {
    /// The text, if there is any. NUL is dropped: PostgreSQL stores none.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.replace('\0', "")).filter(|text| !text.is_empty()),
            Self::Number(number) if number.is_finite() => Some(number.to_string()),
            _ => None,
        }
    }

    /// An identifier: short, printable text; a whole number is taken for its digits.
    pub(crate) fn id(&self) -> Option<String> {
        match self {
            Self::Text(text) => {
                let fit = text.len() <= MAX_ID && !text.chars().any(char::is_control);
                (fit && !text.trim().is_empty()).then(|| text.clone().into_owned())
            }
            Self::Number(number) => rounded(*number).filter(|_| number.fract() == 0.0).map(|n| n.to_string()),
            _ => None,
        }
    }

    /// A finite number.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number: &f64| number.is_finite())
    }

    /// A whole number, rounded.
    pub(crate) fn whole(&self) -> Option<i64> {
        self.number().and_then(rounded)
    }

    /// A length of time: a whole number that is not negative.
    pub(crate) fn span(&self) -> Option<i64> {
        self.whole().filter(|ms| *ms >= 0)
    }

    /// An instant in milliseconds, as a number or in RFC 3339.
    pub(crate) fn instant(&self) -> Option<UnixMs> {
        match (self.number(), self) {
            (Some(ms), _) => rounded(ms).filter(|_| (0.0..MAX_MS).contains(&ms)).map(UnixMs),
            (None, Self::Text(text)) => UnixMs::parse_rfc3339(text).filter(|at| at.0 >= 0),
            _ => None,
        }
    }

    /// A truth value.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Text(text) => text.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }
}

/// The nearest whole number, when it is one that a float holds exactly.
pub(crate) fn rounded(number: f64) -> Option<i64> {
    let whole = number.round();
    (whole.abs() < 9_007_199_254_740_992.0).then_some(whole as i64)
}

/// An object of a known shape; anything that is no object reads as `None`.
#[derive(Debug, Clone)]
pub(crate) struct Object<T>(pub Option<T>);

/// A list of objects of a known shape, without whatever else is in it; anything that is no list reads as `None`.
#[derive(Debug, Clone)]
pub(crate) struct List<T>(pub Option<Vec<T>>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// Visits a value of any type.
struct Any<R>(PhantomData<R>);

/// What each JSON type becomes.
trait FromAny<'de>: Sized {
    fn scalar(scalar: Loose<'de>) -> Self;
    fn seq<A: SeqAccess<'de>>(seq: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| Self::scalar(Loose::Absent))
    }
    fn map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_map(map).map(|_| Self::scalar(Loose::Absent))
    }
}

impl<'de, R: FromAny<'de>> Visitor<'de> for Any<R> {
    type Value = R;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<R, E> {
        Ok(R::scalar(Loose::Text(Cow::Borrowed(text))))
    }
    fn visit_str<E>(self, text: &str) -> Result<R, E> {
        Ok(R::scalar(Loose::Text(Cow::Owned(text.to_owned()))))
    }
    fn visit_string<E>(self, text: String) -> Result<R, E> {
        Ok(R::scalar(Loose::Text(Cow::Owned(text))))
    }
    fn visit_i64<E>(self, number: i64) -> Result<R, E> {
        Ok(R::scalar(Loose::Number(number as f64)))
    }
    fn visit_u64<E>(self, number: u64) -> Result<R, E> {
        Ok(R::scalar(Loose::Number(number as f64)))
    }
    fn visit_f64<E>(self, number: f64) -> Result<R, E> {
        Ok(R::scalar(Loose::Number(number)))
    }
    fn visit_bool<E>(self, flag: bool) -> Result<R, E> {
        Ok(R::scalar(Loose::Bool(flag)))
    }
    fn visit_unit<E>(self) -> Result<R, E> {
        Ok(R::scalar(Loose::Absent))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<R, A::Error> {
        R::seq(seq)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<R, A::Error> {
        R::map(map)
    }
}

impl<'de: 'a, 'a> FromAny<'de> for Loose<'a> {
    fn scalar(scalar: Loose<'de>) -> Self {
        scalar
    }
}

impl<'de, T: Deserialize<'de>> FromAny<'de> for Object<T> {
    fn scalar(_: Loose<'de>) -> Self {
        Self(None)
    }
    fn map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|object| Self(Some(object)))
    }
}

impl<'de, T: Deserialize<'de>> FromAny<'de> for List<T> {
    fn scalar(_: Loose<'de>) -> Self {
        Self(None)
    }
    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut list = Vec::new();
        while let Some(Object(item)) = seq.next_element::<Object<T>>()? {
            list.extend(item);
        }
        Ok(Self(Some(list)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_of_any_type() {
        let read = |json: &str| serde_json::from_str::<Loose<'_>>(json).map(|l| (l.id(), l.whole())).unwrap();
        assert_eq!(read("\"12.4\""), (Some("12.4".into()), Some(12)));
        assert_eq!(read("17.0"), (Some("17".into()), Some(17)));
        assert_eq!(read("1.5"), (None, Some(2)));
        assert_eq!(read("1e300"), (None, None));
        assert_eq!(read("[1]"), (None, None));
        assert_eq!(read("\"a\\u0000b\""), (None, None));
        assert_eq!(read("\" \""), (None, None));
    }

    #[test]
    fn instants_have_bounds() {
        let read = |json: &str| serde_json::from_str::<Loose<'_>>(json).unwrap().instant().map(|at| at.0);
        assert_eq!(read("\"1795219200000\""), Some(1_795_219_200_000));
        assert_eq!(read("\"2026-11-21T00:00:00Z\""), Some(1_795_219_200_000));
        assert_eq!(read("-1"), None);
        assert_eq!(read("1e15"), None);
        assert_eq!(read("\"NaN\""), None);
    }
}
