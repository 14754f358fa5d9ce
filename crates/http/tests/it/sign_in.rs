//! Signing in beyond a password: signed tokens and their renewal, the second factor, unlocking, how good a password is.

use crate::street::{Answer, Street, anon, bearer, owner};
use http::Method;
use serde_json::{Value, json};
use vestibule_testkit::{Kit, PASSWORD, TestTenant, both_databases};
use vestibule_vault::{TotpSecret, step_at};

fn cookie(answer: &Answer, name: &str) -> String {
    let all = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let value = all.filter_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('=')).next().unwrap();
    value.split(';').next().unwrap().to_owned()
}

/// Signs a tenant's owner in for a signed token.
async fn jwt(street: &Street, tenant: &TestTenant) -> Answer {
    let login = json!({ "email": tenant.owner_email, "password": PASSWORD, "token_type": "jwt" });
    street.post(&anon(), "/auth/login", &login).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What an authenticator shows for a secret now.
fn code(kit: &Kit, secret: &Value) -> String {
    let bytes = data_encoding::BASE32_NOPAD.decode(secret.as_str().unwrap().as_bytes()).unwrap();
    TotpSecret::from_bytes(&bytes).unwrap().code(step_at(kit.house.world.now()))
}

both_databases! {
    async fn req_1_06_req_2_17_a_signed_token_is_good_wherever_a_session_is(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let answer = jwt(&street, &own).await;
        let body = answer.ok();
        assert_eq!(body["token_type"], "jwt");
        assert_eq!(text(&body["token"]).split('.').count(), 3);
        let me = bearer(&text(&body["token"]).into());
        assert_eq!(street.get(&me, "/api/v1/calls").await.status, 200);
        assert_eq!(street.get(&me, "/api/v1/me").await.ok()["user"]["email"], own.owner_email);
        // It says which tenant as every session does, and opens no other.
        street.get(&me, &format!("/api/v1/calls?tenant={}", own.twin().id())).await.is_problem(404, "not_found");
        // A bearer needs no second token to change something.
        assert_eq!(street.post(&me, "/api/v1/endpoints", &json!({ "url": "https://n8n.test/by-jwt" })).await.status, 201);
        // The cookies of the same answer are of the same session: signing out by one ends both.
        let browser = anon()
            .with("cookie", &format!("vestibule_session={}", cookie(&answer, "vestibule_session")))
            .with("x-csrf-token", &cookie(&answer, "vestibule_csrf"));
        assert_eq!(street.get(&browser, "/api/v1/calls").await.status, 200);
        assert_eq!(street.ask(&browser, Method::POST, "/auth/logout", None).await.status, 204);
        street.get(&me, "/api/v1/calls").await.is_problem(401, "unauthorized");
        let renew = json!({ "refresh_token": body["refresh_token"] });
        street.post(&anon(), "/auth/refresh", &renew).await.is_problem(401, "refresh_invalid");
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.status, 200);
    }

    async fn req_1_08_a_refresh_token_renews_once(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let body = jwt(&street, &own).await.ok();
        let first = json!({ "refresh_token": body["refresh_token"] });
        kit.clock.advance_ms(15 * 60_000);
        street.get(&bearer(&text(&body["token"]).into()), "/api/v1/calls").await.is_problem(401, "unauthorized");
        let renewed = street.post(&anon(), "/auth/refresh", &first).await.ok();
        assert_eq!(renewed["user"]["email"], own.owner_email);
        let me = bearer(&text(&renewed["token"]).into());
        assert_eq!(street.get(&me, "/api/v1/calls").await.status, 200);
        street.post(&anon(), "/auth/refresh", &first).await.is_problem(401, "refresh_invalid");
        street.get(&me, "/api/v1/calls").await.is_problem(401, "unauthorized");
        let made_up = json!({ "refresh_token": "vsr_made_up" });
        street.post(&anon(), "/auth/refresh", &made_up).await.is_problem(401, "refresh_invalid");
    }

    async fn what_is_no_token_is_nobody(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let token = text(&jwt(&street, &own).await.ok()["token"]);
        let [_, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        // {"alg":"none","typ":"JWT"}
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.{signature}");
        for bad in [none.as_str(), unsigned.as_str(), "a.b.c", "..", &token[..token.len() - 1], &format!("{token}.")] {
            street.get(&bearer(&bad.into()), "/api/v1/calls").await.is_problem(401, "unauthorized");
        }
        let login = json!({ "email": own.owner_email, "password": PASSWORD, "token_type": "rs256" });
        street.post(&anon(), "/auth/login", &login).await.is_problem(422, "invalid");
    }

    async fn a_second_factor_is_turned_on_asked_for_and_turned_off(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        let (me, path) = (owner(&own), "/api/v1/me/second-factor");
        assert_eq!(street.get(&me, path).await.ok(), json!({ "is_on": false, "since": null, "recovery_codes_left": 0 }));
        street.get(&bearer(&own.api_key), path).await.is_problem(403, "forbidden");
        street.post(&me, path, &json!({ "password": "wrong password" })).await.is_problem(422, "wrong_password");
        let begun = street.post(&me, path, &json!({ "password": PASSWORD })).await.ok();
        assert!(text(&begun["otpauth_uri"]).starts_with("otpauth://totp/Vestibule:owner%40north-shore.test?secret="));
        let picture = text(&begun["qr_svg"]);
        assert!(picture.contains("<svg") && !picture.contains("<script") && picture.len() < 40_000, "{picture}");
        street.post(&me, &format!("{path}/confirm"), &json!({ "code": "000000" })).await.is_problem(422, "wrong_code");
        let codes = street.post(&me, &format!("{path}/confirm"), &json!({ "code": code(&kit, &begun["secret"]) })).await.ok();
        assert_eq!(codes["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!(street.get(&me, path).await.ok()["recovery_codes_left"], 10);
        street.post(&me, path, &json!({ "password": PASSWORD })).await.is_problem(409, "factor_on");
        // The password brings a challenge, no session.
        let login = json!({ "email": own.owner_email, "password": PASSWORD });
        let asked = street.post(&anon(), "/auth/login", &login).await;
        assert_eq!(asked.status, 202);
        assert!(asked.headers.get("set-cookie").is_none(), "a session was opened before the second factor");
        let challenge = asked.json()["challenge"].clone();
        street.get(&bearer(&text(&challenge).into()), "/api/v1/calls").await.is_problem(401, "unauthorized");
        let step = |code: &str| json!({ "challenge": challenge, "code": code, "token_type": "jwt" });
        street.post(&anon(), "/auth/second-factor", &step("000000")).await.is_problem(401, "wrong_code");
        kit.clock.advance_ms(30_000);
        let body = street.post(&anon(), "/auth/second-factor", &step(&code(&kit, &begun["secret"]))).await.ok();
        assert_eq!(body["token_type"], "jwt");
        assert_eq!(street.get(&bearer(&text(&body["token"]).into()), "/api/v1/calls").await.status, 200);
        street.post(&anon(), "/auth/second-factor", &step("000000")).await.is_problem(401, "challenge_over");
        // New recovery codes want a code; off wants the password as well.
        kit.clock.advance_ms(30_000);
        let now = code(&kit, &begun["secret"]);
        let codes = street.post(&me, &format!("{path}/recovery-codes"), &json!({ "code": now })).await.ok();
        let off = json!({ "password": PASSWORD, "code": codes["recovery_codes"][0] });
        assert_eq!(street.post(&me, &format!("{path}/off"), &off).await.status, 204);
        street.post(&anon(), "/auth/login", &login).await.ok();
    }

    async fn a_mailed_link_unlocks(kit: Kit) {
        let street = Street::open(&kit);
        let own = kit.tenant("north-shore").await;
        for _ in 0..5 {
            let wrong = json!({ "email": own.owner_email, "password": "wrong password" });
            street.post(&anon(), "/auth/login", &wrong).await.is_problem(401, "wrong_credentials");
        }
        kit.fold_all().await;
        kit.post_all().await;
        let mail = kit.mailer.given().remove(0);
        let token = mail.text.split_once("/unlock#").unwrap().1.split_whitespace().next().unwrap();
        street.post(&anon(), "/auth/unlock", &json!({ "token": "vsl_made_up" })).await.is_problem(400, "link_invalid");
        assert_eq!(street.post(&anon(), "/auth/unlock", &json!({ "token": token })).await.status, 204);
        street.post(&anon(), "/auth/unlock", &json!({ "token": token })).await.is_problem(400, "link_invalid");
        street.post(&anon(), "/auth/login", &json!({ "email": own.owner_email, "password": PASSWORD })).await.ok();
    }

    async fn how_good_a_password_is_is_said_in_the_readers_language(kit: Kit) {
        let street = Street::open(&kit);
        let judge = async |password: &str, own: &[&str], language: &str| {
            let body = json!({ "password": password, "own": own });
            street.post(&anon().with("accept-language", language), "/auth/password-strength", &body).await.ok()
        };
        let weak = judge("password123", &[], "en").await;
        assert_eq!((weak["is_enough"].as_bool(), weak["score"].as_i64()), (Some(false), Some(0)), "{weak}");
        assert!(text(&weak["warning"]).contains("common password"), "{weak}");
        assert!(text(&judge("password123", &[], "fr").await["warning"]).contains("mot de passe"));
        let good = judge(PASSWORD, &[], "en").await;
        assert_eq!(good["is_enough"], true);
        // Nothing but one's own names.
        let own = ["odile.owner@north-shore-plumbing.test", "North Shore Plumbing"];
        assert_eq!(judge("odile-plumbing", &[], "en").await["is_enough"], true);
        assert_eq!(judge("odile-plumbing", &own, "en").await["is_enough"], false);
        // Symbols do not make up for length, and are not asked for.
        assert_eq!(judge("P@ssw0rd!1", &[], "en").await["is_enough"], false);
        assert_eq!(judge(&"x7#".repeat(200), &[], "en").await["is_enough"], false);
    }

    async fn a_weak_password_is_refused_with_a_reason(kit: Kit) {
        let street = Street::open(&kit);
        let operator = street.operator().await;
        let new = json!({ "company_name": "Linked Plumbing", "owner_email": "odile.tremblay@people.test" });
        let made = street.post(&operator, "/api/admin/tenants", &new).await.ok();
        let token = text(&made["owner_link"]).split_once('#').unwrap().1.to_owned();
        let french = anon().with("accept-language", "fr");
        for (weak, says) in [("1234567890", "utilisés"), ("tremblay-linked-plumbing", "deviner")] {
            let body = json!({ "token": token, "password": weak });
            let answer = street.post(&french, "/auth/links/redeem", &body).await;
            answer.is_problem(422, "password_weak");
            assert!(text(&answer.json()["fields"][0]["message"]).contains(says), "{answer:?}");
            assert!(!answer.text.contains(weak));
        }
        let body = json!({ "token": token, "password": "quartz heron paddle" });
        street.post(&anon(), "/auth/links/redeem", &body).await.ok();
    }
}
