//! The figures of two tenants whose calls have the same ids.

use crate::doubles::{doubles, sample};
use serde_json::json;
use vestibule_domain::calls::{self, CallFilter};
use vestibule_domain::usage::{self, WorthChange};
use vestibule_testkit::{both_databases, inside};

both_databases! {
    async fn calls_are_counted_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended"]).await;
        doubles.hear(&kit, 2_000, 1, "two", &["call_started", "call_ended"]).await;
        let sums = async |tenant: &vestibule_testkit::TestTenant| {
            let groups = inside!(kit, tenant, |tx| calls::groups(tx, "2026-01-01", "2026-12-31").await.unwrap());
            let counted = groups.iter().fold((0, 0), |a, g| (a.0 + g.calls, a.1 + g.cost_micros));
            let callers = inside!(kit, tenant, |tx| calls::callers(tx, "2026-01-01", "2026-12-31").await.unwrap());
            let all = inside!(kit, tenant, |tx| calls::analytics(tx, &CallFilter::default()).await.unwrap());
            assert_eq!((all.calls, all.cost_micros), counted);
            (counted, callers)
        };
        let before = [sums(&doubles.both[0]).await, sums(&doubles.both[1]).await];
        // A caller of its own, and a price of its own: only its own sums move.
        doubles.each(&kit, &[0, 1], async |me| {
            let other = doubles.both.iter().find(|t| t.id() != me.id()).unwrap();
            let (mine, theirs) = (sums(me).await, sums(other).await);
            let body = sample(me, "call_ended", "three").from("+14505550199").with("/call/call_cost/combined_cost", json!(7.0));
            kit.send(me, &body.body()).await;
            kit.fold_all().await;
            assert_eq!(sums(me).await, ((mine.0.0 + 1, mine.0.1 + 70_000), mine.1 + 1));
            assert_eq!(sums(other).await, theirs);
        }).await;
        // The first of the two is the twin, which had calls before.
        assert!(before[0].0.0 > before[1].0.0 && before[1].0.0 == 2, "{before:?}");
        doubles.end(&kit).await;
    }

    async fn an_hour_is_worth_something_to_each_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.each(&kit, &[0, 1, 0], async |me| {
            let other = doubles.both.iter().find(|t| t.id() != me.id()).unwrap();
            let of = async |tenant: &vestibule_testkit::TestTenant| inside!(kit, tenant, |tx| usage::worth(tx).await.unwrap());
            let (mine, theirs) = (of(me).await, of(other).await);
            let change = WorthChange { hourly_micros: Some(mine.hourly_micros + 1_000_000), ..WorthChange::default() };
            inside!(kit, me, |tx| usage::set_worth(&kit.house, tx, change).await.unwrap());
            assert_eq!((of(me).await.hourly_micros, of(other).await), (mine.hourly_micros + 1_000_000, theirs));
        }).await;
        doubles.end(&kit).await;
    }
}
