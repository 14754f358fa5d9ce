//! Twilio's REST interface against a double of it.

use super::{
    cases::fixtures,
    double::{Asked, Double, Told},
};
use serde_json::{Value, json};
use std::fs;
use vestibule_model::{FactKind, TextProblem, TextStatus, UnixMs};
use vestibule_ports::{CallAccount, ProviderFaultKind, TextFault, TextMessage, Texts};
use vestibule_providers::twilio::TwilioAccount;
use vestibule_vault::Credentials;

const SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn keys() -> Credentials {
    Credentials::of("account_sid", SID).with("auth_token", "token")
}

fn file(path: &str) -> String {
    fs::read_to_string(fixtures().join("twilio").join(path)).unwrap()
}

fn client(base: &str) -> TwilioAccount {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    TwilioAccount::new(base).unwrap()
}

async fn told(status: u16, body: String) -> (Double, TwilioAccount) {
    let double = Double::open(move |_| Told::json(status, body.clone())).await;
    let account = client(&double.base);
    (double, account)
}

#[tokio::test]
async fn an_account_is_opened_by_its_token_and_by_its_key() {
    let (double, account) = told(200, file("rest/FetchAccount.200.fetch.json")).await;
    let info = account.test(&keys()).await.unwrap();
    assert_eq!((info.id.as_deref(), info.label.as_deref()), (Some(SID), Some("friendly_name")));
    let asked = double.asked().remove(0);
    assert_eq!(asked.line, format!("GET /2010-04-01/Accounts/{SID}.json"));
    // base64 of `AC…:token`
    let basic = "Basic QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYTp0b2tlbg==";
    assert_eq!(asked.header("authorization"), Some(basic));
    let with_key = keys().with("api_key_sid", "SK1").with("api_key_secret", "secret");
    account.test(&with_key).await.unwrap();
    let lines: Vec<String> = double.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines[2], format!("GET /2010-04-01/Accounts/{SID}/Calls.json?PageSize=1"));
    assert_eq!(double.asked()[2].header("authorization"), Some("Basic U0sxOnNlY3JldA=="));
}

#[tokio::test]
async fn what_opens_nothing_says_so() {
    let fault = async |status: u16, body: String| {
        let (_double, account) = told(status, body).await;
        account.test(&keys()).await.unwrap_err().kind
    };
    use ProviderFaultKind::{RateLimited, Rejected, Unauthorized, Unavailable, Unexpected};
    assert_eq!(fault(401, file("errors/401.20003.json")).await, Unauthorized);
    assert_eq!(fault(403, file("errors/403.20008.json")).await, Unauthorized);
    assert_eq!(fault(404, file("errors/404.20404.json")).await, Rejected);
    assert_eq!(fault(429, file("errors/429.20429.json")).await, RateLimited);
    assert_eq!(fault(503, "<html>down</html>".into()).await, Unavailable);
    assert_eq!(fault(200, "<html>hello</html>".into()).await, Unexpected);
    assert_eq!(fault(200, json!({"sid": "ACother", "status": "active"}).to_string()).await, Unexpected);
    assert_eq!(fault(200, json!({"sid": SID, "status": "suspended"}).to_string()).await, Rejected);
    assert_eq!(fault(302, String::new()).await, Unexpected);
    let nobody = client("http://127.0.0.1:9");
    assert_eq!(nobody.test(&keys()).await.unwrap_err().kind, Unavailable);
    for sid in ["", "AC", "AC1/../AC2", "SK1", "AC1?x=", "AC 1"] {
        let keys = keys().with("account_sid", sid);
        assert_eq!(nobody.test(&keys).await.unwrap_err().kind, Unauthorized, "{sid}");
    }
    let no_token = Credentials::of("account_sid", SID);
    assert_eq!(nobody.test(&no_token).await.unwrap_err().kind, Unauthorized);
}

fn two_pages(asked: &Asked) -> Told {
    let page = if asked.line.contains("PageToken") { 2 } else { 1 };
    Told::json(200, file(&format!("rest/ListCall.200.readFullPage{page}.json")))
}

