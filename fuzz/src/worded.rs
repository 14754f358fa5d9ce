//! The small words: cursors, telephone numbers, slugs, instants, roles.

use uuid::Uuid;
use vestibule_domain::Cursor;
use vestibule_model::{Phone, Role, Slug, UnixMs};

/// A cursor from a query: what is read is what would be written.
pub fn cursor(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(cursor) = Cursor::decode(&text) {
        assert_eq!(Cursor::decode(&cursor.encode()).ok(), Some(cursor));
        assert_eq!(cursor.encode(), text, "two cursors for one place");
    }
}

/// Cursors of both ends of time.
pub fn cursors() -> Vec<Vec<u8>> {
    let id = Uuid::from_u128(7);
    [0, -1, i64::MIN, i64::MAX].map(|key| Cursor { key, id }.encode().into_bytes()).to_vec()
}

/// A telephone number: what is read stays what it is.
pub fn phone(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(number) = Phone::parse(&text) else { return };
    let shown = number.as_str();
    assert_eq!(Phone::parse(shown).as_ref(), Some(&number), "{text} becomes {shown}");
    assert!(shown.starts_with('+') && shown[1..].bytes().all(|b| b.is_ascii_digit()), "{shown}");
    assert!((4..=16).contains(&shown.len()), "{shown}");
}

/// Numbers as people write them.
pub fn phones() -> Vec<Vec<u8>> {
    [
        "+14155550123",
        "(415) 555-0123",
        "1 415 555 0123",
        "00 33 1 23 45 67 89",
        "+1 (415) 555.0123 ext. 4",
        "911",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// Slugs, instants, roles, ids.
pub fn word(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let slug = Slug::from_name(&text);
    assert_eq!(Slug::parse(slug.as_str()).as_ref(), Some(&slug), "{text}: not a slug: {slug:?}");
    if let Some(slug) = Slug::parse(&text) {
        assert_eq!(Slug::parse(slug.as_str()), Some(slug.clone()));
        assert!(slug.as_str().parse::<Uuid>().is_err(), "a slug looks like an id: {slug:?}");
    }
    if let Some(at) = UnixMs::parse_rfc3339(&text) {
        assert_eq!(UnixMs::parse_rfc3339(&at.rfc3339()), Some(at), "{text} becomes {}", at.rfc3339());
        assert_eq!(at.local_day("America/Toronto").len(), 10, "{text}");
    }
    for next in [false, true] {
        let _ = UnixMs::day_bound(&text, "America/Toronto", next);
        let _ = UnixMs::day_bound("2026-11-01", &text, next);
    }
    let _ = UnixMs(0).local_day(&text);
    if let Some(role) = Role::parse(&text) {
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
}

/// One of each kind.
pub fn words() -> Vec<Vec<u8>> {
    [
        "north-shore",
        "Plomberie Côté & Fils",
        "2026-11-01T10:00:00.123Z",
        "2026-11-01T10:00:00-05:00",
        "2026-11-01",
        "America/Montreal",
        "OWNER",
        "019ada2e-0000-7000-8000-000000000000",
        "9999-12-31T23:59:59Z",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
