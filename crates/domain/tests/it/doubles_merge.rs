//! Two calls of one tenant become one, while another tenant has two of the same ids.

use crate::doubles::{Doubles, doubles, sample, url};
use crate::look::{call, calls, contacts, deliveries};
use serde_json::json;
use vestibule_domain::calls::{self, NewFact};
use vestibule_model::{CallEvent, CallId, FactDoc, FactKind, Status, UnixMs};
use vestibule_store::{tsql, vals};
use vestibule_testkit::{Kit, TestTenant, both_databases, failed, inside};

const MINUTE_MS: i64 = 60_000;

/// Two calls that nothing links yet, by the names that their sources have for them.
struct Two {
    sid: String,
    engines: String,
    into: CallId,
    from: CallId,
}

impl Two {
    /// Gives both tenants two calls of the same ids, over and told of, but not delivered. `first` says whose rows are found
    /// first, `knows` whether the carrier knows the caller.
    async fn of(kit: &Kit, doubles: &Doubles, seed: u64, first: usize, knows: bool) -> Self {
        let (sid, engines) = (format!("CA{seed:032}"), format!("engine_{seed}"));
        let mut ids = Vec::new();
        for tenant in [&doubles.both[first], &doubles.both[1 - first]] {
            kit.courier.always(&url(tenant), Some(failed(500)));
            kit.clock.set(doubles.beginning.plus_ms(i64::try_from(seed).unwrap() * MINUTE_MS));
            kit.entropy.begin_again(seed);
            let before = calls(kit, tenant).await.len();
            carrier(kit, tenant, &sid, knows).await;
            kit.clock.advance_ms(11 * MINUTE_MS);
            kit.fold_all().await;
            engine(kit, tenant, &engines, "call_analyzed", None).await;
            kit.deliver_all().await;
            let all = calls(kit, tenant).await;
            assert_eq!(all.len(), before + 2);
            let id = |name: &str| all.iter().find(|one| one.call.external_id == name).unwrap().call.id;
            ids.push((id(&sid), id(&engines)));
        }
        assert_eq!(ids[0], ids[1], "these are no doubles");
        kit.entropy.begin_again(seed + 100_000);
        Self { sid, engines, into: ids[0].0, from: ids[0].1 }
    }

    /// An event that names both arrives.
    async fn become_one(&self, kit: &Kit, tenant: &TestTenant) {
        engine(kit, tenant, &self.engines, "call_ended", Some(&self.sid)).await;
    }
}

async fn carrier(kit: &Kit, tenant: &TestTenant, sid: &str, knows: bool) {
    let now = kit.house.world.now();
    let doc = FactDoc {
        status: Some(Status::Completed),
        from: knows.then(|| "+14505550188".into()),
        started_at: Some(now),
        ended_at: Some(now.plus_ms(35_000)),
        ..FactDoc::default()
    };
    let event = CallEvent {
        provider: "twilio".into(),
        external_call_id: sid.into(),
        aliases: Vec::new(),
        kind: FactKind::Ended,
        occurred_at: UnixMs(1_795_219_200_000),
        doc,
    };
    let fact_key = format!("twilio:ended:{sid}");
    let fact = NewFact { fact_key, replaces: false, source: "webhook", inbox: None, received_at: now, event };
    inside!(kit, tenant, |tx| calls::ingest(&kit.house, tx, fact, now).await.unwrap());
}

async fn engine(kit: &Kit, tenant: &TestTenant, name: &str, event: &str, sid: Option<&str>) {
    let mut sample = sample(tenant, event, name);
    if let Some(sid) = sid {
        sample = sample.with("/call/telephony_identifier", json!({ "twilio_call_sid": sid }));
    }
    kit.send(tenant, &sample.body()).await;
    kit.fold_all().await;
}

async fn tamper(kit: &Kit, of: &TestTenant, call: CallId, set: &str) {
    let at = |id| kit.database.id_literal(id);
    let sql = format!("UPDATE calls SET {set} WHERE tenant_id = {} AND id = {}", at(of.id().0), at(call.0));
    assert_eq!(kit.database.tamper(&sql).await, 1);
}

/// How many deliveries are about a call.
async fn about(kit: &Kit, tenant: &TestTenant, call: CallId) -> i64 {
    inside!(kit, tenant, |tx| {
        let sql = tsql!("SELECT count(*) AS n FROM deliveries WHERE tenant_id = $1 AND subject_id = $2");
        tx.row(sql, vals![call]).await.unwrap().unwrap().int("n").unwrap()
    })
}

