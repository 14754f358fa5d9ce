//! The operator's tenants (4.25, 4.26, 4.36): made, found, changed, deleted, counted.

use crate::street::{Street, another, escaped, owner};
use serde_json::{Value, json};
use vestibule_testkit::{both_databases, failed};

const LIST: &str = "/api/admin/tenants";

fn slugs(tenants: &[Value]) -> Vec<&str> {
    tenants.iter().map(|t| t["slug"].as_str().unwrap()).collect()
}

both_databases! {
    async fn a_tenant_is_made_with_and_without_a_slash(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let body = json!({ "company_name": "Chauffage Côte-Nord", "slug": "cote-nord", "owner_name": "Odette", "owner_email": " Odette@People.test ",
            "owner_phone": "(819) 555-0142", "industry": "hvac", "plan_tier": "professional", "twilio_phone_number": "+18195550100",
            "forward_to_number": "819-555-0101" });
        let answer = street.post(&operator, &format!("{LIST}/"), &body).await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        assert!(made["owner_link"].as_str().unwrap().starts_with("http://vestibule.test/welcome#"));
        let tenant = &made["tenant"];
        let expected = json!({ "public_no": 1, "slug": "cote-nord", "external_ref": null, "agency": null, "company_name": "Chauffage Côte-Nord",
            "owner_name": "Odette", "owner_email": "odette@people.test", "owner_phone": "+18195550142", "industry": "hvac",
            "plan_tier": "professional", "status": "pending", "subscription_status": "trial", "provisioning_status": "pending",
            "twilio_phone_number": "+18195550100", "forward_to_number": "+18195550101", "timezone": "America/Toronto", "locale": "en",
            "calls_total": 0, "calls_this_month": 0, "is_active": true, "created_at": kit.house.world.now().rfc3339(), "id": tenant["id"] });
        assert_eq!(tenant, &expected);
        kit.clock.advance_ms(1);
        let least = street.post(&operator, LIST, &json!({ "company_name": "Éclairs & Fils!", "owner_email": "e@people.test", "skip_trial": true })).await.ok();
        assert_eq!(least["tenant"]["slug"], "eclairs-fils");
        assert_eq!((&least["tenant"]["subscription_status"], &least["tenant"]["plan_tier"], &least["tenant"]["public_no"]), (&json!("active"), &json!("starter"), &json!(2)));
        kit.clock.advance_ms(1);
        let again = street.post(&operator, LIST, &json!({ "company_name": "Éclairs et Fils", "owner_email": "e@people.test", "slug": "eclairs" })).await.ok();
        assert_eq!(again["tenant"]["slug"], "eclairs");
        kit.clock.advance_ms(1);
        let third = street.post(&operator, LIST, &json!({ "company_name": "Eclairs Fils", "owner_email": "f@people.test" })).await.ok();
        assert_eq!(third["tenant"]["slug"], "eclairs-fils-2", "a made slug finds a free one");
        let (with, without) = (street.get(&operator, &format!("{LIST}/")).await.ok(), street.get(&operator, LIST).await.ok());
        assert_eq!(with, without);
        assert_eq!(slugs(with["items"].as_array().unwrap()), ["eclairs-fils-2", "eclairs", "eclairs-fils", "cote-nord"]);
        assert_eq!(with["totals"], json!({ "total": 4, "active": 1, "trial": 3, "mrr_micros": null }));
        for name in [tenant["id"].as_str().unwrap(), "cote-nord"] {
            assert_eq!(&street.get(&operator, &format!("{LIST}/{name}")).await.ok(), tenant);
        }
    }

    async fn conflicts_and_faults_have_codes(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let first = json!({ "company_name": "First", "slug": "first", "owner_email": "first@people.test", "twilio_phone_number": "+18195550100", "external_ref": "r1" });
        street.post(&operator, LIST, &first).await.ok();
        for (field, value, code) in [("slug", "first", "slug_taken"), ("twilio_phone_number", "819 555 0100", "number_taken"), ("external_ref", "r1", "ref_taken")] {
            let body = json!({ "company_name": "Second", "owner_email": "second@people.test", field: value });
            street.post(&operator, LIST, &body).await.is_problem(409, code);
        }
        assert_eq!(street.get(&operator, LIST).await.items().len(), 1, "half a tenant was made");
        let faults = [("company_name", " "), ("owner_email", "nobody"), ("slug", "-bad-"), ("slug", "9lives"), ("plan_tier", "free"), ("locale", "de"),
            ("timezone", "Mars/Olympus"), ("owner_phone", "12"), ("twilio_phone_number", "letters"), ("forward_to_number", "+1")];
        for (field, value) in faults {
            let mut body = json!({ "company_name": "Third", "owner_email": "third@people.test" });
            body[field] = json!(value);
            let answer = street.post(&operator, LIST, &body).await;
            answer.is_problem(422, "invalid");
            let problem = answer.json();
            assert_eq!(problem["fields"].as_array().unwrap().len(), 1, "{problem}");
            assert_eq!(problem["fields"][0]["field"], field);
        }
        let answer = street.post(&operator, LIST, &json!({ "company_name": "", "owner_email": "", "plan_tier": "x" })).await;
        assert_eq!(answer.json()["fields"].as_array().unwrap().len(), 3, "every fault at once: {answer:?}");
        street.post(&operator, LIST, &json!({ "owner_email": "x@people.test" })).await.is_problem(422, "bad_body");
        street.post(&operator, LIST, &json!([1])).await.is_problem(422, "bad_body");
        // Changing says the same.
        street.post(&operator, LIST, &json!({ "company_name": "Other", "slug": "other", "owner_email": "o@people.test" })).await.ok();
        street.patch(&operator, &format!("{LIST}/other"), &json!({ "twilio_phone_number": "+18195550100" })).await.is_problem(409, "number_taken");
        for (field, value) in [("subscription_status", "asleep"), ("provisioning_status", "asleep"), ("plan_tier", "free"), ("timezone", "x"), ("company_name", "")] {
            let answer = street.patch(&operator, &format!("{LIST}/other"), &json!({ field: value })).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], field);
        }
    }

    async fn changed_suspended_and_deleted(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let own = kit.tenant("north-shore").await;
        let path = format!("{LIST}/{}", own.id());
        let before = street.get(&operator, &path).await.ok();
        let live = street.patch(&operator, &path, &json!({ "provisioning_status": "live", "industry": "hvac", "timezone": "America/Vancouver" })).await.ok();
        assert_eq!((&live["status"], &live["industry"], &live["timezone"]), (&json!("trial"), &json!("hvac"), &json!("America/Vancouver")));
        assert_eq!(live["company_name"], before["company_name"]);
        let off = street.patch(&operator, &path, &json!({ "subscription_status": "suspended" })).await.ok();
        assert_eq!((&off["status"], &off["is_active"]), (&json!("suspended"), &json!(false)));
        assert_eq!(street.get(&owner(&own), "/api/v1/me").await.ok()["tenant"]["status"], "suspended");
        assert_eq!(street.delete(&operator, &path).await.status, 204);
        for name in [own.id().to_string(), "north-shore".into()] {
            let path = format!("{LIST}/{name}");
            street.get(&operator, &path).await.is_problem(404, "not_found");
            street.delete(&operator, &path).await.is_problem(404, "not_found");
            street.patch(&operator, &path, &json!({ "industry": "x" })).await.is_problem(404, "not_found");
            street.get(&operator, &format!("{path}/stats")).await.is_problem(404, "not_found");
            street.get(&operator, &format!("{path}/api-keys")).await.is_problem(404, "not_found");
        }
        let left = street.get(&operator, LIST).await;
        assert_eq!((slugs(&left.items()), &left.json()["totals"]["total"]), (vec!["north-shore-twin"], &json!(1)));
    }

    async fn found_by_search_status_and_plan(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        for (n, (name, plan)) in [("Alpha 100%", "starter"), ("Beta_One", "premium"), ("BetaXOne", "starter"), ("Delta", "starter")].into_iter().enumerate() {
            kit.clock.advance_ms(1);
            let body = json!({ "company_name": name, "owner_email": format!("owner{n}@people.test"), "plan_tier": plan, "skip_trial": n == 3 });
            street.post(&operator, LIST, &body).await.ok();
        }
        street.patch(&operator, &format!("{LIST}/delta"), &json!({ "provisioning_status": "live" })).await.ok();
        let found = |query: String| {
            let (street, operator) = (street.clone(), operator.clone());
            async move { street.get(&operator, &format!("{LIST}?{query}")).await.items() }
        };
        for (query, expected) in [
            ("search=ALPHA".to_owned(), vec!["alpha-100"]),
            (format!("search={}", escaped("100%")), vec!["alpha-100"]),
            (format!("search={}", escaped("a_o")), vec!["beta-one"]),
            ("search=owner3@people".to_owned(), vec!["delta"]),
            ("search=%20%20".to_owned(), vec!["delta", "betaxone", "beta-one", "alpha-100"]),
            ("plan=premium".to_owned(), vec!["beta-one"]),
            ("status=active".to_owned(), vec!["delta"]),
            ("status=pending".to_owned(), vec!["betaxone", "beta-one", "alpha-100"]),
            ("status=trial&plan=starter&search=beta".to_owned(), vec!["betaxone"]),
            ("status=cancelled".to_owned(), vec![]),
        ] {
            assert_eq!(slugs(&found(query.clone()).await), expected, "{query}");
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = street.get(&operator, &format!("{LIST}?limit=1&cursor={cursor}")).await;
            seen.extend(page.items());
            match page.json()["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
            assert!(seen.len() <= 4, "pages without an end");
        }
        assert_eq!(slugs(&seen), ["delta", "betaxone", "beta-one", "alpha-100"]);
        street.get(&operator, &format!("{LIST}?cursor=x")).await.is_problem(400, "bad_cursor");
    }

    async fn figures_are_counted_and_unknown_ones_are_null(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let own = kit.tenant("north-shore").await;
        let path = format!("{LIST}/north-shore/stats");
        let none = json!({ "calls_total": 0, "calls_this_month": 0, "contacts_total": 0, "deliveries_owed": 0, "deliveries_dead": 0,
            "last_call_at": null, "usage_percent": null, "appointments_total": null, "appointments_upcoming": null });
        assert_eq!(street.get(&operator, &path).await.ok(), none);
        kit.courier.always(&own.endpoint.url, Some(failed(500)));
        street.have_a_call(&own).await;
        // A call of last month, by another caller.
        let old = another(&own, "call_analyzed", "call_old").later(-25 * 86_400_000).from("+14165550100");
        street.hook(&own, &old.body()).await;
        kit.fold_all().await;
        let stats = street.get(&operator, &path).await.ok();
        let expected = json!({ "calls_total": 2, "calls_this_month": 1, "contacts_total": 2, "deliveries_owed": 2, "deliveries_dead": 0,
            "last_call_at": "2026-11-21T00:00:00.000Z", "usage_percent": null, "appointments_total": null, "appointments_upcoming": null });
        assert_eq!(stats, expected);
        let row = street.get(&operator, &format!("{LIST}/north-shore")).await.ok();
        assert_eq!((&row["calls_total"], &row["calls_this_month"]), (&json!(2), &json!(1)));
        assert_eq!(street.delete(&owner(&own), &format!("/api/v1/endpoints/{}", own.endpoint.id)).await.status, 204);
        let stats = street.get(&operator, &path).await.ok();
        assert_eq!((&stats["deliveries_owed"], &stats["deliveries_dead"]), (&json!(0), &json!(2)));
    }
}
