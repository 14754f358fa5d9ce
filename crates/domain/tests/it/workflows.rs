//! What became of a delivery at the other side: executions told by answers and found by looking.

use crate::look::{audited, delivery, refused};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_domain::outbox::{self, EndpointChange, NewEndpoint};
use vestibule_domain::workflows::{self, ExecutionFilter, ExecutionRow, WatchRow};
use vestibule_ports::{EngineFault, ExecutionStatus, ProviderFaultKind, Receipt};
use vestibule_testkit::{
    BEGINNING, ENGINE_PAGE, Kit, TestTenant, both_databases, delivered, execution, failed, inside,
};

/// Gives the tenant's endpoint a workflow and a key, and has it watched.
async fn watched(kit: &Kit, tenant: &TestTenant) {
    let config = json!({ "instance_url": "https://n8n.test", "workflow_id": "wf1" });
    let key = SecretString::from("a key of the engine");
    inside!(kit, tenant, |tx| {
        outbox::set_config(&kit.house, tx, tenant.endpoint.id, &config, Some(&key)).await.unwrap();
        workflows::watch(&kit.house, tx, tenant.endpoint.id).await.unwrap();
    });
}

async fn all(kit: &Kit, tenant: &TestTenant) -> Vec<ExecutionRow> {
    let filter = ExecutionFilter { limit: 500, ..ExecutionFilter::default() };
    inside!(kit, tenant, |tx| workflows::list(&kit.house, tx, &filter).await.unwrap().items)
}

fn short(rows: &[ExecutionRow]) -> Vec<(&str, &str)> {
    rows.iter().map(|row| (row.external_id.as_str(), row.status.as_str())).collect()
}

async fn watch_row(kit: &Kit, tenant: &TestTenant) -> WatchRow {
    inside!(kit, tenant, |tx| workflows::watch_of(tx, &tenant.endpoint).await.unwrap().unwrap())
}

async fn a_call(kit: &Kit, tenant: &TestTenant) {
    kit.send(tenant, &tenant.sample("call_analyzed_not_connected").body()).await;
    kit.fold_all().await;
    kit.deliver_all().await;
}

fn fault(kind: ProviderFaultKind, code: &'static str) -> EngineFault {
    EngineFault::new(kind, code)
}

