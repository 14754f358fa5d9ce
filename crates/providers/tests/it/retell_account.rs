//! Retell's REST interface as a double plays it: well behaved, then in every other way.

use super::{
    cases::sample,
    double::{Asked, Double, Told},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use vestibule_model::{FactKind, Status, UnixMs};
use vestibule_ports::{
    AccountInfo, CallAccount, CallWebhooks, ProviderFault, ProviderFaultKind, Resource, ResourceKind,
};
use vestibule_providers::{retell::Retell, retell::RetellAccount, vapi::VapiAccount};
use vestibule_vault::Credentials;

const KEY: &str = "key_0123456789abcdef";
const LONGEST: usize = 64 * 1024;
const SINCE: UnixMs = UnixMs(1_795_219_200_000);
const UNTIL: UnixMs = UnixMs(1_795_305_600_000);
const AGENT: &str = "agent_4f2d9a1b7c3e5d6f8a9b0c1d2e";

fn keys() -> Credentials {
    Credentials::of("api_key", KEY).with("webhook_key", "never-sent-anywhere")
}

fn account(double: &Double) -> RetellAccount {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    RetellAccount::at(&double.base, Duration::from_secs(5), LONGEST).unwrap()
}

fn ok(body: &Value) -> Told {
    Told::json(200, body.to_string())
}

fn missing() -> Told {
    Told::json(422, r#"{"status":"error","message":"Cannot find requested asset under given api key."}"#)
}

fn file(name: &str) -> Value {
    serde_json::from_slice(&sample("retell", &format!("rest/{name}.json"))).unwrap()
}

fn fault(kind: ProviderFaultKind) -> ProviderFault {
    ProviderFault::of(kind)
}

fn call(n: usize) -> Value {
    let at = SINCE.0 + i64::try_from(n).unwrap() * 1000;
    json!({"call_id": format!("call_{n}"), "agent_id": AGENT, "call_type": "phone_call", "call_status": "ended",
        "start_timestamp": at, "end_timestamp": at + 500, "disconnection_reason": "user_hangup"})
}

/// Answers as Retell does: newest first, after the call that the key names; a call by itself with what was said.
fn retell(calls: usize) -> impl Fn(&Asked) -> Told + Send + Sync + 'static {
    move |asked| {
        if let Some(id) = asked.line.strip_prefix("GET /v2/get-call/call_") {
            let mut whole = call(id.parse().unwrap());
            whole["transcript"] = json!(format!("Agent: this is call {id}\n"));
            whole["telephony_identifier"] = json!({"twilio_call_sid": format!("CA{id}")});
            return ok(&whole);
        }
        assert_eq!(asked.line, "POST /v3/list-calls");
        let wanted: Value = serde_json::from_str(&asked.body).unwrap();
        let range = json!({"op": "bt", "type": "range", "value": [SINCE.0, UNTIL.0]});
        assert_eq!(
            (&wanted["filter_criteria"], &wanted["sort_order"]),
            (&json!({"start_timestamp": range}), &json!("descending"))
        );
        let limit = usize::try_from(wanted["limit"].as_u64().unwrap()).unwrap();
        let before =
            wanted["pagination_key"].as_str().map_or(calls, |key| key["call_".len()..].parse().unwrap());
        let items: Vec<Value> = (0..before).rev().take(limit).map(call).collect();
        let has_more = before > limit;
        let next = has_more.then(|| items.last().unwrap()["call_id"].clone());
        ok(&json!({"items": items, "has_more": has_more, "pagination_key": next}))
    }
}

#[tokio::test]
async fn every_call_is_on_some_page_and_whole() {
    let double = Double::open(retell(121)).await;
    let (account, keys) = (account(&double), keys());
    let (mut found, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = account.list_calls(&keys, SINCE, UNTIL, cursor).await.unwrap();
        found.extend(page.items);
        (cursor, pages) = (page.next, pages + 1);
        if cursor.is_none() || pages > 9 {
            break;
        }
    }
    assert_eq!((found.len(), pages), (121, 3));
    for (n, call) in found.iter().rev().enumerate() {
        let [event] = &call.events[..] else { panic!("one fact") };
        assert_eq!(
            (call.external_call_id.as_str(), event.kind),
            (format!("call_{n}").as_str(), FactKind::Ended)
        );
        assert_eq!(event.aliases, [("twilio".to_owned(), format!("CA{n}"))]);
        let said = event.doc.transcript.as_ref().unwrap();
        assert_eq!(said[0].text, format!("this is call {n}"));
        assert_eq!(call.resources, [Resource { kind: ResourceKind::Agent, id: AGENT.into() }]);
    }
    let asked = double.asked();
    assert_eq!(asked.len(), 121 + 3);
    let bearer = format!("Bearer {KEY}");
    assert!(asked.iter().all(|a| a.header("authorization") == Some(&bearer) && !a.line.contains(KEY)));
    assert!(!format!("{asked:?}").contains("never-sent"));
}

#[tokio::test]
async fn a_listed_call_says_what_its_analysis_said() {
    let report = Retell.normalize(&sample("retell", "call_analyzed.json")).unwrap();
    let double = Double::open(|asked| match asked.line.as_str() {
        "POST /v3/list-calls" => ok(&file("list_calls_v3_response")),
        "GET /v2/get-call/call_5b7c1e9d2f3a4b6c8d0e1f2a3b4" => ok(&file("get_call_response")),
        other => panic!("{other}"),
    })
    .await;
    let page = account(&double).list_calls(&keys(), SINCE, UNTIL, None).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("call_5b7c1e9d2f3a4b6c8d0e1f2a3b4"));
    let [call] = &page.items[..] else { panic!("one call") };
    let [event] = &call.events[..] else { panic!("one fact") };
    assert_eq!(
        (event.kind, &event.aliases, &event.doc),
        (FactKind::Analyzed, &report[0].aliases, &report[0].doc)
    );
    assert_eq!((&event.external_call_id, event.provider.as_str()), (&report[0].external_call_id, "retell"));
    assert_eq!((event.doc.ended_at, event.occurred_at), (Some(call.occurred_at), call.occurred_at));
}

