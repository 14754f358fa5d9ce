//! Events and calls of two tenants whose rows have the same ids.

use crate::doubles::{Doubles, doubles, sample};
use crate::look::events;
use futures::future::BoxFuture;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use vestibule_domain::calls::{self, CallDetail, CallFilter, NewFact};
use vestibule_domain::inbox::{self, InboxFolder};
use vestibule_model::{CallEvent, FactDoc, FactKind, UnixMs};
use vestibule_ports::{Address, CallWebhooks, Identity, Inbound, NormalizeFault, VerifyFault};
use vestibule_store::queue::{FoldHandler, Job, Verdict};
use vestibule_store::{StoreError, TenantTx, tsql};
use vestibule_testkit::{Engine, Kit, TestTenant, both_databases, inside};
use vestibule_vault::Credentials;

/// A provider whose words nobody understands.
struct Gibberish;

impl CallWebhooks for Gibberish {
    fn name(&self) -> &'static str {
        "retell"
    }
    fn spec(&self) -> &'static vestibule_ports::spec::ProviderSpec {
        unreachable!("nobody connects it")
    }
    fn is_signed(&self, _: &Inbound<'_>) -> bool {
        unreachable!("nothing comes by a door")
    }
    fn address(&self, _: &Inbound<'_>) -> Address {
        unreachable!("nothing comes by a door")
    }
    fn verify(&self, _: &[Credentials], _: &Inbound<'_>) -> Result<(), VerifyFault> {
        unreachable!("nothing comes by a door")
    }
    fn identify(&self, _: &Address) -> Identity {
        unreachable!("nothing comes by a door")
    }
    fn normalize(&self, _: &[u8]) -> Result<Vec<CallEvent>, NormalizeFault> {
        Err(NormalizeFault { code: "gibberish", detail: "call".into() })
    }
}

/// Says who called, in a call that is over.
async fn analyzed(kit: &Kit, tenant: &TestTenant, call: &str, later: i64, summary: &str) {
    let body = sample(tenant, "call_analyzed", call)
        .later(later)
        .with("/call/call_analysis/call_summary", json!(summary))
        .with("/call/call_analysis/custom_analysis_data/intent", json!("booking"))
        .with(
            "/call/call_analysis/custom_analysis_data/caller_name",
            json!(format!("Of {}", tenant.record.slug)),
        );
    kit.send(tenant, &body.body()).await;
}

fn tells_of_itself(found: &CallDetail, tenant: &TestTenant) {
    assert_eq!(found.call.agent_name.as_deref(), Some(tenant.record.slug.as_str()));
}

async fn revision(kit: &Kit, doubles: &Doubles, tenant: &TestTenant) -> i64 {
    doubles.call(kit, tenant, "one").await.call.revision
}

/// What is owed because of a call, besides its beginning.
async fn told(kit: &Kit, tenant: &TestTenant, found: &CallDetail) -> Vec<String> {
    inside!(kit, tenant, |tx| {
        let sql = tsql!(
            "SELECT event_type AS told FROM deliveries WHERE tenant_id = $1 AND call_id = $2
             AND event_type <> 'call.call-started' ORDER BY id"
        );
        let rows = tx.rows(sql, &[found.call.id.into()]).await.unwrap();
        rows.iter().map(|row| row.text("told").unwrap()).collect()
    })
}

