//! A caller is erased: everywhere, for good, and with a receipt.

use crate::look::{audited, calls, contacts, deliveries, events, refused};
use crate::planted::{EMAIL, NAME, NUMBER, files_with, needles, plant, sample, traces};
use crate::texts::{OURS, all, arrives, connect, form, threads};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use vestibule_domain::privacy::{self, Eraser, Erasure, Named, Reason, Tombstone};
use vestibule_domain::texts::NewText;
use vestibule_domain::{Error, texts};
use vestibule_model::{Phone, UnixMs};
use vestibule_ports::{AccountInfo, CallAccount, CallListing, Erased, ProviderFault, ProviderFaultKind};
use vestibule_store::Db;
use vestibule_store::queue::Leaser;
use vestibule_testkit::{Engine, Kit, TestTenant, both_databases, inside};
use vestibule_vault::Credentials;

fn named() -> Named {
    Named::Phone(Phone::parse(NUMBER).unwrap())
}

async fn erase(kit: &Kit, tenant: &TestTenant) -> Result<Erasure, Error> {
    privacy::erase_caller(&kit.house, &tenant.scope, &named(), NUMBER, Reason::Request).await
}

/// Asks providers for everything that is due.
async fn ask_all(kit: &Kit) -> usize {
    let eraser = Arc::new(Eraser(kit.house.clone()));
    let leaser = Leaser::new(kit.house.db.clone(), kit.mint.clone(), eraser, (2, 2, 4), privacy::LEASE_MS);
    Arc::new(leaser).drain().await.unwrap()
}

async fn reapply(kit: &Kit) -> usize {
    privacy::reapply(&kit.house, &kit.mint, &mut |_, _| {}).await.unwrap()
}

/// A provider's account that erases as it is told, and writes down what it was asked.
#[derive(Default)]
struct Account {
    asked: Mutex<Vec<(String, String)>>,
    answers: Mutex<VecDeque<Result<Erased, ProviderFault>>>,
}

impl Account {
    fn answer(&self, what: &str, id: &str) -> Result<Erased, ProviderFault> {
        self.asked.lock().unwrap().push((what.to_owned(), id.to_owned()));
        self.answers.lock().unwrap().pop_front().unwrap_or(Ok(Erased::Confirmed))
    }
}

impl CallAccount for Account {
    fn name(&self) -> &'static str {
        "retell"
    }

    fn test<'a>(&'a self, _: &'a Credentials) -> BoxFuture<'a, Result<AccountInfo, ProviderFault>> {
        Box::pin(async { Ok(AccountInfo::default()) })
    }

    fn list_calls<'a>(
        &'a self,
        _: &'a Credentials,
        _: UnixMs,
        _: UnixMs,
        _: Option<String>,
    ) -> BoxFuture<'a, Result<CallListing, ProviderFault>> {
        Box::pin(async { Ok(CallListing::default()) })
    }

    fn erase_call<'a>(
        &'a self,
        _: &'a Credentials,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        Box::pin(async { self.answer("call", id) })
    }

    fn erase_recordings<'a>(
        &'a self,
        _: &'a Credentials,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Erased, ProviderFault>> {
        Box::pin(async { self.answer("recording", id) })
    }
}

fn states(erasure: &Erasure) -> Vec<(&str, &str, u64)> {
    erasure.providers.iter().map(|p| (p.what.as_str(), p.state.as_str(), p.count)).collect()
}

async fn listed(kit: &Kit, tenant: &TestTenant) -> Vec<Erasure> {
    inside!(kit, tenant, |tx| privacy::list(tx, None, 50).await.unwrap().items)
}

