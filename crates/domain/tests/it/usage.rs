//! Figures equal a recount of the calls, whatever happened to them.

use crate::look::{audited, refused};
use std::collections::{BTreeMap, BTreeSet};
use vestibule_domain::calls::{self, Analytics, CallFilter, CallRow, Group, NewFact};
use vestibule_domain::usage::{self, Days, Report, Worth, WorthChange};
use vestibule_domain::workflows::{self, Tally};
use vestibule_model::{
    CallEvent, Direction, Ending, FactDoc, FactKind, Outcome, Phone, Speaker, Status, Turn, UnixMs,
};
use vestibule_ports::ExecutionStatus;
use vestibule_testkit::{Kit, TestTenant, both_databases, execution, inside};

const ZONE: &str = "America/Toronto";

fn at(text: &str) -> UnixMs {
    UnixMs::parse_rfc3339(text).unwrap()
}

/// What a source says of a call that it knows by a name.
struct Said<'a> {
    provider: &'a str,
    name: String,
    also: Option<(String, String)>,
    kind: FactKind,
    at: UnixMs,
    key: String,
    doc: FactDoc,
}

async fn hear(kit: &Kit, tenant: &TestTenant, said: Said<'_>) {
    let now = kit.house.world.now();
    let event = CallEvent {
        provider: said.provider.into(),
        external_call_id: said.name,
        aliases: said.also.into_iter().collect(),
        kind: said.kind,
        occurred_at: said.at,
        doc: said.doc,
    };
    // An end may be told anew with a price; everything else is once.
    let replaces = said.kind == FactKind::Ended;
    let fact =
        NewFact { fact_key: said.key, replaces, source: "webhook", inbox: None, received_at: now, event };
    inside!(kit, tenant, |tx| calls::ingest(&kit.house, tx, fact, now).await.unwrap());
}

/// A call that was answered and lasted a minute.
async fn a_call(kit: &Kit, tenant: &TestTenant, name: &str, began: UnixMs, cost: Option<i64>) {
    let said = vec![Turn {
        role: Speaker::Caller,
        text: "Bonjour".into(),
        start_ms: None,
        end_ms: None,
        tool_name: None,
    }];
    let doc = FactDoc {
        status: Some(Status::Completed),
        direction: Some(Direction::Inbound),
        from: Some("+18195550142".into()),
        started_at: Some(began),
        duration_ms: Some(60_000),
        cost_micros: cost,
        transcript: Some(said),
        ..FactDoc::default()
    };
    let key = format!("ended:{name}");
    let said =
        Said { provider: "one", name: name.into(), also: None, kind: FactKind::Ended, at: began, key, doc };
    hear(kit, tenant, said).await;
}

async fn every_call(kit: &Kit, tenant: &TestTenant, filter: &CallFilter) -> Vec<CallRow> {
    let filter = CallFilter { limit: 1_000, after: None, ..filter.clone() };
    let mut all = inside!(kit, tenant, |tx| calls::search(tx, &filter).await.unwrap().items);
    all.retain(|call| !call.is_test);
    all
}

/// Of a group: its day and what its calls have in common; how many, their length, how many prices, their price.
type Counted = BTreeMap<(String, String, Option<Direction>, Status, Option<Outcome>), (i64, i64, i64, i64)>;

fn recount(all: &[CallRow]) -> Counted {
    let mut found = Counted::new();
    for call in all {
        let key = (
            call.started_at.local_day(ZONE),
            call.provider.clone(),
            call.direction,
            call.status,
            call.outcome,
        );
        let sums = found.entry(key).or_default();
        sums.0 += 1;
        sums.1 += call.duration_ms.unwrap_or(0);
        sums.2 += i64::from(call.cost_micros.is_some());
        sums.3 += call.cost_micros.unwrap_or(0);
    }
    found
}

fn as_counted(groups: Vec<Group>) -> Counted {
    let number = groups.len();
    let of = |g: Group| {
        (
            (g.day, g.provider, g.direction, g.status, g.outcome),
            (g.calls, g.duration_ms, g.priced, g.cost_micros),
        )
    };
    let found: Counted = groups.into_iter().map(of).collect();
    assert_eq!(found.len(), number, "a group came twice");
    found
}

async fn groups(kit: &Kit, tenant: &TestTenant, since: &str, until: &str) -> Counted {
    as_counted(inside!(kit, tenant, |tx| calls::groups(tx, since, until).await.unwrap()))
}

