//! One's own account: a password that is forgotten or changed, another address, where one is signed in.

use crate::links::{disable, platform, post, token_in_last_mail, token_of};
use crate::look::refused;
use crate::people::{sign_in, visit};
use secrecy::{ExposeSecret, SecretString};
use vestibule_domain::people::{self, ProfileChange};
use vestibule_domain::{Error, audit};
use vestibule_model::SessionId;
use vestibule_ports::Mail;
use vestibule_testkit::{Kit, PASSWORD, TestTenant, both_databases};

const NEW: &str = "plumbers sing at noon";

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

async fn session(kit: &Kit, token: &SecretString) -> Option<SessionId> {
    people::principal(&kit.house, token.expose_secret()).await.unwrap().map(|s| s.id)
}

async fn reset(kit: &Kit, token: &str, password: &str) -> Result<(), Error> {
    people::reset(&kit.house, &visit(kit), token, &secret(password)).await
}

async fn ask_reset(kit: &Kit, email: &str) {
    people::ask_reset(&kit.house, &platform(kit), email).await.unwrap();
}

async fn ask_email(kit: &Kit, of: &TestTenant, email: &str) -> Result<(), Error> {
    people::ask_email(&kit.house, &visit(kit), of.owner, &secret(PASSWORD), email).await
}

async fn told(kit: &Kit) -> Vec<String> {
    let scope = platform(kit);
    let mut tx = kit.house.db.read_in(&scope).await.unwrap();
    let rows = audit::newest(&mut tx.tenant(&scope).await.unwrap(), 50).await.unwrap();
    assert!(
        rows.iter().all(|row| !format!("{row:?}").contains('@')),
        "an address is in the audit log: {rows:?}"
    );
    let mut told: Vec<_> = rows.into_iter().map(|row| row.action).collect();
    // Within one millisecond they stand in no order.
    told.sort();
    told
}

fn to(sent: Vec<Mail>) -> Vec<(String, String)> {
    sent.into_iter().map(|m| (m.to, m.subject)).collect()
}