both_databases! {
    async fn req_k19_an_erased_caller_is_in_no_byte_that_is_left(kit: Kit) {
        kit.database.without_ghosts();
        let tenant = kit.tenant("north-shore").await;
        plant(&kit, &tenant).await;
        let before = traces(&kit).await;
        assert!(before.len() >= 4, "they were not planted: {before:?}");
        let others = calls(&kit, &tenant).await.iter().filter(|c| c.call.from_number.as_deref() != Some(NUMBER)).count();
        let seen = privacy::preview(&kit.house, &tenant.scope, &named()).await.unwrap();
        assert_eq!((seen.name.as_deref(), seen.counts.calls, seen.counts.texts, seen.counts.threads), (Some(NAME), 5, 2, 1));
        assert!(seen.counts.held == 1 && seen.counts.mails == 1 && seen.counts.attempts > 5, "{seen:?}");
        let erased = erase(&kit, &tenant).await.unwrap();
        assert_eq!((erased.kind.as_str(), erased.reason.as_str()), ("caller", "request"));
        assert_eq!(erased.counts.calls, 5, "{:?}", erased.counts);
        for (what, foretold, done) in [
            ("events", seen.counts.events, erased.counts.events),
            ("facts", seen.counts.facts, erased.counts.facts),
            ("transcripts", seen.counts.transcripts, erased.counts.transcripts),
            ("deliveries", seen.counts.deliveries, erased.counts.deliveries),
            ("attempts", seen.counts.attempts, erased.counts.attempts),
            ("held", 1, erased.counts.held),
            ("mails", 1, erased.counts.mails),
            ("contacts", 1, erased.counts.contacts),
        ] {
            assert_eq!(foretold, done, "{what}");
        }
        let left = traces(&kit).await;
        assert!(left.is_empty(), "{left:?}");
        // Everybody else is as they were.
        assert_eq!(calls(&kit, &tenant).await.len(), others);
        assert!(contacts(&kit, &tenant).await.iter().all(|c| c.phone.as_deref() != Some(NUMBER)));
        assert!(deliveries(&kit, &tenant).await.iter().all(|d| !d.body.to_string().contains(NUMBER)));
        let acts = audited(&kit, &tenant).await;
        assert_eq!(acts.iter().filter(|(what, who)| what == "caller.erased" && who.starts_with("person:")).count(), 1);
    }

    async fn erasing_again_is_the_same_and_without_the_number_nothing_goes(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &sample(&tenant, "call_analyzed", "one").body()).await;
        kit.fold_all().await;
        for wrong in ["", "+14385550178", "438"] {
            let done = privacy::erase_caller(&kit.house, &tenant.scope, &named(), wrong, Reason::Request).await;
            assert_eq!(refused(done), "invalid");
        }
        assert_eq!(calls(&kit, &tenant).await.len(), 1);
        let unknown = Named::Phone(Phone::parse("+14385550000").unwrap());
        let done = privacy::erase_caller(&kit.house, &tenant.scope, &unknown, "+14385550000", Reason::Mistake).await;
        assert_eq!(refused(done), "nothing_to_erase");
        let theirs = contacts(&kit, tenant.twin()).await.remove(0).id;
        let done = privacy::erase_caller(&kit.house, &tenant.scope, &Named::Contact(theirs), NUMBER, Reason::Request).await;
        assert_eq!(refused(done), "not_found");
        let first = erase(&kit, &tenant).await.unwrap();
        let again = erase(&kit, &tenant).await.unwrap();
        assert_eq!((first.id, listed(&kit, &tenant).await.len()), (again.id, 1));
    }

    async fn what_comes_late_of_an_erased_caller_stays_gone_and_a_new_call_is_kept(kit: Kit) {
        kit.database.without_ghosts();
        let tenant = kit.tenant("north-shore").await;
        let connection = connect(&kit, &tenant, OURS).await;
        // A call that goes on while its caller is erased, and a text.
        kit.send(&tenant, &sample(&tenant, "call_started", "going_on").body()).await;
        let came = form("SMtheirs", NUMBER, OURS, "Bonjour");
        arrives(&kit, &tenant, connection, "", &came, kit.house.world.now()).await;
        kit.fold_all().await;
        erase(&kit, &tenant).await.unwrap();
        kit.clock.advance_ms(1_000);
        // Its other events, without their number; the same event again; the text again; and a call that was never heard of, of
        // before the erasure, at first without their number.
        kit.send(&tenant, &sample(&tenant, "call_analyzed", "going_on").without("/call/from_number").body()).await;
        kit.send(&tenant, &sample(&tenant, "call_started", "going_on").body()).await;
        arrives(&kit, &tenant, connection, "", &came, kit.house.world.now()).await;
        kit.send(&tenant, &sample(&tenant, "call_started", "lost").without("/call/from_number").body()).await;
        kit.fold_all().await;
        kit.send(&tenant, &sample(&tenant, "call_analyzed", "lost").body()).await;
        kit.fold_all().await;
        kit.send(&tenant, &sample(&tenant, "call_ended", "lost").without("/call/from_number").body()).await;
        kit.fold_all().await;
        assert!(calls(&kit, &tenant).await.is_empty(), "a call came back");
        assert!(contacts(&kit, &tenant).await.is_empty() && all(&kit, &tenant).await.is_empty());
        assert!(events(&kit, &tenant).await.is_empty(), "{:?}", events(&kit, &tenant).await);
        kit.house.db.scrub().await.unwrap();
        assert!(traces(&kit).await.is_empty());
        // They ring again later: that is a new relation.
        let later = kit.house.world.now().since(UnixMs(0)) + 60_000;
        let new = sample(&tenant, "call_analyzed", "new").with("/call/start_timestamp", json!(later));
        kit.clock.advance_ms(120_000);
        kit.send(&tenant, &new.with("/call/end_timestamp", json!(later + 1_000)).body()).await;
        kit.fold_all().await;
        assert_eq!(calls(&kit, &tenant).await.len(), 1);
        let known = contacts(&kit, &tenant).await.remove(0);
        let new = (Some(NUMBER), Some(EMAIL), 1);
        assert_eq!((known.phone.as_deref(), known.email.as_deref(), known.calls_count), new);
        // The other look, a minute later, takes nothing of it.
        ask_all(&kit).await;
        let known = contacts(&kit, &tenant).await.remove(0);
        assert_eq!((known.phone.as_deref(), known.email.as_deref(), known.calls_count), new);
        assert_eq!(calls(&kit, &tenant).await.len(), 1);
    }

    async fn who_wanted_no_texts_and_was_erased_still_wants_none(kit: Kit) {
        kit.database.without_ghosts();
        let tenant = kit.tenant("north-shore").await;
        let connection = connect(&kit, &tenant, OURS).await;
        arrives(&kit, &tenant, connection, "", &form("SM1", NUMBER, OURS, "ARRÊT"), UnixMs(1_000)).await;
        kit.fold_all().await;
        erase(&kit, &tenant).await.unwrap();
        assert!(threads(&kit, &tenant).await.is_empty());
        let new = NewText { to: NUMBER.into(), from: None, body: "Bonjour".into(), key: "k".into() };
        texts::send(&kit.house, &tenant.scope, &new).await.unwrap();
        kit.text_all().await;
        assert!(kit.texts.sent().is_empty(), "a text went to somebody who wants none");
        // They write the word that lets us again.
        arrives(&kit, &tenant, connection, "", &form("SM2", NUMBER, OURS, "START"), kit.house.world.now()).await;
        kit.fold_all().await;
        let new = NewText { key: "k2".into(), ..new };
        texts::send(&kit.house, &tenant.scope, &new).await.unwrap();
        kit.text_all().await;
        assert_eq!(kit.texts.sent().len(), 1);
    }

    async fn providers_are_asked_until_they_answer_and_the_receipt_says_so(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let account = Arc::new(Account::default());
        let kit = kit.with_accounts(vec![account.clone()]).await;
        for call in ["one", "two", "three", "four"] {
            kit.send(&tenant, &sample(&tenant, "call_analyzed", call).body()).await;
        }
        kit.fold_all().await;
        let erased = erase(&kit, &tenant).await.unwrap();
        assert_eq!(states(&erased), [("call", "owed", 4)]);
        let receipt = async |id| privacy::receipt(&kit.house, &tenant.scope, id).await.unwrap();
        assert_eq!(receipt(erased.id).await["providers"][0]["answer"], "requested");
        account.answers.lock().unwrap().extend([
            Ok(Erased::Confirmed),
            Ok(Erased::Gone),
            Err(ProviderFault::of(ProviderFaultKind::Rejected)),
            Err(ProviderFault::of(ProviderFaultKind::Unavailable)),
        ]);
        ask_all(&kit).await;
        let now = listed(&kit, &tenant).await.remove(0);
        assert_eq!(states(&now), [("call", "confirmed", 1), ("call", "gone", 1), ("call", "owed", 1), ("call", "refused", 1)]);
        assert_eq!(ask_all(&kit).await, 0, "a provider that is down is not asked without a pause");
        kit.clock.advance_ms(61_000);
        ask_all(&kit).await;
        let now = listed(&kit, &tenant).await.remove(0);
        assert_eq!(states(&now), [("call", "confirmed", 2), ("call", "gone", 1), ("call", "refused", 1)]);
        assert_eq!(account.asked.lock().unwrap().len(), 5);
        let given = receipt(erased.id).await;
        assert_eq!(given["type"], "vestibule.erasure-receipt/1");
        let text = given.to_string();
        assert!(!text.contains(&NUMBER[1..]) && !text.contains(NAME), "a receipt names nobody: {text}");
        let backups = UnixMs::parse_rfc3339(given["horizon"]["backups_until"].as_str().unwrap()).unwrap();
        assert_eq!(backups.since(erased.at), 35 * 24 * 3_600_000);
        assert!(privacy::is_genuine(&kit.house, &given).await.unwrap());
        for (pointer, value) in [("/removed/calls", json!(9)), ("/tenant", json!("x")), ("/signature", json!("AAAA")), ("/kid", json!("x")), ("/type", json!("other"))] {
            let mut altered = given.clone();
            *altered.pointer_mut(pointer).unwrap() = value;
            assert!(!privacy::is_genuine(&kit.house, &altered).await.unwrap(), "{pointer}");
        }
        assert!(!privacy::is_genuine(&kit.house, &Value::Null).await.unwrap());
        let theirs = privacy::receipt(&kit.house, &tenant.twin().scope, erased.id).await;
        assert_eq!(refused(theirs), "not_found");
    }

    async fn a_database_that_does_not_know_of_an_erasure_is_erased_again(kit: Kit) {
        kit.database.without_ghosts();
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &sample(&tenant, "call_analyzed", "one").body()).await;
        kit.fold_all().await;
        let erased = erase(&kit, &tenant).await.unwrap();
        assert_eq!(reapply(&kit).await, 0, "what is known is not done again");
        let stones = Tombstone::all(&kit.house).unwrap();
        assert_eq!(stones.len(), 1);
        let text = format!("{stones:?}");
        assert!(!text.contains(&NUMBER[1..]) && !text.contains("\"one\""), "a tombstone names somebody: {text}");
        // As after a restore: everything of them is back, and nothing is known of the erasure.
        inside!(kit, tenant, |tx| {
            for sql in [
                vestibule_store::tsql!("DELETE FROM erasures WHERE tenant_id = $1"),
                vestibule_store::tsql!("DELETE FROM erased_names WHERE tenant_id = $1"),
            ] {
                tx.exec(sql, &[]).await.unwrap();
            }
        });
        kit.send(&tenant, &sample(&tenant, "call_analyzed", "one").body()).await;
        kit.fold_all().await;
        assert_eq!((calls(&kit, &tenant).await.len(), contacts(&kit, &tenant).await.len()), (1, 1));
        kit.clock.advance_ms(1);
        assert_eq!(reapply(&kit).await, 1);
        assert!(calls(&kit, &tenant).await.is_empty() && contacts(&kit, &tenant).await.is_empty());
        assert!(traces(&kit).await.is_empty());
        let again = listed(&kit, &tenant).await.remove(0);
        assert_eq!((again.id, again.reapplied_at.is_some(), again.before), (erased.id, true, erased.before));
        assert_eq!(reapply(&kit).await, 0);
        kit.send(&tenant, &sample(&tenant, "call_ended", "one").without("/call/from_number").body()).await;
        kit.fold_all().await;
        assert!(calls(&kit, &tenant).await.is_empty());
    }
}