async fn analytics(kit: &Kit, tenant: &TestTenant, filter: &CallFilter) -> Analytics {
    inside!(kit, tenant, |tx| calls::analytics(tx, filter).await.unwrap())
}

async fn equal_a_recount(kit: &Kit, tenant: &TestTenant) -> usize {
    let all = every_call(kit, tenant, &CallFilter::default()).await;
    assert_eq!(groups(kit, tenant, "2026-10-01", "2026-12-31").await, recount(&all));
    let one_day: Vec<CallRow> =
        all.iter().filter(|c| c.started_at.local_day(ZONE) == "2026-11-01").cloned().collect();
    assert_eq!(groups(kit, tenant, "2026-11-01", "2026-11-01").await, recount(&one_day));
    let other_end = |c: &CallRow| match c.direction {
        Some(Direction::Outbound) => c.to_number.as_deref().and_then(Phone::parse),
        _ => c.from_number.as_deref().and_then(Phone::parse),
    };
    let numbers: BTreeSet<String> =
        all.iter().filter_map(other_end).map(|phone| phone.as_str().to_owned()).collect();
    let callers = inside!(kit, tenant, |tx| calls::callers(tx, "2026-10-01", "2026-12-31").await.unwrap());
    assert_eq!(usize::try_from(callers).unwrap(), numbers.len());
    for filter in filters() {
        let all = every_call(kit, tenant, &filter).await;
        let sum = |of: fn(&CallRow) -> Option<i64>| all.iter().filter_map(of).sum::<i64>();
        let count =
            |of: fn(&CallRow) -> Option<i64>| i64::try_from(all.iter().filter_map(of).count()).unwrap();
        let expected = Analytics {
            calls: i64::try_from(all.len()).unwrap(),
            timed: count(|c| c.duration_ms),
            duration_ms: sum(|c| c.duration_ms),
            priced: count(|c| c.cost_micros),
            cost_micros: sum(|c| c.cost_micros),
        };
        assert_eq!(analytics(kit, tenant, &filter).await, expected, "{filter:?}");
    }
    all.len()
}

fn filters() -> Vec<CallFilter> {
    let all = CallFilter::default;
    let (from, until) = (Some(at("2026-11-01T04:00:00Z")), Some(at("2026-11-02T05:00:00Z")));
    vec![
        all(),
        CallFilter { from, ..all() },
        CallFilter { until, ..all() },
        CallFilter { from, until, outcome: Some(Outcome::Missed), ..all() },
        CallFilter { from, status: Some(Status::Completed), phone: Phone::parse("+18195550101"), ..all() },
        CallFilter { outcome: Some(Outcome::Transferred), ..all() },
        CallFilter { intent: Some(vestibule_model::Intent::Message), ..all() },
    ]
}

/// One of many things that may be said of one of a few calls: in any order, again, late, by either of two names.
fn anything(random: &mut fastrand::Rng) -> Said<'static> {
    let call = random.u8(0..9);
    let (one, two) = (("one", format!("a{call}")), ("two", format!("b{call}")));
    let (me, other) = if random.bool() { (one, two) } else { (two, one) };
    // Some are never known to be one.
    let also = (call < 6 && random.u8(0..4) == 0).then(|| (other.0.to_owned(), other.1));
    let kind =
        *random.choice(&[FactKind::Started, FactKind::Ended, FactKind::Ended, FactKind::Analyzed]).unwrap();
    let began = at("2026-10-31T22:00:00Z").plus_ms(i64::from(call) * 14_400_000);
    let is_over = kind != FactKind::Started;
    let mut doc = FactDoc {
        direction: random.choice([None, Some(Direction::Inbound), Some(Direction::Outbound)]).unwrap(),
        from: Some(format!("+181955501{:02}", random.u8(0..3))),
        to: Some(format!("+181955502{:02}", random.u8(0..3))),
        started_at: random.bool().then(|| began.plus_ms(random.i64(-20_000_000..20_000_000))),
        test: call == 8 && random.u8(0..6) == 0,
        ..FactDoc::default()
    };
    if is_over {
        let status = [Status::Completed, Status::Completed, Status::NoAnswer, Status::Failed];
        doc.status = random.choice(status);
        doc.ending = random.choice([None, None, Some(Ending::Transferred), Some(Ending::NoAnswer)]).unwrap();
        doc.duration_ms = random.bool().then(|| random.i64(0..600_000));
        doc.cost_micros = random.bool().then(|| random.i64(0..900_000));
        doc.message = random.bool().then(|| "Call me back".into());
    }
    let key = format!("{}:{}:{}", kind.as_str(), me.1, random.u8(0..3));
    let at = began.plus_ms(random.i64(0..1_000));
    Said { provider: me.0, name: me.1, also, kind, at, key, doc }
}

