//! What every answer says to a browser.

use crate::street::{Street, anon};
use vestibule_domain::Settings;
use vestibule_testkit::{Engine, KitOptions, both_databases, quick_settings, run_with};

both_databases! {
    async fn every_answer_keeps_a_browser_in_its_place(kit: Kit) {
        let street = Street::open(&kit);
        for path in ["/health", "/api/v1/me", "/api/openapi.json", "/hooks/retell/nobody", "/nothing.css", "/calls", "/api/docs/"] {
            let answer = street.get(&anon(), path).await;
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") || policy.contains("default-src 'self'"), "{path}: {policy}");
            assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'") || path == "/calls", "{path}: {policy}");
            assert!(!policy.contains("script-src 'unsafe") && !policy.contains("unsafe-eval"), "{path}: {policy}");
            for (name, value) in [
                ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
            ] {
                assert_eq!(answer.header(name), value, "{path}: {name}");
            }
            assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
            assert_eq!(answer.header("strict-transport-security"), "", "{path}: plain HTTP must not promise TLS");
            assert!(!answer.header("x-request-id").is_empty(), "{path}");
        }
    }
}

#[test]
fn under_https_a_browser_is_told_to_stay_there() {
    let settings = || KitOptions {
        settings: Some(Settings { public_url: "https://vestibule.test".into(), ..quick_settings() }),
        ..KitOptions::default()
    };
    run_with(Engine::Sqlite, settings, |kit| async move {
        let street = Street::open(&kit);
        for path in ["/health", "/api/v1/me", "/calls"] {
            let answer = street.get(&anon(), path).await;
            assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "{path}");
        }
    });
}
