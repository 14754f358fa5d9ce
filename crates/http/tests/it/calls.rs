//! Calls: pages, filters, one call.

use crate::street::{Street, another, escaped, owner};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vestibule_model::Role;
use vestibule_testkit::{TestTenant, both_databases, inside};

const LIST: &str = "/api/v1/calls";

fn names(calls: &[Value]) -> Vec<String> {
    calls
        .iter()
        .map(|c| c["external_id"].as_str().unwrap().trim_start_matches("retell_").to_owned())
        .collect()
}

/// A call that ended `minutes` after the sample's.
async fn ended(street: &Street, tenant: &TestTenant, id: &str, minutes: i64) {
    let body = another(tenant, "call_ended", id).later(minutes * 60_000).body();
    assert_eq!(street.hook(tenant, &body).await.status, 204);
}

/// Calls of several kinds, hours and days apart.
pub(crate) async fn a_mixture(street: &Street, tenant: &TestTenant) {
    let bodies = [
        another(tenant, "call_started", "going").later(3_600_000).from("+18195550143"),
        another(tenant, "call_ended", "ended").later(7_200_000).from("+14165550199"),
        another(tenant, "call_analyzed", "booked").later(-86_400_000),
        another(tenant, "call_analyzed", "asked")
            .later(-172_800_000)
            .with("/call/call_analysis/custom_analysis_data", json!({ "intent": "question" })),
        another(tenant, "call_ended_not_connected", "missed").later(-10_800_000),
        another(tenant, "call_ended_web", "web").later(-259_200_000),
    ];
    for body in bodies {
        assert_eq!(street.hook(tenant, &body.body()).await.status, 204);
    }
    street.kit.fold_all().await;
}

async fn all(street: &Street, tenant: &TestTenant, query: &str) -> Vec<Value> {
    street.get(&owner(tenant), &format!("{LIST}?limit=200&{query}")).await.items()
}