#[test]
fn a_backup_of_before_that_is_restored_does_not_bring_the_caller_back() {
    vestibule_testkit::run(Engine::Sqlite, |kit: Kit| async move {
        kit.database.without_ghosts();
        let tenant = kit.tenant("north-shore").await;
        plant(&kit, &tenant).await;
        let path = kit.database.sqlite_path();
        let elsewhere = tempfile::tempdir().unwrap();
        let backup = elsewhere.path().join("backup.db");
        Db::backup_sqlite(&path, &backup).unwrap();
        assert!(!files_with(elsewhere.path(), &needles()).is_empty());
        erase(&kit, &tenant).await.unwrap();
        // The server stops, the backup is put in place, the server starts over it.
        let world = kit.house.world.clone();
        let restored =
            Db::open(&vestibule_store::DbConfig::Sqlite { path: backup.clone() }, world).await.unwrap();
        restored.lease_by_own_clock();
        let second = kit.over(restored, vestibule_testkit::call_webhooks());
        assert!(calls(&second, &tenant).await.iter().any(|c| c.call.from_number.as_deref() == Some(NUMBER)));
        assert_eq!(reapply(&second).await, 1);
        let left = files_with(elsewhere.path(), &needles());
        assert!(left.is_empty(), "{left:?}");
        assert!(calls(&second, &tenant).await.iter().all(|c| c.call.from_number.as_deref() != Some(NUMBER)));
        second.check_twins().await;
    });
}
