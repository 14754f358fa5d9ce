//! The webhook walk: a signed event becomes a call, n8n is told of it once, its owner sees it, nobody else does.

use crate::program::{Business, Caller, Home, PATIENCE, now, until};
use crate::receiver::{Desk, Mood};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_testkit::{Engine, TestDb, postgres_is_available, runtime, sign_retell};

/// From an empty machine to a call that n8n knows of.
async fn the_whole_way(home: &Home) {
    let server = home.serve();
    let url = server.url.clone();
    let desk = Desk::open().await;
    let operator =
        Caller::by_link(&url, &home.ok(&["operator", "add", "operator@vestibule.test"]), "operator").await;
    let own = Business::open(home, &server, "north-shore", &json!({ "url": desk.url() })).await;
    let other = Business::open(home, &server, "south-shore", &json!({ "url": desk.url() })).await;
    let key = Caller::with(
        home.ok(&["key", "add", "north-shore", "--name", "walk", "--scopes", "calls.read"]).trim(),
    );
    // n8n is not well at first.
    let mut first = [Mood::Answer(500), Mood::CloseAfter, Mood::CloseBefore].into_iter();
    desk.is(move || first.next().unwrap_or(Mood::Answer(200)));

    assert_eq!(
        own.owner.http.post(format!("{url}{}", own.hook)).body("{}").send().await.unwrap().status(),
        401
    );
    let started = own.event("call_started", "call_walk");
    assert_eq!(own.send(&url, &started.body()).await, Some(204));
    // The next by the door that all share, found by its agent.
    let ended = own.event("call_ended", "call_walk").body();
    let request = own.owner.http.post(format!("{url}/api/webhooks/retell"));
    let request = request.header("x-retell-signature", sign_retell(&own.key, &ended, now()));
    assert_eq!(request.body(ended.clone()).send().await.unwrap().status(), 204);
    assert_eq!(own.send(&url, &own.event("call_analyzed", "call_walk").body()).await, Some(204));
    assert_eq!(own.send(&url, &ended).await, Some(200), "a duplicate");

    let row = until("the delivery arrives", PATIENCE, || async {
        let rows = own.owner.all(&format!("{url}/api/v1/deliveries")).await;
        rows.into_iter().find(|d| d["state"] == "delivered")
    })
    .await;
    let all = own.owner.all(&format!("{url}/api/v1/deliveries")).await;
    assert_eq!(all.len(), 1, "{all:?}");
    let received = desk.received();
    // The first was read and refused, the second read and cut off, the third never read.
    assert_eq!(received.iter().map(|r| r.answered).collect::<Vec<_>>(), [Some(500), None, Some(200)]);
    for one in &received {
        assert_eq!(one.header("webhook-id"), row["id"].as_str().unwrap());
        assert_eq!(one.body, received[0].body, "the body is frozen");
        let body = one.verified(&own.secret, &own.secret_ascii, now().0 / 1000);
        has_the_shape_of_1_38(&body, &started.0);
    }

    let calls = own.owner.all(&format!("{url}/api/v1/calls")).await;
    assert_eq!(
        (calls.len(), &calls[0]["external_id"], &calls[0]["outcome"]),
        (1, &json!("retell_call_walk"), &json!("BOOKED"))
    );
    let call = format!("{url}/api/v1/calls/{}", calls[0]["id"].as_str().unwrap());
    assert_eq!(own.owner.get(&call).await.1["facts"].as_array().unwrap().len(), 3);
    assert_eq!(key.get(&call).await.0, 200);
    assert_eq!(key.get(&format!("{url}/api/v1/deliveries")).await.0, 403);
    let delivery = format!("{url}/api/v1/deliveries/{}", row["id"].as_str().unwrap());
    let results: Vec<Value> = own.owner.get(&delivery).await.1["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["result"].clone())
        .collect();
    assert_eq!(results, ["failed", "failed", "failed", "delivered"]);
    for foreign in [&call, &delivery] {
        assert_eq!(other.owner.get(foreign).await.0, 404);
        assert_eq!(other.owner.get(&format!("{foreign}?tenant={}", own.id)).await.0, 404);
        // Whoever runs the server sees what callers said only while looking in, for a reason.
        assert_eq!(operator.get(&format!("{foreign}?tenant=north-shore")).await.0, 403);
    }
    let look = json!({ "role": "staff", "reason": "The walk wants to see." });
    let path = format!("{url}/api/admin/tenants/north-shore/viewing");
    assert_eq!(operator.post(&path, &look).await.0, 201);
    for foreign in [&call, &delivery] {
        assert_eq!(operator.get(&format!("{foreign}?tenant=north-shore")).await.0, 200);
        assert_eq!(operator.get(&format!("{foreign}?tenant=south-shore")).await.0, 403);
    }
    assert!(other.owner.all(&format!("{url}/api/v1/calls")).await.is_empty());

    // Another process changes something, and this one knows.
    let late = Caller::with(home.ok(&["key", "add", &own.id]).trim());
    assert_eq!(late.get(&call).await.0, 200);
    let (status, took, said) = server.stop();
    assert_eq!((status.code(), said.is_empty()), (Some(0), true), "{said:?}");
    assert!(took < Duration::from_secs(10), "it took {took:?} to stop");
    // What it knew it knows again.
    let server = home.serve();
    assert_eq!(
        late.get(&format!("{}/api/v1/calls", server.url)).await.1["items"].as_array().unwrap().len(),
        1
    );
    assert_eq!(server.stop().0.code(), Some(0));
}

fn has_the_shape_of_1_38(body: &Value, sample: &Value) {
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut top = keys(body);
    top.sort();
    assert_eq!(top, ["data", "eventId", "eventType", "timestamp"]);
    assert_eq!(body["eventType"], "call.call-ended");
    let event = body["eventId"].as_str().unwrap();
    assert!(event.starts_with("retell:call_walk:call-ended:"), "{event}");
    let data = &body["data"];
    let call = &sample["call"];
    assert_eq!((&data["from"], &data["to"]), (&call["from_number"], &call["to_number"]));
    let expected = json!({ "direction": "INBOUND", "status": "COMPLETED", "duration": 34, "aiHandled": true, "outcome": "BOOKED" });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&data[key], value, "{key}");
    }
    assert!(data["transcript"].as_str().is_some_and(|t| t.contains("furnace")), "{data}");
    let block = &data["retell"];
    assert_eq!(block["callId"], "call_walk");
    assert!(block["summary"].as_str().is_some_and(|s| s.contains("Marie Tremblay")), "{block}");
    assert_eq!(block["structuredData"]["customerName"], "Marie Tremblay");
    assert!(block["structuredData"]["appointmentDate"].is_string(), "{block}");
}

#[test]
fn sqlite() {
    runtime().block_on(async { the_whole_way(&Home::new(&TestDb::new(Engine::Sqlite).await)).await });
}

#[test]
fn postgres() {
    if !postgres_is_available() {
        return;
    }
    runtime().block_on(async {
        // From nothing: the schema is made by the command.
        let database = TestDb::empty_postgres().await;
        let home = Home::new(&database);
        assert!(home.ok(&["migrate"]).starts_with("Applied: "));
        assert_eq!(home.ok(&["migrate"]).trim(), "The database is up to date.");
        the_whole_way(&home).await;
        database.drop_database().await;
    });
}
