//! The second factor: begun, confirmed, asked for; each code once; recovery; turned off.

use crate::look::refused;
use crate::people::{enter, sign_in, visit};
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use vestibule_domain::people::{self, Challenge, Entered, TokenForm};
use vestibule_domain::{Error, audit};
use vestibule_store::directory::factors;
use vestibule_testkit::{Kit, PASSWORD, TestTenant, both_databases};
use vestibule_vault::{TotpSecret, step_at};

/// A person's authenticator.
struct Authenticator(TotpSecret);

impl Authenticator {
    fn of(secret: &SecretString) -> Self {
        let bytes = data_encoding::BASE32_NOPAD.decode(secret.expose_secret().as_bytes()).unwrap();
        Self(TotpSecret::from_bytes(&bytes).unwrap())
    }

    /// What it shows so many steps from now.
    fn shows(&self, kit: &Kit, steps: i64) -> String {
        self.0.code(step_at(kit.house.world.now()) + steps)
    }

    /// What it shows at the next step, with the clock moved there: a code that was not used.
    fn next(&self, kit: &Kit) -> String {
        kit.clock.advance_ms(30_000);
        self.shows(kit, 0)
    }
}

/// Turns a second factor on.
async fn turn_on(kit: &Kit, tenant: &TestTenant) -> (Authenticator, Vec<SecretString>) {
    let begun = people::begin_factor(&kit.house, &visit(kit), tenant.owner, &PASSWORD.into()).await.unwrap();
    let authenticator = Authenticator::of(&begun.secret);
    let code = authenticator.next(kit);
    let codes = people::confirm_factor(&kit.house, &visit(kit), tenant.owner, &code).await.unwrap();
    (authenticator, codes)
}

async fn challenge(kit: &Kit, tenant: &TestTenant) -> Challenge {
    match enter(kit, &visit(kit), &tenant.owner_email, PASSWORD).await.unwrap() {
        Entered::Challenged(challenge) => challenge,
        Entered::In(_) => panic!("no second factor was asked for"),
    }
}

async fn answer(kit: &Kit, challenge: &Challenge, code: &str) -> Result<people::SignedIn, Error> {
    people::answer(&kit.house, &visit(kit), &challenge.token, code, TokenForm::Opaque).await
}

