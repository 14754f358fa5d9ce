//! The texts of two tenants whose numbers, callers, threads and texts have the same ids.

use crate::doubles::{Doubles, doubles};
use crate::texts::{OURS, THEIRS, all, arrives, form, threads};
use std::time::Duration;
use vestibule_domain::contacts;
use vestibule_domain::texts::{self, NewText, TextFilter, ThreadFilter};
use vestibule_model::{ConnectionId, TextStatus};
use vestibule_ports::{TextFault, TextState};
use vestibule_store::tsql;
use vestibule_testkit::{Engine, Kit, TestTenant, both_databases, connect_twilio, inside, taken};

const NUMBERS: [&str; 2] = [OURS, "+15125550199"];

/// Connects both, each to an account of its own.
async fn connected(kit: &Kit, doubles: &Doubles) -> [ConnectionId; 2] {
    let mut made = Vec::new();
    for (n, tenant) in doubles.both.iter().enumerate() {
        let account = format!("AC{}", ["a", "b"][n].repeat(32));
        made.push(connect_twilio(kit, tenant, &account, NUMBERS[n], "token").await.id);
    }
    [made[0], made[1]]
}

fn index(doubles: &Doubles, tenant: &TestTenant) -> usize {
    usize::from(doubles.both[1].record.slug == tenant.record.slug)
}

fn new(key: &str, body: &str) -> NewText {
    NewText { to: THEIRS.into(), from: None, body: body.into(), key: key.into() }
}

/// Sends both the same text, so that all that comes of it has the same ids; what it says tells of its tenant.
async fn write(
    kit: &Kit,
    doubles: &Doubles,
    connections: &[ConnectionId; 2],
    first: usize,
    sid: &str,
    body: &str,
) {
    let seed = 5_000 + u64::try_from(sid.len()).unwrap() * 100 + u64::from(sid.as_bytes()[sid.len() - 1]);
    for n in [first, 1 - first] {
        let tenant = &doubles.both[n];
        kit.clock.set(doubles.beginning.plus_ms(i64::try_from(seed).unwrap()));
        kit.entropy.begin_again(seed);
        let body = if body.is_empty() { format!("text of {}", tenant.record.slug) } else { body.to_owned() };
        // To one number: how each of them came by it does not matter here.
        let text = form(sid, THEIRS, OURS, &body);
        arrives(kit, tenant, connections[n], "", &text, kit.house.world.now()).await;
        kit.fold_all().await;
    }
    let both = [all(kit, &doubles.both[0]).await.remove(0), all(kit, &doubles.both[1]).await.remove(0)];
    assert_eq!((both[0].id, both[0].thread), (both[1].id, both[1].thread), "these are no doubles");
    kit.entropy.begin_again(seed + 100_000);
}

