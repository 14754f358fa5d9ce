//! Erasing and letting go in one of two tenants whose rows have the same ids.

use crate::doubles::{doubles, picture, sample, url};
use crate::look::{calls, contacts, events};
use crate::mail::mails;
use vestibule_domain::privacy::{self, Kept, Named, Reason};
use vestibule_domain::{calls, inbox, mail};
use vestibule_model::Phone;
use vestibule_ports::Receipt;
use vestibule_testkit::{Kit, TestTenant, both_databases, failed, inside};

const NUMBER: &str = "+14505550188";

async fn erase(kit: &Kit, of: &TestTenant) -> privacy::Counts {
    let named = Named::Phone(Phone::parse(NUMBER).unwrap());
    privacy::erase_caller(&kit.house, &of.scope, &named, NUMBER, Reason::Order).await.unwrap().counts
}

both_databases! {
    async fn a_caller_is_erased_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended", "call_analyzed"]).await;
        doubles.hear(&kit, 2_000, 1, "two", &["call_started"]).await;
        doubles.each(&kit, &[1, 0], async |me| {
            let named = Named::Phone(Phone::parse(NUMBER).unwrap());
            let seen = privacy::preview(&kit.house, &me.scope, &named).await.unwrap();
            let done = privacy::erase_caller(&kit.house, &me.scope, &named, NUMBER, Reason::Order).await.unwrap();
            assert_eq!((seen.counts.calls, done.counts.calls), (2, 2));
            assert!(calls(&kit, me).await.iter().all(|c| c.call.from_number.as_deref() != Some(NUMBER)));
            assert!(contacts(&kit, me).await.iter().all(|c| c.phone.as_deref() != Some(NUMBER)));
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_call_loses_its_words_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        for tenant in &doubles.both {
            let answer = Receipt { excerpt: Some(format!("taken by {}", tenant.record.slug)), ..failed(500) };
            kit.courier.always(&url(tenant), Some(answer));
        }
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended", "call_analyzed"]).await;
        kit.deliver_all().await;
        doubles.both.iter().for_each(|tenant| kit.courier.always(&url(tenant), None));
        kit.clock.advance_ms(2 * 24 * 3_600_000);
        doubles.each(&kit, &[0, 1], async |me| {
            // Whatever is owed of the double's call keeps nothing of ours.
            assert!(kit.deliver_all().await >= 1);
            let keep = async |days| {
                let wanted = Kept { transcripts_days: days, recordings_days: days, raw_events_days: 90 };
                privacy::keep_for(&kit.house, &me.scope, wanted).await.unwrap()
            };
            keep(Some(1)).await;
            let gone = privacy::let_go_of_old(&kit.house, &kit.mint).await.unwrap();
            assert!(gone.transcripts >= 1 && gone.recordings >= 1, "{gone:?}");
            assert!(doubles.call(&kit, me, "one").await.transcript.is_empty());
            keep(None).await;
        }).await;
        doubles.end(&kit).await;
    }

    async fn what_the_double_still_says_is_not_ours(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 1, "one", &["call_started"]).await;
        let [second, first] = &doubles.both;
        // The first's call is over without a word; the second's says much.
        let bare = sample(first, "call_ended", "one").without("/call/transcript").without("/call/transcript_object");
        kit.send(first, &bare.without("/call/transcript_with_tool_calls").without("/call/call_analysis").body()).await;
        kit.send(second, &sample(second, "call_ended", "one").body()).await;
        kit.fold_all().await;
        for tenant in [first, second] {
            assert_eq!(doubles.call(&kit, tenant, "one").await.transcript.is_empty(), tenant.id() == first.id());
        }
        kit.deliver_all().await;
        kit.clock.advance_ms(2 * 24 * 3_600_000);
        kit.fold_all().await;
        doubles.each(&kit, &[1], async |me| {
            kit.deliver_all().await;
            let wanted = Kept { transcripts_days: Some(1), recordings_days: None, raw_events_days: 90 };
            privacy::keep_for(&kit.house, &me.scope, wanted).await.unwrap();
            assert_eq!(privacy::let_go_of_old(&kit.house, &kit.mint).await.unwrap().transcripts, 0);
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_delivery_that_is_owed_is_kept_whole_whatever_the_doubles_is(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended", "call_analyzed"]).await;
        let [first, second] = &doubles.both;
        doubles.each(&kit, &[1], async |_| assert!(kit.deliver_all().await >= 1)).await;
        let call = doubles.call(&kit, first, "one").await.call.id;
        let bodies = async || picture(&kit, first).await.lines().filter(|line| line.starts_with("delivery_id ") && line.contains(" body ")).count();
        let before = bodies().await;
        assert!(before >= 1);
        let now = kit.house.world.now();
        inside!(kit, first, |tx| calls::let_go(&kit.house, tx, call, calls::Goes::Words, now).await.unwrap());
        assert_eq!(bodies().await, before, "what is owed lost its body");
        assert_ne!(first.id(), second.id());
        doubles.end(&kit).await;
    }

    async fn a_mail_of_the_same_id_is_erased_for_its_own_words_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended", "call_analyzed"]).await;
        let at = kit.house.world.now();
        for (index, tenant) in doubles.both.iter().enumerate() {
            kit.clock.set(at);
            kit.entropy.begin_again(80);
            let name = if index == 0 { "Suivi".to_owned() } else { format!("Suivi de {NUMBER}") };
            let notice = mail::Notice::EndpointOff { name, host: "h.test".into(), why: mail::SwitchedOff::Failing, since: at };
            inside!(kit, tenant, |tx| mail::tell_managers(&kit.house, tx, &notice, "x").await.unwrap());
        }
        kit.entropy.begin_again(90_000);
        kit.clock.advance_ms(1_000);
        for (turn, kept) in [(0, 1), (1, 0)] {
            doubles.each(&kit, &[turn], async |me| {
                erase(&kit, me).await;
                assert_eq!(mails(&kit, me).await.len(), kept);
            }).await;
        }
        doubles.end(&kit).await;
    }

    async fn an_event_of_the_same_id_is_erased_for_its_own_name_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "call_of_theirs_5f1d", &["call_started", "call_ended", "call_analyzed"]).await;
        let at = kit.house.world.now();
        let mut odd = Vec::new();
        for tenant in &doubles.both {
            kit.clock.set(at);
            kit.entropy.begin_again(80);
            let body = sample(tenant, "call_ended", "another").from("+14505550100").with("/event", serde_json::json!("invented"));
            kit.send(tenant, &body.body()).await;
            kit.fold_all().await;
            odd.push(events(&kit, tenant).await.into_iter().find(|event| event.call.is_none()).unwrap().id);
        }
        assert_eq!(odd[0], odd[1], "these are no doubles");
        // The second's names the call of whoever is erased.
        let tenant = kit.database.id_literal(doubles.both[1].id().0);
        let sql = format!("UPDATE inbox SET external_call_id = 'call_of_theirs_5f1d' WHERE call_id IS NULL AND tenant_id = {tenant}");
        assert_eq!(kit.database.tamper(&sql).await, 1);
        kit.entropy.begin_again(90_000);
        kit.clock.advance_ms(1_000);
        for (turn, is_kept) in [(0, true), (1, false)] {
            doubles.each(&kit, &[turn], async |me| {
                erase(&kit, me).await;
                let is_there = |event: &inbox::InboxRow| event.id == odd[0] && event.is_kept;
                assert_eq!(events(&kit, me).await.iter().any(is_there), is_kept);
            }).await;
        }
        doubles.end(&kit).await;
    }

    async fn a_call_of_another_caller_stays_whoever_called_the_double(kit: Kit) {
        // Here the double itself is to be met first.
        kit.database.without_ghosts();
        let doubles = doubles(&kit).await;
        for (n, name) in (1..).zip(["one", "two"]) {
            doubles.hear(&kit, n * 1_000, usize::from(n == 2), name, &["call_started", "call_ended", "call_analyzed"]).await;
        }
        doubles.each(&kit, &[1], async |me| {
            // Ours of that id is somebody else's.
            let own = kit.database.id_literal(me.id().0);
            let sql = format!("UPDATE calls SET caller_number = '+14505550101', contact_id = NULL WHERE external_id = 'two' AND tenant_id = {own}");
            assert_eq!(kit.database.tamper(&sql).await, 1);
            assert_eq!(erase(&kit, me).await.calls, 1);
            assert!(!doubles.call(&kit, me, "two").await.transcript.is_empty());
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_mail_is_found_by_the_name_of_our_caller(kit: Kit) {
        kit.database.without_ghosts();
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended", "call_analyzed"]).await;
        let own = "Zéphyrine Quatrebarbes";
        for (tenant, name) in doubles.both.iter().zip(["Somebody Else", own]) {
            let tenant = kit.database.id_literal(tenant.id().0);
            let sql = format!("UPDATE contacts SET name = '{name}' WHERE phone = '{NUMBER}' AND tenant_id = {tenant}");
            assert_eq!(kit.database.tamper(&sql).await, 1);
        }
        doubles.each(&kit, &[1], async |me| {
            let since = kit.house.world.now();
            let notice = mail::Notice::EndpointOff { name: format!("Suivi de {own}"), host: "h.test".into(), why: mail::SwitchedOff::Failing, since };
            inside!(kit, me, |tx| mail::tell_managers(&kit.house, tx, &notice, "x").await.unwrap());
            kit.clock.advance_ms(1_000);
            assert_eq!(erase(&kit, me).await.mails, 1);
            assert!(mails(&kit, me).await.is_empty());
        }).await;
        doubles.end(&kit).await;
    }
}
