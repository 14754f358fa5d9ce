//! Mail: owed with what it tells of, sent once, tried again, and given up.

use crate::look::{change, endpoint};
use vestibule_domain::mail::{self, MailRow, Notice, SwitchedOff};
use vestibule_domain::outbox::EndpointChange;
use vestibule_model::{Role, UserId};
use vestibule_ports::{MailFault, MailFaultKind};
use vestibule_store::directory::people::{self, UserRecord};
use vestibule_testkit::{Kit, TestTenant, both_databases, failed, gone, inside};

pub async fn mails(kit: &Kit, tenant: &TestTenant) -> Vec<MailRow> {
    inside!(kit, tenant, |tx| mail::list(tx, None, 100).await.unwrap().items)
}

/// Makes somebody a member of a tenant.
async fn join(kit: &Kit, tenant: &TestTenant, email: &str, locale: &str, role: Role) {
    let user = UserRecord {
        id: kit.house.world.new_id::<UserId>(),
        email: email.into(),
        name: None,
        locale: locale.into(),
        password_phc: None,
        platform_role: None,
        failed_count: 0,
        locked_until: None,
        disabled_at: None,
    };
    let now = kit.house.world.now();
    let mut tx = kit.house.db.write().await.unwrap();
    people::insert(&mut tx, &user, now).await.unwrap();
    people::join(&mut tx, tenant.id(), user.id, role, now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_call(kit: &Kit, tenant: &TestTenant, call: &str) {
    kit.clock.advance_ms(1);
    kit.send(tenant, &tenant.sample("call_analyzed_not_connected").call(call).body()).await;
    kit.fold_all().await;
    kit.deliver_all().await;
}

/// Owes the tenant's people a notice; how many are owed it.
pub async fn tell(kit: &Kit, tenant: &TestTenant, once: &str) -> usize {
    let notice = Notice::EndpointOff {
        name: String::new(),
        host: format!("{}.test", tenant.record.slug),
        why: SwitchedOff::Failing,
        since: kit.house.world.now(),
    };
    inside!(kit, tenant, |tx| mail::tell_managers(&kit.house, tx, &notice, once).await.unwrap())
}

fn short(rows: &[MailRow]) -> Vec<(&str, i64, Option<&str>)> {
    rows.iter().map(|row| (row.state.as_str(), row.attempts_count, row.last_error.as_deref())).collect()
}

fn fault(kind: MailFaultKind, code: &'static str) -> MailFault {
    MailFault::new(kind, code)
}

both_databases! {
    async fn an_endpoint_that_is_gone_is_told_once_to_each_owner_and_manager_in_their_language(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        join(&kit, &tenant, "gerante@north-shore.test", "fr", Role::Manager).await;
        join(&kit, &tenant, "staff@north-shore.test", "fr", Role::Staff).await;
        join(&kit, &tenant, "viewer@north-shore.test", "en", Role::Viewer).await;
        join(&kit, tenant.twin(), "stranger@north-shore.test", "en", Role::Owner).await;
        kit.courier.always(&tenant.endpoint.url, Some(gone()));
        for call in ["one", "two", "three"] {
            a_call(&kit, &tenant, call).await;
        }
        assert_eq!(endpoint(&kit, &tenant).await.disabled_reason.as_deref(), Some("gone"));
        let owed = mails(&kit, &tenant).await;
        let mut to: Vec<_> = owed.iter().map(|m| (m.to.as_str(), m.locale.as_str(), m.kind.as_str())).collect();
        to.sort_unstable();
        assert_eq!(to, [("gerante@north-shore.test", "fr", "endpoint.off"), ("owner@north-shore.test", "en", "endpoint.off")]);
        assert!(mails(&kit, tenant.twin()).await.is_empty());
        assert_eq!(kit.post_all().await, 2);
        assert_eq!(kit.post_all().await, 0, "a mail was sent twice");
        let mut given = kit.mailer.given();
        given.sort_by(|one, other| one.to.cmp(&other.to));
        let subjects: Vec<_> = given.iter().map(|m| m.subject.as_str()).collect();
        assert_eq!(subjects, ["Les envois vers n8n.test sont désactivés", "Deliveries to n8n.test are switched off"]);
        for mail in &given {
            assert_eq!(mail.from, kit.house.settings.mail_from);
            assert!(mail.text.contains("http://vestibule.test/endpoints") && mail.html.contains("http://vestibule.test/endpoints"));
            assert!(mail.text.contains("410") && mail.text.contains("north-shore company"), "{}", mail.text);
            assert!(!mail.text.contains("n8n.test/north-shore"), "the address's path can hold a secret");
        }
        for row in mails(&kit, &tenant).await {
            assert_eq!((row.state.as_str(), row.attempts_count, row.sent_at), ("sent", 1, Some(kit.house.world.now())));
            assert_eq!(row.external_id, Some(format!("taken-{}", row.id)));
        }
        // Switched on by hand and gone again: that is news.
        kit.clock.advance_ms(1_000);
        change(&kit, &tenant, EndpointChange { is_active: Some(true), ..EndpointChange::default() }).await;
        a_call(&kit, &tenant, "four").await;
        assert_eq!(mails(&kit, &tenant).await.len(), 4);
    }

    async fn days_of_failure_are_told_with_their_beginning(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.courier.always(&tenant.endpoint.url, Some(failed(500)));
        for half_day in 0..=10 {
            assert!(mails(&kit, &tenant).await.is_empty(), "after {half_day} half days");
            a_call(&kit, &tenant, &format!("call-{half_day}")).await;
            kit.clock.advance_ms(12 * 3_600_000);
        }
        assert_eq!(mails(&kit, &tenant).await.len(), 1);
        assert_eq!(kit.post_all().await, 1);
        let given = kit.mailer.given();
        assert!(given[0].text.contains("Nothing has arrived there since November 2"), "{}", given[0].text);
    }

    async fn switching_off_by_hand_is_told_to_nobody(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        change(&kit, &tenant, EndpointChange { is_active: Some(false), ..EndpointChange::default() }).await;
        assert!(mails(&kit, &tenant).await.is_empty());
        assert_eq!(kit.post_all().await, 0);
    }

    async fn req_4_19_what_is_not_taken_is_tried_again_and_blocks_nothing(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let mut wished = fault(MailFaultKind::Unavailable, "rate_limited");
        wished.retry_after_ms = Some(45_000);
        kit.mailer.fail([wished, fault(MailFaultKind::Unauthorized, "key_refused")]);
        kit.courier.script(&tenant.endpoint.url, [gone()]);
        a_call(&kit, &tenant, "one").await;
        assert_eq!(kit.post_all().await, 1);
        assert!(!endpoint(&kit, &tenant).await.is_active, "what the mail tells of stands all the same");
        assert_eq!(short(&mails(&kit, &tenant).await), [("owed", 1, Some("rate_limited"))]);
        kit.clock.advance_ms(44_999);
        assert_eq!(kit.post_all().await, 0, "sooner than was wished");
        kit.clock.advance_ms(1);
        assert_eq!(kit.post_all().await, 1);
        assert_eq!(short(&mails(&kit, &tenant).await), [("owed", 2, Some("key_refused"))]);
        kit.clock.advance_ms(120_000);
        assert_eq!(kit.post_all().await, 1);
        assert_eq!(short(&mails(&kit, &tenant).await), [("sent", 3, None)]);
        let given = kit.mailer.given();
        assert_eq!(given.len(), 3);
        assert!(given.iter().all(|mail| *mail == given[0]), "another try is another mail");
    }

    async fn what_is_never_taken_fails_with_its_reason(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.mailer.fail([fault(MailFaultKind::Rejected, "bad_address")]);
        assert_eq!(tell(&kit, &tenant, "one").await, 1);
        kit.post_all().await;
        assert_eq!(short(&mails(&kit, &tenant).await), [("failed", 1, Some("bad_address"))]);
        kit.clock.advance_ms(1);
        kit.mailer.fail((0..9).map(|_| fault(MailFaultKind::Unavailable, "unreachable")));
        assert_eq!(tell(&kit, &tenant, "two").await, 1);
        for wait in [30_000, 120_000, 600_000, 3_600_000, 21_600_000] {
            assert_eq!(kit.post_all().await, 1);
            assert_eq!(mails(&kit, &tenant).await[0].state, "owed");
            kit.clock.advance_ms(wait - 1);
            assert_eq!(kit.post_all().await, 0);
            kit.clock.advance_ms(1);
        }
        assert_eq!(kit.post_all().await, 1);
        kit.clock.advance_ms(86_400_000);
        assert_eq!(kit.post_all().await, 0);
        assert_eq!(short(&mails(&kit, &tenant).await)[0], ("failed", 6, Some("unreachable")));
    }

    async fn a_notice_is_owed_once_and_a_rolled_back_one_never(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        assert_eq!((tell(&kit, &tenant, "one").await, tell(&kit, &tenant, "one").await), (1, 0));
        let mut outer = kit.house.db.write_in(&tenant.scope).await.unwrap();
        let mut tx = outer.tenant(&tenant.scope).await.unwrap();
        assert_eq!(mail::tell_managers(&kit.house, &mut tx, &Notice::Test, "two").await.unwrap(), 1);
        outer.rollback().await.unwrap();
        assert_eq!(mails(&kit, &tenant).await.len(), 1);
        assert_eq!(kit.post_all().await, 1);
        assert_eq!(kit.mailer.given().len(), 1);
    }

    async fn mails_come_in_pages_newest_first(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for once in ["one", "two", "three"] {
            kit.clock.advance_ms(1);
            tell(&kit, &tenant, once).await;
        }
        let (first, second) = inside!(kit, tenant, |tx| {
            let first = mail::list(tx, None, 2).await.unwrap();
            let second = mail::list(tx, first.next, 2).await.unwrap();
            (first, second)
        });
        assert_eq!((first.items.len(), second.items.len(), second.next), (2, 1, None));
        let at: Vec<_> = first.items.iter().chain(&second.items).map(|mail| mail.created_at).collect();
        assert!(at.is_sorted_by(|newer, older| newer > older), "{at:?}");
    }
}
