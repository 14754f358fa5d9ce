//! What an endpoint may be.

use crate::outbox::endpoints::{EndpointChange, Header};
use crate::{FieldFault, House, Refusal, Result};
use secrecy::ExposeSecret;
use vestibule_vault::is_printed_secret;

/// Headers that belong to the exchange or to us.
const TAKEN_HEADERS: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];
const MOST_IN_FLIGHT: i64 = 32;
/// One delivery in 100 seconds, and 1,000 in one.
const RATES_MILLI: std::ops::RangeInclusive<i64> = 10..=1_000_000;

/// Checks what is said of an endpoint.
///
/// # Errors
/// A refusal that names each field that cannot be so.
pub(super) fn check(house: &House, new: &EndpointChange) -> Result<()> {
    let mut faults = Vec::new();
    faults.extend(new.url.as_ref().and_then(|url| url_fault(house, url)));
    if let Some(types) = &new.event_types
        && (types.is_empty() || types.iter().any(|t| !crate::outbox::EVENT_TYPES.contains(&t.as_str())))
    {
        faults.push(FieldFault {
            field: "event_types",
            code: "unknown_event_type",
            en: "Choose at least one of the listed event types.",
            fr: "Choisissez au moins un des types d’événements de la liste.",
        });
    }
    if let Some(schedule) = &new.schedule_ms
        && (schedule.is_empty()
            || schedule.len() > 20
            || schedule.iter().any(|w| !(0..=7 * 24 * 3_600_000).contains(w)))
    {
        faults.push(FieldFault {
            field: "schedule_seconds",
            code: "bad_schedule",
            en: "Give 1 to 20 waits, each at most seven days.",
            fr: "Donnez de 1 à 20 délais d’au plus sept jours chacun.",
        });
    }
    if new.max_in_flight.is_some_and(|n| !(1..=MOST_IN_FLIGHT).contains(&n)) {
        faults.push(FieldFault {
            field: "max_in_flight",
            code: "bad_max_in_flight",
            en: "Give a whole number from 1 to 32.",
            fr: "Donnez un nombre entier de 1 à 32.",
        });
    }
    if new.rate_milli.flatten().is_some_and(|rate| !RATES_MILLI.contains(&rate)) {
        faults.push(FieldFault {
            field: "rate_per_second",
            code: "bad_rate",
            en: "Give a number from 0.01 to 1,000.",
            fr: "Donnez un nombre de 0,01 à 1 000.",
        });
    }
    if let Some(Some(header)) = &new.header {
        faults.extend(check_header(header));
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::invalid(faults).into()) }
}

fn url_fault(house: &House, url: &str) -> Option<FieldFault> {
    let https = url.starts_with("https://");
    let http = url.starts_with("http://") && house.settings.allow_plain_http;
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let is_bad = !(https || http)
        || host.is_empty()
        || host.contains('@')
        || url.len() > 2048
        || url.chars().any(char::is_whitespace);
    is_bad.then_some(FieldFault {
        field: "url",
        code: "bad_url",
        en: "Give a complete address that begins with https://.",
        fr: "Donnez une adresse complète qui commence par https://.",
    })
}

/// Checks an address to which something is sent by hand.
///
/// # Errors
/// A refusal that names the field.
pub(crate) fn check_url(house: &House, url: &str) -> Result<()> {
    url_fault(house, url).map_or(Ok(()), |fault| Err(Refusal::invalid(vec![fault]).into()))
}

fn check_header(header: &Header) -> Option<FieldFault> {
    let name = header.name.to_ascii_lowercase();
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || name.len() > 100 || !name.bytes().all(is_token) {
        return Some(FieldFault {
            field: "header.name",
            code: "bad_header_name",
            en: "Give a header name such as x-webhook-secret.",
            fr: "Donnez un nom d’en-tête comme x-webhook-secret.",
        });
    }
    let is_ours = ["webhook-", "x-vestibule-", "proxy-"].iter().any(|ours| name.starts_with(ours));
    if is_ours || TAKEN_HEADERS.contains(&name.as_str()) {
        return Some(FieldFault {
            field: "header.name",
            code: "header_is_taken",
            en: "This header already has a meaning of its own: choose another one.",
            fr: "Cet en-tête a déjà un sens : choisissez-en un autre.",
        });
    }
    let value = header.value.expose_secret();
    let is_visible = |b: u8| (0x20..0x7f).contains(&b);
    if value.is_empty() || value.len() > 4096 || value.trim() != value || !value.bytes().all(is_visible) {
        return Some(FieldFault {
            field: "header.value",
            code: "bad_header_value",
            en: "Give 1 to 4,096 plain characters, without a blank at either end.",
            fr: "Donnez de 1 à 4 096 caractères simples, sans espace au début ni à la fin.",
        });
    }
    // `Bearer changeme` is as public as `changeme`.
    let is_printed = is_printed_secret(value) || value.rsplit(' ').next().is_some_and(is_printed_secret);
    is_printed.then(|| FieldFault::printed("header.value"))
}
