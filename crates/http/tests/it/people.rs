//! Members, invitations, accounts and sessions, from outside.

use crate::street::{Answer, Person, Street, anon, bearer, owner};
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request};
use serde_json::{Value, json};
use std::net::SocketAddr;
use vestibule_access::Permission;
use vestibule_domain::keys::{self, KeyOrder};
use vestibule_model::Role;
use vestibule_testkit::{Kit, PASSWORD, both_databases};

const NEW: &str = "plumbers sing at noon";

/// Sends what is due; the token of the link in the last mail to an address since the last time, and its subject.
async fn last_mail(kit: &Kit, address: &str) -> (String, String) {
    kit.post_all().await;
    let given = kit.mailer.given();
    let mail =
        given.iter().rfind(|mail| mail.to == address).unwrap_or_else(|| panic!("no mail to {address}"));
    (mail.text.split_once('#').unwrap().1.split_whitespace().next().unwrap().to_owned(), mail.subject.clone())
}

/// Sends what is due; the token of the link in the last mail to an address since the last time.
pub(crate) async fn token_in_last_mail(kit: &Kit, address: &str) -> String {
    last_mail(kit, address).await.0
}

/// Waits for a mail that is owed beside an answer; the token of its link. Nobody else may get one meanwhile.
async fn token_that_comes_to(kit: &Kit, address: &str) -> String {
    let patience = std::time::Duration::from_secs(20);
    let arrives = async {
        while kit.post_all().await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(patience, arrives).await.expect("the mail never came");
    let given = kit.mailer.given();
    assert!(given.iter().all(|mail| mail.to == address), "somebody else got mail: {given:?}");
    given[0].text.split_once('#').unwrap().1.split_whitespace().next().unwrap().to_owned()
}

fn by_email(answer: &Answer) -> Vec<(String, String, bool)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let items = answer.items();
    items.iter().map(|m| (text(&m["email"]), text(&m["role"]), m["is_me"].as_bool().unwrap())).collect()
}

async fn id_of(street: &Street, asks: &Person, email: &str) -> String {
    let all = street.get(asks, "/api/v1/people").await.items();
    all.iter().find(|m| m["email"] == email).unwrap()["id"].as_str().unwrap().to_owned()
}

