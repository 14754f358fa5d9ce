//! The inbox: every event once, and what became of it.

use crate::look::{call, calls, events};
use futures::future::join_all;
use serde_json::json;
use std::sync::Arc;
use vestibule_domain::inbox::{Accepted, InboxFolder};
use vestibule_store::Db;
use vestibule_testkit::{Engine, both_databases, call_webhooks, run};

both_databases! {
    async fn req_1_14_duplicates_are_one_record(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let body = tenant.sample("call_ended").body();
        let first = kit.send(&tenant, &body).await;
        assert!(matches!(first, Accepted::New(_)));
        assert_eq!(kit.send(&tenant, &body).await, Accepted::Duplicate);
        kit.fold_all().await;
        kit.clock.advance_ms(1_000);
        assert_eq!(kit.send(&tenant, &body).await, Accepted::Duplicate, "also after it was processed");
        assert_eq!(kit.restarted().await.send(&tenant, &body).await, Accepted::Duplicate, "also after a restart");
        kit.fold_all().await;
        assert_eq!(events(&kit, &tenant).await.len(), 1);
        assert_eq!(call(&kit, &tenant).await.facts.len(), 1);
    }

    async fn duplicates_at_the_same_moment_are_one_record(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let body = tenant.sample("call_ended").body();
        let answers = join_all((0..6).map(|_| kit.send(&tenant, &body))).await;
        assert_eq!(answers.iter().filter(|a| matches!(a, Accepted::New(_))).count(), 1);
        assert_eq!(events(&kit, &tenant).await.len(), 1);
    }

    async fn another_body_under_the_same_key_is_a_revision_and_counts_too(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &tenant.sample("call_analyzed").body()).await;
        kit.clock.advance_ms(5);
        let later = tenant.sample("call_analyzed").later(1).with("/call/call_analysis/call_summary", json!("Revised."));
        assert!(matches!(kit.send(&tenant, &later.body()).await, Accepted::New(_)));
        kit.fold_all().await;
        let kept = events(&kit, &tenant).await;
        assert_eq!(kept.iter().map(|e| (e.revision, e.state.as_str())).collect::<Vec<_>>(), [(1, "folded"), (0, "folded")]);
        let call = call(&kit, &tenant).await;
        assert_eq!((call.facts.len(), call.call.summary.as_deref()), (2, Some("Revised.")));
        assert!(kept.iter().all(|e| e.call == Some(call.call.id)));
    }

    async fn what_is_no_json_is_kept_and_said_to_be_so(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for (body, reason) in [
            (&b"not json"[..], "not_json"),
            (b"{}", "no_event"),
            (br#"{"event":"call_ended","call":{}}"#, "no_call_id"),
        ] {
            kit.clock.advance_ms(1);
            assert!(matches!(kit.send(&tenant, body).await, Accepted::New(_)));
            assert_eq!(kit.send(&tenant, body).await, Accepted::Duplicate);
            assert_eq!(kit.fold_all().await, 0, "there is nothing to process");
            let newest = &events(&kit, &tenant).await[0];
            assert_eq!((newest.state.as_str(), newest.reason.as_deref()), ("unprocessable", Some(reason)));
            assert_eq!(newest.size_bytes, i64::try_from(body.len()).unwrap());
        }
        assert!(calls(&kit, &tenant).await.is_empty());
    }

    async fn an_event_of_no_use_is_ignored(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let body = tenant.sample("call_ended").with("/event", json!("invented_in_2027")).body();
        kit.send(&tenant, &body).await;
        assert_eq!(kit.fold_all().await, 0);
        let kept = &events(&kit, &tenant).await[0];
        assert_eq!((kept.event_name.as_str(), kept.state.as_str(), kept.reason.as_deref()), ("invented_in_2027", "ignored", Some("unsupported_event")));
    }

    async fn a_failure_is_kept_shown_and_tried_again(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &tenant.sample("call_started").body()).await;
        kit.clock.advance_ms(1);
        kit.send(&tenant, &tenant.sample("call_started_web").body()).await;
        // A program that does not know the provider: an older one, say.
        let db = kit.database.open(kit.house.world.clone()).await;
        let lame = kit.over(db, Vec::new());
        for tries in 1..=3 {
            assert_eq!(lame.fold_once(Arc::new(InboxFolder::new(lame.house.clone()))).await, 0);
            let kept = &events(&kit, &tenant).await[0];
            assert_eq!((kept.state.as_str(), kept.reason.as_deref(), kept.attempts), ("failed", Some("processing_failed"), tries));
            assert_eq!(kit.fold_all().await, 0, "it waits before it is tried again");
            kit.clock.advance_ms([1_000, 5_000, 30_000][usize::try_from(tries - 1).unwrap()]);
        }
        assert_eq!(kit.fold_all().await, 2);
        let kept = events(&kit, &tenant).await;
        assert!(kept.iter().all(|e| e.state == "folded" && e.reason.is_none() && e.attempts == 3), "{kept:?}");
        assert_eq!(calls(&kit, &tenant).await.len(), 2);
    }

    async fn a_forged_request_leaves_nothing(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let body = tenant.sample("call_ended").body();
        let twin_key = &tenant.twin().retell_key;
        assert_eq!(kit.try_send(&tenant.hook_token, twin_key, &body).await.unwrap_err().code(), "signature_mismatch");
        assert_eq!(kit.try_send("no-such-token", twin_key, &body).await.unwrap_err().code(), "not_found");
        let stale = vestibule_testkit::sign_retell(&tenant.retell_key, &body, kit.house.world.now().plus_ms(-300_001));
        assert_eq!(kit.try_send_signed(&tenant.hook_token, &stale, &body).await.unwrap_err().code(), "signature_stale");
        assert!(events(&kit, &tenant).await.is_empty());
    }

    async fn events_come_in_pages(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for n in 0..5 {
            kit.clock.advance_ms(1);
            kit.send(&tenant, &tenant.sample("call_started").call(&format!("c{n}")).body()).await;
        }
        let mut after = None;
        let mut seen = Vec::new();
        loop {
            let page = vestibule_testkit::inside!(kit, tenant, |tx| {
                vestibule_domain::inbox::list(tx, Some("pending"), after, 2).await.unwrap()
            });
            assert!(page.items.len() <= 2);
            seen.extend(page.items.iter().map(|e| e.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let all: Vec<_> = events(&kit, &tenant).await.iter().map(|e| e.id).collect();
        assert_eq!((seen.len(), &seen), (5, &all));
    }
}

/// A node whose clock is ahead of the database's must not let its events wait.
#[test]
fn a_clock_that_is_ahead_delays_nothing() {
    run(Engine::PostgresRls, |kit| async move {
        let tenant = kit.tenant("north-shore").await;
        // The year 2100, and leases by the database's clock.
        kit.clock.set(vestibule_model::UnixMs(4_102_444_800_000));
        let db = Db::open(&kit.database.config(), kit.house.world.clone()).await.unwrap();
        let ahead = kit.over(db, call_webhooks());
        for name in ["call_started", "call_analyzed"] {
            ahead.send(&tenant, &tenant.sample(name).body()).await;
        }
        assert_eq!(ahead.fold_all().await, 2);
        assert_eq!(ahead.deliver_all().await, 1);
    });
}
