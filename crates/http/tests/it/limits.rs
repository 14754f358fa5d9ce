//! How often one may ask, with the product's own numbers.

use crate::street::{Answer, Person, Street, anon, bearer, owner};
use serde_json::json;
use std::collections::BTreeMap;
use vestibule_http::{ForwardedBy, LimitSettings, Proxies};
use vestibule_testkit::{Kit, TestTenant, both_databases, sign_retell};

/// What the configuration says by default.
const DEFAULTS: LimitSettings = LimitSettings {
    person_per_minute: 100,
    pages_per_minute: 600,
    key_per_minute: 600,
    address_per_minute: 10,
    connection_per_minute: 100,
};
const HOME: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.9";

fn open(kit: &Kit) -> Street {
    Street::limited(kit, DEFAULTS, Proxies::default(), HOME)
}

/// Asks until it is too much: how often it was not, and the answer when it was.
async fn until_too_much(street: &Street, who: &Person, path: &str) -> (usize, Answer) {
    for n in 0..2_000 {
        let answer = street.get(who, path).await;
        if answer.status == 429 {
            return (n, answer);
        }
    }
    panic!("nobody stopped it")
}

fn hook(tenant: &TestTenant) -> String {
    format!("/hooks/retell/{}", tenant.hook_token)
}

/// The two fields of an answer.
fn fields(answer: &Answer) -> (&str, &str) {
    (answer.header("ratelimit-policy"), answer.header("ratelimit"))
}

/// The session as a browser shows it.
fn browser(tenant: &TestTenant) -> Person {
    use secrecy::ExposeSecret;
    let cookie = format!("vestibule_session={}", tenant.session.expose_secret());
    anon().with("cookie", &cookie).with("x-csrf-token", tenant.csrf.expose_secret())
}

