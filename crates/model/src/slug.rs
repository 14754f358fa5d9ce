//! Slugs: the names of tenants in addresses.

use serde::{Deserialize, Serialize};

/// A tenant's name in addresses: 2 to 48 of `a-z0-9-`, beginning with a letter, so that it never looks like an id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// Reads a slug that somebody typed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let good = (2..=48).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !text.ends_with('-')
            && !text.contains("--")
            && text.parse::<crate::TenantId>().is_err();
        good.then(|| Self(text.to_owned()))
    }

    /// Makes a slug from a company's name: accents fall, everything else becomes a hyphen.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            let folded = match c {
                'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => "a",
                'ç' => "c",
                'è' | 'é' | 'ê' | 'ë' => "e",
                'ì' | 'í' | 'î' | 'ï' => "i",
                'ñ' => "n",
                'ò' | 'ó' | 'ô' | 'ö' | 'õ' => "o",
                'ù' | 'ú' | 'û' | 'ü' => "u",
                'ý' | 'ÿ' => "y",
                'œ' => "oe",
                'æ' => "ae",
                '\'' | '’' | '.' => "",
                c if c.is_ascii_alphanumeric() => {
                    slug.push(c);
                    continue;
                }
                _ => "-",
            };
            if folded != "-" || !(slug.is_empty() || slug.ends_with('-')) {
                slug.push_str(folded);
            }
        }
        slug.truncate(40);
        let slug = slug.trim_matches('-');
        let slug = if slug.starts_with(|c: char| c.is_ascii_lowercase()) {
            slug.to_owned()
        } else {
            format!("tenant-{slug}")
        };
        Self::parse(&slug).unwrap_or_else(|| Self(format!("tenant-{}", slug.len())))
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("Plomberie Tremblay & Fils inc.", "plomberie-tremblay-fils-inc"),
            ("L’Érablière de l'Île", "lerabliere-de-lile"),
            ("24/7 Heating", "tenant-24-7-heating"),
        ] {
            assert_eq!(Slug::from_name(name).as_str(), slug);
        }
        assert_eq!(Slug::parse("019335a0-0000-7000-8000-000000000000"), None);
        assert_eq!(Slug::parse("a"), None);
    }
}
