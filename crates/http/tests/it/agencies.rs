//! Agencies: made by the operator, administered by their own people, who reach their own tenants and nothing else.

use crate::street::{Street, anon, bearer, owner};
use http::Method;
use serde_json::{Value, json};
use vestibule_testkit::both_databases;

const LIST: &str = "/api/admin/agencies";
const TENANTS: &str = "/api/admin/tenants";

fn slugs(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|t| t["slug"].as_str().unwrap()).collect()
}

both_databases! {
    async fn the_operator_makes_renames_and_closes_agencies(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let answer = street.post(&operator, LIST, &json!({ "name": " Boréal " })).await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        let expected = json!({ "id": made["id"], "name": "Boréal", "tenants": 0, "admins": 0, "created_at": kit.house.world.now().rfc3339() });
        assert_eq!(made, expected);
        let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
        for bad in ["", "  ", &"x".repeat(201), "a\nb"] {
            for answer in [street.post(&operator, LIST, &json!({ "name": bad })).await, street.patch(&operator, &path, &json!({ "name": bad })).await] {
                answer.is_problem(422, "invalid");
                assert_eq!(answer.json()["fields"][0]["field"], "name");
            }
        }
        assert_eq!(street.patch(&operator, &path, &json!({ "name": "Boréal inc." })).await.ok()["name"], "Boréal inc.");
        for name in ["Austral", "Zénith"] {
            street.post(&operator, LIST, &json!({ "name": name })).await.ok();
        }
        // By name, page by page.
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = street.get(&operator, &format!("{LIST}?limit=1&cursor={cursor}")).await.ok();
            seen.extend(page["items"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
            assert!(seen.len() <= 3, "pages without an end");
        }
        assert_eq!(seen, ["Austral", "Boréal inc.", "Zénith"]);
        street.get(&operator, &format!("{LIST}?cursor=x")).await.is_problem(400, "bad_cursor");
        // One that holds a tenant is not closed.
        let own = kit.tenant("north-shore").await;
        let agency = made["id"].as_str().unwrap().parse().unwrap();
        street.give(&own, Some(agency)).await;
        assert_eq!(street.get(&operator, &path).await.ok()["tenants"], 1);
        street.delete(&operator, &path).await.is_problem(409, "agency_holds_tenants");
        assert_eq!(street.get(&operator, &path).await.status, 200, "half closed");
        street.give(&own, None).await;
        assert_eq!(street.delete(&operator, &path).await.status, 204);
        for answer in [street.get(&operator, &path).await, street.delete(&operator, &path).await, street.patch(&operator, &path, &json!({ "name": "x" })).await] {
            answer.is_problem(404, "not_found");
        }
        let hand = format!("{TENANTS}/north-shore/hand-over");
        let answer = street.post(&operator, &hand, &json!({ "agency_id": agency })).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.json()["fields"][0]["code"], "unknown_agency");
        assert_eq!(street.get(&operator, LIST).await.items().len(), 2);
    }

    async fn its_administrators_come_by_a_link_and_go(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let own = kit.tenant("north-shore").await;
        let (agency, first) = street.agency("Boreal").await;
        street.give(&own, Some(agency)).await;
        let path = format!("{LIST}/{agency}");
        let answer = street.post(&operator, &format!("{path}/admins"), &json!({ "email": " Ada@People.test", "name": "Ada", "locale": "fr" })).await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        assert_eq!((&made["email"], &made["name"], &made["has_password"]), (&json!("ada@people.test"), &json!("Ada"), &json!(false)));
        let token = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        let redeem = json!({ "token": token, "password": "long enough for this" });
        let session = street.post(&anon(), "/auth/links/redeem", &redeem).await.ok()["token"].as_str().unwrap().to_owned();
        let ada = bearer(&session.into());
        let me = street.get(&ada, "/api/v1/me").await.ok();
        assert_eq!((&me["platform_role"], &me["agency"], &me["tenant"]), (&json!("agency_admin"), &json!({ "id": agency, "name": "Boreal" }), &Value::Null));
        assert_eq!(slugs(&street.get(&ada, TENANTS).await.ok()), ["north-shore"]);
        // Again: no second person, and no link for whoever has a password.
        let again = street.post(&operator, &format!("{path}/admins"), &json!({ "email": "ada@people.test" })).await.ok();
        assert_eq!((&again["id"], &again["link"], &again["has_password"]), (&made["id"], &Value::Null, &json!(true)));
        assert_eq!(street.get(&operator, &path).await.ok()["people"].as_array().unwrap().len(), 2);
        // Nobody runs two things.
        let (other, _) = street.agency("Austral").await;
        for taken in ["ada@people.test", "operator@vestibule.test"] {
            let answer = street.post(&operator, &format!("{LIST}/{other}/admins"), &json!({ "email": taken })).await;
            answer.is_problem(409, "administers_elsewhere");
        }
        for (body, field) in [(json!({ "email": "nobody" }), "email"), (json!({ "email": "x@people.test", "locale": "de" }), "locale")] {
            let answer = street.post(&operator, &format!("{path}/admins"), &body).await;
            assert_eq!(answer.json()["fields"][0]["field"], field, "{answer:?}");
        }
        // Let go: at once, and only there.
        street.look(&ada, &own, vestibule_model::Role::Viewer).await;
        assert_eq!(street.get(&ada, "/api/v1/calls?tenant=north-shore").await.status, 200);
        let one = format!("{path}/admins/{}", made["id"].as_str().unwrap());
        street.delete(&operator, &format!("{LIST}/{other}/admins/{}", made["id"].as_str().unwrap())).await.is_problem(404, "not_found");
        assert_eq!(street.delete(&operator, &one).await.status, 204);
        street.delete(&operator, &one).await.is_problem(404, "not_found");
        street.get(&ada, TENANTS).await.is_problem(403, "forbidden");
        street.get(&ada, "/api/v1/calls?tenant=north-shore").await.is_problem(404, "not_found");
        assert_eq!(street.get(&first, TENANTS).await.status, 200);
        // Closed, an agency lets nobody in.
        street.give(&own, None).await;
        assert_eq!(street.delete(&operator, &path).await.status, 204);
        street.get(&first, TENANTS).await.is_problem(403, "forbidden");
        assert_eq!(street.get(&first, "/api/v1/me").await.ok()["agency"], Value::Null);
    }

    async fn req_k5_an_agency_makes_and_manages_its_own_tenants_only(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let foreign = kit.tenant("north-shore").await;
        let (agency, admin) = street.agency("Boreal").await;
        let (other, rival) = street.agency("Austral").await;
        let body = |name: &str| json!({ "company_name": name, "owner_email": format!("{}@people.test", name.to_lowercase()) });
        let made = street.post(&admin, TENANTS, &body("Alpha")).await.ok();
        assert_eq!(made["tenant"]["agency"], json!({ "id": agency, "name": "Boreal" }));
        assert!(made["owner_link"].is_string());
        // For somebody else it makes none, whether or not there is such an agency.
        for theirs in [other.to_string(), "0192f0c1-2b3c-7d4e-8f50-616263646566".into(), "nonsense".into()] {
            let mut asked = body("Beta");
            asked["agency_id"] = json!(theirs);
            let answer = street.post(&admin, TENANTS, &asked).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["code"], "unknown_agency");
        }
        let mut asked = body("Gamma");
        asked["agency_id"] = json!(other);
        kit.clock.advance_ms(1);
        street.post(&operator, TENANTS, &asked).await.ok();
        let mine = street.get(&admin, TENANTS).await.ok();
        assert_eq!((slugs(&mine), &mine["totals"]["total"], &mine["totals"]["trial"]), (vec!["alpha"], &json!(1), &json!(1)));
        assert_eq!(slugs(&street.get(&rival, TENANTS).await.ok()), ["gamma"]);
        // The operator sees all, and asks by agency.
        assert_eq!(street.get(&operator, TENANTS).await.ok()["totals"]["total"], 4);
        for (query, expected) in [(format!("agency={agency}"), vec!["alpha"]), (format!("agency={other}&search=gam"), vec!["gamma"]), ("agency=none&search=twin".into(), vec!["north-shore-twin"])] {
            assert_eq!(slugs(&street.get(&operator, &format!("{TENANTS}?{query}")).await.ok()), expected, "{query}");
        }
        street.get(&operator, &format!("{TENANTS}?agency=nonsense")).await.is_problem(422, "invalid");
        // Changed, suspended, keyed, counted, deleted.
        let path = format!("{TENANTS}/alpha");
        assert_eq!(street.patch(&admin, &path, &json!({ "subscription_status": "suspended" })).await.ok()["status"], "suspended");
        assert_eq!(street.get(&admin, &format!("{path}/stats")).await.ok()["calls_total"], 0);
        let key = street.post(&admin, &format!("{path}/api-keys"), &json!({ "name": "n8n", "scopes": ["calls.read"] })).await.ok();
        assert_eq!(street.get(&bearer(&key["key"].as_str().unwrap().into()), "/api/v1/calls").await.status, 200);
        for who in [&admin, &operator] {
            street.get(who, "/api/v1/calls?tenant=alpha").await.is_problem(403, "forbidden");
        }
        street.get(&rival, "/api/v1/calls?tenant=alpha").await.is_problem(404, "not_found");
        // What runs the platform is not theirs.
        for path in [LIST, "/api/admin/refusals", "/metrics"] {
            street.get(&admin, path).await.is_problem(403, "forbidden");
        }
        assert_eq!(street.delete(&rival, &path).await.status, 404);
        assert_eq!(street.delete(&admin, &path).await.status, 204);
        assert_eq!(street.get(&admin, TENANTS).await.ok()["totals"]["total"], 0);
        assert_eq!(street.get(&owner(&foreign), "/api/v1/calls").await.status, 200);
    }

    async fn an_agency_gets_no_link_for_somebody_whom_others_know(kit: Kit) {
        // With a link one chooses a password: it would open the others' tenants.
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let (_, admin) = street.agency("Boreal").await;
        let body = |name: &str, email: &str| json!({ "company_name": name, "owner_email": email });
        street.post(&operator, TENANTS, &body("Theirs", "odile@people.test")).await.ok();
        let made = street.post(&admin, TENANTS, &body("Ours", "odile@people.test")).await.ok();
        assert_eq!(made["owner_link"], Value::Null);
        let made = street.post(&admin, TENANTS, &body("New", "new@people.test")).await.ok();
        assert!(made["owner_link"].is_string());
        let made = street.post(&operator, TENANTS, &body("Again", "odile@people.test")).await.ok();
        assert!(made["owner_link"].is_string(), "the operator helps");
    }

    async fn a_tenant_is_handed_over_and_the_former_agency_is_out(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let own = kit.tenant("north-shore").await;
        let (agency, admin) = street.agency("Boreal").await;
        let (other, next) = street.agency("Austral").await;
        street.give(&own, Some(agency)).await;
        let path = format!("{TENANTS}/north-shore");
        let key = street.post(&admin, &format!("{path}/api-keys"), &json!({ "name": "theirs" })).await.ok();
        let theirs = bearer(&key["key"].as_str().unwrap().into());
        street.look(&admin, &own, vestibule_model::Role::Manager).await;
        assert_eq!(street.get(&admin, "/api/v1/calls?tenant=north-shore").await.status, 200);
        assert_eq!(street.get(&theirs, "/api/v1/endpoints").await.status, 200);
        // A rival takes nothing.
        street.post(&next, &format!("{path}/hand-over"), &json!({ "agency_id": other })).await.is_problem(404, "not_found");
        let answer = street.post(&admin, &format!("{path}/hand-over"), &json!({ "agency_id": other })).await.ok();
        assert_eq!(answer, json!({ "agency": { "id": other, "name": "Austral" }, "keys_revoked": 1, "viewings_ended": 1,
            "members_removed": 0, "bindings_ended": 0, "endpoints": ["n8n.test"] }));
        street.get(&theirs, "/api/v1/endpoints").await.is_problem(401, "unauthorized");
        for path in [path.clone(), "/api/v1/calls?tenant=north-shore".into(), "/api/v1/me?tenant=north-shore".into(), format!("{path}/api-keys")] {
            street.get(&admin, &path).await.is_problem(404, "not_found");
        }
        assert_eq!(street.get(&admin, "/api/v1/me").await.ok()["viewing"], Value::Null);
        street.post(&admin, &format!("{path}/hand-over"), &json!({ "agency_id": agency })).await.is_problem(404, "not_found");
        // The tenant's own people and keys stay, and the new agency is in.
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.status, 200);
        assert_eq!(street.get(&bearer(&own.api_key), "/api/v1/calls").await.status, 200);
        assert_eq!(slugs(&street.get(&next, TENANTS).await.ok()), ["north-shore"]);
        // To itself; a second time nothing happens.
        for expected in [&Value::Null, &Value::Null] {
            let answer = street.post(&operator, &format!("{path}/hand-over"), &json!({ "agency_id": null })).await.ok();
            assert_eq!((&answer["agency"], &answer["keys_revoked"]), (expected, &json!(0)));
        }
        assert_eq!(street.get(&next, TENANTS).await.ok()["totals"]["total"], 0);
        street.ask(&next, Method::GET, &path, None).await.is_problem(404, "not_found");
    }
}