both_databases! {
    async fn a_forgotten_password_is_set_by_a_mailed_link(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        ask_reset(&kit, " OWNER@north-shore.test ").await;
        ask_reset(&kit, "nobody@nowhere.test").await;
        ask_reset(&kit, &tenant.owner_email).await;
        let sent = post(&kit).await;
        let token = token_of(&sent, &tenant.owner_email);
        assert_eq!(sent.len(), 1, "nobody gets mail, and within a minute there is one");
        assert_eq!(refused(reset(&kit, &token, "short").await), "password_too_short");
        reset(&kit, &token, NEW).await.unwrap();
        assert!(session(&kit, &tenant.session).await.is_none(), "who knew the old password stayed");
        assert!(session(&kit, &tenant.twin().session).await.is_some());
        assert_eq!(refused(reset(&kit, &token, NEW).await), "link_invalid");
        assert_eq!(refused(sign_in(&kit, &tenant.owner_email, PASSWORD).await), "wrong_credentials");
        sign_in(&kit, &tenant.owner_email, NEW).await.unwrap();
        assert_eq!(to(post(&kit).await), [(tenant.owner_email.clone(), "Your password was changed".into())]);
        assert!(told(&kit).await.contains(&"person.password_set".to_owned()));
    }

    async fn a_reset_link_is_good_for_an_hour(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        ask_reset(&kit, &tenant.owner_email).await;
        let first = token_in_last_mail(&kit, &tenant.owner_email).await;
        kit.clock.advance_ms(60_000);
        ask_reset(&kit, &tenant.owner_email).await;
        let second = token_in_last_mail(&kit, &tenant.owner_email).await;
        assert_eq!(refused(reset(&kit, &first, NEW).await), "link_invalid", "a new one ends the older");
        kit.clock.advance_ms(3_600_000);
        assert_eq!(refused(reset(&kit, &second, NEW).await), "link_invalid");
        assert_eq!(refused(reset(&kit, "vsl_made_up", NEW).await), "link_invalid");
        disable(&kit, tenant.owner).await;
        ask_reset(&kit, &tenant.owner_email).await;
        assert_eq!(kit.post_all().await, 0, "whoever was disabled gets no link");
    }

    async fn a_reset_lets_an_account_that_rests_sign_in_again(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for _ in 0..5 {
            assert!(sign_in(&kit, &tenant.owner_email, "wrong password").await.is_err());
        }
        ask_reset(&kit, &tenant.owner_email).await;
        let token = token_in_last_mail(&kit, &tenant.owner_email).await;
        reset(&kit, &token, NEW).await.unwrap();
        sign_in(&kit, &tenant.owner_email, NEW).await.unwrap();
    }

    async fn a_password_is_changed_by_whoever_knows_it(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let other = sign_in(&kit, &tenant.owner_email, PASSWORD).await.unwrap().token;
        let this = session(&kit, &tenant.session).await;
        let change = |old: &'static str, new: &'static str| {
            let kit = kit.clone();
            async move {
                let who = (tenant_owner(&kit).await, this);
                people::change_password(&kit.house, &visit(&kit), who, &secret(old), &secret(new)).await
            }
        };
        assert_eq!(refused(change("wrong password", NEW).await), "wrong_password");
        assert_eq!(refused(change(PASSWORD, "short").await), "password_too_short");
        assert!(session(&kit, &other).await.is_some());
        change(PASSWORD, NEW).await.unwrap();
        assert_eq!(session(&kit, &tenant.session).await, this, "this session ended as well");
        assert!(session(&kit, &other).await.is_none());
        assert_eq!(refused(change(PASSWORD, NEW).await), "wrong_password");
        assert_eq!(to(post(&kit).await), [(tenant.owner_email.clone(), "Your password was changed".into())]);
    }

    async fn another_address_counts_once_it_is_confirmed_there(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let wrong = people::ask_email(&kit.house, &visit(&kit), tenant.owner, &secret("wrong password"), "new@people.test").await;
        assert_eq!(refused(wrong), "wrong_password");
        assert_eq!(refused(ask_email(&kit, &tenant, "no address").await), "invalid");
        assert_eq!(refused(ask_email(&kit, &tenant, &tenant.owner_email).await), "invalid");
        assert_eq!(kit.post_all().await, 0);
        ask_email(&kit, &tenant, " New@People.test ").await.unwrap();
        let sent = post(&kit).await;
        let token = token_of(&sent, "new@people.test");
        assert!(to(sent).contains(&(tenant.owner_email.clone(), "Your address in Vestibule is about to change".into())));
        sign_in(&kit, &tenant.owner_email, PASSWORD).await.unwrap();
        people::confirm_email(&kit.house, &platform(&kit), &token).await.unwrap();
        assert_eq!(refused(sign_in(&kit, &tenant.owner_email, PASSWORD).await), "wrong_credentials");
        assert_eq!(sign_in(&kit, "new@people.test", PASSWORD).await.unwrap().user.id, tenant.owner);
        assert_eq!(refused(people::confirm_email(&kit.house, &platform(&kit), &token).await), "link_invalid");
        let told = told(&kit).await;
        assert!(["person.email_asked", "person.email_changed"].iter().all(|one| told.iter().any(|t| t == one)), "{told:?}");
    }

    async fn an_address_that_somebody_has_is_never_given_away(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        // The same answer, but no mail to whoever has it.
        ask_email(&kit, &tenant, &tenant.twin().owner_email).await.unwrap();
        let sent = to(post(&kit).await);
        assert_eq!(sent.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), [tenant.owner_email.as_str()]);
        // Taken between asking and confirming.
        ask_email(&kit, &tenant, "wanted@people.test").await.unwrap();
        let token = token_in_last_mail(&kit, "wanted@people.test").await;
        people::add_operator(&kit.house, "wanted@people.test").await.unwrap();
        assert_eq!(refused(people::confirm_email(&kit.house, &platform(&kit), &token).await), "link_invalid");
        sign_in(&kit, &tenant.owner_email, PASSWORD).await.unwrap();
    }

    async fn a_new_password_stops_a_change_of_address(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        ask_email(&kit, &tenant, "thief@people.test").await.unwrap();
        let theft = token_in_last_mail(&kit, "thief@people.test").await;
        ask_reset(&kit, &tenant.owner_email).await;
        let token = token_in_last_mail(&kit, &tenant.owner_email).await;
        reset(&kit, &token, NEW).await.unwrap();
        assert_eq!(refused(people::confirm_email(&kit.house, &platform(&kit), &theft).await), "link_invalid");
    }

    async fn a_person_says_their_name_and_language(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let change = |name: Option<&str>, locale: Option<&str>| ProfileChange { name: name.map(Into::into), locale: locale.map(Into::into) };
        let found = people::change_profile(&kit.house, tenant.owner, &change(Some("  Odile \n Gagné "), None)).await.unwrap();
        assert_eq!((found.name.as_deref(), found.locale.as_str()), (Some("Odile Gagné"), "en"));
        let found = people::change_profile(&kit.house, tenant.owner, &change(None, Some("fr"))).await.unwrap();
        assert_eq!((found.name.as_deref(), found.locale.as_str()), (Some("Odile Gagné"), "fr"));
        for bad in [change(Some(" "), None), change(None, Some("de")), change(Some(&"x".repeat(101)), None)] {
            assert_eq!(refused(people::change_profile(&kit.house, tenant.owner, &bad).await), "invalid");
        }
        let kept = people::me(&kit.house, tenant.owner).await.unwrap().user;
        assert_eq!((kept.name.as_deref(), kept.locale.as_str()), (Some("Odile Gagné"), "fr"));
        assert_eq!(people::me(&kit.house, tenant.twin().owner).await.unwrap().user.locale, "en");
    }

    async fn when_a_session_was_seen_is_written_once_a_minute(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let this = session(&kit, &tenant.session).await.unwrap();
        let list = async |kit: &Kit| people::list_sessions(&kit.house, tenant.owner).await.unwrap();
        assert_eq!(list(&kit).await[0].last_seen_at, None);
        let began = kit.house.world.now();
        people::note_seen(&kit.house, this, Some("Firefox · Linux"), Some("192.0.2.7")).await;
        let found = list(&kit).await.remove(0);
        assert_eq!((found.id, found.last_seen_at), (this, Some(began)));
        assert_eq!((found.device.as_deref(), found.address.as_deref()), (Some("Firefox · Linux"), Some("192.0.2.7")));
        // Another node, and this one, within the minute.
        kit.clock.advance_ms(59_999);
        let node = kit.restarted().await;
        for one in [&kit, &node] {
            people::note_seen(&one.house, this, Some("curl"), Some("192.0.2.8")).await;
            assert_eq!(list(&kit).await[0].last_seen_at, Some(began));
        }
        kit.clock.advance_ms(1);
        people::note_seen(&kit.house, this, None, Some("192.0.2.8")).await;
        let found = list(&kit).await.remove(0);
        assert_eq!(found.last_seen_at.map(|at| at.since(began)), Some(60_000));
        assert_eq!((found.device.as_deref(), found.address.as_deref()), (Some("Firefox · Linux"), Some("192.0.2.8")));
    }

    async fn sessions_are_ended_one_by_one_or_all_others(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (house, own) = (&kit.house, platform(&kit));
        let mut tokens = vec![tenant.session.clone()];
        for _ in 0..3 {
            tokens.push(sign_in(&kit, &tenant.owner_email, PASSWORD).await.unwrap().token);
        }
        let first = session(&kit, &tokens[0]).await.unwrap();
        let second = session(&kit, &tokens[1]).await.unwrap();
        assert_eq!(refused(people::end_session(house, &own, tenant.twin().owner, second).await), "not_found");
        people::end_session(house, &own, tenant.owner, second).await.unwrap();
        assert_eq!(refused(people::end_session(house, &own, tenant.owner, second).await), "not_found");
        assert_eq!(people::list_sessions(house, tenant.owner).await.unwrap().len(), 3);
        assert_eq!(people::end_other_sessions(house, &own, tenant.owner, first).await.unwrap(), 2);
        assert_eq!(people::end_other_sessions(house, &own, tenant.owner, first).await.unwrap(), 0);
        assert_eq!(session(&kit, &tokens[0]).await, Some(first));
        assert!(session(&kit, &tokens[3]).await.is_none());
        assert!(session(&kit, &tenant.twin().session).await.is_some());
        people::end_all_sessions(house, &own, tenant.owner).await.unwrap();
        assert!(session(&kit, &tokens[0]).await.is_none() && people::list_sessions(house, tenant.owner).await.unwrap().is_empty());
        assert_eq!(refused(people::end_all_sessions(house, &own, kit.house.world.new_id()).await), "not_found");
        let told = told(&kit).await;
        let wanted = ["session.all_ended", "session.others_ended", "session.ended"];
        assert!(wanted.iter().all(|one| told.iter().any(|t| t == one)), "{told:?}");
    }
}

/// The owner of the tenant of these tests.
async fn tenant_owner(kit: &Kit) -> vestibule_model::UserId {
    people::find_person(&kit.house, "owner@north-shore.test").await.unwrap().unwrap().user.id
}