both_databases! {
    async fn a_call_is_shown_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended"]).await;
        doubles.hear(&kit, 2_000, 1, "two", &["call_started", "call_ended"]).await;
        for tenant in &doubles.both {
            for (call, later) in [("one", 1), ("two", 2)] {
                analyzed(&kit, tenant, call, later, &tenant.record.slug).await;
            }
            kit.fold_all().await;
        }
        for tenant in &doubles.both {
            let page = inside!(kit, tenant, |tx| calls::search(tx, &CallFilter { limit: 50, ..CallFilter::default() }).await.unwrap());
            let mut of: Vec<_> = page.items.iter().filter(|one| ["one", "two"].contains(&one.external_id.as_str())).map(|one| one.contact_name.clone()).collect();
            of.dedup();
            assert_eq!(of, [Some(format!("Of {}", tenant.record.slug))]);
            for call in ["one", "two"] {
                let found = doubles.call(&kit, tenant, call).await;
                tells_of_itself(&found, tenant);
                assert_eq!(found.facts.len(), 3);
                assert_eq!(found.call.contact_name, Some(format!("Of {}", tenant.record.slug)));
                assert_eq!(inside!(kit, tenant, |tx| inbox::of_call(tx, found.call.id).await.unwrap()).len(), 3);
            }
        }
        doubles.end(&kit).await;
    }

    async fn a_call_learns_from_its_own_events_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended"]).await;
        // Whoever comes first is one change ahead of the other.
        for (n, turns) in (1..).zip([[0, 1], [1, 0], [0, 1]]) {
            doubles.each(&kit, &turns, async |me| {
                let before = revision(&kit, &doubles, me).await;
                let summary = format!("{n} of {}", me.record.slug);
                analyzed(&kit, me, "one", n * 10, &summary).await;
                assert_eq!(kit.fold_all().await, 1);
                let found = doubles.call(&kit, me, "one").await;
                tells_of_itself(&found, me);
                assert_eq!(found.call.summary.as_ref(), Some(&summary));
                assert_eq!((found.facts.len(), found.call.revision), (2 + usize::try_from(n).unwrap(), before + 1));
            }).await;
        }
        doubles.end(&kit).await;
    }

    async fn a_call_moves_in_the_lists_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        doubles.each(&kit, &[0, 1], async |me| {
            let before = doubles.call(&kit, me, "one").await.call.started_at;
            // It began sooner than was thought.
            let earlier = before.plus_ms(-7_000);
            let body = sample(me, "call_ended", "one").with("/call/start_timestamp", json!(earlier.0));
            kit.send(me, &body.body()).await;
            assert_eq!(kit.fold_all().await, 1);
            assert_eq!(doubles.call(&kit, me, "one").await.call.started_at, earlier);
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_call_is_settled_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended"]).await;
        doubles.hear(&kit, 2_000, 1, "two", &["call_started", "call_ended"]).await;
        kit.clock.advance_ms(60_000);
        doubles.each(&kit, &[0, 1], async |me| {
            assert!(doubles.call(&kit, me, "one").await.call.final_at.is_none());
            assert_eq!(kit.fold_all().await, 2);
            for call in ["one", "two"] {
                let found = doubles.call(&kit, me, call).await;
                tells_of_itself(&found, me);
                assert!(found.call.final_at.is_some(), "it was not settled");
                assert_eq!(told(&kit, me, &found).await, ["call.call-ended"], "it was taken for its double");
            }
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_call_is_settled_while_somebody_works_at_its_double(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended"]).await;
        if kit.engine == Engine::Sqlite {
            return doubles.end(&kit).await;
        }
        kit.clock.advance_ms(60_000);
        let other = &doubles.both[0];
        doubles.each(&kit, &[1], async |me| {
            let mut held = kit.house.db.write_in(&other.scope).await.unwrap();
            let sql = tsql!(
                sqlite: "SELECT h.id FROM calls h WHERE h.tenant_id = $1",
                pg: "SELECT h.id FROM calls h WHERE h.tenant_id = $1 FOR UPDATE"
            );
            assert!(!held.tenant(&other.scope).await.unwrap().rows(sql, &[]).await.unwrap().is_empty());
            let settled = tokio::time::timeout(Duration::from_secs(10), kit.fold_all()).await;
            assert_eq!(settled.expect("it waits for the double's call"), 1);
            assert!(doubles.call(&kit, me, "one").await.call.final_at.is_some());
            held.rollback().await.unwrap();
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_call_is_settled_alone_whoever_is_first(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 1, "one", &["call_started"]).await;
        // Its end never comes.
        kit.clock.advance_ms(600_000);
        doubles.each(&kit, &[1, 0], async |me| {
            assert!(kit.fold_all().await >= 1);
            let found = doubles.call(&kit, me, "one").await;
            tells_of_itself(&found, me);
            assert!(found.call.final_at.is_some(), "it was not settled");
            assert_eq!(found.facts.len(), 2);
        }).await;
        doubles.end(&kit).await;
    }

    async fn an_event_that_cannot_be_read_is_marked_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        // Later than what was there: ids of one instant have no order.
        kit.clock.advance_ms(1);
        let beginning = kit.house.world.now();
        for tenant in &doubles.both {
            kit.clock.set(beginning);
            kit.entropy.begin_again(7_000);
            analyzed(&kit, tenant, "one", 0, "once").await;
        }
        kit.entropy.begin_again(7_001);
        let db = kit.database.open(kit.house.world.clone()).await;
        let deaf = kit.over(db, vec![Arc::new(Gibberish)]);
        doubles.each(&kit, &[0, 1], async |me| {
            assert_eq!(deaf.fold_once(Arc::new(InboxFolder::new(deaf.house.clone()))).await, 1);
            let event = events(&kit, me).await.remove(0);
            assert_eq!((event.state.as_str(), event.reason.as_deref()), ("unprocessable", Some("gibberish")));
        }).await;
        doubles.end(&kit).await;
    }

    async fn an_event_fails_and_is_processed_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        // Later than what was there: ids of one instant have no order.
        kit.clock.advance_ms(1);
        let beginning = kit.house.world.now();
        let mut ids = Vec::new();
        for tenant in &doubles.both {
            kit.clock.set(beginning);
            kit.entropy.begin_again(7_000);
            analyzed(&kit, tenant, "one", 0, "once").await;
            ids.push(events(&kit, tenant).await[0].id);
        }
        assert_eq!(ids[0], ids[1]);
        kit.entropy.begin_again(7_001);
        // A program that does not know the provider fails; then another one does it.
        let db = kit.database.open(kit.house.world.clone()).await;
        let lame = kit.over(db, Vec::new());
        doubles.each(&kit, &[0, 1, 0], async |me| {
            let tries = events(&kit, me).await[0].attempts;
            assert_eq!(lame.fold_once(Arc::new(InboxFolder::new(lame.house.clone()))).await, 0);
            let event = events(&kit, me).await.remove(0);
            assert_eq!((event.state.as_str(), event.attempts), ("failed", tries + 1));
            kit.clock.advance_ms(30_000);
        }).await;
        doubles.each(&kit, &[0, 1], async |me| {
            assert!(kit.fold_all().await >= 1);
            assert_eq!(events(&kit, me).await[0].state, "folded");
            tells_of_itself(&doubles.call(&kit, me, "one").await, me);
        }).await;
        doubles.end(&kit).await;
    }

    async fn another_word_takes_the_place_of_ours_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 1, "one", &["call_started", "call_analyzed"]).await;
        let say = async |of: &TestTenant, later: i64| {
            let event = CallEvent {
                provider: "retell".into(),
                external_call_id: "one".into(),
                aliases: Vec::new(),
                kind: FactKind::Ended,
                occurred_at: UnixMs(1_795_219_200_000 + later),
                doc: FactDoc { summary: Some(format!("Said at {later} by {}", of.record.slug)), ..FactDoc::default() },
            };
            let now = kit.house.world.now();
            let fact = NewFact { fact_key: "compared".into(), replaces: true, source: "reconcile", inbox: None, received_at: now, event };
            inside!(kit, of, |tx| calls::ingest(&kit.house, tx, fact, now).await.unwrap());
        };
        for tenant in &doubles.both {
            say(tenant, 1).await;
        }
        doubles.each(&kit, &[0, 1], async |me| {
            let before = doubles.call(&kit, me, "one").await.facts.len();
            say(me, 2).await;
            assert_eq!(doubles.call(&kit, me, "one").await.facts.len(), before);
        }).await;
        doubles.end(&kit).await;
    }

    async fn the_caller_of_a_call_is_not_the_doubles(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 1, "one", &["call_started"]).await;
        for (turn, number) in [(0, "+14505550101"), (1, "+14505550102")] {
            let tenant = kit.database.id_literal(doubles.both[turn].id().0);
            let sql = format!("UPDATE calls SET caller_number = '{number}' WHERE tenant_id = {tenant} AND external_id = 'one'");
            assert_eq!(kit.database.tamper(&sql).await, 1);
        }
        for (turn, number) in [(0, "+14505550101"), (1, "+14505550102")] {
            let me = &doubles.both[turn];
            let found = inside!(kit, me, |tx| calls::caller_of(tx, "retell", "one").await.unwrap());
            assert_eq!(found.as_ref().map(|phone| phone.as_str()), Some(number));
        }
        doubles.end(&kit).await;
    }

    async fn an_event_that_was_not_read_ahead_is_ours(kit: Kit) {
        let doubles = doubles(&kit).await;
        for (seed, turns) in [(1_000, [0, 1]), (2_000, [1, 0])] {
            for turn in turns {
                kit.clock.set(doubles.beginning.plus_ms(i64::try_from(seed).unwrap()));
                kit.entropy.begin_again(seed);
                let me = &doubles.both[turn];
                kit.send(me, &sample(me, "call_started", &format!("call_{seed}")).body()).await;
            }
            doubles.each(&kit, &turns, async |me| {
                assert_eq!(kit.fold_once(Arc::new(Blind(InboxFolder::new(kit.house.clone())))).await, 1);
                assert!(events(&kit, me).await.iter().all(|event| event.state == "folded"));
            }).await;
        }
        doubles.end(&kit).await;
    }
}

/// The worker of the inbox as it is when it had no time to read ahead.
struct Blind(InboxFolder);

impl FoldHandler for Blind {
    fn queue(&self) -> &'static str {
        self.0.queue()
    }
    fn work<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        jobs: &'a [Job],
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Vec<Verdict>, StoreError>> {
        self.0.work(tx, jobs, now)
    }
    fn failed<'a>(
        &'a self,
        tx: &'a mut TenantTx<'_>,
        job: &'a Job,
        error: &'a StoreError,
        now: UnixMs,
    ) -> BoxFuture<'a, Result<Option<UnixMs>, StoreError>> {
        self.0.failed(tx, job, error, now)
    }
}
