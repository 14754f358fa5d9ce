//! Deliveries: what was owed, what became of it, and trying again.

use crate::street::{Street, another, owner};
use http::Method;
use serde_json::{Value, json};
use vestibule_testkit::{TestTenant, both_databases, delivered, failed};

const LIST: &str = "/api/v1/deliveries";

async fn list(street: &Street, tenant: &TestTenant, query: &str) -> Vec<Value> {
    street.get(&owner(tenant), &format!("{LIST}?{query}")).await.items()
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

both_databases! {
    async fn a_dead_letter_is_tried_again_and_arrives(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        kit.courier.script(&own.endpoint.url, (0..5).map(|_| failed(500)));
        street.have_a_call(&own).await;
        let row = list(&street, &own, "").await.remove(0);
        assert_eq!((&row["state"], &row["last_status"], &row["last_error"]), (&json!("retrying"), &json!(500), &json!("http_status")));
        assert!(row["next_attempt_at"].is_string() && row["delivered_at"].is_null(), "{row}");
        for _ in 0..5 {
            kit.clock.advance_ms(30_000);
            kit.deliver_all().await;
        }
        let path = format!("{LIST}/{}", id(&row));
        let dead = street.get(&who, &path).await.ok();
        assert_eq!((&dead["state"], &dead["attempts_count"]), (&json!("dead"), &json!(5)));
        assert_eq!(dead["endpoint"], json!({ "id": own.endpoint.id, "description": own.endpoint.description, "url": own.endpoint.url }));
        let numbers: Vec<_> = dead["attempts"].as_array().unwrap().iter().map(|a| (a["number"].clone(), a["result"].clone(), a["http_status"].clone())).collect();
        assert_eq!(numbers, (1..=5).map(|n| (json!(n), json!("failed"), json!(500))).collect::<Vec<_>>());
        assert_eq!(dead["body"]["eventType"], "call.call-ended");
        // Again, by hand.
        let answer = street.ask(&who, Method::POST, &format!("{path}/retry"), None).await;
        assert_eq!(answer.status, 202);
        assert_eq!(id(&answer.json()), id(&row));
        kit.deliver_all().await;
        let arrived = street.get(&who, &path).await.ok();
        assert_eq!((&arrived["state"], &arrived["last_error"], &arrived["body"]), (&json!("delivered"), &Value::Null, &dead["body"]));
        assert!(arrived["delivered_at"].is_string() && arrived["next_attempt_at"].is_null());
        let last = arrived["attempts"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["result"], &last["http_status"], &last["execution_id"], &last["response_excerpt"]), (&json!("delivered"), &json!(200), &json!("54"), &json!("ok")));
        // Each attempt carried the same id and the same bytes.
        let parcels = kit.courier.parcels_to(&own.endpoint.url);
        assert_eq!(parcels.len(), 6);
        assert!(parcels.iter().all(|p| p.delivery == parcels[0].delivery && p.body == parcels[0].body));
        let again = street.ask(&who, Method::POST, &format!("{path}/retry"), None).await;
        again.is_problem(409, "already_delivered");
        kit.deliver_all().await;
        assert_eq!(kit.courier.parcels_to(&own.endpoint.url).len(), 6);
    }

    async fn filters_and_pages(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let new = json!({ "url": "https://n8n.test/second", "event_types": ["call.call-started", "call.call-ended"] });
        let second = street.post(&who, "/api/v1/endpoints", &new).await.ok();
        kit.courier.script("https://n8n.test/second", [failed(500), delivered(), failed(500)]);
        for n in 0..4 {
            for name in ["call_started", "call_analyzed"] {
                street.hook(&own, &another(&own, name, &format!("call_{n}")).later(n * 60_000).body()).await;
            }
            kit.clock.advance_ms(10);
            kit.fold_all().await;
        }
        kit.deliver_all().await;
        let whole = list(&street, &own, "limit=200").await;
        assert!(whole.len() >= 8, "{}", whole.len());
        let endpoint = id(&second).to_owned();
        let call = whole[0]["call_id"].as_str().unwrap().to_owned();
        let part = |is: &dyn Fn(&Value) -> bool| whole.iter().filter(|d| is(d)).cloned().collect::<Vec<_>>();
        let by_endpoint = part(&|d| d["endpoint"]["id"] == endpoint.as_str());
        assert!(by_endpoint.len() >= 4 && by_endpoint.len() < whole.len());
        assert_eq!(list(&street, &own, &format!("endpoint_id={endpoint}")).await, by_endpoint);
        assert_eq!(list(&street, &own, &format!("call_id={call}")).await, part(&|d| d["call_id"] == call.as_str()));
        let mut states = 0;
        for state in ["pending", "retrying", "delivered", "dead"] {
            let found = list(&street, &own, &format!("state={state}&limit=200")).await;
            states += usize::from(!found.is_empty());
            assert_eq!(found, part(&|d| d["state"] == state), "{state}");
        }
        assert!(states >= 2, "the states are all alike");
        for field in ["endpoint_id", "call_id", "state"] {
            let answer = street.get(&who, &format!("{LIST}?{field}=nonsense")).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], field);
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = street.get(&who, &format!("{LIST}?limit=3&cursor={cursor}")).await;
            seen.extend(page.items());
            match page.json()["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
            assert!(seen.len() <= whole.len(), "pages without an end");
        }
        assert_eq!(seen, whole);
        for nothing in ["nonsense", "00000000-0000-7000-8000-000000000000"] {
            street.get(&who, &format!("{LIST}/{nothing}")).await.is_problem(404, "not_found");
            let answer = street.ask(&who, Method::POST, &format!("{LIST}/{nothing}/retry"), None).await;
            answer.is_problem(404, "not_found");
        }
    }
}