both_databases! {
    async fn req_0_56_roles_are_accepted_in_any_case_and_in_the_sources_words(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let who = owner(&own);
        for (n, (spelled, role)) in [("OWNER", "owner"), ("Manager", "manager"), ("ADMIN", "manager"), ("AGENT", "staff"), ("staff", "staff"), ("viewer", "viewer")].iter().enumerate() {
            let new = json!({ "email": format!("n{n}@people.test"), "role": spelled });
            let made = street.post(&who, "/api/v1/invitations", &new).await;
            assert_eq!((made.status.as_u16(), &made.json()["role"]), (201, &json!(role)), "{spelled}");
        }
        street.post(&who, "/api/v1/invitations", &json!({ "email": "x@people.test", "role": "king" })).await.is_problem(422, "invalid");
        // A person reaches their own tenant and no other.
        let token = token_in_last_mail(&kit, "n3@people.test").await;
        let seen = street.post(&anon(), "/auth/invitations/look", &json!({ "token": token })).await.ok();
        assert_eq!((&seen["company_name"], &seen["role"], &seen["has_account"]), (&json!("north-shore company"), &json!("staff"), &json!(false)));
        let joined = street.post(&anon(), "/auth/invitations/accept", &json!({ "token": token, "name": "Agnes Agent", "password": NEW })).await;
        let session = bearer(&joined.ok()["token"].as_str().unwrap().into());
        assert_eq!(joined.headers.get_all("set-cookie").iter().count(), 2);
        let me = street.get(&session, "/api/v1/me").await.ok();
        assert_eq!((&me["memberships"][0]["role"], &me["user"]["name"]), (&json!("staff"), &json!("Agnes Agent")));
        assert_eq!(street.get(&session, "/api/v1/calls").await.status, 200);
        street.get(&session, &format!("/api/v1/calls?tenant={}", own.twin().record.slug)).await.is_problem(404, "not_found");
    }

    async fn a_manager_runs_the_team_below_the_owner(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let manager = street.member(Some(&own), Role::Manager).await;
        let staff = street.member(Some(&own), Role::Staff).await;
        let all = street.get(&manager, "/api/v1/people").await;
        let seen: Vec<_> = by_email(&all).into_iter().map(|(_, role, is_me)| (role, is_me)).collect();
        assert_eq!(seen, [("owner".into(), false), ("manager".into(), true), ("staff".into(), false)]);
        assert!(!all.text.contains("phc") && !all.text.contains("argon"), "{all:?}");
        for path in ["/api/v1/people", "/api/v1/invitations"] {
            street.get(&staff, path).await.is_problem(403, "forbidden");
        }
        let the_owner = format!("/api/v1/people/{}", id_of(&street, &manager, &own.owner_email).await);
        street.patch(&manager, &the_owner, &json!({ "role": "staff" })).await.is_problem(403, "above_own_role");
        street.delete(&manager, &the_owner).await.is_problem(403, "above_own_role");
        street.post(&manager, "/api/v1/invitations", &json!({ "email": "x@people.test", "role": "owner" })).await.is_problem(403, "above_own_role");
        street.patch(&owner(&own), &the_owner, &json!({ "role": "staff" })).await.is_problem(409, "last_owner");
        let made = street.post(&manager, "/api/v1/invitations", &json!({ "email": "x@people.test", "role": "staff", "locale": "fr" })).await.ok();
        let path = format!("/api/v1/invitations/{}", made["id"].as_str().unwrap());
        street.post(&manager, &format!("{path}/again"), &json!({})).await.ok();
        assert_eq!(street.get(&manager, "/api/v1/invitations").await.items().len(), 1);
        assert!(last_mail(&kit, "x@people.test").await.1.starts_with("Rejoignez north-shore company"));
        assert_eq!(street.delete(&manager, &path).await.status, 204);
        street.delete(&manager, &path).await.is_problem(404, "not_found");
        // A key manages people when it is scoped for that, and makes no owners.
        let order = KeyOrder::named("people").with_scopes(["people.manage"]);
        let key = keys::create(&kit.house, &own.scope, Permission::ALL, &order).await.unwrap();
        let key = bearer(&key.key);
        street.post(&key, "/api/v1/invitations", &json!({ "email": "y@people.test", "role": "owner" })).await.is_problem(403, "above_own_role");
        street.post(&key, "/api/v1/invitations", &json!({ "email": "y@people.test", "role": "manager" })).await.ok();
    }

    async fn whoever_was_let_go_is_out_on_their_next_request(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let staff = street.member(Some(&own), Role::Staff).await;
        let me = street.get(&staff, "/api/v1/me").await.ok()["user"]["id"].as_str().unwrap().to_owned();
        assert_eq!(street.get(&staff, "/api/v1/calls").await.status, 200);
        assert_eq!(street.delete(&owner(&own), &format!("/api/v1/people/{me}")).await.status, 204);
        street.get(&staff, &format!("/api/v1/calls?tenant={}", own.record.slug)).await.is_problem(404, "not_found");
        assert_eq!(street.get(&staff, "/api/v1/me").await.ok()["memberships"], json!([]));
    }

    async fn an_invitation_is_accepted_by_its_own_address(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let twin = own.twin();
        street.post(&owner(&own), "/api/v1/invitations", &json!({ "email": twin.owner_email, "role": "viewer" })).await.ok();
        let body = json!({ "token": token_in_last_mail(&kit, &twin.owner_email).await });
        street.post(&anon(), "/auth/invitations/accept", &json!({ "token": body["token"], "name": "Thief", "password": NEW })).await.is_problem(409, "account_exists");
        street.post(&anon(), "/api/v1/me/invitations", &body).await.is_problem(401, "unauthorized");
        street.post(&owner(&own), "/api/v1/me/invitations", &body).await.is_problem(403, "another_address");
        street.post(&bearer(&twin.api_key), "/api/v1/me/invitations", &body).await.is_problem(403, "forbidden");
        let joined = street.post(&owner(twin), "/api/v1/me/invitations", &body).await.ok();
        assert_eq!(joined["tenant"], own.id().to_string());
        street.post(&owner(twin), "/api/v1/me/invitations", &body).await.is_problem(400, "link_invalid");
        assert_eq!(street.get(&owner(twin), "/api/v1/me").await.ok()["memberships"].as_array().unwrap().len(), 2);
        assert_eq!(street.get(&owner(twin), &format!("/api/v1/calls?tenant={}", own.record.slug)).await.status, 200);
    }

    async fn a_forgotten_password_is_answered_the_same_whoever_asks(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let mut told = Vec::new();
        for email in [own.owner_email.as_str(), "nobody@nowhere.test"] {
            let answer = street.post(&anon(), "/auth/reset", &json!({ "email": email })).await;
            told.push((answer.status.as_u16(), answer.text));
        }
        assert_eq!(told, [(202, String::new()), (202, String::new())]);
        let token = token_that_comes_to(&kit, &own.owner_email).await;
        let confirm = "/auth/reset/confirm";
        street.post(&anon(), confirm, &json!({ "token": token, "password": "short" })).await.is_problem(422, "password_too_short");
        assert_eq!(street.post(&anon(), confirm, &json!({ "token": token, "password": NEW })).await.status, 204);
        street.post(&anon(), confirm, &json!({ "token": token, "password": NEW })).await.is_problem(400, "link_invalid");
        street.get(&owner(&own), "/api/v1/me").await.is_problem(401, "unauthorized");
        street.post(&anon(), "/auth/login", &json!({ "email": own.owner_email, "password": NEW })).await.ok();
        kit.post_all().await;
        assert!(kit.mailer.given().iter().all(|mail| mail.to == own.owner_email));
    }

    async fn a_link_opens_nothing_but_its_own_door(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        street.post(&anon(), "/auth/reset", &json!({ "email": own.owner_email })).await.ok();
        let token = token_that_comes_to(&kit, &own.owner_email).await;
        for (path, body) in [
            ("/auth/links/redeem", json!({ "token": token, "password": NEW })),
            ("/auth/email/confirm", json!({ "token": token })),
            ("/auth/invitations/look", json!({ "token": token })),
            ("/auth/invitations/accept", json!({ "token": token, "name": "x", "password": NEW })),
        ] {
            street.post(&anon(), path, &body).await.is_problem(400, "link_invalid");
        }
        assert_eq!(street.post(&anon(), "/auth/reset/confirm", &json!({ "token": token, "password": NEW })).await.status, 204);
    }

    async fn ones_own_account_is_changed_with_the_password(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let me = owner(&own);
        let named = street.patch(&me, "/api/v1/me", &json!({ "name": "Odile Gagné", "locale": "fr" })).await.ok();
        assert_eq!((&named["name"], &named["locale"]), (&json!("Odile Gagné"), &json!("fr")));
        street.patch(&bearer(&own.api_key), "/api/v1/me", &json!({ "name": "x" })).await.is_problem(403, "forbidden");
        let wrong = json!({ "password": "wrong password", "new_password": NEW, "email": "new@people.test" });
        for path in ["/api/v1/me/password", "/api/v1/me/email"] {
            let answer = street.post(&me, path, &wrong).await;
            answer.is_problem(422, "wrong_password");
            assert_eq!(answer.json()["fields"][0]["code"], "wrong_password");
        }
        assert_eq!(street.get(&me, "/api/v1/me").await.status, 200, "a wrong password signed them out");
        let right = json!({ "password": PASSWORD, "email": "new@people.test" });
        assert_eq!(street.post(&me, "/api/v1/me/email", &right).await.status, 202);
        let token = token_in_last_mail(&kit, "new@people.test").await;
        assert_eq!(street.post(&anon(), "/auth/email/confirm", &json!({ "token": token })).await.status, 204);
        assert_eq!(street.get(&me, "/api/v1/me").await.ok()["user"]["email"], "new@people.test");
        let right = json!({ "password": PASSWORD, "new_password": NEW });
        assert_eq!(street.post(&me, "/api/v1/me/password", &right).await.status, 204);
        assert_eq!(street.get(&me, "/api/v1/me").await.status, 200, "this session ended as well");
        street.post(&anon(), "/auth/login", &json!({ "email": "new@people.test", "password": NEW })).await.ok();
    }

    async fn sessions_say_where_they_are_and_are_ended(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let login = json!({ "email": own.owner_email, "password": PASSWORD });
        let phone = street.post(&anon(), "/auth/login", &login).await.ok()["token"].as_str().unwrap().to_owned();
        let mut request = Request::builder()
            .method(Method::GET)
            .uri("/api/v1/me")
            .header("authorization", format!("Bearer {phone}"))
            .header("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1")
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>("192.0.2.44:55000".parse().unwrap()));
        street.send(request).await.ok();
        let me = owner(&own);
        let all = street.get(&me, "/api/v1/me/sessions").await.items();
        let find = |is_this: bool| all.iter().find(|s| s["is_this"] == is_this).unwrap().clone();
        assert_eq!(all.len(), 2);
        assert_eq!((&find(false)["device"], &find(false)["address"]), (&json!("Safari · iPhone"), &json!("192.0.2.44")));
        assert!(all.iter().all(|s| s["last_seen_at"].is_string() && s.get("token_hash").is_none()), "{all:?}");
        let path = format!("/api/v1/me/sessions/{}", find(false)["id"].as_str().unwrap());
        street.delete(&owner(own.twin()), &path).await.is_problem(404, "not_found");
        assert_eq!(street.delete(&me, &path).await.status, 204);
        street.get(&bearer(&phone.as_str().into()), "/api/v1/me").await.is_problem(401, "unauthorized");
        for _ in 0..2 {
            street.post(&anon(), "/auth/login", &login).await.ok();
        }
        assert_eq!(street.delete(&me, "/api/v1/me/sessions").await.ok()["ended"], 2);
        assert_eq!(street.get(&me, "/api/v1/me/sessions").await.items().len(), 1);
    }

    async fn an_operator_finds_a_person_and_ends_their_sessions(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let operator = street.operator().await;
        let (_, agency) = street.agency("Boreal").await;
        let path = format!("/api/admin/people?email={}", crate::street::escaped(&own.owner_email.to_uppercase()));
        street.get(&agency, &path).await.is_problem(403, "forbidden");
        street.get(&owner(&own), &path).await.is_problem(403, "forbidden");
        assert!(street.get(&operator, "/api/admin/people?email=nobody%40nowhere.test").await.items().is_empty());
        let found = street.get(&operator, &path).await.items().remove(0);
        assert_eq!((&found["user"]["email"], &found["memberships"][0]["role"]), (&json!(own.owner_email), &json!("owner")));
        let sessions = format!("/api/admin/people/{}/sessions", found["user"]["id"].as_str().unwrap());
        assert_eq!(street.get(&operator, &sessions).await.items().len(), 1);
        assert_eq!(street.delete(&operator, &sessions).await.status, 204);
        street.get(&owner(&own), "/api/v1/me").await.is_problem(401, "unauthorized");
        assert_eq!(street.get(&owner(own.twin()), "/api/v1/me").await.status, 200);
        assert!(street.get(&operator, &sessions).await.items().is_empty());
    }

    async fn req_3_20_the_sources_address_of_signing_in_shows_the_page(kit: Kit) {
        let street = Street::open(&kit);
        let page = street.get(&anon(), "/login.html").await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert_eq!(page.text.len(), street.get(&anon(), "/sign-in").await.text.len(), "another page");
        assert_eq!(street.get(&anon(), "/other.html").await.status, 404);
    }

    async fn the_table_of_roles_is_told_as_it_is_kept(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let table = street.get(&owner(&own), "/api/v1/roles").await.items();
        let may = |role: &str, permission: &str| {
            let row = table.iter().find(|r| r["role"] == role).unwrap();
            row["permissions"].as_array().unwrap().iter().any(|p| p == permission)
        };
        assert_eq!(table.len(), 4);
        for (permission, least) in [("calls.read", 0), ("texts.send", 1), ("people.manage", 2), ("data.export", 3)] {
            for (rank, role) in ["viewer", "staff", "manager", "owner"].iter().enumerate() {
                assert_eq!(may(role, permission), rank >= least, "{role} {permission}");
            }
        }
        // What a member may do is what the table says of their role.
        for role in [Role::Viewer, Role::Staff, Role::Manager, Role::Owner] {
            let who = street.member(Some(&own), role).await;
            let me = street.get(&who, "/api/v1/me").await.ok();
            let row = table.iter().find(|r| r["role"] == role.as_str()).unwrap();
            assert_eq!(me["permissions"], row["permissions"], "{role:?}");
        }
    }
}
