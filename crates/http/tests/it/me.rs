//! Who am I, and where may I go.

use crate::street::{Street, bearer, owner};
use serde_json::{Value, json};
use vestibule_access::Permission;
use vestibule_domain::keys::{self, KeyOrder};
use vestibule_model::Role;
use vestibule_testkit::both_databases;

fn permissions(me: &Value) -> Vec<&str> {
    me["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect()
}

both_databases! {
    async fn each_is_told_what_they_are(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        for role in [Role::Viewer, Role::Staff, Role::Manager, Role::Owner] {
            let who = street.member(Some(&own), role).await;
            let me = street.get(&who, "/api/v1/me").await.ok();
            let expected: Vec<&str> =
                Permission::ALL.iter().filter(|p| role >= p.least_role()).map(|p| p.as_str()).collect();
            assert_eq!(permissions(&me), expected, "{role:?}");
            assert_eq!(me["memberships"][0]["role"], role.as_str());
            assert_eq!(me["platform_role"], Value::Null);
            assert_eq!(me["tenant"]["slug"], "north-shore");
            assert_eq!(me["tenant"], me["memberships"][0]["tenant"]);
        }
        let me = street.get(&owner(&own), "/api/v1/me").await.ok();
        let tenant = json!({ "id": own.id(), "slug": "north-shore", "company_name": "north-shore company",
            "status": "pending", "timezone": "America/Toronto", "locale": "en" });
        assert_eq!(me["tenant"], tenant);
        assert_eq!(me["user"], json!({ "id": own.owner, "email": own.owner_email, "name": "Odile Owner", "locale": "en" }));
        for name in [own.id().to_string(), "north-shore".into()] {
            assert_eq!(street.get(&owner(&own), &format!("/api/v1/me?tenant={name}")).await.ok(), me);
        }
    }

    async fn an_operator_and_a_key(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let operator = street.operator().await;
        let me = street.get(&operator, "/api/v1/me").await.ok();
        assert_eq!((&me["platform_role"], &me["tenant"], permissions(&me).len()), (&json!("operator"), &Value::Null, 0));
        let me = street.get(&operator, "/api/v1/me?tenant=north-shore").await.ok();
        assert_eq!((me["tenant"]["id"].clone(), permissions(&me).len()), (json!(own.id()), Permission::ALL.len()));
        street.get(&operator, "/api/v1/me?tenant=nowhere").await.is_problem(404, "not_found");
        let made = keys::create(&kit.house, &own.scope, Permission::ALL, &KeyOrder::named("one").with_scopes(["calls.read"])).await.unwrap();
        let me = street.get(&bearer(&made.key), "/api/v1/me").await.ok();
        assert_eq!((&me["user"], permissions(&me)), (&Value::Null, vec!["calls.read"]));
        assert_eq!(me["tenant"]["slug"], "north-shore");
        let nobody = street.member(None, Role::Owner).await;
        let me = street.get(&nobody, "/api/v1/me").await.ok();
        assert_eq!((&me["tenant"], &me["memberships"]), (&Value::Null, &json!([])));
    }
}