both_databases! {
    async fn req_0_10_the_answer_to_a_delivery_names_its_execution(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        // A refusal can name one as well: the workflow ran and failed.
        let first = Receipt { execution_id: Some("53".into()), ..failed(500) };
        kit.courier.script(&tenant.endpoint.url, [first, Receipt { execution_id: None, ..delivered() }]);
        a_call(&kit, &tenant).await;
        kit.clock.advance_ms(1_100);
        kit.deliver_all().await;
        let rows = all(&kit, &tenant).await;
        assert_eq!(short(&rows), [("53", "UNKNOWN")]);
        let told = delivery(&kit, &tenant).await;
        assert_eq!((rows[0].delivery, rows[0].started_at), (Some(told.row.id), told.attempts[0].started_at));
        assert_eq!((rows[0].endpoint, rows[0].stopped_at, rows[0].page.as_deref()), (tenant.endpoint.id, None, None));
        assert_eq!(told.attempts.len(), 2, "an answer without a name adds nothing");
    }

    async fn req_0_10_a_look_says_how_each_execution_went(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        watched(&kit, &tenant).await;
        a_call(&kit, &tenant).await;
        assert_eq!(short(&all(&kit, &tenant).await), [("54", "UNKNOWN")]);
        let url = &tenant.endpoint.url;
        let began = BEGINNING.plus_ms(500);
        kit.workflows.put(url, execution("54", ExecutionStatus::Running, began));
        kit.workflows.put(url, execution("55", ExecutionStatus::Error, began.plus_ms(10)));
        assert_eq!(kit.watch_all().await, 1);
        let rows = all(&kit, &tenant).await;
        assert_eq!(short(&rows), [("55", "ERROR"), ("54", "RUNNING")]);
        assert_eq!((rows[0].delivery, rows[0].stopped_at), (None, Some(began.plus_ms(130))), "nobody of ours started it");
        assert_eq!(rows[1].delivery, Some(delivery(&kit, &tenant).await.row.id));
        assert_eq!((rows[1].started_at, rows[1].mode.as_deref(), rows[1].workflow.as_deref()), (began, Some("webhook"), Some("wf1")));
        assert_eq!(rows[1].page.as_deref(), Some("https://n8n.test/workflow/wf1/executions/54"));
        let asked = kit.workflows.asked();
        assert_eq!(asked.iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>(), ["executions -"], "what the list tells is not asked for again");
        assert_eq!(asked[0].1.key.as_ref().unwrap().expose_secret(), "a key of the engine");
        // It ends; the other one is over and stays so, whatever is said of it.
        kit.workflows.put(url, execution("54", ExecutionStatus::Success, began));
        kit.workflows.put(url, execution("55", ExecutionStatus::Running, began.plus_ms(10)));
        assert_eq!(kit.watch_all().await, 0, "too soon");
        kit.clock.advance_ms(60_000);
        assert_eq!(kit.watch_all().await, 1);
        assert_eq!(short(&all(&kit, &tenant).await), [("55", "ERROR"), ("54", "SUCCESS")]);
        assert_eq!(watch_row(&kit, &tenant).await, WatchRow { checked_at: kit.house.world.now(), last_error: None, error_since: None });
    }

    async fn an_execution_is_one_whoever_tells_of_it_first(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        watched(&kit, &tenant).await;
        kit.workflows.put(&tenant.endpoint.url, execution("54", ExecutionStatus::Success, BEGINNING));
        kit.watch_all().await;
        assert_eq!(all(&kit, &tenant).await[0].delivery, None);
        a_call(&kit, &tenant).await;
        let rows = all(&kit, &tenant).await;
        assert_eq!(short(&rows), [("54", "SUCCESS")]);
        let told = delivery(&kit, &tenant).await.row.id;
        assert_eq!(rows[0].delivery, Some(told));
        // Another delivery that is answered with the same name does not take it away.
        kit.clock.advance_ms(10);
        kit.send(&tenant, &tenant.sample("call_analyzed_not_connected").call("another").body()).await;
        kit.fold_all().await;
        kit.deliver_all().await;
        assert_eq!(all(&kit, &tenant).await[0].delivery, Some(told));
    }

    async fn many_executions_are_read_over_several_looks(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        watched(&kit, &tenant).await;
        let url = &tenant.endpoint.url;
        let count = ENGINE_PAGE * 7 + 1;
        for n in 0..count {
            let at = BEGINNING.plus_ms(i64::try_from(n).unwrap() * 1_000 - 60_000);
            kit.workflows.put(url, execution(&format!("{n}"), ExecutionStatus::Success, at));
        }
        assert_eq!(kit.watch_all().await, 1);
        assert_eq!(kit.workflows.asked().len(), 5, "a look is bounded");
        assert_eq!(all(&kit, &tenant).await.len(), ENGINE_PAGE * 5);
        // Meanwhile there is a new one; the old ones are read to the end first.
        let newest = execution("newest", ExecutionStatus::Success, BEGINNING.plus_ms(500));
        kit.workflows.put(url, newest);
        kit.clock.advance_ms(1_000);
        assert_eq!(kit.watch_all().await, 1);
        assert_eq!(kit.workflows.asked()[0].0, "executions 7", "it goes on where it was");
        assert_eq!(all(&kit, &tenant).await.len(), count);
        kit.clock.advance_ms(60_000);
        assert_eq!(kit.watch_all().await, 1);
        assert_eq!(all(&kit, &tenant).await[0].external_id, "newest");
        assert_eq!(all(&kit, &tenant).await.len(), count + 1);
        // From then on a look goes back a little, not to the beginning.
        kit.workflows.asked();
        kit.clock.advance_ms(3_600_000);
        kit.workflows.put(url, execution("later", ExecutionStatus::Success, BEGINNING.plus_ms(3_600_000)));
        for _ in 0..5 {
            kit.workflows.asked();
            kit.clock.advance_ms(60_000);
            assert_eq!(kit.watch_all().await, 1);
        }
        assert_eq!(all(&kit, &tenant).await[0].external_id, "later");
        assert_eq!(kit.workflows.asked().len(), 1);
    }

    async fn one_that_takes_long_is_asked_for_by_its_id(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        watched(&kit, &tenant).await;
        let url = &tenant.endpoint.url;
        kit.workflows.put(url, execution("1", ExecutionStatus::Waiting, BEGINNING.plus_ms(-3 * 3_600_000)));
        kit.workflows.put(url, execution("2", ExecutionStatus::Running, BEGINNING.plus_ms(-2 * 3_600_000)));
        kit.workflows.put(url, execution("3", ExecutionStatus::Success, BEGINNING));
        kit.watch_all().await;
        kit.workflows.asked();
        kit.workflows.put(url, execution("1", ExecutionStatus::Canceled, BEGINNING.plus_ms(-3 * 3_600_000)));
        kit.workflows.prune(url, "2");
        kit.clock.advance_ms(60_000);
        kit.watch_all().await;
        let asked: Vec<String> = kit.workflows.asked().into_iter().map(|(what, _)| what).collect();
        assert_eq!(asked[0], "executions -");
        assert!(asked.contains(&"execution 1".to_owned()) && asked.contains(&"execution 2".to_owned()), "{asked:?}");
        assert_eq!(short(&all(&kit, &tenant).await), [("3", "SUCCESS"), ("2", "RUNNING"), ("1", "CANCELED")]);
        // What is gone is not asked for again: nobody will say how it went.
        kit.clock.advance_ms(60_000);
        kit.watch_all().await;
        assert_eq!(kit.workflows.asked().len(), 1);
    }

    async fn a_fault_is_shown_waited_out_and_forgotten(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        watched(&kit, &tenant).await;
        kit.workflows.put(&tenant.endpoint.url, execution("1", ExecutionStatus::Success, BEGINNING));
        kit.workflows.fail([fault(ProviderFaultKind::Unavailable, "connection_refused"), fault(ProviderFaultKind::Unavailable, "timeout")]);
        let first = kit.house.world.now();
        for (code, wait) in [("connection_refused", 120_000), ("timeout", 240_000)] {
            assert_eq!(kit.watch_all().await, 1);
            assert_eq!(kit.workflows.asked().len(), 1, "whoever fails is left for now");
            let now = kit.house.world.now();
            assert_eq!(watch_row(&kit, &tenant).await, WatchRow { checked_at: now, last_error: Some(code.into()), error_since: Some(first) });
            kit.clock.advance_ms(wait - 1);
            assert_eq!(kit.watch_all().await, 0, "too soon");
            kit.clock.advance_ms(1);
        }
        assert_eq!(kit.watch_all().await, 1);
        assert_eq!(watch_row(&kit, &tenant).await.last_error, None);
        assert_eq!(short(&all(&kit, &tenant).await), [("1", "SUCCESS")]);
        // A key that is refused waits for another one, which wakes the watch.
        kit.workflows.fail([fault(ProviderFaultKind::Unauthorized, "key_refused")]);
        kit.clock.advance_ms(60_000);
        kit.watch_all().await;
        kit.clock.advance_ms(600_000);
        assert_eq!(kit.watch_all().await, 0);
        watched(&kit, &tenant).await;
        assert_eq!(kit.watch_all().await, 1);
        assert_eq!(watch_row(&kit, &tenant).await.error_since, None);
    }

    async fn what_was_heard_before_a_fault_counts(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        watched(&kit, &tenant).await;
        for n in 0..=ENGINE_PAGE {
            let at = BEGINNING.plus_ms(i64::try_from(n).unwrap());
            kit.workflows.put(&tenant.endpoint.url, execution(&format!("{n}"), ExecutionStatus::Success, at));
        }
        let fine = || kit.workflows.asked();
        kit.watch_all().await;
        assert_eq!(all(&kit, &tenant).await.len(), ENGINE_PAGE + 1);
        fine();
        // The place in the list is no longer understood: the next look begins again.
        let other = kit.tenant("south-shore").await;
        watched(&kit, &other).await;
        for n in 0..ENGINE_PAGE * 6 {
            let at = BEGINNING.plus_ms(i64::try_from(n).unwrap());
            kit.workflows.put(&other.endpoint.url, execution(&format!("{n}"), ExecutionStatus::Success, at));
        }
        kit.watch_all().await;
        fine();
        kit.workflows.fail([fault(ProviderFaultKind::Rejected, "rejected")]);
        kit.clock.advance_ms(1_000);
        kit.watch_all().await;
        assert_eq!(fine()[0].0, "executions 3");
        kit.clock.advance_ms(120_000);
        kit.watch_all().await;
        assert!(fine().iter().any(|(what, place)| what == "executions -" && place.webhook_url == other.endpoint.url));
        kit.clock.advance_ms(1_000);
        kit.watch_all().await;
        assert_eq!(all(&kit, &other).await.len(), ENGINE_PAGE * 6);
    }

    async fn req_0_69_failed_executions_of_a_day_are_a_filter(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        watched(&kit, &tenant).await;
        let hours = |n: i64| BEGINNING.plus_ms(-n * 3_600_000);
        for (id, status, at) in [
            ("1", ExecutionStatus::Error, hours(30)), ("2", ExecutionStatus::Error, hours(20)), ("3", ExecutionStatus::Success, hours(10)),
            ("4", ExecutionStatus::Error, hours(2)), ("5", ExecutionStatus::Running, hours(1)),
        ] {
            kit.workflows.put(&tenant.endpoint.url, execution(id, status, at));
        }
        kit.watch_all().await;
        a_call(&kit, &tenant).await;
        let page = async |filter: ExecutionFilter| inside!(kit, tenant, |tx| workflows::list(&kit.house, tx, &filter).await.unwrap());
        let day = ExecutionFilter { status: Some(ExecutionStatus::Error), since: Some(hours(24)), limit: 1, ..ExecutionFilter::default() };
        let first = page(day.clone()).await;
        assert_eq!(short(&first.items), [("4", "ERROR")]);
        let second = page(ExecutionFilter { after: first.next, ..day.clone() }).await;
        assert_eq!((short(&second.items), second.next), (vec![("2", "ERROR")], None));
        let of = page(ExecutionFilter { delivery: Some(delivery(&kit, &tenant).await.row.id), limit: 9, ..ExecutionFilter::default() }).await;
        assert_eq!(short(&of.items), [("54", "UNKNOWN")]);
        let of = page(ExecutionFilter { endpoint: Some(tenant.endpoint.id), limit: 9, ..ExecutionFilter::default() }).await;
        assert_eq!(of.items.len(), 6);
        let none = page(ExecutionFilter { endpoint: Some(kit.house.world.new_id()), limit: 9, ..ExecutionFilter::default() }).await;
        assert!(none.items.is_empty());
    }

    async fn without_a_key_a_workflow_or_an_endpoint_nobody_looks(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let wake = async || inside!(kit, tenant, |tx| workflows::watch(&kit.house, tx, tenant.endpoint.id).await.unwrap());
        wake().await;
        assert_eq!((kit.watch_all().await, kit.workflows.asked().len()), (1, 0));
        watched(&kit, &tenant).await;
        inside!(kit, tenant, |tx| outbox::forget_config_secret(&kit.house, tx, tenant.endpoint.id).await.unwrap());
        kit.watch_all().await;
        assert_eq!(kit.workflows.asked().len(), 0);
        watched(&kit, &tenant).await;
        inside!(kit, tenant, |tx| outbox::set_config(&kit.house, tx, tenant.endpoint.id, &json!({}), None).await.unwrap());
        kit.watch_all().await;
        assert_eq!(kit.workflows.asked().len(), 0);
        watched(&kit, &tenant).await;
        inside!(kit, tenant, |tx| outbox::delete(&kit.house, tx, tenant.endpoint.id).await.unwrap());
        kit.watch_all().await;
        assert_eq!(kit.workflows.asked().len(), 0);
        kit.clock.advance_ms(86_400_000);
        assert_eq!(kit.watch_all().await, 0, "the job is done for good");
    }

    async fn a_workflow_is_looked_at_and_switched_on(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        watched(&kit, &tenant).await;
        let (scope, id) = (tenant.scope, tenant.endpoint.id);
        let found = workflows::diagnose(&kit.house, &scope, id).await.unwrap();
        assert_eq!((found.code, found.is_good), ("ready", true));
        let place = kit.workflows.asked().remove(0).1;
        assert_eq!((place.instance_url.as_deref(), place.workflow.as_deref(), &place.webhook_url), (Some("https://n8n.test"), Some("wf1"), &tenant.endpoint.url));
        assert!(!format!("{place:?}").contains("a key of the engine"));
        kit.workflows.fail([EngineFault { said: Some("no credential".into()), ..fault(ProviderFaultKind::Rejected, "activation_refused") }]);
        let found = workflows::activate(&kit.house, &scope, id).await.unwrap();
        assert_eq!((found.code, found.is_good, found.said.as_deref()), ("activation_refused", false, Some("no credential")));
        let of_activation = |all: Vec<(String, String)>| all.iter().filter(|(action, _)| action == "workflow.activated").count();
        assert_eq!(of_activation(audited(&kit, &tenant).await), 0);
        assert_eq!(workflows::activate(&kit.house, &scope, id).await.unwrap().code, "ready");
        assert_eq!(of_activation(audited(&kit, &tenant).await), 1);
        // Nothing to look at.
        assert_eq!(refused(workflows::diagnose(&kit.house, &tenant.twin().scope, id).await), "not_found");
        let plain = NewEndpoint { url: "https://plain.test/x".into(), kind: Some("webhook".into()), ..NewEndpoint::default() };
        let plain = inside!(kit, tenant, |tx| outbox::create(&kit.house, tx, plain).await.unwrap()).0;
        assert_eq!(refused(workflows::diagnose(&kit.house, &scope, plain.id).await), "no_workflow");
        assert_eq!(refused(workflows::activate(&kit.house, &scope, plain.id).await), "no_workflow");
        // One that gets nothing for now can be looked at all the same.
        let off = EndpointChange { is_active: Some(false), ..EndpointChange::default() };
        inside!(kit, tenant, |tx| outbox::change(&kit.house, tx, id, off).await.unwrap());
        assert!(workflows::diagnose(&kit.house, &scope, id).await.unwrap().is_good);
    }
}
