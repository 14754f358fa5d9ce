//! What a restored server owes, of two tenants whose rows have the same ids.

use crate::doubles::{Doubles, doubles};
use crate::look::deliveries;
use crate::mail::{mails, tell};
use crate::texts::{OURS, connect};
use uuid::Uuid;
use vestibule_domain::instance::{self, Choice, Fingerprint};
use vestibule_domain::texts::{self, NewText};
use vestibule_store::tsql;
use vestibule_testkit::{Kit, TestTenant, both_databases, inside};

const HOUR_MS: i64 = 3_600_000;

/// Has each owe a delivery, a text and a mail, under the same ids as the other.
async fn owe(kit: &Kit, doubles: &Doubles, seed: u64, call: &str) {
    doubles.hear(kit, seed, 0, call, &["call_started"]).await;
    let at = kit.house.world.now().plus_ms(10);
    for tenant in &doubles.both {
        kit.clock.set(at);
        kit.entropy.begin_again(seed + 1);
        let to = format!("+1450555{seed:04}");
        let text = NewText { to, from: None, body: "Bonjour".into(), key: format!("key-{seed}") };
        texts::send(&kit.house, &tenant.scope, &text).await.unwrap();
        kit.entropy.begin_again(seed + 2);
        assert_eq!(tell(kit, tenant, call).await, 1);
    }
    kit.entropy.begin_again(seed + 200_000);
}

/// The ids of all that waits, oldest first, of each kind.
async fn waiting(kit: &Kit, of: &TestTenant) -> [Vec<Uuid>; 3] {
    let owed = deliveries(kit, of)
        .await
        .into_iter()
        .filter(|d| ["pending", "retrying"].contains(&d.row.state.as_str()));
    let posted = mails(kit, of).await.into_iter().filter(|mail| mail.state == "owed").map(|mail| mail.id.0);
    let written = inside!(kit, of, |tx| {
        let sql = tsql!("SELECT id FROM texts WHERE tenant_id = $1 AND status = 'QUEUED'");
        tx.rows(sql, &[]).await.unwrap().iter().map(|row| row.uuid("id").unwrap()).collect::<Vec<_>>()
    });
    let mut all = [owed.map(|d| d.row.id.0).collect::<Vec<_>>(), written, posted.collect()];
    all.iter_mut().for_each(|ids| ids.sort());
    all
}

both_databases! {
    async fn what_is_old_in_one_is_dropped_there_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        let from = |place: &str, url: &str| Fingerprint { place: place.into(), public_url: url.into(), starts: Some(0) };
        instance::begin(&kit.house, from("here", "https://a.test"), false).await.unwrap();
        for (tenant, number) in doubles.both.iter().zip([OURS, "+15145550155"]) {
            connect(&kit, tenant, number).await;
        }
        owe(&kit, &doubles, 1_000, "one").await;
        owe(&kit, &doubles, 2_000, "two").await;
        let before = [waiting(&kit, &doubles.both[0]).await, waiting(&kit, &doubles.both[1]).await];
        assert_eq!(before[0], before[1], "these are no doubles");
        assert!(before[0].iter().all(|ids| ids.len() == 2), "{before:?}");
        // The first of the one is old, and the second of the other.
        kit.clock.advance_ms(9 * HOUR_MS);
        let old = kit.house.world.now().plus_ms(-8 * HOUR_MS).0;
        let young = kit.house.world.now().plus_ms(-HOUR_MS / 2).0;
        for (tenant, ages) in doubles.both.iter().zip([[old, young], [young, old]]) {
            for (table, ids) in ["deliveries", "texts", "mails"].iter().zip(&before[0]) {
                for (id, age) in ids.iter().zip(ages) {
                    let at = |id| kit.database.id_literal(id);
                    let sql = format!("UPDATE {table} SET created_at = {age} WHERE tenant_id = {} AND id = {}", at(tenant.id().0), at(*id));
                    assert_eq!(kit.database.tamper(&sql).await, 1);
                }
            }
        }
        let copy = kit.restarted().await;
        instance::begin(&copy.house, from("elsewhere", "https://b.test"), false).await.unwrap();
        let muted_at = instance::refresh(&copy.house).await.unwrap().unwrap().muted_at.unwrap();
        let owed = instance::owed(&copy.house, &copy.mint, &copy.operator, muted_at).await.unwrap();
        assert_eq!((owed.deliveries, owed.texts, owed.mails), (4, 4, 4));
        let choice = Choice::Drop { older_ms: HOUR_MS };
        assert_eq!(instance::unmute(&copy.house, &copy.mint, &copy.operator, choice, None).await.unwrap(), 6);
        for (tenant, young) in doubles.both.iter().zip([1, 0]) {
            let left = before[0].clone().map(|ids| vec![ids[young]]);
            assert_eq!(waiting(&copy, tenant).await, left);
        }
        doubles.end(&kit).await;
    }
}
