//! People: signing in, resting, one-time links.

use crate::look::refused;
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use vestibule_access::{Actor, Principal};
use vestibule_domain::people::{self, Entered, TokenForm, Visit};
use vestibule_domain::{Error, Kind};
use vestibule_model::Role;
use vestibule_testkit::{Kit, PASSWORD, TestTenant, both_databases};

/// A visit from nowhere in particular.
pub fn visit(kit: &Kit) -> Visit {
    Visit::from_here(kit.mint.platform(Actor::System("test")))
}

/// What came of a password.
pub async fn enter(kit: &Kit, visit: &Visit, email: &str, password: &str) -> Result<Entered, Error> {
    people::sign_in(&kit.house, visit, email, &SecretString::from(password), TokenForm::Opaque).await
}

/// Signs somebody in who has no second factor.
pub async fn sign_in(kit: &Kit, email: &str, password: &str) -> Result<people::SignedIn, Error> {
    match enter(kit, &visit(kit), email, password).await? {
        Entered::In(signed_in) => Ok(*signed_in),
        Entered::Challenged(_) => panic!("a second factor is asked for"),
    }
}

async fn link(kit: &Kit, tenant: &TestTenant) -> SecretString {
    let mut tx = kit.house.db.write().await.unwrap();
    let link = people::make_link(&kit.house, &mut tx, tenant.owner).await.unwrap();
    tx.commit().await.unwrap();
    link
}

async fn redeem(kit: &Kit, link: &SecretString, password: &str) -> Result<people::SignedIn, Error> {
    let (visit, password) = (visit(kit), SecretString::from(password));
    let entered = people::redeem(&kit.house, &visit, link.expose_secret(), &password).await?;
    Ok(entered.signed_in().expect("nobody here has a second factor"))
}