both_databases! {
    async fn req_1_29_figures_equal_a_recount_after_repeats_merges_and_late_corrections(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        assert_eq!(tenant.record.timezone, ZONE);
        assert_eq!(equal_a_recount(&kit, &tenant).await, 0, "the twin's calls are the twin's");
        let seed = 20_261_101;
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut most, mut merged) = (0, false);
        for step in 1..=160 {
            let said = anything(&mut random);
            hear(&kit, &tenant, said).await;
            if random.u8(0..12) == 0 {
                // What is over becomes final; what never ended is ended.
                kit.clock.advance_ms(random.i64(0..500_000));
                kit.fold_all().await;
            }
            if step % 16 == 0 {
                let now = equal_a_recount(&kit, &tenant).await;
                merged |= now < most;
                most = most.max(now);
            }
        }
        assert!(most > 9 && merged, "calls were to be made and to become one: {most}");
        let twin = tenant.twin();
        assert!(equal_a_recount(&kit, twin).await > 0);
    }

    async fn req_1_30_a_day_has_as_many_hours_as_it_has(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        // Daylight time ends on the first of November: that day lasts from 04:00 to 05:00 of the next in UTC.
        for (n, began) in ["2026-11-01T03:59:59.999Z", "2026-11-01T04:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z",
            "2026-11-02T04:59:59.999Z", "2026-11-02T05:00:00Z"].iter().enumerate() {
            a_call(&kit, &tenant, &format!("autumn {n}"), at(began), Some(1)).await;
        }
        // It begins on the eighth of March: from 05:00 to 04:00.
        for (n, began) in ["2026-03-08T04:59:59.999Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59.999Z", "2026-03-09T04:00:00Z"].iter().enumerate() {
            a_call(&kit, &tenant, &format!("spring {n}"), at(began), None).await;
        }
        let now = at("2026-11-02T12:00:00Z");
        let by_day = async |since: &str, until: &str| {
            let days = usage::days(Some(since), Some(until), now, ZONE).unwrap();
            let found = inside!(kit, tenant, |tx| usage::figures(tx, &days).await.unwrap());
            let of = |d: &usage::DayFigures| (d.day.clone(), d.figures.calls, d.figures.priced);
            found.days.iter().map(of).collect::<Vec<_>>()
        };
        let said = |day: &str, calls: i64, priced: i64| (day.to_owned(), calls, priced);
        assert_eq!(by_day("2026-10-30", "2026-11-02").await,
            [said("2026-10-30", 0, 0), said("2026-10-31", 1, 1), said("2026-11-01", 4, 4), said("2026-11-02", 1, 1)]);
        assert_eq!(by_day("2026-03-07", "2026-03-09").await, [said("2026-03-07", 1, 0), said("2026-03-08", 2, 0), said("2026-03-09", 1, 0)]);
    }

    async fn req_0_32_a_billing_period_holds_its_calls_executions_costs_and_worth(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let now = at("2026-11-30T12:00:00Z");
        let report = async |period: &str| -> Report {
            let days: Days = usage::month(Some(period), now, ZONE).unwrap();
            inside!(kit, tenant, |tx| usage::report(tx, &days, ZONE).await.unwrap())
        };
        let nothing = report("current_month").await;
        assert_eq!((nothing.calls.total, nothing.executions), (usage::Figures::default(), Tally::default()));
        // The last instant of October, the first and the last of November, the first of December.
        for (n, began) in ["2026-11-01T03:59:59.999Z", "2026-11-01T04:00:00Z", "2026-12-01T04:59:59.999Z", "2026-12-01T05:00:00Z"].iter().enumerate() {
            a_call(&kit, &tenant, &format!("{n}"), at(began), (n != 1).then_some(100_000)).await;
        }
        let november = report("2026-11").await;
        let total = november.calls.total;
        assert_eq!((total.calls, total.answered, total.duration_ms, total.priced, total.cost_micros), (2, 2, 120_000, 1, 100_000));
        assert_eq!(november.calls.days.len(), 30);
        assert_eq!((report("previous_month").await.calls.total.calls, report("2026-12").await.calls.total.calls), (1, 1));
        // Two calls of a minute, three minutes after each: eight minutes at 25 an hour.
        assert_eq!((november.estimate.saved_ms, november.estimate.value_micros), (480_000, 3_333_333));
        assert_eq!(november.estimate.net_micros, Some(3_233_333));
        // The price of the other one comes late, and another is corrected.
        a_call(&kit, &tenant, "1", at("2026-11-01T04:00:00Z"), Some(70_000)).await;
        a_call(&kit, &tenant, "2", at("2026-12-01T04:59:59.999Z"), Some(90_000)).await;
        let total = report("2026-11").await.calls.total;
        assert_eq!((total.calls, total.priced, total.cost_micros), (2, 2, 160_000));
    }

    async fn req_0_33_executions_are_counted_by_how_they_stand(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let url = &tenant.endpoint.url;
        let config = serde_json::json!({ "instance_url": "https://n8n.test", "workflow_id": "wf1" });
        let key = secrecy::SecretString::from("a key of the engine");
        inside!(kit, tenant, |tx| {
            vestibule_domain::outbox::set_config(&kit.house, tx, tenant.endpoint.id, &config, Some(&key)).await.unwrap();
            workflows::watch(&kit.house, tx, tenant.endpoint.id).await.unwrap();
        });
        let now = kit.house.world.now();
        use ExecutionStatus::{Canceled, Error, Running, Success, Waiting};
        for (n, status) in [Success, Success, Success, Error, Canceled, Running, Waiting].into_iter().enumerate() {
            kit.workflows.put(url, execution(&n.to_string(), status, now.plus_ms(i64::try_from(n).unwrap())));
        }
        assert_eq!(kit.watch_all().await, 1);
        let tally = async |since: i64, until: i64| {
            inside!(kit, tenant, |tx| workflows::tally(tx, now.plus_ms(since), now.plus_ms(until)).await.unwrap())
        };
        let all = tally(0, 7).await;
        assert_eq!(tally(-864_000_000, 864_000_000).await, all, "the twin's executions are the twin's");
        let of_twin = inside!(kit, tenant.twin(), |tx| workflows::tally(tx, now.plus_ms(-864_000_000), now.plus_ms(864_000_000)).await.unwrap());
        assert!(of_twin.total > 0, "and it has some");
        assert_eq!(all, Tally { total: 7, success: 3, error: 1, canceled: 1, open: 2 });
        assert_eq!((all.success_rate(), Tally::default().success_rate()), (Some(0.75), None));
        assert_eq!(tally(1, 3).await, Tally { total: 2, success: 2, ..Tally::default() });
        assert_eq!(tally(-10, 0).await, Tally::default());
    }

    async fn req_0_34_a_tenant_says_what_an_hour_is_worth(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let worth = async || inside!(kit, tenant, |tx| usage::worth(tx).await.unwrap());
        assert_eq!(worth().await, Worth::default());
        let set = async |change: WorthChange| {
            let mut tx = kit.house.db.write_in(&tenant.scope).await.unwrap();
            let mut inside = tx.tenant(&tenant.scope).await.unwrap();
            let done = usage::set_worth(&kit.house, &mut inside, change).await;
            tx.commit().await.unwrap();
            done
        };
        kit.clock.advance_ms(1);
        let said = set(WorthChange { hourly_micros: Some(42_500_000), currency: Some("CAD".into()), ..WorthChange::default() }).await.unwrap();
        let expected = Worth { hourly_micros: 42_500_000, currency: "CAD".into(), after_call_ms: 180_000, updated_at: Some(kit.house.world.now()) };
        assert_eq!((said, worth().await), (expected.clone(), expected.clone()));
        assert_eq!(audited(&kit, &tenant).await[0].0, "usage.worth_changed");
        kit.clock.advance_ms(1);
        let again = set(WorthChange { currency: Some("CAD".into()), ..WorthChange::default() }).await.unwrap();
        assert_eq!(again, expected, "the same words change nothing");
        let later = set(WorthChange { after_call_ms: Some(0), ..WorthChange::default() }).await.unwrap();
        assert_eq!((later.hourly_micros, later.after_call_ms), (42_500_000, 0));
        for bad in [
            WorthChange { hourly_micros: Some(-1), ..WorthChange::default() },
            WorthChange { hourly_micros: Some(10_000_000_001), ..WorthChange::default() },
            WorthChange { currency: Some("cad".into()), ..WorthChange::default() },
            WorthChange { after_call_ms: Some(3_600_001), ..WorthChange::default() },
        ] {
            assert_eq!(refused(set(bad).await), "invalid");
        }
        assert_eq!(worth().await, later);
    }
}
