//! Mail of two tenants whose endpoints and mails have the same ids.

use crate::doubles::doubles;
use crate::mail::{mails, tell};
use vestibule_domain::mail;
use vestibule_ports::{MailFault, MailFaultKind};
use vestibule_testkit::{both_databases, gone, inside};

both_databases! {
    async fn mail_of_the_same_id_goes_to_its_own_people(kit: Kit) {
        let doubles = doubles(&kit).await;
        let now = kit.house.world.now();
        doubles.each(&kit, &[0, 1], async |me| {
            kit.clock.set(now.plus_ms(10));
            kit.entropy.begin_again(80);
            assert_eq!(tell(&kit, me, "one").await, 1);
        }).await;
        let both = [mails(&kit, &doubles.both[0]).await, mails(&kit, &doubles.both[1]).await];
        assert_eq!((both[0].len(), both[0][0].id), (1, both[1][0].id), "these are no doubles");
        // One is not taken at first; then each is sent to its own, and tells of its own.
        kit.mailer.fail([MailFault::new(MailFaultKind::Unavailable, "unreachable")]);
        doubles.each(&kit, &[1, 0, 1], async |me| {
            kit.clock.advance_ms(30_000);
            assert_eq!(kit.post_all().await, 1);
            let given = kit.mailer.given();
            assert_eq!((given.len(), &given[0].to), (1, &me.owner_email));
            assert!(given[0].subject.contains(&format!("{}.test", me.record.slug)), "{}", given[0].subject);
        }).await;
        let states = [mails(&kit, &doubles.both[0]).await, mails(&kit, &doubles.both[1]).await]
            .map(|rows| (rows[0].state.clone(), rows[0].attempts_count));
        assert_eq!(states, [("sent".into(), 1), ("sent".into(), 2)]);
        // A page goes on in its own tenant.
        doubles.each(&kit, &[0, 1], async |me| {
            kit.clock.advance_ms(1);
            assert_eq!(tell(&kit, me, "two").await, 1);
            let rest = inside!(kit, me, |tx| {
                let first = mail::list(tx, None, 1).await.unwrap();
                mail::list(tx, first.next, 9).await.unwrap().items
            });
            assert_eq!(rest.iter().map(|row| &row.to).collect::<Vec<_>>(), [&me.owner_email]);
        }).await;
        doubles.end(&kit).await;
    }

    async fn an_endpoint_of_the_same_id_is_told_of_to_its_own_people(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        for tenant in &doubles.both {
            kit.courier.always(&crate::doubles::url(tenant), Some(gone()));
        }
        doubles.each(&kit, &[0, 1], async |me| {
            assert_eq!(kit.deliver_all().await, 1);
            let owed = mails(&kit, me).await;
            assert_eq!(owed.iter().map(|row| &row.to).collect::<Vec<_>>(), [&me.owner_email]);
        }).await;
        doubles.end(&kit).await;
    }
}