both_databases! {
    async fn a_text_is_kept_in_its_own_thread_and_opens_with_its_own_key(kit: Kit) {
        let doubles = doubles(&kit).await;
        let connections = connected(&kit, &doubles).await;
        for (first, sid) in [(0, "SM1"), (1, "SM2")] {
            write(&kit, &doubles, &connections, first, sid, "").await;
        }
        for tenant in &doubles.both {
            let say = format!("text of {}", tenant.record.slug);
            let (texts, threads) = (all(&kit, tenant).await, threads(&kit, tenant).await);
            assert_eq!((texts.len(), threads.len()), (2, 1));
            assert!(texts.iter().all(|text| text.body == say), "a text of the double's");
            assert_eq!(threads[0].last.as_ref().unwrap().body, say);
            let thread = threads[0].id;
            inside!(kit, tenant, |tx| {
                assert_eq!(texts::find(&kit.house, tx, texts[0].id).await.unwrap().unwrap().body, say);
                assert_eq!(texts::find_thread(&kit.house, tx, thread).await.unwrap().unwrap().last.unwrap().body, say);
                let of = TextFilter { thread: Some(thread), limit: 10, ..TextFilter::default() };
                assert_eq!(texts::list(&kit.house, tx, &of).await.unwrap().items.len(), 2);
                let with = ThreadFilter { contact: threads[0].contact, limit: 10, ..ThreadFilter::default() };
                assert_eq!(texts::list_threads(&kit.house, tx, &with).await.unwrap().items.len(), 1);
            });
        }
        doubles.end(&kit).await;
    }

    async fn an_opt_out_is_from_one_tenant_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        let connections = connected(&kit, &doubles).await;
        write(&kit, &doubles, &connections, 0, "SM1", "Bonjour").await;
        doubles.each(&kit, &[0], async |me| {
            let stop = form("SM9", THEIRS, OURS, "STOP");
            arrives(&kit, me, connections[0], "", &stop, kit.house.world.now()).await;
            kit.fold_all().await;
        }).await;
        assert!(threads(&kit, &doubles.both[0]).await[0].opted_out_at.is_some());
        assert!(threads(&kit, &doubles.both[1]).await[0].opted_out_at.is_none());
        // Which one may be sent texts is its own matter as well: the second has another number by now.
        assert!(texts::send(&kit.house, &doubles.both[0].scope, &new("k", "Bonjour")).await.is_err());
        doubles.each(&kit, &[1], async |me| {
            texts::send(&kit.house, &me.scope, &new("k", "Bonjour")).await.unwrap();
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_text_is_answered_for_its_own_tenant(kit: Kit) {
        let doubles = doubles(&kit).await;
        let connections = connected(&kit, &doubles).await;
        let came = |body: &str| {
            let provider = kit.house.provider("twilio").unwrap();
            let event = provider.texts(form("SMx", THEIRS, OURS, body).as_bytes()).unwrap().remove(0);
            match event.told {
                vestibule_model::TextTold::Came(came) => came,
                other => panic!("{other:?}"),
            }
        };
        // The first has been asked so often that it answers no more; the second has not.
        doubles.each(&kit, &[0], async |me| {
            for n in 0..6 {
                arrives(&kit, me, connections[0], "", &form(&format!("SM{n}"), THEIRS, OURS, "aide"), kit.house.world.now()).await;
            }
            kit.fold_all().await;
        }).await;
        let say = async |n: usize| texts::answer(&kit.house, &doubles.both[n].scope, &came("arrêt"), kit.house.world.now()).await.unwrap();
        assert_eq!(say(0).await, None);
        let said = say(1).await.unwrap();
        assert!(said.starts_with(&doubles.both[1].record.company_name) && said.contains("REPRENDRE"), "{said}");
        assert_eq!(texts::answer(&kit.house, &doubles.both[1].scope, &came("STOP"), kit.house.world.now()).await.unwrap(), None);
        assert_eq!(texts::answer(&kit.house, &doubles.both[1].scope, &came("Bonjour"), kit.house.world.now()).await.unwrap(), None);
        doubles.end(&kit).await;
    }

    async fn a_text_is_sent_told_of_and_paid_for_its_own_tenant(kit: Kit) {
        let doubles = doubles(&kit).await;
        connected(&kit, &doubles).await;
        let now = doubles.beginning.plus_ms(9_000);
        for tenant in &doubles.both {
            kit.clock.set(now);
            kit.entropy.begin_again(9_000);
            let say = format!("text of {}", tenant.record.slug);
            texts::send(&kit.house, &tenant.scope, &new("k", &say)).await.unwrap();
        }
        let ids = [all(&kit, &doubles.both[0]).await[0].id, all(&kit, &doubles.both[1]).await[0].id];
        assert_eq!(ids[0], ids[1], "these are no doubles");
        for turn in [0, 1] {
            // Both get the same name at the provider.
            kit.texts.script([Ok(taken("SMone"))]);
            doubles.each(&kit, &[turn], async |me| {
                kit.clock.set(now.plus_ms(10));
                let say = format!("text of {}", me.record.slug);
                let again = texts::send(&kit.house, &me.scope, &new("k", &say)).await.unwrap();
                assert_eq!(again.id, ids[0]);
                assert_eq!(kit.text_all().await, 1);
                let (message, n) = (kit.texts.sent().pop().unwrap(), index(&doubles, me));
                assert_eq!((message.from.as_str(), message.body), (NUMBERS[n], say));
                assert_eq!(kit.texts.accounts().pop().unwrap(), format!("AC{}", ["a", "b"][n].repeat(32)));
            }).await;
        }
        // One arrives, and costs something; the other is looked after in vain.
        let message = kit.texts.sent().remove(0);
        let paid = TextState { status: TextStatus::Delivered, price_micros: Some(1), currency: Some("USD".into()), ..taken("SMone") };
        kit.texts.know(paid, message, now);
        doubles.each(&kit, &[1], async |_| {
            kit.clock.set(now.plus_ms(6 * 60_000));
            assert_eq!(kit.text_all().await, 1);
        }).await;
        let stands = [all(&kit, &doubles.both[0]).await.remove(0), all(&kit, &doubles.both[1]).await.remove(0)];
        assert_eq!([stands[0].status, stands[1].status], [TextStatus::Accepted, TextStatus::Delivered]);
        assert_eq!([stands[0].price_micros, stands[1].price_micros], [None, Some(1)]);
        doubles.end(&kit).await;
    }

    async fn how_much_is_sent_to_whom_and_what_is_tried_again_is_its_own(kit: Kit) {
        let doubles = doubles(&kit).await;
        connected(&kit, &doubles).await;
        let now = doubles.beginning.plus_ms(9_000);
        for tenant in &doubles.both {
            kit.clock.set(now);
            kit.entropy.begin_again(9_000);
            texts::send(&kit.house, &tenant.scope, &new("k", "Bonjour")).await.unwrap();
        }
        // One sends all that it may to this person; the other still may.
        doubles.each(&kit, &[0], async |me| {
            for n in 1..5 {
                texts::send(&kit.house, &me.scope, &new(&format!("k{n}"), "Bonjour")).await.unwrap();
            }
            assert!(texts::send(&kit.house, &me.scope, &new("k5", "Bonjour")).await.is_err());
        }).await;
        doubles.each(&kit, &[1], async |me| {
            texts::send(&kit.house, &me.scope, &new("k5", "Bonjour")).await.unwrap();
        }).await;
        // Neither reaches the provider: each is tried again for itself, at its own number's pace.
        kit.texts.script((0..2).map(|_| Err(TextFault::Unreached)));
        doubles.each(&kit, &[0, 1], async |_| {
            kit.clock.set(now.plus_ms(10));
            assert_eq!(kit.text_all().await, 1);
        }).await;
        doubles.each(&kit, &[1, 0], async |me| {
            kit.clock.set(now.plus_ms(6_000));
            let before = kit.texts.sent().len();
            assert_eq!(kit.text_all().await, 1);
            assert_eq!((kit.texts.sent().len(), kit.texts.sent().pop().unwrap().from.as_str()), (before + 1, NUMBERS[index(&doubles, me)]));
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_text_does_not_wait_for_the_doubles(kit: Kit) {
        let doubles = doubles(&kit).await;
        connected(&kit, &doubles).await;
        if kit.engine == Engine::Sqlite {
            return doubles.end(&kit).await;
        }
        let now = doubles.beginning.plus_ms(9_000);
        for tenant in &doubles.both {
            kit.clock.set(now);
            kit.entropy.begin_again(9_000);
            texts::send(&kit.house, &tenant.scope, &new("k", "Bonjour")).await.unwrap();
        }
        let [other, _] = &doubles.both;
        // Somebody works at the double's text.
        let mut held = kit.house.db.write_in(&other.scope).await.unwrap();
        let sql = tsql!(
            sqlite: "SELECT h.id FROM texts h WHERE h.tenant_id = $1",
            pg: "SELECT h.id FROM texts h WHERE h.tenant_id = $1 FOR UPDATE"
        );
        assert_eq!(held.tenant(&other.scope).await.unwrap().rows(sql, &[]).await.unwrap().len(), 1);
        doubles.each(&kit, &[1], async |_| {
            kit.clock.set(now.plus_ms(10));
            kit.texts.script([Ok(taken("SMone"))]);
            let sent = tokio::time::timeout(Duration::from_secs(10), kit.text_all());
            assert_eq!(sent.await.expect("it waits for the double's text"), 1);
        }).await;
        held.rollback().await.unwrap();
        doubles.end(&kit).await;
    }

    async fn a_text_is_told_to_its_own_endpoint_in_order(kit: Kit) {
        let doubles = doubles(&kit).await;
        let connections = connected(&kit, &doubles).await;
        write(&kit, &doubles, &connections, 0, "SM1", "").await;
        for tenant in &doubles.both {
            let mut owed = crate::look::deliveries(&kit, tenant).await;
            // The twin has had calls before.
            owed.retain(|one| one.row.event_type == "text.text-received");
            assert_eq!(owed.len(), 1, "{:?}", owed.iter().map(|d| &d.row.event_type).collect::<Vec<_>>());
            assert_eq!(owed[0].body["data"]["body"], format!("text of {}", tenant.record.slug));
        }
        doubles.each(&kit, &[0, 1], async |me| {
            assert_eq!(kit.deliver_all().await, 1);
            let parcel = kit.courier.parcels_to(&crate::doubles::url(me));
            assert_eq!(parcel.len(), 1);
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_person_who_writes_is_known_to_one_tenant(kit: Kit) {
        let doubles = doubles(&kit).await;
        let mut ids = Vec::new();
        for (n, tenant) in doubles.both.iter().enumerate() {
            kit.clock.set(doubles.beginning.plus_ms(7_000));
            kit.entropy.begin_again(7_000 + u64::try_from(n).unwrap());
            let phone = vestibule_model::Phone::parse(THEIRS).unwrap();
            let now = kit.house.world.now();
            let both: Vec<_> = inside!(kit, tenant, |tx| {
                let first = contacts::see_writing(&kit.house, tx, &phone, now, now).await.unwrap();
                [first, contacts::see_writing(&kit.house, tx, &phone, now, now).await.unwrap()].into()
            });
            assert_eq!(both[0], both[1]);
            ids.push(both[0]);
        }
        assert_ne!(ids[0], ids[1]);
        doubles.end(&kit).await;
    }
}
