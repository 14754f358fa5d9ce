//! One-time links: each for one person and one purpose; mail to a person among the platform's own rows.

use crate::look::refused;
use crate::mail::mails;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_access::{Actor, TenantScope};
use vestibule_domain::mail::{self, Addressee, Notice, SecretLink};
use vestibule_domain::people::{self, Purpose, UsedLink};
use vestibule_domain::{Error, Kind};
use vestibule_model::UserId;
use vestibule_ports::{Mail, MailFault, MailFaultKind};
use vestibule_store::tsql;
use vestibule_testkit::{Kit, both_databases, inside};

/// The platform's own rows.
pub fn platform(kit: &Kit) -> TenantScope {
    kit.mint.platform(Actor::System("test")).own_rows()
}

/// Sends what is due; what was sent since the last time.
pub async fn post(kit: &Kit) -> Vec<Mail> {
    kit.post_all().await;
    kit.mailer.given()
}

/// The token of the link in the last of these mails to an address.
pub fn token_of(sent: &[Mail], address: &str) -> String {
    let mail = sent.iter().rfind(|mail| mail.to == address).unwrap_or_else(|| panic!("no mail to {address}"));
    let (_, after) = mail.text.split_once('#').unwrap_or_else(|| panic!("no link in {}", mail.text));
    after.split_whitespace().next().unwrap().to_owned()
}

/// Sends what is due; the token of the link in the last mail to an address.
pub async fn token_in_last_mail(kit: &Kit, address: &str) -> String {
    token_of(&post(kit).await, address)
}

