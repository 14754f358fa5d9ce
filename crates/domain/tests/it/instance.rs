//! A copy and a restored server begin muted: nothing is sent before somebody has looked.

use crate::look::{deliveries, endpoint};
use crate::mail::{mails, tell};
use vestibule_access::TenantScope;
use vestibule_domain::audit;
use vestibule_domain::instance::{self, Choice, Fingerprint, Why};
use vestibule_model::TenantId;
use vestibule_testkit::{Kit, TestTenant, both_databases};

fn from(place: &str, url: &str, starts: i64) -> Fingerprint {
    Fingerprint { place: place.into(), public_url: url.into(), starts: Some(starts) }
}

async fn begin(kit: &Kit, from: Fingerprint) -> instance::Begun {
    instance::begin(&kit.house, from, false).await.unwrap()
}

async fn owe(kit: &Kit, tenant: &TestTenant, call: &str) {
    kit.clock.advance_ms(1);
    kit.send(tenant, &tenant.sample("call_analyzed_not_connected").call(call).body()).await;
    kit.fold_all().await;
}

async fn send_all(kit: &Kit) -> (usize, usize) {
    kit.deliver_all().await;
    kit.post_all().await;
    kit.text_all().await;
    (kit.courier.parcels().len(), kit.mailer.given().len())
}

async fn platform_acts(kit: &Kit) -> Vec<String> {
    let scope: TenantScope = kit.operator.own_rows();
    assert_eq!(scope.tenant(), TenantId::PLATFORM);
    let mut tx = kit.house.db.read_in(&scope).await.unwrap();
    let mut inside = tx.tenant(&scope).await.unwrap();
    audit::newest(&mut inside, 20).await.unwrap().into_iter().map(|row| row.action).collect()
}

both_databases! {
    async fn a_server_that_starts_again_in_its_place_goes_on(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        assert_eq!(begin(&kit, from("here", "https://a.test", 0)).await.muted_at, None, "fresh data is served freely");
        owe(&kit, &tenant, "one").await;
        let again = kit.restarted().await;
        let begun = begin(&again, from("here", "https://a.test", 1)).await;
        assert_eq!((begun.muted_at, begun.starts, again.house.is_muted()), (None, 2, false));
        assert_eq!(send_all(&again).await.0, 1);
    }

    async fn a_copy_begins_muted_and_what_it_owes_is_sent_or_dropped_as_is_decided(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        begin(&kit, from("here", "https://a.test", 0)).await;
        kit.courier.clear();
        owe(&kit, &tenant, "old").await;
        kit.clock.advance_ms(3 * 3_600_000);
        owe(&kit, &tenant, "young").await;
        tell(&kit, &tenant, "mail").await;
        kit.clock.advance_ms(1);
        let copy = kit.restarted().await;
        // PostgreSQL knows its own place: there another address shows that this is a copy.
        let elsewhere = from("elsewhere", "https://b.test", 0);
        let begun = begin(&copy, elsewhere.clone()).await;
        let why = if kit.engine.is_postgres() { Why::OtherAddress } else { Why::OtherPlace };
        assert_eq!((begun.why.as_deref(), copy.house.is_muted()), (Some(why.as_str()), true));
        // It takes in, folds, and owes; it sends nothing.
        owe(&copy, &tenant, "since").await;
        assert_eq!(send_all(&copy).await, (0, 0));
        assert_eq!(copy.watch_all().await, 0);
        // Still so after it started once more.
        let copy = copy.restarted().await;
        begin(&copy, elsewhere.clone()).await;
        assert_eq!(send_all(&copy).await, (0, 0));
        let muted_at = instance::refresh(&copy.house).await.unwrap().unwrap().muted_at.unwrap();
        let owed = instance::owed(&copy.house, &copy.mint, &copy.operator, muted_at).await.unwrap();
        assert_eq!((owed.deliveries, owed.mails, owed.texts, owed.before), (3, 1, 0, 3));
        let choice = Choice::Drop { older_ms: 3_600_000 };
        let dropped = instance::unmute(&copy.house, &copy.mint, &copy.operator, choice, None).await.unwrap();
        assert_eq!(dropped, 1, "only what was owed for longer than an hour");
        assert_eq!(send_all(&copy).await, (2, 1));
        let dead: Vec<_> = deliveries(&copy, &tenant).await.into_iter().filter(|d| d.row.state == "dead").collect();
        assert_eq!((dead.len(), dead[0].row.last_error.as_deref()), (1, Some("dropped_after_restore")));
        // A dead letter can be tried again by hand.
        vestibule_testkit::inside!(copy, tenant, |tx| vestibule_domain::outbox::retry(&copy.house, tx, dead[0].row.id).await.unwrap());
        assert_eq!(send_all(&copy).await.0, 3);
        assert!(platform_acts(&copy).await.contains(&"instance.unmuted".to_owned()));
        // From now on this is where the data belongs.
        let again = copy.restarted().await;
        assert_eq!(begin(&again, elsewhere).await.muted_at, None);
        let nothing = instance::unmute(&again.house, &again.mint, &again.operator, Choice::Drop { older_ms: 0 }, None).await;
        assert_eq!(nothing.unwrap(), 0, "who is not muted drops nothing");
        assert!(endpoint(&again, &tenant).await.is_active);
    }

    async fn everything_that_was_owed_before_can_be_dropped(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        begin(&kit, from("here", "https://a.test", 0)).await;
        kit.courier.clear();
        owe(&kit, &tenant, "one").await;
        tell(&kit, &tenant, "mail").await;
        kit.clock.advance_ms(1);
        let asked = instance::begin(&kit.house, from("here", "https://a.test", 1), true).await.unwrap();
        assert_eq!(asked.why.as_deref(), Some("asked"));
        let dropped = instance::unmute(&kit.house, &kit.mint, &kit.operator, Choice::Drop { older_ms: 0 }, None).await;
        assert_eq!(dropped.unwrap(), 2);
        assert_eq!(send_all(&kit).await, (0, 0));
        let mail = mails(&kit, &tenant).await.remove(0);
        assert_eq!((mail.state.as_str(), mail.last_error.as_deref()), ("failed", Some("dropped_after_restore")));
        owe(&kit, &tenant, "new").await;
        assert_eq!(send_all(&kit).await.0, 1);
    }

    async fn another_node_hears_that_it_may_send_again(kit: Kit) {
        begin(&kit, from("here", "https://a.test", 0)).await;
        let other = kit.restarted().await;
        begin(&other, from("here", "https://b.test", 0)).await;
        instance::refresh(&kit.house).await.unwrap();
        assert!(kit.house.is_muted() && other.house.is_muted());
        instance::unmute(&other.house, &other.mint, &other.operator, Choice::Send, None).await.unwrap();
        assert!(kit.house.is_muted());
        instance::refresh(&kit.house).await.unwrap();
        assert!(!kit.house.is_muted());
    }
}