both_databases! {
    async fn two_calls_become_one_alone(kit: Kit) {
        // Here the double itself is to be met first.
        kit.database.without_ghosts();
        let doubles = doubles(&kit).await;
        for (seed, turns) in [(1_000, [0, 1]), (2_000, [1, 0])] {
            let two = Two::of(&kit, &doubles, seed, turns[0], true).await;
            doubles.each(&kit, &turns, async |me| {
                let before = calls(&kit, me).await.len();
                two.become_one(&kit, me).await;
                let all = calls(&kit, me).await;
                let one = all.iter().find(|one| one.call.id == two.into).unwrap();
                assert_eq!((all.len(), one.facts.len()), (before - 1, 3));
                assert_eq!((one.call.provider.as_str(), &one.call.external_id), ("retell", &two.engines));
                assert_eq!(about(&kit, me, two.from).await, 0);
                assert!(about(&kit, me, two.into).await >= 1);
            }).await;
            kit.clock.advance_ms(60 * MINUTE_MS);
        }
        doubles.end(&kit).await;
    }

    async fn a_call_learns_nothing_from_its_double(kit: Kit) {
        // Here the double itself is to be met first.
        kit.database.without_ghosts();
        let doubles = doubles(&kit).await;
        for (seed, first, turn) in [(1_000, 0, 0), (2_000, 0, 1), (3_000, 1, 0), (4_000, 1, 1)] {
            let two = Two::of(&kit, &doubles, seed, first, false).await;
            // Whatever the other's calls say is not said of ours.
            let other = &doubles.both[1 - turn];
            let caller = kit.database.id_literal(contacts(&kit, other).await[0].id.0);
            tamper(&kit, other, two.from, "provider = 'other', external_id = 'other', contact_id = NULL, final_at = NULL").await;
            tamper(&kit, other, two.into, &format!("contact_id = {caller}")).await;
            tamper(&kit, &doubles.both[turn], two.into, "final_at = NULL").await;
            doubles.each(&kit, &[turn], async |me| {
                let of = async || contacts(&kit, me).await[0].calls_count;
                let counted = of().await;
                two.become_one(&kit, me).await;
                let all = calls(&kit, me).await;
                let one = &all.iter().find(|one| one.call.id == two.into).unwrap().call;
                assert_eq!((one.provider.as_str(), &one.external_id), ("retell", &two.engines));
                assert!(one.contact.is_some() && one.final_at.is_some(), "{one:?}");
                assert_eq!(of().await, counted, "the caller of one call was counted once");
            }).await;
        }
        doubles.end(&kit).await;
    }

    async fn a_caller_is_counted_once_whatever_the_double_knows(kit: Kit) {
        // Here the double itself is to be met first.
        kit.database.without_ghosts();
        let doubles = doubles(&kit).await;
        for (seed, first, turn) in [(1_000, 0, 0), (2_000, 1, 0), (3_000, 0, 1), (4_000, 1, 1)] {
            let two = Two::of(&kit, &doubles, seed, first, true).await;
            tamper(&kit, &doubles.both[1 - turn], two.from, "contact_id = NULL").await;
            doubles.each(&kit, &[turn], async |me| {
                let of = async || contacts(&kit, me).await[0].calls_count;
                let counted = of().await;
                two.become_one(&kit, me).await;
                assert_eq!(of().await, counted - 1);
            }).await;
        }
        doubles.end(&kit).await;
    }

    async fn what_was_delivered_stays_whatever_the_double_owes(kit: Kit) {
        // Here the double itself is to be met first.
        kit.database.without_ghosts();
        let doubles = doubles(&kit).await;
        let two = Two::of(&kit, &doubles, 1_000, 0, true).await;
        doubles.each(&kit, &[1], async |me| {
            kit.courier.always(&url(me), None);
            kit.clock.advance_ms(60 * MINUTE_MS);
            assert!(kit.deliver_all().await >= 2);
            let of = async || deliveries(&kit, me).await.iter().filter(|d| d.row.state == "delivered").count();
            let delivered = of().await;
            two.become_one(&kit, me).await;
            assert_eq!(of().await, delivered, "what was delivered was taken back");
            assert_eq!(call(&kit, me).await.facts.len(), 3);
        }).await;
        doubles.end(&kit).await;
    }

    async fn what_only_one_owes_is_about_the_call_that_stays(kit: Kit) {
        // Here the double itself is to be met first.
        kit.database.without_ghosts();
        let doubles = doubles(&kit).await;
        for (seed, first) in [(1_000, 0), (2_000, 1)] {
            let two = Two::of(&kit, &doubles, seed, first, true).await;
            let me = &doubles.both[0];
            // The double still owes of both calls, ours of the younger alone.
            let at = |id| kit.database.id_literal(id);
            let sql = format!("DELETE FROM deliveries WHERE tenant_id = {} AND call_id = {}", at(me.id().0), at(two.into.0));
            assert!(kit.database.tamper(&sql).await >= 1);
            doubles.each(&kit, &[0], async |me| {
                assert!(about(&kit, me, two.from).await >= 1);
                two.become_one(&kit, me).await;
                assert_eq!(about(&kit, me, two.from).await, 0);
            }).await;
        }
        doubles.end(&kit).await;
    }
}
