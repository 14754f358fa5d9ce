//! Whether a provider's interface answers.

use crate::double::{Double, Told};
use vestibule_providers::{Places, interfaces};

#[tokio::test]
async fn any_answer_counts_but_a_gateways() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let refusing = Double::open(|_| Told { status: 401, ..Told::default() }).await;
    let behind = Double::open(|_| Told { status: 503, ..Told::default() }).await;
    let places = Places {
        retell: refusing.base.clone(),
        vapi: behind.base.clone(),
        // Nobody listens on the discard port of this machine.
        twilio: "http://127.0.0.1:9".into(),
        resend: String::new(),
    };
    let mut found = Vec::new();
    for interface in interfaces(&places).unwrap() {
        found.push((interface.name(), interface.is_reached().await));
    }
    assert_eq!(found, [("retell", true), ("vapi", false), ("twilio", false)]);
    let asked = refusing.asked();
    assert!(asked.iter().all(|asked| asked.line == "HEAD /" && asked.header("authorization").is_none()));
}
