//! Bearer tokens: signed, short, bound to a session, renewed once by each refresh token.

use crate::look::refused;
use crate::people::visit;
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use vestibule_domain::people::{self, Entered, SignedIn, TokenForm};
use vestibule_domain::signing;
use vestibule_testkit::{Kit, PASSWORD, TestTenant, both_databases};
use vestibule_vault::{Jwt, SigningKey, sign_jwt};

async fn sign_in(kit: &Kit, tenant: &TestTenant) -> SignedIn {
    let password = SecretString::from(PASSWORD);
    let entered =
        people::sign_in(&kit.house, &visit(kit), &tenant.owner_email, &password, TokenForm::Jwt).await;
    match entered.unwrap() {
        Entered::In(signed_in) => *signed_in,
        Entered::Challenged(_) => panic!("a second factor is asked for"),
    }
}

async fn is_let_in(kit: &Kit, token: &str) -> bool {
    people::principal(&kit.house, token).await.unwrap().is_some()
}

/// The claims of a token, as anybody with the published key reads them.
async fn claims(kit: &Kit, token: &str) -> Value {
    let jwt = Jwt::parse(token).unwrap();
    let keys = signing::list_public(&kit.house).await.unwrap();
    let key = keys.iter().find(|key| key.kid == jwt.kid()).unwrap();
    jwt.claims(&key.bytes).unwrap()
}