both_databases! {
    async fn req_1_10_a_person_asks_a_hundred_times_a_minute(kit: Kit) {
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        let me = owner(&own);
        let first = street.get(&me, "/api/v1/calls").await;
        assert_eq!((first.status.as_u16(), fields(&first)), (200, (r#""person";q=100;w=60"#, r#""person";r=99;t=1"#)));
        // A refusal for another reason counts too, and tells.
        let refused = street.get(&me, "/api/v1/calls/nonsense").await;
        refused.is_problem(404, "not_found");
        assert_eq!(fields(&refused).1, r#""person";r=98;t=2"#);
        let (more, over) = until_too_much(&street, &me, "/api/v1/calls").await;
        assert_eq!(more, 98);
        over.is_problem(429, "too_many_requests");
        assert_eq!((over.header("retry-after"), fields(&over)), ("1", (r#""person";q=100;w=60"#, r#""person";r=0;t=1"#)));
        assert!(over.json()["detail"].as_str().unwrap().starts_with("Too many requests"));
        let french = street.get(&me.with("accept-language", "fr"), "/api/v1/me").await;
        assert!(french.json()["detail"].as_str().unwrap().starts_with("Trop de requêtes"), "{french:?}");
        // It is the person's, wherever they are and in whatever they ask; and nobody else's.
        street.from(ELSEWHERE).get(&me, "/api/v1/contacts").await.is_problem(429, "too_many_requests");
        assert_eq!(street.get(&owner(own.twin()), "/api/v1/calls").await.status, 200);
        // It refills evenly: one each 600 ms, all of them in a minute.
        kit.clock.advance_ms(599);
        assert_eq!(street.get(&me, "/api/v1/calls").await.status, 429);
        kit.clock.advance_ms(1);
        assert_eq!(street.get(&me, "/api/v1/calls").await.status, 200);
        assert_eq!(street.get(&me, "/api/v1/calls").await.status, 429);
        kit.clock.advance_ms(60_000);
        assert_eq!(until_too_much(&street, &me, "/api/v1/calls").await.0, 100);
    }

    async fn what_a_browser_reads_for_its_pages_has_more_room(kit: Kit) {
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        let me = browser(&own);
        let page = street.get(&me, "/api/v1/calls").await;
        assert_eq!(fields(&page), (r#""pages";q=600;w=60"#, r#""pages";r=599;t=1"#));
        // What it does is the person's own.
        let act = street.post(&me, "/auth/logout", &json!({})).await;
        assert_eq!((act.status.as_u16(), fields(&act).0), (204, r#""person";q=100;w=60"#));
    }

    async fn a_stream_counts_once(kit: Kit) {
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        let stream = street.get(&owner(&own), "/api/v1/events").await;
        assert_eq!((stream.status.as_u16(), fields(&stream).1), (200, r#""person";r=99;t=1"#));
        // It is asked again each second whether its reader still may; that is nobody's request.
        let next = street.get(&owner(&own), "/api/v1/me").await;
        assert_eq!(fields(&next).1, r#""person";r=98;t=2"#);
    }

    async fn a_key_has_a_rate_of_its_own(kit: Kit) {
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        let order = json!({ "name": "slow", "scopes": ["calls.read"], "rate_per_minute": 3 });
        let made = street.post(&owner(&own), "/api/v1/api-keys", &order).await.ok();
        let slow = bearer(&made["key"].as_str().unwrap().into());
        assert_eq!(fields(&street.get(&slow, "/api/v1/calls").await), (r#""key";q=3;w=60"#, r#""key";r=2;t=20"#));
        let (more, over) = until_too_much(&street, &slow, "/api/v1/calls").await;
        assert_eq!((more, over.header("retry-after")), (2, "20"));
        // Another key of the tenant has the configuration's number.
        let other = street.get(&bearer(&own.api_key), "/api/v1/calls").await;
        assert_eq!((other.status.as_u16(), fields(&other).0), (200, r#""key";q=600;w=60"#));
    }

    async fn req_0_57_wrong_credentials_are_limited_by_address_and_right_ones_are_not(kit: Kit) {
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        let wrong = anon().with("authorization", "Bearer vst_made_up");
        let first = street.get(&wrong, "/api/v1/calls").await;
        first.is_problem(401, "unauthorized");
        assert_eq!(fields(&first), (r#""address";q=10;w=60"#, r#""address";r=9;t=6"#));
        // Whatever is wrong with them: a key, a session, a cookie, nothing at all.
        let nobodies = [anon(), anon().with("authorization", "Basic bm9uZTpub25l"), anon().with("cookie", "vestibule_session=vss_none")];
        for who in &nobodies {
            street.get(who, "/api/v1/calls").await.is_problem(401, "unauthorized");
        }
        let (more, over) = until_too_much(&street, &wrong, "/api/v1/deliveries").await;
        over.is_problem(429, "too_many_requests");
        assert_eq!((more, over.header("retry-after")), (6, "6"));
        // Whoever shows what is right is let in all the same, and others from elsewhere get their own answer.
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.status, 200);
        assert_eq!(street.get(&bearer(&own.api_key), "/api/v1/calls").await.status, 200);
        street.from(ELSEWHERE).get(&wrong, "/api/v1/calls").await.is_problem(401, "unauthorized");
        // A page that asks who it is has tried nothing; one that shows something has.
        street.get(&anon(), "/api/v1/me").await.is_problem(401, "unauthorized");
        street.get(&wrong, "/api/v1/me").await.is_problem(429, "too_many_requests");
        // An operator's figures are behind the same door.
        street.get(&anon(), "/metrics").await.is_problem(429, "too_many_requests");
        kit.clock.advance_ms(6_000);
        street.get(&wrong, "/api/v1/calls").await.is_problem(401, "unauthorized");
    }

    async fn whoever_guesses_at_the_sign_in_is_stopped_before_the_next_guess(kit: Kit) {
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        let guess = |n: usize| json!({ "email": format!("somebody-{n}@people.test"), "password": "not the password" });
        for n in 0..10 {
            let answer = street.post(&anon(), "/auth/login", &guess(n)).await;
            answer.is_problem(401, "wrong_credentials");
            assert_eq!(fields(&answer), (r#""sign-in";q=10;w=60"#, format!(r#""sign-in";r={};t={}"#, 9 - n, 6 * (n + 1)).as_str()));
        }
        let right = json!({ "email": own.owner_email, "password": vestibule_testkit::PASSWORD });
        let stopped = street.post(&anon(), "/auth/login", &right).await;
        stopped.is_problem(429, "too_many_requests");
        assert_eq!(stopped.header("retry-after"), "6");
        let link = json!({ "token": "vsl_none", "password": "a long enough sentence" });
        street.post(&anon(), "/auth/links/redeem", &link).await.is_problem(429, "too_many_requests");
        // From elsewhere the same person signs in; right ones are not counted.
        for _ in 0..12 {
            assert_eq!(street.from(ELSEWHERE).post(&anon(), "/auth/login", &right).await.status, 200);
        }
        // A worn-out sign-in is not a worn-out API: whoever is in stays in.
        assert_eq!(street.get(&owner(&own), "/api/v1/calls").await.status, 200);
        street.get(&anon(), "/api/v1/calls").await.is_problem(401, "unauthorized");
        kit.clock.advance_ms(6_000);
        assert_eq!(street.post(&anon(), "/auth/login", &right).await.status, 200);
    }

    async fn k11_a_flood_of_forgeries_stops_no_genuine_event(kit: Kit) {
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        let body = own.sample("call_ended").body();
        let forged = sign_retell("another key", &body, kit.house.world.now());
        let mut answers: BTreeMap<(u16, String), usize> = BTreeMap::new();
        for n in 0..150 {
            let signature = match n % 3 {
                0 => Some(forged.as_str()),
                1 => Some("v=1,d=00"),
                _ => None,
            };
            let answer = street.knock(&hook(&own), signature, &body).await;
            *answers.entry((answer.status.as_u16(), answer.code())).or_default() += 1;
        }
        let refused = answers.remove(&(429, "too_many_requests".into()));
        assert_eq!((refused, answers.values().sum::<usize>()), (Some(140), 10), "{answers:?}");
        // Genuine events of that very address and that very hook, a hundred and twenty in the same second.
        for n in 0..120 {
            let sample = crate::street::another(&own, "call_ended", &format!("call_{n}"));
            let answer = street.hook(&own, &sample.body()).await;
            assert!(answer.status.is_success(), "{n}: {answer:?}");
            assert_eq!(fields(&answer), ("", ""), "an event that verifies is counted");
        }
        kit.fold_all().await;
        let kept = street.get(&owner(&own), "/api/v1/calls?limit=200").await.items();
        assert_eq!(kept.len(), 120);
        // The forger is told when to come again.
        let over = street.knock(&hook(&own), None, &body).await;
        over.is_problem(429, "too_many_requests");
        assert!(over.header("retry-after").parse::<u32>().unwrap() >= 1);
        assert!(fields(&over).0.contains(r#""address";q=10;w=60"#), "{over:?}");
    }

    async fn req_1_12_a_connection_is_aimed_at_a_hundred_times_a_minute(kit: Kit) {
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        let body = own.sample("call_ended").body();
        let forged = sign_retell("another key", &body, kit.house.world.now());
        let path = hook(&own);
        // From many addresses, so that none of them is stopped for itself.
        let from = |n: usize| street.from(&format!("198.51.100.{n}"));
        for n in 0..100 {
            let answer = from(n).knock(&path, Some(&forged), &body).await;
            answer.is_problem(401, "signature_mismatch");
            assert!(fields(&answer).1.contains(&format!(r#""connection";r={};"#, 99 - n)), "{answer:?}");
        }
        let over = from(101).knock(&path, Some(&forged), &body).await;
        over.is_problem(429, "too_many_requests");
        assert_eq!(fields(&over).0, r#""connection";q=100;w=60"#);
        // Neither its genuine events nor its twin's hook know of it.
        assert!(street.hook(&own, &body).await.status.is_success());
        let theirs = hook(own.twin());
        street.from("198.51.100.200").knock(&theirs, Some(&forged), &body).await.is_problem(401, "signature_mismatch");
    }

    async fn what_a_wrong_key_holds_back_is_held_although_its_address_is_worn_out(kit: Kit) {
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        // The provider has exchanged its key, and sends from one address.
        for n in 0..30 {
            let body = crate::street::another(&own, "call_ended", &format!("call_{n}")).body();
            let signature = sign_retell("the new key", &body, kit.house.world.now());
            let answer = street.knock(&hook(&own), Some(&signature), &body).await;
            assert!([401, 429].contains(&answer.status.as_u16()), "{answer:?}");
        }
        let fields = json!({ "fields": { "agent_id": own.agent, "api_key": "the new key" } });
        street.ask(&owner(&own), http::Method::PUT, "/api/v1/connections/retell", Some(&fields)).await.ok();
        kit.fold_all().await;
        let calls = street.get(&owner(&own), "/api/v1/calls?limit=200").await.items();
        assert_eq!(calls.len(), 30, "an event was lost to a limit");
    }

    async fn an_address_is_what_a_trusted_proxy_says_and_nobody_else(kit: Kit) {
        let trusted = Proxies { trusted: vec!["192.0.2.0/24".parse().unwrap()], by: ForwardedBy::XForwardedFor };
        let street = Street::limited(&kit, DEFAULTS, trusted, "192.0.2.10");
        let wrong = |ip: &str| anon().with("authorization", "Bearer vst_none").with("x-forwarded-for", ip);
        // Through the proxy each client is counted for itself, whatever it writes before what the proxy writes.
        assert_eq!(until_too_much(&street, &wrong("203.0.113.1"), "/api/v1/calls").await.0, 10);
        street.get(&wrong("9.9.9.9, 203.0.113.1"), "/api/v1/calls").await.is_problem(429, "too_many_requests");
        street.get(&wrong("203.0.113.2"), "/api/v1/calls").await.is_problem(401, "unauthorized");
        // Past the proxy a header helps nobody.
        let past = street.from("198.51.100.77");
        for n in 0..10 {
            past.get(&wrong(&format!("203.0.113.{}", 100 + n)), "/api/v1/calls").await.is_problem(401, "unauthorized");
        }
        past.get(&wrong("203.0.113.200"), "/api/v1/calls").await.is_problem(429, "too_many_requests");
        street.get(&wrong("198.51.100.77"), "/api/v1/calls").await.is_problem(429, "too_many_requests");
    }

    async fn this_machine_is_not_limited_by_address_and_zero_is_no_limit(kit: Kit) {
        let street = open(&kit).from("127.0.0.1");
        let own = kit.tenant("north-shore").await;
        for _ in 0..25 {
            street.get(&anon(), "/api/v1/calls").await.is_problem(401, "unauthorized");
            street.knock(&hook(&own), None, b"{}").await.is_problem(401, "signature_missing");
        }
        let off = Street::limited(&kit, LimitSettings::default(), Proxies::default(), HOME);
        for _ in 0..120 {
            let answer = off.get(&owner(&own), "/api/v1/me").await;
            assert_eq!((answer.status.as_u16(), fields(&answer)), (200, ("", "")));
            off.get(&anon(), "/api/v1/calls").await.is_problem(401, "unauthorized");
        }
    }

    async fn a_signature_is_checked_under_the_address_that_the_configuration_names(kit: Kit) {
        // Twilio signs the address. Whoever sends headers of a proxy's changes nothing about what was signed.
        let street = open(&kit);
        let own = kit.tenant("north-shore").await;
        let path = crate::twilio::connect(&kit, &own, "+15125550100", "token-of-north-shore").await;
        let body = "MessageSid=SM1&SmsStatus=received&From=%2B14155550123&To=%2B15125550100&Body=Hello";
        let send = async |signed_for: &str, id: &str| {
            let body = body.replace("SM1", id);
            let signature = vestibule_testkit::sign_twilio("token-of-north-shore", &format!("{signed_for}{path}"), body.as_bytes());
            let request = http::Request::post(&path)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("content-length", body.len())
                .header("host", "evil.test")
                .header("x-forwarded-host", "evil.test")
                .header("x-forwarded-proto", "https")
                .header("forwarded", "host=evil.test;proto=https")
                .header("x-twilio-signature", signature);
            street.send(request.body(axum::body::Body::from(body)).unwrap()).await
        };
        assert!(send("http://vestibule.test", "SM1").await.status.is_success());
        for spoofed in ["https://evil.test", "http://evil.test", "https://vestibule.test"] {
            send(spoofed, "SM2").await.is_problem(401, "signature_mismatch");
        }
    }
}
