//! The people who ring: names, numbers that nobody has (555-01xx), addresses.

use super::cast::{Business, Language};
use super::names::{
    ENGLISH_LAST, ENGLISH_MEN, ENGLISH_STREETS, ENGLISH_WOMEN, FRENCH_LAST, FRENCH_MEN, FRENCH_STREETS,
    FRENCH_WOMEN,
};
use fastrand::Rng;

/// Somebody who rings, now and then again.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The whole name.
    pub name: String,
    /// How the receptionist addresses them.
    pub dear: String,
    /// What they speak.
    pub language: Language,
    /// Their number in E.164.
    pub number: String,
    /// Where they live.
    pub address: String,
    /// Their e-mail address.
    pub email: String,
}

impl Caller {
    /// The number as people say it.
    pub fn spoken_number(&self) -> String {
        let digits = self.number.trim_start_matches("+1");
        match (digits.get(..3), digits.get(3..6), digits.get(6..)) {
            (Some(area), Some(office), Some(line)) => format!("{area} {office}-{line}"),
            _ => self.number.clone(),
        }
    }
}

/// One of several.
pub fn pick<T: Copy>(rng: &mut Rng, from: &[T], otherwise: T) -> T {
    if from.is_empty() { otherwise } else { from.get(rng.usize(..from.len())).copied().unwrap_or(otherwise) }
}

/// The callers of a business: each has a number of their own.
pub fn of(business: &Business, rng: &mut Rng) -> Vec<Caller> {
    // 555-0100 to 555-0109 are the businesses' own.
    let numbers =
        business.area_codes.iter().flat_map(|area| (10..100).map(move |n| format!("+1{area}55501{n:02}")));
    let mut callers: Vec<Caller> = numbers.map(|number| one(business, number, rng)).collect();
    rng.shuffle(&mut callers);
    callers.truncate(usize::try_from(business.calls / 2).unwrap_or(1).max(1));
    callers
}

fn one(business: &Business, number: String, rng: &mut Rng) -> Caller {
    let is_woman = rng.bool();
    let french = rng.u32(..100) < business.french_percent;
    let (firsts, lasts, language) = match (french, is_woman) {
        (true, true) => (FRENCH_WOMEN, FRENCH_LAST, Language::French),
        (true, false) => (FRENCH_MEN, FRENCH_LAST, Language::French),
        (false, true) => (ENGLISH_WOMEN, ENGLISH_LAST, Language::English),
        (false, false) => (ENGLISH_MEN, ENGLISH_LAST, Language::English),
    };
    let (first, last) = (pick(rng, firsts, "Marie"), pick(rng, lasts, "Roy"));
    let (house_no, city) = (rng.u32(2..2400), pick(rng, business.cities, "Montréal"));
    let (dear, address) = match language {
        Language::English => {
            (first.to_owned(), format!("{house_no} {}, {city}", pick(rng, ENGLISH_STREETS, "Main Street")))
        }
        Language::French => (
            format!("{} {last}", if is_woman { "madame" } else { "monsieur" }),
            format!("{house_no}, {}, {city}", pick(rng, FRENCH_STREETS, "rue Principale")),
        ),
    };
    let domain = pick(rng, &["example.com", "example.org", "example.net"], "example.com");
    let email = format!("{}.{}@{domain}", plain(first), plain(last));
    Caller { name: format!("{first} {last}"), dear, language, number, address, email }
}

/// Lower-case letters without accents.
fn plain(name: &str) -> String {
    let fold = |c: char| match c {
        'é' | 'è' | 'ê' | 'ë' => Some('e'),
        'ô' | 'ö' => Some('o'),
        'î' | 'ï' => Some('i'),
        'à' | 'â' => Some('a'),
        'ç' => Some('c'),
        c if c.is_ascii_alphanumeric() || c == '-' => Some(c),
        _ => None,
    };
    name.chars().flat_map(char::to_lowercase).filter_map(fold).collect()
}
