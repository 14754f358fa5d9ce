//! Signing in and out, cookies and their second token, the lock, one-time links.

use crate::street::{Person, Street, anon, bearer, owner};
use http::Method;
use secrecy::ExposeSecret;
use serde_json::json;
use vestibule_model::Role;
use vestibule_testkit::{Engine, KitOptions, PASSWORD, both_databases, quick_settings, run_with};

/// A browser's cookies after an answer, as its next request carries them.
fn cookies(answer: &crate::street::Answer) -> Vec<(String, String, String)> {
    let all = answer.headers.get_all("set-cookie").iter();
    let all = all.map(|cookie| {
        let text = cookie.to_str().unwrap();
        let (pair, rest) = text.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned(), rest.to_lowercase())
    });
    // They come in no order.
    let mut all: Vec<_> = all.collect();
    all.sort();
    all
}

fn browser(session: &str, csrf: Option<&str>) -> Person {
    let who = anon().with("cookie", &format!("vestibule_csrf=x; vestibule_session={session}"));
    match csrf {
        Some(csrf) => who.with("x-csrf-token", csrf),
        None => who,
    }
}

both_databases! {
    async fn a_person_signs_in_and_out(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let login = json!({ "email": own.owner_email.to_uppercase(), "password": PASSWORD });
        let answer = street.post(&anon(), "/auth/login", &login).await;
        let body = answer.ok();
        assert_eq!(body["user"]["email"], own.owner_email);
        assert_eq!(body["user"]["name"], "Odile Owner");
        assert!(!answer.text.contains(PASSWORD) && !answer.text.contains("argon2"), "{answer:?}");
        let set = cookies(&answer);
        let [(first, csrf, csrf_is), (second, session, session_is)] = &set[..] else { panic!("{set:?}") };
        assert_eq!((first.as_str(), second.as_str()), ("vestibule_csrf", "vestibule_session"));
        assert_eq!((body["token"].as_str(), body["csrf_token"].as_str()), (Some(session.as_str()), Some(csrf.as_str())));
        for (is, http_only) in [(session_is, true), (csrf_is, false)] {
            assert_eq!(is.contains("httponly"), http_only, "{is}");
            assert!(is.contains("samesite=lax") && is.contains("path=/") && !is.contains("secure"), "{is}");
        }
        // Reading needs the cookie, changing the second token as well; a bearer needs none.
        let endpoints = "/api/v1/endpoints";
        let new = json!({ "url": "https://n8n.test/by-cookie" });
        assert_eq!(street.get(&browser(session, None), endpoints).await.status, 200);
        for wrong in [None, Some(""), Some("wrong"), Some(own.csrf.expose_secret()), Some(session.as_str())] {
            let who = browser(session, wrong);
            street.post(&who, endpoints, &new).await.is_problem(403, "csrf");
            street.patch(&who, &format!("{endpoints}/{}", own.endpoint.id), &new).await.is_problem(403, "csrf");
            street.delete(&who, &format!("{endpoints}/{}", own.endpoint.id)).await.is_problem(403, "csrf");
            street.ask(&who, Method::POST, "/auth/logout", None).await.is_problem(403, "csrf");
        }
        assert_eq!(street.get(&owner(&own), endpoints).await.items().len(), 1, "something was changed");
        assert_eq!(street.post(&browser(session, Some(csrf)), endpoints, &new).await.status, 201);
        assert_eq!(street.post(&owner(&own), endpoints, &new).await.status, 201);
        // Out: the cookies go, and the session is nobody's, as a bearer neither.
        let answer = street.ask(&browser(session, Some(csrf)), Method::POST, "/auth/logout", None).await;
        assert_eq!(answer.status, 204);
        let gone = cookies(&answer);
        assert!(gone.len() == 2 && gone.iter().all(|(_, value, is)| value.is_empty() && is.contains("max-age=0")), "{gone:?}");
        street.get(&browser(session, None), endpoints).await.is_problem(401, "unauthorized");
        street.get(&bearer(&session.as_str().into()), endpoints).await.is_problem(401, "unauthorized");
        assert_eq!(street.get(&owner(&own), endpoints).await.status, 200, "another session ended as well");
    }

    async fn wrong_passwords_say_nothing_and_lock(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let login = |email: &str, password: &str| json!({ "email": email, "password": password });
        let unknown = street.post(&anon(), "/auth/login", &login("nobody@people.test", PASSWORD)).await;
        unknown.is_problem(401, "wrong_credentials");
        for n in 0..5 {
            let wrong = street.post(&anon(), "/auth/login", &login(&own.owner_email, "wrong horse")).await;
            wrong.is_problem(401, "wrong_credentials");
            let without_id = |a: &crate::street::Answer| {
                let mut body = a.json();
                body.as_object_mut().unwrap().remove("request_id");
                body
            };
            assert_eq!(without_id(&wrong), without_id(&unknown), "try {n} tells that there is such a person");
        }
        // Locked, also for who knows the password; a running session goes on.
        let right = login(&own.owner_email, PASSWORD);
        let locked = street.post(&anon(), "/auth/login", &right).await;
        locked.is_problem(429, "locked_out");
        let seconds: i64 = locked.header("retry-after").parse().unwrap();
        assert!((1..=901).contains(&seconds), "{seconds}");
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.status, 200);
        street.post(&anon(), "/auth/login", &login(&own.twin().owner_email, PASSWORD)).await.ok();
        kit.clock.advance_ms(seconds * 1000 - 2000);
        street.post(&anon(), "/auth/login", &right).await.is_problem(429, "locked_out");
        kit.clock.advance_ms(2000);
        street.post(&anon(), "/auth/login", &right).await.ok();
        // Success forgets the wrong tries before it.
        for _ in 0..4 {
            street.post(&anon(), "/auth/login", &login(&own.owner_email, "wrong horse")).await.is_problem(401, "wrong_credentials");
        }
        street.post(&anon(), "/auth/login", &right).await.ok();
        street.post(&anon(), "/auth/login", &login(&own.owner_email, "wrong horse")).await.is_problem(401, "wrong_credentials");
        street.post(&anon(), "/auth/login", &right).await.ok();
    }

    async fn a_link_works_once_and_in_time(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let new = json!({ "company_name": "Linked", "owner_email": "linked@people.test" });
        let made = street.post(&operator, "/api/admin/tenants", &new).await.ok();
        let (page, token) = made["owner_link"].as_str().unwrap().split_once('#').unwrap();
        assert_eq!(page, "http://vestibule.test/welcome");
        let redeem = |token: &str, password: &str| json!({ "token": token, "password": password });
        // Too short a password does not use the link up.
        for bad in ["", "nine char", &"x".repeat(257)] {
            let answer = street.post(&anon(), "/auth/links/redeem", &redeem(token, bad)).await;
            answer.is_problem(422, "password_too_short");
            assert_eq!(answer.json()["fields"][0]["field"], "password");
        }
        street.post(&anon(), "/auth/links/redeem", &redeem("vsl_made_up", "long enough for this")).await.is_problem(400, "link_invalid");
        let answer = street.post(&anon(), "/auth/links/redeem", &redeem(token, "xK9#mQ2$vL")).await;
        assert_eq!(cookies(&answer).len(), 2);
        let session = answer.ok()["token"].as_str().unwrap().to_owned();
        let me = street.get(&bearer(&session.into()), "/api/v1/me").await.ok();
        assert_eq!(me["memberships"][0]["role"], "owner");
        street.post(&anon(), "/auth/links/redeem", &redeem(token, "quartz heron paddle")).await.is_problem(400, "link_invalid");
        street.post(&anon(), "/auth/login", &json!({ "email": "linked@people.test", "password": "xK9#mQ2$vL" })).await.ok();
        // A link that waited too long.
        let new = json!({ "company_name": "Late", "owner_email": "late@people.test" });
        let made = street.post(&operator, "/api/admin/tenants", &new).await.ok();
        let token = made["owner_link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        kit.clock.advance_ms(7 * 24 * 3_600_000 + 1);
        street.post(&anon(), "/auth/links/redeem", &redeem(&token, "long enough for this")).await.is_problem(400, "link_invalid");
    }

    async fn a_session_ends_by_itself(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let member = street.member(Some(&own), Role::Viewer).await;
        kit.clock.advance_ms(14 * 24 * 3_600_000 - 1000);
        assert_eq!(street.get(&member, "/api/v1/calls").await.status, 200);
        kit.clock.advance_ms(2000);
        street.get(&member, "/api/v1/calls").await.is_problem(401, "unauthorized");
        assert_eq!(street.get(&bearer(&own.api_key), "/api/v1/calls").await.status, 200, "keys have no end");
    }
}

#[test]
fn behind_https_cookies_are_secure() {
    let settings = || KitOptions {
        settings: Some(vestibule_domain::Settings {
            public_url: "https://vestibule.test".into(),
            ..quick_settings()
        }),
        courier: None,
        engine: None,
    };
    run_with(Engine::Sqlite, settings, |kit| async move {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let login = json!({ "email": own.owner_email, "password": PASSWORD });
        let answer = street.post(&anon(), "/auth/login", &login).await;
        let set = cookies(&answer);
        assert!(set.len() == 2 && set.iter().all(|(_, _, is)| is.contains("secure")), "{set:?}");
    });
}