#[tokio::test]
async fn calls_under_way_and_odd_ones() {
    let at = SINCE.0;
    let double = Double::open(move |asked| {
        if let Some(id) = asked.line.strip_prefix("GET /v2/get-call/") {
            return match id {
                "gone" => missing(),
                "other" => ok(&json!({"call_id": "another", "call_status": "ended"})),
                "torn" => Told::json(200, "<html>"),
                "long" => Told::json(200, vec![b' '; LONGEST + 1]),
                // The analysis arrived between the two requests.
                "late" => ok(&json!({"call_id": "late", "call_status": "ended", "start_timestamp": at, "end_timestamp": at + 1,
                    "call_analysis": {"call_summary": "Said."}})),
                other => panic!("{other} was asked for"),
            };
        }
        let ended = |id: &str| json!({"call_id": id, "call_status": "ended", "start_timestamp": at, "end_timestamp": at + 1});
        ok(&json!({"has_more": false, "items": [7, {"call_status": "ended"},
            {"call_id": "now", "call_status": "ongoing", "start_timestamp": at},
            {"call_id": "a/../b", "call_status": "not_connected", "disconnection_reason": "dial_busy", "start_timestamp": at},
            {"call_id": "before", "call_status": "ended", "start_timestamp": at - 1},
            {"call_id": "after", "call_status": "ended", "start_timestamp": UNTIL.0},
            ended("gone"), ended("other"), ended("torn"), ended("long"), ended("late")]}))
    })
    .await;
    let page = account(&double).list_calls(&keys(), SINCE, UNTIL, None).await.unwrap();
    let kind =
        |call: &vestibule_ports::ListedCall| call.events.first().map(|e| (e.kind, e.doc.status.unwrap()));
    let found: Vec<_> = page.items.iter().map(|c| (c.external_call_id.as_str(), kind(c))).collect();
    let ended = Some((FactKind::Ended, Status::Completed));
    let want = [
        ("now", Some((FactKind::Started, Status::InProgress))),
        ("a/../b", Some((FactKind::Ended, Status::Busy))),
        ("gone", ended),
        ("other", ended),
        ("torn", ended),
        ("long", ended),
        ("late", Some((FactKind::Analyzed, Status::Completed))),
    ];
    assert_eq!(found, want);
    let nobody = Double::open(|asked| match asked.line.as_str() {
        "POST /v3/list-calls" => ok(&json!({"items": [{"call_id": "web", "call_status": "registered"}]})),
        _ => ok(&json!({"call_id": "web", "call_status": "registered", "access_token": "t"})),
    })
    .await;
    let page = account(&nobody).list_calls(&keys(), SINCE, UNTIL, None).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].events.len(), page.next), (1, 0, None));
}

