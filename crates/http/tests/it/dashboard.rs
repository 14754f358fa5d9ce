//! The sources' paths for deliveries and the outbound address.

use crate::calls::a_mixture;
use crate::street::{Street, owner};
use http::Method;
use serde_json::{Value, json};
use vestibule_testkit::{both_databases, failed, gone};

both_databases! {
    async fn req_0_29_and_0_30_an_organizations_calls_are_filtered_alike(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        a_mixture(&street, &own).await;
        let whole = street.get(&who, "/api/organizations/north-shore/calls").await.items();
        let (mut narrowed, mut found) = (0, 0);
        for filter in [
            "from=2026-11-20&to=2026-11-20", "from=2026-11-21", "to=2026-11-19", "status=COMPLETED", "status=NO_ANSWER",
            "intent=booking", "outcome=BOOKED", "phone=%2B14165550199", "status=COMPLETED&phone=%2B14165550199&from=2026-11-01",
        ] {
            let here = street.get(&who, &format!("/api/v1/calls?{filter}")).await.items();
            for old in ["/dashboard/calls", "/api/organizations/north-shore/calls"] {
                assert_eq!(street.get(&who, &format!("{old}?{filter}")).await.items(), here, "{old}?{filter}");
            }
            narrowed += usize::from(here.len() < whole.len());
            found += here.len();
        }
        assert!(narrowed >= 6 && found > 0, "these filters tell nothing apart");
        for bad in ["from=yesterday", "intent=NONSENSE", "phone=NONSENSE"] {
            street.get(&who, &format!("/api/organizations/north-shore/calls?{bad}")).await.is_problem(422, "invalid");
        }
    }

    async fn req_0_28_and_1_27_and_1_28_calls_are_at_their_old_addresses(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        street.have_a_call(&own).await;
        let here = street.get(&who, "/api/v1/calls").await;
        assert_eq!(here.items().len(), 1);
        for old in ["/dashboard/calls", "/api/organizations/north-shore/calls"] {
            let mut there = street.get(&who, old).await.ok();
            // An organization's come with sums as well (0.31).
            there.as_object_mut().unwrap().remove("analytics");
            assert_eq!(there, here.ok(), "{old}");
            assert!(street.get(&who, &format!("{old}?status=NO_ANSWER")).await.items().is_empty());
            street.get(&who, &format!("{old}?status=x")).await.is_problem(422, "invalid");
        }
        let id = here.items()[0]["id"].as_str().unwrap().to_owned();
        let whole = street.get(&who, &format!("/api/v1/calls/{id}")).await.ok();
        assert_eq!(street.get(&who, &format!("/dashboard/calls/{id}")).await.ok(), whole);
        street.get(&who, &format!("/dashboard/calls/{}", own.endpoint.id)).await.is_problem(404, "not_found");
    }

    async fn req_1_32_deliveries_are_listed_at_their_old_address(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        street.have_a_call(&own).await;
        let here = street.get(&who, "/dashboard/webhooks/deliveries").await;
        assert_eq!((here.items().len(), here.json()), (1, street.get(&who, "/api/v1/deliveries").await.ok()));
        assert_eq!(here.header("cache-control"), "no-store");
        assert!(street.get(&who, "/dashboard/webhooks/deliveries?state=dead").await.items().is_empty());
        street.get(&who, "/dashboard/webhooks/deliveries?state=x").await.is_problem(422, "invalid");
        street.get(&who, "/dashboard/nowhere").await.is_problem(404, "not_found");
    }

    async fn req_1_33_stats_are_at_their_old_address(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        kit.courier.script(&own.endpoint.url, [failed(500), gone()]);
        street.have_a_call(&own).await;
        kit.clock.advance_ms(30_000);
        kit.deliver_all().await;
        let today = kit.house.world.now().local_day(&own.record.timezone);
        let here = street.get(&who, "/dashboard/webhooks/stats").await.ok();
        assert_eq!(here, street.get(&who, "/api/v1/deliveries/stats").await.ok());
        assert_eq!((&here["until"], &here["attempts"], &here["delivered"], &here["dead"]), (&json!(today), &json!(2), &json!(0), &json!(1)));
        assert_eq!((&here["success_rate"], &here["dead_letters"], &here["waiting"], &here["parked"]), (&json!(0.0), &json!(1), &json!(0), &json!(0)));
        let one = &here["endpoints"][0];
        assert_eq!((&one["endpoint_id"], &one["attempts"], here["endpoints"].as_array().unwrap().len()), (&json!(own.endpoint.id), &json!(2), 1));
        assert!(one["p50_ms"].is_i64() && one["p95_ms"].is_i64(), "{one}");
        let before = street.get(&who, "/dashboard/webhooks/stats?since=2020-01-01&until=2020-02-01T12:00:00Z").await.ok();
        assert_eq!((&before["since"], &before["until"], &before["attempts"], &before["success_rate"], &before["p50_ms"]),
            (&json!("2020-01-01"), &json!("2020-02-01"), &json!(0), &Value::Null, &Value::Null));
        for bad in ["since=yesterday", "since=2020-02-02&until=2020-02-01", "since=2018-01-01&until=2020-01-01"] {
            street.get(&who, &format!("/dashboard/webhooks/stats?{bad}")).await.is_problem(422, "invalid");
        }
    }

    async fn req_1_34_a_delivery_is_retried_at_its_old_address(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        kit.courier.script(&own.endpoint.url, [failed(500)]);
        street.have_a_call(&own).await;
        let id = street.get(&who, "/dashboard/webhooks/deliveries").await.items()[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/dashboard/webhooks/deliveries/{id}/retry");
        let answer = street.ask(&who, Method::POST, &path, None).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["id"]), (202, &json!(id)));
        kit.deliver_all().await;
        street.ask(&who, Method::POST, &path, None).await.is_problem(409, "already_delivered");
        assert_eq!(street.get(&who, &path).await.status, 405);
    }

    async fn req_1_35_settings_are_read_and_req_1_36_the_outbound_address_is_set(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let put = async |body: Value| street.ask(&who, Method::PUT, "/dashboard/settings/webhook", Some(&body)).await;
        let nothing = street.get(&who, "/dashboard/settings").await.ok();
        assert_eq!(nothing, json!({ "tenant_id": own.id(), "company_name": own.record.company_name, "timezone": own.record.timezone,
            "outbound_webhook_url": null, "outbound_webhook_secret_last4": null, "endpoint_id": null, "is_active": false }));
        let made = put(json!({ "outbound_webhook_url": "https://hooks.test/outbound" })).await.ok();
        let ascii = made["outbound_webhook_secret_ascii"].as_str().unwrap().to_owned();
        assert!(made["outbound_webhook_secret"].as_str().unwrap().starts_with("whsec_"));
        assert_eq!((&made["outbound_webhook_url"], &made["is_active"]), (&json!("https://hooks.test/outbound"), &json!(true)));
        assert_eq!(made["outbound_webhook_secret_last4"], ascii[ascii.len() - 4..]);
        // Shown once; another address keeps it.
        let changed = put(json!({ "outboundWebhookUrl": "https://hooks.test/other" })).await;
        assert!(!changed.text.contains(&ascii) && changed.json().get("outbound_webhook_secret").is_none(), "{changed:?}");
        let seen = street.get(&who, "/dashboard/settings").await.ok();
        assert_eq!((&seen, &seen["outbound_webhook_url"], &seen["endpoint_id"]), (&changed.json(), &json!("https://hooks.test/other"), &made["endpoint_id"]));
        street.have_a_call(&own).await;
        assert_eq!((kit.courier.parcels_to("https://hooks.test/other").len(), kit.courier.parcels_to(&own.endpoint.url).len()), (1, 1));
        put(json!({ "outbound_webhook_url": "ftp://hooks.test" })).await.is_problem(422, "invalid");
        put(json!({ "outbound_webhook_url": 7 })).await.is_problem(422, "bad_body");
        for _ in 0..2 {
            assert_eq!(put(json!({ "outbound_webhook_url": null })).await.ok(), nothing);
        }
        let left = street.get(&who, "/api/v1/endpoints").await.items();
        assert_eq!((left.len(), &left[0]["url"]), (1, &json!(own.endpoint.url)), "the other endpoint is nobody's setting");
    }

    async fn an_endpoint_is_tried_out_replayed_and_its_dead_letters_are_retried(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        let act = async |what: &str, body: Option<Value>| {
            street.ask(&who, Method::POST, &format!("/api/v1/endpoints/{}/{what}", own.endpoint.id), body.as_ref()).await
        };
        let made = act("test", None).await;
        assert_eq!((made.status.as_u16(), &made.json()["event_type"], &made.json()["call_id"]), (202, &json!("endpoint.test"), &Value::Null));
        kit.deliver_all().await;
        let path = format!("/api/v1/deliveries/{}", made.json()["id"].as_str().unwrap());
        let seen = street.get(&who, &path).await.ok();
        assert_eq!((&seen["state"], &seen["body"]["eventType"]), (&json!("delivered"), &json!("endpoint.test")));
        assert_eq!(seen["attempts"][0]["request"]["url"], own.endpoint.url);
        assert_eq!(seen["attempts"][0]["request"]["headers"]["webhook-id"], seen["id"]);
        street.have_a_call(&own).await;
        kit.courier.clear();
        let begun = act("replay", Some(json!({ "since": "2026-01-01", "event_types": ["call.call-ended"] }))).await;
        assert_eq!((begun.status.as_u16(), &begun.json()["kind"], &begun.json()["state"]), (202, &json!("replay"), &json!("running")));
        assert_eq!(act("replay", Some(json!({ "since": "2026-01-01", "event_types": ["call.call-ended"] }))).await.json(), begun.json());
        act("replay", Some(json!({ "since": "2026-01-02" }))).await.is_problem(409, "redelivery_running");
        kit.fold_all().await;
        kit.deliver_all().await;
        assert_eq!(kit.courier.parcels().len(), 1);
        kit.clock.advance_ms(1);
        let dead = act("retry-dead", None).await.ok();
        assert_eq!((&dead["kind"], &dead["since"]), (&json!("dead"), &Value::Null));
        kit.fold_all().await;
        let all = street.get(&who, &format!("/api/v1/endpoints/{}/redeliveries", own.endpoint.id)).await.items();
        let seen: Vec<_> = all.iter().map(|r| (r["kind"].clone(), r["state"].clone(), r["owed_count"].clone())).collect();
        assert_eq!(seen, [(json!("dead"), json!("done"), json!(0)), (json!("replay"), json!("done"), json!(1))]);
        act("replay", Some(json!({}))).await.is_problem(422, "bad_body");
        act("replay", Some(json!({ "since": "soon" }))).await.is_problem(422, "invalid");
        act("replay", Some(json!({ "since": "" }))).await.is_problem(422, "invalid");
        act("replay", Some(json!({ "since": "2026-01-01", "event_types": ["x"] }))).await.is_problem(422, "invalid");
        street.patch(&who, &format!("/api/v1/endpoints/{}", own.endpoint.id), &json!({ "is_active": false })).await.ok();
        for (what, body) in [("test", None), ("retry-dead", None), ("replay", Some(json!({ "since": "2026-01-01" })))] {
            act(what, body).await.is_problem(409, "endpoint_off");
        }
    }
}