/// Disables a person.
pub async fn disable(kit: &Kit, user: UserId) {
    let mut tx = kit.house.db.write().await.unwrap();
    vestibule_store::directory::people::disable(&mut tx, user, kit.house.world.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn make(kit: &Kit, user: UserId, purpose: Purpose) -> SecretString {
    let mut tx = kit.house.db.write().await.unwrap();
    let link = people::make_link_for(&kit.house, &mut tx, user, purpose, &json!({ "for": purpose.as_str() }))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    link.token
}

async fn take(kit: &Kit, token: &SecretString, purpose: Purpose) -> Result<UsedLink, Error> {
    let mut tx = kit.house.db.write().await.unwrap();
    let used = people::use_link(&kit.house, &mut tx, token.expose_secret(), purpose).await;
    tx.commit().await.unwrap();
    used
}

/// Owes a person a notice on the platform's own rows.
async fn tell(kit: &Kit, person: UserId, notice: &Notice, once: &str) -> bool {
    let scope = platform(kit);
    let mut tx = kit.house.db.write_in(&scope).await.unwrap();
    let mut own = tx.tenant(&scope).await.unwrap();
    let to = Addressee { person, address: "somebody@people.test", locale: "fr" };
    let owed = mail::tell_person(&kit.house, &mut own, &to, notice, once).await.unwrap();
    tx.commit().await.unwrap();
    owed
}

fn secret() -> Notice {
    Notice::Reset { link: SecretLink::new("http://vestibule.test/reset#vsl_canary".into()) }
}

async fn docs(kit: &Kit) -> Vec<String> {
    let mut tx = kit.house.db.read_in(&platform(kit)).await.unwrap();
    let mut own = tx.tenant(&platform(kit)).await.unwrap();
    let sql = tsql!("SELECT doc FROM mails WHERE tenant_id = $1 ORDER BY created_at, id");
    let rows = own.rows(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.json::<serde_json::Value>("doc").unwrap().to_string()).collect()
}

both_databases! {
    async fn a_link_is_good_for_its_own_purpose_once(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let all = [Purpose::Welcome, Purpose::Reset, Purpose::Email, Purpose::Unlock];
        for purpose in all {
            let token = make(&kit, tenant.owner, purpose).await;
            for other in all.into_iter().filter(|other| *other != purpose) {
                assert_eq!(refused(take(&kit, &token, other).await), "link_invalid", "{purpose:?} as {other:?}");
            }
            let used = take(&kit, &token, purpose).await.unwrap();
            assert_eq!((used.user, used.doc), (tenant.owner, json!({ "for": purpose.as_str() })));
            let Err(Error::Refused(no)) = take(&kit, &token, purpose).await else { panic!("used twice") };
            assert_eq!((no.code, no.kind), ("link_invalid", Kind::BadRequest));
        }
    }

    async fn a_new_link_ends_the_older_of_the_same_person_and_purpose(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let other = make(&kit, tenant.twin().owner, Purpose::Reset).await;
        let email = make(&kit, tenant.owner, Purpose::Email).await;
        let old = make(&kit, tenant.owner, Purpose::Reset).await;
        let new = make(&kit, tenant.owner, Purpose::Reset).await;
        assert_eq!(refused(take(&kit, &old, Purpose::Reset).await), "link_invalid");
        for (token, purpose) in [(&new, Purpose::Reset), (&email, Purpose::Email), (&other, Purpose::Reset)] {
            take(&kit, token, purpose).await.unwrap();
        }
        // A new one after a used one is good again.
        take(&kit, &make(&kit, tenant.owner, Purpose::Reset).await, Purpose::Reset).await.unwrap();
    }

    async fn each_purpose_has_its_time(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for (purpose, hours) in [(Purpose::Welcome, 168), (Purpose::Reset, 1), (Purpose::Email, 24), (Purpose::Unlock, 24)] {
            let token = make(&kit, tenant.owner, purpose).await;
            kit.clock.advance_ms(hours * 3_600_000);
            assert_eq!(refused(take(&kit, &token, purpose).await), "link_invalid", "{purpose:?}");
            let token = make(&kit, tenant.owner, purpose).await;
            kit.clock.advance_ms(hours * 3_600_000 - 1);
            take(&kit, &token, purpose).await.unwrap();
        }
    }

    async fn mail_to_a_person_is_the_platforms_own_and_is_sent(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let notice = Notice::PasswordChanged { at: kit.house.world.now() };
        assert!(tell(&kit, tenant.owner, &notice, "one").await);
        assert!(!tell(&kit, tenant.owner, &notice, "one").await, "told twice");
        assert!(mails(&kit, &tenant).await.is_empty(), "a tenant sees what its people are told");
        assert_eq!(kit.post_all().await, 1);
        let given = kit.mailer.given();
        assert_eq!((given.len(), given[0].to.as_str(), given[0].subject.as_str()), (1, "somebody@people.test", "Votre mot de passe a été changé"));
        // The time is said as it is where they work.
        assert!(given[0].text.contains("(EST)"), "{}", given[0].text);
        let mut tx = kit.house.db.read_in(&platform(&kit)).await.unwrap();
        let own = mail::list(&mut tx.tenant(&platform(&kit)).await.unwrap(), None, 10).await.unwrap().items;
        assert_eq!(own.iter().map(|m| (m.kind.as_str(), m.state.as_str())).collect::<Vec<_>>(), [("password.changed", "sent")]);
        // Among a tenant's rows it has no place.
        let refused = inside!(kit, tenant, |tx| {
            let to = Addressee { person: tenant.owner, address: "x@people.test", locale: "en" };
            mail::tell_person(&kit.house, tx, &to, &notice, "two").await
        });
        assert!(refused.is_err());
    }

    async fn a_mail_with_a_link_is_kept_sealed_and_only_until_it_is_sent(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        // A tenant's mail of the same id stays as it is.
        kit.entropy.begin_again(7);
        crate::mail::tell(&kit, &tenant, "double").await;
        kit.post_all().await;
        drop(kit.mailer.given());
        assert!(tell(&kit, tenant.owner, &secret(), "one").await);
        let (platform, id) = (kit.database.id_literal(vestibule_model::TenantId::PLATFORM.0), kit.database.id_literal(tenant.id().0));
        let sql = format!("UPDATE mails SET id = (SELECT p.id FROM mails p WHERE p.tenant_id = {platform}) WHERE tenant_id = {id}");
        assert_eq!(kit.database.tamper(&sql).await, 1);
        kit.mailer.fail([MailFault::new(MailFaultKind::Unavailable, "unreachable")]);
        assert_eq!(kit.post_all().await, 1);
        let kept = docs(&kit).await;
        assert!(kept.len() == 1 && kept[0].contains("sealed") && !kept[0].contains("vsl_canary"), "{kept:?}");
        kit.clock.advance_ms(30_000);
        assert_eq!(kit.post_all().await, 1);
        let given = kit.mailer.given();
        assert!(given.len() == 2 && given[0] == given[1] && given[1].text.contains("http://vestibule.test/reset#vsl_canary"));
        assert_eq!(docs(&kit).await, ["{}"]);
        let kept = inside!(kit, tenant, |tx| {
            let sql = tsql!("SELECT doc FROM mails WHERE tenant_id = $1");
            tx.row(sql, &[]).await.unwrap().unwrap().json::<serde_json::Value>("doc").unwrap()
        });
        assert_ne!(kept, json!({}), "a tenant's mail lost its text");
        // What is never taken keeps its link no longer either.
        kit.clock.advance_ms(1);
        kit.mailer.fail([MailFault::new(MailFaultKind::Rejected, "bad_address")]);
        assert!(tell(&kit, tenant.owner, &secret(), "two").await);
        kit.post_all().await;
        assert_eq!(docs(&kit).await, ["{}", "{}"]);
    }

    async fn one_persons_mail_does_not_wait_for_anothers(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.mailer.fail([MailFault::new(MailFaultKind::Unavailable, "unreachable")]);
        assert!(tell(&kit, tenant.owner, &secret(), "one").await);
        assert_eq!(kit.post_all().await, 1);
        assert!(tell(&kit, tenant.twin().owner, &secret(), "one").await, "another person's is another");
        assert_eq!(kit.post_all().await, 1);
    }
}
