//! Looking in from outside: for a reason, for a while, and the owner can read of it.

use crate::street::{Street, anon, bearer, owner};
use http::Method;
use serde_json::{Value, json};
use vestibule_model::Role;
use vestibule_testkit::{both_databases, inside};

const CALLS: &str = "/api/v1/calls?tenant=north-shore";
const VIEW: &str = "/api/admin/tenants/north-shore/viewing";

both_databases! {
    async fn it_wants_a_reason_and_a_role_and_ends_by_itself(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        street.have_a_call(&own).await;
        let operator = street.operator().await;
        for (body, field) in [
            (json!({ "role": "manager", "reason": "" }), "reason"),
            (json!({ "role": "manager", "reason": "  no   " }), "reason"),
            (json!({ "role": "manager", "reason": "x".repeat(301) }), "reason"),
            (json!({ "role": "king", "reason": "They asked." }), "role"),
        ] {
            let answer = street.post(&operator, VIEW, &body).await;
            answer.is_problem(422, "invalid");
            assert_eq!(answer.json()["fields"][0]["field"], field);
        }
        street.get(&operator, CALLS).await.is_problem(403, "forbidden");
        let answer = street.post(&operator, VIEW, &json!({ "role": "manager", "reason": " A call is missing. " })).await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        let until = kit.house.world.now().plus_ms(30 * 60_000).rfc3339();
        assert_eq!((&made["role"], &made["reason"], &made["ends_at"]), (&json!("manager"), &json!("A call is missing."), &json!(until)));
        let me = street.get(&operator, "/api/v1/me?tenant=north-shore").await.ok();
        assert_eq!(me["viewing"], made);
        let may: Vec<&str> = me["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
        assert!(may.contains(&"calls.read") && may.contains(&"audit.read"), "{may:?}");
        for never in ["people.manage", "keys.manage", "privacy.manage", "data.export", "texts.send"] {
            assert!(!may.contains(&never), "{never}");
        }
        assert_eq!(street.get(&operator, CALLS).await.items().len(), 1);
        // Elsewhere it gives nothing, in another session of the same person neither.
        street.get(&operator, "/api/v1/calls?tenant=north-shore-twin").await.is_problem(403, "forbidden");
        let login = json!({ "email": "operator@vestibule.test", "password": vestibule_testkit::PASSWORD });
        let session = street.post(&anon(), "/auth/login", &login).await.ok()["token"].as_str().unwrap().to_owned();
        street.get(&bearer(&session.into()), CALLS).await.is_problem(403, "forbidden");
        kit.clock.advance_ms(30 * 60_000 - 1);
        assert_eq!(street.get(&operator, CALLS).await.status, 200);
        kit.clock.advance_ms(1);
        street.get(&operator, CALLS).await.is_problem(403, "forbidden");
        assert_eq!(street.get(&operator, "/api/v1/me").await.ok()["viewing"], Value::Null);
    }

    async fn it_ends_by_hand_with_the_session_and_by_looking_elsewhere(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let operator = street.operator().await;
        street.look(&operator, &own, Role::Owner).await;
        for _ in 0..2 {
            assert_eq!(street.delete(&operator, "/api/admin/viewing").await.status, 204);
            street.get(&operator, CALLS).await.is_problem(403, "forbidden");
        }
        street.look(&operator, &own, Role::Owner).await;
        street.look(&operator, own.twin(), Role::Viewer).await;
        street.get(&operator, CALLS).await.is_problem(403, "forbidden");
        assert_eq!(street.get(&operator, "/api/v1/calls?tenant=north-shore-twin").await.status, 200);
        street.look(&operator, &own, Role::Owner).await;
        assert_eq!(street.ask(&operator, Method::POST, "/auth/logout", None).await.status, 204);
        street.get(&operator, CALLS).await.is_problem(401, "unauthorized");
        vestibule_domain::viewings::end_due(&kit.house, &kit.mint).await.unwrap();
        // Beginning and end, reason and why it ended stand in the tenant's own log; in the twin's only its own.
        let log = |tenant: vestibule_testkit::TestTenant| {
            let kit = kit.clone();
            async move {
                let rows = inside!(kit, &tenant, |tx| vestibule_domain::audit::newest(tx, 100).await.unwrap());
                let mut told: Vec<String> = rows.iter().rev().filter(|r| r.object_kind == "viewing").map(|r| {
                    let what = r.doc["reason"].as_str().or(r.doc["how"].as_str()).unwrap();
                    format!("{} {what}", r.action)
                }).collect();
                // Within one instant they come in no order.
                told.sort();
                told
            }
        };
        assert_eq!(log(own.clone()).await, [
            "viewing.begun They asked for help.", "viewing.begun They asked for help.", "viewing.begun They asked for help.",
            "viewing.ended by_hand", "viewing.ended over", "viewing.ended replaced",
        ]);
        assert_eq!(log(own.twin().clone()).await, ["viewing.begun They asked for help.", "viewing.ended replaced"]);
        assert_eq!(vestibule_domain::viewings::end_due(&kit.house, &kit.mint).await.unwrap(), 0);
    }

    async fn only_people_of_the_platform_look_in_and_a_key_never(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let body = json!({ "role": "viewer", "reason": "Out of curiosity." });
        let path = format!("/api/admin/tenants/{}/viewing", own.twin().id());
        for who in [owner(&own), bearer(&own.api_key), street.lost_admin().await] {
            street.post(&who, &path, &body).await.is_problem(403, "forbidden");
            street.delete(&who, "/api/admin/viewing").await.is_problem(403, "forbidden");
        }
        let (_, admin) = street.agency("Boreal").await;
        street.post(&admin, &path, &body).await.is_problem(404, "not_found");
        // Words in the reader's language.
        let french = admin.with("accept-language", "fr");
        assert_eq!(street.post(&french, &path, &body).await.json()["detail"], "Il n’y a rien ici.");
    }

    async fn whoever_is_a_member_as_well_is_what_they_are_there(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let (agency, admin) = street.agency("Boreal").await;
        street.give(&own, Some(agency)).await;
        let me = street.get(&admin, "/api/v1/me").await.ok();
        let user: vestibule_model::UserId = me["user"]["id"].as_str().unwrap().parse().unwrap();
        let mut tx = kit.house.db.write().await.unwrap();
        let now = kit.house.world.now();
        vestibule_store::directory::people::join(&mut tx, own.id(), user, Role::Staff, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(street.get(&admin, CALLS).await.status, 200, "a member without looking in");
        street.get(&admin, "/api/v1/mails?tenant=north-shore").await.ok();
        // Handed over, the memberships of the former agency's people end as well.
        let hand = "/api/admin/tenants/north-shore/hand-over";
        let answer = street.post(&admin, hand, &json!({ "agency_id": null })).await.ok();
        assert_eq!(answer["members_removed"], 1);
        street.get(&admin, CALLS).await.is_problem(404, "not_found");
    }

    async fn a_tenant_does_not_lose_its_last_owner_by_being_handed_over(kit: Kit) {
        let street = Street::open(&kit);
        let (_, admin) = street.agency("Boreal").await;
        let own = json!({ "company_name": "Ours", "owner_email": "admin@boreal.test" });
        street.post(&admin, "/api/admin/tenants", &own).await.ok();
        let hand = "/api/admin/tenants/ours/hand-over";
        street.post(&admin, hand, &json!({ "agency_id": null })).await.is_problem(409, "no_owner_left");
        assert_eq!(street.get(&admin, "/api/admin/tenants/ours").await.status, 200, "half handed over");
    }
}