#[tokio::test]
async fn calls_are_listed_page_by_page_between_two_instants() {
    let double = Double::open(two_pages).await;
    let account = client(&double.base);
    let at = |text: &str| UnixMs::parse_rfc3339(text).unwrap();
    let (since, until) = (at("2019-10-18T16:30:00Z"), at("2019-10-19T00:00:00Z"));
    let page = account.list_calls(&keys(), since, until, None).await.unwrap();
    let line = format!(
        "GET /2010-04-01/Accounts/{SID}/Calls.json?StartTime%3E=2019-10-18&StartTime%3C=2019-10-21&PageSize=100"
    );
    assert_eq!(double.asked()[0].line, line);
    // The other call of the page was created before.
    let [call] = &page.items[..] else { panic!("{:?}", page.items) };
    assert_eq!(call.external_call_id, "CAdeadbeefdeadbeefdeadbeefdeadbeef", "a leg is its call's");
    assert_eq!(call.events[0].kind, FactKind::Progress);
    assert_eq!(call.occurred_at, at("2019-10-18T17:01:00Z"));
    let next = page.next.unwrap();
    account.list_calls(&keys(), since, until, Some(next.clone())).await.unwrap();
    assert_eq!(double.asked()[1].line, format!("GET {next}"));
    for cursor in ["", "https://evil.test/", "//evil.test/", "/2010-04-01/Accounts/ACother/Calls.json?Page=1"]
    {
        let fault = account.list_calls(&keys(), since, until, Some(cursor.into())).await.unwrap_err();
        assert_eq!(fault.kind, ProviderFaultKind::Rejected, "{cursor}");
    }
    assert_eq!(double.asked().len(), 2);
}

#[tokio::test]
async fn a_page_that_leads_elsewhere_is_not_followed() {
    let page = json!({"calls": [], "next_page_uri": "https://evil.test/2010-04-01"}).to_string();
    let (_double, account) = told(200, page).await;
    let fault = account.list_calls(&keys(), UnixMs(0), UnixMs(1), None).await.unwrap_err();
    assert_eq!(fault.kind, ProviderFaultKind::Unexpected);
    let (_double, account) = told(200, "[".repeat(5_000_000)).await;
    let fault = account.list_calls(&keys(), UnixMs(0), UnixMs(1), None).await.unwrap_err();
    assert_eq!(fault.kind, ProviderFaultKind::Unexpected, "too long");
}

#[tokio::test]
async fn a_calls_price_comes_with_it() {
    let mut call: Value = serde_json::from_str(&file("rest/FetchCall.200.fetch.json")).unwrap();
    call["parent_call_sid"] = Value::Null;
    let (double, account) = told(200, call.to_string()).await;
    let found = account.fetch_call(&keys(), "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").await.unwrap();
    assert_eq!(found.events[0].doc.cost_micros, Some(200_000));
    assert_eq!(
        double.asked()[0].line,
        format!("GET /2010-04-01/Accounts/{SID}/Calls/CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json")
    );
    let fault = account.fetch_call(&keys(), "../Keys").await.unwrap_err();
    assert_eq!(fault.kind, ProviderFaultKind::Rejected);
}

fn message(body: &str) -> TextMessage {
    TextMessage {
        from: "+15125550100".into(),
        to: "+14155550123".into(),
        body: body.into(),
        told_to: Some("https://a.test/hooks/twilio/t".into()),
    }
}