both_databases! {
    async fn a_link_does_not_stand_in_for_the_second_factor(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (authenticator, _) = turn_on(&kit, &tenant).await;
        let mut tx = kit.house.db.write().await.unwrap();
        let link = people::make_link(&kit.house, &mut tx, tenant.owner).await.unwrap();
        tx.commit().await.unwrap();
        let new = "another good password".into();
        let entered = people::redeem(&kit.house, &visit(&kit), link.expose_secret(), &new).await.unwrap();
        let Entered::Challenged(asked) = entered else { panic!("a link opened a session") };
        assert!(people::principal(&kit.house, tenant.session.expose_secret()).await.unwrap().is_none(), "the old session stays");
        let shown = answer(&kit, &asked, &authenticator.next(&kit)).await.unwrap();
        assert!(people::principal(&kit.house, shown.token.expose_secret()).await.unwrap().is_some());
    }

    async fn a_code_is_asked_for_once_it_was_confirmed(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let house = &kit.house;
        assert_eq!(refused(people::begin_factor(house, &visit(&kit), tenant.owner, &"wrong password".into()).await), "wrong_password");
        assert_eq!(refused(people::confirm_factor(house, &visit(&kit), tenant.owner, "000000").await), "factor_not_begun");
        let first = people::begin_factor(house, &visit(&kit), tenant.owner, &PASSWORD.into()).await.unwrap();
        let begun = people::begin_factor(house, &visit(&kit), tenant.owner, &PASSWORD.into()).await.unwrap();
        assert_ne!(first.secret.expose_secret(), begun.secret.expose_secret());
        let address = begun.address.expose_secret();
        assert_eq!(*address, format!("otpauth://totp/Vestibule:owner%40north-shore.test?secret={}&issuer=Vestibule", begun.secret.expose_secret()));
        // Begun is not on.
        sign_in(&kit, &tenant.owner_email, PASSWORD).await.unwrap();
        assert_eq!(people::find_factor(house, tenant.owner).await.unwrap(), None);
        let (old, new) = (Authenticator::of(&first.secret), Authenticator::of(&begun.secret));
        assert_eq!(refused(people::confirm_factor(house, &visit(&kit), tenant.owner, &old.shows(&kit, 0)).await), "wrong_code");
        let codes = people::confirm_factor(house, &visit(&kit), tenant.owner, &new.shows(&kit, 0)).await.unwrap();
        assert_eq!(codes.len(), 10);
        let view = people::find_factor(house, tenant.owner).await.unwrap().unwrap();
        assert_eq!((view.since, view.codes_left), (house.world.now(), 10));
        assert_eq!(refused(people::begin_factor(house, &visit(&kit), tenant.owner, &PASSWORD.into()).await), "factor_on");
        // The password alone opens nothing; somebody else's factor is not asked for.
        let asked = challenge(&kit, &tenant).await;
        assert!(people::principal(house, asked.token.expose_secret()).await.unwrap().is_none());
        let shown = answer(&kit, &asked, &new.next(&kit)).await.unwrap();
        assert!(people::principal(house, shown.token.expose_secret()).await.unwrap().is_some());
        sign_in(&kit, &tenant.twin().owner_email, PASSWORD).await.unwrap();
    }

    async fn a_code_works_once_and_near_its_time(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (authenticator, _) = turn_on(&kit, &tenant).await;
        // The code that confirmed is spent as well.
        assert_eq!(refused(answer(&kit, &challenge(&kit, &tenant).await, &authenticator.shows(&kit, 0)).await), "wrong_code");
        let code = authenticator.shows(&kit, 1);
        answer(&kit, &challenge(&kit, &tenant).await, &format!(" {} {} ", &code[..3], &code[3..])).await.unwrap();
        let asked = challenge(&kit, &tenant).await;
        for spent in [authenticator.shows(&kit, 1), authenticator.shows(&kit, 0), authenticator.shows(&kit, 2)] {
            assert_eq!(refused(answer(&kit, &asked, &spent).await), "wrong_code");
        }
        kit.clock.advance_ms(30_000);
        answer(&kit, &challenge(&kit, &tenant).await, &authenticator.shows(&kit, 1)).await.unwrap();
    }

    async fn of_two_with_the_same_code_one_gets_in(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (authenticator, codes) = turn_on(&kit, &tenant).await;
        for code in [authenticator.next(&kit), codes[0].expose_secret().to_owned()] {
            let (one, two) = (challenge(&kit, &tenant).await, challenge(&kit, &tenant).await);
            let both = join_all([&one, &two].map(|asked| answer(&kit, asked, &code))).await;
            assert_eq!(both.iter().filter(|done| done.is_ok()).count(), 1);
        }
    }

    async fn a_challenge_is_over_after_a_while_and_when_it_was_met(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (authenticator, _) = turn_on(&kit, &tenant).await;
        let asked = challenge(&kit, &tenant).await;
        answer(&kit, &asked, &authenticator.next(&kit)).await.unwrap();
        assert_eq!(refused(answer(&kit, &asked, &authenticator.next(&kit)).await), "challenge_over");
        let asked = challenge(&kit, &tenant).await;
        kit.clock.advance_ms(10 * 60_000);
        assert_eq!(refused(answer(&kit, &asked, &authenticator.next(&kit)).await), "challenge_over");
        let asked = challenge(&kit, &tenant).await;
        people::set_password(&kit.house, &visit(&kit), tenant.owner, &"another good password".into()).await.unwrap();
        assert_eq!(refused(answer(&kit, &asked, &authenticator.next(&kit)).await), "challenge_over", "the password was changed meanwhile");
    }

    async fn codes_are_guessed_no_more_often_than_passwords(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (authenticator, _) = turn_on(&kit, &tenant).await;
        let mut looked_at = 0;
        'out: for _ in 0..4 {
            // A right password is no try, however often it is shown.
            let Ok(Entered::Challenged(asked)) = enter(&kit, &visit(&kit), &tenant.owner_email, PASSWORD).await else { break };
            for _ in 0..2 {
                match refused(answer(&kit, &asked, "000000").await) {
                    "wrong_code" => looked_at += 1,
                    "locked_out" => break 'out,
                    other => panic!("{other}"),
                }
            }
        }
        assert_eq!(looked_at, 5);
        assert_eq!(refused(enter(&kit, &visit(&kit), &tenant.owner_email, PASSWORD).await), "locked_out");
        kit.clock.advance_ms(15 * 60_000);
        answer(&kit, &challenge(&kit, &tenant).await, &authenticator.next(&kit)).await.unwrap();
        // The last try that there is may be the right one.
        for _ in 0..4 {
            assert_eq!(refused(enter(&kit, &visit(&kit), &tenant.owner_email, "wrong password").await), "wrong_credentials");
        }
        answer(&kit, &challenge(&kit, &tenant).await, &authenticator.next(&kit)).await.unwrap();
    }

    async fn a_recovery_code_works_once_and_new_ones_end_the_old(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (authenticator, codes) = turn_on(&kit, &tenant).await;
        let typed = codes[0].expose_secret().to_lowercase().replace('-', " ");
        answer(&kit, &challenge(&kit, &tenant).await, &typed).await.unwrap();
        assert_eq!(refused(answer(&kit, &challenge(&kit, &tenant).await, &typed).await), "wrong_code");
        assert_eq!(people::find_factor(&kit.house, tenant.owner).await.unwrap().unwrap().codes_left, 9);
        assert_eq!(refused(people::renew_codes(&kit.house, &visit(&kit), tenant.owner, "000000").await), "wrong_code");
        let code = authenticator.next(&kit);
        let new = people::renew_codes(&kit.house, &visit(&kit), tenant.owner, &code).await.unwrap();
        assert_eq!(refused(answer(&kit, &challenge(&kit, &tenant).await, codes[1].expose_secret()).await), "wrong_code");
        answer(&kit, &challenge(&kit, &tenant).await, new[1].expose_secret()).await.unwrap();
        // A code of another person is none of ours.
        let (_, theirs) = turn_on(&kit, tenant.twin()).await;
        assert_eq!(refused(answer(&kit, &challenge(&kit, &tenant).await, theirs[0].expose_secret()).await), "wrong_code");
    }

    async fn it_is_turned_off_with_password_and_code(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (authenticator, codes) = turn_on(&kit, &tenant).await;
        let off = async |password: &str, code: &str| {
            people::turn_off_factor(&kit.house, &visit(&kit), tenant.owner, &password.into(), code).await
        };
        assert_eq!(refused(off("wrong password", &authenticator.next(&kit)).await), "wrong_password");
        assert_eq!(refused(off(PASSWORD, "000000").await), "wrong_code");
        off(PASSWORD, codes[3].expose_secret()).await.unwrap();
        sign_in(&kit, &tenant.owner_email, PASSWORD).await.unwrap();
        let (_, codes) = turn_on(&kit, &tenant).await;
        assert!(people::remove_factor(&kit.house, &visit(&kit), &tenant.owner_email).await.unwrap());
        assert!(!people::remove_factor(&kit.house, &visit(&kit), &tenant.owner_email).await.unwrap());
        sign_in(&kit, &tenant.owner_email, PASSWORD).await.unwrap();
        assert_eq!(refused(off(PASSWORD, codes[0].expose_secret()).await), "wrong_code");
        // Its owner hears of it each time, and of nothing else.
        assert_eq!(kit.post_all().await, 2);
        let told: Vec<_> = kit.mailer.given().into_iter().map(|mail| (mail.to, mail.subject)).collect();
        let one = (tenant.owner_email.clone(), "Your second factor was turned off".to_owned());
        assert_eq!(told, [one.clone(), one]);
    }

    async fn what_is_kept_is_sealed_or_hashed_and_every_step_is_written_down(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (authenticator, codes) = turn_on(&kit, &tenant).await;
        // Rows of the same millisecond have no order.
        kit.clock.advance_ms(1);
        drop(answer(&kit, &challenge(&kit, &tenant).await, "000000").await);
        kit.clock.advance_ms(1);
        answer(&kit, &challenge(&kit, &tenant).await, codes[0].expose_secret()).await.unwrap();
        let mut tx = kit.house.db.read().await.unwrap();
        let row = factors::find(&mut tx, tenant.owner).await.unwrap().unwrap();
        drop(tx);
        assert!(!row.sealed.windows(8).any(|part| authenticator.0.bytes().windows(8).any(|secret| secret == part)));
        let scope = crate::links::platform(&kit);
        let mut tx = kit.house.db.read_in(&scope).await.unwrap();
        let rows = audit::newest(&mut tx.tenant(&scope).await.unwrap(), 3).await.unwrap();
        let actions: Vec<_> = rows.iter().rev().map(|row| row.action.as_str()).collect();
        assert_eq!(actions, ["factor.turned_on", "person.sign_in_refused", "person.signed_in"]);
        assert_eq!(rows[0].doc["by"], "recovery_code");
        assert_eq!(rows[0].actor, format!("person:{}", tenant.owner));
        for row in rows {
            let text = format!("{row:?}");
            assert!(!text.contains(codes[0].expose_secret()) && !text.contains(&tenant.owner_email), "{text}");
        }
    }
}
