//! Exchanging the key-encryption key (requirement 0.85), while nodes run.

use std::sync::{Arc, Mutex};
use vestibule_domain::{House, KekCount, KeySource, Seals, kek_counts, rewrap_all};
use vestibule_model::TenantId;
use vestibule_testkit::{Kit, TestEntropy, both_databases, kek};
use vestibule_vault::{Kek, KekRing, Place};

/// Keys that somebody exchanges while the program runs.
struct Keys(Mutex<(bool, bool)>);

impl KeySource for Keys {
    fn load(&self) -> Result<KekRing, String> {
        let (is_new, has_old) = *self.0.lock().unwrap();
        match (is_new, has_old) {
            (false, _) => Ok(KekRing::of(kek())),
            (true, true) => Ok(KekRing::of(new()).with(kek())),
            (true, false) => Ok(KekRing::of(new())),
        }
    }
}

fn new() -> Kek {
    Kek::generate(&*TestEntropy::seeded(123))
}

/// A node that reads its keys from there.
async fn node(kit: &Kit, keys: &Arc<Keys>) -> Kit {
    let seals = Seals::with_ring(keys.load().unwrap(), Some(keys.clone()), kit.house.world.clone());
    let mut node = kit.restarted().await;
    let house: &mut House = Arc::get_mut(&mut node.house).expect("nobody else has it");
    house.seals = seals;
    node
}

async fn opens(node: &Kit, owner: TenantId) -> bool {
    let mut tx = node.house.db.write().await.unwrap();
    let opened = node.house.seals.key(&mut tx, owner).await.is_ok();
    tx.commit().await.unwrap();
    opened
}

async fn counts(node: &Kit) -> Vec<(bool, i64)> {
    let mut found = kek_counts(&node.house).await.unwrap();
    found.sort_by_key(|count: &KekCount| !count.is_current);
    found.iter().map(|count| (count.is_current, count.data_keys)).collect()
}

both_databases! {
    async fn req_0_85_all_data_keys_move_to_the_new_key_while_a_node_runs(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let keys = Arc::new(Keys(Mutex::new((false, true))));
        // A node that runs all the time, and has nothing of the tenant in memory yet.
        let running = node(&kit, &keys).await;
        let place = Place { table: "x", row: tenant.id().0, column: "y" };
        let sealed = {
            let mut tx = kit.house.db.write().await.unwrap();
            let key = kit.house.seals.key(&mut tx, tenant.id()).await.unwrap();
            key.seal(place, b"credentials", &*kit.house.world.entropy)
        };
        let before = counts(&running).await;
        assert!(before[0].0 && before[0].1 >= 2, "{before:?}");
        // The key is exchanged in its source: another process wraps everything anew.
        *keys.0.lock().unwrap() = (true, true);
        let rotating = node(&kit, &keys).await;
        assert_eq!(counts(&rotating).await, [(true, 0), (false, before[0].1)]);
        let mut told = 0;
        let done = rewrap_all(&rotating.house, &kit.operator, |so_far| told = so_far).await.unwrap();
        assert_eq!((i64::try_from(done).unwrap(), done), (before[0].1, told));
        assert_eq!(counts(&rotating).await, [(true, before[0].1)]);
        assert_eq!(rewrap_all(&rotating.house, &kit.operator, |_| {}).await.unwrap(), 0, "again is nothing");
        // The old key is taken away. The node that runs finds the new one by itself, and what was sealed opens.
        *keys.0.lock().unwrap() = (true, false);
        assert!(opens(&running, tenant.id()).await);
        let mut tx = running.house.db.write().await.unwrap();
        let key = running.house.seals.key(&mut tx, tenant.id()).await.unwrap();
        assert_eq!(key.open(place, &sealed).unwrap().as_slice(), b"credentials");
        drop(tx);
        // A tenant that is made now has its key under the new one, also where the node began with the old.
        let late: TenantId = kit.house.world.new_id();
        assert!(opens(&running, late).await);
        assert_eq!(counts(&rotating).await, [(true, before[0].1 + 1)]);
        let newest = node(&kit, &keys).await;
        assert!(opens(&newest, late).await && opens(&newest, tenant.id()).await);
        // Who has only the old key opens nothing.
        assert!(!opens(&kit.restarted().await, late).await);
    }

    async fn req_0_85_a_key_that_is_not_there_stops_a_rotation_and_changes_nothing(kit: Kit) {
        kit.tenant("north-shore").await;
        let keys = Arc::new(Keys(Mutex::new((true, false))));
        let rotating = node(&kit, &keys).await;
        let before = counts(&rotating).await;
        let error = rewrap_all(&rotating.house, &kit.operator, |_| {}).await.unwrap_err().to_string();
        assert!(error.contains("previous_encryption_keys"), "{error}");
        assert_eq!(counts(&rotating).await, before);
        let unknown = kek_counts(&rotating.house).await.unwrap();
        assert!(unknown.iter().any(|count| !count.is_known && count.data_keys > 0));
    }
}
