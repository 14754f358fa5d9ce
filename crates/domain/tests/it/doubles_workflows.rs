//! The executions of two tenants whose endpoints, deliveries and executions have the same ids.

use crate::doubles::{Doubles, doubles, url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use vestibule_domain::outbox;
use vestibule_domain::workflows::{self, ExecutionFilter, ExecutionRow};
use vestibule_model::UnixMs;
use vestibule_ports::{EngineFault, ExecutionStatus, ProviderFaultKind};
use vestibule_testkit::{BEGINNING, ENGINE_PAGE, Kit, TestTenant, both_databases, execution, inside};

fn key(tenant: &TestTenant) -> String {
    format!("key of {}", tenant.record.slug)
}

async fn watch(kit: &Kit, doubles: &Doubles, tenant: &TestTenant) {
    let config =
        json!({ "instance_url": format!("https://{}.test", tenant.record.slug), "workflow_id": "wf1" });
    let key = SecretString::from(key(tenant));
    inside!(kit, tenant, |tx| {
        outbox::set_config(&kit.house, tx, doubles.endpoint, &config, Some(&key)).await.unwrap();
        workflows::watch(&kit.house, tx, doubles.endpoint).await.unwrap();
    });
}

async fn rows(kit: &Kit, doubles: &Doubles, tenant: &TestTenant) -> Vec<ExecutionRow> {
    let filter =
        ExecutionFilter { endpoint: Some(doubles.endpoint), limit: 100, ..ExecutionFilter::default() };
    inside!(kit, tenant, |tx| workflows::list(&kit.house, tx, &filter).await.unwrap().items)
}

async fn last_error(kit: &Kit, doubles: &Doubles, tenant: &TestTenant) -> Option<String> {
    inside!(kit, tenant, |tx| {
        let endpoint = outbox::find(tx, doubles.endpoint).await.unwrap().unwrap();
        workflows::watch_of(tx, &endpoint).await.unwrap().and_then(|watch| watch.last_error)
    })
}

/// Alike in both, down to the ids of their rows: only the webhook's address tells them apart.
async fn alike(kit: &Kit, doubles: &Doubles) -> UnixMs {
    for tenant in &doubles.both {
        watch(kit, doubles, tenant).await;
    }
    kit.house.world.now()
}

both_databases! {
    async fn an_answer_names_the_execution_of_its_own_delivery(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        // Both are answered with the same id, one after the other; each tells of its own delivery, once.
        doubles.each(&kit, &[0, 1], async |me| {
            assert_eq!(kit.deliver_all().await, 1);
            let found = rows(&kit, &doubles, me).await;
            assert_eq!((found.len(), found[0].external_id.as_str(), found[0].endpoint_url.clone()), (1, "54", url(me)));
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_look_is_taken_at_its_own_engine_and_kept_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        let heard = kit.house.world.now();
        doubles.each(&kit, &[0, 1], async |_| {
            kit.clock.set(heard);
            kit.entropy.begin_again(76);
            assert_eq!(kit.deliver_all().await, 1);
        }).await;
        let now = alike(&kit, &doubles).await;
        for (tenant, status) in doubles.both.iter().zip([ExecutionStatus::Error, ExecutionStatus::Success]) {
            kit.workflows.put(&url(tenant), execution("54", status, BEGINNING));
            kit.workflows.put(&url(tenant), execution("55", ExecutionStatus::Waiting, BEGINNING.plus_ms(1)));
        }
        doubles.each(&kit, &[0, 1], async |me| {
            kit.clock.set(now.plus_ms(10));
            kit.entropy.begin_again(77);
            kit.workflows.asked();
            assert_eq!(kit.watch_all().await, 1);
            let asked = kit.workflows.asked();
            assert!(asked.iter().all(|(_, place)| place.webhook_url == url(me) && place.key.as_ref().unwrap().expose_secret() == key(me)), "{asked:?}");
        }).await;
        let both = [rows(&kit, &doubles, &doubles.both[0]).await, rows(&kit, &doubles, &doubles.both[1]).await];
        assert_eq!(both[0].iter().map(|row| row.id).collect::<Vec<_>>(), both[1].iter().map(|row| row.id).collect::<Vec<_>>(), "these are no doubles");
        for (found, (tenant, status)) in both.iter().zip(doubles.both.iter().zip(["ERROR", "SUCCESS"])) {
            assert_eq!(found.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["WAITING", status]);
            assert_eq!(found[0].page.as_deref(), Some(format!("https://{}.test/workflow/wf1/executions/55", tenant.record.slug).as_str()));
        }
        // One ends in one of them; in the other it is gone.
        kit.workflows.put(&url(&doubles.both[0]), execution("55", ExecutionStatus::Success, BEGINNING.plus_ms(1)));
        kit.workflows.prune(&url(&doubles.both[1]), "55");
        doubles.each(&kit, &[0, 1], async |_| {
            kit.clock.set(now.plus_ms(120_000));
            assert_eq!(kit.watch_all().await, 1);
        }).await;
        let ends = [rows(&kit, &doubles, &doubles.both[0]).await[0].status, rows(&kit, &doubles, &doubles.both[1]).await[0].status];
        assert_eq!(ends, [ExecutionStatus::Success, ExecutionStatus::Waiting]);
        doubles.end(&kit).await;
    }

    async fn a_watch_has_a_place_and_a_fault_of_its_own(kit: Kit) {
        let doubles = doubles(&kit).await;
        let now = alike(&kit, &doubles).await;
        for tenant in &doubles.both {
            for n in 0..ENGINE_PAGE * 6 {
                let at = BEGINNING.plus_ms(i64::try_from(n).unwrap());
                kit.workflows.put(&url(tenant), execution(&format!("{n}"), ExecutionStatus::Success, at));
            }
        }
        doubles.each(&kit, &[0], async |_| {
            kit.clock.set(now.plus_ms(10));
            kit.watch_all().await;
        }).await;
        kit.workflows.asked();
        doubles.each(&kit, &[1, 0], async |me| {
            // The first look of one begins at the beginning, the second of the other goes on.
            kit.clock.set(now.plus_ms(2_000));
            kit.watch_all().await;
            let begins = kit.workflows.asked()[0].0 == "executions -";
            assert_eq!(begins, me.record.slug == doubles.both[1].record.slug);
        }).await;
        doubles.each(&kit, &[1], async |_| {
            kit.clock.set(now.plus_ms(200_000));
            kit.workflows.fail([EngineFault::new(ProviderFaultKind::Unavailable, "timeout")]);
            kit.watch_all().await;
        }).await;
        assert_eq!(last_error(&kit, &doubles, &doubles.both[0]).await, None);
        assert_eq!(last_error(&kit, &doubles, &doubles.both[1]).await.as_deref(), Some("timeout"));
        doubles.end(&kit).await;
    }

    async fn a_key_is_forgotten_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        alike(&kit, &doubles).await;
        doubles.each(&kit, &[0, 1], async |me| {
            inside!(kit, me, |tx| outbox::forget_config_secret(&kit.house, tx, doubles.endpoint).await.unwrap());
            assert!(inside!(kit, me, |tx| outbox::config_secret(&kit.house, tx, doubles.endpoint).await.unwrap()).is_none());
        }).await;
        doubles.end(&kit).await;
    }
}