#[tokio::test]
async fn a_fault_of_one_call_is_the_pages_fault_when_it_is_the_keys_or_passing() {
    for (status, kind, wait) in [
        (401, ProviderFaultKind::Unauthorized, None),
        (429, ProviderFaultKind::RateLimited, Some(9_000)),
        (500, ProviderFaultKind::Unavailable, None),
    ] {
        let double = Double::open(move |asked| match asked.line.as_str() {
            "POST /v3/list-calls" => ok(&json!({"items": [call(0), call(1)]})),
            _ if status == 429 => Told::json(429, "{}").with("retry-after", "9"),
            _ => Told::json(status, "{}"),
        })
        .await;
        let found = account(&double).list_calls(&keys(), SINCE, UNTIL, None).await;
        assert_eq!(found, Err(ProviderFault { kind, retry_after_ms: wait }));
    }
}

#[tokio::test]
async fn a_key_is_tested_by_something_small() {
    let double =
        Double::open(|_| ok(&json!({"api_key_name": "production", "org_name": "North Shore"}))).await;
    let info = account(&double).test(&keys()).await.unwrap();
    assert_eq!(info, AccountInfo { id: None, label: Some("North Shore".into()) });
    let [asked] = &double.asked()[..] else { panic!("one request") };
    assert_eq!(asked.line, "GET /get-api-key-info");
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    // Without a key nothing is asked.
    let without = Credentials::of("webhook_key", "x");
    assert_eq!(account(&double).test(&without).await, Err(fault(ProviderFaultKind::Unauthorized)));
    assert_eq!(double.asked().len(), 1);
}

