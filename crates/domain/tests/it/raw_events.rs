//! Raw events: processed again, given out, and let go of when they were kept long enough.

use crate::look::{audited, call, calls, events, refused};
use serde_json::json;
use vestibule_domain::inbox::{self, Accepted, InboxFolder};
use vestibule_model::InboxId;
use vestibule_testkit::{Kit, TestTenant, both_databases, inside};

const DAY_MS: i64 = 24 * 3_600_000;

async fn again(kit: &Kit, tenant: &TestTenant, id: InboxId) -> Result<String, vestibule_domain::Error> {
    inside!(kit, tenant, |tx| inbox::again(&kit.house, tx, id).await.map(|row| row.state))
}

async fn stored(kit: &Kit, tenant: &TestTenant, id: InboxId) -> Result<Vec<u8>, vestibule_domain::Error> {
    inside!(kit, tenant, |tx| inbox::stored(&kit.house, tx, id).await.map(|stored| stored.body))
}

async fn kept(kit: &Kit, tenant: &TestTenant) -> Vec<bool> {
    events(kit, tenant).await.into_iter().map(|event| event.is_kept).collect()
}

both_databases! {
    async fn an_event_that_is_processed_again_changes_nothing_that_is_known(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for name in ["call_started", "call_analyzed"] {
            kit.clock.advance_ms(1);
            kit.send(&tenant, &tenant.sample(name).body()).await;
        }
        kit.fold_all().await;
        kit.deliver_all().await;
        let before = call(&kit, &tenant).await;
        kit.courier.clear();
        for event in events(&kit, &tenant).await {
            assert_eq!(again(&kit, &tenant, event.id).await.unwrap(), "pending");
            assert_eq!(again(&kit, &tenant, event.id).await.unwrap(), "pending", "once is enough");
        }
        assert_eq!(kit.fold_all().await, 2);
        let after = call(&kit, &tenant).await;
        assert_eq!((after.facts.len(), after.call.revision), (before.facts.len(), before.call.revision));
        assert_eq!(kit.deliver_all().await, 0, "nobody is told twice");
        assert!(events(&kit, &tenant).await.iter().all(|event| event.state == "folded" && event.is_kept));
        let acts = audited(&kit, &tenant).await;
        assert_eq!(acts.iter().filter(|(what, who)| what == "inbox.processed_again" && who.starts_with("person:")).count(), 4);
        // What is of no use stays so, and what is another tenant's does not exist.
        let odd = tenant.sample("call_ended").with("/event", json!("invented_in_2027")).body();
        kit.clock.advance_ms(1);
        kit.send(&tenant, &odd).await;
        let newest = events(&kit, &tenant).await.remove(0);
        assert_eq!(again(&kit, &tenant, newest.id).await.unwrap(), "ignored");
        assert_eq!(stored(&kit, &tenant, newest.id).await.unwrap(), odd);
        assert_eq!(kit.fold_all().await, 0);
        let theirs = events(&kit, tenant.twin()).await.remove(0).id;
        assert_eq!(refused(again(&kit, &tenant, theirs).await), "not_found");
        assert_eq!(refused(stored(&kit, &tenant, theirs).await), "not_found");
    }

    async fn a_failed_event_comes_due_at_once(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &tenant.sample("call_started").body()).await;
        let lame = kit.over(kit.database.open(kit.house.world.clone()).await, Vec::new());
        for _ in 0..2 {
            lame.fold_once(std::sync::Arc::new(InboxFolder::new(lame.house.clone()))).await;
            kit.clock.advance_ms(1_000);
        }
        assert_eq!(kit.fold_all().await, 0, "it waits");
        let event = events(&kit, &tenant).await.remove(0);
        assert_eq!(event.state, "failed");
        assert_eq!(again(&kit, &tenant, event.id).await.unwrap(), "pending");
        assert_eq!(kit.fold_all().await, 1);
        assert_eq!(calls(&kit, &tenant).await.len(), 1);
    }

    async fn bodies_go_when_they_were_kept_long_enough(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let body = tenant.sample("call_ended").body();
        kit.send(&tenant, &body).await;
        kit.clock.advance_ms(1);
        kit.send(&tenant, b"not json").await;
        kit.fold_all().await;
        let before = call(&kit, &tenant).await;
        // Of what comes ten days later, one event is processed and one is not.
        kit.clock.advance_ms(10 * DAY_MS);
        kit.send(&tenant, &tenant.sample("call_analyzed").body()).await;
        kit.fold_all().await;
        kit.clock.advance_ms(1);
        kit.send(&tenant, &tenant.sample("call_started_web").body()).await;
        let let_go = async || inbox::let_go_of_old_bodies(&kit.house, &kit.mint).await.unwrap();
        kit.clock.advance_ms(80 * DAY_MS - 3);
        assert_eq!(let_go().await, 0);
        assert_eq!(kept(&kit, &tenant).await, [true; 4]);
        kit.clock.advance_ms(3);
        // The twin's four as well.
        assert_eq!(let_go().await, 6);
        assert_eq!(let_go().await, 0);
        assert_eq!(kept(&kit, &tenant).await, [true, true, false, false]);
        kit.clock.advance_ms(10 * DAY_MS);
        assert_eq!(let_go().await, 1);
        assert_eq!(kept(&kit, &tenant).await, [true, false, false, false], "what waits to be processed is kept");
        // That it came, what became of it, and its key stay.
        let gone = events(&kit, &tenant).await;
        assert_eq!(kit.send(&tenant, &body).await, Accepted::Duplicate);
        assert_eq!(refused(again(&kit, &tenant, gone[3].id).await), "body_not_kept");
        assert_eq!(refused(stored(&kit, &tenant, gone[3].id).await), "body_not_kept");
        assert_eq!((gone[3].state.as_str(), gone[3].call), ("folded", Some(before.call.id)));
        assert!(kit.fold_all().await > 0);
        kit.clock.advance_ms(1);
        assert_eq!(let_go().await, 1);
        kit.twin_changed(tenant.twin()).await;
    }

    async fn a_tenant_says_for_itself_how_long(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (house, twin) = (&kit.house, tenant.twin());
        let days = async |of: &TestTenant| inbox::retention(house, &of.scope).await.unwrap();
        assert_eq!((days(&tenant).await.days, days(&tenant).await.is_own), (90, false));
        for bad in [0, -1, 3_651] {
            assert_eq!(refused(inbox::keep_for(house, &tenant.scope, Some(bad)).await), "invalid");
        }
        for _ in 0..2 {
            let kept = inbox::keep_for(house, &tenant.scope, Some(7)).await.unwrap();
            assert_eq!((kept.days, kept.standard_days, kept.is_own), (7, 90, true));
        }
        assert_eq!((days(&tenant).await.days, days(twin).await.days), (7, 90));
        let acts = async || {
            let all = audited(&kit, &tenant).await;
            all.iter().filter(|(what, _)| what == "inbox.retention_changed").count()
        };
        assert_eq!(acts().await, 1, "the same again is no act");
        kit.send(&tenant, &tenant.sample("call_ended").body()).await;
        kit.fold_all().await;
        let event = events(&kit, &tenant).await.remove(0);
        let now = house.world.now();
        assert_eq!(days(&tenant).await.until(event.id), now.plus_ms(7 * DAY_MS));
        kit.clock.advance_ms(7 * DAY_MS + 1);
        assert_eq!(inbox::let_go_of_old_bodies(house, &kit.mint).await.unwrap(), 1);
        assert_eq!(kept(&kit, twin).await, [true; 4]);
        let kept = inbox::keep_for(house, &tenant.scope, None).await.unwrap();
        assert_eq!((kept.days, kept.is_own, acts().await), (90, false, 2));
    }

    async fn many_bodies_go_in_several_steps(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        inbox::keep_for(&kit.house, &tenant.scope, Some(1)).await.unwrap();
        for n in 0..501 {
            kit.send(&tenant, format!("no event {n}").as_bytes()).await;
        }
        kit.clock.advance_ms(DAY_MS + 1);
        assert_eq!(inbox::let_go_of_old_bodies(&kit.house, &kit.mint).await.unwrap(), 501);
    }
}
