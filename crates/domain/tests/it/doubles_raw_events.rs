//! Raw events of two tenants whose rows have the same ids.

use crate::doubles::doubles;
use crate::look::events;
use vestibule_domain::inbox;
use vestibule_testkit::{both_databases, inside};

both_databases! {
    async fn an_event_is_processed_again_and_given_out_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended"]).await;
        doubles.hear(&kit, 2_000, 1, "two", &["call_started"]).await;
        doubles.each(&kit, &[0, 1, 1, 0], async |me| {
            for event in events(&kit, me).await {
                let (row, stored) = inside!(kit, me, |tx| {
                    let stored = inbox::stored(&kit.house, tx, event.id).await.unwrap();
                    (inbox::again(&kit.house, tx, event.id).await.unwrap(), stored)
                });
                assert_eq!((row.id, row.state.as_str(), row.is_kept), (event.id, "pending", true));
                let said = String::from_utf8(stored.body).unwrap();
                assert!(said.contains(&me.agent), "another's event: {said}");
            }
            assert!(kit.fold_all().await >= 3);
            assert!(events(&kit, me).await.iter().all(|event| event.state == "folded"));
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_body_goes_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended"]).await;
        doubles.hear(&kit, 2_000, 1, "two", &["call_started"]).await;
        kit.clock.advance_ms(2 * 24 * 3_600_000);
        doubles.each(&kit, &[1, 0], async |me| {
            let days = async |days| inbox::keep_for(&kit.house, &me.scope, Some(days)).await.unwrap();
            days(1).await;
            assert!(inbox::let_go_of_old_bodies(&kit.house, &kit.mint).await.unwrap() >= 3);
            assert!(events(&kit, me).await.iter().all(|event| !event.is_kept));
            days(3_650).await;
        }).await;
        doubles.end(&kit).await;
    }

    async fn what_waits_in_one_keeps_nothing_in_the_other(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        let [first, second] = &doubles.both;
        // The first's event waits to be processed again, its double's does not.
        let waits = events(&kit, first).await.into_iter().find(|event| event.event_name == "call_started");
        let id = waits.unwrap().id;
        inside!(kit, first, |tx| inbox::again(&kit.house, tx, id).await.unwrap());
        kit.clock.advance_ms(91 * 24 * 3_600_000);
        inbox::let_go_of_old_bodies(&kit.house, &kit.mint).await.unwrap();
        let kept = async |of| {
            let all = events(&kit, of).await;
            all.into_iter().filter(|event| event.is_kept).map(|event| event.id).collect::<Vec<_>>()
        };
        assert_eq!((kept(first).await, kept(second).await), (vec![id], vec![]));
        doubles.end(&kit).await;
    }
}
