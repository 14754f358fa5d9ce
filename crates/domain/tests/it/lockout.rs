//! Lockouts: strict, the same for addresses that nobody has, longer each time, ended by a mailed link.

use crate::links::platform;
use crate::look::refused;
use crate::people::{enter, sign_in, visit};
use futures::future::join_all;
use std::net::IpAddr;
use vestibule_domain::people::{self, UserRecord, Visit};
use vestibule_domain::{Error, Kind, Refusal, audit};
use vestibule_store::directory::people as directory;
use vestibule_testkit::{Kit, PASSWORD, both_databases};

const NOBODY: &str = "nobody@nowhere.test";
const MINUTE_MS: i64 = 60_000;

fn from(kit: &Kit, address: &str) -> Visit {
    Visit { address: Some(address.parse::<IpAddr>().unwrap()), ..visit(kit) }
}

async fn no(kit: &Kit, email: &str, password: &str) -> Refusal {
    // Rows of the same millisecond have no order.
    kit.clock.advance_ms(1);
    match sign_in(kit, email, password).await {
        Err(Error::Refused(refusal)) => refusal,
        _ => panic!("{email} was not refused"),
    }
}

/// Tries wrong passwords until the address rests.
async fn lock(kit: &Kit, email: &str) {
    for n in 0..5 {
        assert_eq!(no(kit, email, "wrong password").await.code, "wrong_credentials", "{n}");
    }
}

/// The links in the mails that were sent since the last time, each with its reader's address and the mail's subject.
async fn mailed(kit: &Kit) -> Vec<(String, String, String)> {
    kit.fold_all().await;
    kit.post_all().await;
    let links = kit.mailer.given().into_iter().map(|mail| {
        let link = mail
            .text
            .split_whitespace()
            .find(|word| word.contains("/unlock#"))
            .unwrap_or_default()
            .to_owned();
        (mail.to, mail.subject, link)
    });
    links.collect()
}

/// The platform's own log: what was done, to what, and the row's text.
async fn log(kit: &Kit) -> Vec<(String, String)> {
    let scope = platform(kit);
    let mut tx = kit.house.db.read_in(&scope).await.unwrap();
    let mut rows = audit::newest(&mut tx.tenant(&scope).await.unwrap(), 100).await.unwrap();
    // By their places in the chain: ids of one millisecond have no order.
    rows.sort_by_key(|row| row.seq);
    rows.into_iter().map(|row| (row.action.clone(), format!("{row:?}"))).collect()
}