#[tokio::test]
async fn a_text_message_is_sent_as_a_form() {
    let (double, account) = told(201, file("rest/CreateMessage.201.create.json")).await;
    let sent = account.send(&keys(), &message("Rendez-vous à 9 h & café")).await.unwrap();
    assert_eq!(sent.external_id, "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_eq!((sent.status, sent.segments, sent.price_micros), (TextStatus::Accepted, Some(1), None));
    let asked = double.asked().remove(0);
    assert_eq!(asked.line, format!("POST /2010-04-01/Accounts/{SID}/Messages.json"));
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    let body = "From=%2B15125550100&To=%2B14155550123&Body=Rendez-vous+%C3%A0+9+h+%26+caf%C3%A9\
        &StatusCallback=https%3A%2F%2Fa.test%2Fhooks%2Ftwilio%2Ft";
    assert_eq!(asked.body, body);
    for bad in ["", " \n", &"é".repeat(1_601)] {
        assert_eq!(
            account.send(&keys(), &message(bad)).await,
            Err(TextFault::Refused { problem: TextProblem::BadBody, code: None })
        );
    }
    assert_eq!(double.asked().len(), 1);
}

#[tokio::test]
async fn a_text_message_that_is_not_taken_says_why() {
    let fault = async |status: u16, body: String| {
        let (_double, account) = told(status, body).await;
        account.send(&keys(), &message("x")).await.unwrap_err()
    };
    for (code, problem) in [
        (21610, TextProblem::OptedOut),
        (21211, TextProblem::BadReceiver),
        (21614, TextProblem::Landline),
        (21608, TextProblem::TrialReceiver),
        (21606, TextProblem::BadSender),
        (21617, TextProblem::BadBody),
    ] {
        let found = fault(400, file(&format!("errors/400.{code}.json"))).await;
        assert_eq!(found, TextFault::Refused { problem, code: Some(code) });
    }
    for (status, kind) in [
        (401, ProviderFaultKind::Unauthorized),
        (429, ProviderFaultKind::RateLimited),
        (500, ProviderFaultKind::Unavailable),
        (400, ProviderFaultKind::Rejected),
    ] {
        let found = fault(status, "<html>".into()).await;
        assert!(matches!(found, TextFault::Provider(fault) if fault.kind == kind), "{status} {found:?}");
    }
    let found = fault(201, "{}".into()).await;
    assert!(matches!(found, TextFault::Provider(fault) if fault.kind == ProviderFaultKind::Unexpected));
}

#[tokio::test]
async fn what_was_not_reached_was_not_sent() {
    // Nobody listens there any more.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(client(&base).send(&keys(), &message("x")).await, Err(TextFault::Unreached));
}

#[tokio::test]
async fn a_text_message_is_looked_after_by_its_id() {
    let (double, account) = told(200, file("rest/FetchMessage.200.fetch.json")).await;
    let found = account.look(&keys(), "SMb7c0a2ce80504485a6f653a7110836f5").await.unwrap().unwrap();
    assert_eq!((found.status, found.segments), (TextStatus::Sent, Some(1)));
    assert_eq!((found.price_micros, found.currency.as_deref()), (Some(7_500), Some("USD")));
    assert_eq!((found.problem, found.provider_code.as_deref()), (Some(TextProblem::Filtered), Some("30007")));
    let line = format!("GET /2010-04-01/Accounts/{SID}/Messages/SMb7c0a2ce80504485a6f653a7110836f5.json");
    assert_eq!(double.asked()[0].line, line);
    assert_eq!(account.look(&keys(), "../Calls").await.unwrap_err().kind, ProviderFaultKind::Rejected);
    let (_double, account) = told(404, file("errors/404.20404.json")).await;
    assert_eq!(account.look(&keys(), "SM1").await, Ok(None));
}

#[tokio::test]
async fn a_text_message_that_nobody_knows_of_is_found_among_those_that_were_sent() {
    let (double, account) = told(200, file("rest/ListMessage.200.readFullPage1.json")).await;
    let sent = TextMessage {
        from: "+12019235161".into(),
        to: "+18182008801".into(),
        body: "testing".into(),
        told_to: None,
    };
    // Fri, 24 May 2019 17:44:46 +0000
    let made = UnixMs(1_558_719_886_000);
    let found = account.find(&keys(), &sent, made, made.plus_ms(1)).await.unwrap();
    assert_eq!(found.len(), 1, "one came in, and says something else");
    assert_eq!(found[0].external_id, "SMded05904ccb347238880ca9264e8fe1c");
    let line = format!(
        "GET /2010-04-01/Accounts/{SID}/Messages.json?From=%2B12019235161&To=%2B18182008801&PageSize=50"
    );
    assert_eq!(double.asked()[0].line, line);
    let find = async |message: &TextMessage, since: UnixMs, until: UnixMs| {
        account.find(&keys(), message, since, until).await.unwrap().len()
    };
    assert_eq!(find(&sent, made.plus_ms(1), made.plus_ms(2)).await, 0);
    assert_eq!(find(&sent, made.plus_ms(-1), made).await, 0);
    assert_eq!(find(&TextMessage { body: "other".into(), ..sent.clone() }, made, made.plus_ms(1)).await, 0);
}