both_databases! {
    async fn req_1_22_who_signs_in_is_known_until_they_leave(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let shown = sign_in(&kit, " Owner@NORTH-shore.test ", PASSWORD).await.unwrap();
        let token = shown.token.expose_secret().to_owned();
        let session = people::principal(&kit.house, &token).await.unwrap().unwrap();
        let Principal::Person { user, memberships, platform_role, .. } = &session.principal else { panic!() };
        assert_eq!((*user, *platform_role, memberships.len()), (tenant.owner, None, 1));
        assert_eq!((memberships[0].tenant, memberships[0].role), (tenant.id(), Role::Owner));
        assert!(people::is_live(&kit.house, session.id).await.unwrap());
        people::forget(&kit.house, session.id).await.unwrap();
        assert!(!people::is_live(&kit.house, session.id).await.unwrap());
        assert!(people::principal(&kit.house, &token).await.unwrap().is_none());
        assert!(people::principal(&kit.house, tenant.session.expose_secret()).await.unwrap().is_some(), "another session ended too");
    }

    async fn a_session_ends_by_itself(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.clock.advance_ms(kit.house.settings.session_ms - 1);
        assert!(people::principal(&kit.house, tenant.session.expose_secret()).await.unwrap().is_some());
        kit.clock.advance_ms(1);
        assert!(people::principal(&kit.house, tenant.session.expose_secret()).await.unwrap().is_none());
        assert!(people::principal(&kit.house, "vss_nobody").await.unwrap().is_none());
    }

    async fn req_1_09_an_account_rests_after_five_wrong_passwords(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let email = tenant.owner_email.as_str();
        for _ in 0..4 {
            assert_eq!(refused(sign_in(&kit, email, "wrong password").await), "wrong_credentials");
        }
        sign_in(&kit, email, PASSWORD).await.unwrap();
        for _ in 0..5 {
            assert_eq!(refused(sign_in(&kit, email, "wrong password").await), "wrong_credentials", "a success forgets the wrong ones");
        }
        let Err(Error::Refused(no)) = sign_in(&kit, email, PASSWORD).await else { panic!("it does not rest") };
        assert_eq!((no.code, no.kind, no.retry_after_s), ("locked_out", Kind::TooMany, Some(901)));
        sign_in(&kit, &tenant.twin().owner_email, PASSWORD).await.unwrap();
        kit.clock.advance_ms(15 * 60_000);
        sign_in(&kit, email, PASSWORD).await.unwrap();
    }

    async fn wrong_passwords_at_the_same_moment_are_each_counted(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let tries = join_all((0..5).map(|_| sign_in(&kit, &tenant.owner_email, "wrong password"))).await;
        assert!(tries.iter().all(Result::is_err));
        assert_eq!(refused(sign_in(&kit, &tenant.owner_email, PASSWORD).await), "locked_out");
    }

    async fn an_unknown_account_hears_the_same_words(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let say = |done: Result<people::SignedIn, Error>| match done {
            Err(Error::Refused(refusal)) => refusal,
            _ => panic!("not refused"),
        };
        let known = say(sign_in(&kit, &tenant.owner_email, "wrong password").await);
        let unknown = say(sign_in(&kit, "nobody@nowhere.test", "wrong password").await);
        assert_eq!(known, unknown);
    }

    async fn a_link_is_good_once(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let link = link(&kit, &tenant).await;
        assert_eq!(refused(redeem(&kit, &link, "too short").await), "password_too_short");
        let old = tenant.session.expose_secret();
        assert!(people::principal(&kit.house, old).await.unwrap().is_some());
        let shown = redeem(&kit, &link, "another good password").await.unwrap();
        assert!(people::principal(&kit.house, old).await.unwrap().is_none(), "who knew the old password stayed");
        assert!(people::principal(&kit.house, shown.token.expose_secret()).await.unwrap().is_some());
        assert_eq!(shown.user.id, tenant.owner);
        assert_eq!(refused(redeem(&kit, &link, "a third good password").await), "link_invalid");
        assert_eq!(refused(sign_in(&kit, &tenant.owner_email, PASSWORD).await), "wrong_credentials");
        sign_in(&kit, &tenant.owner_email, "another good password").await.unwrap();
    }

    async fn of_two_who_use_a_link_at_once_one_gets_in(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let link = link(&kit, &tenant).await;
        let both = join_all(["one good password", "two good passwords"].map(|p| redeem(&kit, &link, p))).await;
        assert_eq!(both.iter().filter(|done| done.is_ok()).count(), 1);
    }

    async fn a_link_is_good_for_a_week(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let one = link(&kit, &tenant).await;
        kit.clock.advance_ms(7 * 86_400_000 - 1);
        redeem(&kit, &one, "another good password").await.unwrap();
        let two = link(&kit, &tenant).await;
        kit.clock.advance_ms(7 * 86_400_000);
        assert_eq!(refused(redeem(&kit, &two, "another good password").await), "link_invalid");
        assert_eq!(refused(redeem(&kit, &SecretString::from("vsl_made-up"), "another good password").await), "link_invalid");
    }

    async fn a_new_password_ends_the_rest(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for _ in 0..5 {
            assert!(sign_in(&kit, &tenant.owner_email, "wrong password").await.is_err());
        }
        people::set_password(&kit.house, &visit(&kit), tenant.owner, &SecretString::from("another good password")).await.unwrap();
        sign_in(&kit, &tenant.owner_email, "another good password").await.unwrap();
    }

    async fn an_operator_is_made_once(kit: Kit) {
        let one = people::add_operator(&kit.house, "Op@Vestibule.test").await.unwrap();
        assert_eq!(people::add_operator(&kit.house, "op@vestibule.test").await.unwrap(), one);
        people::set_password(&kit.house, &visit(&kit), one, &SecretString::from("a password of operators")).await.unwrap();
        let shown = sign_in(&kit, "op@vestibule.test", "a password of operators").await.unwrap();
        let session = people::principal(&kit.house, shown.token.expose_secret()).await.unwrap().unwrap();
        assert!(session.principal.enter_platform(&kit.mint, vestibule_access::PlatformPermission::ManageTenants).is_ok());
    }

    async fn whoever_is_asked_who_they_are(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let me = people::me(&kit.house, tenant.owner).await.unwrap();
        assert_eq!(me.user.email, tenant.owner_email);
        assert_eq!(me.memberships.iter().map(|(t, r)| (t.slug.as_str(), *r)).collect::<Vec<_>>(), [("north-shore", Role::Owner)]);
        let nobody = kit.house.world.new_id();
        assert_eq!(refused(people::me(&kit.house, nobody).await), "not_found");
    }
}
