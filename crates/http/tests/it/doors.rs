//! The doors for providers: the order of refusals, what is kept of what, and what is said to whom.

use crate::street::{Answer, Street, owner};
use axum::body::Body;
use http::Request;
use serde_json::json;
use vestibule_testkit::{TestTenant, both_databases, sign_retell};

const SHARED: &str = "/api/webhooks/retell";
const NO_CLIENT: &str = "No client found for this agent";

fn hook(tenant: &TestTenant) -> String {
    format!("/hooks/retell/{}", tenant.hook_token)
}

/// What is in a tenant's inbox.
async fn inbox(street: &Street, tenant: &TestTenant) -> Vec<serde_json::Value> {
    street.get(&owner(tenant), "/api/v1/inbox?limit=200").await.items()
}

fn is_no_client(answer: &Answer) {
    answer.is_problem(400, "no_client_for_agent");
    assert_eq!(answer.json()["detail"], NO_CLIENT);
}

both_databases! {
    async fn req_0_17_refusals_come_in_their_order(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let now = kit.house.world.now();
        let (body, unknown) = (own.sample("call_ended").body(), own.sample("call_ended").agent("agent_nobody").body());
        let absent = own.sample("call_ended").without("/call/agent_id").body();
        let sign = |body: &[u8]| sign_retell(&own.retell_key, body, now);
        // First: is there a signature at all. Nothing else is looked at.
        for (path, body) in [(SHARED, &body), (SHARED, &unknown), (SHARED, &absent), (hook(&own).as_str(), &body), ("/hooks/retell/no-such-token", &body)] {
            street.knock(path, None, body).await.is_problem(401, "signature_missing");
            street.knock(path, Some(""), body).await.is_problem(401, "signature_missing");
        }
        // Second: whose is it.
        for body in [&unknown, &absent, &b"not json".to_vec(), &b"[]".to_vec(), &Vec::new()] {
            is_no_client(&street.knock(SHARED, Some(&sign(body)), body).await);
            is_no_client(&street.knock(SHARED, Some("v=1,d=00"), body).await);
        }
        street.knock("/hooks/retell/no-such-token", Some(&sign(&body)), &body).await.is_problem(404, "not_found");
        street.knock("/hooks/nobody/token", Some(&sign(&body)), &body).await.is_problem(404, "not_found");
        street.knock("/api/webhooks/nobody", Some(&sign(&body)), &body).await.is_problem(404, "not_found");
        // Third: is it genuine.
        for path in [SHARED, &hook(&own)] {
            let wrong = sign_retell("another key", &body, now);
            street.knock(path, Some(&wrong), &body).await.is_problem(401, "signature_mismatch");
            let altered = [body.as_slice(), b" "].concat();
            street.knock(path, Some(&sign(&body)), &altered).await.is_problem(401, "signature_mismatch");
            for minutes in [-6, 6] {
                let stale = sign_retell(&own.retell_key, &body, now.plus_ms(minutes * 60_000));
                street.knock(path, Some(&stale), &body).await.is_problem(401, "signature_stale");
            }
            street.knock(path, Some("not a signature"), &body).await.is_problem(401, "signature_malformed");
        }
        assert!(inbox(&street, &own).await.is_empty(), "something of a refused request was kept");
        // And then it is let in; four minutes are not stale.
        let fresh = sign_retell(&own.retell_key, &body, now.plus_ms(-240_000));
        assert_eq!(street.knock(SHARED, Some(&fresh), &body).await.status, 204);
        assert_eq!(inbox(&street, &own).await.len(), 1);
    }

    async fn refusals_are_counted_and_nothing_else(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let operator = street.operator().await;
        let body = own.sample("call_ended").body();
        for _ in 0..3 {
            street.knock(&hook(&own), None, &body).await.is_problem(401, "signature_missing");
        }
        street.knock(&hook(&own), Some("v=1,d=00"), &body).await;
        let wrong = sign_retell("another key", &body, kit.house.world.now());
        street.knock(&hook(&own), Some(&wrong), &body).await;
        street.knock(SHARED, Some("v=1,d=00"), b"{}").await;
        let page = street.get(&operator, "/api/admin/refusals").await;
        let counts: Vec<(String, String, i64)> = page
            .items()
            .iter()
            .map(|i| (i["door"].as_str().unwrap().into(), i["reason"].as_str().unwrap().into(), i["count"].as_i64().unwrap()))
            .collect();
        let expected = [("hook/retell", "signature_malformed", 1), ("hook/retell", "signature_mismatch", 1), ("hook/retell", "signature_missing", 3), ("resource/retell", "no_client_for_agent", 1)];
        for (door, reason, count) in expected {
            assert!(counts.contains(&(door.into(), reason.into(), count)), "{door} {reason}: {counts:?}");
        }
        for secret in [own.hook_token.as_str(), own.agent.as_str(), "north-shore"] {
            assert!(!page.text.contains(secret), "{}", page.text);
        }
        // Page by page, of one minute and of the next: every count once.
        kit.clock.advance_ms(60_000);
        street.knock(&hook(&own), None, &body).await;
        let whole = street.get(&operator, "/api/admin/refusals").await.items();
        assert_eq!(whole.len(), counts.len() + 1);
        let (mut pages, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = street.get(&operator, &format!("/api/admin/refusals?limit=1&cursor={cursor}")).await;
            pages.extend(page.items());
            match page.json()["next_cursor"].as_str() {
                Some(next) => cursor = crate::street::escaped(next),
                None => break,
            }
            assert!(pages.len() <= whole.len(), "a page without an end");
        }
        assert_eq!(pages, whole);
    }

    async fn the_manual_test_of_requirement_0_84(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let body = br#"{"event":"call_ended","call":{"call_id":"test"}}"#;
        street.knock(&hook(&own), Some("bad"), body).await.is_problem(401, "signature_malformed");
        is_no_client(&street.knock(SHARED, Some("bad"), body).await);
        assert!(inbox(&street, &own).await.is_empty());
        assert_eq!(street.hook(&own, body).await.status, 204);
        kit.fold_all().await;
        let kept = inbox(&street, &own).await;
        assert_eq!((kept.len(), kept[0]["event_name"].as_str()), (1, Some("call_ended")));
        let calls = street.get(&owner(&own), "/api/v1/calls").await.items();
        assert_eq!(calls[0]["external_id"], "retell_test");
    }

    async fn bodies_have_a_size(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let most = 10 * 1024 * 1024;
        let big = vec![b'x'; most + 1];
        let signature = sign_retell(&own.retell_key, &big, kit.house.world.now());
        for path in [SHARED, &hook(&own)] {
            street.knock(path, Some(&signature), &big).await.is_problem(413, "too_large");
            street.knock(path, None, &big).await.is_problem(413, "too_large");
        }
        // A length that is not told, or a lie, changes nothing.
        let chunks = futures::stream::iter(big.chunks(1 << 20).map(|c| Ok::<_, std::io::Error>(c.to_vec())).collect::<Vec<_>>());
        let request = Request::post(hook(&own)).header("x-retell-signature", &signature);
        street.send(request.body(Body::from_stream(chunks)).unwrap()).await.is_problem(413, "too_large");
        assert!(inbox(&street, &own).await.is_empty());
        let fits = &big[..most];
        assert_eq!(street.hook(&own, fits).await.status, 204);
        assert_eq!(inbox(&street, &own).await[0]["size_bytes"], most);
    }

    async fn what_cannot_be_used_is_kept_and_not_asked_for_again(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let unknown = own.sample("call_started").with("/event", json!("call_dreamt")).body();
        for body in [b"not json".to_vec(), b"[1,2]".to_vec(), b"".to_vec(), b"{}".to_vec(), vec![0xff, 0xfe], unknown] {
            let answer = street.hook(&own, &body).await;
            assert!(answer.status.is_success(), "{answer:?}");
        }
        kit.fold_all().await;
        let kept = inbox(&street, &own).await;
        assert_eq!(kept.len(), 6, "{kept:?}");
        let of = |state: &str| kept.iter().filter(|k| k["state"] == state).count();
        assert_eq!((of("unprocessable") + of("ignored"), of("folded")), (6, 0), "{kept:?}");
        assert!(of("unprocessable") >= 4, "{kept:?}");
        assert!(kept.iter().all(|k| k["reason"].as_str().is_some_and(|r| !r.is_empty())), "{kept:?}");
        let ignored = kept.iter().find(|k| k["event_name"] == "call_dreamt").unwrap();
        assert_eq!(ignored["state"], "ignored");
        for state in ["unprocessable", "ignored"] {
            let answer = street.get(&owner(&own), &format!("/api/v1/inbox?state={state}")).await;
            assert_eq!(answer.items().len(), of(state));
        }
        street.get(&owner(&own), "/api/v1/inbox?state=lost").await.is_problem(422, "invalid");
        assert!(street.get(&owner(&own), "/api/v1/calls").await.items().is_empty());
    }

    async fn once_is_once(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let sample = own.sample("call_ended");
        assert_eq!(street.hook(&own, &sample.body()).await.status, 204);
        // Again by the same door, by the other, and with a newer signature.
        for path in [hook(&own).as_str(), SHARED] {
            kit.clock.advance_ms(1000);
            let signature = sign_retell(&own.retell_key, &sample.body(), kit.house.world.now());
            let answer = street.knock(path, Some(&signature), &sample.body()).await;
            assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "status": "duplicate" })));
        }
        assert_eq!(inbox(&street, &own).await.len(), 1);
        // The same event with another body is a revision.
        kit.clock.advance_ms(1000);
        let revised = sample.clone().with("/call/duration_ms", json!(44_000)).with("/call/end_timestamp", json!(1_795_219_244_000_i64));
        assert_eq!(street.hook(&own, &revised.body()).await.status, 204);
        assert_eq!(street.hook(&own, &revised.body()).await.status, 200);
        kit.fold_all().await;
        let kept = inbox(&street, &own).await;
        let revisions: Vec<_> = kept.iter().map(|k| k["revision"].as_i64().unwrap()).collect();
        assert_eq!(revisions, [1, 0]);
        assert!(kept.iter().all(|k| k["state"] == "folded"), "{kept:?}");
        let calls = street.get(&owner(&own), "/api/v1/calls").await.items();
        assert_eq!((calls.len(), calls[0]["duration_ms"].as_i64()), (1, Some(44_000)));
    }

    async fn many_at_once_are_one(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let body = own.sample("call_ended").body();
        let all = futures::future::join_all((0..16).map(|_| street.hook(&own, &body))).await;
        let new = all.iter().filter(|a| a.status == 204).count();
        let known = all.iter().filter(|a| a.status == 200).count();
        assert_eq!((new, known), (1, 15), "{all:?}");
        kit.fold_all().await;
        assert_eq!(inbox(&street, &own).await.len(), 1);
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.items().len(), 1);
    }
}
