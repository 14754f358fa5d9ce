//! Names for which an authority can be asked: pure.

/// Whether a text is a name that an authority can look up: labels of letters, digits and hyphens, at least two of them,
/// the last one not a number.
pub fn is_public(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.split('.').count() >= 2
        && name.split('.').all(is_label)
        && last.chars().any(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn names_and_what_is_none() {
        for name in ["vestibule.example.com", "a.b", "xn--caf-dma.example", "1.example"] {
            assert!(is_public(name), "{name}");
        }
        for other in [
            "",
            "localhost",
            "*.example.com",
            "https://a.b",
            "a..b",
            "-a.b",
            "a.b.",
            "192.0.2.1",
            "A.B",
            "a_b.c",
        ] {
            assert!(!is_public(other), "{other}");
        }
    }
}
