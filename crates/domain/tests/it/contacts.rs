//! Contacts: whoever rang, counted once a call.

use crate::look::{calls, contacts};
use serde_json::json;
use vestibule_domain::contacts;
use vestibule_model::Phone;
use vestibule_testkit::{Sample, both_databases, inside};

/// An analysed call, with an id of its own at the carrier too.
fn named(sample: Sample, name: &str) -> Sample {
    let sample = sample.with("/call/telephony_identifier/twilio_call_sid", json!(name));
    sample.with("/call/call_analysis/custom_analysis_data/caller_name", json!(name))
}

both_databases! {
    async fn a_call_counts_once_whatever_arrives_of_it(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for name in ["call_started", "call_ended", "call_analyzed"] {
            kit.send(&tenant, &tenant.sample(name).body()).await;
            kit.fold_all().await;
            assert_eq!(contacts(&kit, &tenant).await[0].calls_count, 1, "{name}");
        }
        let found = contacts(&kit, &tenant).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].phone.as_deref(), Some("+18195550142"));
        assert_eq!(found[0].name.as_deref(), Some("Marie Tremblay"));
        let call = &calls(&kit, &tenant).await[0].call;
        assert_eq!((call.contact, call.contact_name.as_deref()), (Some(found[0].id), Some("Marie Tremblay")));
        assert_eq!((found[0].first_call_at, found[0].last_call_at), (call.started_at, call.started_at));
        // The twin's caller of that number is somebody else to us.
        assert_ne!(found[0].id, contacts(&kit, tenant.twin()).await.iter().find(|c| c.phone.is_some()).unwrap().id);
    }

    async fn a_caller_who_comes_back_is_the_same_and_the_newest_name_stays(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let day = 86_400_000;
        let calls = [
            named(tenant.sample("call_analyzed").call("second").later(day), "Marie T.-Roy"),
            named(tenant.sample("call_analyzed").call("first"), "Marie Tremblay"),
            tenant.sample("call_started").call("third").later(2 * day),
        ];
        for sample in &calls {
            kit.send(&tenant, &sample.body()).await;
            kit.fold_all().await;
        }
        let found = contacts(&kit, &tenant).await;
        assert_eq!((found.len(), found[0].calls_count), (1, 3));
        assert_eq!(found[0].name.as_deref(), Some("Marie T.-Roy"), "the newest call's name, whatever the order of arrival");
        assert_eq!(found[0].last_call_at.since(found[0].first_call_at), 2 * day);
    }

    async fn tests_and_hidden_numbers_make_no_contact(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let test = vestibule_testkit::retell_sample("call_started_dashboard_test").with("/call/from_number", json!("+18195550142"));
        kit.send(&tenant, &test.body()).await;
        kit.send(&tenant, &tenant.sample("call_started").call("hidden").from("anonymous").body()).await;
        kit.send(&tenant, &tenant.sample("call_started_web").body()).await;
        kit.fold_all().await;
        assert_eq!(calls(&kit, &tenant).await.len(), 3);
        assert!(contacts(&kit, &tenant).await.is_empty());
    }

    async fn contacts_are_found_by_number_and_come_in_pages(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for n in 0..5 {
            let sample = tenant.sample("call_started").call(&format!("c{n}")).from(&format!("+1514555010{n}"));
            kit.send(&tenant, &sample.later(i64::from(n) * 1_000).body()).await;
        }
        kit.fold_all().await;
        let phone = Phone::parse("514 555 0103").unwrap();
        let found = inside!(kit, tenant, |tx| contacts::list(tx, Some(&phone), None, 9).await.unwrap());
        assert_eq!(found.items.iter().map(|c| c.phone.clone().unwrap()).collect::<Vec<_>>(), ["+15145550103"]);
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = inside!(kit, tenant, |tx| contacts::list(tx, None, after, 2).await.unwrap());
            seen.extend(page.items.iter().map(|c| c.phone.clone().unwrap()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["+15145550104", "+15145550103", "+15145550102", "+15145550101", "+15145550100"]);
    }
}