both_databases! {
    async fn pages_are_whole_while_calls_arrive(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        // Two at each instant: the order needs more than the instant.
        for n in 0..24 {
            ended(&street, &own, &format!("call_{n:02}"), -(n / 2)).await;
        }
        kit.fold_all().await;
        let before: BTreeSet<String> = names(&all(&street, &own, "").await).into_iter().collect();
        assert_eq!(before.len(), 24);
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = street.get(&owner(&own), &format!("{LIST}?limit=5&cursor={cursor}")).await;
            assert!(page.items().len() <= 5);
            seen.extend(page.items());
            pages += 1;
            // A new call above, and an old one that changes, after each page.
            ended(&street, &own, &format!("new_{pages}"), pages).await;
            let changed = another(&own, "call_analyzed", "call_03").later(-60_000).with("/call/call_cost/combined_cost", json!(pages));
            street.hook(&own, &changed.body()).await;
            kit.fold_all().await;
            match page.json()["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
            assert!(pages < 20, "pages without an end");
        }
        assert_eq!(pages, 5);
        let found = names(&seen);
        let distinct: BTreeSet<String> = found.iter().cloned().collect();
        assert_eq!(found.len(), distinct.len(), "a call came twice: {found:?}");
        assert_eq!(distinct, before);
        let order: Vec<_> = seen.iter().map(|c| c["started_at"].as_str().unwrap().to_owned()).collect();
        assert!(order.is_sorted_by(|a, b| a >= b), "{order:?}");
    }

    async fn req_0_30_each_filter_gives_its_part(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        a_mixture(&street, &own).await;
        let whole = all(&street, &own, "").await;
        assert_eq!(whole.len(), 6);
        for (filter, field, at_least) in [("status", "status", 3), ("outcome", "outcome", 2), ("intent", "intent", 2), ("phone", "from_number", 3)] {
            // Of a call that we made, the other side is the called number.
            let of = |c: &'_ Value| {
                let is_other = field == "from_number" && c["direction"] == "OUTBOUND";
                c[if is_other { "to_number" } else { field }].as_str().map(str::to_owned)
            };
            let values: BTreeSet<String> = whole.iter().filter_map(of).collect();
            assert!(values.len() >= at_least, "too few kinds of {field}: {values:?}");
            for value in values {
                let found = all(&street, &own, &format!("{filter}={}", escaped(&value))).await;
                let expected: Vec<Value> = whole.iter().filter(|c| of(c).as_ref() == Some(&value)).cloned().collect();
                assert_eq!(found, expected, "{filter}={value}");
            }
            let none = street.get(&owner(&own), &format!("{LIST}?{filter}=NONSENSE")).await;
            none.is_problem(422, "invalid");
            assert_eq!(none.json()["fields"][0]["field"], filter);
            assert_eq!(all(&street, &own, &format!("{filter}=")).await.len(), 6, "an empty filter is none");
        }
        // Together they narrow.
        let both = all(&street, &own, "status=COMPLETED&phone=%2B14165550199").await;
        assert_eq!(names(&both), ["ended"]);
        assert!(all(&street, &own, "status=COMPLETED&phone=%2B18195550143").await.is_empty());
        // A number as people write it, and with the plus that an address loses.
        for text in ["%2B14165550199", "+14165550199", "14165550199", "(416)%20555-0199", "416-555-0199"] {
            assert_eq!(names(&all(&street, &own, &format!("phone={text}")).await), ["ended"], "{text}");
        }
    }

    async fn req_0_29_days_are_the_tenants(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        // The sample begins at 2026-11-21T00:00:00Z: 19:00 the evening before in Toronto, whose midnight is 05:00Z.
        for (id, minutes) in [("evening", 0), ("before_midnight", 299), ("midnight", 300), ("next_evening", 24 * 60)] {
            ended(&street, &own, id, minutes).await;
        }
        kit.fold_all().await;
        let on = |query: &'static str| {
            let (street, own) = (street.clone(), own.clone());
            async move { names(&all(&street, &own, query).await) }
        };
        assert_eq!(on("from=2026-11-20&to=2026-11-20").await, ["before_midnight", "evening"]);
        assert_eq!(on("from=2026-11-21").await, ["next_evening", "midnight"]);
        assert_eq!(on("to=2026-11-20").await, ["before_midnight", "evening"]);
        assert!(on("from=2026-11-22").await.is_empty() && on("to=2026-11-19").await.is_empty());
        // Instants, in any zone; the end is outside.
        assert_eq!(on("from=2026-11-21T04:59:00Z&to=2026-11-21T05:00:00.000Z").await, ["before_midnight"]);
        assert_eq!(on("from=2026-11-20T23:59:00-05:00&to=2026-11-21T00:00:01-05:00").await, ["midnight", "before_midnight"]);
        for bad in ["from=yesterday", "to=2026-13-01", "from=2026-11-31", "to=20"] {
            let answer = street.get(&owner(&own), &format!("{LIST}?{bad}")).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], bad.split_once('=').unwrap().0);
        }
    }

    async fn cursors_and_limits(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        street.have_a_call(&own).await;
        for list in ["calls", "contacts", "deliveries", "inbox"] {
            for bad in ["x", "AAAA", "%00", "..%2F", &"A".repeat(33)] {
                let answer = street.get(&owner(&own), &format!("/api/v1/{list}?cursor={bad}")).await;
                answer.is_problem(400, "bad_cursor");
            }
            for (limit, status) in [("0", 200), ("-1", 200), ("100000", 200), ("many", 400), ("99999999999999999999", 400)] {
                let answer = street.get(&owner(&own), &format!("/api/v1/{list}?limit={limit}")).await;
                assert_eq!(answer.status, status, "{list} {limit}: {answer:?}");
            }
            assert_eq!(street.get(&owner(&own), &format!("/api/v1/{list}?limit=1")).await.items().len(), 1, "{list}");
        }
    }

    async fn one_call_in_full(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        street.have_a_call(&own).await;
        let row = all(&street, &own, "").await.remove(0);
        let call = street.get(&owner(&own), &format!("{LIST}/{}", row["id"].as_str().unwrap())).await.ok();
        for (key, value) in row.as_object().unwrap() {
            assert_eq!(&call[key], value, "{key}");
        }
        let expected = json!({ "external_id": "retell_call_5b7c1e9d2f3a4b6c8d0e1f2a3b4", "provider": "retell", "channel": "phone",
            "direction": "INBOUND", "status": "COMPLETED", "outcome": "BOOKED", "from_number": "+18195550142",
            "to_number": "+18195550100", "started_at": "2026-11-21T00:00:00.000Z", "ended_at": "2026-11-21T00:00:33.870Z",
            "duration_ms": 33870, "duration_seconds": 34, "duration_minutes": 1, "currency": "USD", "sentiment": "POSITIVE",
            "is_final": true, "customer_name": "Marie Tremblay", "appointment_at": "2026-11-22T10:00:00-05:00" });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&call[key], value, "{key}");
        }
        assert_eq!(call["contact"]["name"], "Marie Tremblay");
        assert!(call["cost_micros"].as_i64().is_some_and(|c| c > 0), "{call}");
        assert!(call["transcript"].as_array().unwrap().len() >= 7);
        assert_eq!(call["facts"].as_array().unwrap().len(), 3);
        assert_eq!((call["events"].as_array().unwrap().len(), call["deliveries"].as_array().unwrap().len()), (3, 1));
        // Each part by its own right.
        for (role, events, deliveries) in [(Role::Viewer, 0, 0), (Role::Staff, 0, 1), (Role::Manager, 3, 1)] {
            let who = street.member(Some(&own), role).await;
            let seen = street.get(&who, &format!("{LIST}/{}", row["id"].as_str().unwrap())).await.ok();
            let counts = (seen["events"].as_array().unwrap().len(), seen["deliveries"].as_array().unwrap().len());
            assert_eq!(counts, (events, deliveries), "{role:?}");
        }
        for nothing in ["not-an-id", "00000000-0000-7000-8000-000000000000", "north-shore"] {
            street.get(&owner(&own), &format!("{LIST}/{nothing}")).await.is_problem(404, "not_found");
        }
    }

    async fn the_api_says_what_is_in_the_database(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        a_mixture(&street, &own).await;
        let filter = vestibule_domain::calls::CallFilter { limit: 200, ..Default::default() };
        let kept = inside!(kit, own, |tx| vestibule_domain::calls::search(tx, &filter).await.unwrap().items);
        let shown: Vec<String> = all(&street, &own, "").await.iter().map(|c| c["id"].as_str().unwrap().into()).collect();
        assert_eq!(shown, kept.iter().map(|c| c.id.to_string()).collect::<Vec<_>>());
    }
}