#[tokio::test]
async fn refusals_become_kinds() {
    use ProviderFaultKind::{RateLimited, Rejected, Unauthorized, Unavailable, Unexpected};
    let agent = Resource { kind: ResourceKind::Agent, id: AGENT.into() };
    for (status, headers, body, kind, wait) in [
        (401, vec![], r#"{"status":"error","message":"API key is missing or invalid."}"#, Unauthorized, None),
        (403, vec![], "", Unauthorized, None),
        (
            402,
            vec![],
            r#"{"status":"error","message":"Trial has ended, please add payment method."}"#,
            Rejected,
            None,
        ),
        (400, vec![], "", Rejected, None),
        (429, vec![("retry-after", "7")], "", RateLimited, Some(7_000)),
        (429, vec![("retry-after", "soon")], "", RateLimited, None),
        (500, vec![], "oops", Unavailable, None),
        (503, vec![("retry-after", "1")], "", Unavailable, Some(1_000)),
        (302, vec![("location", "http://127.0.0.1:9/")], "", Unexpected, None),
        (200, vec![], "<html>", Unexpected, None),
        (200, vec![], "[]", Unexpected, None),
        (200, vec![], "", Unexpected, None),
    ] {
        let double = Double::open(move |_| {
            headers.iter().fold(Told::json(status, body), |told, (name, value)| told.with(name, value))
        })
        .await;
        let (account, keys, want) = (account(&double), keys(), ProviderFault { kind, retry_after_ms: wait });
        assert_eq!(account.test(&keys).await, Err(want), "{status} {body}");
        assert_eq!(account.list_calls(&keys, SINCE, UNTIL, None).await, Err(want), "{status} {body}");
        assert_eq!(account.owns(&keys, &agent).await, Err(want), "{status} {body}");
        assert_eq!(account.agent(&keys, AGENT).await, Err(want), "{status} {body}");
        if body != "[]" {
            assert_eq!(account.voices(&keys).await, Err(want), "{status} {body}");
            assert_eq!(account.agents(&keys, None).await, Err(want), "{status} {body}");
            assert_eq!(account.numbers(&keys, None).await, Err(want), "{status} {body}");
        }
    }
}

#[tokio::test]
async fn slow_broken_and_absent_answers_cost_no_more_than_the_limit() {
    // Nobody takes the connection up.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", silent.local_addr().unwrap());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let hasty = RetellAccount::at(&base, Duration::from_millis(150), LONGEST).unwrap();
    let begun = Instant::now();
    assert_eq!(hasty.test(&keys()).await, Err(fault(ProviderFaultKind::Unavailable)));
    let agent = Resource { kind: ResourceKind::Agent, id: AGENT.into() };
    assert_eq!(hasty.owns(&keys(), &agent).await, Err(fault(ProviderFaultKind::Unavailable)));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let broken = Double::open(|_| Told { breaks_off: true, ..Told::json(200, "{") }).await;
    assert_eq!(account(&broken).test(&keys()).await, Err(fault(ProviderFaultKind::Unavailable)));
    drop(silent);
    assert_eq!(hasty.test(&keys()).await, Err(fault(ProviderFaultKind::Unavailable)));
}

#[tokio::test]
async fn a_page_that_is_too_long_is_asked_for_in_smaller_ones() {
    let double = Double::open(|asked| {
        let wanted: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        if wanted["limit"].as_u64().unwrap_or(0) > 10 {
            return ok(&json!({ "items": ["x".repeat(LONGEST)] }));
        }
        retell(12)(asked)
    })
    .await;
    let page = account(&double).list_calls(&keys(), SINCE, UNTIL, None).await.unwrap();
    assert_eq!((page.items.len(), page.next.as_deref()), (10, Some("call_2")));
    let endless = Double::open(|_| ok(&json!(["x".repeat(LONGEST)]))).await;
    let found = account(&endless).list_calls(&keys(), SINCE, UNTIL, None).await;
    assert_eq!((found, endless.asked().len()), (Err(fault(ProviderFaultKind::Unexpected)), 3));
    assert_eq!(account(&endless).voices(&keys()).await, Err(fault(ProviderFaultKind::Unexpected)));
}

#[tokio::test]
async fn pages_without_an_end_and_foreign_cursors_are_refused() {
    let double = Double::open(|asked| match asked.body.as_str() {
        body if body.contains("call_9") => {
            ok(&json!({"items": [], "has_more": true, "pagination_key": "call_9"}))
        }
        _ => ok(&json!({"items": [], "has_more": true})),
    })
    .await;
    let (account, keys) = (account(&double), keys());
    let again = account.list_calls(&keys, SINCE, UNTIL, Some("call_9".into())).await;
    assert_eq!(again, Err(fault(ProviderFaultKind::Unexpected)), "a page that names itself");
    let nameless = account.list_calls(&keys, SINCE, UNTIL, None).await;
    assert_eq!(nameless, Err(fault(ProviderFaultKind::Unexpected)), "more, but nowhere");
    let asked = double.asked().len();
    for cursor in ["", "a b", "é", "a\nb", &"x".repeat(2_000)] {
        let found = account.list_calls(&keys, SINCE, UNTIL, Some(cursor.to_owned())).await;
        assert_eq!(found, Err(fault(ProviderFaultKind::Rejected)), "{cursor}");
        assert_eq!(account.agents(&keys, Some(cursor)).await, Err(fault(ProviderFaultKind::Rejected)));
        assert_eq!(account.numbers(&keys, Some(cursor)).await, Err(fault(ProviderFaultKind::Rejected)));
    }
    assert_eq!(double.asked().len(), asked);
    assert!(!format!("{account:?} {keys:?}").contains(KEY));
}

#[tokio::test]
async fn an_agent_is_the_keys_own_or_not() {
    let double = Double::open(|asked| match asked.line.as_str() {
        line if line.ends_with(AGENT) => ok(&file("agent")),
        "GET /get-agent/agent_gone" => Told::json(404, "{}"),
        _ => missing(),
    })
    .await;
    let (account, keys) = (account(&double), keys());
    let owns = async |kind, id: &str| account.owns(&keys, &Resource { kind, id: id.into() }).await;
    assert_eq!(owns(ResourceKind::Agent, AGENT).await, Ok(true));
    assert_eq!(owns(ResourceKind::Agent, "agent_gone").await, Ok(false));
    assert_eq!(owns(ResourceKind::Agent, "agent_of_another").await, Ok(false));
    let asked = double.asked().len();
    // What can be no id is not asked for: it would be another address.
    for id in ["", "a/b", "..", "a?version=1", "agent é"] {
        assert_eq!(owns(ResourceKind::Agent, id).await, Ok(false), "{id}");
    }
    assert_eq!(owns(ResourceKind::Number, "+18195550100").await, Ok(true));
    assert_eq!(double.asked().len(), asked);
}

#[tokio::test]
async fn an_assistant_of_vapi_is_the_keys_own_or_not() {
    let double = Double::open(|asked| match asked.line.as_str() {
        "GET /assistant/f4ff7f14" => ok(&json!({"id": "f4ff7f14", "orgId": "o"})),
        "GET /assistant/broken" => Told::json(500, ""),
        "GET /assistant/other" => ok(&json!({"id": "another"})),
        _ => {
            Told::json(404, r#"{"message":"Couldn't Find Assistant.","error":"Not Found","statusCode":404}"#)
        }
    })
    .await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let vapi = VapiAccount::at(&double.base, Duration::from_secs(5), LONGEST).unwrap();
    let keys = Credentials::of("private_key", KEY);
    let owns = async |kind, id: &str| vapi.owns(&keys, &Resource { kind, id: id.into() }).await;
    assert_eq!(owns(ResourceKind::Agent, "f4ff7f14").await, Ok(true));
    assert_eq!(owns(ResourceKind::Agent, "6b38c32e").await, Ok(false));
    assert_eq!(owns(ResourceKind::Agent, "a/b").await, Ok(false));
    assert_eq!(owns(ResourceKind::Agent, "broken").await, Err(fault(ProviderFaultKind::Unavailable)));
    assert_eq!(owns(ResourceKind::Agent, "other").await, Err(fault(ProviderFaultKind::Unexpected)));
    assert_eq!(owns(ResourceKind::Number, "+18195550100").await, Ok(true));
    let without = Credentials::of("webhook_secret", "x");
    let agent = Resource { kind: ResourceKind::Agent, id: "f4ff7f14".into() };
    assert_eq!(vapi.owns(&without, &agent).await, Err(fault(ProviderFaultKind::Unauthorized)));
    assert_eq!(double.asked().len(), 4);
}

#[tokio::test]
async fn what_an_account_holds() {
    let double = Double::open(|asked| match asked.line.as_str() {
        "POST /v2/list-agents" if asked.body.contains("agent_last") => ok(&file("list_agents_v2_response")),
        "POST /v2/list-agents" => ok(
            &json!({"items": [{"agent_id": "agent_last", "is_suspended": "true"}, {"agent_name": "no id"}, 7],
            "has_more": true, "pagination_key": "agent_last"}),
        ),
        "GET /list-voices" => ok(&file("list_voices")),
        line if line.starts_with("GET /get-agent/") => ok(&file("agent")),
        "GET /v2/list-phone-numbers?limit=100" => {
            ok(&json!({"items": [file("phone_number")], "has_more": true, "pagination_key": "+18195550100"}))
        }
        "GET /v2/list-phone-numbers?limit=100&pagination_key=%2B18195550100" => {
            ok(&json!([{"phone_number": "+18195550101", "inbound_agents": "none"}]))
        }
        other => panic!("{other}"),
    })
    .await;
    let (account, keys) = (account(&double), keys());
    let first = account.agents(&keys, None).await.unwrap();
    assert_eq!(
        (first.items.len(), first.items[0].is_suspended, first.next.as_deref()),
        (1, true, Some("agent_last"))
    );
    let second = account.agents(&keys, first.next.as_deref()).await.unwrap();
    assert_eq!(
        (second.items[0].id.as_str(), second.items[0].name.as_deref()),
        (AGENT, Some("North Shore receptionist"))
    );
    assert_eq!((second.items[0].is_suspended, second.next), (false, None));
    let agent = account.agent(&keys, AGENT).await.unwrap();
    assert_eq!((agent.version, agent.voice_id.as_deref()), (Some(3), Some("11labs-Adrian")));
    assert!(agent.webhook_url.is_some_and(|url| url.starts_with("https://")));
    assert_eq!(
        account.agent(&keys, "agent_asked").await,
        Err(fault(ProviderFaultKind::Unexpected)),
        "another was told of"
    );
    assert_eq!(account.agent(&keys, "a/b").await, Err(fault(ProviderFaultKind::Rejected)));
    let voices = account.voices(&keys).await.unwrap();
    assert_eq!(
        (voices.len(), voices[0].id.as_str(), voices[1].accent.as_deref()),
        (2, "11labs-Adrian", None)
    );
    let numbers = account.numbers(&keys, None).await.unwrap();
    assert_eq!(
        (numbers.items[0].number.as_str(), &numbers.items[0].inbound_agents),
        ("+18195550100", &vec![AGENT.to_owned()])
    );
    let rest = account.numbers(&keys, numbers.next.as_deref()).await.unwrap();
    assert_eq!(
        (rest.items[0].number.as_str(), rest.items[0].inbound_agents.len(), rest.next),
        ("+18195550101", 0, None)
    );
}
