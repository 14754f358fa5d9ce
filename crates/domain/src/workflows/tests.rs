//! When to ask again.

use super::rules::{next_look, since};
use vestibule_model::UnixMs;
use vestibule_ports::{EngineFault, ProviderFaultKind};

const NOW: UnixMs = UnixMs(1_795_219_200_000);

fn wait(kind: ProviderFaultKind, failures: i64, wish: Option<i64>) -> i64 {
    let fault = EngineFault { retry_after_ms: wish, ..EngineFault::new(kind, "x") };
    next_look(Some(&fault), failures, true, NOW).since(NOW)
}

#[test]
fn a_look_follows_soon_each_minute_or_later_and_later() {
    assert_eq!(next_look(None, 3, false, NOW).since(NOW), 60_000);
    assert_eq!(next_look(None, 0, true, NOW).since(NOW), 1_000);
    let waits: Vec<i64> =
        [1, 2, 3, 4, 5, 6, 1_000_000].map(|n| wait(ProviderFaultKind::Unavailable, n, None) / 60_000).into();
    assert_eq!(waits, [2, 4, 8, 16, 30, 30, 30]);
    assert_eq!(wait(ProviderFaultKind::Unauthorized, 1, None), 30 * 60_000);
    assert_eq!(wait(ProviderFaultKind::RateLimited, 1, Some(600_000)), 600_000, "a longer wish counts");
    assert_eq!(wait(ProviderFaultKind::RateLimited, 1, Some(1)), 120_000);
    assert_eq!(wait(ProviderFaultKind::RateLimited, 1, Some(i64::MAX)), 24 * 3_600_000);
}

#[test]
fn a_look_goes_back_a_week_at_first_and_then_a_little() {
    assert_eq!(NOW.since(since(None, NOW)), 7 * 24 * 3_600_000);
    assert_eq!(NOW.since(since(Some(NOW), NOW)), 600_000);
}
