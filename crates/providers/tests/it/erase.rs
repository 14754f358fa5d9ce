//! Having providers erase, against doubles of them.

use super::double::{Asked, Double, Told};
use std::time::Duration;
use vestibule_ports::{CallAccount, Erased, ProviderFaultKind, Texts};
use vestibule_providers::retell::RetellAccount;
use vestibule_providers::twilio::TwilioAccount;
use vestibule_providers::vapi::VapiAccount;
use vestibule_vault::Credentials;

const SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const PATIENCE: Duration = Duration::from_secs(5);

async fn double(answer: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> Double {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Double::open(answer).await
}

fn lines(double: &Double) -> Vec<String> {
    double.asked().into_iter().map(|asked| asked.line).collect()
}

#[tokio::test]
async fn retell_erases_a_call_and_stores_less_of_one() {
    let double = double(|_| Told { status: 204, ..Told::default() }).await;
    let account = RetellAccount::new(&double.base, PATIENCE).unwrap();
    let keys = Credentials::of("api_key", "key_0123456789");
    assert_eq!(account.erase_call(&keys, "call_1").await, Ok(Erased::Confirmed));
    assert_eq!(account.erase_recordings(&keys, "call_1").await, Ok(Erased::Confirmed));
    assert_eq!(lines(&double), ["DELETE /v2/delete-call/call_1", "PATCH /v2/update-call/call_1"]);
    let asked = double.asked();
    assert_eq!(asked[0].header("authorization"), Some("Bearer key_0123456789"));
    assert_eq!(asked[1].body, r#"{"data_storage_setting":"basic_attributes_only"}"#);
    // A name that could mean something in an address is none of Retell's.
    assert_eq!(account.erase_call(&keys, "../agents").await, Ok(Erased::Gone));
    assert_eq!(double.asked().len(), 2);
    let nobody = account.erase_call(&Credentials::of("other", "x"), "call_1").await;
    assert_eq!(nobody.unwrap_err().kind, ProviderFaultKind::Unauthorized);
}

#[tokio::test]
async fn vapi_erases_a_call_and_no_recording_alone() {
    let double = double(|_| Told::json(200, "{}")).await;
    let account = VapiAccount::new(&double.base, PATIENCE).unwrap();
    let keys = Credentials::of("private_key", "key_0123456789");
    let call = "0c4b8f6e-9d13-4a7e-8f5b-2d1c6a9e7b30";
    assert_eq!(account.erase_call(&keys, call).await, Ok(Erased::Confirmed));
    assert_eq!(account.erase_recordings(&keys, call).await, Ok(Erased::Unsupported));
    assert_eq!(lines(&double), [format!("DELETE /call/{call}")]);
}

#[tokio::test]
async fn twilio_erases_recordings_before_their_call_and_messages() {
    let list = r#"{"recordings":[{"sid":"RE1"},{"sid":"RE2"}]}"#;
    let double = double(move |asked| {
        if asked.line.starts_with("GET ") {
            Told::json(200, list)
        } else {
            Told { status: 204, ..Told::default() }
        }
    })
    .await;
    let account = TwilioAccount::new(&double.base).unwrap();
    let keys = Credentials::of("account_sid", SID).with("auth_token", "token");
    assert_eq!(account.erase_call(&keys, "CA1").await, Ok(Erased::Confirmed));
    assert_eq!(Texts::erase(&account, &keys, "SM1").await, Ok(Erased::Confirmed));
    let base = format!("/2010-04-01/Accounts/{SID}");
    assert_eq!(
        lines(&double),
        [
            format!("GET {base}/Calls/CA1/Recordings.json?PageSize=100"),
            format!("DELETE {base}/Recordings/RE1.json"),
            format!("DELETE {base}/Recordings/RE2.json"),
            format!("DELETE {base}/Calls/CA1.json"),
            format!("DELETE {base}/Messages/SM1.json"),
        ]
    );
    assert_eq!(account.erase_call(&keys, "../x").await.unwrap_err().kind, ProviderFaultKind::Rejected);
}

#[tokio::test]
async fn what_is_gone_is_gone_and_what_is_refused_is_said() {
    for (status, expected) in [
        (404, Ok(Erased::Gone)),
        (401, Err(ProviderFaultKind::Unauthorized)),
        (409, Err(ProviderFaultKind::Rejected)),
        (429, Err(ProviderFaultKind::RateLimited)),
        (503, Err(ProviderFaultKind::Unavailable)),
    ] {
        let double = double(move |_| Told::json(status, "{}")).await;
        let keys = Credentials::of("api_key", "k").with("private_key", "k");
        let keys = keys.with("account_sid", SID).with("auth_token", "t");
        let (retell, vapi) = (
            RetellAccount::new(&double.base, PATIENCE).unwrap(),
            VapiAccount::new(&double.base, PATIENCE).unwrap(),
        );
        let twilio = TwilioAccount::new(&double.base).unwrap();
        for answer in [
            retell.erase_call(&keys, "call_1").await,
            vapi.erase_call(&keys, "call-1").await,
            twilio.erase_call(&keys, "CA1").await,
            Texts::erase(&twilio, &keys, "SM1").await,
        ] {
            assert_eq!(answer.map_err(|fault| fault.kind), expected, "{status}");
        }
    }
}