both_databases! {
    async fn req_1_07_a_signed_token_is_of_the_session_that_the_cookie_is_of(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let shown = sign_in(&kit, &tenant).await;
        let bearer = shown.bearer.as_ref().unwrap();
        let (jwt, cookie) = (bearer.token.expose_secret(), shown.token.expose_secret());
        let one = people::principal(&kit.house, jwt).await.unwrap().unwrap();
        let two = people::principal(&kit.house, cookie).await.unwrap().unwrap();
        assert_eq!(one.id, two.id);
        let said = claims(&kit, jwt).await;
        let now = kit.house.world.now().0 / 1000;
        assert_eq!(said["iss"], "http://vestibule.test");
        assert_eq!(said["sub"], tenant.owner.to_string());
        assert_eq!(said["sid"], one.id.to_string());
        assert_eq!((said["iat"].as_i64(), said["exp"].as_i64()), (Some(now), Some(now + 900)));
        assert!(said["jti"].is_string() && said.as_object().unwrap().len() == 6, "{said}");
        // Ending the session ends both, on a node that has seen neither as on one that remembers the signature.
        people::forget(&kit.house, one.id).await.unwrap();
        let other = kit.restarted().await;
        for house in [&kit, &other] {
            assert!(!is_let_in(house, jwt).await && !is_let_in(house, cookie).await);
        }
        assert_eq!(refused(people::refresh(&kit.house, &visit(&kit), &bearer.refresh).await), "refresh_invalid");
    }

    async fn req_1_08_a_token_ends_after_a_quarter_of_an_hour_and_is_renewed(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let shown = sign_in(&kit, &tenant).await;
        let first = shown.bearer.unwrap();
        assert!(is_let_in(&kit, first.token.expose_secret()).await);
        kit.clock.advance_ms(15 * 60_000 - 1000);
        assert!(is_let_in(&kit, first.token.expose_secret()).await);
        kit.clock.advance_ms(1000);
        let other = kit.restarted().await;
        for house in [&kit, &other] {
            assert!(!is_let_in(house, first.token.expose_secret()).await);
        }
        let renewed = people::refresh(&kit.house, &visit(&kit), &first.refresh).await.unwrap();
        assert_eq!(renewed.user.id, tenant.owner);
        assert!(is_let_in(&kit, renewed.bearer.token.expose_secret()).await);
        assert_eq!(claims(&kit, renewed.bearer.token.expose_secret()).await["sid"], claims(&kit, first.token.expose_secret()).await["sid"]);
        // No token outlives its session.
        kit.clock.set(renewed.bearer.refresh_expires_at.plus_ms(-60_000));
        let last = people::refresh(&kit.house, &visit(&kit), &renewed.bearer.refresh).await.unwrap();
        assert_eq!(last.bearer.expires_at, renewed.bearer.refresh_expires_at);
        kit.clock.advance_ms(60_000);
        assert_eq!(refused(people::refresh(&kit.house, &visit(&kit), &last.bearer.refresh).await), "refresh_invalid");
        assert!(people::let_go_of_old(&kit.house).await.unwrap() == 0);
        kit.clock.advance_ms(1);
        assert_eq!(people::let_go_of_old(&kit.house).await.unwrap(), 3);
    }

    async fn a_spent_refresh_token_ends_the_session_for_whoever_has_it(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let shown = sign_in(&kit, &tenant).await;
        let stolen = shown.bearer.unwrap().refresh;
        let renewed = people::refresh(&kit.house, &visit(&kit), &stolen).await.unwrap();
        let bearer = renewed.bearer.token.expose_secret().to_owned();
        assert!(is_let_in(&kit, &bearer).await);
        assert_eq!(refused(people::refresh(&kit.house, &visit(&kit), &stolen).await), "refresh_invalid");
        assert!(!is_let_in(&kit, &bearer).await && !is_let_in(&kit, shown.token.expose_secret()).await);
        assert_eq!(refused(people::refresh(&kit.house, &visit(&kit), &renewed.bearer.refresh).await), "refresh_invalid");
        assert!(is_let_in(&kit, tenant.session.expose_secret()).await, "another session ended as well");
        let scope = crate::links::platform(&kit);
        let mut tx = kit.house.db.read_in(&scope).await.unwrap();
        let rows = vestibule_domain::audit::newest(&mut tx.tenant(&scope).await.unwrap(), 10).await.unwrap();
        assert_eq!(rows.iter().filter(|row| row.action == "session.refresh_reused").count(), 1);
    }

    async fn of_two_who_renew_at_once_one_does_and_the_session_ends(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let bearer = sign_in(&kit, &tenant).await.bearer.unwrap();
        let here = visit(&kit);
        let both = join_all((0..2).map(|_| people::refresh(&kit.house, &here, &bearer.refresh))).await;
        let renewed: Vec<_> = both.into_iter().flatten().collect();
        assert_eq!(renewed.len(), 1);
        assert!(!is_let_in(&kit, renewed[0].bearer.token.expose_secret()).await);
    }

    async fn req_2_17_nothing_else_is_a_token(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let shown = sign_in(&kit, &tenant).await;
        let good = claims(&kit, shown.bearer.unwrap().token.expose_secret()).await;
        let mut tx = kit.house.db.write().await.unwrap();
        let ours = signing::current(&kit.house, &mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let theirs = SigningKey::generate(&*kit.entropy);
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            claims
        };
        let now = kit.house.world.now().0 / 1000;
        assert!(is_let_in(&kit, &sign_jwt(&ours, &with("jti", json!(tenant.owner.to_string())))).await, "the form of this test is wrong");
        for (what, token) in [
            ("another key", sign_jwt(&theirs, &good)),
            ("another issuer", sign_jwt(&ours, &with("iss", json!("http://other.test")))),
            ("over", sign_jwt(&ours, &with("exp", json!(now)))),
            ("not yet begun", sign_jwt(&ours, &with("iat", json!(now + 120)))),
            ("too long", sign_jwt(&ours, &with("exp", json!(now + 86_400)))),
            ("another person", sign_jwt(&ours, &with("sub", json!(tenant.twin().owner.to_string())))),
            ("a session that is none", sign_jwt(&ours, &with("sid", json!(tenant.owner.to_string())))),
            ("more claims", sign_jwt(&ours, &with("role", json!("operator")))),
            ("no claims", sign_jwt(&ours, &json!({}))),
            ("a receipt", format!("{}.{}", sign_jwt(&ours, &good), "e30")),
            ("dots", "..".to_owned()),
        ] {
            assert!(!is_let_in(&kit, &token).await, "{what}");
        }
    }

    async fn a_retired_keys_tokens_end_with_their_time(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let token = sign_in(&kit, &tenant).await.bearer.unwrap().token;
        let mut tx = kit.house.db.write().await.unwrap();
        let old = signing::current(&kit.house, &mut tx).await.unwrap();
        signing::rotate(&kit.house, &mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let node = kit.restarted().await;
        assert!(is_let_in(&node, token.expose_secret()).await);
        assert_ne!(sign_in(&kit, &tenant).await.bearer.map(|b| Jwt::parse(b.token.expose_secret()).unwrap().kid().to_owned()), Some(old.name()));
        // Whoever found the old key cannot make tokens with it.
        kit.clock.advance_ms(20 * 60_000);
        let (mut forged, now) = (claims(&kit, token.expose_secret()).await, kit.house.world.now().0 / 1000);
        forged["iat"] = json!(now);
        forged["exp"] = json!(now + 900);
        assert!(!is_let_in(&kit.restarted().await, &sign_jwt(&old, &forged)).await);
    }
}