both_databases! {
    async fn req_1_11_who_exists_and_who_does_not_rest_alike(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let mut heard = Vec::new();
        for email in [tenant.owner_email.as_str(), NOBODY] {
            let mut said = Vec::new();
            for _ in 0..7 {
                said.push(no(&kit, email, "wrong password").await);
            }
            kit.clock.advance_ms(15 * MINUTE_MS);
            said.push(no(&kit, email, "wrong password").await);
            heard.push(said);
        }
        assert_eq!(heard[0], heard[1], "an answer tells whether there is an account");
        let codes: Vec<_> = heard[0].iter().map(|no| (no.code, no.kind)).collect();
        assert_eq!(codes[4], ("wrong_credentials", Kind::Unauthorized));
        assert_eq!(codes[5], ("locked_out", Kind::TooMany));
        assert_eq!(codes[7], ("wrong_credentials", Kind::Unauthorized));
        // The rows that are written are as many and of the same kinds, too.
        let actions: Vec<_> = log(&kit).await.into_iter().map(|(action, _)| action).filter(|a| a != "person.signed_in" && a != "person.password_set").collect();
        let (first, second) = actions.split_at(actions.len() / 2);
        assert_eq!(first, second);
        assert_eq!(first.iter().filter(|a| *a == "person.sign_in_refused").count(), 6);
        assert_eq!(first.iter().filter(|a| *a == "person.locked_out").count(), 1);
    }

    async fn a_burst_has_no_more_tries_than_others(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let tries = join_all((0..20).map(|n| {
            let password = if n < 19 { "wrong password" } else { PASSWORD };
            let kit = &kit;
            let email = tenant.owner_email.as_str();
            async move { enter(kit, &visit(kit), email, password).await.map(drop) }
        })).await;
        let refusals: Vec<_> = tries.into_iter().filter_map(|done| match done {
            Err(Error::Refused(no)) => Some(no.code),
            _ => None,
        }).collect();
        let looked_at = 20 - refusals.iter().filter(|code| **code == "locked_out").count();
        assert!(looked_at <= 6, "{looked_at} passwords were looked at: {refusals:?}");
    }

    async fn each_rest_is_longer_and_a_success_ends_the_counting(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let email = tenant.owner_email.as_str();
        for minutes in [15, 30, 60] {
            lock(&kit, email).await;
            assert_eq!(no(&kit, email, PASSWORD).await.retry_after_s, Some(minutes * 60));
            kit.clock.advance_ms(i64::from(minutes) * MINUTE_MS);
        }
        sign_in(&kit, email, PASSWORD).await.unwrap();
        lock(&kit, email).await;
        assert_eq!(no(&kit, email, PASSWORD).await.retry_after_s, Some(900));
    }

    async fn the_mailed_link_ends_a_rest_once(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let email = tenant.owner_email.as_str();
        lock(&kit, email).await;
        lock(&kit, NOBODY).await;
        for _ in 0..3 {
            assert_eq!(no(&kit, email, PASSWORD).await.code, "locked_out");
        }
        let mails = mailed(&kit).await;
        let [(to, _, link)] = &mails[..] else { panic!("one mail for one lockout: {mails:?}") };
        assert_eq!(to, email);
        let (page, token) = link.split_once('#').unwrap();
        assert_eq!(page, "http://vestibule.test/unlock");
        assert_eq!(refused(people::unlock(&kit.house, &visit(&kit), "vsl_made-up").await), "link_invalid");
        people::unlock(&kit.house, &visit(&kit), token).await.unwrap();
        assert_eq!(refused(people::unlock(&kit.house, &visit(&kit), token).await), "link_invalid");
        sign_in(&kit, email, PASSWORD).await.unwrap();
        // Who opens the link and goes on guessing rests longer, and another mail tells of it.
        lock(&kit, email).await;
        let (_, _, link) = mailed(&kit).await.remove(0);
        people::unlock(&kit.house, &visit(&kit), link.split_once('#').unwrap().1).await.unwrap();
        lock(&kit, email).await;
        assert_eq!(no(&kit, email, PASSWORD).await.retry_after_s, Some(30 * 60));
        assert_eq!(mailed(&kit).await.len(), 1);
    }

    async fn the_mail_is_in_the_persons_language_and_not_of_yesterdays_rest(kit: Kit) {
        let user = UserRecord {
            id: kit.house.world.new_id(),
            email: "francine@people.test".into(),
            name: None,
            locale: "fr".into(),
            password_phc: None,
            platform_role: None,
            failed_count: 0,
            locked_until: None,
            disabled_at: None,
        };
        let mut tx = kit.house.db.write().await.unwrap();
        directory::insert(&mut tx, &user, kit.house.world.now()).await.unwrap();
        tx.commit().await.unwrap();
        lock(&kit, &user.email).await;
        assert!(mailed(&kit).await[0].1.contains("verrouillé"));
        kit.clock.advance_ms(15 * MINUTE_MS);
        lock(&kit, &user.email).await;
        kit.clock.advance_ms(30 * MINUTE_MS);
        assert!(mailed(&kit).await.is_empty(), "the rest was over before anybody was told");
    }

    async fn a_network_rests_after_twenty_wrong_tries(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let here = from(&kit, "203.0.113.7");
        for n in 0..20 {
            let email = format!("person-{n}@people.test");
            assert_eq!(refused(enter(&kit, &here, &email, "wrong password").await), "wrong_credentials", "{n}");
        }
        assert_eq!(refused(enter(&kit, &here, &tenant.owner_email, PASSWORD).await), "locked_out");
        // Others are not held up, and who rests cannot make an account rest.
        for _ in 0..6 {
            assert_eq!(refused(enter(&kit, &here, &tenant.owner_email, "wrong password").await), "locked_out");
        }
        enter(&kit, &from(&kit, "203.0.113.8"), &tenant.owner_email, PASSWORD).await.unwrap();
        kit.clock.advance_ms(15 * MINUTE_MS);
        enter(&kit, &here, &tenant.owner_email, PASSWORD).await.unwrap();
    }

    async fn a_busy_office_does_not_rest(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let here = from(&kit, "2001:db8:1:2::7");
        for n in 0..19 {
            assert_eq!(refused(enter(&kit, &here, &format!("person-{n}@people.test"), "wrong password").await), "wrong_credentials");
        }
        // Right passwords are not counted, wherever in the same network they come from.
        for _ in 0..25 {
            enter(&kit, &from(&kit, "2001:db8:1:2:ffff::9"), &tenant.owner_email, PASSWORD).await.unwrap();
        }
        assert_eq!(refused(enter(&kit, &here, NOBODY, "wrong password").await), "wrong_credentials");
        assert_eq!(refused(enter(&kit, &here, &tenant.owner_email, PASSWORD).await), "locked_out");
        enter(&kit, &from(&kit, "2001:db8:1:3::7"), &tenant.owner_email, PASSWORD).await.unwrap();
    }

    async fn what_is_kept_names_nobody(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let here = from(&kit, "203.0.113.7");
        for _ in 0..5 {
            drop(enter(&kit, &here, &tenant.owner_email, "wrong password").await);
        }
        let log = log(&kit).await;
        let locked = log.iter().filter(|(action, _)| action == "person.locked_out").count();
        assert_eq!(locked, 1);
        for (_, row) in &log {
            assert!(!row.contains(&tenant.owner_email) && !row.contains("203.0.113") && !row.contains("wrong password"), "{row}");
        }
        // Tries that no longer count are let go of.
        assert_eq!(people::let_go_of_old(&kit.house).await.unwrap(), 0);
        kit.clock.advance_ms(3 * 24 * 60 * MINUTE_MS + 1);
        assert_eq!(people::let_go_of_old(&kit.house).await.unwrap(), 2);
    }
}
